import { Command } from 'commander'
import type { SavedScan } from '../../model/saved-scan.ts'
import { EXIT } from '../errors.ts'
import { addOutputOptions, writeOutput } from '../outputs.ts'
import { startProgress } from '../progress.ts'
import { addScanAccountOptions, type ScanAccountFlags, scanAccountInto, scanPolicyText } from '../scan-account.ts'
import { TOOL } from '../version.ts'
import { visible } from '../visible.ts'
import { fingerprintKey, hasWorkspace, saveScan, targetsOf } from '../workspace.ts'

const SCAN_FORMATS = ['terminal', 'json'] as const

export function scanCommand(): Command {
  const command = new Command('scan')
    .summary('leaked AWS credentials in files and folders')
    .description('Finds AWS access keys, their secrets and Bedrock API keys, however they are written.')
    .argument('[paths...]', 'files and folders; - is standard input (default: this folder)')
    .option(
      '--save',
      'keep what was found in .keyreeve/leaks/, for audit and keys (default: where there is a .keyreeve/)',
    )
    .option('--no-save', 'keep nothing')
    .addHelpText('after', EXAMPLES)
  addScanAccountOptions(command)
  const outputs = addOutputOptions(command, SCAN_FORMATS, 'terminal')
  return command.action(async (given: string[], flags: ScanAccountFlags & { save?: boolean }) => {
    const wanted = outputs()
    if (flags.printPolicy) return writeOutput(null, [await scanPolicyText()])
    const paths = given.length === 0 && !flags.account ? ['.'] : given
    const save = flags.save ?? (await hasWorkspace())
    const scannedAt = `${new Date().toISOString().slice(0, 19)}Z`
    const [{ createScanner }, { createLeakCollector }, { walkTree }, { readStdin }, report] = await Promise.all([
      import('../../scan/scanner.ts'),
      import('../../scan/collect-leaks.ts'),
      import('../../scan/sources/tree.ts'),
      import('../../scan/sources/stdin.ts'),
      import('../../report/leaks.ts'),
    ])
    const scanner = createScanner({ fingerprintKey: await fingerprintKey(save) })
    const collector = createLeakCollector(scanner)
    const progress = startProgress()
    for (const path of paths)
      if (path === '-') readStdin(collector)
      else walkTree([path], collector, { onProgress: (done) => progress.update({ done, total: null, what: 'files' }) })
    progress.stop()
    const account = flags.account ? await scanAccountInto(collector, scanner, flags) : null
    const leaks = collector.leaks()
    const found = leaks.some((leak) => leak.class === 'plausible')
    process.exitCode = found ? EXIT.found : collector.skipped.length > 0 ? EXIT.incomplete : EXIT.ok
    const scanned = { ...collector.counts, skipped: collector.skipped }
    for (const { format, file } of wanted)
      await writeOutput(file, format === 'json' ? report.leaksJson(leaks, scanned) : report.leaksText(leaks, scanned))
    if (save) {
      const file = await saveScan({
        ...scanRecord(scannedAt, collector.skipped, leaks),
        targets: targetsOf(paths, account?.accountId),
        coverage: account?.coverage ?? [],
      })
      process.stderr.write(`saved to ${visible(file)}\n`)
    }
  })
}

/** What the workspace keeps of a scan, but for where it looked. */
function scanRecord(
  scannedAt: string,
  skipped: SavedScan['skipped'],
  leaks: SavedScan['leaks'],
): Omit<SavedScan, 'targets' | 'coverage'> {
  const most = 1000
  return {
    kind: 'keyreeve-scan',
    schemaVersion: 1,
    tool: TOOL,
    scannedAt,
    complete: skipped.length === 0,
    skipped: skipped.slice(0, most),
    leaks,
  }
}

const EXAMPLES = `
Examples:
  keyreeve scan                 this folder
  keyreeve scan src .env        a folder and a file
  cat dump.sql | keyreeve scan -
  keyreeve scan --account --profile prod
  keyreeve scan --account --regions eu-west-1,us-east-1 --save
  keyreeve scan --account --print-policy > keyreeve-scan.json`
