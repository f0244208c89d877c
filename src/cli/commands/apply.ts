import { Command } from 'commander'
import type { AwsSession } from '../../aws/session.ts'
import { KeyreeveError } from '../../model/errors.ts'
import type { Outcomes, Plan } from '../../model/plan.ts'
import { type AwsFlags, addAwsOptions, awsOptionsOf, interruptible, openManagement } from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { addConfigOption } from '../findings-options.ts'
import { writeOutput } from '../outputs.ts'
import { askYes, checkAskable } from '../prompt.ts'
import { addLeaksOptions, type LeaksFlags, scansFor } from '../saved-scans.ts'
import { terminalFor } from '../terminal.ts'
import { addTrailOption, savedTrail, type TrailFlags } from '../trail-evidence.ts'
import { TOOL } from '../version.ts'
import { visible } from '../visible.ts'

interface ApplyFlags extends AwsFlags, LeaksFlags, TrailFlags {
  yes?: boolean
  step?: string[]
  json?: boolean
  rehearse?: boolean
  snapshot?: string
  config?: string
}

export function applyCommand(): Command {
  const made = command(
    'apply',
    'carry out a plan, verify it, and stop at the first surprise',
    'Shows the plan, asks, and does what can be done now: every call is in the journal before it is made, every change is verified. Run it again to go on after a crash, or when a step that waits has waited. With --rehearse it does so in a sandbox that is as the snapshot says, and AWS is not called.',
  )
  made
    .option('--rehearse', 'try it in a sandbox: what closes, what would be denied, what remains')
    .option('--snapshot <file>', 'for --rehearse: what the plan was made from (default: beside the plan)')
  addLeaksOptions(made)
  addTrailOption(made)
  return addConfigOption(made)
}

export function undoCommand(): Command {
  return command(
    'undo',
    'take back what was done of a plan',
    'Takes back the steps of a plan that were done and can be taken back, the last one first. Stops where somebody has changed something since.',
  )
}

function command(name: 'apply' | 'undo', summary: string, description: string): Command {
  const made = new Command(name)
    .summary(summary)
    .description(description)
    .argument('<plan>', 'a file that `keyreeve plan` wrote')
    .option('-y, --yes', 'do not ask')
    .option('--step <id>', 'only this step; may be given several times', (id: string, ids: string[] = []) => [
      ...ids,
      id,
    ])
    .option('--json', 'print what became of each step as JSON')
    .addHelpText('after', EXAMPLES[name])
  return addAwsOptions(made).action(async (file: string, flags: ApplyFlags) => {
    if (flags.rehearse) return rehearsal(file, flags)
    const [plans, { applyPlan, STOPS, undoPlan }, { planText, summaryOf }, { awsClock }] = await Promise.all([
      import('../plans.ts'),
      import('../../fix/apply/apply.ts'),
      import('../../report/plan.ts'),
      import('../../aws/clock.ts'),
    ])
    const plan = await plans.readPlan(file)
    const only = stepsOf(plan, flags.step)
    if (!flags.yes) checkAskable()
    const outcomes = await withSessions(flags, (session, { open, stop }) =>
      plans.withJournal(file, async (journal) => {
        // a step that waits must not be done early because this machine's clock is wrong
        const now = await awsClock(session, 'sts')
        const callerAccount = await plans.checkAccount(plan, session)
        if (!flags.yes) {
          process.stderr.write(planText(plan, { ...terminalFor(null, process.stderr), file: null }))
          // the head of a long plan is out of sight by now
          const question = name === 'apply' ? `${summaryOf(plan)}\nDo this?` : 'Take back what was done of this?'
          if (!(await askYes(question))) throw new KeyreeveError('interrupted', 'nothing was changed')
        }
        const accounts = { accountId: plan.accountId, callerAccount, management: await openManagement(flags) }
        const reopen = async () => {
          const next = await open()
          await plans.checkAccount(plan, next)
          accounts.management?.close()
          accounts.management = await openManagement(flags)
          return next
        }
        const context = plans.applyContext(session, journal, { onEvent: onEvent(), now, stop, reopen, accounts })
        try {
          return await (name === 'apply' ? applyPlan : undoPlan)(plan, context, only)
        } finally {
          accounts.management?.close()
        }
      }),
    )
    const stopped = outcomes.some(({ outcome }) => STOPS.has(outcome))
    process.exitCode = stopped ? EXIT.incomplete : EXIT.ok
    const document: Outcomes = { schemaVersion: 1, planId: plan.planId, steps: outcomes }
    const text = flags.json
      ? `${JSON.stringify(document, null, 1)}\n`
      : outcomes.length > 0
        ? outcomes.map((outcome) => `${visible(plans.outcomeText(plan, outcome))}\n`).join('')
        : NOTHING[name]
    await writeOutput(null, [text])
  })
}

