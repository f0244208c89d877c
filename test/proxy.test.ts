/** Behind a proxy that looks into TLS, as companies have them: AWS and GitHub are reached by it alike, or not at all. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sodium from 'libsodium-wrappers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { openSession } from '../src/aws/session.ts'
import { parseDestination } from '../src/fix/deliver/parse.ts'

const HOSTS = ['iam.aws.test', 'github.test']
const KEY = { accessKeyId: 'AKIANEWNEWNEWNEWNEW0', secretAccessKey: 'new/secret+0123456789abcdefghijklmnopqrs' }

let folder: string
let service: https.Server
let proxy: http.Server
let asked: string[]
let tunnels: string[]
const open = new Set<Socket>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyreeve-proxy-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = `subjectAltName=${HOSTS.map((host) => `DNS:${host}`).join()}`
  const self = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...self, '-subj', '/CN=proxy', '-addext', names, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  await sodium.ready
  const { publicKey } = sodium.crypto_box_keypair()
  service = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (request, response) => {
    request.resume()
    asked.push(`${request.method} ${request.headers.host}${request.url}`)
    if (request.headers.host === 'github.test')
      return response.end(JSON.stringify({ key_id: 'k', key: Buffer.from(publicKey).toString('base64') }))
    response.end(
      '<GetUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetUserResult><User><UserName>ana</UserName></User></GetUserResult></GetUserResponse>',
    )
  })
  proxy = http.createServer()
  proxy.on('connect', (request, socket: Socket) => {
    tunnels.push(request.url ?? '')
    const through = connect((service.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      through.pipe(socket).pipe(through)
    })
    for (const end of [socket, through]) {
      open.add(end)
      end.on('error', () => undefined)
    }
  })
  for (const server of [service, proxy])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
})
afterAll(() => {
  for (const socket of open) socket.destroy()
  service.close()
  proxy.close()
})
beforeEach(() => {
  asked = []
  tunnels = []
  for (const name of Object.keys(process.env))
    if (/^AWS_|_PROXY$/i.test(name)) vi.stubEnv(name, undefined as unknown as string)
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
  vi.stubEnv('AWS_CA_BUNDLE', join(folder, 'cert.pem'))
  vi.stubEnv('GITHUB_TOKEN', 'canary')
  vi.stubEnv('GITHUB_API_URL', 'https://github.test')
})
afterEach(() => vi.unstubAllEnvs())

async function callAws(): Promise<unknown> {
  const session = await openSession({
    endpointUrl: 'https://iam.aws.test',
    region: 'us-east-1',
    credentials: KEY,
    userAgent: 'keyreeve-test/0',
    maxAttempts: 1,
  })
  try {
    return (await session.call('iam', 'GetUser', { UserName: 'ana' })).User
  } finally {
    session.close()
  }
}

async function callGithub(): Promise<unknown> {
  const aws = { call: () => Promise.reject(new Error('no AWS here')), failureOf: () => never(), sleep: async () => {} }
  const to = parseDestination('github:acme/shop:AWS')({ aws: aws as never, env: process.env })
  const delivery = { key: KEY, userName: 'bot', accountId: '111122223333', previousKeyId: 'AKIAOLDOLDOLDOLDOLD0' }
  return to.deliver(delivery, await to.look(), () => undefined)
}

function never(): never {
  throw new Error('no AWS here')
}

it('both are called by the proxy', async () => {
  expect(await callAws()).toMatchObject({ UserName: 'ana' })
  expect(await callGithub()).toBe('accepted')
  expect(new Set(tunnels)).toEqual(new Set(['iam.aws.test:443', 'github.test:443']))
  expect(asked).toContain('POST iam.aws.test/')
  expect(asked).toContain('PUT github.test/repos/acme/shop/actions/secrets/AWS_SECRET_ACCESS_KEY')
})

it('neither is, where NO_PROXY says so', async () => {
  vi.stubEnv('NO_PROXY', '.test')
  await expect(callAws()).rejects.toThrow()
  await expect(callGithub()).rejects.toThrow('GitHub cannot be reached')
  expect(tunnels).toEqual([])
})

it('an address of a proxy that is none is said, without what is in it', async () => {
  vi.stubEnv('HTTPS_PROXY', 'socks5://user:CANARY@host:1')
  const error = await callGithub().catch((reason: unknown) => String(reason))
  expect(error).toContain('`HTTPS_PROXY` is no address of an HTTP proxy')
  expect(error).not.toContain('CANARY')
})
