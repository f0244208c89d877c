/** `scan --account` as a user runs it, against the sandbox; then `audit` and `keys`, which join what it found. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { addAccessKey, addUser } from '../../src/sandbox/state.ts'
import * as add from '../../src/sandbox/workloads.ts'
import { plantedAccount, REGION } from '../collect/planted-account.ts'
import { keyreeve } from './keyreeve.ts'

const { world, account, planted } = plantedAccount()
const user = addUser(world, account, 'shop')
const key = addAccessKey(world, account, user)
add.addFunction(world, account, REGION, 'basket', {
  Role: 'arn:aws:iam::111122223333:role/worker',
  environment: { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey },
})
// a secret where a name should be
add.addParameter(world, account, REGION, `/shop/${planted[0]!.secretAccessKey}`, 'x')

let sandbox: Sandbox
let env: Record<string, string>
beforeAll(async () => {
  sandbox = await startSandbox({ world })
  env = {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: sandbox.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandbox.secretAccessKey,
    AWS_REGION: REGION,
  }
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.setFaults([]))

const folder = () => mkdtempSync(join(tmpdir(), 'keyreeve-scan-account-'))
const here = folder()
const IN_ONE_REGION = ['--account', '--regions', REGION]

/** The secrets that a text holds, by where they were planted. */
function secretsIn(text: string): string[] {
  const all = [...planted, { what: 'function basket', secretAccessKey: key.secretAccessKey }]
  return all.filter(({ secretAccessKey }) => text.includes(secretAccessKey)).map(({ what }) => what)
}

describe('scan --account', () => {
  it('finds every pair that was planted, with its place, as its schema says, and keeps no secret anywhere', async () => {
    const { code, stdout, stderr } = await keyreeve(['scan', ...IN_ONE_REGION, '--save', '--json'], { env, cwd: here })
    expect(code).toBe(1)
    const report = JSON.parse(stdout)
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    const schema = JSON.parse(readFileSync(new URL('../../schemas/scan.schema.json', import.meta.url), 'utf8'))
    expect(ajv.validate(schema, report), JSON.stringify(ajv.errors)).toBe(true)
    const found = new Map<string, { evidence: string; places: { kind: string; region: string }[] }>(
      report.leaks.map((leak: { accessKeyId: string }) => [leak.accessKeyId, leak]),
    )
    const elsewhere = new Set(['secure string', 'user data in another region'])
    const missing = planted.filter(({ what, accessKeyId }) => !elsewhere.has(what) && !found.has(accessKeyId))
    expect(missing.map(({ what }) => what)).toEqual([])
    const unpaired = planted.filter(({ accessKeyId }) => (found.get(accessKeyId)?.evidence ?? 'pair') !== 'pair')
    expect(unpaired.map(({ what }) => what)).toEqual([])
    for (const { places } of found.values())
      for (const place of places) expect(place).toMatchObject({ kind: 'account', region: REGION })

    const files = readdirSync(join(here, '.keyreeve'), { recursive: true, withFileTypes: true }).filter((f) =>
      f.isFile(),
    )
    expect(files.map(({ name }) => name).sort()).toMatchObject([
      '.gitignore',
      expect.stringMatching(/^account-111122223333-\d{8}T\d{6}Z\.json$/),
      'fingerprint.key',
    ])
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    expect(secretsIn([stdout, stderr, ...texts].join('\n'))).toEqual([])
    for (const { parentPath, name } of files)
      if (name !== '.gitignore') expect(statSync(join(parentPath, name)).mode & 0o077).toBe(0)
  })

  it('with a call denied says so, still shows what it found, and tells no secret in any format', async () => {
    sandbox.setFaults(['deny:lambda:ListFunctions', 'cut:ssm:GetParameters'])
    const to = folder()
    const files = ['scan.csv', 'scan.md', 'scan.sarif'].flatMap((name) => ['--output', join(to, name)])
    const { code, stdout, stderr } = await keyreeve(
      ['scan', ...IN_ONE_REGION, '--format', 'terminal', ...files, '--verbose'],
      { env, cwd: to },
    )
    expect(code).toBe(1)
    const written = ['scan.csv', 'scan.md', 'scan.sarif'].map((name) => readFileSync(join(to, name), 'utf8'))
    for (const text of written) expect(text.length).toBeGreaterThan(500)
    expect(secretsIn([stdout, stderr, ...written].join('\n'))).toEqual([])
    expect(stdout).toContain(`lambda:ListFunctions in ${REGION}`)
    expect(stdout).toContain('denied')
    expect(stdout).toContain('ssm:GetParameters')
  })

  it('where nothing was found, but not everything was read, does not say that all is well', async () => {
    sandbox.setFaults(['deny:ecs:ListTaskDefinitions'])
    const { code } = await keyreeve(['scan', '--account', '--regions', 'eu-north-1'], { env, cwd: folder() })
    expect(code).toBe(3)
    sandbox.setFaults([])
    const clean = await keyreeve(['scan', '--account', '--regions', 'eu-north-1'], { env, cwd: folder() })
    expect(clean.code).toBe(0)
  })

  it('keeps nothing where nobody keeps snapshots or scans, nor when told not to', async () => {
    const empty = folder()
    await keyreeve(['scan', '--account', '--regions', 'eu-north-1'], { env, cwd: empty })
    expect(existsSync(join(empty, '.keyreeve', 'leaks'))).toBe(false)
    const before = readdirSync(join(here, '.keyreeve', 'leaks'))
    await keyreeve(['scan', '--account', '--regions', 'eu-north-1', '--no-save'], { env, cwd: here })
    expect(readdirSync(join(here, '.keyreeve', 'leaks'))).toEqual(before)
  })

  it('prints the policy that it needs, without credentials', async () => {
    const { code, stdout } = await keyreeve(['scan', '--account', '--print-policy'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).Statement[0].Action).toContain('lambda:GetFunction')
  })

  it('tries the keys when asked, and only then', async () => {
    sandbox.resetCalls()
    await keyreeve(['scan', ...IN_ONE_REGION, '--no-save'], { env, cwd: folder() })
    const tried = () => sandbox.calls().records.filter(({ accessKeyId }) => accessKeyId === key.accessKeyId)
    expect(tried()).toEqual([])
    const { stdout, stderr } = await keyreeve(['scan', ...IN_ONE_REGION, '--no-save', '--verify', '--json'], {
      env,
      cwd: folder(),
    })
    const leak = JSON.parse(stdout).leaks.find(
      ({ accessKeyId }: { accessKeyId: string }) => accessKeyId === key.accessKeyId,
    )
    expect(leak).toMatchObject({ severity: 'critical', verified: { status: 'works', arn: user.arn } })
    expect(tried()).toMatchObject([{ action: 'GetCallerIdentity' }])
    expect(stderr).toContain('the owner can see it in CloudTrail')
    expect(secretsIn(stdout + stderr)).toEqual([])
  })
})

