import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import { EXIT } from '../errors.ts'
import { addOutputOptions, writeOutput } from '../outputs.ts'
import { startProgress } from '../progress.ts'

const SCAN_FORMATS = ['terminal', 'json'] as const

export function scanCommand(): Command {
  const command = new Command('scan')
    .summary('leaked AWS credentials in files and folders')
    .description('Finds AWS access keys, their secrets and Bedrock API keys, however they are written.')
    .argument('[paths...]', 'files and folders; - is standard input', ['.'])
    .addHelpText('after', EXAMPLES)
  const outputs = addOutputOptions(command, SCAN_FORMATS, 'terminal')
  return command.action(async (paths: string[]) => {
    const wanted = outputs()
    const [{ createScanner }, { createLeakCollector }, { walkTree }, { readStdin }, report] = await Promise.all([
      import('../../scan/scanner.ts'),
      import('../../scan/collect-leaks.ts'),
      import('../../scan/sources/tree.ts'),
      import('../../scan/sources/stdin.ts'),
      import('../../report/leaks.ts'),
    ])
    const collector = createLeakCollector(createScanner({ fingerprintKey: randomBytes(32) }))
    const progress = startProgress()
    for (const path of paths)
      if (path === '-') readStdin(collector)
      else walkTree([path], collector, { onProgress: (done) => progress.update({ done, total: null, what: 'files' }) })
    progress.stop()
    const leaks = collector.leaks()
    const found = leaks.some((leak) => leak.class === 'plausible')
    process.exitCode = found ? EXIT.found : collector.skipped.length > 0 ? EXIT.incomplete : EXIT.ok
    const scanned = { ...collector.counts, skipped: collector.skipped }
    for (const { format, file } of wanted)
      await writeOutput(file, format === 'json' ? report.leaksJson(leaks, scanned) : report.leaksText(leaks, scanned))
  })
}

const EXAMPLES = `
Examples:
  keyreeve scan                 this folder
  keyreeve scan src .env        a folder and a file
  cat dump.sql | keyreeve scan -`
