import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KeyreeveError } from '../model/errors.ts'
import { failureOf } from './failure.ts'
import { type AwsOptions, openSession } from './session.ts'

interface Seen {
  url: string
  host: string
  body: string
  userAgent: string
  authorization: string
}

type Reply = { status?: number; body: string } | 'cut'

const servers: http.Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

/** An endpoint on this machine that answers by a function. */
async function endpoint(reply: (seen: Seen, nth: number) => Reply) {
  const seen: Seen[] = []
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { host = '', authorization = '', 'user-agent': userAgent = '' } = request.headers
    seen.push({
      url: request.url ?? '',
      host,
      body,
      userAgent: `${userAgent} ${request.headers['x-amz-user-agent'] ?? ''}`,
      authorization,
    })
    const answer = reply(seen.at(-1)!, seen.length)
    if (answer === 'cut') return void response.destroy()
    response.writeHead(answer.status ?? 200, { 'content-type': 'text/xml' })
    response.end(answer.body)
  })
  // A proxy is asked for a tunnel first; what then comes through it, it answers itself.
  const tunnels: string[] = []
  server.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '')
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    server.emit('connection', socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, tunnels }
}

const IDENTITY: Reply = {
  body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
    <Arn>arn:aws:iam::111122223333:user/ana</Arn><UserId>AIDA</UserId><Account>111122223333</Account>
  </GetCallerIdentityResult></GetCallerIdentityResponse>`,
}
const error = (code: string, status = 400, message = 'CANARY'): Reply => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
})

const home = mkdtempSync(join(tmpdir(), 'keyreeve-session-'))
afterAll(() => rmSync(home, { recursive: true }))

const KEYS = { accessKeyId: 'AKIAEXAMPLE000000001', secretAccessKey: 'CANARY-secret' }

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^AWS_|_PROXY$/i.test(name)) vi.stubEnv(name, undefined as unknown as string)
  }
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('HOME', home)
})
afterEach(() => vi.unstubAllEnvs())

/** The shared files of this test; the SDK remembers files by name, so each test has its own. */
let number = 0
function shared({ config = '', credentials = '' }: { config?: string; credentials?: string }): void {
  const folder = join(home, String(number++))
  mkdirSync(folder)
  writeFileSync(join(folder, 'config'), config)
  writeFileSync(join(folder, 'credentials'), credentials)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
}

const open = (options: Partial<AwsOptions>) => openSession({ userAgent: 'keyreeve/1.2.3', ...options })

/** What `GetCallerIdentity` fails with; nothing of it may hold the canary. */
async function failure(options: Partial<AwsOptions>): Promise<KeyreeveError> {
  const thrown = await open(options)
    .then((session) => session.call('sts', 'GetCallerIdentity', {}))
    .catch((caught: unknown) => caught)
  expect(thrown).toBeInstanceOf(KeyreeveError)
  expect(inspect(thrown, { depth: 10, showHidden: true })).not.toContain('CANARY')
  const { message } = thrown as KeyreeveError
  expect(message).not.toContain('\n')
  return thrown as KeyreeveError
}

describe('a session', () => {
  it('calls with the credentials, the region and our user agent, and counts', async () => {
    const { url, seen } = await endpoint(() => IDENTITY)
    const session = await open({ endpointUrl: url, credentials: KEYS, region: 'eu-west-1' })
    expect(await session.call('sts', 'GetCallerIdentity', {})).toMatchObject({ Account: '111122223333' })
    expect(seen[0]!.userAgent).toContain('keyreeve/1.2.3')
    expect(seen[0]!.authorization).toContain('AKIAEXAMPLE000000001/')
    expect(seen[0]!.authorization).toContain('/eu-west-1/sts/')
    expect([...session.calls]).toEqual([['sts:GetCallerIdentity', 1]])
    expect(session).toMatchObject({ region: 'eu-west-1', partition: 'aws' })
    session.close()
  })

  it('takes the endpoint of the environment, and the flag goes before it', async () => {
    const [one, other] = [await endpoint(() => IDENTITY), await endpoint(() => IDENTITY)]
    vi.stubEnv('AWS_ENDPOINT_URL', one.url)
    await (await open({ credentials: KEYS })).call('sts', 'GetCallerIdentity', {})
    await (await open({ credentials: KEYS, endpointUrl: other.url })).call('sts', 'GetCallerIdentity', {})
    expect([one.seen.length, other.seen.length]).toEqual([1, 1])
  })

  it('tries again when it is throttled, slower and slower', async () => {
    const { url, seen } = await endpoint((_, nth) => (nth <= 3 ? error('Throttling') : IDENTITY))
    const onThrottled = vi.fn()
    const session = await open({ endpointUrl: url, credentials: KEYS, onThrottled })
    await session.call('sts', 'GetCallerIdentity', {})
    expect(seen).toHaveLength(4)
    expect(session.calls.get('sts:GetCallerIdentity')).toBe(4)
    expect(onThrottled.mock.calls).toEqual([['sts'], ['sts'], ['sts']])
  })

  it('tries a broken call three times and no more', async () => {
    const { url, seen } = await endpoint((_, nth) => (nth % 2 ? 'cut' : { status: 500, body: '<html>CANARY</html>' }))
    const session = await open({ endpointUrl: url, credentials: KEYS })
    const thrown = await session.call('sts', 'GetCallerIdentity', {}).catch((caught: unknown) => caught)
    expect(failureOf(thrown).kind).toBe('network')
    expect(seen).toHaveLength(3)
  })

  it('keeps to its budget, also on this machine when it is told to', async () => {
    const { url } = await endpoint(() => IDENTITY)
    const session = await open({ endpointUrl: url, credentials: KEYS, maxRps: 10 })
    const started = performance.now()
    await Promise.all(Array.from({ length: 15 }, () => session.call('sts', 'GetCallerIdentity', {})))
    expect(performance.now() - started).toBeGreaterThan(450)
  })

  it('stops at once when it is interrupted, also while the SDK waits for its next try', async () => {
    const stop = new AbortController()
    const { url } = await endpoint(() => {
      setTimeout(() => stop.abort(), 50)
      return error('Throttling')
    })
    const session = await open({ endpointUrl: url, credentials: KEYS, abortSignal: stop.signal })
    const started = performance.now()
    const thrown = await session.call('sts', 'GetCallerIdentity', {}).catch((caught: unknown) => caught)
    expect(failureOf(thrown).kind).toBe('aborted')
    // all tries together wait for half a minute
    expect(performance.now() - started).toBeLessThan(8_000)
  })

  it('assumes the role first, with the external ID and an MFA code that is asked for once', async () => {
    const { url, seen } = await endpoint(({ body }) => (body.includes('AssumeRole') ? ASSUMED : IDENTITY))
    let asked = 0
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE000000001')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'CANARY-secret')
    const session = await open({
      endpointUrl: url,
      roleArn: 'arn:aws:iam::444455556666:role/audit',
      externalId: 'ext-1',
      mfaSerial: 'arn:aws:iam::111122223333:mfa/ana',
      mfaToken: async () => String(++asked).padStart(6, '0'),
    })
    await Promise.all(
      ['us-east-1', 'eu-west-1', 'eu-west-2'].map((region) => session.call('sts', 'GetCallerIdentity', {}, { region })),
    )
    expect(asked).toBe(1)
    const assumed = seen.filter(({ body }) => body.includes('AssumeRole'))
    expect(assumed).toHaveLength(1)
    expect(assumed[0]!.body).toContain('ExternalId=ext-1')
    expect(assumed[0]!.body).toContain('TokenCode=000001')
    expect(seen.filter(({ authorization }) => authorization.includes('ASIAEXAMPLE'))).toHaveLength(3)

    const other = await session.withRole('arn:aws:iam::777788889999:role/audit', { externalId: 'ext-2' })
    await other.call('sts', 'GetCallerIdentity', {})
    expect(seen.filter(({ body }) => body.includes('ExternalId=ext-2'))).toHaveLength(1)
    expect(other.calls.size).toBe(1)
  })

  it('goes through the proxy, also for the role, but not for this machine', async () => {
    const proxy = await endpoint(({ body }) => (body.includes('AssumeRole') ? ASSUMED : IDENTITY))
    vi.stubEnv('HTTP_PROXY', proxy.url)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE000000001')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'CANARY-secret')
    const session = await open({
      endpointUrl: 'http://aws.internal.example',
      roleArn: 'arn:aws:iam::444455556666:role/audit',
    })
    await session.call('sts', 'GetCallerIdentity', {})
    expect(new Set(proxy.tunnels)).toEqual(new Set(['aws.internal.example:80']))
    expect(proxy.seen.map(({ host }) => host)).toEqual(['aws.internal.example', 'aws.internal.example'])
    session.close()
    const local = await endpoint(() => IDENTITY)
    await (await open({ endpointUrl: local.url })).call('sts', 'GetCallerIdentity', {})
    expect([proxy.seen.length, local.seen.length]).toEqual([2, 1])
  })

  it('reads profiles: keys, region, endpoints', async () => {
    const { url, seen } = await endpoint(() => IDENTITY)
    shared({
      config: `[profile work]\nregion = eu-central-1\nendpoint_url = ${url}\n`,
      credentials: '[work]\naws_access_key_id = AKIAEXAMPLE000000007\naws_secret_access_key = CANARY-secret\n',
    })
    const session = await open({ profile: 'work' })
    await session.call('sts', 'GetCallerIdentity', {})
    expect(seen[0]!.authorization).toMatch(/AKIAEXAMPLE000000007\/\d+\/eu-central-1\/sts\//)
    shared({
      config: `[profile work]\nservices = local\nendpoint_url = http://127.0.0.1:1\n[services local]\nsts =\n  endpoint_url = ${url}\n`,
      credentials: '[work]\naws_access_key_id = AKIAEXAMPLE000000007\naws_secret_access_key = CANARY-secret\n',
    })
    await (await open({ profile: 'work' })).call('sts', 'GetCallerIdentity', {})
    expect(seen).toHaveLength(2)
  })
})

