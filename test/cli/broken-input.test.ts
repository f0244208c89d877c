/** Broken input of every kind: one clear line and exit code 2, or a gap; never a stack trace, never an empty report. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keyreeve } from './keyreeve.ts'
import { ACCOUNT, accountDetails, credentialReport, mapStrings } from './saved-account.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-broken-'))

function save(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
  return path
}

const details = save('details.json', accountDetails())
const report = save('report.csv', credentialReport())
const audit = (...files: string[]) => keyreeve(['audit', '--json', '--snapshot', ...files], { cwd: folder })

function expectOneClearLine({ code, stdout, stderr }: Awaited<ReturnType<typeof audit>>) {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^keyreeve: [^\n]+\n( {2}[^\n]+\n)?$/)
  expect(stderr).not.toMatch(/internal error|at .*:\d+:\d+|undefined|\[object/)
}

it('the account that the tests break is a good one', async () => {
  const { code, stdout, stderr } = await audit(details, report)
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  const found = JSON.parse(stdout).findings.map(({ check }: { check: string }) => check)
  for (const check of ['root-access-key', 'root-mfa', 'admin-user', 'key-age', 'role-trust-public'])
    expect(found).toContain(check)
})

describe('is refused with one clear line', () => {
  const whole = JSON.stringify(accountDetails(), null, 2)
  it.each<[string, unknown]>([
    ['an empty file', ''],
    ['white space', ' \n\t\n'],
    ['random bytes', randomBytes(5000)],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['text', 'hello\n'],
    ['JSON cut off in the middle', whole.slice(0, whole.length / 2)],
    ['JSON cut off before the last bracket', whole.trimEnd().slice(0, -1)],
    ['an HTML error page', '<!doctype html><html><body>403 Forbidden</body></html>'],
    ['JSON of something else', { Buckets: [{ Name: 'x' }] }],
    ['a JSON number', '42'],
    ['a JSON string', '"hello"'],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['an empty list', '[]'],
    ['account details with a number for users', { ...accountDetails(), UserDetailList: 3 }],
    [
      'account details of two accounts',
      {
        ...accountDetails(),
        RoleDetailList: mapStrings(accountDetails().RoleDetailList, (text) => text.replace(ACCOUNT, '999999999999')),
      },
    ],
    ['a CSV of something else', 'name,age\nana,3\n'],
    ['a credential report with a broken row', `${credentialReport()}"unclosed,quote\n`],
    ['a credential report without its columns', credentialReport().split('\n').slice(1).join('\n')],
    [
      'a snapshot of a later version',
      { schemaVersion: 99, tool: { name: 'keyreeve', version: '9' }, accountId: '111122223333' },
    ],
    ['a snapshot with nothing in it', { schemaVersion: 1, tool: { name: 'keyreeve', version: '9' } }],
    ['JSON nested a million deep', '['.repeat(1_000_000)],
    ['an answer to an error', { Error: { Code: 'AccessDenied', Message: 'no' } }],
  ])('%s', async (name, content) => {
    expectOneClearLine(await audit(save(`${name.replaceAll(' ', '-')}.json`, content)))
  })

  it('a file that is not there, a folder without files, a link to itself', async () => {
    expectOneClearLine(await audit(join(folder, 'nowhere.json')))
    mkdirSync(join(folder, 'empty'))
    expectOneClearLine(await audit(join(folder, 'empty')))
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'))
    expectOneClearLine(await audit(join(folder, 'loop')))
  })

  it('a file name full of escape codes, which are not obeyed', async () => {
    const { stderr } = await audit(join(folder, '\u001b[31mred\u001b]0;title\u0007.json'))
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
  })

  it('200 MB of the wrong thing', async () => {
    const large = save('large.json', `{"UserDetailList": ["${'x'.repeat(200_000_000)}"`)
    const started = Date.now()
    expectOneClearLine(await audit(large))
    expect(Date.now() - started).toBeLessThan(30_000)
  })
})

describe('is a gap, or is left out', () => {
  it('a policy that is no JSON: what it grants is not known', async () => {
    const broken = accountDetails()
    broken.UserDetailList[0]!.UserPolicyList![0]!.PolicyDocument = 'not json' as never
    const { code, stdout } = await audit(save('policy.json', broken), report)
    expect([1, 3]).toContain(code)
    const { notEvaluated } = JSON.parse(stdout)
    expect(JSON.stringify(notEvaluated)).toContain('everything')
  })

  it('account details with a user that is a string: incomplete', async () => {
    const { code, stdout } = await audit(save('users.json', { ...accountDetails(), UserDetailList: ['ana'] }), report)
    expect(code).toBe(3)
    expect(JSON.parse(stdout).accounts[0].complete).toBe(false)
  })

  it('fields that nobody knows', async () => {
    const strange = { ...accountDetails(), Whatever: { __proto__: null, constructor: 1 }, ResponseMetadata: {} }
    const { code, stdout } = await audit(save('strange.json', strange), report)
    expect(code).toBe(1)
    expect(JSON.parse(stdout).accounts[0].accountId).toBe('111122223333')
  })

  it('account details without a credential report: what hangs on it is not evaluated', async () => {
    const { stdout } = await audit(details)
    const { notEvaluated } = JSON.parse(stdout)
    expect(notEvaluated.map(({ check }: { check: string }) => check)).toContain('key-unused')
  })

  it('a credential report alone: keys are named by user and place', async () => {
    const { stdout } = await audit(report)
    const { findings } = JSON.parse(stdout)
    const keys = findings.filter(({ subject }: { subject: { kind: string } }) => subject.kind === 'access-key')
    expect(keys.map(({ subject }: { subject: { id: string } }) => subject.id)).toContain(
      'arn:aws:iam::111122223333:user/ana#1',
    )
  })
})

describe('names full of escape codes, HTML and formulas stay text', () => {
  const hostile = [
    '\u001b]0;owned\u0007\u001b[2J',
    '<img src=x onerror=alert(1)></script>',
    '=HYPERLINK("http://x")',
    '\u202egnp.exe',
    'a\r\nb,"c"',
    '__proto__',
    '@SUM(1)|cmd',
  ]
  const names = { ...accountDetails() }
  names.UserDetailList = hostile.map((name, i) => ({
    ...accountDetails().UserDetailList[0]!,
    UserName: name,
    UserId: `AIDAEXAMPLE00000000${i}`,
    Arn: `arn:aws:iam::111122223333:user/${name}`,
  }))
  const file = save('hostile-details.json', names)

  it.each(['terminal', 'markdown', 'csv', 'sarif', 'json', 'ndjson', 'ocsf', 'html'])('%s', async (format) => {
    const output = join(folder, `hostile.${format}`)
    const { code, stdout, stderr } = await keyreeve([
      'audit',
      '--snapshot',
      file,
      '--format',
      format,
      '--output',
      output,
    ])
    expect([1, 3]).toContain(code)
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
    const { readFileSync } = await import('node:fs')
    const text = readFileSync(output, 'utf8')
    // the page holds its data packed; its own script may hold what it likes
    if (format !== 'html') expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/)
    if (format === 'html') expect(text).not.toContain('<img src=x')
    // in Markdown it is text within code, or behind a backslash
    if (format === 'markdown') expect(text.replace(/```[\s\S]*?```|`[^`\n]*`/g, '')).not.toMatch(/(?<!\\)<img/)
    if (format === 'csv') expect(text).not.toMatch(/(^|,)"?[=@]/m)
  })
})
