/** Destinations: what they change, what they leave alone, what they say, and that a secret goes nowhere else. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delivery, Destination, KeyPair } from '../../src/fix/deliver/destination.ts'
import { keyIn, withKey } from '../../src/fix/deliver/key-document.ts'
import { masked } from '../../src/fix/deliver/mask.ts'
import { parseDestination } from '../../src/fix/deliver/parse.ts'
import { withPair } from '../../src/fix/deliver/profile.ts'

const NEW: KeyPair = {
  accessKeyId: 'AKIANEWNEWNEWNEWNEW0',
  secretAccessKey: 'new/secret+0123456789abcdefghijklmnopqrs',
}
const OLD: KeyPair = {
  accessKeyId: 'AKIAOLDOLDOLDOLDOLD0',
  secretAccessKey: 'old/secret+0123456789abcdefghijklmnopqrs',
}
const DELIVERY: Delivery = { key: NEW, userName: 'bot', accountId: '111122223333', previousKeyId: OLD.accessKeyId }

let folder: string
let output: string
let env: Record<string, string>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyreeve-deliver-'))
  output = ''
  env = {}
})

function destination(uri: string): Destination {
  const aws = {
    call: () => Promise.reject(new Error('no AWS here')),
    failureOf: () => ({ kind: 'network' as const, code: 'none', detail: 'none' }),
    sleep: async () => {},
  }
  return parseDestination(uri)({ aws, env, onOutput: (text) => (output += text) })
}

async function deliver(uri: string) {
  const to = destination(uri)
  return to.deliver(DELIVERY, await to.look(), () => undefined)
}

/** What it throws, and that no secret is in it. */
async function problem(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (thrown: Error) => thrown,
  )
  if (!error) throw new Error('it was expected to fail')
  const text = `${error.message} ${JSON.stringify(error)} ${(error as { hint?: string }).hint}`
  for (const { secretAccessKey } of [NEW, OLD]) expect(text).not.toContain(secretAccessKey)
  return error.message
}

