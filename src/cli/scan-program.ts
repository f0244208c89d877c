/** The command with `scan` alone: it is run before commits and in the middle of incidents, and waits for no other. */
import type { Command } from 'commander'
import { scanCommand } from './commands/scan.ts'
import { emptyProgram } from './empty-program.ts'

export function createProgram(): Command {
  const program = emptyProgram()
  program.addCommand(scanCommand().exitOverride())
  return program
}
