import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import { scanHost } from '../../src/scan/sources/host.ts'
import { HOME_PATHS, SYSTEM_PATHS } from '../../src/scan/sources/host-paths.ts'
import { plantedPair, seeded } from './generate.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-host-'))
afterAll(() => rmSync(folder, { recursive: true }))

const random = seeded(23)
const scanner = createScanner({ fingerprintKey: new Uint8Array(32) })
const collecting = () => createLeakCollector(scanner)
let made = 0

/** A folder that stands for a machine's disk. */
function disk(files: Record<string, string>): string {
  const root = join(folder, `disk${made++}`)
  mkdirSync(root)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

const inFile = ({ id, secret }: { id: string; secret: string }) =>
  `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`

it('a key in each of the places is found, in the homes of all users', async () => {
  const files: Record<string, string> = { 'etc/passwd': 'a:x:1:1::/home/a:/bin/sh\nb:x:2:2::/srv/b:/bin/sh\n' }
  const planted = new Map<string, string>()
  const plant = (path: string) => {
    const pair = plantedPair(random)
    const file = path.replace('*', 'any').replace(/\/$/, '/in/it.conf')
    files[file] = inFile(pair)
    planted.set(pair.id, file)
  }
  for (const path of HOME_PATHS) plant(`home/a/${path}`)
  for (const path of SYSTEM_PATHS) plant(path)
  plant('srv/b/.aws/credentials')
  plant('root/.aws/cli/cache/0123.json')
  plant('root/.aws/sso/cache/0123.json')
  const root = disk(files)
  const found = collecting()
  const summary = await scanHost(found, { scanner, root })
  const places = new Map(found.leaks().map(({ accessKeyId, places }) => [accessKeyId, places[0]!.path]))
  expect([...planted].filter(([id, file]) => places.get(id) !== join(root, file))).toEqual([])
  expect(found.leaks().every(({ evidence }) => evidence === 'pair')).toBe(true)
  expect(found.skipped).toEqual([])
  expect(summary.homes).toEqual(['home/a', 'root', 'srv/b'].map((home) => join(root, home)))
  expect(summary).toMatchObject({ processes: 0, instanceRole: null })
})

it('what is not there is no skip, what may not be read is one, and links are followed once', async () => {
  const pair = plantedPair(random)
  const root = disk({ 'home/a/dotfiles/credentials': inFile(pair), 'home/a/.config/x': '' })
  mkdirSync(join(root, 'home/a/.aws'))
  symlinkSync('dotfiles/credentials', join(root, 'home/a/.boto'))
  symlinkSync('.aws', join(root, 'home/a/.aws/loop'))
  const found = collecting()
  await scanHost(found, { scanner, root })
  expect(found.leaks()).toMatchObject([{ accessKeyId: pair.id, places: [{ path: join(root, 'home/a/.boto') }] }])
  expect(found.skipped).toEqual([])
  if (process.getuid?.() === 0) return
  chmodSync(join(root, 'home/a/.aws'), 0)
  await scanHost(found, { scanner, root })
  expect(found.skipped).toEqual([{ what: join(root, 'home/a/.aws'), why: 'permission denied' }])
})

it('a key in the environment of a process is placed in its variable, with its secret', async () => {
  const [first, second, third] = [plantedPair(random), plantedPair(random), plantedPair(random)]
  const proc = disk({
    '12/comm': 'worker\n',
    '12/environ': `PATH=/bin\0AWS_ACCESS_KEY_ID=${first.id}\0AWS_SECRET_ACCESS_KEY=${first.secret}\0HOME=/\0`,
    '12/cmdline': 'worker\0--serve\0',
    '13/comm': '\x1b[2Jevil\n',
    '13/environ': `CONFIG={\n"accessKeyId": "${second.id}",\n"secretAccessKey": "${second.secret}"}\0`,
    '13/cmdline': '',
    '14/comm': 'backup\n',
    '14/environ': '',
    '14/cmdline': `backup\0--key\0${third.id}\0--secret\0${third.secret}\0`,
    '15/comm': 'ended\n',
    'self/environ': `K=${plantedPair(random).id}\0`,
  })
  const found = collecting()
  const summary = await scanHost(found, { scanner, root: disk({}), proc })
  expect(summary.processes).toBe(4)
  const leaks = new Map(found.leaks().map((leak) => [leak.accessKeyId, leak]))
  expect([...leaks.keys()].sort()).toEqual([first.id, second.id, third.id].sort())
  expect(leaks.get(first.id)).toMatchObject({
    evidence: 'pair',
    places: [{ kind: 'environment', path: 'process 12 (worker)', member: 'AWS_ACCESS_KEY_ID', line: 1 }],
  })
  expect(leaks.get(second.id)!.places).toMatchObject([{ path: 'process 13 (\x1b[2Jevil)', member: 'CONFIG', line: 2 }])
  expect(leaks.get(third.id)!.places).toMatchObject([{ path: 'process 14 (backup)', member: 'command line' }])
  for (const { secret } of [first, second, third])
    expect(JSON.stringify([found.leaks(), summary])).not.toContain(secret)
})

it.skipIf(process.platform !== 'linux')('a real process is seen', async () => {
  const pair = plantedPair(random)
  const env = { ...process.env, AWS_ACCESS_KEY_ID: pair.id, AWS_SECRET_ACCESS_KEY: pair.secret }
  const child = execFile('sleep', ['30'], { env })
  try {
    await once(child, 'spawn')
    const found = collecting()
    await scanHost(found, { scanner, root: disk({}), proc: '/proc' })
    const leak = found.leaks().find(({ accessKeyId }) => accessKeyId === pair.id)
    expect(leak).toMatchObject({ evidence: 'pair', places: [{ path: `process ${child.pid} (sleep)` }] })
  } finally {
    child.kill()
  }
})

it('where processes cannot be seen, it says so', async () => {
  const found = collecting()
  await scanHost(found, { scanner, homes: [], platform: 'darwin', metadataEndpoint: null, walk: () => {} })
  expect(found.skipped).toEqual([{ what: 'environment of processes', why: 'not supported on darwin' }])
})

async function withMetadata<T>(answer: RequestListener, use: (endpoint: string) => Promise<T>): Promise<T> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const roleAt = async (metadataEndpoint: string) => {
  const found = collecting()
  const { instanceRole } = await scanHost(found, { scanner, root: disk({}), metadataEndpoint })
  return { instanceRole, skipped: found.skipped }
}

it('an instance with a role says its name, and its credentials are never asked for', async () => {
  const asked: string[] = []
  const answer: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.method === 'PUT') {
      response.statusCode = request.headers['x-aws-ec2-metadata-token-ttl-seconds'] ? 200 : 400
      response.end('made-up-token')
    } else {
      response.statusCode = request.headers['x-aws-ec2-metadata-token'] === 'made-up-token' ? 200 : 401
      response.end('backup-role')
    }
  }
  const { instanceRole } = await withMetadata(answer, roleAt)
  expect(instanceRole).toEqual({ status: 'role', name: 'backup-role' })
  expect(asked).toEqual(['PUT /latest/api/token', 'GET /latest/meta-data/iam/security-credentials/'])
})

it('an instance without a role, one that refuses, one that is silent, one that answers nonsense', async () => {
  const status = (code: number, body = ''): RequestListener => {
    return (request, response) => {
      response.statusCode = request.method === 'PUT' ? 200 : code
      response.end(request.method === 'PUT' ? 't' : body)
    }
  }
  const noAnswer = { instanceRole: { status: 'no-answer' }, skipped: [{ what: 'instance metadata', why: 'no answer' }] }
  expect(await withMetadata(status(404), roleAt)).toEqual({ instanceRole: { status: 'none' }, skipped: [] })
  expect(await withMetadata(status(500), roleAt)).toEqual(noAnswer)
  expect(await withMetadata(() => {}, roleAt)).toEqual(noAnswer)
  expect(await withMetadata(status(200, '<html>\x1b[2J'), roleAt)).toEqual(noAnswer)
  expect(await withMetadata(status(200, 'x'.repeat(1 << 20)), roleAt)).toEqual(noAnswer)
})