/** Exit code 1: what is in use would be denied, or a finding stays or is new; 3: a step was not done. */
async function rehearsal(file: string, flags: ApplyFlags): Promise<void> {
  if (flags.step) throw new KeyreeveError('usage', 'a plan is rehearsed as a whole, without `--step`')
  const [plans, { rehearse }, report, { loadConfig }, { loadSnapshots }] = await Promise.all([
    import('../plans.ts'),
    import('../rehearsal.ts'),
    import('../../report/rehearsal.ts'),
    import('../config.ts'),
    import('../../collect/saved/load.ts'),
  ])
  const plan = await plans.readPlan(file)
  const saved = flags.snapshot ?? plans.snapshotFile(file)
  const [{ snapshots }, config, scans, usage] = await Promise.all([
    loadSnapshots([saved], { toolVersion: TOOL.version }),
    loadConfig(flags.config),
    scansFor(flags),
    savedTrail(flags.trail),
  ])
  const result = await rehearse({ plan, snapshot: snapshots[0]!, config, scans, usage, trail: flags.trail })
  const { steps, findings, replay } = result
  const left = steps.some(({ outcome }) => outcome !== 'done' && outcome !== 'already')
  const surprise = (replay?.denied.length ?? 0) + findings.promised.length + findings.opened.length > 0
  process.exitCode = left || replay?.complete === false ? EXIT.incomplete : surprise ? EXIT.found : EXIT.ok
  await writeOutput(null, flags.json ? report.rehearsalJson(result) : [report.rehearsalText(result, terminalFor(null))])
}

/**
 * Works with a session; more can be opened the same way, and all are closed at the end. The first Ctrl-C stops between two
 * calls: one that is under way is not cut off, for then it would not be known whether it took effect.
 */
async function withSessions<T>(
  flags: AwsFlags,
  work: (session: AwsSession, more: { open: () => Promise<AwsSession>; stop: AbortSignal }) => Promise<T>,
): Promise<T> {
  const { openSession } = await import('../../aws/session.ts')
  const interrupt = interruptible()
  const sessions: AwsSession[] = []
  const open = async () => {
    const session = await openSession(awsOptionsOf(flags, new AbortController().signal))
    sessions.push(session)
    return session
  }
  try {
    return await work(await open(), { open, stop: interrupt.signal })
  } finally {
    interrupt.done()
    for (const session of sessions) session.close()
  }
}

function stepsOf({ steps }: Plan, wanted: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (!wanted) return undefined
  for (const id of wanted)
    if (!steps.some((step) => step.id === id)) throw new KeyreeveError('usage', `the plan has no step \`${id}\``)
  return new Set(wanted)
}

function onEvent() {
  if (!process.stderr.isTTY) return () => undefined
  return (event: import('../../fix/apply/apply.ts').ApplyEvent) => {
    if (event.event === 'renewing') process.stderr.write('the credentials have expired: getting new ones ...\n')
    if (event.event === 'step') process.stderr.write(`${visible(event.step.change)} ...\n`)
  }
}

const NOTHING = {
  apply: 'The plan has no step.\n',
  undo: 'Nothing of the plan was done, so there is nothing to take back.\n',
}

const EXAMPLES = {
  apply: `
Examples:
  keyreeve apply --rehearse .keyreeve/plans/123456789012-0123456789abcdef.json
  keyreeve apply .keyreeve/plans/123456789012-0123456789abcdef.json --profile prod
  keyreeve apply plan.json --step deactivate-key:AKIAIOSFODNN7EXAMPLE --yes`,
  undo: `
Examples:
  keyreeve undo plan.json --profile prod
  keyreeve undo plan.json --step deactivate-key:AKIAIOSFODNN7EXAMPLE`,
}
