/** An incident for people and for other programs: what the key did, what was changed, what is left to do. */

import type { Incident, MeasureRecord } from '../model/incident.ts'
import { counted } from '../model/numbers.ts'
import { markdownCode, markdownText } from './escape.ts'
import type { TerminalOptions } from './format.ts'
import { Page } from './page.ts'
import { list } from './words.ts'

export function incidentJson(incident: Incident): string {
  return `${JSON.stringify(incident, null, 1)}\n`
}

const STATES: Record<Incident['state'], string> = {
  contained: 'contained: the key is dead, and everything that was wanted was done',
  incomplete: 'INCOMPLETE: see what is left to do',
  undone: 'taken back',
}

const MEASURE_WORDS: Record<MeasureRecord['state'], string> = {
  done: 'done',
  already: 'already so',
  gone: 'gone',
  refused: 'REFUSED',
  unsure: 'NOT SURE',
  open: 'NOT DONE',
  undone: 'taken back',
}

const SHOWN = 12

/** One page: what counts in the first minutes. @param files where the whole document lies */
export function incidentText(incident: Incident, options: TerminalOptions & { files: readonly string[] }): string {
  const page = new Page(options)
  const { activity, measures, proofs, derived, made, leftToDo, gaps } = incident
  page.text(`${subjectName(incident)}: ${STATES[incident.state]}`, 0, page.paint.bold)
  if (incident.firstDenyMs !== null)
    page.text(`first denying call after ${(incident.firstDenyMs / 1000).toFixed(1)} s`, 2)
  page.blank()
  for (const { change, state, because } of measures)
    page.labelled(MEASURE_WORDS[state], because === null ? change : `${change} (${because})`, { labelWidth: 10 })
  if (proofs.length > 0) page.blank()
  for (const { claim, result, how, detail } of proofs)
    page.labelled(result, `${claim} (${detail === null ? how : `${how}: ${detail}`})`, { labelWidth: 10 })
  if (incident.state === 'undone') return page.toString()
  page.blank()
  page.text(activitySentence(incident))
  if (derived.length > 0)
    section(
      page,
      `What came of it: ${counted(derived.length, 'session or key', 'sessions and keys')}`,
      derived,
      (item) =>
        [item.accessKeyId, item.role ?? item.userName, `by ${item.how}`, `${counted(item.calls, 'call')}`]
          .filter((part) => part !== null)
          .join(', '),
    )
  const ofKey = countedLines(
    made.filter(({ by }) => by !== null).map(({ what, name, action }) => madeText(what, name, action)),
  )
  if (ofKey.length > 0) section(page, `What it made or changed: ${ofKey.length}`, ofKey, (line) => line)
  if (activity.touched.length > 0)
    section(page, `What it touched: ${activity.touched.length}`, activity.touched, (arn) => arn)
  page.blank()
  page.text('Left to do', 0, page.paint.bold)
  for (const [i, { what, why, command }] of leftToDo.entries()) {
    page.text(`${i + 1}. ${why === null ? what : `${what} (${why})`}`, 2)
    if (command !== null) page.command(command, 5)
  }
  if (gaps.length > 0) section(page, 'Could not be read', gaps, (gap) => gap)
  page.blank()
  for (const file of options.files) page.text(file, 0, page.paint.dim)
  return page.toString()
}

function madeText(what: string, name: string, action: string | null): string {
  if (action === null) return `${what} ${name}`
  return what === 'other' ? (name === action ? action : `${action} on ${name}`) : `${what} ${name} (${action})`
}

/** Each line once, with how often it was there. */
function countedLines(lines: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts].map(([line, times]) => (times === 1 ? line : `${line}, ${times} times`))
}

function section<T>(page: Page, title: string, items: readonly T[], line: (item: T) => string): void {
  page.blank()
  page.text(title, 0, page.paint.bold)
  for (const item of items.slice(0, SHOWN)) page.text(line(item), 2)
  if (items.length > SHOWN) page.text(`and ${items.length - SHOWN} more: see the incident file`, 2, page.paint.dim)
}

function subjectName({ subject, accountId }: Incident): string {
  const owner = subject.userName ?? subject.roleName
  return `${subject.id}${owner !== null && !subject.id.endsWith(`/${owner}`) ? ` of ${owner}` : ''} in account ${accountId}`
}

function activitySentence({ activity, since }: Incident): string {
  if (activity.events === 0) return `CloudTrail has no event of it since ${since}, as far as it could be asked.`
  const networks = activity.networks.map(({ network, calls }) => `${network} (${calls})`)
  return `${counted(activity.events, 'call')} from ${activity.firstSeen} to ${activity.lastSeen}, ${activity.denied} denied; from ${list(networks.slice(0, 8))}; in ${list(activity.regions)}.`
}

