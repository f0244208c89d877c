/** Temporary credentials. */
import type * as client from '@aws-sdk/client-sts'
import { parsePolicy } from '../../policy/index.ts'
import { AwsError } from '../aws-error.ts'
import { type Call, callerArn, callerUserId, type Handler, type Handlers, type Service } from '../call.ts'
import { policyOfTask } from '../root-tasks.ts'
import {
  accountOfId,
  nameKey,
  newId,
  newSecret,
  newSessionToken,
  type Role,
  type Session,
  type SessionPrincipal,
  type World,
} from '../state.ts'
import { matchingStep } from '../totp.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE

const handlers: Handlers<typeof client> = {
  GetCallerIdentity: ({ caller }) => ({
    UserId: callerUserId(caller),
    Account: caller.account.accountId,
    Arn: callerArn(caller),
  }),

  GetAccessKeyInfo({ world }, input) {
    const id = input.AccessKeyId!
    if (!/^\w{16,128}$/.test(id)) throw validation('accessKeyId', id, 'satisfy regular expression pattern: [\\w]*')
    const known = world.accessKeys.get(id)?.account.accountId ?? world.sessions.get(id)?.account.accountId
    const accountId = known ?? (/^A[KS]IA/.test(id) ? accountOfId(id) : null)
    if (accountId === null) throw new AwsError('ValidationError', `Access key ${id} does not belong to any account`)
    return { Account: accountId }
  },

  AssumeRole(call, input) {
    const { caller } = call
    const sessionName = checkName('roleSessionName', input.RoleSessionName!, 64)
    if (caller.principal.kind === 'root') throw accessDenied('Roles may not be assumed by root accounts.')
    const role = roleByArn(call.world, input.RoleArn!)
    if (!role)
      throw accessDenied(
        `User: ${callerArn(caller)} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
      )
    const account = call.world.accounts.get(role.arn.split(':')[4]!)!
    const chained = caller.principal.kind === 'assumed-role'
    const duration = checkDuration(input.DurationSeconds, HOUR, 12 * HOUR)
    if (duration > role.maxSessionDuration)
      throw new AwsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      )
    if (chained && duration > HOUR)
      throw new AwsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      )
    const principal = { kind: 'assumed-role', role, roleSessionName: sessionName } as const
    const session = open(call, account, principal, duration, {
      sessionPolicies: sessionPolicies(input.Policy),
      sessionPolicyArns: (input.PolicyArns ?? []).map(({ arn }) => arn!),
      sessionTags: new Map((input.Tags ?? []).map(({ Key, Value }) => [Key!, Value!])),
      sourceIdentity: input.SourceIdentity ?? caller.session?.sourceIdentity ?? null,
      mfaAuthenticated: checkMfa(call, input.SerialNumber, input.TokenCode),
    })
    return {
      Credentials: credentials(session),
      AssumedRoleUser: {
        AssumedRoleId: callerUserId({ account, principal }),
        Arn: callerArn({ account, principal }),
      },
      ...(session.sourceIdentity !== null && { SourceIdentity: session.sourceIdentity }),
    }
  },

  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html */
  AssumeRoot(call, input) {
    const { world, account: caller } = call
    const target = /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(input.TargetPrincipal!)?.[1]
    const account = target === undefined ? undefined : world.accounts.get(target)
    const { organization } = world
    const managing =
      organization &&
      (organization.managementAccountId === caller.accountId ||
        organization.delegatedAdministrators.get('iam.amazonaws.com')?.has(caller.accountId))
    const member = account && organization?.accounts.has(account.accountId)
    if (!managing || !member || account.accountId === organization.managementAccountId)
      throw accessDenied(`${callerArn(call.caller)} is not authorized to perform: sts:AssumeRoot on this account`)
    if (!organization.features.has('RootSessions'))
      throw accessDenied('Centralized root access is not enabled for privileged root actions in member accounts.')
    const policy = policyOfTask(input.TaskPolicyArn?.arn ?? '')
    if (policy === null)
      throw new AwsError('ValidationError', `${input.TaskPolicyArn?.arn} is not the policy of a task of root's.`)
    const duration = input.DurationSeconds ?? 15 * MINUTE
    if (duration < 1 || duration > 15 * MINUTE)
      throw validation('durationSeconds', String(duration), 'have value less than or equal to 900')
    const session = open(call, account, { kind: 'root' }, duration, { isRootTask: true, sessionPolicies: [policy] })
    return { Credentials: credentials(session) }
  },

  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
  AssumeRoleWithWebIdentity(call, input) {
    const { principal: asker, account } = call.caller
    const sessionName = checkName('roleSessionName', input.RoleSessionName!, 64)
    const role = roleByArn(call.world, input.RoleArn!)
    if (!role || asker.kind !== 'web-identity') throw accessDenied(NOT_BY_WEB_IDENTITY)
    const duration = checkDuration(input.DurationSeconds, HOUR, 12 * HOUR)
    if (duration > role.maxSessionDuration)
      throw new AwsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      )
    const principal = { kind: 'assumed-role', role, roleSessionName: sessionName } as const
    const session = open(call, account, principal, duration, {
      sessionPolicies: sessionPolicies(input.Policy),
      sessionPolicyArns: (input.PolicyArns ?? []).map(({ arn }) => arn!),
    })
    return {
      Credentials: credentials(session),
      AssumedRoleUser: {
        AssumedRoleId: callerUserId({ account, principal }),
        Arn: callerArn({ account, principal }),
      },
      SubjectFromWebIdentityToken: asker.claims.subject,
      Audience: asker.claims.audience,
      Provider: asker.provider.arn,
    }
  },

  GetSessionToken(call, input) {
    const { caller } = call
    if (caller.session) throw accessDenied('Cannot call GetSessionToken with session credentials')
    const root = caller.principal.kind === 'root'
    const duration = checkDuration(input.DurationSeconds, root ? HOUR : 12 * HOUR, root ? HOUR : 36 * HOUR)
    const mfaAuthenticated = checkMfa(call, input.SerialNumber, input.TokenCode)
    return { Credentials: credentials(open(call, caller.account, caller.principal, duration, { mfaAuthenticated })) }
  },

  GetFederationToken(call, input) {
    const { caller } = call
    if (caller.session) throw accessDenied('Cannot call GetFederationToken with session credentials')
    const name = checkName('name', input.Name!, 32)
    const user = caller.principal.kind === 'user' ? caller.principal.user : null
    const principal = { kind: 'federated-user', name, user } as const
    const limit = user ? 36 * HOUR : HOUR
    const session = open(
      call,
      caller.account,
      principal,
      checkDuration(input.DurationSeconds, Math.min(12 * HOUR, limit), limit),
      {
        sessionPolicies: sessionPolicies(input.Policy),
        sessionPolicyArns: (input.PolicyArns ?? []).map(({ arn }) => arn!),
        sessionTags: new Map((input.Tags ?? []).map(({ Key, Value }) => [Key!, Value!])),
      },
    )
    return {
      Credentials: credentials(session),
      FederatedUser: {
        FederatedUserId: callerUserId({ account: caller.account, principal }),
        Arn: callerArn({ account: caller.account, principal }),
      },
    }
  },
}

