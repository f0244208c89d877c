/** The command itself, before any of its commands is added. */
import { Command } from 'commander'
import { TOOL } from './version.ts'

export function emptyProgram(): Command {
  return new Command('keyreeve')
    .description(
      'Find every AWS access key, know what it opens and who uses it, and retire it without breaking anything.',
    )
    .version(TOOL.version, '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(keyreeve --help shows the commands)')
    .configureHelp({ sortSubcommands: false })
    .addHelpText('after', EXAMPLES)
}

const EXAMPLES = `
Examples:
  keyreeve demo                          the whole flow on a made-up organization; needs no AWS account
  keyreeve audit --profile prod          audit an account with read-only credentials
  keyreeve audit --snapshot export.json  audit what the AWS CLI saved, without calling AWS
  keyreeve keys                          every access key and what to do with it

Exit codes: 0 nothing found, 1 something found, 2 could not run, 3 ran but could not read everything.
Only apply, undo, rotate and revoke ever change anything in AWS.`
