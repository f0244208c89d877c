/** From leaks to what a person needs: how bad each is, whether it is open, and what to do now. */
import { SEVERITIES, type Severity } from '../model/finding.ts'
import { isUncommitted, type Leak, type LeakPlace } from '../model/leak.ts'
import type { AssessedLeak } from '../model/scan-report.ts'

export interface AssessOptions {
  /** Says whether a leak was accepted before; see baseline.ts. */
  isAccepted?: (leak: Leak) => boolean
  /** ISO 8601: temporary credentials that expired before are over. */
  now: string
}

/** Open leaks before suppressed ones, worst first. */
export function assess(leaks: readonly Leak[], { isAccepted = () => false, now }: AssessOptions): AssessedLeak[] {
  return leaks
    .map((leak) => {
      const suppressedBecause = suppressionOf(leak, isAccepted)
      const expired = leak.expiration !== null && leak.expiration < now
      return {
        ...leak,
        severity: severityOf(leak, expired),
        status: suppressedBecause === null ? ('open' as const) : ('suppressed' as const),
        suppressedBecause,
        ...nextStep(leak, expired),
      }
    })
    .sort(
      (a, b) =>
        Number(a.status === 'suppressed') - Number(b.status === 'suppressed') ||
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
    )
}

function suppressionOf(leak: Leak, isAccepted: (leak: Leak) => boolean): string | null {
  const { class: leakClass, reason, places, evidence } = leak
  if (leakClass === 'placeholder' || leakClass === 'identifier' || leakClass === 'canary')
    return `${leakClass}: ${reason}`
  // with a secret beside it, even an ID that cannot be is worth a look
  if (leakClass === 'impossible' && evidence === 'id-only') return `impossible: ${reason}`
  const [first] = places
  if (first && places.every(({ allowed }) => allowed !== null)) return `allowed: ${first.allowed}`
  return isAccepted(leak) ? 'in the baseline' : null
}

function severityOf(
  { class: leakClass, evidence, kind, inAccount, hasSessionToken, verified, otherHalf }: Leak,
  expired: boolean,
): Severity {
  if (leakClass === 'placeholder' || leakClass === 'identifier' || leakClass === 'canary') return 'info'
  if (verified?.status === 'works') return 'critical'
  if (inAccount) return inAccount.severity
  if (verified?.status === 'refused' || verified?.status === 'expired') return 'low'
  if (leakClass === 'impossible') return evidence === 'id-only' ? 'info' : 'medium'
  if (expired) return 'low'
  if (evidence === 'id-only') return otherHalf ? 'high' : 'medium'
  // without its session token, a temporary key opens nothing
  if (kind === 'temporary' && !hasSessionToken) return 'medium'
  return evidence === 'pair' || evidence === 'token' ? 'critical' : 'high'
}

interface Step {
  nextAction: string
  commands: string[]
}

function nextStep(leak: Leak, expired: boolean): Step {
  const { accessKeyId: id, class: leakClass, kind, evidence, inAccount, otherHalf } = leak
  if (leakClass === 'canary')
    return step('Leave it: it is bait, and using it sets off an alarm. Ask who put it there, if it was not you.')
  if (leakClass === 'placeholder' || leakClass === 'identifier') return step('Nothing to do.')
  if (leakClass === 'impossible' && evidence === 'id-only')
    return step('Nothing to do: AWS cannot have given out this ID.')
  if (leak.places.every(isStaged) && !inAccount && (evidence !== 'id-only' || otherHalf)) return stagedStep(leak)
  if (kind === 'temporary') return temporaryStep(leak, expired)
  if (kind === 'bedrock-api-key') return bedrockStep(leak)
  if (id === null) return secretStep(leak)
  if (inAccount?.status === 'unknown-key')
    return step(
      'The account has no such key any more. Remove it from its places, and look in CloudTrail for what it did.',
      [eventsOf(id)],
    )
  if (inAccount?.status === 'inactive')
    return step('The key is inactive. Delete it, and remove it from its places.', deleteCommands(leak, id))
  if (evidence === 'id-only' && !inAccount && !otherHalf)
    return step(
      'The ID alone opens nothing. Look for its secret nearby or in the history; if it may have been there, treat the key as leaked.',
      [lastUseOf(id)],
    )
  return longTermStep(leak, id)
}

const step = (nextAction: string, commands: string[] = []): Step => ({ nextAction, commands })