describe('a profile of a credentials file', () => {
  const TEXT = `# mine
[default]
aws_access_key_id=AKIADEFAULT000000000
aws_secret_access_key=untouched

[bot] ; the robot
  region = eu-west-1
aws_secret_access_key =   ${OLD.secretAccessKey}
aws_access_key_id = ${OLD.accessKeyId}
# the last line`
  const file = () => join(folder, 'credentials')
  const uri = () => `profile:bot@${file()}`

  it('has its two lines changed, and all else stays to the last byte', async () => {
    writeFileSync(file(), TEXT)
    chmodSync(file(), 0o600)
    expect(await deliver(uri())).toBe('read-back')
    const expected = TEXT.replace(OLD.accessKeyId, NEW.accessKeyId).replace(OLD.secretAccessKey, NEW.secretAccessKey)
    expect(readFileSync(file(), 'utf8')).toBe(expected)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['credentials'])
  })

  it('is read by who read it before', async () => {
    writeFileSync(file(), TEXT)
    chmodSync(file(), 0o640)
    // only root may give files to others
    const isRoot = process.getuid?.() === 0
    if (isRoot) chownSync(file(), 12_345, 23_456)
    const before = statSync(file())
    const to = destination(uri())
    const held = await to.look()
    await to.deliver(DELIVERY, held, () => undefined)
    const after = () => {
      const { mode, uid, gid } = statSync(file())
      return { mode, uid, gid }
    }
    const { mode, uid, gid } = before
    expect(after()).toEqual({ mode, uid, gid })
    await to.putBack(held, null)
    expect(after()).toEqual({ mode, uid, gid })
  })

  it('is put back, also where it had no key', async () => {
    for (const text of [TEXT, '[bot]\nregion = x', '[bot]', '[bot]\naws_access_key_id = half\nregion = x']) {
      writeFileSync(file(), text)
      const to = destination(uri())
      const held = await to.look()
      await to.deliver(DELIVERY, held, () => undefined)
      expect((await to.look()).pair).toEqual(NEW)
      await to.putBack(held, null)
      expect(readFileSync(file(), 'utf8')).toBe(text)
    }
  })

  it('behind a link: the file is changed, and the link stays', async () => {
    writeFileSync(join(folder, 'real'), TEXT)
    symlinkSync('real', file())
    await deliver(uri())
    expect(lstatSync(file()).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'real'), 'utf8')).toContain(NEW.accessKeyId)
  })

  it('of a file that is not there: it is made as `aws configure` does, for its owner alone, and taken away again', async () => {
    const made = join(folder, 'home', '.aws', 'credentials')
    const to = destination(`profile:bot@${made}`)
    const held = await to.look()
    // looking makes nothing
    expect(existsSync(join(folder, 'home'))).toBe(false)
    expect(await to.deliver(DELIVERY, held, () => undefined)).toBe('read-back')
    expect(statSync(made).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'home', '.aws')).mode & 0o777).toBe(0o700)
    expect(readFileSync(made, 'utf8')).toMatch(
      /^\[bot\]\naws_access_key_id = AKIANEW\w+\naws_secret_access_key = new\/\S+\n$/,
    )
    await to.putBack(held, null)
    expect(existsSync(made)).toBe(false)
  })

  it('of a file that somebody has made meanwhile, it stays theirs', async () => {
    const made = join(folder, 'theirs')
    const to = destination(`profile:bot@${made}`)
    const held = await to.look()
    writeFileSync(made, TEXT)
    expect(await problem(to.deliver(DELIVERY, held, () => undefined))).toContain('somebody else')
    expect(readFileSync(made, 'utf8')).toBe(TEXT)
  })

  it('that is not there, or that somebody has changed meanwhile, is not written', async () => {
    writeFileSync(file(), TEXT)
    expect(await problem(destination(`profile:nobody@${file()}`).look())).toContain('has no profile nobody')
    expect(await problem(destination(`profile:bot@${join(file(), 'below')}`).look())).toContain('ENOTDIR')
    symlinkSync('nowhere', join(folder, 'dangling'))
    expect(await problem(destination(`profile:bot@${join(folder, 'dangling')}`).look())).toContain('ENOENT')
    const to = destination(uri())
    const held = await to.look()
    const other = TEXT.replace(OLD.accessKeyId, 'AKIAOTHER00000000000')
    writeFileSync(file(), other)
    expect(await problem(to.deliver(DELIVERY, held, () => undefined))).toContain('somebody else')
    expect(readFileSync(file(), 'utf8')).toBe(other)
  })

  it('with temporary credentials is not written: their token would stay beside the new key', async () => {
    writeFileSync(file(), TEXT.replace('  region', 'AWS_Session_Token = abc\n  region'))
    expect(await problem(destination(uri()).look())).toContain('temporary credentials')
  })

  it('leaves no copy of the file behind when a run is killed before it takes its place', async () => {
    writeFileSync(file(), TEXT)
    const partial = join(folder, '.credentials.keyreeve-partial')
    writeFileSync(partial, TEXT)
    await destination(uri()).tidy!(NEW.accessKeyId)
    expect(readdirSync(folder)).toEqual(['credentials'])
    writeFileSync(partial, 'what was written of it')
    expect(await deliver(uri())).toBe('read-back')
    expect(readdirSync(folder)).toEqual(['credentials'])
    expect(readFileSync(file(), 'utf8')).toContain(NEW.secretAccessKey)
  })

  it('whatever the file is like, other profiles keep their lines', () => {
    const line = fc.constantFrom(
      '',
      '# note',
      'region = x',
      'aws_access_key_id = AKIAX',
      'AWS_SECRET_ACCESS_KEY=y',
      ' s3 =',
      '  k = v',
      '\r',
    )
    const section = fc.tuple(fc.constantFrom('[a]', '[b]', '[ b ]', '[default]'), fc.array(line, { maxLength: 5 }))
    fc.assert(
      fc.property(fc.array(section, { maxLength: 5 }), (sections) => {
        const text = ['[bot]', 'aws_access_key_id = AKIAX', 'aws_secret_access_key = y', ...sections.flat(2)].join('\n')
        const rest = text.split('\n').slice(3).join('\n')
        const changed = withPair(text, 'bot', NEW)
        expect(changed.split('\n').slice(3).join('\n')).toBe(rest)
        expect(withPair(changed, 'bot', { accessKeyId: 'AKIAX', secretAccessKey: 'y' })).toBe(text)
      }),
      { seed: 1 },
    )
  })
})

