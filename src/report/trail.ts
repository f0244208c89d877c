/** Answers about CloudTrail: for the terminal, as JSON, and lists also as CSV. */

import { counted, formatNumber } from '../model/numbers.ts'
import type {
  AwsPlace,
  Consumer,
  ErrorUse,
  GrantedUse,
  KeyActivity,
  KeyStory,
  ReplayedCall,
  ReplayVerdict,
  RoleSession,
  RootUse,
  ServiceUse,
  TrailScope,
  UsedAction,
} from '../model/trail.ts'
import { csv } from './csv.ts'
import { inChunks, REPORT_SCHEMA_VERSION, type TerminalOptions } from './format.ts'
import { Page } from './page.ts'
import { type Column, table } from './table.ts'
import { dayOf, minuteOf } from './words.ts'

const SHOWN = 50
/** Of a key's story, where other things follow. */
const STORY_ACTIONS = 20

/** The document: the scope first, then the answer. Its lists come in pieces: one may be longer than a text can be. */
export function trailJson(scope: TrailScope, answer: object): Iterable<string> {
  return inChunks(document(scope, answer))
}

function* document(scope: TrailScope, answer: object): Iterable<string> {
  let before = '{\n '
  for (const [name, value] of Object.entries({ schemaVersion: REPORT_SCHEMA_VERSION, scope, ...answer })) {
    if (value === undefined) continue
    yield `${before}${JSON.stringify(name)}: `
    if (isList(value)) yield* jsonList(value)
    else yield jsonWithin(value, 1)
    before = ',\n '
  }
  yield '\n}\n'
}

function* jsonList(items: Iterable<unknown>): Iterable<string> {
  let before = '[\n  '
  for (const item of items) {
    yield before + jsonWithin(item, 2)
    before = ',\n  '
  }
  yield before.startsWith('[') ? '[]' : '\n ]'
}

function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/** As it stands in a document, so far from the margin. */
function jsonWithin(value: unknown, margin: number): string {
  return JSON.stringify(value, null, 1).replaceAll('\n', `\n${' '.repeat(margin)}`)
}

/**
 * A list as CSV: the fields as they are in JSON, lists with spaces between.
 * @param rows can be gone through more than once
 * @param fields of a row, where there is none
 */
export function trailCsv(rows: Iterable<object>, fields: readonly string[]): Iterable<string> {
  const [first] = rows
  const columns = (first ? Object.keys(first) : fields).map(
    (name) => [name, (row: object) => cellOf(row[name as keyof object])] as const,
  )
  return csv(Object.fromEntries(columns), rows)
}

function cellOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (value === null || value === undefined) return null
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(' ')
  return String(value)
}

function open(scope: TrailScope, options: TerminalOptions): Page {
  const page = new Page(options)
  page.text(
    scope.from === null
      ? 'No events of this time are in the store.'
      : scope.events === null
        ? `Events of ${scope.from} to ${scope.to}, from Athena`
        : `${counted(scope.events, 'event')} of ${scope.from} to ${scope.to}`,
    0,
    page.paint.dim,
  )
  page.blank()
  return page
}

/** As many rows as a person reads, and how many more there are. */
function list<T>(page: Page, columns: readonly Column<T>[], rows: readonly T[], { verbose }: TerminalOptions): void {
  const shown = verbose ? rows : rows.slice(0, SHOWN)
  table(page, columns, shown)
  if (rows.length > shown.length)
    page.text(
      `and ${formatNumber(rows.length - shown.length)} more: --verbose, --json or --format csv`,
      0,
      page.paint.dim,
    )
}

const numeric = <T>(title: string, value: (row: T) => number): Column<T> => ({
  title,
  value: (row) => (value(row) === 0 ? '' : formatNumber(value(row))),
  align: 'right',
})
const wide = <T>(title: string, value: (row: T) => string | null): Column<T> => ({
  title,
  value: (row) => value(row) ?? '',
  gives: true,
})
const plain = <T>(title: string, value: (row: T) => string | null): Column<T> => ({
  title,
  value: (row) => value(row) ?? '',
})
/** Left out where there is no room. */
const optional = <T>(column: Column<T>): Column<T> => ({ ...column, optional: true })
const seen = <T extends { firstSeen: string; lastSeen: string }>(): Column<T>[] => [
  optional(plain('First seen', ({ firstSeen }) => dayOf(firstSeen))),
  plain('Last seen', ({ lastSeen }) => dayOf(lastSeen)),
]