const lastUseOf = (id: string) => `aws iam get-access-key-last-used --access-key-id ${id}`
const revoke = (id: string) => `keyreeve revoke ${id}`
const deactivate = (id: string) => `aws iam update-access-key --access-key-id ${id} --status Inactive`
const eventsOf = (id: string) =>
  `aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${id}`

/** Without the path of a ref: what that names may have been pushed. */
const isStaged = (place: LeakPlace) => isUncommitted(place) && !/(?:^|\/)refs\//.test(place.path)

/** A scan of what is staged looks at nothing else, so that a commit may have it, too. */
function stagedStep({ accessKeyId: id, accountId }: Leak): Step {
  const where = accountId === null ? '' : ` in account ${accountId}`
  return step(
    `It is staged: take it out of the file and stage that again. That is not enough if a commit has it already (keyreeve scan tells), or if anybody else had the file: then revoke it${where}.`,
    ['keyreeve scan', ...(id === null ? [] : [revoke(id)])],
  )
}

function longTermStep(leak: Leak, id: string): Step {
  const { inAccount, accountId } = leak
  if (inAccount?.owner?.endsWith(':root'))
    return step(
      'Deactivate it now: it is a key of the root user and opens everything. Sign in as root, Security credentials. Then look in CloudTrail for what it did.',
      [eventsOf(id)],
    )
  const user = userOf(inAccount?.owner ?? null)
  const where = accountId === null ? '' : ` in account ${accountId}`
  return step(
    `Revoke it now${where}; that can be undone. Taking it out of the file or the history does not help: whoever read it has it. Revoking deactivates the key, denies its user, cuts its sessions and tells what it did; the aws commands only deactivate. Then give its users a new way, and delete it.`,
    [
      ...(accountId === null ? [`aws sts get-access-key-info --access-key-id ${id}`] : []),
      revoke(id),
      ...(user === null
        ? [`${lastUseOf(id)} --query UserName`, `${deactivate(id)} --user-name USER`]
        : [`${deactivate(id)} --user-name ${user}`]),
    ],
  )
}

function deleteCommands({ inAccount }: Leak, id: string): string[] {
  const user = userOf(inAccount?.owner ?? null)
  return user === null ? [] : [`aws iam delete-access-key --access-key-id ${id} --user-name ${user}`]
}

/** The name in a user's ARN, where a shell takes it as it stands. */
function userOf(arn: string | null): string | null {
  const name = /:user\/(?:.*\/)?([^/]+)$/.exec(arn ?? '')?.[1]
  return name !== undefined && /^[\w+=,.@-]+$/.test(name) ? name : null
}

function temporaryStep({ accessKeyId, expiration, hasSessionToken, evidence }: Leak, expired: boolean): Step {
  if (expired)
    return step(`They expired at ${expiration}. Look in CloudTrail for what they did before.`, [eventsOf(accessKeyId!)])
  if (evidence === 'id-only' || !hasSessionToken)
    return step(
      'Without secret and session token they open nothing. Look for those nearby; they expire in 36 hours at most.',
    )
  return step(
    `Temporary credentials${expiration ? `, valid until ${expiration}` : ', valid for 36 hours at most'}. Revoke the sessions of whoever they belong to now, and look in CloudTrail for what they did.`,
    [revoke(accessKeyId!), eventsOf(accessKeyId!)],
  )
}

function bedrockStep({ accountId, accessKeyId }: Leak): Step {
  if (accessKeyId !== null)
    return step('A short-term key, valid for 12 hours at most. Revoke the sessions of the role that made it.', [
      revoke(accessKeyId),
      eventsOf(accessKeyId),
    ])
  return step(
    `Deactivate it now${accountId ? ` in account ${accountId}` : ''}: it belongs to an IAM user whose name begins with BedrockAPIKey-.`,
    [
      'aws iam list-service-specific-credentials --service-name bedrock.amazonaws.com --all-users',
      'aws iam update-service-specific-credential --status Inactive --service-specific-credential-id ID --user-name NAME',
    ],
  )
}

function secretStep({ otherHalf }: Leak): Step {
  if (otherHalf) return step('Treat it as the secret of the access key ID in the file beside it, and revoke that key.')
  return step(
    'Find out which key the secret belongs to: whoever wrote it there knows, or its ID lies in the configuration of the same program. Then deactivate that key.',
  )
}
