/** Finds out who calls, or refuses in the words of the service's protocol. */

import { homeRegion } from '../model/partition.ts'
import { AwsError } from './aws-error.ts'
import type { Caller, Service } from './call.ts'
import { amzDate, isProblem, type SignatureProblem, type SignedScope, signatureMatches } from './signature.ts'
import { type KeyUse, nameKey, nowOf, type Session, type World } from './state.ts'
import type { CommonErrors, WireRequest } from './wire/protocol.ts'

/** How far a client's clock may be off. */
const MAX_SKEW_MS = 5 * 60_000
/** Of several uses within this span only the first is noted. */
const LAST_USED_GRAIN_MS = 15 * 60_000

export async function authenticate(
  world: World,
  request: WireRequest,
  scope: SignedScope | SignatureProblem,
  errors: CommonErrors,
  service: Service | null,
): Promise<Caller> {
  const refuse = (kind: keyof CommonErrors, message: string) => new AwsError(errors[kind][0], message, errors[kind][1])
  if (isProblem(scope)) {
    if (scope.kind === 'missing') throw refuse('missingToken', 'Request is missing Authentication Token')
    throw refuse('incompleteSignature', scope.message)
  }
  const invalidToken = () => refuse('unknownKey', unknownKeyMessage(errors))
  const found = findCaller(world, scope)
  if (!found) throw invalidToken()
  const { caller, secretAccessKey } = found
  const late = lateness(scope)
  if (late) throw refuse('expiredSignature', late)
  if (!(await signatureMatches(request, scope, secretAccessKey)))
    throw refuse(
      'wrongSignature',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  if (service && scope.service !== service.name)
    throw refuse('wrongSignature', `Credential should be scoped to correct service: '${service.name}'.`)
  const region = caller.account.regions.get(scope.region)
  if (!region) throw refuse('wrongSignature', 'Credential should be scoped to a valid region.')
  // a region that was not opted into knows nobody
  if (region.optStatus === 'DISABLED' && !service?.global) throw invalidToken()
  // sessions that were not opened by a role may not call IAM without MFA, and federated users never
  const opened = caller.principal.kind === 'assumed-role' || caller.session?.isRootTask
  if (service?.name === 'iam' && caller.session && !opened)
    if (caller.principal.kind === 'federated-user' || !caller.session.mfaAuthenticated) throw invalidToken()
  if (caller.session && caller.session.expiration <= nowOf(world))
    throw refuse('expiredToken', 'The security token included in the request is expired')
  noteUse(world, caller, {
    date: nowOf(world),
    service: scope.service,
    region: service?.global ? homeRegion(world.partition) : scope.region,
  })
  return caller
}

function unknownKeyMessage(errors: CommonErrors): string {
  return errors.unknownKey[0] === 'AuthFailure'
    ? 'AWS was not able to validate the provided access credentials'
    : 'The security token included in the request is invalid.'
}

/** Unknown, deleted and inactive keys look the same from outside, and so does a session key without its token. */
function findCaller(world: World, scope: SignedScope): { caller: Caller; secretAccessKey: string } | null {
  const holder = world.accessKeys.get(scope.accessKeyId)
  if (holder) {
    if (holder.key.status !== 'Active' || scope.sessionToken !== null) return null
    const { account, user } = holder
    const principal: Caller['principal'] = user ? { kind: 'user', user } : { kind: 'root' }
    return {
      caller: { account, accessKeyId: scope.accessKeyId, principal, session: null },
      secretAccessKey: holder.key.secretAccessKey,
    }
  }
  const session = world.sessions.get(scope.accessKeyId)
  if (!session || session.sessionToken !== scope.sessionToken || !sessionIsAlive(session)) return null
  const { account, principal, secretAccessKey } = session
  return { caller: { account, accessKeyId: scope.accessKeyId, principal, session }, secretAccessKey }
}

/** A session dies with its user or role. */
function sessionIsAlive({ account, principal }: Session): boolean {
  switch (principal.kind) {
    case 'assumed-role':
      return account.roles.get(nameKey(principal.role.roleName)) === principal.role
    case 'user':
      return account.users.get(nameKey(principal.user.userName)) === principal.user
    case 'federated-user':
      return principal.user === null || account.users.get(nameKey(principal.user.userName)) === principal.user
    case 'root':
    case 'web-identity':
      return true
  }
}

/** What is wrong with the time of a signature, if anything. */
function lateness({ time, expires }: SignedScope): string | null {
  const now = Date.now()
  const bound = (sign: number) => new Date(now + sign * MAX_SKEW_MS)
  if (time > bound(1))
    return `Signature not yet current: ${amzDate(time)} is still later than ${amzDate(bound(1))} (${amzDate(new Date(now))} + 5 min.)`
  if (expires !== null) return now > time.getTime() + expires * 1000 ? 'Request has expired.' : null
  if (time < bound(-1))
    return `Signature expired: ${amzDate(time)} is now earlier than ${amzDate(bound(-1))} (${amzDate(new Date(now))} - 5 min.)`
  return null
}

function noteUse(world: World, caller: Caller, use: KeyUse): void {
  const fresh = (last: { date: Date } | null) =>
    last !== null && use.date.getTime() - last.date.getTime() < LAST_USED_GRAIN_MS && last.date <= use.date
  if (caller.session) {
    if (caller.principal.kind === 'assumed-role') {
      const { role } = caller.principal
      if (!fresh(role.lastUsed)) role.lastUsed = { date: use.date, region: use.region }
    }
    return
  }
  const key = world.accessKeys.get(caller.accessKeyId)?.key
  if (key && !fresh(key.lastUsed)) key.lastUsed = use
}