/** `user/ci`, of its ARN; in another account than that of the row, the ARN. */
function nameOf(arn: string | null): string {
  if (arn === null) return 'not known'
  return /^arn:[^:]+:(?:iam|sts)::\d*:(.+)$/s.exec(arn)?.[1] ?? arn
}

/** `EC2 eu-west-1, CLOUDFRONT`, by the list of AWS. */
function inAws({ aws = [] }: { aws?: AwsPlace[] | undefined }): string | null {
  const places = aws.map(({ service, region }) =>
    [service === 'AMAZON' ? 'AWS' : service, ...(region === 'GLOBAL' ? [] : [region])].join(' '),
  )
  return places.length === 0
    ? null
    : `${places.slice(0, 3).join(', ')}${places.length > 3 ? ` and ${formatNumber(places.length - 3)} more` : ''}`
}

export function keysText(keys: readonly KeyActivity[], scope: TrailScope, options: TerminalOptions): string {
  const page = open(scope, options)
  if (keys.length === 0) page.text('No access key was used.')
  list<KeyActivity>(
    page,
    [
      plain('Access key', ({ accessKeyId }) => accessKeyId),
      wide('Principal', ({ principal }) => nameOf(principal)),
      ...seen<KeyActivity>(),
      optional(numeric('Days', ({ daysActive }) => daysActive)),
      numeric('Calls', ({ calls }) => calls),
      optional(numeric('Errors', ({ errors }) => errors)),
      numeric('Networks', ({ networks }) => networks),
      wide('In AWS', inAws),
      optional(numeric('At once', ({ networksAtOnce }) => networksAtOnce)),
      optional(wide('Agents', ({ agents }) => agents.join(' '))),
      optional(wide('Services', ({ services }) => services.join(' '))),
    ],
    keys,
    options,
  )
  return page.toString()
}

const ACTION_COLUMNS: Column<UsedAction>[] = [
  plain('Action', ({ action }) => action),
  numeric('Calls', ({ calls }) => calls),
  numeric('Denied', ({ denied }) => denied),
  optional(numeric('Errors', ({ errors }) => errors)),
  optional(plain('First seen', ({ firstSeen }) => dayOf(firstSeen))),
  plain('Last seen', ({ lastSeen }) => dayOf(lastSeen)),
  wide('In AWS', inAws),
  wide('Resources', ({ resources, unknownResources, topResources }) =>
    resources === 0 && unknownResources > 0 && topResources.length === 0
      ? ''
      : `${topResources[0]?.arn ?? ''}${resources > 1 ? ` and ${formatNumber(resources - 1)} more` : ''}`,
  ),
]

export interface UsageAnswer {
  subject: string
  actions: UsedAction[]
  granted: GrantedUse | null
}

export function usageText(
  { subject, actions, granted }: UsageAnswer,
  scope: TrailScope,
  options: TerminalOptions,
): string {
  const page = open(scope, options)
  page.text(`${subject}: ${counted(actions.length, 'action')}`, 0, page.paint.bold)
  if (granted) grantedText(page, granted)
  page.blank()
  list(page, ACTION_COLUMNS, actions, options)
  return page.toString()
}

function grantedText(page: Page, { principal, used, unused, unknown, usedNotGranted }: GrantedUse): void {
  page.heading(`GRANTED  ${principal}`)
  const rows: [string, string][] = [
    ['Used', `${counted(used.length, 'action')}: ${some(used)}`],
    ['Not used', `${counted(unused.length, 'action')}: ${some(unused)}`],
    ['Not known', `${counted(unknown.length, 'action')}: ${some(unknown.map(({ action }) => action))}`],
  ]
  if (usedNotGranted.length > 0)
    rows.push(['Used, but not granted', `${some(usedNotGranted)}: by a policy of the resource, or by one that is gone`])
  const labelWidth = Math.max(...rows.map(([label]) => label.length))
  for (const [label, text] of rows) page.labelled(label, text, { labelWidth, paintLabel: page.paint.dim })
  page.text(
    'Not known: data events are not in a trail unless it is told to log them, and some calls leave no event.',
    2,
    page.paint.dim,
  )
}

function some(items: readonly string[]): string {
  return items.length === 0 ? 'none' : `${items.slice(0, 12).join(', ')}${items.length > 12 ? ' ...' : ''}`
}

