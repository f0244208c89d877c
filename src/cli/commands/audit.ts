import { Command } from 'commander'
import { REPORT_FORMATS } from '../../report/format.ts'
import { type AccountDataFlags, addAccountDataOptions, readAccounts } from '../account-data.ts'
import { addFindingsOptions, type FindingsFlags, onlySeverity, verdict } from '../findings-options.ts'
import { addOutputOptions } from '../output-options.ts'
import { writeReports } from '../reports.ts'
import { addLeaksOptions, type LeaksFlags, scansFor } from '../saved-scans.ts'
import { addTrailOption, savedTrail, type TrailFlags } from '../trail-evidence.ts'

export function auditCommand(): Command {
  const command = new Command('audit')
    .summary('check every credential of an account against good practice')
    .description(
      'Reads an AWS account (or files saved from one) and says what is wrong with its credentials, what could not be seen, and what to do first. Only reads.',
    )
    .addHelpText('after', EXAMPLES)
  addAccountDataOptions(command)
  addLeaksOptions(command)
  addFindingsOptions(command)
  command.option('--verbose', 'in the terminal, list everything that the report shortens')
  addTrailOption(command)
  const outputs = addOutputOptions(command, REPORT_FORMATS, 'terminal')
  return command.action(
    async (flags: AccountDataFlags & LeaksFlags & FindingsFlags & TrailFlags & { verbose?: boolean }) => {
      const wanted = outputs() // a wrong flag must fail before minutes of collecting
      const [{ loadConfig }, { chosenChecks }, { runAudit, showsReach }] = await Promise.all([
        import('../config.ts'),
        import('../chosen-checks.ts'),
        import('../run-audit.ts'),
      ])
      const config = await loadConfig(flags.config)
      const only = chosenChecks(flags.check)
      const scans = await scansFor(flags)
      const { snapshots, notes } = await readAccounts(flags)
      const usage = await savedTrail(flags.trail)
      const reach = showsReach(wanted, snapshots)
      const audit = runAudit(snapshots, config, { only, notes, scans, usage, reach })
      // before writing: a reader that stops half-way must not turn findings into "nothing found"
      process.exitCode = verdict(audit, flags)
      await writeReports(onlySeverity(audit, flags.severity), wanted, flags)
    },
  )
}

const EXAMPLES = `
Examples:
  keyreeve audit --profile prod
  keyreeve audit --profile prod --format terminal --output audit.html --output audit.json
  keyreeve audit --role-arn arn:aws:iam::123456789012:role/keyreeve-audit --regions eu-west-1,us-east-1
  keyreeve audit --severity high --fail-on critical
  aws iam get-account-authorization-details > details.json
  aws iam generate-credential-report && aws iam get-credential-report > report.json
  keyreeve audit --snapshot details.json report.json`