const ASSUMED: Reply = {
  body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIAEXAMPLE000000001</AccessKeyId><SecretAccessKey>CANARY-secret</SecretAccessKey>
    <SessionToken>CANARY-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`,
}

describe('what fails', () => {
  it('is one line without a secret when there are no credentials', async () => {
    shared({})
    expect(await failure({})).toMatchObject({ code: 'credentials', message: 'no AWS credentials were found' })
  })

  it('is the profile when there is none of that name: never another account instead', async () => {
    shared({ config: '[profile other]\nregion = eu-west-1\n' })
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE000000001')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'CANARY-secret')
    expect(await failure({ profile: 'wrok' })).toMatchObject({
      message: 'there is no profile `wrok` in the shared AWS configuration',
    })
    vi.stubEnv('AWS_PROFILE', 'gone')
    expect((await failure({})).message).toContain('`gone`')
    expect((await failure({ profile: 'CANARY\u001b[31m' })).message).toContain('(not a name)')
  })

  it('is the credential_process when it ends with an error, prints none or says something else', async () => {
    const commands = {
      fails: 'echo CANARY-out; echo CANARY-err >&2; exit 3',
      prints: 'echo "CANARY is not json {"',
      odd: 'echo "{\\"Version\\":2,\\"SecretAccessKey\\":\\"CANARY\\"}"',
    }
    for (const [name, command] of Object.entries(commands)) {
      const script = join(home, `CANARY-${name}.sh`)
      writeFileSync(script, `#!/bin/sh\n${command}\n`)
      chmodSync(script, 0o755)
      shared({ config: `[profile p]\ncredential_process = ${script} --password CANARY\n` })
      expect(await failure({ profile: 'p' }), name).toMatchObject({
        code: 'credentials',
        message: 'the credential_process of profile `p` failed',
      })
    }
  })

  it('is the single sign-on session when it has expired', async () => {
    shared({
      config:
        '[profile p]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://CANARY.example\nsso_registration_scopes = x\n',
    })
    expect(await failure({ profile: 'p' })).toMatchObject({
      message: 'the single sign-on session of profile `p` has expired or was never opened',
      hint: 'run `aws sso login --profile p`',
    })
  })

  it('is the file when it is broken, with nothing of what is in it', async () => {
    shared({ credentials: '[default\naws_secret_access_key CANARY\n= CANARY\n[profile "x]\n\u0000CANARY' })
    expect((await failure({})).code).toBe('credentials')
    shared({ credentials: '[default]\naws_access_key_id = CANARY\n' })
    expect((await failure({})).code).toBe('credentials')
  })

  it('is the role when AWS refuses it', async () => {
    const { url } = await endpoint(() => error('AccessDenied', 403))
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE000000001')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'CANARY-secret')
    expect(await failure({ endpointUrl: url, roleArn: 'arn:aws:iam::444455556666:role/audit' })).toMatchObject({
      message: 'the role `arn:aws:iam::444455556666:role/audit` could not be assumed (AccessDenied)',
    })
  })

  it('is the endpoint or the region when they are none', async () => {
    expect((await failure({ endpointUrl: 'https://user:CANARY@host' })).message).toBe(
      'the endpoint is no http or https address',
    )
    expect((await failure({ endpointUrl: 'ftp://CANARY' })).code).toBe('usage')
    expect((await failure({ region: 'us-east-1@CANARY.example' })).code).toBe('usage')
  })
})

it('imports nothing of the SDK but types before it is used', () => {
  for (const file of ['session.ts', 'credentials.ts', 'proxy.ts', 'retry.ts', 'budget.ts', 'failure.ts', 'region.ts']) {
    const source = readFileSync(new URL(file, import.meta.url), 'utf8')
    const imports = [...source.matchAll(/^import (?!type )[^\n]*from '(@aws-sdk|@smithy|hpagent)[^']*'/gm)]
    expect(
      imports.map(([line]) => line),
      file,
    ).toEqual([])
  }
})
