/** The keys of a user as IAM tells them, and what is asked of them. */
import type { Failure } from '../../aws/failure.ts'
import { isoSeconds, pages } from '../facts.ts'
import type { LastUse } from './silence.ts'

/** One call to IAM; throws what AWS answers. */
export type IamCall = (operation: string, input: Record<string, unknown>) => Promise<Record<string, unknown>>

export interface UserKey {
  accessKeyId: string
  isActive: boolean
  /** ISO 8601 */
  createDate: string
}

export async function listKeys(call: IamCall, userName: string): Promise<UserKey[]> {
  const keys = await pages(call, 'ListAccessKeys', { UserName: userName }, 'AccessKeyMetadata')
  return (keys as Record<string, unknown>[]).map((key) => ({
    accessKeyId: String(key.AccessKeyId),
    isActive: key.Status === 'Active',
    createDate: isoSeconds(key.CreateDate as Date),
  }))
}

/** Whose key it is, too. */
export async function lastUseOf(
  call: IamCall,
  accessKeyId: string,
): Promise<LastUse & { userName: string | null; region: string | null }> {
  const { UserName, AccessKeyLastUsed } = await call('GetAccessKeyLastUsed', { AccessKeyId: accessKeyId })
  const { LastUsedDate, ServiceName, Region } = (AccessKeyLastUsed ?? {}) as {
    LastUsedDate?: Date
    ServiceName?: string
    Region?: string
  }
  return {
    userName: typeof UserName === 'string' ? UserName : null,
    date: LastUsedDate ? LastUsedDate.toISOString() : null,
    service: ServiceName && ServiceName !== 'N/A' ? ServiceName : null,
    region: Region && Region !== 'N/A' ? Region : null,
  }
}

/** AWS attaches it to a user whose key it has seen in public. V2, V3, V4 ... */
const QUARANTINE = 'AWSCompromisedKeyQuarantine'

export async function isQuarantined(call: IamCall, userName: string): Promise<boolean> {
  let marker: unknown
  for (let page = 0; page < 100; page++) {
    const answer = await call('ListAttachedUserPolicies', {
      UserName: userName,
      ...(marker === undefined ? {} : { Marker: marker }),
    })
    const policies = (answer.AttachedPolicies ?? []) as { PolicyName?: string }[]
    if (policies.some(({ PolicyName }) => PolicyName?.startsWith(QUARANTINE))) return true
    if (!answer.IsTruncated) return false
    marker = answer.Marker
  }
  return false
}

/** An ID that no key of anybody has: IAM makes none with so many zeros. */
const NOBODYS_KEY = 'AKIA0000000000000000'

/**
 * Which of the calls that a rotation ends with would be denied. IAM decides that before it looks whether the key exists,
 * so asking with a key that does not is exact, whatever policies there are, and changes nothing.
 */
export async function deniedChanges(
  call: IamCall,
  userName: string,
  failureOf: (error: unknown) => Failure,
): Promise<string[]> {
  const denied: string[] = []
  for (const [operation, input] of [
    ['UpdateAccessKey', { Status: 'Active' }],
    ['DeleteAccessKey', {}],
  ] as const)
    try {
      await call(operation, { UserName: userName, AccessKeyId: NOBODYS_KEY, ...input })
    } catch (error) {
      const { kind, detail } = failureOf(error)
      if (kind === 'denied') denied.push(`iam:${operation} (${detail})`)
      else if (kind !== 'missing') throw error
    }
  return denied
}
