/** The policy commands as a user runs them. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { jsonSchemas } from '../../src/report/schema.ts'
import { keyreeve } from './keyreeve.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-policy-'))

function save(name: string, content: unknown): string {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  return name
}

const run = (...args: string[]) => keyreeve(['policy', ...args], { cwd: folder })
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

function expectDocument(name: string, text: string): void {
  for (const closed of [true, false]) {
    const validate = new Ajv2020({ allErrors: true }).compile(jsonSchemas({ closed })[`${name}.schema.json`]!)
    expect(validate(JSON.parse(text)) || validate.errors).toBe(true)
  }
}

const identity = save(
  'ana.json',
  policy(
    { Sid: 'Reports', Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' },
    { Effect: 'Deny', Action: 's3:*', Resource: '*', Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } },
  ),
)
const full = save('full.json', policy({ Effect: 'Allow', Action: '*', Resource: '*' }))
const ec2 = save('ec2.json', policy({ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }))
const asked = [
  ...['--principal', 'arn:aws:iam::111122223333:user/ana'],
  ...['--action', 's3:GetObject', '--resource', 'arn:aws:s3:::reports/may.csv', '--identity', identity],
]

describe('policy decide', () => {
  it('says what a conditional answer hangs on, with the line of the statement', async () => {
    const { code, stdout, stderr } = await run('decide', ...asked)
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(stdout).toContain('conditional')
    expect(stdout).toMatch(/identity-policy {2}ana\.json:\d+/)
    expect(stdout).toContain('Deny: NotIpAddress aws:SourceIp ["192.0.2.0/24"]')
  })

  it.each<[string, number, string[], object]>([
    ['allows with the key given', 0, ['--context', 'aws:SourceIp=192.0.2.7'], { decision: 'allowed' }],
    [
      'denies with the key known to be absent',
      1,
      ['--context', 'aws:SourceIp'],
      { decision: 'denied', explicitDeny: true, blockedBy: 'identity-policy' },
    ],
    ['denies with all keys absent', 1, ['--strict'], { decision: 'denied', explicitDeny: true }],
    [
      'asks the boundary',
      1,
      ['--context', 'aws:SourceIp=192.0.2.7', '--boundary', ec2],
      { blockedBy: 'permissions-boundary' },
    ],
    [
      'asks every level of SCPs',
      1,
      ['--context', 'aws:SourceIp=192.0.2.7', '--scp', `${full},${ec2}`, '--scp', ec2],
      { blockedBy: 'scp', explicitDeny: false },
    ],
    [
      'takes the SCPs of one level together',
      0,
      ['--context', 'aws:SourceIp=192.0.2.7', '--scp', `${full},${ec2}`],
      { decision: 'allowed' },
    ],
    [
      'leaves the management account out',
      0,
      ['--context', 'aws:SourceIp=192.0.2.7', '--scp', ec2, '--management-account', '111122223333'],
      { decision: 'allowed' },
    ],
  ])('%s', async (_, wanted, flags, expected) => {
    const { code, stdout } = await run('decide', ...asked, ...flags, '--json')
    expect(code).toBe(wanted)
    expect(JSON.parse(stdout)).toMatchObject(expected)
    expectDocument('policy-decision', stdout)
  })

  it('takes a case from a file', async () => {
    const file = save('case.json', {
      request: { principal: 'cloudtrail.amazonaws.com', action: 's3:PutObject', resource: 'arn:aws:s3:::b/x' },
      policies: {
        resource: policy({
          Effect: 'Allow',
          Principal: { Service: 'cloudtrail.amazonaws.com' },
          Action: 's3:*',
          Resource: '*',
        }),
      },
    })
    expect((await run('decide', file)).stdout).toContain('allowed')
  })

  it.each<[string, string[], RegExp]>([
    ['no question', [], /who asks for what/],
    ['no principal', ['--principal', 'ana', '--action', 's3:GetObject'], /`request.principal` is no ARN/],
    ['a bare name as resource', ['--principal', '*', '--action', 's3:GetObject', '--resource', 'b'], /is no ARN/],
    ['a pattern as action', ['--principal', '*', '--action', 's3:*'], /is no action/],
    [
      'a file that is not there',
      ['--principal', '*', '--action', 's3:GetObject', '--identity', 'nope.json'],
      /cannot read `nope.json` \(ENOENT\)/,
    ],
    [
      'a file that is no JSON',
      ['--principal', '*', '--action', 's3:GetObject', '--identity', save('torn.json', '{\n"a": [1,')],
      /`torn.json` line 2, column \d+: no JSON/,
    ],
    [
      'JSON that is no policy, such as a snapshot',
      ['--principal', '*', '--action', 's3:GetObject', '--identity', save('snapshot.json', { kind: 'snapshot' })],
      /`snapshot.json` is no policy: `Statement` is missing/,
    ],
  ])('refuses %s in one line', async (_, flags, message) => {
    const { code, stdout, stderr } = await run('decide', ...flags)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/internal error/)
  })
})

describe('policy test', () => {
  const item = (decision: string, expectation: object = {}) => ({
    id: 'reads',
    request: { principal: 'arn:aws:iam::111122223333:user/ana', action: 's3:GetObject', resource: 'arn:aws:s3:::b/x' },
    policies: {
      identity: [policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' })],
      boundary: [JSON.parse(readFileSync(join(folder, ec2), 'utf8'))],
    },
    expected: { decision, ...expectation },
  })

  it('counts what is as expected', async () => {
    const { code, stdout } = await run(
      'test',
      save('good.json', [item('ImplicitlyDenied', { blockedBy: 'permissions-boundary' })]),
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1 passed, 0 failed\n' })
  })

  it('prints a line for each failure', async () => {
    const { code, stdout } = await run(
      'test',
      save('wrong.json', { cases: [item('Allowed'), item('ImplicitlyDenied', { blockedBy: 'scp' })] }),
    )
    expect(code).toBe(1)
    expect(stdout.split('\n')).toEqual([
      'failed reads: expected Allowed, is ImplicitlyDenied (permissions-boundary)',
      'failed reads: expected ImplicitlyDenied (scp), is ImplicitlyDenied (permissions-boundary)',
      '0 passed, 2 failed',
      '',
    ])
  })

  it('as JSON, by its schema', async () => {
    const { code, stdout } = await run('test', save('one.json', item('Allowed')), '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      passed: 0,
      failed: 1,
      cases: [{ id: 'reads', decision: 'ImplicitlyDenied', expected: 'Allowed' }],
    })
    expectDocument('policy-test', stdout)
  })

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '[{', /line 1, column 3: no JSON/],
    ['a case without expectation', { ...item('Allowed'), expected: undefined }, /expects nothing/],
    ['a decision that there is not', item('Denied'), /`expected.decision` is none of Allowed/],
    [
      'a misspelt field',
      { ...item('Allowed'), request: { ...item('Allowed').request, resources: '*' } },
      /did you mean `resource`/,
    ],
    ['a file without cases', [], /`broken.json` has no cases/],
    [
      'a resource that is no ARN',
      { ...item('Allowed'), request: { ...item('Allowed').request, resource: 'my-bucket' } },
      /`request.resource` `my-bucket` is no ARN/,
    ],
    ['a key that is there twice', '[{"id": "a", "id": "b"}]', /line 1, column 14: `id` is there twice/],
    [
      'a list in place of a document',
      { ...item('Allowed'), policies: { resource: [] } },
      /`policies.resource` is no policy document/,
    ],
  ])('refuses %s in one line', async (_, content, message) => {
    const { code, stdout, stderr } = await run('test', save('broken.json', content))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
  })
})

describe('policy lint', () => {
  const bad = save('bad.json', policy({ Effect: 'Allow', Action: 's3:GetObjects', Resource: 'arn:aws:s3:::b' }))

  it('names file, line and column', async () => {
    const { code, stdout } = await run('lint', bad, full)
    expect(code).toBe(1)
    expect(stdout).toContain('bad.json:6:17 error no action `s3:GetObjects` is known; did you mean `s3:GetObject`?')
    expect(stdout).toContain('2 files: 1 error, 0 warnings')
  })

  it('as JSON, by its schema', async () => {
    const { stdout } = await run('lint', bad, '--json')
    expect(JSON.parse(stdout).files).toMatchObject([
      { file: 'bad.json', findings: [{ rule: 'unknown-action', line: 6, column: 17 }] },
    ])
    expectDocument('policy-lint', stdout)
  })

  it('as SARIF with a place in the file', async () => {
    const { runs } = JSON.parse((await run('lint', bad, '--format', 'sarif')).stdout)
    const [result] = runs[0].results
    expect(runs[0].tool.driver.rules[result.ruleIndex].id).toBe('unknown-action')
    expect(result.locations[0].physicalLocation).toMatchObject({
      artifactLocation: { uri: 'bad.json' },
      region: { startLine: 6, startColumn: 17 },
    })
  })

  it('passes a policy that is right', async () => {
    expect(await run('lint', full)).toMatchObject({ code: 0, stdout: '1 file: 0 errors, 0 warnings\n' })
  })
})
