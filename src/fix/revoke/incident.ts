/** The incident as a document, of what was found and done; and what is left to do. */
import {
  INCIDENT_SCHEMA_VERSION,
  type Incident,
  type LeftToDo,
  type Made,
  type MeasureRecord,
} from '../../model/incident.ts'
import { consolePage, rootSignsIn } from '../../model/partition.ts'
import { shell } from '../../model/shell.ts'
import type { Chain } from './chain.ts'
import type { IncidentJournal, Opening } from './journal.ts'
import { changeOf, commandOf, isOfIdentityCenter, measureId } from './measures.ts'
import { type Found, policyName } from './revoke.ts'

export interface IncidentInput {
  tool: { name: string; version: string }
  opening: Opening
  journal: IncidentJournal
  found: Pick<Found, 'chain' | 'proofs' | 'notCut' | 'gaps' | 'deadAt'>
  records: MeasureRecord[]
  /** Roles that could have been assumed, without a sign that they were; null: that was not looked into. */
  couldAssume: string[] | null
  /** New by its date. */
  newSince: Made[]
  places: string[]
  firstDenyMs: number | null
  /** Said to whoever reads it. */
  warnings: LeftToDo[]
  updatedAt: string
  /** Everything that was asked for ran to its end. */
  complete: boolean
}

/** States in which nothing is left to be done about a measure. */
const GOOD = new Set(['done', 'already', 'gone'])

export function incidentOf(input: IncidentInput): Incident {
  const { opening, journal, found, couldAssume, newSince, places, tool } = input
  const records = withFallback(input.records)
  const { chain, proofs, notCut } = found
  const cut = new Set(
    records
      .filter(({ kind, state }) => kind === 'cut-role-sessions' && GOOD.has(state))
      .map(({ id }) => id.slice(id.indexOf(':') + 1)),
  )
  const made = joined(
    chain.made,
    newSince.filter(({ name }) => !isOurs(name, opening)),
  )
  const isUndone = records.length > 0 && records.every(({ state }) => state === 'undone' || state === 'already')
  const isGood =
    input.complete &&
    records.length > 0 &&
    records.every(
      (record) => GOOD.has(record.state) || record.state === 'undone' || isCoveredByOther(record, records),
    ) &&
    proofs.every(({ result }) => result !== 'disproven') &&
    notCut.length === 0 &&
    // what could not be read may be a session that goes on
    found.gaps.length === 0
  return {
    schemaVersion: INCIDENT_SCHEMA_VERSION,
    incidentId: opening.incidentId,
    tool,
    accountId: opening.accountId,
    partition: opening.partition,
    subject: opening.subject,
    callerArn: opening.callerArn,
    startedAt: opening.startedAt,
    updatedAt: input.updatedAt,
    state: isUndone ? 'undone' : isGood ? 'contained' : 'incomplete',
    since: opening.since,
    firstDenyMs: input.firstDenyMs,
    measures: records,
    proofs,
    activity: chain.activity,
    derived: chain.derived,
    roles: [
      ...chain.roles.map((arn) => ({ arn, because: 'assumed' as const, cut: cut.has(nameOf(arn)) })),
      ...(couldAssume ?? [])
        .filter((arn) => !chain.roles.includes(arn))
        .map((arn) => ({ arn, because: 'could-assume' as const, cut: cut.has(nameOf(arn)) })),
      ...(opening.subject.roleName !== null && opening.subject.arn !== null
        ? [{ arn: opening.subject.arn, because: 'asked-for' as const, cut: cut.has(opening.subject.roleName) }]
        : []),
    ],
    made,
    places,
    timeline: timelineOf(journal, chain),
    leftToDo: isUndone ? [] : leftToDo({ ...input, records }, made, cut),
    gaps: [...new Set(found.gaps)],
  }
}

/** AWS's policy stands in for ours, where ours was refused. */
function isCoveredByOther({ kind, id, state }: MeasureRecord, records: readonly MeasureRecord[]): boolean {
  if (kind !== 'deny-user' || state !== 'refused') return false
  const other = id.replace('deny-user:', 'deny-user-managed:')
  return records.some((record) => record.id === other && GOOD.has(record.state))
}

/** Says what denies, where a service control policy does not. */
function withFallback(records: MeasureRecord[]): MeasureRecord[] {
  const denied = records.some(({ kind, state }) => /^deny-(user|user-managed|role)$/.test(kind) && GOOD.has(state))
  return records.map((record) =>
    record.kind === 'deny-by-scp' && record.state === 'refused' && denied
      ? {
          ...record,
          because: `${record.because}; only a policy in the account denies, which its administrators can lift`,
        }
      : record,
  )
}