describe('a program', () => {
  const program = (body: string) => {
    const path = join(folder, 'deploy.mjs')
    writeFileSync(path, `#!${process.execPath}\nimport fs from 'node:fs'\n${body}\n`)
    chmodSync(path, 0o700)
    return `command:${path} --env prod`
  }

  it('gets the key on standard input, and not in its arguments or environment', async () => {
    const seen = join(folder, 'seen.json')
    const uri = program(`
      const input = fs.readFileSync(0, 'utf8')
      fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ input, argv: process.argv.slice(2), env: process.env,
        proc: fs.existsSync('/proc/self/cmdline') ? fs.readFileSync('/proc/self/cmdline', 'utf8') + fs.readFileSync('/proc/self/environ', 'utf8') : '' }))`)
    expect(await deliver(uri)).toBe('accepted')
    const { input, argv, env: its, proc } = JSON.parse(readFileSync(seen, 'utf8'))
    expect(JSON.parse(input)).toEqual({
      ...NEW,
      userName: 'bot',
      accountId: '111122223333',
      previousKeyId: OLD.accessKeyId,
    })
    expect(argv).toEqual(['--env', 'prod'])
    expect(JSON.stringify(its) + proc).not.toContain(NEW.secretAccessKey)
  })

  it('that fails is a failure, and its output is shown without the secret in any form', async () => {
    const uri = program(`
      const { secretAccessKey: s } = JSON.parse(fs.readFileSync(0, 'utf8'))
      console.log('plain', s); console.error('url', encodeURIComponent(s)); console.log('base64', Buffer.from(s).toString('base64'), Buffer.from(s).toString('hex'))
      process.exit(3)`)
    expect(await problem(deliver(uri))).toMatch(/failed with exit code 3/)
    for (const word of ['plain ****', 'url ****', 'base64 **** ****']) expect(output).toContain(word)
    expect(output).not.toContain(NEW.secretAccessKey)
  })

  it('that prints more than is shown: the secret is masked also where that ends', async () => {
    const body = (printed: number, cut: number) => `
      const { secretAccessKey: s } = JSON.parse(fs.readFileSync(0, 'utf8'))
      process.stdout.write('x'.repeat(${printed}) + s.slice(0, ${cut}), () =>
        setTimeout(() => process.stdout.write(s.slice(${cut}) + '\\n'), 50))`
    for (const [printed, cut] of [
      [16 * 1024 - 20, 40],
      [16 * 1024 - 20, 20],
      [16 * 1024 + 512, 20],
    ] as const) {
      output = ''
      expect(await deliver(program(body(printed, cut)))).toBe('accepted')
      expect(output.length).toBeGreaterThan(16_000)
      expect(output).not.toContain(NEW.secretAccessKey.slice(0, 12))
    }
  })

  it('that is not there is said before anything is changed', async () => {
    expect(await problem(destination('command:./no-such-program').look())).toContain('cannot be run')
  })

  it('that reads nothing and ends is no crash', async () => {
    expect(await deliver(program('process.exit(0)'))).toBe('accepted')
  })

  it('every form in which a secret may be printed is masked', () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 40, maxLength: 40 }), fc.string(), (secret, around) => {
        for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
          expect(masked(`${around}${form}${around}`, secret)).not.toContain(form)
      }),
      { seed: 1 },
    )
  })
})

