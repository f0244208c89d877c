import net from 'node:net'
import { ListUsersCommand, paginateListUsers } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { Sha256Node } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/protocols'
import { NormalizedSchema } from '@smithy/core/schema'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { SERVICES } from '../../src/sandbox/services/index.ts'
import {
  addGroup,
  addInstance,
  addInstanceProfile,
  addOrganization,
  addPolicy,
  addRole,
  addTrail,
  addUser,
} from '../../src/sandbox/state.ts'
import { requiredMembers } from '../../src/sandbox/wire/model.ts'
import { ALLOW_ALL, clientsOf, smallWorld, start } from './start.ts'

const { world, account } = smallWorld()
let stand: Awaited<ReturnType<typeof start>>

addOrganization(world, account)
for (const name of ['anna', 'bert']) addUser(world, account, name, { inlinePolicies: { inline: ALLOW_ALL } })
addGroup(world, account, 'group')
addPolicy(world, account, 'own', ALLOW_ALL)
addInstanceProfile(world, account, 'profile', {
  role: addRole(world, account, 'role', {
    trustPolicy: { Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' } },
  }),
})
addInstance(world, account, 'us-east-1')
addTrail(world, account, 'us-east-1', 'main')

beforeAll(async () => {
  stand = await start({
    world,
    maxBodyBytes: 200_000,
    onFailure: (error, action) => failures.push([action, error]),
  })
})
afterAll(() => stand.sandbox.close())

/** Codes that a wrong signature gets: what has one never reached its operation. */
const SIGNATURE = ['SignatureDoesNotMatch', 'InvalidSignatureException', 'AuthFailure', 'InvalidClientTokenId']

/** Faults of the sandbox itself, and where. */
const failures: [string, unknown][] = []

async function stillServes() {
  const { Account } = await clientsOf(stand.sandbox).sts.send(new GetCallerIdentityCommand({}))
  expect(Account).toBe('111122223333')
}

/** Sends bytes as they are and waits for the end of the connection, or a moment. */
function sendBytes(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(stand.sandbox.port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
    socket.end(bytes)
    setTimeout(() => socket.destroy(), 500).unref()
  })
}

describe('whatever comes in, the sandbox goes on serving', () => {
  it('random bytes instead of HTTP', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const answer = await sendBytes(bytes)
        expect(answer === '' || answer.startsWith('HTTP/1.1 400') || answer.startsWith('HTTP/1.1 4')).toBe(true)
      }),
      { numRuns: 50 },
    )
    await stillServes()
  })

  it('half a request, and a connection that is dropped in the middle of a body', async () => {
    await sendBytes(Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nAction=List'))
    await sendBytes(Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'))
    await stillServes()
  })

  it('random methods, paths, headers and bodies without a signature', async () => {
    const header = fc.constantFrom(
      'authorization',
      'x-amz-target',
      'x-amz-date',
      'x-amz-security-token',
      'content-type',
      'x-amz-content-sha256',
    )
    const value = fc.oneof(
      fc.string({ maxLength: 60 }).filter((text) => /^[\x20-\x7e]*$/.test(text)),
      fc.constantFrom(
        'AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=;;, Signature=',
        `AWS4-HMAC-SHA256 Credential=${world.accessKeys.keys().next().value}/20261101/us-east-1/iam/aws4_request, SignedHeaders=host;constructor;__proto__, Signature=00`,
        'AWSOrganizationsV20161128.__proto__',
        'application/json',
        '20261101T000000Z',
      ),
    )
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
      path: fc.webPath(),
      headers: fc.dictionary(header, value),
      body: fc.string({ maxLength: 200 }),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, headers, body }) => {
        const init = { method, headers, ...(method !== 'GET' && { body }) }
        const response = await fetch(`${stand.sandbox.endpoint}/${path.replace(/^\/+/, '')}`, init)
        expect(response.status).toBeGreaterThanOrEqual(400)
        expect(response.status).toBeLessThan(500)
        await response.arrayBuffer()
      }),
      { numRuns: 150 },
    )
    expect(failures).toEqual([])
    await stillServes()
  })

  it('clients that hang up before the answer comes', async () => {
    stand.sandbox.setFaults(['delay:iam:ListUsers:ms=60'])
    const { iam } = clientsOf(stand.sandbox)
    const calls = Array.from({ length: 10 }, (_, i) => {
      const abort = new AbortController()
      setTimeout(() => abort.abort(), i * 8)
      return iam.send(new ListUsersCommand({}), { abortSignal: abort.signal }).catch(() => 'gone')
    })
    await Promise.all(calls)
    await new Promise((resolve) => setTimeout(resolve, 150))
    stand.sandbox.setFaults([])
    await stillServes()
  })

  it('a body over the limit', async () => {
    const response = await fetch(stand.sandbox.endpoint, { method: 'POST', body: 'x'.repeat(1_500_000) })
    expect(response.status).toBe(413)
    await expect(fetch(stand.sandbox.endpoint, { method: 'POST', body: 'x'.repeat(9_000_000) })).rejects.toThrow()
    await stillServes()
  })
})

