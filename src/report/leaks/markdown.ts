/** `scan --format markdown`, for issues and pull requests. */
import { counted } from '../../model/numbers.ts'
import type { AssessedLeak, ScanReport } from '../../model/scan-report.ts'
import { markdownCode as code, printableCommand, markdownText as text } from '../escape.ts'
import { inChunks } from '../format.ts'
import { leakName, leakSentence, locationOf, placeWords } from './words.ts'

const PLACES_SHOWN = 20

/** In chunks. */
export function leaksMarkdown(report: ScanReport): Iterable<string> {
  return inChunks(parts(report))
}

function* parts({ leaks, scanned }: ScanReport): Iterable<string> {
  const open = leaks.filter(({ status }) => status === 'open')
  const suppressed = leaks.filter(({ status }) => status === 'suppressed')
  yield `# keyreeve scan\n\n${counted(open.length, 'leaked credential')} open, ${suppressed.length} suppressed; ${counted(scanned.files, 'file')} looked at, ${scanned.skipped.length} skipped\n`
  for (const leak of open) yield* section(leak)
  if (suppressed.length > 0) {
    yield '\n## Suppressed\n\n| Key | Because | Places | First place |\n| --- | --- | ---: | --- |\n'
    for (const leak of suppressed)
      yield `| ${code(leakName(leak), true)} | ${text(leak.suppressedBecause ?? '')} | ${leak.places.length} | ${code(leak.places[0] ? locationOf(leak.places[0]) : '', true)} |\n`
  }
  if (scanned.skipped.length > 0) {
    yield '\n## Not looked at\n\n| What | Why |\n| --- | --- |\n'
    for (const { what, why } of scanned.skipped) yield `| ${code(what, true)} | ${text(why)} |\n`
  }
}

function* section(leak: AssessedLeak): Iterable<string> {
  yield `\n## ${leak.severity}: ${code(leakName(leak))}\n\n${text(leakSentence(leak))}\n\n`
  for (const place of leak.places.slice(0, PLACES_SHOWN)) yield `- ${code(placeWords(place))}\n`
  if (leak.places.length > PLACES_SHOWN) yield `- and ${counted(leak.places.length - PLACES_SHOWN, 'more place')}\n`
  yield `\n**Next:** ${text(leak.nextAction)}\n`
  if (leak.commands.length > 0) yield `\n\`\`\`sh\n${leak.commands.map(printableCommand).join('\n')}\n\`\`\`\n`
}
