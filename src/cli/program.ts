/** The commands. Each file declares its options and loads what it needs only when it runs. */
import type { Command } from 'commander'
import { applyCommand, undoCommand } from './commands/apply.ts'
import { auditCommand } from './commands/audit.ts'
import { collectCommand } from './commands/collect.ts'
import { completionCommand } from './commands/completion.ts'
import { demoCommand } from './commands/demo.ts'
import { explainCommand } from './commands/explain.ts'
import { keysCommand } from './commands/keys.ts'
import { planCommand } from './commands/plan.ts'
import { policyCommand } from './commands/policy.ts'
import { reachCommand } from './commands/reach.ts'
import { revokeCommand } from './commands/revoke.ts'
import { rotateCommand } from './commands/rotate.ts'
import { sandboxCommand } from './commands/sandbox.ts'
import { scanCommand } from './commands/scan.ts'
import { trailCommand } from './commands/trail.ts'
import { emptyProgram } from './empty-program.ts'
import { runCommand } from './run-command.ts'

export function main(args: readonly string[]): Promise<void> {
  return runCommand(() => createProgram().parseAsync(args.length > 0 ? args : ['--help'], { from: 'user' }))
}

export function createProgram(): Command {
  const program = emptyProgram()
  for (const command of [
    demoCommand(),
    auditCommand(),
    keysCommand(),
    scanCommand(),
    reachCommand(),
    trailCommand(),
    collectCommand(),
    planCommand(),
    applyCommand(),
    undoCommand(),
    rotateCommand(),
    revokeCommand(),
    explainCommand(),
    policyCommand(),
    sandboxCommand(),
    completionCommand(program),
  ])
    program.addCommand(command.exitOverride())
  return program
}