function nameOf(arn: string): string {
  return arn.split('/').at(-1)!
}

function isOurs(name: string, opening: Opening): boolean {
  return name.includes(policyName(opening))
}

/** What events and dates both tell is told once, by the event. */
function joined(byEvents: readonly Made[], byDates: readonly Made[]): Made[] {
  const known = new Set(byEvents.map(({ what, name }) => `${what} ${nameOf(name)}`))
  return [...byEvents, ...byDates.filter(({ what, name }) => !known.has(`${what} ${nameOf(name)}`))]
}

const MOST_LINES = 500

function timelineOf(journal: IncidentJournal, chain: Chain): Incident['timeline'] {
  const ours: Incident['timeline'] = []
  const changes = new Map<string, string>()
  for (const entry of journal.entries)
    switch (entry.event) {
      case 'opened':
        ours.push({ at: entry.at, who: 'keyreeve', what: 'the incident was opened', outcome: null })
        break
      case 'begin':
        changes.set(measureId(entry.measure), changeOf(entry.measure))
        break
      case 'answer':
        ours.push({
          at: entry.at,
          who: 'keyreeve',
          what: `${entry.call}: ${entry.undo ? 'take back: ' : ''}${changes.get(entry.id) ?? entry.id}`,
          outcome: entry.code ?? 'worked',
        })
        break
      case 'done':
      case 'undone':
      case 'gone':
        ours.push({
          at: entry.at,
          who: 'keyreeve',
          what: changes.get(entry.id) ?? entry.id,
          outcome: entry.event === 'done' ? (entry.already ? 'it was so before' : 'seen in AWS') : entry.event,
        })
    }
  const theirs = [
    ...chain.derived.map(({ at, madeBy, how, accessKeyId }) => ({
      at,
      who: madeBy,
      what: `${how} gave out ${accessKeyId}`,
      outcome: null,
    })),
    ...chain.changes
      .filter(({ newAccessKeyId }) => newAccessKeyId === null)
      .map(({ time, accessKeyId, action, resources }) => ({
        at: time,
        who: accessKeyId ?? 'unknown',
        what: resources.length > 0 ? `${action} ${resources[0]}` : action,
        outcome: null,
      })),
  ]
  return [...theirs.slice(-MOST_LINES), ...ours].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** Actions that give out secrets, which have to be thought of as known. */
const READS_SECRETS =
  /^(secretsmanager:GetSecretValue|ssm:GetParameters?\w*|kms:Decrypt|lambda:GetFunction\w*|ecs:DescribeTaskDefinition|ec2:DescribeInstanceAttribute|s3:GetObject|codebuild:BatchGetProjects)$/

function leftToDo(
  { opening, found, records, couldAssume, newSince, places, warnings }: IncidentInput,
  made: readonly Made[],
  cut: ReadonlySet<string>,
): LeftToDo[] {
  const { subject, accountId } = opening
  const { chain, notCut, deadAt, proofs } = found
  const todo: LeftToDo[] = []
  const add = (what: string, why: string | null = null, command: string | null = null) =>
    todo.push({ what, why, command })
  for (const { state, change, because, command, id } of records)
    if (
      !GOOD.has(state) &&
      state !== 'undone' &&
      !isCoveredByOther(records.find((record) => record.id === id)!, records)
    )
      add(change, because, command)
  for (const { claim, result, detail } of proofs)
    if (result === 'disproven') add(`Look at once: it is not so that ${claim}`, detail)
  if (found.gaps.length > 0)
    add(
      'Run it again with the rights to read what could not be read: a session may go on',
      `${[...new Set(found.gaps)].slice(0, 3).join('; ')}${found.gaps.length > 3 ? ' ...' : ''}`,
    )
  const worked = deadAt === null ? [] : chain.workedAfter(deadAt)
  if (worked.length > 0)
    add(
      `Look at once: ${worked.length} calls worked after everything was denied`,
      worked
        .slice(0, 5)
        .map(({ action, accessKeyId }) => `${action} by ${accessKeyId}`)
        .join(', '),
    )
  for (const { arn, because } of notCut)
    add(
      cutSentence(arn),
      because === 'own' ? 'this run calls with that very role: do it last' : 'the role is of another account',
      cutCommand(arn, opening),
    )
  const kept = records.filter(({ id, state }) => isOfIdentityCenter(id.replace(/^.*?:/, '')) && !GOOD.has(state))
  if (kept.length > 0)
    add(
      'In IAM Identity Center: disable the person’s access, and delete its active sessions',
      'it keeps the role, in which nobody else may change anything, and gives out new sessions; a service control policy does not bind the management account',
    )
  const reachable = (couldAssume ?? []).filter((arn) => !chain.roles.includes(arn) && !cut.has(nameOf(arn)))
  if (reachable.length > 0)
    add(
      `Cut the sessions of ${reachable.length} more roles, if in doubt: ${reachable.slice(0, 10).map(nameOf).join(', ')}${reachable.length > 10 ? ' ...' : ''}`,
      'it could have assumed them, and no event says that it did',
      shell`keyreeve revoke ${subject.id} --roles all-reachable`,
    )
  if (subject.kind === 'root-key' && records.some(({ state }) => !GOOD.has(state)))
    add(
      rootSignsIn(opening.partition) ? 'Sign in as root and delete the key' : 'Delete the key with itself',
      'only root can where there is no centralized root access, and in the management account',
      rootSignsIn(opening.partition)
        ? consolePage(opening.partition, 'iam/home#/security_credentials')
        : shell`aws iam delete-access-key --access-key-id ${subject.id}`,
    )
  if (couldAssume === null && subject.userName !== null)
    add('Find out which roles the key could assume', 'it was not looked into', null)
  todo.push(...warnings)
  const looked = new Set<string>()
  for (const { what, name, action, by } of made) {
    if (by === null || isStopped(what, name, records) || looked.has(`${what} ${name}`)) continue
    looked.add(`${what} ${name}`)
    const said =
      what !== 'other' ? `what it made: ${what} ${name}` : name === action ? action : `what it did to ${name}`
    add(`Look at ${said}`, `by ${by}`, commandFor(what, name, chain))
  }
  const strange = newSince.filter(
    ({ name }) => !made.some((other) => other.by !== null && other.name === name) && !isOurs(name, opening),
  )
  if (strange.length > 0)
    add(`Look at ${strange.length} things that are new since ${opening.since}`, 'whoever made them: see `made`')
  const secrets = chain.activity.actions.filter(
    ({ action, calls, denied }) => READS_SECRETS.test(action) && calls > denied,
  )
  if (secrets.length > 0)
    add(
      'Rotate the secrets that it read',
      secrets.map(({ action, resources }) => [action, ...resources.slice(0, 3)].join(' ')).join('; '),
    )
  else add('Rotate the secrets that it could read', 'reading objects and secrets may leave no management event')
  for (const place of places.slice(0, 20)) add(`Remove the key from ${place}`, 'it was found there')
  if (places.length === 0) add('Find where the key leaked, and remove it there', null, 'keyreeve scan PATH')
  add('Check the bill, and what runs in regions that you do not use', null, null)
  add(
    'Tell AWS support, and look for a case of theirs about the key',
    null,
    consolePage(opening.partition, 'support/home'),
  )
  if (subject.userName !== null)
    add(
      'When what used the key has another one: delete the key, and lift the deny',
      null,
      shell`keyreeve revoke --undo ${opening.incidentId} --measure ${`deny-user:${subject.userName}`}`,
    )
  add('Run it again in 15 minutes: CloudTrail is late', null, shell`keyreeve revoke ${subject.id}`)
  if (subject.kind === 'session' || subject.kind === 'role')
    add('Find out how the session began: who can begin one can begin another', `in account ${accountId}`)
  return todo
}

function isStopped(what: string, name: string, records: readonly MeasureRecord[]): boolean {
  const kinds: Record<string, string> = { 'access-key': 'deactivate-key', user: 'deny-user', role: 'deny-role' }
  return records.some(({ id, state }) => id === `${kinds[what]}:${nameOf(name)}` && GOOD.has(state))
}

function cutSentence(arn: string): string {
  return `Deny everything to the sessions of the role ${arn} that began before now`
}

function cutCommand(arn: string, opening: Opening): string {
  return commandOf({
    kind: 'cut-role-sessions',
    partition: opening.partition,
    accountId: arn.split(':')[4]!,
    roleName: nameOf(arn),
    policyName: policyName(opening),
    before: `${opening.startedAt.slice(0, 19)}Z`,
  })
}

function commandFor(what: string, name: string, chain: Chain): string | null {
  switch (what) {
    case 'access-key': {
      const userName = chain.derived.find(({ accessKeyId }) => accessKeyId === name)?.userName
      return userName == null
        ? null
        : shell`aws iam update-access-key --user-name ${userName} --access-key-id ${name} --status Inactive`
    }
    case 'role':
    case 'trust':
      return shell`aws iam get-role --role-name ${nameOf(name)}`
    case 'user':
      return shell`aws iam list-access-keys --user-name ${nameOf(name)}`
    case 'password':
      return shell`aws iam delete-login-profile --user-name ${nameOf(name)}`
    default:
      return null
  }
}
