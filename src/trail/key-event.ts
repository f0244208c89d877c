/** A record of CloudTrail as an incident needs it: who, what, on what, and what came of it. Names only, no parameters. */
import type { KeyEvent } from '../model/incident.ts'
import { recordsIn } from './ingest/record.ts'
import { paintSecrets } from './ingest/redact-bytes.ts'
import { actionOf, versionActionOf } from './names/actions.ts'
import { agentFamily } from './names/agents.ts'
import { networkOf } from './names/networks.ts'
import { ARN_PARAMETERS, RESOURCE_RULES, rulesFor, separatorOf } from './names/resources.ts'
import { servicePrefix } from './names/services.ts'

type Json = { [name: string]: unknown }

const LONGEST = 512
const MOST_RESOURCES = 20

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
    action:
      (text(request.versionId) ? versionActionOf(action) : null) ?? action ?? `${service ?? source ?? ''}:${name}`,
    readOnly: record.readOnly === true || record.readOnly === 'true',
    errorCode: text(record.errorCode),
    accessKeyId: text(identity.accessKeyId),
    principal: text(issuer.arn) ?? roleOfSession(text(identity.arn)) ?? text(identity.arn),
    identityType: text(identity.type),
    userName: text(identity.userName) ?? text(issuer.userName),
    sourceIp: ip,
    network: networkOf(ip).network,
    agent: agentFamily(text(record.userAgent)),
    resources: resourcesOf(record, rulesFor(service, action), request),
    role: text(request.roleArn),
    targetUser: service === 'iam' ? text(request.userName) : null,
    newAccessKeyId: text(object(response.credentials).accessKeyId) ?? text(object(response.accessKey).accessKeyId),
  }
}

/** The ARN of the role, of that of a session. */
function roleOfSession(arn: string | null): string | null {
  const session = /^(arn:[^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn ?? '')
  return session ? `${session[1]}:iam::${session[2]}:role/${session[3]}` : null
}

/** As the record names them; else made of the parameters, as in the store. */
function resourcesOf(record: Json, rules: string | null, request: Json): string[] {
  const named = (Array.isArray(record.resources) ? record.resources : []).flatMap((item) => {
    const resource = object(item)
    return text(resource.ARN) ?? text(resource.arn) ?? []
  })
  if (named.length > 0) return named.slice(0, MOST_RESOURCES)
  const partition = text(record.awsRegion)?.startsWith('cn-')
    ? 'aws-cn'
    : text(record.awsRegion)?.startsWith('us-gov-')
      ? 'aws-us-gov'
      : 'aws'
  const places: Record<string, string> = {
    p: partition,
    r: text(record.awsRegion) ?? '',
    a: text(record.recipientAccountId) ?? '',
  }
  for (const rule of RESOURCE_RULES) {
    const { parameter, arn, below, service: of } = rule
    if (of !== rules || parameter.includes('[*]')) continue
    const value = text(request[parameter])
    if (value === null || value === '') continue
    if (arn === '{v}' && !value.startsWith('arn:') && parameter !== 'queueUrl') continue
    const rest = below === undefined ? null : text(request[below])
    const made = value.startsWith('arn:') ? value : arn.replace(/\{([pra])\}/g, (_, place: string) => places[place]!)
    return [`${made.replace('{v}', () => value)}${rest === null ? '' : `${separatorOf(rule)}${rest}`}`]
  }
  return ARN_PARAMETERS.flatMap((parameter) => text(request[parameter]) ?? []).slice(0, 1)
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, LONGEST) : null
}