const CONSUMER_COLUMNS: Column<Consumer>[] = [
  wide('Network', ({ network }) => network ?? 'not known'),
  wide('In AWS', inAws),
  wide('Agent', ({ agent, userAgent }) => (agent === 'other' ? userAgent : agent)),
  plain('Through', ({ invokedBy }) => invokedBy),
  plain('Cadence', ({ cadence }) => cadence),
  optional(numeric('Days', ({ daysActive }) => daysActive)),
  numeric('Calls', ({ calls }) => calls),
  optional(numeric('Errors', ({ errors }) => errors)),
  optional(plain('First seen', ({ firstSeen }) => dayOf(firstSeen))),
  plain('Last seen', ({ lastSeen }) => dayOf(lastSeen)),
  optional(plain('Next', ({ nextExpected }) => nextExpected)),
  optional(wide('Services', ({ services }) => services.join(' '))),
]

export function consumersText(
  { subject, consumers, horizon }: { subject: string; consumers: Consumer[]; horizon: string | null },
  scope: TrailScope,
  options: TerminalOptions,
): string {
  const page = open(scope, options)
  page.text(`${subject}: ${counted(consumers.length, 'consumer')}`, 0, page.paint.bold)
  page.blank()
  list(page, CONSUMER_COLUMNS, consumers, options)
  if (horizon) {
    page.blank()
    page.text(horizon, 0, page.paint.warn)
  }
  return page.toString()
}

export function servicesText(services: readonly ServiceUse[], scope: TrailScope, options: TerminalOptions): string {
  const page = open(scope, options)
  list<ServiceUse>(
    page,
    [
      plain('Account', ({ accountId }) => accountId),
      plain('Service', ({ service }) => service),
      numeric('Calls', ({ calls }) => calls),
      optional(numeric('Errors', ({ errors }) => errors)),
      numeric('Actions', ({ actions }) => actions),
      numeric('Principals', ({ principals }) => principals),
      ...seen<ServiceUse>(),
      optional(wide('Regions', ({ regions }) => regions.join(' '))),
    ],
    services,
    options,
  )
  return page.toString()
}

export function rootText(uses: readonly RootUse[], scope: TrailScope, options: TerminalOptions): string {
  const page = open(scope, options)
  if (uses.length === 0 && scope.from !== null) page.text('The root user of no account was used.')
  list<RootUse>(
    page,
    [
      plain('Account', ({ accountId }) => accountId),
      plain('Action', ({ action }) => action),
      numeric('Calls', ({ calls }) => calls),
      optional(numeric('Errors', ({ errors }) => errors)),
      optional(plain('MFA', ({ mfa }) => (mfa === null ? '' : mfa ? 'yes' : 'no'))),
      plain('Access key', ({ accessKeyId }) => accessKeyId),
      optional(wide('Network', ({ network }) => network)),
      optional(plain('Agent', ({ agent }) => agent)),
      ...seen<RootUse>(),
    ],
    uses,
    options,
  )
  return page.toString()
}

export function errorsText(errors: readonly ErrorUse[], scope: TrailScope, options: TerminalOptions): string {
  const page = open(scope, options)
  if (errors.length === 0 && scope.from !== null) page.text('No call failed.')
  list<ErrorUse>(
    page,
    [
      wide('Principal', ({ principal }) => nameOf(principal)),
      plain('Access key', ({ accessKeyId }) => accessKeyId),
      plain('Action', ({ action }) => action),
      wide('Error', ({ errorCode }) => errorCode),
      numeric('Calls', ({ calls }) => calls),
      ...seen<ErrorUse>(),
    ],
    errors,
    options,
  )
  return page.toString()
}

export function sessionsText(sessions: readonly RoleSession[], scope: TrailScope, options: TerminalOptions): string {
  const page = open(scope, options)
  if (sessions.length === 0 && scope.from !== null) page.text('Nobody assumed such a role.')
  list<RoleSession>(
    page,
    [
      plain('Time', ({ time }) => minuteOf(time)),
      wide('By', ({ by, byAccount }) => (by === null ? `account ${byAccount ?? 'not known'}` : nameOf(by))),
      wide('With key', ({ byKey, chain }) => [byKey, ...chain].filter((key) => key !== null).join(' < ')),
      optional(plain('From', ({ sourceIp }) => sourceIp)),
      plain('Session key', ({ accessKeyId, errorCode }) => accessKeyId ?? errorCode),
      optional(wide('Session', ({ sessionName }) => sessionName)),
      numeric('Calls', ({ calls }) => calls),
      optional(numeric('Errors', ({ errors }) => errors)),
    ],
    sessions,
    options,
  )
  return page.toString()
}