describe('a Kubernetes Secret', () => {
  const state = () => join(folder, 'secret.json')
  const log = () => join(folder, 'argv.log')
  const MANIFEST = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: 'aws', namespace: 'shop', resourceVersion: '7' },
    data: {
      AWS_ACCESS_KEY_ID: Buffer.from(OLD.accessKeyId).toString('base64'),
      AWS_SECRET_ACCESS_KEY: Buffer.from(OLD.secretAccessKey).toString('base64'),
      other: 'b3RoZXI=',
    },
  }

  /** Speaks as kubectl does, and writes down with which arguments it was called. */
  beforeEach(() => {
    const path = join(folder, 'kubectl')
    writeFileSync(
      path,
      `#!${process.execPath}
const fs = require('node:fs')
const args = process.argv.slice(2)
fs.appendFileSync(${JSON.stringify(log())}, JSON.stringify([args, process.env]) + '\\n')
const state = ${JSON.stringify(state())}
const now = JSON.parse(fs.readFileSync(state, 'utf8'))
if (args[0] === 'auth') process.exit(now.denied ? 1 : 0)
if (args[0] === 'get') process.stdout.write(JSON.stringify(now))
if (args[0] === 'replace') {
  const next = JSON.parse(fs.readFileSync(0, 'utf8'))
  if (next.metadata.resourceVersion !== now.metadata.resourceVersion) { console.error('conflict', JSON.stringify(next)); process.exit(1) }
  next.metadata.resourceVersion = String(Number(now.metadata.resourceVersion) + 1)
  fs.writeFileSync(state, JSON.stringify(next))
}
`,
    )
    chmodSync(path, 0o700)
    writeFileSync(state(), JSON.stringify(MANIFEST))
    env.KUBECTL = path
  })
  const data = () => JSON.parse(readFileSync(state(), 'utf8')).data

  it('is replaced through standard input, read back, and put back', async () => {
    const to = destination('k8s:shop/aws')
    const held = await to.look()
    expect(held.pair).toEqual(OLD)
    expect(await to.deliver(DELIVERY, held, () => undefined)).toBe('read-back')
    expect(Buffer.from(data().AWS_SECRET_ACCESS_KEY, 'base64').toString()).toBe(NEW.secretAccessKey)
    expect(data().other).toBe('b3RoZXI=')
    await to.putBack(held, null)
    expect(data()).toEqual(MANIFEST.data)
    const calls = readFileSync(log(), 'utf8')
    for (const { secretAccessKey } of [NEW, OLD]) {
      expect(calls).not.toContain(secretAccessKey)
      expect(calls).not.toContain(Buffer.from(secretAccessKey).toString('base64'))
    }
  })

  it('takes the names that are given', async () => {
    await deliver('k8s:shop/aws:id,key')
    expect(Object.keys(data()).sort()).toEqual(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'id', 'key', 'other'])
  })

  it('that may not be changed, or cannot be, is said without what kubectl says', async () => {
    writeFileSync(state(), JSON.stringify({ ...MANIFEST, denied: true }))
    expect(await problem(destination('k8s:shop/aws').look())).toContain('may not update')
    env.KUBECTL = join(folder, 'none')
    expect(await problem(destination('k8s:shop/aws').look())).toContain('could not be started')
  })
})

