/** The built command: a rotation from create to delete, as days go by; what it prints, and that no secret is in it. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import sodium from 'libsodium-wrappers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { jsonSchemas } from '../../src/report/schema.ts'
import { addAccessKey, addUser } from '../../src/sandbox/state.ts'
import { ago, DAY, RotateAccount, SECRET } from '../fix/rotate-account.ts'
import { clockFastBy, keyreeve } from './keyreeve.ts'

const SCHEMA = jsonSchemas({ closed: true })['rotate.schema.json']!
const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(SCHEMA)

let at: RotateAccount
let printed: string

beforeEach(async () => {
  at = new RotateAccount()
  // the command goes by the machine's clock
  at.world.clock.frozenAt = null
  await at.start()
  printed = ''
})
afterEach(() => at.stop())

async function run(first: string | { env: Record<string, string> }, ...rest: string[]) {
  const args = typeof first === 'string' ? [first, ...rest] : rest
  const { endpoint, region, accessKeyId, secretAccessKey } = at.sandbox
  const done = await keyreeve(['rotate', ...args], {
    cwd: at.folder,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(typeof first === 'string' ? {} : first.env),
    },
  })
  printed += done.stdout + done.stderr
  return done
}

async function runJson(...args: string[]) {
  const [first = '', ...rest] = [...args, '--json']
  const { code, stdout, stderr } = await run(first, ...rest)
  const document = JSON.parse(stdout)
  expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true)
  return { code, stderr, document, key: document.rotations[0] }
}

const journals = () => {
  const folder = join(at.folder, '.keyreeve', 'rotations')
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.journal')) : []
}

/** As if all that has happened so far had happened so many days earlier. */
function pass(days: number): void {
  const earlier = (date: Date | string) => new Date(new Date(date).getTime() - days * DAY)
  for (const name of journals()) {
    const path = join(at.folder, '.keyreeve', 'rotations', name)
    const text = readFileSync(path, 'utf8')
    writeFileSync(
      path,
      text.replace(/"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/g, (_, date: string) => `"${earlier(date).toISOString()}"`),
    )
  }
  for (const { key } of at.world.accessKeys.values())
    if (key.lastUsed) key.lastUsed = { ...key.lastUsed, date: earlier(key.lastUsed.date) }
  for (const record of at.sandbox.calls().records) record.time = earlier(record.time)
}

it('goes from create to delete, and tells at any time where it stands', async () => {
  await at.consume()
  pass(1)
  await at.consume()
  pass(1)
  await at.consume()
  const would = await run('bot', '--to', SECRET, '--dry-run')
  expect(would).toMatchObject({ code: 0, stderr: '' })
  expect(would.stdout).toContain(`create a key for bot, and deliver it to ${SECRET}`)
  expect(at.keys()).toHaveLength(1)

  const first = await runJson('bot', '--to', SECRET, '--yes')
  expect(first).toMatchObject({ code: 0, stderr: '', key: { outcome: 'waits', phase: 'waiting' } })
  expect(statSync(join(at.folder, '.keyreeve', 'rotations', journals()[0]!)).mode & 0o777).toBe(0o600)
  const status = await runJson('--status')
  expect(status.key).toMatchObject({ phase: 'waiting', outcome: null, because: first.key.because })
  expect((await run('--status')).stdout).toMatch(/until\s+\d{4}-\d\d-\d\d: in\s+\d+ days/)

  await at.consume()
  pass(3)
  expect(await runJson('--yes')).toMatchObject({ code: 0, key: { phase: 'inactive', waitsDays: 7 } })
  pass(8)
  expect(await at.consume()).toBe('ok')
  expect(await runJson('--yes')).toMatchObject({ code: 0, key: { outcome: 'done', phase: 'ended' } })
  expect(at.keys()).toEqual([[first.key.newAccessKeyId, 'Active']])
  expect((await run('--status')).stdout).toContain('No rotation is under way')

  const secrets = [...at.world.accessKeys.values()].map(({ key }) => key.secretAccessKey)
  for (const secret of secrets)
    for (const text of [printed, at.journalText()]) expect(text).not.toContain(secret.slice(0, 20))
})

it('delivers to GitHub and to a program with what the package brings along', async () => {
  await sodium.ready
  const { publicKey, privateKey } = sodium.crypto_box_keypair()
  const sealed: string[] = []
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    if (request.method === 'PUT') sealed.push(JSON.parse(body).encrypted_value)
    response.end(JSON.stringify({ key_id: 'k', key: Buffer.from(publicKey).toString('base64') }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const program = join(at.folder, 'deploy')
  writeFileSync(program, '#!/bin/sh\necho "got: $(cat)"\n', { mode: 0o700 })
  const github = { GITHUB_TOKEN: 'token', GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  const { code, stdout, stderr } = await run(
    { env: github },
    ...['bot', '--to', 'github:acme/shop:AWS', '--to', `command:${program}`, '--yes'],
  )
  server.close()
  expect(code).toBe(0)
  const opened = sealed.map((box) =>
    Buffer.from(sodium.crypto_box_seal_open(Buffer.from(box, 'base64'), publicKey, privateKey)).toString(),
  )
  const fresh = at.bot.accessKeys[1]!
  expect(opened.sort()).toEqual([fresh.accessKeyId, fresh.secretAccessKey].sort())
  expect(stderr).toMatch(/^\| got: \{.*"secretAccessKey":"\*\*\*\*"/)
  expect(stdout + stderr).not.toContain(fresh.secretAccessKey)
})

it('refused, stopped and wrong use have their exit codes', async () => {
  expect(await run('nobody', '--to', SECRET, '--yes')).toMatchObject({ code: 3 })
  expect(await run('bot', '--to', 'nowhere', '--yes')).toMatchObject({ code: 2, stdout: '' })
  expect(await run('bot', '--to', SECRET)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  // nothing would be done, so nobody is asked
  const refused = await run('bot', '--to', 'ssm:/nothing')
  expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('is not there'), stderr: '' })
  expect(await run('--all-due', 'bot')).toMatchObject({ code: 2 })
  expect(at.keys()).toHaveLength(1)
})

it('goes by the time that AWS tells, where the clock of the machine is months ahead', async () => {
  const env = { NODE_OPTIONS: clockFastBy(60) }
  expect(await run('bot', '--to', SECRET, '--yes')).toMatchObject({ code: 0 })
  expect(await run({ env }, '--yes')).toMatchObject({ code: 0, stdout: expect.stringContaining('both keys work') })
  expect(at.keys().map(([, status]) => status)).toEqual(['Active', 'Active'])
})

it('two runs at once: the second is refused', async () => {
  at.sandbox.setFaults(['delay:iam:CreateAccessKey:ms=3000'])
  const first = run('bot', '--to', SECRET, '--yes')
  while (!at.sandbox.calls().counts['secretsmanager:GetSecretValue']) await new Promise((done) => setTimeout(done, 50))
  const second = await run('bot', '--to', SECRET, '--yes')
  expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('another run') })
  expect(await first).toMatchObject({ code: 0 })
  expect(at.keys()).toHaveLength(2)
})

it('what is due and has a destination is begun; what has none is listed, and left alone', async () => {
  const other = addUser(at.world, at.account, 'forgotten', { createDate: ago(500) })
  const { accessKeyId } = addAccessKey(at.world, at.account, other, { createDate: ago(400) })
  const young = addUser(at.world, at.account, 'young', { createDate: ago(500) })
  addAccessKey(at.world, at.account, young)
  writeFileSync(join(at.folder, 'keyreeve.yaml'), `rotations:\n  - user: bot\n    to: [${SECRET}]\n    graceDays: 3\n`)
  const { code, document } = await runJson('--all-due', '--yes')
  expect(code).toBe(0)
  expect(document.rotations).toMatchObject([{ userName: 'bot', phase: 'waiting' }])
  expect(document.untouched).toMatchObject([{ userName: 'forgotten', accessKeyId }])
  expect(other.accessKeys).toHaveLength(1)
})
