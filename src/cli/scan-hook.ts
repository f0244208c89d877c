/**
 * `scan --staged`, as a git hook runs it before every commit: nearly always there is nothing to find, and to say so
 * takes neither options, nor formats, nor tables. Whatever is found is left to the command in full.
 */
import { randomBytes } from 'node:crypto'
import { scannedWords } from '../report/leaks/scanned.ts'
import { archiveOpener } from '../scan/archives/index.ts'
import { createLeakCollector } from '../scan/collect-leaks.ts'
import { scanRepository } from '../scan/git/index.ts'
import { createScanner } from '../scan/scanner.ts'

/**
 * Scans what is staged in the current folder's repository.
 * @returns whether there was nothing, and that has been said; false: nothing has been said, run the command
 */
export async function staged(): Promise<boolean> {
  // what is found is found again by the command, which has a key that lasts
  const scanner = createScanner({ fingerprintKey: randomBytes(32) })
  const collector = createLeakCollector(scanner)
  try {
    await scanRepository('.', scanner, collector, { staged: true, archives: archiveOpener() })
  } catch {
    return false
  }
  if (collector.leaks().length > 0 || collector.skipped.length > 0) return false
  const words = scannedWords({ ...collector.counts, leftOut: 0, skipped: [] })
  process.stdout.write(`No leaked AWS credentials found.\n${words}\n`)
  return true
}