describe('secrets of GitHub Actions', () => {
  let server: http.Server
  let pair: { publicKey: Uint8Array; privateKey: Uint8Array }
  let stored: Record<string, string>
  let refuse: string | null
  const requests: string[] = []

  beforeEach(async () => {
    await sodium.ready
    pair = sodium.crypto_box_keypair()
    stored = {}
    refuse = null
    requests.length = 0
    server = http.createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      requests.push(`${request.method} ${request.url} ${body}`)
      const answer = (status: number, value: object) => response.writeHead(status).end(JSON.stringify(value))
      if (request.headers.authorization !== 'Bearer canary-token') return answer(401, {})
      if (refuse !== null && request.url!.endsWith(refuse)) return answer(403, { message: body })
      if (request.url!.endsWith('/public-key'))
        return answer(200, { key_id: 'k1', key: Buffer.from(pair.publicKey).toString('base64') })
      const { encrypted_value, key_id } = JSON.parse(body)
      if (key_id !== 'k1') return answer(422, {})
      const opened = sodium.crypto_box_seal_open(
        Buffer.from(encrypted_value, 'base64'),
        pair.publicKey,
        pair.privateKey,
      )
      stored[request.url!] = Buffer.from(opened).toString()
      return answer(201, {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    env = { GITHUB_TOKEN: 'canary-token', GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  })
  afterEach(() => new Promise((resolve) => server.close(resolve)))

  it('are sealed so that only the repository can open them', async () => {
    expect(await deliver('github:acme/shop:AWS')).toBe('accepted')
    expect(stored).toEqual({
      '/repos/acme/shop/actions/secrets/AWS_ACCESS_KEY_ID': NEW.accessKeyId,
      '/repos/acme/shop/actions/secrets/AWS_SECRET_ACCESS_KEY': NEW.secretAccessKey,
    })
    expect(requests.join('\n')).not.toContain(NEW.secretAccessKey)
  })

  it('of an environment', async () => {
    await deliver('github:acme/shop:production:DEPLOY')
    expect(Object.keys(stored).sort()).toEqual([
      '/repos/acme/shop/environments/production/secrets/DEPLOY_ACCESS_KEY_ID',
      '/repos/acme/shop/environments/production/secrets/DEPLOY_SECRET_ACCESS_KEY',
    ])
  })

  it('that are refused are said before anything is changed, without what GitHub says', async () => {
    refuse = 'public-key'
    expect(await problem(destination('github:acme/shop:AWS').look())).toContain('GitHub answered 403')
    env.GITHUB_TOKEN = ''
    expect(await problem(destination('github:acme/shop:AWS').look())).toContain('there is no token')
    env = { GITHUB_TOKEN: 'canary-token', GITHUB_API_URL: 'http://example.com' }
    await expect(async () => destination('github:acme/shop:AWS')).rejects.toThrow('no https address')
  })

  it('of which one was changed and one was not are not called unchanged', async () => {
    refuse = 'AWS_ACCESS_KEY_ID'
    const to = destination('github:acme/shop:AWS')
    await expect(to.deliver(DELIVERY, await to.look(), () => undefined)).rejects.toMatchObject({ isUnchanged: false })
    refuse = 'AWS_SECRET_ACCESS_KEY'
    await expect(to.deliver(DELIVERY, await to.look(), () => undefined)).rejects.toMatchObject({ isUnchanged: true })
  })
})

describe('JSON with a key in it', () => {
  it('keeps its names and everything else', () => {
    const text = JSON.stringify({
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      region: 'eu',
      nested: { x: [1] },
    })
    expect(JSON.parse(withKey(text, NEW)!)).toEqual({
      AWS_ACCESS_KEY_ID: NEW.accessKeyId,
      AWS_SECRET_ACCESS_KEY: NEW.secretAccessKey,
      region: 'eu',
      nested: { x: [1] },
    })
    expect(keyIn(withKey('', NEW))).toEqual(NEW)
  })
  it.each(['[1]', 'plain text', '"x"', '12'])('%s is not overwritten', (text) => {
    expect(withKey(text, NEW)).toBeNull()
    expect(keyIn(text)).toBeNull()
  })
})

describe('a destination as it is written', () => {
  it.each([
    'secretsmanager:prod/bot',
    'secretsmanager:prod/bot@eu-west-1',
    'secretsmanager:arn:aws:secretsmanager:eu-west-1:111122223333:secret:bot-AbCdEf',
    'ssm:/prod/bot',
    'ssm:bot',
    'profile:my profile',
    'k8s:shop/aws:id,key',
    'command:deploy',
  ])('%s', (uri) => expect(() => parseDestination(uri)).not.toThrow())

  it.each([
    'bot',
    'constructor:x',
    'secretsmanager:',
    'ssm:/a b',
    'profile:',
    'profile:a]b',
    'github:acme:AWS',
    'github:acme/shop/../x:AWS',
    'github:acme/shop:A-B',
    'k8s:shop',
    'k8s:shop/aws:same,same',
    'k8s:--all/x',
    'command: ',
  ])('%s is none', (uri) => expect(() => parseDestination(uri)).toThrow('is no destination'))
})