describe('signed requests with hostile parameters', () => {
  async function send(
    service: (typeof SERVICES)[number],
    action: string,
    body: string,
    target = service.targetPrefixes[0],
  ) {
    const signer = new SignatureV4({
      credentials: stand.sandbox,
      region: 'us-east-1',
      service: service.name,
      sha256: Sha256Node as never,
    })
    const headers: Record<string, string> = { host: `127.0.0.1:${stand.sandbox.port}` }
    if (target) headers['x-amz-target'] = `${target}.${action}`
    const request = await signer.sign(new HttpRequest({ method: 'POST', path: '/', headers, body }))
    const { host: _, ...sent } = request.headers
    const response = await fetch(stand.sandbox.endpoint, { method: 'POST', headers: sent, body })
    return { status: response.status, text: await response.text() }
  }

  const names = fc.constantFrom(
    'anna',
    'nobody',
    '',
    '__proto__',
    'constructor',
    '../..',
    'a'.repeat(5000),
    '\u0000\ufffe',
    '漢字 <&>',
    '-1',
    'true',
    '1e309',
  )
  const strange = fc.oneof(names, fc.string({ unit: 'binary', maxLength: 40 }))

  /** What could be meant by a member, so that the fuzzing gets past the first check. */
  const plausible: Record<string, string[]> = {
    UserName: ['anna', 'bert', 'sandbox-administrator'],
    GroupName: ['group'],
    RoleName: ['role'],
    InstanceProfileName: ['profile'],
    PolicyName: ['inline'],
    PolicyArn: ['arn:aws:iam::111122223333:policy/own', 'arn:aws:iam::aws:policy/AdministratorAccess'],
    PermissionsBoundary: ['arn:aws:iam::111122223333:policy/own'],
    PolicyDocument: [JSON.stringify(ALLOW_ALL), '{"Statement":[]}', 'null', '[]'],
    AssumeRolePolicyDocument: [
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}',
      '{"Statement":7}',
    ],
    RoleArn: ['arn:aws:iam::111122223333:role/role', 'arn:aws:iam::111122223333:role/'],
    RoleSessionName: ['session'],
    Name: ['main', 'name'],
    TrailName: ['main'],
    Status: ['Active', 'Inactive'],
    VersionId: ['v1', 'v2'],
    Marker: [Buffer.from('{"after":"a"}').toString('base64'), Buffer.from('{"after":{}}').toString('base64'), '!'],
    NextToken: [Buffer.from('{"after":"a"}').toString('base64'), 'x'],
    MaxItems: ['1', '1000', '1.5', '-0'],
    Path: ['/', '/a/'],
    PathPrefix: ['/'],
    ServiceName: ['codecommit.amazonaws.com', 'bedrock.amazonaws.com'],
    Url: ['https://idp.example.com/x'],
    OpenIDConnectProviderArn: ['arn:aws:iam::111122223333:oidc-provider/idp.example.com/x'],
    SerialNumber: ['arn:aws:iam::111122223333:mfa/spare', 'GAHT12345678'],
    VirtualMFADeviceName: ['spare'],
    Password: ['Correct-Horse-7'],
    ParentId: [world.organization!.rootId],
    Type: ['SERVICE_CONTROL_POLICY', 'ACCOUNT'],
    Filter: ['SERVICE_CONTROL_POLICY', 'User'],
    PolicyType: ['SERVICE_CONTROL_POLICY', 'TAG_POLICY'],
    Content: [JSON.stringify(ALLOW_ALL)],
    TargetId: ['111122223333'],
    AccountId: ['111122223333'],
    PolicyId: ['p-FullAWSAccess'],
    S3BucketName: ['bucket'],
    InstanceId: [...account.regions.get('us-east-1')!.instances.keys()],
  }
  const valueFor = (name: string) =>
    Object.hasOwn(plausible, name)
      ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...plausible[name]!) }, { weight: 1, arbitrary: strange })
      : strange

  it('every operation of the query protocols', async () => {
    stand.sandbox.resetCalls()
    for (const service of SERVICES.filter(({ model }) => model.protocol.endsWith('Query'))) {
      const { handlers, client } = await service.load()
      for (const action of Object.keys(handlers)) {
        const { members, required } = inputMembers(client, action)
        const needed = fc.tuple(...required.map((name) => fc.tuple(fc.constant(name), fc.constant(''), valueFor(name))))
        const named = fc
          .constantFrom(...members, 'Foo')
          .chain((name) => fc.tuple(fc.constant(name), fc.constant(''), valueFor(name)))
        const odd = fc.tuple(
          fc.constantFrom(...members, 'Foo'),
          fc.constantFrom(
            '',
            '.member.1',
            '.1',
            '.member.1.Key',
            '.1.Name',
            '.1.Values.1',
            '.Name',
            '.entry.1.key',
            '.member.x',
            '.member.1.member.1.member.1',
          ),
          strange,
        )
        const parameters = fc.tuple(needed, fc.array(fc.oneof(named, odd), { maxLength: 4 })).map((both) => both.flat())
        await fc.assert(
          fc.asyncProperty(parameters, async (chosen) => {
            const form = new URLSearchParams({ Action: action, Version: service.model.version })
            for (const [name, suffix, value] of chosen)
              form.append(name + suffix, value.replaceAll(/\p{Surrogate}/gu, ''))
            const { status, text } = await send(service, action, form.toString())
            expect(status, `${action} ${form}: ${text}`).toBeLessThan(500)
            expect(text).not.toMatch(/\bat .*\.ts:\d+/)
          }),
          { numRuns: 6 },
        )
      }
    }
    expect(failures).toEqual([])
    const codes = new Set(stand.sandbox.calls().records.map(({ errorCode }) => errorCode))
    expect(SIGNATURE.filter((code) => codes.has(code))).toEqual([])
    expect(codes.has(null)).toBe(true)
    await stillServes()
  })

  it('every operation of the JSON protocols', async () => {
    stand.sandbox.resetCalls()
    for (const service of SERVICES.filter(({ model }) => model.protocol.startsWith('awsJson'))) {
      const { handlers, client } = await service.load()
      for (const action of Object.keys(handlers)) {
        const { members, required } = inputMembers(client, action)
        const needed = fc.record(Object.fromEntries(required.map((name) => [name, valueFor(name)])))
        const anything = fc.oneof(strange, fc.jsonValue({ maxDepth: 3 }))
        const bodies = fc.oneof(
          {
            weight: 4,
            arbitrary: fc
              .tuple(needed, fc.dictionary(fc.constantFrom(...members, 'Foo', '__proto__'), anything, { maxKeys: 3 }))
              .map(([a, b]) => JSON.stringify({ ...b, ...a })),
          },
          { weight: 1, arbitrary: fc.constantFrom('{', 'null', '[]', '3', '"x"', '[[[[[[[['.repeat(500)) },
        )
        await fc.assert(
          fc.asyncProperty(bodies, async (body) => {
            const { status, text } = await send(service, action, body)
            expect(status, `${action} ${body}: ${text}`).toBeLessThan(500)
            expect(() => JSON.parse(text === '' ? '{}' : text)).not.toThrow()
          }),
          { numRuns: 6 },
        )
      }
    }
    expect(failures).toEqual([])
    const codes = new Set(stand.sandbox.calls().records.map(({ errorCode }) => errorCode))
    expect(SIGNATURE.filter((code) => codes.has(code))).toEqual([])
    expect(codes.has(null)).toBe(true)
    await stillServes()
  })

  it('operations named like members of every object', async () => {
    for (const service of SERVICES)
      for (const action of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '']) {
        const { status } = await send(service, action, `Action=${action}&Version=${service.model.version}`)
        expect(status).toBeGreaterThanOrEqual(400)
        // S3 says of what it does not have that it is not implemented
        if (service.name === 's3' && status === 501) continue
        expect(status).toBeLessThan(500)
      }
    expect(failures).toEqual([])
  })
})

