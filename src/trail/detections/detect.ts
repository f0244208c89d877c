/** Runs detections over the events of an engine. */
import { createHash } from 'node:crypto'
import type { Allowance } from '../../model/config.ts'
import type { Detected, DetectionSummary, DetectReport, NotJudged } from '../../model/detection.ts'
import { SEVERITIES } from '../../model/finding.ts'
import type { Engine, Row } from '../engines/engine.ts'
import { allowanceFor } from './allowances.ts'
import {
  type Detection,
  type DetectionContext,
  type EventRule,
  type Hit,
  kindOf,
  type Scope,
  type Steps,
} from './detection.ts'
import { eventSteps, MAX_EVENT_IDS, reported, ruleSteps } from './sql.ts'
import { answers } from './steps.ts'

const DAY = 86_400_000

/** How far back baselines look. */
const LOOK_BACK_DAYS = 120

export interface DetectOptions extends DetectionContext {
  detections: readonly Detection[]
  /** ISO time in UTC; null: all events. */
  since: string | null
  allowances: readonly Allowance[]
  /** The day on which allowances must not have expired. Default: that of the last event. */
  asOf?: string
  signal?: AbortSignal
  onProgress?: (state: { done: number; total: number; what: string }) => void
}

interface Asked {
  steps: Steps
  /** null: all those of single events; the row says which. */
  detection: Detection | null
}

export async function detect(engine: Engine, options: DetectOptions): Promise<DetectReport> {
  const { detections, since, signal, onProgress } = options
  const scope: Scope = { since, fromDay: readFrom(since) }
  const [span] = await engine.query(spanSql(scope), {}, signal)
  const report: DetectReport = {
    events: Number(span?.n ?? 0),
    from: textOf(span?.first_time),
    to: textOf(span?.last_time),
    detections: [],
    notEvaluated: [],
    rules: detections.map(summaryOf),
  }
  const now = options.asOf ?? report.to ?? since ?? ''
  const judged = detections.filter((detection) => {
    if (report.events === 0) return false
    const gap = missingHistory(detection, textOf(span?.known_from), report.to)
    if (gap) report.notEvaluated.push(gap)
    return gap?.extent !== 'all'
  })
  const found: Detected[] = []
  const add = (detection: Detection, hits: readonly Hit[]) => {
    for (const hit of hits) {
      const result = judge(detection, hit, options, now)
      if (result) found.push(result)
    }
  }
  const single = judged.filter(
    (detection): detection is Detection & { rule: EventRule } => detection.rule.form === 'event',
  )
  const questions: Asked[] = judged.flatMap((detection) => {
    const { rule } = detection
    return rule.form === 'event' ? [] : ruleSteps(rule, scope, options).map((steps) => ({ steps, detection }))
  })
  if (single.length > 0) {
    const rules = single.map(({ code, rule }) => [code, rule] as const)
    questions.unshift({ steps: eventSteps(rules, scope), detection: null })
  }
  const answered = await answers(
    engine,
    questions.map(({ steps }) => steps),
    {
      scope,
      signal,
      onStep: (i) =>
        onProgress?.({ done: i, total: questions.length, what: questions[i]!.detection?.id ?? 'single events' }),
    },
  )
  const byCode = new Map(single.map((detection) => [detection.code, detection]))
  const hits = new Map<Detection, Hit[]>(judged.map((detection) => [detection, []]))
  for (const [i, rows] of answered.entries())
    for (const row of rows) hits.get(questions[i]!.detection ?? byCode.get(String(row.code))!)!.push(hitOf(row))
  for (const [detection, all] of hits) add(detection, detection.rule.form === 'event' ? all : merged(all))
  report.detections = found.sort(worstFirst)
  return report
}

/** How many events are reported on, from when to when, and since when anything is known. */
function spanSql(scope: Scope): string {
  return `SELECT count(*) AS n, min(event_time) AS first_time, max(event_time) AS last_time, (
    SELECT min(event_time) FROM {{events}}${scope.fromDay === null ? '' : ` WHERE day >= DATE '${scope.fromDay}'`}) AS known_from
FROM {{events}} WHERE ${reported(scope)}`
}

/** The first day that has to be read, so that there is something to compare with; null: all days. */
export function readFrom(since: string | null): string | null {
  return since === null ? null : new Date(Date.parse(since) - LOOK_BACK_DAYS * DAY).toISOString().slice(0, 10)
}