const NOT_BY_WEB_IDENTITY = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'

function accessDenied(message: string): AwsError {
  return new AwsError('AccessDenied', message, 403)
}

function validation(member: string, value: string, demand: string): AwsError {
  return new AwsError(
    'ValidationError',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${demand}`,
  )
}

function checkName(member: string, name: string, max: number): string {
  if (name.length < 2) throw validation(member, name, 'have length greater than or equal to 2')
  if (name.length > max) throw validation(member, name, `have length less than or equal to ${max}`)
  if (!/^[\w+=,.@-]*$/.test(name)) throw validation(member, name, 'satisfy regular expression pattern: [\\w+=,.@-]*')
  return name
}

function checkDuration(given: number | undefined, otherwise: number, max: number): number {
  if (given === undefined) return otherwise
  if (given < 15 * MINUTE) throw validation('durationSeconds', String(given), 'have value greater than or equal to 900')
  if (given > 36 * HOUR) throw validation('durationSeconds', String(given), 'have value less than or equal to 129600')
  // AWS shortens root's sessions without a word
  return Math.min(given, max)
}

/** A wrong code is refused; whether it was given at all is for policies to demand. */
function checkMfa({ caller }: Call, serialNumber: string | undefined, code: string | undefined): boolean {
  if (serialNumber === undefined && code === undefined) return caller.session?.mfaAuthenticated ?? false
  const devices =
    caller.principal.kind === 'user'
      ? caller.principal.user.mfaDevices
      : caller.principal.kind === 'root'
        ? caller.account.root.mfaDevices
        : []
  const device = devices.find((candidate) => candidate.serialNumber === serialNumber)
  if (!device)
    throw accessDenied(
      'MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user.',
    )
  if (!/^\d{6}$/.test(code ?? '') || (device.seed !== null && matchingStep(device.seed, code!, Date.now()) === null))
    throw accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code. ')
  return true
}

function roleByArn(world: World, arn: string): Role | null {
  const match = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/.exec(arn)
  if (!match) throw validation('roleArn', arn, 'be the ARN of a role')
  const role = world.accounts.get(match[1]!)?.roles.get(nameKey(match[2]!.split('/').at(-1)!))
  return role?.arn === arn ? role : null
}

function sessionPolicies(document: string | undefined): string[] {
  if (document === undefined) return []
  const { problems, statements } = parsePolicy(document)
  if (problems.length > 0 || statements.length === 0)
    throw new AwsError('MalformedPolicyDocument', 'The policy is not in the valid JSON format.')
  return [document]
}

const KEPT_SESSIONS = 10_000

function open(
  call: Call,
  account: Session['account'],
  principal: SessionPrincipal,
  seconds: number,
  options: Partial<
    Pick<
      Session,
      'isRootTask' | 'sessionPolicies' | 'sessionPolicyArns' | 'sessionTags' | 'sourceIdentity' | 'mfaAuthenticated'
    >
  >,
): Session {
  const { world } = call
  const issuedAt = new Date(Math.floor(call.now.getTime() / 1000) * 1000)
  const session: Session = {
    accessKeyId: newId(world, 'session', account.accountId),
    secretAccessKey: newSecret(world),
    sessionToken: newSessionToken(world),
    account,
    issuedAt,
    expiration: new Date(issuedAt.getTime() + seconds * 1000),
    principal,
    isRootTask: false,
    sessionPolicies: [],
    sessionPolicyArns: [],
    sessionTags: new Map(),
    sourceIdentity: null,
    mfaAuthenticated: false,
    issuedTo: call.caller.accessKeyId,
    region: call.region,
    ...options,
  }
  if (world.sessions.size >= KEPT_SESSIONS)
    for (const [id, { expiration }] of world.sessions) if (expiration < call.now) world.sessions.delete(id)
  world.sessions.set(session.accessKeyId, session)
  return session
}

function credentials({ accessKeyId, secretAccessKey, sessionToken, expiration }: Session) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration,
  }
}

export const sts: Service = {
  name: 'sts',
  actionPrefix: 'sts',
  model: { protocol: 'awsQuery', version: '2011-06-15', xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  targetPrefixes: [],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-sts'),
    handlers: handlers as Record<string, Handler>,
  }),
}
