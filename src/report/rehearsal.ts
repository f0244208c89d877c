/** What became of a plan in the sandbox, for whoever has to approve it. */
import { counted } from '../model/numbers.ts'
import type { DeniedCall, Rehearsal, RehearsedFinding } from '../model/rehearsal.ts'
import { inChunks, type TerminalOptions } from './format.ts'
import { Page } from './page.ts'
import { dayOf } from './words.ts'

export function rehearsalJson(rehearsal: Rehearsal): Iterable<string> {
  return inChunks([`${JSON.stringify(rehearsal, null, 1)}\n`])
}

const MOST = 20

export function rehearsalText(rehearsal: Rehearsal, options: TerminalOptions): string {
  const page = new Page(options)
  const { planId, accountId, steps, findings, replay, left } = rehearsal
  const done = steps.filter(({ outcome }) => outcome === 'done' || outcome === 'already')
  page.text(
    `Plan ${planId} for account ${accountId}, rehearsed: ${done.length} of ${counted(steps.length, 'step')} done. Nothing was changed in AWS.`,
    0,
    page.paint.bold,
  )
  for (const { change, outcome, because } of steps)
    if (outcome !== 'done' && outcome !== 'already')
      page.labelled(outcome, because === null ? change : `${change}: ${because}`, { paintLabel: page.paint.bold })
  callsPart(page, replay)
  page.heading('Findings')
  const verb = ({ length }: readonly unknown[], one: string, many: string) => (length === 1 ? one : many)
  findingsPart(page, verb(findings.closed, 'closes', 'close'), findings.closed)
  const stay = verb(
    findings.promised,
    'stays, although the plan says it closes it',
    'stay, although the plan says it closes them',
  )
  findingsPart(page, stay, findings.promised)
  findingsPart(page, verb(findings.opened, 'is new', 'are new'), findings.opened)
  page.text(`${counted(findings.open, 'finding')} ${findings.open === 1 ? 'remains' : 'remain'} open.`)
  if (left.length > 0) {
    page.heading('Not in the sandbox')
    for (const what of left) page.text(what, 2)
  }
  return page.toString()
}

function callsPart(page: Page, replay: Rehearsal['replay']): void {
  page.heading('Recorded calls')
  if (!replay) {
    page.text(
      'No CloudTrail was read: whether anything in use would be denied is not known. `keyreeve trail ingest` reads it.',
    )
    return
  }
  const { calls, from, to, denied, unsure, unexplained, complete } = replay
  const events = (list: readonly DeniedCall[]) => list.reduce((sum, call) => sum + call.calls, 0)
  page.text(
    `${counted(calls, 'call')} that ${calls === 1 ? 'was' : 'were'} let through from ${dayOf(from)} to ${dayOf(to)} ${calls === 1 ? 'was' : 'were'} asked again: ${events(denied)} would be denied, of ${events(unsure)} it cannot be said.`,
  )
  if (unexplained > 0)
    page.text(
      `${counted(unexplained, 'call')} would be denied today, too, by a key that is inactive or by what the snapshot does not hold: not judged.`,
    )
  if (!complete) page.text('There were more distinct calls than are asked: the rarest are left out.')
  callList(page, 'Would be denied', denied)
  callList(page, 'Cannot be said', unsure)
}

function callList(page: Page, title: string, calls: readonly DeniedCall[]): void {
  if (calls.length === 0) return
  page.blank()
  page.text(title, 0, page.paint.bold)
  for (const { principal, action, resource, calls: times, lastSeen, because } of calls.slice(0, MOST)) {
    page.text(`${principal} ${action}${resource === null ? '' : ` on ${resource}`}`, 2)
    page.text(`${counted(times, 'call')}, last on ${dayOf(lastSeen)}: ${because}`, 4, page.paint.dim)
  }
  if (calls.length > MOST) page.text(`and ${calls.length - MOST} more, in --json`, 2, page.paint.dim)
}

function findingsPart(page: Page, what: string, findings: readonly RehearsedFinding[]): void {
  page.text(`${counted(findings.length, 'finding')} ${what}${findings.length > 0 ? ':' : '.'}`)
  for (const { check, severity, subject } of findings.slice(0, MOST)) page.text(`${check} (${severity}) ${subject}`, 2)
  if (findings.length > MOST) page.text(`and ${findings.length - MOST} more, in --json`, 2, page.paint.dim)
}
