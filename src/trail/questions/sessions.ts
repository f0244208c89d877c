/** `trail sessions`: who assumed a role, chained back to the key that it began with. */
import type { RoleSession } from '../../model/trail.ts'
import type { Row } from '../engines/engine.ts'
import { ask, IN_DAYS, inList, number, plainLike, type Question, text } from './scope.ts'

const MOST = 5_000
/** AWS lets roles be chained as often as one likes; each session is of an hour. */
const LONGEST_CHAIN = 10

/** A role by ARN or name, in a column with ARNs. */
const IS_ROLE = (column: string) =>
  `(${column} = {{role}} OR ${column} LIKE {{named}} ESCAPE '\\' OR ${column} LIKE {{below}} ESCAPE '\\')`

function paramsOf(role: string): Record<'role' | 'named' | 'below', string> {
  const plain = plainLike(role.replace(/^role\//, ''))
  return role.startsWith('arn:')
    ? { role, named: plain, below: plain }
    : { role, named: `%:role/${plain}`, below: `%:role/%/${plain}` }
}

const SESSIONS = `
SELECT event_time, target_role_arn, principal_arn, identity_account, identity_type, access_key_id, source_ip, agent_family,
  error_code, new_access_key, event_id, invoked_by, user_name
FROM {{events}}
WHERE ${IN_DAYS} AND event_source = 'sts.amazonaws.com' AND event_name LIKE 'AssumeRole%'
  AND ${IS_ROLE('target_role_arn')}
ORDER BY event_time DESC, event_id
LIMIT ${MOST}`

const MADE_BY = (list: string) => `
SELECT new_access_key, min(access_key_id) AS access_key_id
FROM {{events}}
WHERE ${IN_DAYS} AND new_access_key IN ${list}
GROUP BY new_access_key
ORDER BY new_access_key`

const USED = (list: string) => `
SELECT access_key_id, count(*) AS calls, count_if(error_code IS NOT NULL) AS errors, max(event_time) AS last_seen,
  min(session_name) AS session_name
FROM {{events}}
WHERE ${IN_DAYS} AND access_key_id IN ${list}
GROUP BY access_key_id
ORDER BY access_key_id`

/**
 * The latest first, 5,000 at most.
 * @param role ARN or name
 */
export async function roleSessions(question: Question, role: string): Promise<RoleSession[]> {
  const matching = eachOnce(await ask(question, SESSIONS, paramsOf(role)))
  const made = await makers(
    question,
    matching.flatMap((row) => text(row.access_key_id) ?? []),
  )
  const used = new Map(
    (
      await inPieces(
        matching.flatMap((row) => text(row.new_access_key) ?? []),
        (keys) => {
          const { sql, params } = inList(keys)
          return ask(question, USED(sql), params)
        },
      )
    ).map((row) => [row.access_key_id, row]),
  )
  return matching.map((row) => {
    const use = used.get(row.new_access_key!)
    return {
      time: text(row.event_time)!,
      role: text(row.target_role_arn)!,
      sessionName: text(use?.session_name),
      // who comes by SAML or OIDC has only a name
      by: text(row.principal_arn) ?? text(row.invoked_by) ?? text(row.user_name),
      byAccount: text(row.identity_account),
      byKey: text(row.access_key_id),
      chain: chainOf(text(row.access_key_id), made),
      sourceIp: text(row.source_ip),
      agent: text(row.agent_family),
      errorCode: text(row.error_code),
      accessKeyId: text(row.new_access_key),
      calls: number(use?.calls),
      errors: number(use?.errors),
      lastSeen: text(use?.last_seen),
    }
  })
}

/**
 * When a role of another account is assumed, both accounts have an event of it, each with its own ID; that of the role's
 * does not say with which key: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
function eachOnce(rows: readonly Row[]): Row[] {
  const told = new Set(
    rows.flatMap((row) => (text(row.access_key_id) === null ? [] : (text(row.new_access_key) ?? []))),
  )
  return rows.filter((row) => text(row.access_key_id) !== null || !told.has(text(row.new_access_key) ?? ''))
}

/** Whether a role is in the events at all. */
export async function isSeen(question: Question, role: string): Promise<boolean> {
  const sql = `SELECT count(*) AS calls FROM {{events}} WHERE ${IN_DAYS} AND ${IS_ROLE('principal_arn')}`
  const [row] = await ask(question, sql, paramsOf(role))
  return number(row?.calls) > 0
}

/** For each temporary key, the one that it was made with, back to those that STS did not make. */
async function makers(question: Question, keys: readonly string[]): Promise<Map<string, string>> {
  const made = new Map<string, string>()
  let open = [...new Set(keys)].filter((key) => key.startsWith('ASIA'))
  for (let i = 0; i < LONGEST_CHAIN && open.length > 0; i++) {
    const rows = await inPieces(open, (piece) => {
      const { sql, params } = inList(piece)
      return ask(question, MADE_BY(sql), params)
    })
    open = []
    for (const row of rows) {
      const [key, by] = [text(row.new_access_key)!, text(row.access_key_id)]
      if (by === null || made.has(key)) continue
      made.set(key, by)
      if (by.startsWith('ASIA') && !made.has(by)) open.push(by)
    }
  }
  return made
}

function chainOf(key: string | null, made: Map<string, string>): string[] {
  const chain: string[] = []
  for (let by = key === null ? undefined : made.get(key); by !== undefined; by = made.get(by)) {
    if (chain.includes(by)) break
    chain.push(by)
  }
  return chain
}

async function inPieces<T>(keys: readonly string[], query: (piece: string[]) => Promise<T[]>): Promise<T[]> {
  const all: T[] = []
  const distinct = [...new Set(keys)]
  for (let i = 0; i < distinct.length; i += 1_000) all.push(...(await query(distinct.slice(i, i + 1_000))))
  return all
}