describe('audit and keys', () => {
  it('join the newest scan: the key, the place, and the next action', async () => {
    const { stdout } = await keyreeve(['audit', '--regions', REGION, '--no-workloads', '--json'], { env, cwd: here })
    const { findings, notEvaluated } = JSON.parse(stdout)
    const of = (check: string) => findings.filter((finding: { check: string }) => finding.check === check)
    expect(of('key-leaked')).toMatchObject([
      { severity: 'critical', subject: { kind: 'access-key', id: key.accessKeyId } },
    ])
    expect(of('function-key-in-environment')).toHaveLength(2)
    expect(of('instance-key-in-user-data')).toHaveLength(2)
    for (const check of [
      'function-key-in-code',
      'task-key-in-definition',
      'build-key-in-project',
      'parameter-key-in-clear',
    ])
      expect(of(check).length, check).toBeGreaterThan(0)
    expect(notEvaluated.filter(({ check }: { check: string }) => check === 'key-leaked')).toEqual([])
    expect(secretsIn(stdout)).toEqual([])

    const dossier = await keyreeve(['keys', key.accessKeyId, '--regions', REGION, '--no-workloads'], { env, cwd: here })
    expect(dossier.stdout).toMatch(/Next action +revoke now/)
    expect(dossier.stdout).toContain('WHERE IT LIES')
    expect(dossier.stdout).toContain('environment/AWS_ACCESS_KEY_ID')
    expect(secretsIn(dossier.stdout)).toEqual([])
  })

  it('without a scan say what to run; a scan that cannot be read is left out, with a word', async () => {
    const none = await keyreeve(
      ['audit', '--regions', REGION, '--no-workloads', '--no-leaks', '--check', 'key-leaked', '--json'],
      { env, cwd: here },
    )
    expect(JSON.parse(none.stdout).notEvaluated).toMatchObject([{ check: 'key-leaked', otherEvidence: true }])
    const broken = join(here, '.keyreeve', 'leaks', 'path-00000000-20270101T000000Z.json')
    writeFileSync(broken, '{"kind": "keyreeve-scan", "leaks": [')
    const { stdout } = await keyreeve(
      ['audit', '--regions', REGION, '--no-workloads', '--check', 'key-leaked', '--json'],
      { env, cwd: here },
    )
    expect(JSON.parse(stdout).findings).toHaveLength(1)
    const named = await keyreeve(['audit', '--regions', REGION, '--leaks', broken], { env, cwd: here })
    expect(named.code).toBe(2)
    expect(named.stderr).toContain('is no JSON')
  })
})
