/** `keyreeve scan`, with all of its options. */
import type { Command } from 'commander'
import { scanCommand } from './commands/scan.ts'
import { emptyProgram } from './empty-program.ts'

export function scanParser(): Command {
  const program = emptyProgram()
  program.addCommand(scanCommand().exitOverride())
  return program
}
