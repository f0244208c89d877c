/** Plans for whoever has to approve them, and the document for other programs. */
import { counted } from '../model/numbers.ts'
import type { Plan, Step } from '../model/plan.ts'
import { readable } from './escape.ts'
import { inChunks, type TerminalOptions } from './format.ts'
import { wrap } from './layout.ts'
import { Page } from './page.ts'
import {
  byReason,
  documentDiff,
  groupsOf,
  idOf,
  type MayBreak,
  numbersOf,
  type StepGroup,
  waitsOf,
} from './plan-parts.ts'

export function planJson(plan: Plan): Iterable<string> {
  return inChunks([`${JSON.stringify(plan, null, 1)}\n`])
}

/** What each step does, who might break and how we know, what waits for what, and how it is taken back. */
export function planText(plan: Plan, options: TerminalOptions & { file: string | null }): string {
  const page = new Page(options)
  const { accountId, planId, snapshot } = plan
  page.text(
    `Plan ${planId} for account ${accountId}, from what was read on ${snapshot.collectedAt}`,
    0,
    page.paint.bold,
  )
  page.text(summaryOf(plan))
  const byId = new Map(plan.steps.map((step) => [step.id, step]))
  for (const group of groupsOf(plan)) groupPart(page, group, plan, byId)
  handOversPart(page, plan)
  leftPart(page, plan)
  if (plan.steps.length > 0 && options.file !== null) {
    page.blank()
    page.command(`keyreeve apply --rehearse ${options.file}`, 0)
    page.command(`keyreeve apply ${options.file}`, 0)
  }
  return page.toString()
}

/** `12 steps close 20 findings: 8 can be done now, 4 wait for days; 3 cannot be taken back.` */
export function summaryOf(plan: Plan): string {
  const { steps, now, final, closes } = numbersOf(plan)
  if (steps === 0) return 'There is nothing that it can do.'
  const waits = steps - now
  return `${counted(steps, 'step')} ${steps === 1 ? 'closes' : 'close'} ${counted(closes, 'finding')}: ${now} can be done now${waits > 0 ? `, ${waits} ${waits === 1 ? 'waits' : 'wait'} for days` : ''}; ${final === 0 ? 'all' : `all but ${final}`} can be taken back.`
}

function groupPart(
  page: Page,
  { title, steps, calls, undo, mayBreak }: StepGroup,
  plan: Plan,
  byId: ReadonlyMap<string, Step>,
): void {
  page.heading(`${title} (${steps.length})`)
  page.labelled('calls', calls.join(', '), { paintText: page.paint.dim })
  page.labelled('undo', undo === null ? 'none: it is for good' : undo.join(', '), { paintText: page.paint.dim })
  breaks(page, mayBreak, 2)
  for (const { number, step, mayBreak: own } of steps) {
    const waits = waitsOf(step, plan.steps)
    const told = new Set(step.waitsFor.flatMap(({ step: other }) => byId.get(other)?.mayBreak ?? []).map(idOf))
    page.text(`${number}. ${step.change}${waits.length > 0 ? ` (${waits.join(', ')})` : ''}`)
    // what the step before it may break is broken by then
    breaks(
      page,
      own.filter((it) => !told.has(idOf(it))),
      4,
    )
    for (const line of documentDiff(step)) diffLine(page, line)
  }
}

/** Keeps the indentation, also of what is wrapped. */
function diffLine(page: Page, line: string): void {
  const paint = line.startsWith('+') ? page.paint.command : line.startsWith('-') ? page.paint.bold : page.paint.dim
  const lead = /^[+-]?\s*/.exec(line)![0]
  const room = Math.max(16, page.width - 4 - lead.length)
  page.lines(
    wrap(readable(line.slice(lead.length)), room).map(
      (text, i) => `    ${paint((i === 0 ? lead : ' '.repeat(lead.length)) + text)}`,
    ),
  )
}

function breaks(page: Page, mayBreak: readonly MayBreak[], indent: number): void {
  for (const { who, evidence } of mayBreak) page.labelled('may break', `${who} (${evidence})`, { indent })
}

function handOversPart(page: Page, { handOvers }: Plan): void {
  if (handOvers.length === 0) return
  page.heading(`Left to other commands (${handOvers.length})`)
  page.text('A plan cannot do these: they wait until what uses the key has moved. `apply` leaves them alone.')
  const shared = handOvers.length > 1 ? commonOf(handOvers.map(({ mayBreak }) => mayBreak)) : new Set<string>()
  for (const { command, subject, because, mayBreak } of handOvers) {
    page.command(command.join(' '), 2)
    page.text(`${subject.name ?? subject.id}: ${because}`, 4)
    breaks(
      page,
      mayBreak.filter(({ who }) => !shared.has(who)),
      4,
    )
  }
}

function commonOf(lists: readonly MayBreak[][]): Set<string> {
  const [first = [], ...others] = lists
  return new Set(
    first.map(({ who }) => who).filter((who) => others.every((list) => list.some((other) => other.who === who))),
  )
}

const MOST_NAMES = 8

function leftPart(page: Page, plan: Plan): void {
  if (plan.cannot.length === 0) return
  page.heading(`Not in the plan (${counted(plan.cannot.length, 'finding')})`)
  for (const { reason, subjects, byHand } of byReason(plan)) {
    const more = subjects.length - MOST_NAMES
    page.text(reason, 2)
    page.text(subjects.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : ''), 4, page.paint.dim)
    for (const sentence of byHand) page.labelled('by hand', sentence, { indent: 4 })
  }
}
