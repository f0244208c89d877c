/** The commands. Each file declares its options and loads what it needs only when it runs. */
import { Command } from 'commander'
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
import { TOOL } from './version.ts'

export function createProgram(): Command {
  const program = new Command('keyreeve')
    .description(
      'Find every AWS access key, know what it opens and who uses it, and retire it without breaking anything.',
    )
    .version(TOOL.version, '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(keyreeve --help shows the commands)')
    .configureHelp({ sortSubcommands: false })
    .addHelpText('after', EXAMPLES)
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
    revokeCommand(),
    rotateCommand(),
    explainCommand(),
    policyCommand(),
    sandboxCommand(),
    completionCommand(program),
  ])
    program.addCommand(command.exitOverride())
  return program
}

const EXAMPLES = `
Examples:
  keyreeve demo                          the whole flow on a made-up organization; needs no AWS account
  keyreeve audit --profile prod          audit an account with read-only credentials
  keyreeve audit --snapshot export.json  audit what the AWS CLI saved, without calling AWS
  keyreeve keys                          every access key and what to do with it

Exit codes: 0 nothing found, 1 something found, 2 could not run, 3 ran but could not read everything.
Only apply, undo, rotate and revoke ever change anything in AWS.`
