/** An account with a leaked key that was used in every way in which credentials beget credentials. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failureOf } from '../../src/aws/failure.ts'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { evidenceOf } from '../../src/cli/incident-evidence.ts'
import { IncidentJournal, type Opening } from '../../src/fix/revoke/journal.ts'
import { type Found, type RevokeContext, revoke } from '../../src/fix/revoke/revoke.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts'
import {
  type AccessKey,
  type Account,
  addAccessKey,
  addAccount,
  addRole,
  addUser,
  newWorld,
  type World,
} from '../../src/sandbox/state.ts'

export const ALLOW_ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
export const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess'
export const ACCOUNT = '111122223333'

const trusts = (AWS: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
})

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export interface Leaky {
  world: World
  account: Account
  key: AccessKey
  sandbox: Sandbox
  /** The responder's. */
  session: AwsSession
  as(credentials: Credentials): AwsSession
  close(): Promise<void>
}

export async function leakyAccount(options: Partial<SandboxOptions> = {}): Promise<Leaky> {
  const world = newWorld({
    seed: 3,
    awsManagedPolicies: [
      { policyName: 'AdministratorAccess', document: ALLOW_ALL },
      {
        policyName: 'AWSDenyAll',
        document: { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] },
      },
    ],
  })
  const account = addAccount(world, { accountId: ACCOUNT })
  const deploy = addUser(world, account, 'deploy', { attachedPolicies: [ADMIN] })
  const key = addAccessKey(world, account, deploy)
  addRole(world, account, 'build', { trustPolicy: trusts(`arn:aws:iam::${ACCOUNT}:root`), attachedPolicies: [ADMIN] })
  addRole(world, account, 'ship', {
    trustPolicy: trusts(`arn:aws:iam::${ACCOUNT}:role/build`),
    attachedPolicies: [ADMIN],
  })
  addRole(world, account, 'untouched', {
    trustPolicy: trusts(`arn:aws:iam::${ACCOUNT}:root`),
    attachedPolicies: [ADMIN],
  })
  const sandbox = await startSandbox({
    world,
    ...options,
    settings: { credentialReportDelayMs: 0, ...options.settings },
  })
  const session = await openSession({
    endpointUrl: sandbox.endpoint,
    region: sandbox.region,
    credentials: { accessKeyId: sandbox.accessKeyId, secretAccessKey: sandbox.secretAccessKey },
    userAgent: 'keyreeve-test/0',
    maxAttempts: 1,
  })
  return {
    world,
    account,
    key,
    sandbox,
    session,
    as: (credentials) => session.withCredentials(credentials),
    async close() {
      session.close()
      await sandbox.close()
    },
  }
}

const given = (answer: Record<string, unknown>): Credentials => {
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials as Record<string, string>
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! }
}

export async function assume(session: AwsSession, role: string): Promise<Credentials> {
  return given(
    await session.call('sts', 'AssumeRole', {
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
      RoleSessionName: 'test',
    }),
  )
}

/** What a thief does with the key: every kind of session, one chained, and a way back in. */
export async function steal({ as, key }: Leaky): Promise<Record<string, Credentials>> {
  const thief = as(key)
  const build = await assume(thief, 'build')
  const token = given(await thief.call('sts', 'GetSessionToken', {}))
  const federated = given(
    await thief.call('sts', 'GetFederationToken', { Name: 'thief', Policy: JSON.stringify(ALLOW_ALL) }),
  )
  const ship = await assume(as(build), 'ship')
  const made = (await as(ship).call('iam', 'CreateAccessKey', { UserName: 'deploy' })).AccessKey as Record<
    string,
    string
  >
  return {
    key,
    'session token': token,
    'federation token': federated,
    'assumed role': build,
    'chained role': ship,
    'new key': { accessKeyId: made.AccessKeyId!, secretAccessKey: made.SecretAccessKey! },
  }
}

/** Whether a call works that is harmless, and that a Deny stops. */
export async function works({ as }: Leaky, credentials: Credentials): Promise<boolean> {
  try {
    await as(credentials).call('s3', 'ListBuckets', {})
    return true
  } catch (error) {
    const { kind } = failureOf(error)
    if (kind === 'denied' || kind === 'credentials') return false
    throw error
  }
}

export const openingOf = ({ key }: Leaky, change: Partial<Opening> = {}): Opening => ({
  incidentId: '20261128T195000Z-test',
  accountId: ACCOUNT,
  partition: 'aws',
  subject: {
    kind: 'access-key',
    id: key.accessKeyId,
    accessKeyIds: [key.accessKeyId],
    userName: 'deploy',
    roleName: null,
    arn: `arn:aws:iam::${ACCOUNT}:user/deploy`,
  },
  callerArn: `arn:aws:iam::${ACCOUNT}:user/sandbox-administrator`,
  startedAt: new Date().toISOString(),
  since: new Date(Date.now() - 86_400_000).toISOString(),
  ...change,
})

export const newFolder = () => mkdtempSync(join(tmpdir(), 'keyreeve-revoke-'))

/** A context as the command makes one, with a short breath. */
export function contextOf(leaky: Leaky, journal: IncidentJournal, change: Partial<RevokeContext> = {}): RevokeContext {
  const { session } = leaky
  const iam: RevokeContext['iam'] = (operation, input) => session.call('iam', operation, input)
  return {
    journal,
    opening: openingOf(leaky),
    iam,
    callFor: async (measure) =>
      measure.kind === 'deny-by-scp' ? (operation, input) => session.call('organizations', operation, input) : iam,
    evidence: evidenceOf(session, {
      since: new Date(Date.now() - 86_400_000).toISOString(),
      regions: [leaky.sandbox.region, 'eu-west-1'],
      trail: join(newFolder(), 'none'),
      millisecondsBetween: 0,
      abortSignal: new AbortController().signal,
    }),
    keepUser: false,
    scp: false,
    ownRole: null,
    windowMs: 0,
    now: () => new Date(),
    sleep: (ms) => sleep(Math.min(ms, 5)),
    patienceMs: 1_500,
    failureOf,
    save: async () => undefined,
    ...change,
  }
}

/** One run, with a journal that is opened anew, as another process would. */
export async function run(leaky: Leaky, path: string, change: Partial<RevokeContext> = {}): Promise<Found> {
  const journal = new IncidentJournal(path)
  try {
    return await revoke(contextOf(leaky, journal, change))
  } finally {
    journal.close()
  }
}

/** What of an account revoking may change. */
export const stateOf = ({ root, users, roles }: Account) => ({
  root: root.accessKeys.map(({ accessKeyId, status }) => [accessKeyId, status]),
  users: [...users.values()].map(({ userName, accessKeys, inlinePolicies, attachedPolicies }) => ({
    userName,
    keys: accessKeys.map(({ accessKeyId, status }) => [accessKeyId, status]),
    inline: [...inlinePolicies],
    attached: [...attachedPolicies].sort(),
  })),
  roles: [...roles.values()].map(({ roleName, inlinePolicies }) => ({ roleName, inline: [...inlinePolicies] })),
})