const VERDICTS: Record<ReplayVerdict, string> = {
  'still-allowed': 'still allowed',
  'would-be-denied': 'would be denied',
  'cannot-know': 'cannot know',
}

export interface ReplayAnswer {
  principal: string
  totals: Record<ReplayVerdict, number>
  calls: Iterable<ReplayedCall>
  assumptions: readonly string[]
}

export function replayText(answer: ReplayAnswer, scope: TrailScope, options: TerminalOptions): string {
  const page = open(scope, options)
  const { totals } = answer
  page.text(answer.principal, 0, page.paint.bold)
  for (const verdict of ['would-be-denied', 'cannot-know', 'still-allowed'] as const)
    page.labelled(VERDICTS[verdict], counted(totals[verdict], 'call'), {
      labelWidth: 15,
      paintText: verdict === 'would-be-denied' && totals[verdict] > 0 ? page.paint.severity.high : page.paint.dim,
    })
  page.blank()
  const shown: ReplayedCall[] = []
  for (const call of answer.calls) if (options.verbose || call.verdict !== 'still-allowed') shown.push(call)
  list<ReplayedCall>(
    page,
    [
      plain('Verdict', ({ verdict }) => VERDICTS[verdict]),
      plain('Action', ({ action }) => action),
      wide('Resource', ({ resource }) => resource ?? '*'),
      numeric('Calls', ({ calls }) => calls),
      plain('Last seen', ({ lastSeen }) => dayOf(lastSeen)),
      wide('Because', ({ because }) => because),
    ],
    shown,
    options,
  )
  page.blank()
  for (const assumption of answer.assumptions) page.text(`Assumed: ${assumption}.`, 0, page.paint.dim)
  return page.toString()
}

export function keyStoryText(story: KeyStory, scope: TrailScope, options: TerminalOptions): string {
  const page = open(scope, options)
  const { key } = story
  page.text(
    `${key.accessKeyId}  ${nameOf(key.principal)} in ${key.accountId ?? 'an account not known'}`,
    0,
    page.paint.bold,
  )
  const facts: [string, string][] = [
    ['Seen', `${minuteOf(key.firstSeen)} to ${minuteOf(key.lastSeen)}, on ${counted(key.daysActive, 'day')}`],
    [
      'Calls',
      `${formatNumber(key.calls)}, of which ${formatNumber(key.errors)} failed, ${formatNumber(key.denied)} for want of permission`,
    ],
    ['From', placesOf(story)],
    ['With', toolsOf(story)],
    ['Regions', key.regions.join(', ')],
  ]
  if (key.withMfa + key.fromInstance + key.throughService > 0)
    facts.push([
      'Of these',
      [
        [key.withMfa, 'with MFA'],
        [key.fromInstance, "with an instance's credentials"],
        [key.throughService, 'through an AWS service'],
      ]
        .filter(([n]) => n !== 0)
        .map(([n, what]) => `${formatNumber(n as number)} ${what}`)
        .join(', '),
    ])
  for (const [label, text] of facts) page.labelled(label, text, { labelWidth: 8, paintLabel: page.paint.dim })

  if (story.alarms.length > 0) alarmsOf(page, story, options)
  page.heading(`WHO USES IT  ${counted(story.consumers.length, 'consumer')}`)
  list(page, CONSUMER_COLUMNS, story.consumers, options)
  if (story.descendants.length > 0) {
    page.heading(`WHAT IT MADE  ${counted(story.descendants.length, 'key')}`)
    list<Descendant>(page, DESCENDANT_COLUMNS, story.descendants.toSorted(mostWorrying), options)
  }
  changesOf(page, story, options)
  page.heading(`WHAT IT DID  ${counted(story.actions.length, 'action')}`)
  const actions = [...story.actions].sort((a, b) => b.calls - a.calls)
  table(page, STORY_ACTION_COLUMNS, options.verbose ? actions : actions.slice(0, STORY_ACTIONS))
  more(page, actions.length - STORY_ACTIONS, options)
  if (story.otherKeys.length > 0) {
    page.heading(`NEAR IT  ${counted(story.otherKeys.length, 'key')}`)
    list<KeyStory['otherKeys'][number]>(
      page,
      [
        plain('Access key', ({ accessKeyId }) => accessKeyId),
        wide('Principal', ({ principal }) => nameOf(principal)),
        numeric('Calls', ({ calls }) => calls),
        plain('Why', ({ why }) => (why === 'same-principal' ? 'of the same principal' : 'seen in the same network')),
      ],
      story.otherKeys,
      options,
    )
  }
  page.blank()
  page.text(`To stop it: keyreeve revoke ${key.accessKeyId} --dry-run shows how.`)
  return page.toString()
}