/** Why a baseline cannot be judged: too little is known of the days before. */
function missingHistory(
  { id, code, rule, needsHistory }: Detection,
  from: string | null,
  to: string | null,
): NotJudged | null {
  const needed = rule.form === 'first-seen' ? { days: rule.knownDays, extent: 'all' as const } : needsHistory
  const known = Math.floor((Date.parse(to ?? '') - Date.parse(from ?? '')) / DAY)
  if (!needed || known >= needed.days) return null
  const because = `what is new shows against the ${needed.days} days before, but the events reach back ${known} days only`
  return { id, code, because, extent: needed.extent }
}

function judge(detection: Detection, hit: Hit, options: DetectOptions, now: string): Detected | null {
  const answer = detection.because(hit, options)
  if (answer === null) return null
  const { because, severity } = typeof answer === 'string' ? { because: answer, severity: detection.severity } : answer
  const allowance = allowanceFor(detection, hit, options.allowances, now)
  const { accountId, principal, accessKeyId, eventName, subject, eventIds } = hit
  const identity = [detection.code, accountId, principal, accessKeyId, eventName, subject, eventIds[0]]
  return {
    fingerprint: createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32),
    id: detection.id,
    code: detection.code,
    title: detection.title,
    severity,
    status: allowance ? 'allowed' : 'open',
    allowed: allowance ? { reason: allowance.reason } : null,
    attack: detection.attack,
    time: hit.firstTime,
    lastTime: hit.lastTime,
    principal,
    sessionName: hit.sessionName,
    accessKeyId,
    accountId,
    region: hit.region,
    sourceIp: hit.sourceIp,
    userAgent: hit.userAgent,
    count: hit.count,
    events: eventIds,
    because,
  }
}

/** Puts windows together that overlap and are about the same. */
export function merged(hits: readonly Hit[]): Hit[] {
  const groups = new Map<string, Hit[]>()
  for (const hit of hits) {
    const key = JSON.stringify([
      hit.accountId,
      hit.principal,
      hit.accessKeyId,
      hit.subject,
      hit.subject === 'source_ip' ? hit.sourceIp : null,
    ])
    const group = groups.get(key)
    if (group) group.push(hit)
    else groups.set(key, [hit])
  }
  const results: Hit[] = []
  for (const group of groups.values()) {
    group.sort((a, b) => compare(a.firstTime, b.firstTime) || compare(a.lastTime, b.lastTime))
    let last: Hit | undefined
    for (const hit of group) {
      if (last && hit.firstTime <= last.lastTime) join(last, hit)
      else {
        last = { ...hit }
        results.push(last)
      }
    }
  }
  return results
}

/** Events that are in both count once, as far as their IDs are known. */
function join(into: Hit, hit: Hit): void {
  const ids = [...new Set([...into.eventIds, ...hit.eventIds])]
  const allKnown = into.eventIds.length === into.count && hit.eventIds.length === hit.count
  into.count = allKnown ? ids.length : Math.max(into.count, hit.count, ids.length)
  into.eventIds = ids.slice(0, MAX_EVENT_IDS)
  for (const number of ['distinct', 'addresses', 'networks', 'agents', 'sessions'] as const)
    into[number] = Math.max(into[number], hit[number])
  if (hit.lastTime > into.lastTime) into.lastTime = hit.lastTime
}

function hitOf(row: Row): Hit {
  return {
    accountId: textOf(row.account_id),
    principal: textOf(row.principal_arn),
    accessKeyId: textOf(row.access_key_id),
    identityType: textOf(row.identity_type),
    sessionName: textOf(row.session_name),
    eventSource: textOf(row.event_source),
    eventName: textOf(row.event_name),
    subject: textOf(row.subject),
    sourceIp: textOf(row.source_ip),
    userAgent: textOf(row.user_agent),
    region: textOf(row.aws_region),
    errorCode: textOf(row.error_code),
    request: textOf(row.request),
    distinct: Number(row.distinct_count),
    addresses: Number(row.addresses),
    networks: Number(row.networks),
    agents: Number(row.agents),
    sessions: Number(row.sessions),
    count: Number(row.n),
    firstTime: String(row.first_time),
    lastTime: String(row.last_time),
    // each is a time, a blank and an ID: so they sort
    eventIds: String(row.event_ids ?? '')
      .split('\n')
      .map((entry) => entry.slice(entry.lastIndexOf(' ') + 1)),
  }
}

function textOf(value: Row[string] | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function worstFirst(a: Detected, b: Detected): number {
  return (
    Number(a.status === 'allowed') - Number(b.status === 'allowed') ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    compare(a.code, b.code) ||
    compare(a.time, b.time) ||
    compare(a.fingerprint, b.fingerprint)
  )
}

function summaryOf(detection: Detection): DetectionSummary {
  const { id, code, title, severity, attack, why, fix, falsePositives, references } = detection
  return { id, code, title, severity, kind: kindOf(detection), attack, why, fix, falsePositives, references }
}
