import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { download } from './download.ts'
import { failureOf } from './failure.ts'
import { createRequestHandler } from './proxy.ts'
import { openSession } from './session.ts'

const SIGNATURE = 'X-Amz-Signature=CANARY&X-Amz-Security-Token=a%2Bb%3D'
const seen: string[] = []

/** Answers by path: how a store can fail. */
const server = http.createServer((request, response) => {
  seen.push(request.url ?? '')
  const [path] = (request.url ?? '').split('?')
  if (path === '/gone') return void response.writeHead(403).end('<Error>CANARY</Error>')
  if (path === '/moved') return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  if (path === '/short') {
    response.writeHead(200, { 'content-length': 100 })
    return void response.write('half', () => response.destroy())
  }
  if (path === '/slow') return void response.writeHead(200).write('a little')
  if (path === '/unannounced') {
    response.writeHead(200)
    for (let i = 0; i < 20; i++) response.write(Buffer.alloc(1000))
    return void response.end()
  }
  response.end(Buffer.alloc(5000, 7))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const handler = await createRequestHandler({}, undefined)
afterAll(() => {
  handler.destroy()
  server.closeAllConnections()
  server.close()
})

const get = (address: string, more: { endpoint?: string | undefined; maxBytes?: number; idleMs?: number } = {}) =>
  download(handler, address, { endpoint, maxBytes: 10_000, signal: undefined, ...more })

async function failure(address: string, more: Parameters<typeof get>[1] = {}) {
  const thrown = await get(address, more).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(Error)
  expect(inspect(thrown, { depth: 10, showHidden: true })).not.toContain('CANARY')
  return failureOf(thrown)
}

describe('a download', () => {
  it('gives the bytes, and asks for the address as it was signed', async () => {
    expect(await get(`${endpoint}/code.zip?${SIGNATURE}`)).toEqual(Buffer.alloc(5000, 7))
    expect(seen.at(-1)).toBe(`/code.zip?${SIGNATURE}`)
  })

  it('stops at its bound, announced or not', async () => {
    expect((await failure(`${endpoint}/code.zip`, { maxBytes: 4999 })).code).toBe('TooLarge')
    expect((await failure(`${endpoint}/unannounced`)).code).toBe('TooLarge')
    expect(await get(`${endpoint}/code.zip`, { maxBytes: 5000 })).toHaveLength(5000)
  })

  it('asks hosts of AWS and the own endpoint only', async () => {
    const before = seen.length
    for (const address of [
      `http://127.0.0.1:1/?${SIGNATURE}`,
      `${endpoint.replace('127.0.0.1', 'user:CANARY@127.0.0.1')}/`,
      'https://s3.amazonaws.com.example.org/CANARY',
      'http://awslambda.s3.eu-west-1.amazonaws.com/CANARY',
      'https://evilamazonaws.com/CANARY',
      'file:///etc/passwd',
      'CANARY',
    ])
      expect((await failure(address)).code, address).toBe('ForeignAddress')
    expect((await failure(`${endpoint}/code.zip`, { endpoint: undefined })).code).toBe('ForeignAddress')
    expect(seen).toHaveLength(before)
  })

  it('says what the store refused, follows nothing, and never quotes the address', async () => {
    expect((await failure(`${endpoint}/gone?${SIGNATURE}`)).kind).toBe('denied')
    expect((await failure(`${endpoint}/moved?${SIGNATURE}`)).kind).not.toBe('denied')
    expect((await failure(`${endpoint}/short?${SIGNATURE}`)).kind).toBe('network')
  })

  it('gives up on a store that falls silent', async () => {
    expect((await failure(`${endpoint}/slow`, { idleMs: 50 })).kind).toBe('network')
  })

  it('ends when the session is interrupted', async () => {
    const controller = new AbortController()
    const session = await openSession({
      endpointUrl: endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAEXAMPLE000000001', secretAccessKey: 'CANARY' },
      userAgent: 'keyreeve/1.2.3',
      abortSignal: controller.signal,
    })
    expect(await session.download('lambda', `${endpoint}/code.zip`, { maxBytes: 5000 })).toHaveLength(5000)
    const slow = session.download('lambda', `${endpoint}/slow`, { maxBytes: 5000 })
    setTimeout(() => controller.abort(), 20)
    await expect(slow).rejects.toMatchObject({ name: 'AbortError' })
    session.close()
  })
})
