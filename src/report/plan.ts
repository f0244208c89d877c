/** Plans and what became of them, for people; and the document for other programs. */
import type { Operation, Plan, Step } from '../model/plan.ts'
import { inChunks, type TerminalOptions } from './format.ts'
import { Page } from './page.ts'
import { count } from './words.ts'

export function planJson(plan: Plan): Iterable<string> {
  return inChunks([`${JSON.stringify(plan, null, 1)}\n`])
}

/** What each step does, relies on, might break, and how it is taken back. */
export function planText(plan: Plan, options: TerminalOptions & { file: string | null }): string {
  const page = new Page(options)
  const { steps, cannot, accountId, planId, snapshot } = plan
  page.text(
    `Plan ${planId} for account ${accountId}, from what was read on ${snapshot.collectedAt}: ${count(steps.length, 'step')}`,
    0,
    page.paint.bold,
  )
  steps.forEach((step, i) => {
    page.blank()
    page.text(`${i + 1}. ${step.change}`, 0, page.paint.bold)
    for (const operation of step.operations)
      page.labelled('call', callText(operation), { paintText: page.paint.command })
    for (const { who, evidence } of step.mayBreak) page.labelled('may break', `${who} (${evidence})`)
    for (const text of waitsText(step, steps)) page.labelled('waits', text)
    page.labelled('undo', undoText(step))
    if (step.closes.length > 0) page.labelled('closes', count(step.closes.length, 'finding'))
  })
  if (cannot.length > 0) {
    page.blank()
    page.text(`Not in the plan: ${count(cannot.length, 'finding')}`, 0, page.paint.bold)
    for (const [because, subjects] of byReason(plan)) {
      page.text(because, 2)
      page.text(shortened(subjects), 4, page.paint.dim)
    }
  }
  if (steps.length > 0 && options.file !== null) {
    page.blank()
    page.text(`keyreeve apply ${options.file}`, 0, page.paint.command)
  }
  return page.toString()
}

const MOST_NAMES = 8

function shortened(subjects: readonly string[]): string {
  const more = subjects.length - MOST_NAMES
  return subjects.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function byReason({ cannot }: Plan): [string, string[]][] {
  const reasons = new Map<string, string[]>()
  for (const { check, subject, because } of cannot) {
    const reason = `${check}: ${because}`
    reasons.set(reason, [...(reasons.get(reason) ?? []), subject])
  }
  return [...reasons].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** `iam:UpdateAccessKey UserName=ana AccessKeyId=AKIA... Status=Inactive`; documents by their length alone. */
export function callText({ call, input }: Operation): string {
  const members = Object.entries(input).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return `${name}=${text.length > 120 ? `(${text.length} characters)` : text}`
  })
  return [call, ...members].join(' ')
}

function waitsText(step: Step, steps: readonly Step[]): string[] {
  return step.waitsFor.map(({ step: other, days }) => {
    const number = steps.findIndex(({ id }) => id === other) + 1
    return days > 0 ? `${count(days, 'day')} after step ${number}` : `for step ${number}`
  })
}

function undoText({ undo }: Step): string {
  return undo ? undo.operations.map(({ call }) => call).join(', ') : 'it cannot be taken back'
}