type Descendant = KeyStory['descendants'][number]

const DESCENDANT_COLUMNS: Column<Descendant>[] = [
  plain('Access key', ({ accessKeyId }) => accessKeyId),
  wide('How', ({ how }) => how.replace(/ (arn:.+)$/s, (_, arn: string) => ` ${nameOf(arn)}`)),
  numeric('Calls', ({ calls }) => calls),
  plain('Last seen', ({ lastSeen }) => (lastSeen === null ? 'never' : minuteOf(lastSeen))),
  optional(wide('As', ({ principal }) => (principal === null ? '' : nameOf(principal)))),
]

/** Keys that do not end by themselves first, then those that were used most. */
function mostWorrying(a: Descendant, b: Descendant): number {
  const lasts = ({ accessKeyId }: Descendant) => Number(accessKeyId.startsWith('AKIA'))
  return lasts(b) - lasts(a) || b.calls - a.calls
}

const STORY_ACTION_COLUMNS: Column<UsedAction>[] = [
  plain('Action', ({ action }) => action),
  numeric('Calls', ({ calls }) => calls),
  optional(numeric('Failed', ({ errors }) => errors)),
  numeric('Resources', ({ resources }) => resources),
  wide('Such as', ({ action, topResources }) => shortened(action, topResources[0]?.arn ?? null)),
  optional(plain('Last seen', ({ lastSeen }) => minuteOf(lastSeen))),
]

/** `parameter/db`: the account is told already, and the service where it is that of the action. */
function shortened(action: string, arn: string | null): string {
  if (arn === null) return ''
  const [, , service = '', , , ...rest] = arn.split(':')
  return rest.length > 0 && action.startsWith(`${service}:`) ? rest.join(':') : arn
}

function placesOf({ key, consumers }: KeyStory): string {
  const networks = [...new Set(consumers.flatMap(({ network }) => network ?? []))]
  const shown = networks.slice(0, 3).join(', ')
  const others = networks.length > 3 ? ` and ${formatNumber(networks.length - 3)} more` : ''
  const atOnce = key.networksAtOnce > 1 ? `; from ${formatNumber(key.networksAtOnce)} networks within one hour` : ''
  return `${shown || 'nowhere that is known'}${others} (${counted(key.addresses, 'address', 'addresses')})${atOnce}`
}

/** What is not known by a name is shown as it calls itself. */
function toolsOf({ key, consumers }: KeyStory): string {
  const tools = [
    ...new Set(consumers.flatMap(({ agent, userAgent }) => (agent === 'other' ? userAgent : agent) ?? [])),
  ].map((tool) => (tool.length > 60 ? `${tool.slice(0, 59)}…` : tool))
  const others = tools.length > 4 ? ` and ${formatNumber(tools.length - 4)} more` : ''
  return `${tools.slice(0, 4).join(', ') || 'no agent'}${others} (${counted(key.userAgents, 'user agent')})`
}

const STORY_ALARMS = 12

function alarmsOf(page: Page, story: KeyStory, options: TerminalOptions): void {
  const open = story.alarms.filter(({ status }) => status === 'open')
  const allowed = story.alarms.filter(({ status }) => status === 'allowed')
  page.heading(`WHAT LOOKS WRONG  ${open.length === 0 ? 'only what is allowed' : counted(open.length, 'alarm')}`)
  for (const { severity, time, because } of options.verbose ? open : open.slice(0, STORY_ALARMS))
    page.labelled(severity, `${minuteOf(time)}  ${because}`, {
      indent: 0,
      labelWidth: 8,
      paintLabel: page.paint.severity[severity],
    })
  more(page, open.length - STORY_ALARMS, options)
  page.text('These show in single calls. keyreeve trail detect also knows what is usual.', 0, page.paint.dim)
  if (allowed.length === 0) return
  page.heading(`ALLOWED  ${counted(allowed.length, 'alarm')}`)
  for (const { time, because, allowed: allowance } of options.verbose ? allowed : allowed.slice(0, STORY_ALARMS))
    page.text(`${minuteOf(time)}  ${because}: ${allowance?.reason ?? ''}`)
  more(page, allowed.length - STORY_ALARMS, options)
}