function inputMembers(client: object, action: string): { members: string[]; required: string[] } {
  const operation = (client as Record<string, unknown>)[`${action}$`] as unknown[]
  const schema = NormalizedSchema.of(operation[4] as never)
  if (!schema.isStructSchema()) return { members: [], required: [] }
  return { members: [...schema.structIterator()].map(([name]) => name), required: requiredMembers(schema) }
}

describe('faults over the wire', () => {
  const list = () => clientsOf(stand.sandbox).iam.send(new ListUsersCommand({}))

  it.each([
    ['deny:iam:ListUsers', 'AccessDenied', 403],
    ['throttle:iam:*', 'Throttling', 400],
    ['error:iam:*', 'ServiceFailureException', 500],
  ])('%s', async (rule, name, httpStatusCode) => {
    stand.sandbox.setFaults([rule])
    await expect(list()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } })
    stand.sandbox.setFaults([])
    await list()
  })

  it.each(['cut:iam:ListUsers', 'truncate:iam:ListUsers', 'cut:iam:ListUsers:when=after'])('%s', async (rule) => {
    stand.sandbox.setFaults([rule])
    await expect(list()).rejects.toThrow()
    stand.sandbox.setFaults([])
    await list()
  })

  it('a call cut after it took effect did take effect, one cut before did not', async () => {
    const { CreateUserCommand } = await import('@aws-sdk/client-iam')
    const create = (UserName: string) => clientsOf(stand.sandbox).iam.send(new CreateUserCommand({ UserName }))
    stand.sandbox.setFaults(['cut:iam:CreateUser:when=after:times=1', 'cut:iam:CreateUser'])
    await expect(create('after')).rejects.toThrow()
    await expect(create('before')).rejects.toThrow()
    stand.sandbox.setFaults([])
    expect([account.users.has('after'), account.users.has('before')]).toEqual([true, false])
  })

  it('the SDK’s own retries get past a throttle that ends', async () => {
    const { IAMClient } = await import('@aws-sdk/client-iam')
    const { endpoint, region, accessKeyId, secretAccessKey } = stand.sandbox
    const patient = new IAMClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 3 })
    stand.sandbox.setFaults(['throttle:iam:ListUsers:times=1', 'delay:iam:ListUsers:ms=30'])
    stand.sandbox.resetCalls()
    expect((await patient.send(new ListUsersCommand({}))).Users?.length).toBeGreaterThan(0)
    expect(stand.sandbox.calls().counts).toEqual({ 'iam:ListUsers': 2 })
    stand.sandbox.setFaults([])
  })
})

