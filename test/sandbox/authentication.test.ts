import { createHash } from 'node:crypto'
import { ListAnalyzersCommand } from '@aws-sdk/client-accessanalyzer'
import { DescribeInstancesCommand, DescribeRegionsCommand } from '@aws-sdk/client-ec2'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  EnableMFADeviceCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  ListUsersCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { DescribeOrganizationCommand } from '@aws-sdk/client-organizations'
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts'
import { Sha256Node } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/protocols'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addAccessKey, addMfaDevice, addRole, addUser, rootArn } from '../../src/sandbox/state.ts'
import { totp } from '../../src/sandbox/totp.ts'
import { clientsOf, type Key, smallWorld, start, thrown } from './start.ts'

const { world, account } = smallWorld()
let stand: Awaited<ReturnType<typeof start>>

beforeAll(async () => {
  stand = await start({ world })
})
afterEach(() => {
  world.clock.offsetMs = 0
})
afterAll(() => stand.sandbox.close())

interface Raw {
  key?: Key
  at?: Date
  region?: string
  service?: string
  body?: string
  /** Changes the signed request before it is sent. */
  change?: (headers: Record<string, string>) => { body?: string; headers?: Record<string, string> }
  query?: Record<string, string>
}

/** Signs a request by hand and sends it. */
async function raw(options: Raw = {}) {
  const { key = stand.sandbox, at = new Date(), region = 'us-east-1', service = 'sts' } = options
  const body = options.body ?? 'Action=GetCallerIdentity&Version=2011-06-15'
  const signer = new SignatureV4({ credentials: key, region, service, sha256: Sha256Node as never })
  const request = new HttpRequest({
    method: 'POST',
    path: '/',
    headers: { host: `127.0.0.1:${stand.sandbox.port}`, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
  const signed = await signer.sign(request, { signingDate: at })
  const changed = options.change?.(signed.headers) ?? {}
  const { host: _, ...headers } = { ...signed.headers, ...changed.headers }
  const response = await fetch(stand.sandbox.endpoint, { method: 'POST', headers, body: changed.body ?? body })
  return { status: response.status, text: await response.text() }
}

describe('signatures', () => {
  it('a request signed by hand passes', async () => {
    const { status, text } = await raw()
    expect(status).toBe(200)
    expect(text).toContain('<Account>111122223333</Account>')
  })

  it('a wrong secret is SignatureDoesNotMatch, in the words of each protocol', async () => {
    const wrong = clientsOf(stand.sandbox, { ...stand.sandbox, secretAccessKey: 'x'.repeat(40) })
    expect(await thrown(wrong.sts.send(new GetCallerIdentityCommand({})))).toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    })
    expect((await thrown(wrong.organizations.send(new DescribeOrganizationCommand({})))).name).toBe(
      'InvalidSignatureException',
    )
    expect((await thrown(wrong.ec2.send(new DescribeRegionsCommand({})))).name).toBe('AuthFailure')
  })

  it('a body changed on its way is refused, with and without its hash in the header', async () => {
    const body = 'Action=GetCallerIdentity&Version=2011-06-15&x=1'
    expect((await raw({ change: () => ({ body }) })).text).toContain('SignatureDoesNotMatch')
    const hash = createHash('sha256').update(body).digest('hex')
    const { text } = await raw({ change: () => ({ body, headers: { 'x-amz-content-sha256': hash } }) })
    expect(text).toContain('SignatureDoesNotMatch')
  })

  it('a signed header that was changed or left out is refused', async () => {
    expect((await raw({ change: () => ({ headers: { 'content-type': 'text/plain' } }) })).text).toContain(
      'SignatureDoesNotMatch',
    )
    const unsigned = await raw({
      change: ({ authorization }) => ({
        headers: { authorization: authorization!.replace('host;', '').replace('host,', ',') },
      }),
    })
    expect(unsigned.text).toContain('SignatureDoesNotMatch')
  })

  it.each([
    ['now', 0, null],
    ['four minutes ago', -4, null],
    ['four minutes ahead', 4, null],
    ['six minutes ago', -6, 'Signature expired: '],
    ['six minutes ahead', 6, 'Signature not yet current: '],
  ])('a signature from %s is judged by the clock', async (_, minutes, message) => {
    const { status, text } = await raw({ at: new Date(Date.now() + minutes * 60_000) })
    if (message === null) expect(status).toBe(200)
    else {
      expect(status).toBe(403)
      expect(text).toContain('<Code>SignatureDoesNotMatch</Code>')
      expect(text).toContain(message)
    }
  })

  it('an old signature is RequestExpired at EC2', async () => {
    const { text } = await raw({
      at: new Date(Date.now() - 3600_000),
      service: 'ec2',
      body: 'Action=DescribeRegions&Version=2016-11-15',
    })
    expect(text).toContain('<Code>RequestExpired</Code>')
  })

  it('a scope of another service or of no region is refused', async () => {
    const body = 'Action=ListUsers&Version=2010-05-08'
    expect((await raw({ service: 'nonsense', body })).status).toBe(400)
    expect((await raw({ region: 'xx-north-9' })).text).toContain('Credential should be scoped to a valid region.')
    expect((await raw({ region: 'me-south-1' })).text).toContain('InvalidClientTokenId')
  })

  it('no signature and half a signature are told apart', async () => {
    const post = async (headers: Record<string, string>) => {
      const body = 'Action=GetCallerIdentity&Version=2011-06-15'
      const response = await fetch(stand.sandbox.endpoint, { method: 'POST', body, headers })
      return response.text()
    }
    expect(await post({})).toContain('MissingAuthenticationToken')
    expect(
      await post({ authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/sts/aws4_request' }),
    ).toContain('IncompleteSignature')
    expect(await post({ authorization: 'Basic YTpi' })).toContain('IncompleteSignature')
  })

  it('a presigned request passes until it expires or is changed', async () => {
    const presign = async (seconds: number, at: Date) => {
      const signer = new SignatureV4({
        credentials: stand.sandbox,
        region: 'us-east-1',
        service: 'sts',
        sha256: Sha256Node as never,
      })
      const request = new HttpRequest({
        method: 'GET',
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host: `127.0.0.1:${stand.sandbox.port}` },
      })
      const { query } = await signer.presign(request, { signingDate: at, expiresIn: seconds })
      return new URLSearchParams(query as Record<string, string>)
    }
    const get = async (query: URLSearchParams) => (await fetch(`${stand.sandbox.endpoint}/?${query}`)).text()
    const query = await presign(60, new Date())
    expect(await get(query)).toContain('<Account>111122223333</Account>')
    query.set('Version', '2011-06-16')
    expect(await get(query)).toContain('SignatureDoesNotMatch')
    expect(await get(await presign(60, new Date(Date.now() - 61_000)))).toContain('Request has expired.')
  })
})

describe('access keys', () => {
  it('an unknown key is refused, in the words of each protocol', async () => {
    const unknown = clientsOf(stand.sandbox, { accessKeyId: 'AKIAQQQQQQQQQQQQQQQQ', secretAccessKey: 'y' })
    expect((await thrown(unknown.iam.send(new ListUsersCommand({})))).name).toBe('InvalidClientTokenId')
    expect((await thrown(unknown.organizations.send(new DescribeOrganizationCommand({})))).name).toBe(
      'UnrecognizedClientException',
    )
    expect((await thrown(unknown.accessAnalyzer.send(new ListAnalyzersCommand({})))).name).toBe(
      'UnrecognizedClientException',
    )
    expect((await thrown(unknown.ec2.send(new DescribeInstancesCommand({})))).name).toBe('AuthFailure')
  })

  it('a key works, is refused when inactive, works again, and is refused when deleted', async () => {
    const user = addUser(world, account, 'rotating')
    const { AccessKey } = await stand.iam.send(new CreateAccessKeyCommand({ UserName: 'rotating' }))
    const key = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const { sts } = clientsOf(stand.sandbox, key)
    const call = () => sts.send(new GetCallerIdentityCommand({}))
    const change = { UserName: user.userName, AccessKeyId: key.accessKeyId }
    expect((await call()).Arn).toBe(user.arn)
    await stand.iam.send(new UpdateAccessKeyCommand({ ...change, Status: 'Inactive' }))
    expect((await thrown(call())).name).toBe('InvalidClientTokenId')
    await stand.iam.send(new UpdateAccessKeyCommand({ ...change, Status: 'Active' }))
    expect((await call()).UserId).toBe(user.userId)
    await stand.iam.send(new DeleteAccessKeyCommand(change))
    expect((await thrown(call())).name).toBe('InvalidClientTokenId')
  })

  it('without a user name a key operation is about the caller’s own keys, never another’s', async () => {
    const own = addUser(world, account, 'selfish')
    const key = addAccessKey(world, account, own)
    const other = addAccessKey(world, account, addUser(world, account, 'victim'))
    const { iam } = clientsOf(stand.sandbox, key)
    const deactivate = (AccessKeyId: string) =>
      iam.send(new UpdateAccessKeyCommand({ AccessKeyId, Status: 'Inactive' }))
    expect((await thrown(deactivate(other.accessKeyId))).name).toBe('NoSuchEntityException')
    await deactivate(key.accessKeyId)
    expect([key.status, other.status]).toEqual(['Inactive', 'Active'])
  })

  it('a third key is one too many', async () => {
    addUser(world, account, 'greedy')
    const create = () => stand.iam.send(new CreateAccessKeyCommand({ UserName: 'greedy' }))
    await create()
    await create()
    expect((await thrown(create())).name).toBe('LimitExceededException')
  })

  it('last use follows the calls, at a grain of fifteen minutes', async () => {
    const key = addAccessKey(world, account, addUser(world, account, 'busy'))
    const clients = clientsOf(stand.sandbox, key, 'eu-west-1')
    const lastUsed = async () => {
      const command = new GetAccessKeyLastUsedCommand({ AccessKeyId: key.accessKeyId })
      return (await stand.iam.send(command)).AccessKeyLastUsed
    }
    expect(await lastUsed()).toEqual({ ServiceName: 'N/A', Region: 'N/A' })
    await clients.ec2.send(new DescribeInstancesCommand({}))
    expect(await lastUsed()).toMatchObject({ ServiceName: 'ec2', Region: 'eu-west-1' })
    await clients.iam.send(new GetUserCommand({}))
    expect(await lastUsed()).toMatchObject({ ServiceName: 'ec2', Region: 'eu-west-1' })
    world.clock.offsetMs = 16 * 60_000
    await clients.iam.send(new GetUserCommand({}))
    expect(await lastUsed()).toMatchObject({ ServiceName: 'iam', Region: 'us-east-1' })
  })

  it('the root user’s key is the account itself', async () => {
    const { sts, iam } = clientsOf(stand.sandbox, addAccessKey(world, account, null))
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(rootArn(account))
    expect((await iam.send(new GetUserCommand({}))).User?.Arn).toBe(rootArn(account))
  })
})

describe('the seam for policies', () => {
  it('what `authorize` refuses is refused before anything happens, with its error', async () => {
    const other = smallWorld()
    const { sandbox, iam } = await start({
      world: other.world,
      authorize: ({ caller, action }, { actionPrefix }, input) =>
        action === 'CreateUser' ? `${caller.principal.kind} ${actionPrefix} ${input.UserName}` : null,
    })
    const error = await thrown(iam.send(new CreateUserCommand({ UserName: 'refused' })))
    expect(error).toMatchObject({ name: 'AccessDenied', message: 'user iam refused' })
    expect(other.account.users.has('refused')).toBe(false)
    await iam.send(new ListUsersCommand({}))
    await sandbox.close()
  })

  it('a fault of the sandbox itself is heard by its owner and says nothing to the client', async () => {
    const failures: string[] = []
    const { sandbox, iam } = await start({
      world: smallWorld().world,
      authorize: () => {
        throw new TypeError('inside information')
      },
      onFailure: (error, action) => failures.push(`${action}: ${error}`),
    })
    const error = await thrown(iam.send(new ListUsersCommand({})))
    expect(error).toMatchObject({ message: 'The sandbox failed on this request', $metadata: { httpStatusCode: 500 } })
    expect(failures).toEqual(['iam:ListUsers: TypeError: inside information'])
    await sandbox.close()
  })
})

describe('sessions', () => {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
  }
  const keyOf = ({
    Credentials,
  }: {
    Credentials?:
      | { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined; SessionToken?: string | undefined }
      | undefined
  }) => ({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  })

  it('an assumed role is who it says, notes its use and expires', async () => {
    const role = addRole(world, account, 'deploy', { path: '/ci/', trustPolicy: trust })
    const answer = await stand.sts.send(
      new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: 'build-7', DurationSeconds: 900 }),
    )
    const key = keyOf(answer)
    expect(key.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/)
    expect(answer.AssumedRoleUser?.Arn).toBe('arn:aws:sts::111122223333:assumed-role/deploy/build-7')
    const { sts, iam } = clientsOf(stand.sandbox, key)
    const identity = await sts.send(new GetCallerIdentityCommand({}))
    expect(identity).toMatchObject({ Arn: answer.AssumedRoleUser?.Arn, UserId: `${role.roleId}:build-7` })
    expect((await iam.send(new ListUsersCommand({}))).Users?.length).toBeGreaterThan(0)
    expect(role.lastUsed?.region).toBe('us-east-1')
    world.clock.offsetMs = 901_000
    expect((await thrown(sts.send(new GetCallerIdentityCommand({})))).name).toMatch(/^ExpiredToken/)
  })

  it('a session key without its token, or with another, is refused', async () => {
    const role = addRole(world, account, 'other', { trustPolicy: trust })
    const key = keyOf(await stand.sts.send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: 'ss' })))
    for (const sessionToken of ['', 'nonsense']) {
      const { sts } = clientsOf(stand.sandbox, { ...key, sessionToken })
      expect((await thrown(sts.send(new GetCallerIdentityCommand({})))).name).toBe('InvalidClientTokenId')
    }
  })

  it('a role that does not exist is AccessDenied, a bad session name a ValidationError', async () => {
    const RoleArn = 'arn:aws:iam::111122223333:role/nope'
    const missing = await thrown(stand.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'ss' })))
    expect(missing.name).toBe('AccessDenied')
    const bad = await thrown(stand.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'no blanks' })))
    expect(bad.name).toBe('ValidationError')
  })

  it('a session token may call IAM only with MFA, and a federated user never', async () => {
    const user = addUser(world, account, 'mfa-user')
    const device = addMfaDevice(world, account, user)
    const { sts } = clientsOf(stand.sandbox, addAccessKey(world, account, user))
    const list = async (key: Key) => clientsOf(stand.sandbox, key).iam.send(new ListUsersCommand({}))
    expect((await thrown(list(keyOf(await sts.send(new GetSessionTokenCommand({})))))).name).toBe(
      'InvalidClientTokenId',
    )
    const { serialNumber: SerialNumber, seed } = device
    const wrong = new GetSessionTokenCommand({ SerialNumber, TokenCode: totp(seed!, Date.now() - 600_000) })
    expect((await thrown(sts.send(wrong))).name).toBe('AccessDenied')
    const right = new GetSessionTokenCommand({ SerialNumber, TokenCode: totp(seed!, Date.now()) })
    expect((await list(keyOf(await sts.send(right)))).Users?.length).toBeGreaterThan(0)
    const federated = keyOf(await sts.send(new GetFederationTokenCommand({ Name: 'guest' })))
    const identity = await clientsOf(stand.sandbox, federated).sts.send(new GetCallerIdentityCommand({}))
    expect(identity.Arn).toBe('arn:aws:sts::111122223333:federated-user/guest')
    expect((await thrown(list(federated))).name).toBe('InvalidClientTokenId')
  })

  it('a virtual device is enabled by two codes in a row only', async () => {
    addUser(world, account, 'enrolling')
    const device = addMfaDevice(world, account, null, { name: 'enrolling' })
    const enable = (first: number, second: number) =>
      stand.iam.send(
        new EnableMFADeviceCommand({
          UserName: 'enrolling',
          SerialNumber: device.serialNumber,
          AuthenticationCode1: totp(device.seed!, first),
          AuthenticationCode2: totp(device.seed!, second),
        }),
      )
    const now = Date.now()
    expect((await thrown(enable(now, now))).name).toBe('InvalidAuthenticationCodeException')
    await enable(now - 30_000, now)
    expect(device.owner).toMatchObject({ userName: 'enrolling' })
  })
})
