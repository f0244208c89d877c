/**
 * What came of a key: the sessions that it began, those that they began, and the keys that any of them made. Fed with
 * events in any order, as they are found.
 */
import type { Derived, Incident, KeyEvent, Made } from '../../model/incident.ts'

/** Keys that are followed; a key that opens thousands of sessions would be asked about for an hour. */
const MOST_KEYS = 200
const MOST_EVENTS = 50_000
const MOST_NAMES = 20
const MOST_TOUCHED = 500

export class Chain {
  readonly #events = new Map<string, KeyEvent>()
  readonly #derived = new Map<string, KeyEvent>()
  readonly #keys: Set<string>
  #tooMany = false

  /** @param keys what it begins with */
  constructor(keys: readonly string[]) {
    this.#keys = new Set(keys)
  }

  /** @returns keys that are to be asked about next */
  add(event: KeyEvent): string[] {
    if (this.#events.has(event.eventId)) return []
    if (this.#events.size >= MOST_EVENTS) {
      this.#tooMany = true
      return []
    }
    this.#events.set(event.eventId, event)
    const { newAccessKeyId: id, errorCode } = event
    if (id === null || errorCode !== null || this.#keys.has(id)) return []
    if (this.#keys.size >= MOST_KEYS) {
      this.#tooMany = true
      return []
    }
    this.#keys.add(id)
    this.#derived.set(id, event)
    return [id]
  }

  /** One more that it begins with. */
  follow(accessKeyId: string): void {
    this.#keys.add(accessKeyId)
  }

  /** All that are known: those that it began with, and what came of them. */
  get keys(): readonly string[] {
    return [...this.#keys]
  }

  /** What is missing in the answers. */
  get gaps(): string[] {
    return this.#tooMany ? [`only ${MOST_KEYS} keys and ${MOST_EVENTS} events of CloudTrail were followed`] : []
  }

  /** Roles that were assumed with success, by ARN. */
  get roles(): string[] {
    return [
      ...new Set([...this.#derived.values()].flatMap(({ role, action }) => (isAssumed(action) ? (role ?? []) : []))),
    ]
  }

  get derived(): Derived[] {
    return [...this.#derived]
      .map(([accessKeyId, event]): Derived => {
        const used = [...this.#events.values()].filter((other) => other.accessKeyId === accessKeyId)
        return {
          accessKeyId,
          kind: accessKeyId.startsWith('ASIA') ? 'session' : 'access-key',
          madeBy: event.accessKeyId ?? 'unknown',
          how: event.action,
          role: isAssumed(event.action) ? event.role : null,
          userName: event.targetUser ?? (event.action === 'iam:CreateAccessKey' ? event.userName : null),
          at: event.time,
          calls: used.length,
          lastSeen: latest(used),
        }
      })
      .sort(byTime)
  }

  get activity(): Incident['activity'] {
    const events = [...this.#events.values()]
    return {
      events: events.length,
      firstSeen: events.map(({ time }) => time).sort()[0] ?? null,
      lastSeen: latest(events),
      denied: events.filter(isDenied).length,
      actions: actionsOf(events),
      networks: networksOf(events),
      regions: distinct(events.map(({ region }) => region)),
      touched: distinct(events.filter((event) => event.errorCode === null).flatMap(({ resources }) => resources)).slice(
        0,
        MOST_TOUCHED,
      ),
    }
  }

  /** What the key and its sessions changed with success, the first first. */
  get changes(): readonly KeyEvent[] {
    return [...this.#events.values()].filter(({ readOnly, errorCode }) => !readOnly && errorCode === null).sort(byTime)
  }

  /**
   * Calls after a moment that AWS answered with success, though everything should be denied: of the keys that it began
   * with, and of what they had made until then.
   */
  workedAfter(moment: string): readonly KeyEvent[] {
    const from = Date.parse(moment)
    return [...this.#events.values()].filter(({ time, errorCode, action, accessKeyId }) => {
      if (Date.parse(time) <= from || errorCode !== null || accessKeyId === null || !this.#keys.has(accessKeyId))
        return false
      const begun = this.#derived.get(accessKeyId)
      // anybody may ask who they are, whatever policies say
      return action !== 'sts:GetCallerIdentity' && (begun === undefined || Date.parse(begun.time) <= from)
    })
  }

  get made(): Made[] {
    return this.changes.flatMap((event): Made[] => {
      const what = whatIsMade(event)
      if (what === null) return []
      const name = what === 'access-key' ? (event.newAccessKeyId ?? nameOf(event)) : nameOf(event)
      return [{ what, name, action: event.action, at: event.time, by: event.accessKeyId, source: 'cloudtrail' }]
    })
  }
}

function isAssumed(action: string): boolean {
  return action.startsWith('sts:AssumeRole')
}

function nameOf({ resources, targetUser, role, action }: KeyEvent): string {
  return resources[0] ?? role ?? targetUser ?? action
}

/** What lets somebody back in, or costs money, by the call that makes it. */
const MADE_BY: readonly [pattern: RegExp, what: string][] = [
  [/^iam:CreateAccessKey$/, 'access-key'],
  [/^iam:UpdateAccessKey$/, 'access-key'],
  [/^iam:CreateUser$/, 'user'],
  [/^iam:Create(Role|ServiceLinkedRole)$/, 'role'],
  [/^iam:UpdateAssumeRolePolicy$/, 'trust'],
  [/^iam:(Create|Update)LoginProfile$|^iam:ChangePassword$/, 'password'],
  [/^iam:(CreateVirtual|Enable|Deactivate|DeleteVirtual|Resync)MFADevice$/, 'mfa-device'],
  [/^iam:(Create|Update|Add)\w*(OpenIDConnect|SAML)\w*$/, 'provider'],
  [/^iam:(Create|Reset|Update)ServiceSpecificCredential$|^iam:Upload\w+$/, 'credential'],
  [/^iam:(Put|Attach|Create|Set|Detach|Delete|Add|Remove)\w*$/, 'policy'],
  [/^(rolesanywhere|sso|identitystore|organizations|cloudtrail|guardduty|config|kms):/, 'other'],
  [
    /:(Create|Run|Put|Start|Register|Import|Update|Modify|Add|Request|Launch|Publish|Invoke|Attach|Associate|Authorize)/,
    'other',
  ],
]

function whatIsMade({ action }: KeyEvent): string | null {
  if (action.startsWith('sts:')) return null
  return MADE_BY.find(([pattern]) => pattern.test(action))?.[1] ?? null
}

/** Errors that say that a permission is missing. */
function isDenied({ errorCode }: KeyEvent): boolean {
  return errorCode !== null && /AccessDenied|UnauthorizedOperation|NotAuthorized|UnauthorizedAccess/.test(errorCode)
}

function actionsOf(events: readonly KeyEvent[]): Incident['activity']['actions'] {
  return [...grouped(events, ({ action }) => action)].map(([action, list]) => ({
    action,
    calls: list.length,
    denied: list.filter(isDenied).length,
    firstSeen: list.map(({ time }) => time).sort()[0]!,
    lastSeen: latest(list)!,
    resources: distinct(list.flatMap(({ resources }) => resources)).slice(0, MOST_NAMES),
  }))
}

function networksOf(events: readonly KeyEvent[]): Incident['activity']['networks'] {
  return [...grouped(events, ({ network }) => network ?? 'unknown')].map(([network, list]) => ({
    network,
    calls: list.length,
    addresses: distinct(list.map(({ sourceIp }) => sourceIp)).slice(0, MOST_NAMES),
    agents: distinct(list.map(({ agent }) => agent)).slice(0, MOST_NAMES),
  }))
}

function grouped(events: readonly KeyEvent[], by: (event: KeyEvent) => string): Map<string, KeyEvent[]> {
  const groups = new Map<string, KeyEvent[]>()
  for (const event of events) {
    const key = by(event)
    const group = groups.get(key)
    if (group) group.push(event)
    else groups.set(key, [event])
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))].sort()
}

function latest(events: readonly KeyEvent[]): string | null {
  return (
    events
      .map(({ time }) => time)
      .sort()
      .at(-1) ?? null
  )
}

function byTime(a: { at?: string; time?: string }, b: { at?: string; time?: string }): number {
  return (a.at ?? a.time)! < (b.at ?? b.time)! ? -1 : 1
}
