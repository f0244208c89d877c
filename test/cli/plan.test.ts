/** `plan`, `apply --rehearse`, `apply` and `undo` as commands: files, exit codes, and that a rehearsal calls no AWS. */
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { planSchema } from '../../src/model/plan.ts'
import { rehearsalSchema } from '../../src/model/rehearsal.ts'
import { jsonSchemas } from '../../src/report/schema.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { neglectedAccount } from '../fix/neglected-account.ts'
import { clockFastBy, keyreeve, untilFileHolds } from './keyreeve.ts'

const isValid = new Ajv2020({ strict: false }).compile(jsonSchemas({ closed: true })['apply.schema.json']!)

let sandbox: Sandbox
let canary: Server
let canaryCalls = 0
let canaryUrl: string
const cwd = mkdtempSync(join(tmpdir(), 'keyreeve-plan-'))

beforeAll(async () => {
  sandbox = await startSandbox({ world: neglectedAccount().world, settings: { credentialReportDelayMs: 0 } })
  canary = createServer((_, response) => {
    canaryCalls++
    response.writeHead(500).end()
  })
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
  canaryUrl = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`
})
afterAll(async () => {
  canary.close()
  await sandbox.close()
})

const env = () => ({
  AWS_ENDPOINT_URL: sandbox.endpoint,
  AWS_REGION: sandbox.region,
  AWS_ACCESS_KEY_ID: sandbox.accessKeyId,
  AWS_SECRET_ACCESS_KEY: sandbox.secretAccessKey,
})

it('plans, rehearses without a call to AWS, applies, and takes back', async () => {
  const planned = await keyreeve(['plan', '--role-external-id', 'vendor=f3a9-55', '--no-workloads'], {
    cwd,
    env: env(),
  })
  expect(planned.stderr).toContain('wrote .keyreeve/plans/')
  expect(planned.stdout).toContain('Left to other commands')
  const folder = join(cwd, '.keyreeve', 'plans')
  const names = readdirSync(folder).sort()
  expect(names).toHaveLength(2)
  for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  const file = join(folder, names.find((name) => !name.includes('snapshot'))!)
  const plan = planSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  expect(plan.steps.length).toBeGreaterThan(15)
  expect(readFileSync(join(folder, names.find((name) => name.includes('snapshot'))!), 'utf8')).not.toContain(
    sandbox.secretAccessKey,
  )

  const unasked = await keyreeve(['apply', file], { cwd, env: env() })
  expect(unasked).toMatchObject({ code: 2, stdout: '' })
  // the plan is not in the way of what is to be read
  expect(unasked.stderr.split('\n')[0]).toBe('keyreeve: there is no terminal to ask on')

  const canaryEnv = { AWS_ENDPOINT_URL: canaryUrl, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
  const rehearsed = await keyreeve(['apply', '--rehearse', file, '--json'], { cwd, env: canaryEnv })
  expect(canaryCalls, rehearsed.stderr).toBe(0)
  const rehearsal = rehearsalSchema.parse(JSON.parse(rehearsed.stdout))
  expect(rehearsal.findings.promised).toEqual([])
  expect(rehearsal.steps.every(({ outcome }) => outcome === 'done')).toBe(true)
  // groups that nobody is in any more are new findings
  expect(rehearsed.code).toBe(1)

  const step = plan.steps.find(({ kind }) => kind === 'change-trust')!.id
  const applied = await keyreeve(['apply', file, '--yes', '--step', step], { cwd, env: env() })
  expect(applied.code, applied.stderr).toBe(0)
  expect(applied.stdout).toContain('done')
  const undone = await keyreeve(['undo', file, '--yes'], { cwd, env: env() })
  expect(undone.stdout).toContain('undone')
  expect(undone.code).toBe(0)
  const nothing = await keyreeve(['undo', file, '--yes'], { cwd, env: env() })
  expect(nothing).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to take back') })
  const noFile = await keyreeve(['apply', '.keyreeve', '--yes'], { cwd, env: env() })
  expect(noFile).toMatchObject({ code: 2, stderr: expect.stringContaining('the plan `.keyreeve` cannot be read') })
})

it('says as JSON what its schema tells of, whatever became of a step', async () => {
  const { stdout } = await keyreeve(['plan', '--json', '--output', 'again.json', '--no-workloads'], { cwd, env: env() })
  const plan = planSchema.parse(JSON.parse(stdout))
  const run = async (command: string, ...rest: string[]) => {
    const ran = await keyreeve([command, 'again.json', '--yes', '--json', ...rest], { cwd, env: env() })
    const document = JSON.parse(ran.stdout)
    expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true)
    return document.steps.map(({ outcome }: { outcome: string }) => outcome)
  }
  const some = plan.steps.filter(({ id }) => /^(deactivate|delete)-key/.test(id)).flatMap(({ id }) => ['--step', id])
  expect(new Set(await run('apply', ...some))).toEqual(new Set(['done', 'waits']))
  expect(new Set(await run('apply', ...some))).toEqual(new Set(['was-done', 'waits']))
  sandbox.setFaults(['deny:iam:UpdateAccessKey'])
  expect(await run('undo')).toContain('interrupted')
  sandbox.setFaults([])
  expect(await run('undo')).toContain('undone')
  sandbox.setFaults(['deny:iam:ListAccessKeys'])
  expect(await run('apply', ...some)).toContain('refused')
  sandbox.setFaults([])
})

it('Ctrl-C stops between two calls, says so, and lets the next run go on', async () => {
  const { stdout } = await keyreeve(['plan', '--json', '--output', 'third.json', '--no-workloads'], { cwd, env: env() })
  const plan = planSchema.parse(JSON.parse(stdout))
  const journal = join(cwd, 'third.journal')
  const stopped = await keyreeve(['apply', 'third.json', '--yes', '--json'], {
    cwd,
    env: env(),
    during: async (child) => {
      await untilFileHolds('"done"', () => journal)
      child.kill('SIGINT')
    },
  })
  expect(stopped).toMatchObject({ code: 3, stderr: '' })
  const outcomes = JSON.parse(stopped.stdout).steps.map(({ outcome }: { outcome: string }) => outcome)
  expect(outcomes.at(-1)).toBe('stopped')
  expect(outcomes.length).toBeLessThan(plan.steps.length)
  // no call without its answer, and nobody holds the lock
  const lines = readFileSync(journal, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.filter(({ event }) => event === 'call')).toHaveLength(
    lines.filter(({ event }) => event === 'answer').length,
  )
  const undone = await keyreeve(['undo', 'third.json', '--yes'], { cwd, env: env() })
  expect(undone.stderr).toBe('')
  expect(undone.stdout).toContain('undone')
})

it('says that an account could not be read, where a plan of it looks as if all were well', async () => {
  sandbox.setFaults(['deny:iam:*'])
  const { code, stdout, stderr } = await keyreeve(['plan', '--output', 'denied.json', '--no-workloads'], {
    cwd,
    env: env(),
  })
  sandbox.setFaults([])
  expect(code).toBe(3)
  expect(stdout).toContain('There is nothing that it can do')
  expect(stderr).toContain('the account could not be read whole')
  expect(stderr).toContain('iam:GetAccountAuthorizationDetails was denied')
})

it('a key keeps its grace where the clock of the machine is months ahead', async () => {
  const file = join(cwd, 'fast.json')
  await keyreeve(['plan', '--check', 'key-unused', '--no-workloads', '--output', file], { cwd, env: env() })
  const apply = async (more: Record<string, string>) =>
    JSON.parse((await keyreeve(['apply', file, '--yes', '--json'], { cwd, env: { ...env(), ...more } })).stdout).steps
  await apply({})
  const steps: { outcome: string }[] = await apply({ NODE_OPTIONS: clockFastBy(60) })
  expect(steps.map(({ outcome }) => outcome)).toContain('waits')
  expect(steps.map(({ outcome }) => outcome)).not.toContain('done')
})

it('root’s keys need credentials of another account, which is said', async () => {
  const { code, stderr } = await keyreeve(['plan', '--root-keys'], { cwd, env: env() })
  expect(code).toBe(2)
  expect(stderr).toContain('`--root-keys` needs `--management-profile`, or `--role-arn`')
})

it('prints a plan for a change ticket', async () => {
  const { stdout } = await keyreeve(['plan', '--markdown', '--check', 'role-confused-deputy'], { cwd, env: env() })
  expect(stdout).toMatch(/^# Change of AWS account/)
  expect(stdout).toContain('- [ ] 1\\.')
})
