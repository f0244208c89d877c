/** A record of CloudTrail as an incident needs it: who, what, on what, and what came of it. Names only, no parameters. */

import type { KeyEvent } from '../model/incident.ts'
import { partitionOf } from '../model/partition.ts'
import { recordsIn } from './ingest/record.ts'
import { paintSecrets } from './ingest/redact-bytes.ts'
import { actionOf, versionActionOf } from './names/actions.ts'
import { agentFamily } from './names/agents.ts'
import { builtResources, ofIndex, type Place } from './names/built-resources.ts'
import { networkOf } from './names/networks.ts'
import { rulesFor } from './names/resources.ts'
import { servicePrefix } from './names/services.ts'
import { MOST_RESOURCES } from './questions/key-events.ts'

type Json = { [name: string]: unknown }

const LONGEST = 512

/** The events in an answer of LookupEvents. What is none is left out: @returns how many those were, as well */
export function keyEventsIn(answer: unknown): { events: KeyEvent[]; unreadable: number } {
  const events: KeyEvent[] = []
  let unreadable = 0
  for (const record of recordsIn(withoutSecrets(answer)))
    if (typeof record === 'string') unreadable++
    else events.push(keyEventOf(record))
  return { events, unreadable }
}

/** CloudTrail leaves secrets out; whoever calls may have put one into a name. */
function withoutSecrets(answer: unknown): unknown {
  const bytes = Buffer.from(JSON.stringify(answer) ?? 'null')
  paintSecrets(bytes)
  return JSON.parse(bytes.toString('utf8'))
}

function keyEventOf(record: Json): KeyEvent {
  const identity = object(record.userIdentity)
  const issuer = object(object(identity.sessionContext).sessionIssuer)
  const source = text(record.eventSource)
  const name = text(record.eventName) ?? ''
  const request = object(record.requestParameters)
  const response = object(record.responseElements)
  const service = servicePrefix(source)
  const ip = text(record.sourceIPAddress)
  const action = actionOf(source, name)
  return {
    eventId: text(record.eventID) ?? '',
    time: new Date(Date.parse(String(record.eventTime))).toISOString(),
    region: text(record.awsRegion),
    action: (text(request.versionId) ? versionActionOf(action) : null) ?? action ?? `${source ?? ''}:${name}`,
    readOnly: record.readOnly === true || record.readOnly === 'true',
    errorCode: text(record.errorCode),
    accessKeyId: text(identity.accessKeyId),
    principal: text(issuer.arn) ?? roleOfSession(text(identity.arn)) ?? text(identity.arn),
    identityType: text(identity.type),
    userName: text(identity.userName) ?? text(issuer.userName),
    sourceIp: ip,
    network: networkOf(ip).network,
    agent: agentFamily(text(record.userAgent)),
    resources: resourcesOf(record, rulesFor(service, action), action),
    role: roleOf(service, request, placeOf(record)),
    targetUser: service === 'iam' ? text(request.userName) : null,
    newAccessKeyId: text(object(response.credentials).accessKeyId) ?? text(object(response.accessKey).accessKeyId),
  }
}

/** The ARN of the role, of that of a session. */
function roleOfSession(arn: string | null): string | null {
  const session = /^(arn:[^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn ?? '')
  return session ? `${session[1]}:iam::${session[2]}:role/${session[3]}` : null
}

/** As the record or the answer names them; else made of the parameters, as in the store. */
function resourcesOf(record: Json, rules: string | null, action: string | null): string[] {
  const [request, response] = [object(record.requestParameters), object(record.responseElements)]
  const named = (Array.isArray(record.resources) ? record.resources : []).flatMap(
    (item) => text(object(item).ARN) || [],
  )
  const answered = ['user', 'role', 'policy'].flatMap((made) => text(object(response[made]).arn) || []).slice(0, 1)
  const arns = [named, answered].find((list) => list.length > 0) ?? builtResources(rules, request, placeOf(record))
  return ofIndex(arns, action, request)
    .map((arn) => arn.slice(0, LONGEST))
    .slice(0, MOST_RESOURCES)
}

/** The role that was assumed, or changed. */
function roleOf(service: string | null, request: Json, { partition, account }: Place): string | null {
  if (service === 'sts') return text(request.roleArn)
  const name = service === 'iam' ? text(request.roleName) : null
  return name === null ? null : `arn:${partition}:iam::${account}:role/${name}`
}

function placeOf(record: Json): Place {
  const region = text(record.awsRegion) ?? ''
  const account = text(record.recipientAccountId) ?? text(object(record.userIdentity).accountId) ?? ''
  return { partition: partitionOf(region), region, account }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, LONGEST) : null
}
