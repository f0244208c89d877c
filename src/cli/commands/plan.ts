import { Command, InvalidArgumentError } from 'commander'
import { KeyreeveError } from '../../model/errors.ts'
import { gapSentence } from '../../model/facts.ts'
import type { Snapshot } from '../../model/snapshot.ts'
import { type AccountDataFlags, addAccountDataOptions, readAccounts } from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { addConfigOption } from '../findings-options.ts'
import { writeOutput } from '../outputs.ts'
import { addLeaksOptions, type LeaksFlags, scansFor } from '../saved-scans.ts'
import { terminalFor } from '../terminal.ts'
import { addTrailOption, recordedUseOf, savedTrail, type TrailFlags } from '../trail-evidence.ts'
import { visible } from '../visible.ts'

interface PlanFlags extends AccountDataFlags, LeaksFlags, TrailFlags {
  config?: string
  check?: string[]
  grace: number
  roleExternalId?: Map<string, string>
  output?: string
  json?: boolean
  markdown?: boolean
}

export function planCommand(): Command {
  const command = new Command('plan')
    .summary('what to change to close the findings, step by step')
    .description(
      'Audits an account and writes a plan: each step with its calls, the facts it relies on, who might break, and how it is taken back. Changes nothing; `keyreeve apply` does.',
    )
    .option(
      '--check <id>',
      'only for findings of this check; may be given several times',
      (id: string, ids: string[] = []) => [...ids, ...id.split(',')],
    )
    .option('--grace <days>', 'how long something is stopped before it is ended for good', days, 14)
    .option(
      '--role-external-id <role=id>',
      'the external ID that a third party sends when it takes the role; may be given several times',
      roleAndId,
    )
    .option('-o, --output <file>', 'where to write the plan (default: .keyreeve/plans/)')
    .option('--json', 'print the plan as JSON')
    .option('--markdown', 'print the plan as Markdown, for a change ticket')
    .addHelpText('after', EXAMPLES)
  addAccountDataOptions(command)
  addLeaksOptions(command)
  addTrailOption(command)
  addConfigOption(command)
  return command.action(async (flags: PlanFlags) => {
    const [{ loadConfig }, { chosenChecks }, { runAudit }, { checkPlanFolder, planFile, snapshotFile }] =
      await Promise.all([
        import('../config.ts'),
        import('../chosen-checks.ts'),
        import('../run-audit.ts'),
        import('../plans.ts'),
      ])
    if (flags.json && flags.markdown) throw new KeyreeveError('usage', 'choose one of `--json` and `--markdown`')
    const config = await loadConfig(flags.config)
    const only = chosenChecks(flags.check)
    if (flags.output === undefined) checkPlanFolder()
    const { snapshots, notes } = await readAccounts(flags)
    if (snapshots.length !== 1)
      throw new KeyreeveError('usage', `a plan is for one account, and these files are of ${snapshots.length}`)
    const [scans, usage] = await Promise.all([scansFor(flags), savedTrail(flags.trail)])
    const audit = runAudit(snapshots, config, { only, notes, scans, usage })
    const [{ makePlan }, report] = await Promise.all([import('../../fix/make-plan.ts'), import('../../report/plan.ts')])
    const snapshot = snapshots[0]!
    const plan = makePlan(audit.findings, {
      snapshot,
      dossiers: audit.keys,
      thresholds: config.thresholds,
      graceDays: flags.grace,
      recorded: await recordedUseOf(snapshot.accountId, flags.trail),
      ...(flags.roleExternalId && { externalIds: flags.roleExternalId }),
    })
    process.exitCode = snapshot.complete ? EXIT.ok : EXIT.incomplete
    if (!snapshot.complete) process.stderr.write(unreadText(snapshot))
    const file = flags.output === '-' ? null : (flags.output ?? (await planFile(plan)))
    if (file !== null) {
      await writeOutput(file, report.planJson(plan))
      // to rehearse the plan on what it was made from
      await writeOutput(snapshotFile(file), [`${JSON.stringify(snapshot)}\n`])
      process.stderr.write(`wrote ${visible(file)}\n`)
    }
    if (flags.markdown) {
      const { planMarkdown } = await import('../../report/plan-markdown.ts')
      await writeOutput(null, planMarkdown(plan))
    } else if (flags.json || file === null) await writeOutput(null, report.planJson(plan))
    else await writeOutput(null, [report.planText(plan, { ...terminalFor(null), file })])
  })
}

const MOST_GAPS = 5

/** A plan of half an account must not look like one of an account in which all is well. */
function unreadText({ coverage }: Snapshot): string {
  const gaps = coverage.filter(({ status }) => !/^(read|absent|unsupported)$/.test(status)).map(gapSentence)
  const more = gaps.length - MOST_GAPS
  return [
    'the account could not be read whole: the plan is of what was read',
    ...gaps.slice(0, MOST_GAPS).map((gap) => `  ${visible(gap)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
  ].join('\n')
}

function days(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > 3650)
    throw new InvalidArgumentError('\nGive whole days from 0 to 3650.')
  return number
}

function roleAndId(text: string, known: Map<string, string> = new Map()): Map<string, string> {
  const [, role, id] = /^([\w+=,.@-]{1,64})=([\w+=,.@:/-]{2,1224})$/.exec(text) ?? []
  if (!role || !id) throw new InvalidArgumentError('\nWrite it as ROLE=ID, with the name of the role.')
  return known.set(role, id)
}

const EXAMPLES = `
Examples:
  keyreeve plan --profile prod
  keyreeve plan --profile prod --check key-unused,key-never-used --grace 30
  keyreeve plan --profile prod --check role-trust-third-party-without-external-id --role-external-id vendor=f3a9-55
  keyreeve plan --snapshot prod.json --output plan.json && keyreeve apply --rehearse plan.json`