describe('the server', () => {
  it('refuses to listen on anything but loopback unless told', async () => {
    await expect(startSandbox({ world: smallWorld().world, host: '0.0.0.0' })).rejects.toThrow('loopback only')
    await expect(startSandbox({ world: smallWorld().world, host: 'example.com' })).rejects.toThrow('loopback only')
    const open = await startSandbox({ world: smallWorld().world, host: '0.0.0.0', allowRemote: true })
    await open.close()
  })

  it('a port that is taken is an error, not a crash', async () => {
    const { world: other } = smallWorld()
    await expect(startSandbox({ world: other, port: stand.sandbox.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('closes while clients keep their connections open', async () => {
    const { sandbox, iam } = await start({ world: smallWorld().world })
    await iam.send(new ListUsersCommand({}))
    const before = performance.now()
    await sandbox.close()
    expect(performance.now() - before).toBeLessThan(2000)
    await expect(iam.send(new ListUsersCommand({}))).rejects.toThrow()
  })

  it('reading ten thousand users page by page takes time in proportion to their number', async () => {
    const time = async (count: number) => {
      const { world: big, account: owner } = smallWorld()
      for (let i = 0; i < count; i++) addUser(big, owner, `user-${i}`)
      const { sandbox, iam } = await start({ world: big })
      let seen = 0
      await iam.send(new ListUsersCommand({}))
      const before = performance.now()
      for await (const { Users } of paginateListUsers({ client: iam, pageSize: 100 }, {})) seen += Users!.length
      const took = performance.now() - before
      await sandbox.close()
      expect(seen).toBe(count + 1)
      return took
    }
    await time(500)
    const [small, large] = [await time(1000), await time(10_000)]
    expect(large).toBeLessThan(small * 40 + 500)
  })
})
