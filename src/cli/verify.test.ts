/** Found keys are tried with the real SDK, against the sandbox: which, how, and what remains of their secrets. */
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Leak } from '../model/leak.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { addAccessKey, addAccount, addUser, newRandom, newWorld, randomString } from '../sandbox/state.ts'
import { createLeakCollector } from '../scan/collect-leaks.ts'
import { createScanner } from '../scan/scanner.ts'
import { noteVerification, type OwnVerification, ownVerifications } from './own-verifications.ts'
import { createVerifier } from './verify.ts'

const world = newWorld({ seed: 5 })
const account = addAccount(world, { accountId: '111122223333' })
const user = addUser(world, account, 'ana')
const works = addAccessKey(world, account, user)
const inactive = addAccessKey(world, account, user, { status: 'Inactive' })
const random = newRandom(8)
const otherSecret = randomString(random, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 40)

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ world })
})
afterAll(() => sandbox.close())

const said: string[] = []
beforeEach(() => {
  said.length = 0
  sandbox.setFaults([])
  sandbox.resetCalls()
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
})

const noted: OwnVerification[] = []
function note(accessKeyId: string): OwnVerification {
  noted.push({ accessKeyId, at: '2026-11-01T12:00:00Z', mark: String(noted.length).padStart(32, '0') })
  return noted.at(-1)!
}

const pair = (id: string, secret: string) => `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`
const triedIds = () =>
  sandbox
    .calls()
    .records.filter(({ action }) => action === 'GetCallerIdentity')
    .map(({ accessKeyId }) => accessKeyId)

async function verify(texts: string[], canaryAccounts: string[] = []): Promise<Leak[]> {
  const verifier = createVerifier({ endpointUrl: sandbox.endpoint, region: 'us-east-1' }, note, 1)
  const scanner = createScanner({ fingerprintKey: Buffer.alloc(32, 1), canaryAccounts, handOver: verifier.take })
  const collector = createLeakCollector(scanner)
  texts.forEach((text, index) => {
    const place = { kind: 'file', path: `file-${index}`, member: null, commit: null, author: null } as const
    collector.blob(Buffer.from(text), {
      ...place,
      date: null,
      lastCommit: null,
      inHead: null,
      reachable: null,
      region: null,
    })
  })
  const leaks = await verifier.verified(collector.leaks())
  const everything = inspect([leaks, said, verifier, scanner, collector], { depth: 20, showHidden: true })
  for (const secret of [works.secretAccessKey, inactive.secretAccessKey, otherSecret])
    expect(everything).not.toContain(secret)
  return leaks
}

it('says which works, as whom, and which AWS refuses', async () => {
  const leaks = await verify([
    pair(works.accessKeyId, works.secretAccessKey),
    pair(inactive.accessKeyId, inactive.secretAccessKey),
  ])
  const by = (id: string) => leaks.find(({ accessKeyId }) => accessKeyId === id)!.verified
  expect(by(works.accessKeyId)).toMatchObject({ status: 'works', arn: user.arn, accountId: '111122223333', code: null })
  expect(by(inactive.accessKeyId)).toMatchObject({ status: 'refused', arn: null, code: 'InvalidClientTokenId' })
  expect(said.join('')).toContain('sts:GetCallerIdentity')
})

it('tells a wrong secret from a key that is gone, and tries the next one', async () => {
  const wrong = await verify([pair(works.accessKeyId, otherSecret)])
  expect(wrong[0]!.verified).toMatchObject({ status: 'wrong-secret', code: 'SignatureDoesNotMatch' })
  const second = await verify([pair(works.accessKeyId, otherSecret), pair(works.accessKeyId, works.secretAccessKey)])
  expect(second[0]!.verified).toMatchObject({ status: 'works' })
})

it('never tries the key of a canary account, an example, an ID alone, or what somebody allowed', async () => {
  const example = `AKIA${'IOSFODNN7'}EXAMPLE`
  const exampleSecret = `wJalrXUtnFEMI/K7MDENG/bPxRfiCY${'EXAMPLEKEY'}`
  const leaks = await verify(
    [
      pair(works.accessKeyId, works.secretAccessKey),
      pair(example, exampleSecret),
      `the key ${inactive.accessKeyId} was seen`,
    ],
    ['111122223333'],
  )
  expect(leaks.map((leak) => leak.class).sort()).toContain('canary')
  expect(leaks.filter(({ verified }) => verified)).toEqual([])
  const allowed = `# keyreeve:allow a test of ours\n${pair(works.accessKeyId, works.secretAccessKey)}`
  expect((await verify([allowed])).filter(({ verified }) => verified)).toEqual([])
  expect(triedIds()).toEqual([])
})

it('tries each key once, wherever it lies', async () => {
  const text = pair(works.accessKeyId, works.secretAccessKey)
  await verify([text, `\n\n${text}`, Buffer.from(text).toString('base64')])
  expect(triedIds()).toEqual([works.accessKeyId])
})

it.each([
  ['cut:sts:GetCallerIdentity', 'ECONNRESET'],
  ['throttle:sts:GetCallerIdentity', 'Throttling'],
])('does not know what it could not ask (%s)', async (fault, code) => {
  sandbox.setFaults([fault])
  const [leak] = await verify([pair(works.accessKeyId, works.secretAccessKey)])
  expect(leak!.verified).toMatchObject({ status: 'not-known', code })
})

it('each try has a mark of its own in its user agent, by which CloudTrail tells it from other uses', async () => {
  noted.length = 0
  await verify([pair(works.accessKeyId, works.secretAccessKey)])
  expect(noted).toMatchObject([{ accessKeyId: works.accessKeyId }])
  const agents = sandbox.calls().records.map(({ userAgent }) => userAgent)
  expect(agents).toEqual([expect.stringMatching(new RegExp(`keyreeve/\\S+ verification/${noted[0]!.mark}`))])
})

it('tries that were written down are read back, and no line that is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-verified-'))
  const before = process.cwd()
  process.chdir(folder)
  try {
    expect(ownVerifications()).toEqual([])
    const tries = [noteVerification(works.accessKeyId), noteVerification(inactive.accessKeyId)]
    expect(new Set(tries.map(({ mark }) => mark)).size).toBe(2)
    appendFileSync(
      join('.keyreeve', 'verified-keys.ndjson'),
      `null\n{}\n{"accessKeyId":"${works.accessKeyId}","at":"${tries[0]!.at}","mark":""}\n{"acc`,
    )
    expect(ownVerifications()).toEqual(tries)
    expect(readFileSync(join('.keyreeve', '.gitignore'), 'utf8')).toBe('*\n')
  } finally {
    process.chdir(before)
  }
})