/** What is about to be done, on one screen. */
export function plannedText(
  changes: readonly string[],
  warnings: readonly string[],
  options: TerminalOptions & { title: string },
): string {
  const page = new Page(options)
  page.text(options.title, 0, page.paint.bold)
  for (const [i, change] of changes.entries()) page.text(`${i + 1}. ${change}`, 2)
  for (const warning of warnings) {
    page.blank()
    page.text(`Warning: ${warning}`, 0, page.paint.bold)
  }
  return page.toString()
}

/** Words and times as they are; names as code, where nothing is markup. */
function cellOf(cell: string | number | null): string {
  const text = String(cell ?? '')
  return /^[\w .:+-]*$/.test(text) && !text.includes('_') ? text : markdownCode(text, true)
}

/** The whole document, to be read and passed on. */
export function incidentMarkdown(incident: Incident): string {
  const { activity, measures, proofs, derived, roles, made, places, timeline, leftToDo, gaps } = incident
  const lines: string[] = [
    `# Incident ${markdownText(incident.incidentId)}`,
    '',
    `${markdownText(subjectName(incident))}: **${STATES[incident.state]}**.`,
    '',
    `Opened ${incident.startedAt} by ${markdownText(incident.callerArn ?? 'unknown')}, last written ${incident.updatedAt}. CloudTrail was asked from ${incident.since} on.`,
    '',
  ]
  const table = (title: string, header: readonly string[], rows: readonly (readonly (string | number | null)[])[]) => {
    if (rows.length === 0) return
    lines.push(`## ${title}`, '', `| ${header.join(' | ')} |`, `|${header.map(() => ' --- ').join('|')}|`)
    for (const row of rows) lines.push(`| ${row.map(cellOf).join(' | ')} |`)
    lines.push('')
  }
  lines.push('## Left to do', '')
  for (const [i, { what, why, command }] of leftToDo.entries()) {
    lines.push(`${i + 1}. ${markdownText(what)}${why === null ? '' : ` (${markdownText(why)})`}`)
    if (command !== null) lines.push('', `   ${markdownCode(command)}`, '')
  }
  lines.push('')
  table(
    'What was changed',
    ['state', 'change', 'at', 'why not'],
    measures.map(({ state, change, at, because }) => [MEASURE_WORDS[state], change, at, because]),
  )
  table(
    'Proof that calls are denied',
    ['result', 'claim', 'by', 'detail'],
    proofs.map(({ result, claim, how, detail }) => [result, claim, how, detail]),
  )
  lines.push('## What the key did', '', markdownText(activitySentence(incident)), '')
  table(
    'Actions',
    ['action', 'calls', 'denied', 'first', 'last', 'resources'],
    activity.actions.map((used) => [
      used.action,
      used.calls,
      used.denied,
      used.firstSeen,
      used.lastSeen,
      used.resources.slice(0, 5).join(' '),
    ]),
  )
  table(
    'Networks',
    ['network', 'calls', 'addresses', 'agents'],
    activity.networks.map(({ network, calls, addresses, agents }) => [
      network,
      calls,
      addresses.join(' '),
      agents.join(' '),
    ]),
  )
  table(
    'Sessions and keys that came of it',
    ['ID', 'made by', 'how', 'role or user', 'at', 'calls', 'last seen'],
    derived.map((item) => [
      item.accessKeyId,
      item.madeBy,
      item.how,
      item.role ?? item.userName,
      item.at,
      item.calls,
      item.lastSeen,
    ]),
  )
  table(
    'Roles',
    ['role', 'why', 'sessions cut'],
    roles.map(({ arn, because, cut }) => [arn, because, cut ? 'yes' : 'NO']),
  )
  table(
    'New or changed',
    ['what', 'name', 'by', 'action', 'at', 'known from'],
    made.map(({ what, name, by, action, at, source }) => [what, name, by ?? 'not known', action, at, source]),
  )
  table(
    'Touched',
    ['resource'],
    activity.touched.map((arn) => [arn]),
  )
  table(
    'Where scans found the key',
    ['place'],
    places.map((place) => [place]),
  )
  table(
    'Timeline',
    ['at', 'who', 'what', 'outcome'],
    timeline.map(({ at, who, what, outcome }) => [at, who, what, outcome]),
  )
  table(
    'Could not be read',
    ['what'],
    gaps.map((gap) => [gap]),
  )
  return `${lines.join('\n').trimEnd()}\n`
}
