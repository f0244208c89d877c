/** The command against the sandbox, over HTTP, as against AWS: what is found, what a fault does, what Ctrl-C does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { IAMClient, PutRolePolicyCommand, TagRoleCommand, TagUserCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newestSnapshots } from '../../src/cli/workspace.ts'
import { exampleOrganization } from '../../src/sandbox/example/example-organization.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { CLEAN_ENV, CLI, keyreeve } from './keyreeve.ts'

interface Endpoint {
  endpoint: string
  accountId: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

interface ServedSandbox extends Endpoint {
  env: Record<string, string>
  stop(): Promise<number | null>
}

const environmentOf = ({ endpoint, region, accessKeyId, secretAccessKey }: Endpoint) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
})

async function serve(...args: string[]): Promise<ServedSandbox> {
  const child: ChildProcess = spawn(process.execPath, [CLI, 'sandbox', '--port', '0', '--json', ...args], {
    env: CLEAN_ENV,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string]
  const ready = JSON.parse(line) as Endpoint
  return {
    ...ready,
    env: environmentOf(ready),
    async stop() {
      child.kill('SIGTERM')
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    },
  }
}

describe('the example organization', () => {
  let sandbox: ServedSandbox
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-live-'))
  const run = (...args: string[]) => keyreeve(args, { cwd: folder, env: sandbox.env })

  beforeAll(async () => {
    sandbox = await serve('--now', '2026-11-01')
  })
  afterAll(async () => {
    expect(await sandbox.stop()).toBe(0)
  })

  it('audit reads every source and finds something of every kind', async () => {
    const { code, stdout, stderr } = await run('audit', '--ssh-keys', '--json')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    const { accounts, findings, notEvaluated, summary } = JSON.parse(stdout)
    expect(accounts).toMatchObject([{ accountId: sandbox.accountId, complete: true }])
    const missed = notEvaluated.filter(({ extent }: { extent: string }) => extent === 'all')
    // no scan and no CloudTrail was joined
    expect(missed.filter(({ otherEvidence }: { otherEvidence?: true }) => !otherEvidence)).toEqual([])
    expect(new Set(findings.map(({ check }: { check: string }) => check)).size).toBeGreaterThan(40)
    expect(summary.checks.notEvaluated).toBe(missed.length)
  })

  it('a snapshot gives the same findings as the account', async () => {
    const file = join(folder, 'snapshot.json')
    const collected = await run('collect', '--output', file)
    expect(collected.code).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const fromFile = JSON.parse((await keyreeve(['audit', '--json', '--snapshot', file])).stdout)
    const fromAccount = JSON.parse((await run('audit', '--json')).stdout)
    const identity = ({ fingerprint, severity, status }: Record<string, string>) =>
      `${fingerprint} ${severity} ${status}`
    expect(fromFile.findings.map(identity)).toEqual(fromAccount.findings.map(identity))
  })

  it('collect writes into the workspace, for its owner only', async () => {
    const { code, stdout } = await run('collect')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    const snapshots = join(folder, '.keyreeve', 'snapshots')
    const [file] = readdirSync(snapshots)
    expect(file).toContain(sandbox.accountId)
    expect(statSync(join(snapshots, file!)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, '.keyreeve', '.gitignore'), 'utf8')).toBe('*\n')
  })

  it('keys lists every key, and one key in full', async () => {
    const { code, stdout } = await run('keys', '--json')
    expect(code).toBe(0)
    const { keys } = JSON.parse(stdout)
    expect(keys.length).toBeGreaterThan(50)
    const { accessKeyId, owner } = keys.find((key: { owner: { kind: string } }) => key.owner.kind === 'user')
    const one = await run('keys', accessKeyId)
    expect(one.code).toBe(0)
    expect(one.stdout).toContain(accessKeyId)
    expect(one.stdout).toContain(owner.name)
    const unknown = await run('keys', 'AKIAQQQQQQQQQQQQQQQQ')
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toContain('is not in account')
  })

  it('--severity shows less, --fail-on decides the exit code, --check runs one', async () => {
    const { findings } = JSON.parse((await run('audit', '--json', '--severity', 'high')).stdout)
    expect(new Set(findings.map(({ severity }: { severity: string }) => severity))).toEqual(
      new Set(['critical', 'high']),
    )
    expect((await run('audit', '--json', '--fail-on', 'none')).code).toBe(0)
    const one = JSON.parse((await run('audit', '--json', '--check', 'key-age')).stdout)
    expect(new Set(one.findings.map(({ check }: { check: string }) => check))).toEqual(new Set(['key-age']))
  })

  it('several reports of one run', async () => {
    const { code, stdout } = await run(
      'audit',
      '-o',
      'a.html',
      '-o',
      'a.json',
      '-f',
      'sarif',
      '-o',
      'a.out',
      '-f',
      'csv',
    )
    expect(code).toBe(1)
    expect(stdout).toMatch(/^severity,/)
    expect(readFileSync(join(folder, 'a.html'), 'utf8')).toContain('<!doctype html>')
    expect(JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')).schemaVersion).toBe(1)
    expect(JSON.parse(readFileSync(join(folder, 'a.out'), 'utf8')).version).toBe('2.1.0')
  })

  it('credentials that AWS does not know are one clear line', async () => {
    for (const change of [{ AWS_SECRET_ACCESS_KEY: 'wrong' }, { AWS_ACCESS_KEY_ID: 'AKIAQQQQQQQQQQQQQQQQ' }]) {
      const { code, stdout, stderr } = await keyreeve(['audit'], { env: { ...sandbox.env, ...change } })
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toMatch(/^keyreeve: [^\n]+\n( {2}[^\n]+\n)?$/)
    }
  })

  it('secrets that the account itself holds do not get into snapshot or report', async () => {
    const client = new IAMClient({
      endpoint: sandbox.endpoint,
      region: sandbox.region,
      credentials: { accessKeyId: sandbox.accessKeyId, secretAccessKey: sandbox.secretAccessKey },
    })
    const canaries = ['a', 'b', 'c'].map((seed) =>
      createHash('sha256').update(seed).digest().subarray(0, 30).toString('base64'),
    )
    const { users, roles } = JSON.parse((await run('collect', '--output', '-')).stdout)
    // some roles are only modifiable by AWS
    const { roleName: RoleName } = roles.find(({ path }: { path: string }) => path === '/')
    const Tags = [{ Key: 'AWS_SECRET_ACCESS_KEY', Value: canaries[0]! }]
    await client.send(new TagUserCommand({ UserName: users[0].userName, Tags }))
    await client.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'k', Value: canaries[1]! }] }))
    await client.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: 'canary',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: '*',
              Resource: '*',
              Condition: { StringEquals: { 'aws:UserAgent': canaries[2] } },
            },
          ],
        }),
      }),
    )
    client.destroy()
    const outputs = await Promise.all([
      run('collect', '--output', '-'),
      run('audit', '--json'),
      run('audit', '--verbose'),
      run('keys'),
    ])
    const text = outputs.map(({ stdout, stderr }) => stdout + stderr).join('\n')
    for (const secret of [...canaries, sandbox.secretAccessKey]) {
      expect(text).not.toContain(secret.slice(0, 20))
      expect(text).not.toContain(secret.slice(20))
    }
  })

  it('Ctrl-C leaves a report that says it is incomplete, and exit code 3', async () => {
    const slow = await startSandbox({
      world: exampleOrganization({ now: new Date() }),
      faults: ['delay:iam:ListAccessKeys:ms=400', 'delay:ec2:DescribeInstances:ms=60000'],
    })
    const isUnderWay = () => (slow.calls().counts['iam:ListAccessKeys'] ?? 0) > 2
    try {
      const { code, stdout } = await keyreeve(['audit', '--json'], {
        env: environmentOf(slow),
        during: async (child) => {
          while (!isUnderWay()) await sleep(50)
          child.kill('SIGINT')
        },
      })
      expect(code).toBe(3)
      const { accounts } = JSON.parse(stdout)
      expect(accounts[0].complete).toBe(false)
      expect(accounts[0].coverage.map(({ status }: { status: string }) => status)).toContain('truncated')
    } finally {
      await slow.close()
    }
  })
})

it('a snapshot that Ctrl-C cut short is kept, and not taken for the newest of the account', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-partial-'))
  const world = () => exampleOrganization({ now: new Date() })
  const collected = async (faults: string[], interrupt: boolean) => {
    const sandbox = await startSandbox({ world: world(), faults })
    try {
      return await keyreeve(['collect'], {
        cwd: folder,
        env: environmentOf(sandbox),
        during: async (child) => {
          while (interrupt && (sandbox.calls().counts['iam:ListAccessKeys'] ?? 0) < 3) await sleep(50)
          if (interrupt) child.kill('SIGINT')
        },
      })
    } finally {
      await sandbox.close()
    }
  }
  expect((await collected([], false)).code).toBe(0)
  const [whole] = readdirSync(join(folder, '.keyreeve', 'snapshots'))
  const { code, stderr } = await collected(['delay:iam:ListAccessKeys:ms=400'], true)
  expect(code).toBe(3)
  expect(stderr).toContain('was read only in part: collecting was interrupted')
  expect(stderr).toContain('not taken for the newest snapshot')
  expect(readdirSync(join(folder, '.keyreeve', 'snapshots'))).toHaveLength(2)
  expect(newestSnapshots(join(folder, '.keyreeve'))).toEqual([join(folder, '.keyreeve', 'snapshots', whole!)])
})

describe('a call that fails is a gap, named in the report, and exit code 3', () => {
  it.each([
    ['deny:iam:ListAccessKeys', 'iam:ListAccessKeys', 'denied'],
    ['deny:iam:GetCredentialReport', 'iam:GetCredentialReport', 'denied'],
    ['deny:iam:GetAccountAuthorizationDetails', 'iam:GetAccountAuthorizationDetails', 'denied'],
    ['deny:ec2:*', 'ec2:DescribeInstances', 'denied'],
    ['deny:cloudtrail:*', 'cloudtrail:DescribeTrails', 'denied'],
    ['throttle:iam:GetAccountPasswordPolicy', 'iam:GetAccountPasswordPolicy', 'throttled'],
    ['cut:iam:ListServerCertificates', 'iam:ListServerCertificates', 'truncated'],
    ['truncate:iam:ListSAMLProviders', 'iam:ListSAMLProviders', 'truncated'],
  ])('%s', async (rule, source, status) => {
    const sandbox = await serve('--fault', rule)
    try {
      const env = { ...sandbox.env, AWS_MAX_ATTEMPTS: '3' }
      const { code, stdout, stderr } = await keyreeve(['audit', '--json'], { env })
      expect(code).toBe(3)
      expect(stderr).toBe('')
      const { accounts, notEvaluated } = JSON.parse(stdout)
      const lines = accounts[0].coverage.filter((entry: { source: string }) => entry.source === source)
      expect(lines.map((entry: { status: string }) => entry.status)).toContain(status)
      // whose keys they are is known from the report, too; their IDs are not
      if (source === 'iam:ListAccessKeys') return
      expect(notEvaluated.some(({ because }: { because: string }) => because.includes(source))).toBe(true)
    } finally {
      await sandbox.stop()
    }
  })
})

it('ways are not all known where functions were not read: exit code 3', async () => {
  const sandbox = await serve('--fault', 'deny:lambda:ListFunctions')
  try {
    const { code, stderr } = await keyreeve(['reach', 'paths', '--no-cut'], { env: sandbox.env })
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('there may be more ways than these') })
  } finally {
    await sandbox.stop()
  }
})

it('an account with nothing in it is audited like any other', async () => {
  const sandbox = await serve('--empty')
  try {
    const { code, stdout, stderr } = await keyreeve(['audit'], { env: sandbox.env })
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain(sandbox.accountId)
  } finally {
    await sandbox.stop()
  }
})

it('the demo shows report, keys and page, and exits with 0', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-demo-'))
  const { code, stdout } = await keyreeve(['demo'], { cwd: folder, env: { AWS_PROFILE: 'nobody' } })
  expect(code).toBe(0)
  for (const text of ['DO THESE FIRST', 'access keys', 'audit.html']) expect(stdout).toContain(text)
  // what only the trail tells
  for (const check of ['key-shared', 'key-silent-but-scheduled']) expect(stdout).toContain(check)
  expect(readFileSync(join(folder, '.keyreeve', 'demo', 'audit.html'), 'utf8')).toContain('<!doctype html>')
})
