import { Command } from 'commander'
import { KeyreeveError } from '../../model/errors.ts'
import type { Plan } from '../../model/plan.ts'
import { type AwsFlags, addAwsOptions, withSession } from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { writeOutput } from '../outputs.ts'
import { askYes } from '../prompt.ts'
import { terminalFor } from '../terminal.ts'
import { visible } from '../visible.ts'

interface ApplyFlags extends AwsFlags {
  yes?: boolean
  step?: string[]
  json?: boolean
}

export function applyCommand(): Command {
  return command(
    'apply',
    'carry out a plan, verify it, and stop at the first surprise',
    'Shows the plan, asks, and does what can be done now: every call is in the journal before it is made, every change is verified. Run it again to go on after a crash, or when a step that waits has waited.',
  )
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
    const [plans, { applyPlan, undoPlan }, { planText }] = await Promise.all([
      import('../plans.ts'),
      import('../../fix/apply/apply.ts'),
      import('../../report/plan.ts'),
    ])
    const plan = await plans.readPlan(file)
    const only = stepsOf(plan, flags.step)
    const outcomes = await withSession(flags, (session) =>
      plans.withJournal(file, async (journal) => {
        await plans.checkAccount(plan, session)
        if (!flags.yes) {
          process.stderr.write(planText(plan, { ...terminalFor(null), file: null }))
          const question = name === 'apply' ? 'Do this?' : 'Take back what was done of this?'
          if (!(await askYes(question))) throw new KeyreeveError('interrupted', 'nothing was changed')
        }
        const context = plans.applyContext(session, journal, { onEvent: onEvent() })
        return (name === 'apply' ? applyPlan : undoPlan)(plan, context, only)
      }),
    )
    const stopped = outcomes.some(({ outcome }) => outcome === 'refused' || outcome === 'interrupted')
    process.exitCode = stopped ? EXIT.incomplete : EXIT.ok
    const text = flags.json
      ? `${JSON.stringify({ schemaVersion: 1, planId: plan.planId, steps: outcomes }, null, 1)}\n`
      : outcomes.map((outcome) => `${visible(plans.outcomeText(plan, outcome))}\n`).join('')
    await writeOutput(null, [text])
  })
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
    if (event.event === 'step') process.stderr.write(`${visible(event.step.change)} ...\n`)
  }
}

const EXAMPLES = {
  apply: `
Examples:
  keyreeve apply .keyreeve/plans/123456789012-0123456789abcdef.json --profile prod
  keyreeve apply plan.json --step deactivate-key:AKIAIOSFODNN7EXAMPLE --yes`,
  undo: `
Examples:
  keyreeve undo plan.json --profile prod
  keyreeve undo plan.json --step deactivate-key:AKIAIOSFODNN7EXAMPLE`,
}