/** Changes of these tell of an intruder more often than of work, and come first. */
const OF_SECURITY =
  /^(iam|sts|sso|identitystore|organizations|account|cloudtrail|config|guardduty|securityhub|access-analyzer|kms|secretsmanager|rolesanywhere|signin)[:.]/

function changesOf(page: Page, { changedBy, changes, changesInAll }: KeyStory, options: TerminalOptions): void {
  page.heading(`WHAT IT CHANGED  ${counted(changesInAll, 'call')}`)
  if (changesInAll === 0) {
    page.text('Nothing, as far as these events tell.')
    return
  }
  const rank = ({ action }: { action: string }) => Number(!OF_SECURITY.test(action))
  const sorted = changedBy.toSorted((a, b) => rank(a) - rank(b) || b.calls - a.calls)
  table<KeyStory['changedBy'][number]>(
    page,
    [
      plain('Action', ({ action }) => action),
      numeric('Calls', ({ calls }) => calls),
      numeric('Resources', ({ resources }) => resources),
      wide('Such as', ({ action, example }) => shortened(action, example)),
      optional(plain('First', ({ firstSeen }) => minuteOf(firstSeen))),
    ],
    options.verbose ? sorted : sorted.slice(0, STORY_ACTIONS),
  )
  more(page, sorted.length - STORY_ACTIONS, options)
  if (!options.verbose) return
  page.blank()
  page.text(changes.length < changesInAll ? `The last ${changes.length}:` : 'One by one:', 0, page.paint.dim)
  table<KeyStory['changes'][number]>(
    page,
    [
      plain('Time', ({ time }) => minuteOf(time)),
      plain('Action', ({ action }) => action),
      wide('Resource', ({ resource }) => resource),
      optional(plain('Region', ({ region }) => region)),
      optional(plain('Network', ({ network }) => network)),
    ],
    changes,
  )
}

function more(page: Page, hidden: number, { verbose }: TerminalOptions): void {
  if (hidden > 0 && !verbose) page.text(`and ${formatNumber(hidden)} more: --verbose`, 0, page.paint.dim)
}

/** What an ingest did. */
export interface IngestAnswer {
  store: string
  files: number
  unchanged: number
  events: number
  duplicates: number
  bad: number
  badReasons: { reason: string; records: number; first: string }[]
  skipped: { what: string; why: string }[]
  /** With --verify-integrity. */
  integrity?: {
    verified: number
    uncovered: { reason: string; files: number; first: string }[]
    refused: number
    missing: number
  }
}

export function ingestText(answer: IngestAnswer, options: TerminalOptions): string {
  const page = new Page(options)
  page.text(
    `${counted(answer.events, 'new event')} from ${counted(answer.files, 'file')} in ${answer.store}`,
    0,
    page.paint.bold,
  )
  if (answer.unchanged > 0)
    page.text(`${counted(answer.unchanged, 'file')} of an earlier ingest unchanged`, 2, page.paint.dim)
  if (answer.duplicates > 0) page.text(`${counted(answer.duplicates, 'event')} there already`, 2, page.paint.dim)
  for (const { reason, records, first } of answer.badReasons)
    page.text(`${counted(records, 'record')} set aside: ${reason} (first in ${first})`, 2, page.paint.warn)
  if (answer.integrity) {
    const { verified, uncovered, refused, missing } = answer.integrity
    page.text(`${counted(verified, 'file')} verified against CloudTrail's digests`, 2, page.paint.dim)
    for (const { reason, files, first } of uncovered)
      page.text(`${counted(files, 'file')} read, but not verified: ${reason} (first ${first})`, 2, page.paint.warn)
    if (refused > 0)
      page.text(`${counted(refused, 'file')} left out: not as CloudTrail delivered it`, 2, page.paint.warn)
    if (missing > 0) page.text(`${counted(missing, 'file')} that digests name missing`, 2, page.paint.warn)
  }
  for (const { what, why } of answer.skipped.slice(0, SHOWN)) page.text(`not read: ${what}: ${why}`, 2, page.paint.warn)
  if (answer.skipped.length > SHOWN)
    page.text(`and ${formatNumber(answer.skipped.length - SHOWN)} more`, 2, page.paint.warn)
  return page.toString()
}
