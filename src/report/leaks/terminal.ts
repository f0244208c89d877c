/** `scan` for a person: what leaked, worst first, where, and what to do now. */

import { SEVERITIES, type Severity } from '../../model/finding.ts'
import { counted, formatNumber } from '../../model/numbers.ts'
import type { AssessedLeak, Scanned, ScanReport } from '../../model/scan-report.ts'
import type { TerminalOptions } from '../format.ts'
import { Page } from '../page.ts'
import { list, minuteOf, severityCounts } from '../words.ts'
import { scannedWords } from './scanned.ts'
import { leakName, leakSentence, locationOf, placeWords } from './words.ts'

const PLACES_SHOWN = 5
const SUPPRESSED_SHOWN = 10
const SKIPPED_SHOWN = 5

export function leaksTerminal(report: ScanReport, options: TerminalOptions): string {
  const page = new Page(options)
  const open = report.leaks.filter(({ status }) => status === 'open')
  const suppressed = report.leaks.filter(({ status }) => status === 'suppressed')
  page.text(headline(open), 0, open.length > 0 ? page.paint.severity.critical : page.paint.good)
  page.text(scannedWords(report.scanned), 0, page.paint.dim)
  for (const { accountId, collectedAt } of report.comparedWith)
    page.text(`Compared with account ${accountId} as of ${minuteOf(collectedAt)}.`, 0, page.paint.dim)
  let said = ''
  for (const leak of open) said = section(page, leak, options, said)
  suppressedSection(page, suppressed, options)
  skippedSection(page, report.scanned, options)
  return page.toString()
}

function headline(open: readonly AssessedLeak[]): string {
  if (open.length === 0) return 'No leaked AWS credentials found.'
  const bySeverity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity } of open) bySeverity[severity]++
  return `${counted(open.length, 'leaked AWS credential')}: ${severityCounts(bySeverity, SEVERITIES)}`
}

/** @returns what to do, which is not said again when the next leak asks for the same */
function section(page: Page, leak: AssessedLeak, { verbose = false }: TerminalOptions, said: string): string {
  page.blank()
  page.labelled(leak.severity, leakName(leak), {
    indent: 0,
    labelWidth: 8,
    paintLabel: page.paint.severity[leak.severity],
    paintText: page.paint.bold,
  })
  page.text(leakSentence(leak), 10)
  const places = verbose ? leak.places : leak.places.slice(0, PLACES_SHOWN)
  for (const place of places) page.text(placeWords(place), 10, page.paint.dim)
  if (leak.places.length > places.length)
    page.text(
      `and ${counted(leak.places.length - places.length, 'more place')}; --verbose shows all`,
      10,
      page.paint.dim,
    )
  if (leak.nextAction === said) page.text('Next: as above.', 10)
  else page.text(`Next: ${leak.nextAction}`, 10)
  for (const command of leak.commands) page.command(command, 10)
  return leak.nextAction
}

function suppressedSection(
  page: Page,
  suppressed: readonly AssessedLeak[],
  { verbose = false }: TerminalOptions,
): void {
  if (suppressed.length === 0) return
  const classes = new Map<string, number>()
  for (const { suppressedBecause } of suppressed) {
    const why = suppressedBecause?.split(':')[0] ?? ''
    classes.set(why, (classes.get(why) ?? 0) + 1)
  }
  page.blank()
  page.text(
    `${formatNumber(suppressed.length)} suppressed: ${list([...classes].map(([why, number]) => `${number} ${why}`))}`,
    0,
    page.paint.bold,
  )
  const shown = verbose ? suppressed : suppressed.slice(0, SUPPRESSED_SHOWN)
  for (const leak of shown) {
    const [first, ...more] = leak.places
    const where = first
      ? `${locationOf(first)}${more.length > 0 ? ` and ${counted(more.length, 'more place')}` : ''}`
      : ''
    page.labelled(leakName(leak), `${leak.suppressedBecause}; ${where}`, { labelWidth: 20, paintText: page.paint.dim })
  }
  if (suppressed.length > shown.length)
    page.text(`and ${formatNumber(suppressed.length - shown.length)} more; --verbose shows all`, 2, page.paint.dim)
}

function skippedSection(page: Page, { skipped }: Scanned, { verbose = false }: TerminalOptions): void {
  if (skipped.length === 0) return
  page.blank()
  page.text('Not looked at:', 0, page.paint.warn)
  const shown = verbose ? skipped : skipped.slice(0, SKIPPED_SHOWN)
  for (const { what, why } of shown) page.text(`${what}: ${why}`, 2)
  if (skipped.length > shown.length)
    page.text(`and ${formatNumber(skipped.length - shown.length)} more; --verbose shows all`, 2, page.paint.dim)
}
