/** A snapshot of our own, read back: checked field by field, because it may have been edited, cut or made up. */
import { InputError } from '../../model/errors.ts'
import { SNAPSHOT_SCHEMA_VERSION, type Snapshot, snapshot as snapshotSchema } from '../../model/snapshot.ts'
import { type Answer, isAnswer, isoDate } from '../answer.ts'
import { isShallow, TOO_DEEP } from '../policy-document.ts'

/** The snapshot; unknown fields are left out. Throws an {@link InputError} that names the first wrong field. */
export function readOwnSnapshot(value: Answer, name: string): Snapshot {
  const { schemaVersion } = value
  if (typeof schemaVersion === 'number' && schemaVersion > SNAPSHOT_SCHEMA_VERSION) {
    throw new InputError(`${name} is a snapshot of a newer keyreeve (schema version ${schemaVersion})`, {
      hint: 'use the keyreeve that made it, or a newer one',
    })
  }
  const result = snapshotSchema.safeParse(value)
  if (!result.success) {
    const [issue] = result.error.issues
    throw new InputError(`${name} is no valid snapshot: ${issue ? describe(issue) : 'it has wrong fields'}`, {
      hint: 'make it again with `keyreeve collect`',
    })
  }
  const wrongDate = readDates(result.data, '')
  if (wrongDate) throw new InputError(`${name} is no valid snapshot: \`${wrongDate}\` is no date`)
  if (!/^\d{12}$/.test(result.data.accountId)) {
    throw new InputError(`${name} is no valid snapshot: \`accountId\` is no account ID`)
  }
  limitDepth(result.data)
  return result.data
}

/** Names the place and what should be there; never what is there. */
function describe(issue: { path: PropertyKey[]; code: string; expected?: unknown }): string {
  const path = issue.path
    .map((part) =>
      typeof part === 'number'
        ? `[${part}]`
        : /^[A-Za-z]\w{0,60}$/.test(String(part))
          ? `.${String(part)}`
          : '.(a key)',
    )
    .join('')
    .replace(/^\./, '')
  const expected =
    typeof issue.expected === 'string' ? `: expected ${issue.expected}` : ' has a value that is not allowed'
  return `\`${path || 'the whole'}\`${expected}`
}

const DATES =
  /^(collectedAt|asOf|date|lastUsed|lastChanged|nextRotation|lastRotated|launchTime|validUntil|expiration|(create|update|enable|upload|expiration)Date|passwordLastUsed)$/
/** What people wrote: any field of it may be called like a date of ours. */
const FREE = /^(tags|policyDocument|document|trustPolicy)$/

/** Brings all dates into the one form that is compared later; gives the path of the first that is none. */
function readDates(value: unknown, path: string): string | null {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const wrong = readDates(value[i], `${path}[${i}]`)
      if (wrong) return wrong
    }
    return null
  }
  if (!isAnswer(value)) return null
  for (const [key, field] of Object.entries(value)) {
    if (FREE.test(key)) continue
    const at = path ? `${path}.${key}` : key
    if (typeof field === 'string' && DATES.test(key)) {
      const date = isoDate(field)
      if (date === null) return at
      value[key] = date
    } else {
      const wrong = readDates(field, at)
      if (wrong) return wrong
    }
  }
  return null
}

/** Policies are the only part without a schema: nothing that reads them later must meet one that nests without end. */
function limitDepth(snapshot: Snapshot): void {
  const safe = (document: unknown) => (isShallow(document, 64) ? document : TOO_DEEP)
  for (const held of [snapshot.users, snapshot.groups, snapshot.roles])
    for (const { inlinePolicies } of held)
      for (const policy of inlinePolicies) policy.policyDocument = safe(policy.policyDocument)
  for (const role of snapshot.roles) role.trustPolicy = safe(role.trustPolicy)
  for (const { versions } of snapshot.policies)
    for (const version of versions) version.document = safe(version.document)
  const { serviceControlPolicies, resourceControlPolicies } = snapshot.organization ?? {}
  for (const level of [...(serviceControlPolicies ?? []), ...(resourceControlPolicies ?? [])])
    for (const policy of level.policies) policy.document = safe(policy.document)
}
