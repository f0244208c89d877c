/** Wrong input on the command line: one clear line, exit code 2, nothing on standard output. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keyAge } from '../../src/checks/key-age.ts'
import { writeOutput } from '../../src/cli/outputs.ts'
import { CLI, keyreeve } from './keyreeve.ts'
import { accountDetails } from './saved-account.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-usage-'))

it.each([
  ['--help'],
  ['audit', '--help'],
  ['keys', '--help'],
  ['collect', '--help'],
  ['sandbox', '--help'],
  ['explain', '--help'],
  ['demo', '--help'],
])('%s %s shows examples and exits with 0', async (...args) => {
  const { code, stdout, stderr } = await keyreeve(args)
  expect(stdout).toContain('Examples:')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

it('a pipe gets whole lines: nothing is wrapped or cut that `grep` may look for', async () => {
  const { stdout } = await keyreeve(['explain', 'key-age'], { env: { COLUMNS: '' } })
  const { why, fix } = keyAge
  expect(stdout.split('\n')).toEqual(expect.arrayContaining([`  ${why}`, `  ${fix}`]))
})

describe('a mistake is one clear line and exit code 2', () => {
  it.each([
    [['audti'], "unknown command 'audti'", 'audit'],
    [['audit', '--profil', 'x'], "unknown option '--profil'", '--profile'],
    [['audit', '--severity', 'awful'], 'Allowed choices are critical'],
    [['audit', '--check', 'key-aeg', '--snapshot', 'x'], 'there is no check `key-aeg`', 'key-age'],
    [['audit', '--format', 'pdf'], 'Formats are terminal'],
    [['audit', '--output', 'report.pdf'], 'no format is known for `report.pdf`'],
    [['audit', '--format', 'json', '--format', 'csv'], 'two reports for standard output'],
    [['audit', '--as-of', '2026-01-01'], '`--as-of` needs `--snapshot`'],
    [['audit', '--as-of', 'yesterday', '--snapshot', 'x'], 'Give a date'],
    [['audit', '--max-rps', '0'], 'Give a number above 0'],
    [['audit', '--external-id', 'x'], '`--external-id` needs `--role-arn`'],
    [['audit', '--snapshot', 'no-such-file.json'], 'no-such-file.json'],
    [['audit', '--config', 'no-such.yaml', '--snapshot', 'x'], 'cannot read `no-such.yaml` (ENOENT)'],
    [['keys', 'not-a-key'], 'that is no access key ID'],
    [['explain', 'nothing'], 'there is no check `nothing`'],
    [
      ['reach', 'who-can', 's3:GetObject', 'my-bucket', '--snapshot', 'x'],
      'that is no resource',
      'a resource is an ARN',
    ],
    [['reach', 'can', 'ana', 'GetObject', '--snapshot', 'x'], 'that is no action'],
    [['collect', '--print-policy', '--print-role', 'terraform'], 'two different things'],
    [['collect', '--print-role', 'pulumi'], 'Allowed choices are terraform'],
    [['sandbox', '--port', '99999'], 'Give a port'],
    [['sandbox', '--users', '5', '--empty'], 'two different accounts'],
    [['sandbox', '--host', '0.0.0.0', '--port', '0'], '0.0.0.0'],
    [['sandbox', '--port', '0', '--fault', 'explode:iam:*'], 'explode'],
    [['sandbox', '--port', '0', '--fault', 'deny:iam:ListAccesKeys'], 'iam has no operation `ListAccesKeys`'],
    [['sandbox', '--port', '0', '--fault', 'deny:iamm:*'], 'the sandbox has no service `iamm`, only iam, sts'],
  ])('%j', async (args, ...messages) => {
    const { code, stdout, stderr } = await keyreeve(args, { cwd: folder })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    for (const message of messages) expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/\n\s+at |node:internal|TypeError/)
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(4)
  })

  it('an argument that may be a pasted secret is not repeated', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
    for (const args of [
      ['keys', secret],
      ['keys', `AKIA${secret}`],
    ]) {
      const { code, stdout, stderr } = await keyreeve(args, { cwd: folder })
      expect(code).toBe(2)
      expect(stdout + stderr).not.toContain(secret)
    }
  })

  it('no credentials', async () => {
    const { code, stdout, stderr } = await keyreeve(['audit'], { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/credentials/)
    expect(stderr).not.toMatch(/\n\s+at |node:internal/)
  })

  it('a configuration with a typing mistake names the nearest setting', async () => {
    const config = join(folder, 'typo.yaml')
    writeFileSync(config, 'thresholds:\n  keyMaxAgeDay: 30\n')
    const { code, stderr } = await keyreeve(['audit', '--config', config, '--snapshot', 'x'], { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean `keyMaxAgeDays`?')
  })

  it.skipIf(process.platform === 'win32')('a configuration without end', async () => {
    const { code, stderr } = await keyreeve(['audit', '--config', '/dev/zero', '--snapshot', 'x'], { cwd: folder })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'keyreeve: `/dev/zero` is too large for a configuration\n',
    })
  })

  it('a configuration that is no YAML, or full of aliases', async () => {
    const config = join(folder, 'broken.yaml')
    for (const text of ['a: [', 'a: &x [1,1]\nthresholds: *x\n', '\u0000\u0001\u0002']) {
      writeFileSync(config, text)
      const { code, stderr } = await keyreeve(['audit', '--config', config, '--snapshot', 'x'], { cwd: folder })
      expect({ text, code }).toEqual({ text, code: 2 })
      expect(stderr).not.toMatch(/\n\s+at /)
    }
  })
})

/** What a run has loaded, as Node.js writes it. */
async function loadedBy(args: readonly string[]): Promise<string> {
  const coverage = mkdtempSync(join(tmpdir(), 'keyreeve-coverage-'))
  await keyreeve(args, { env: { NODE_V8_COVERAGE: coverage }, cwd: folder })
  return readdirSync(coverage)
    .map((file) => readFileSync(join(coverage, file), 'utf8'))
    .join('')
}

it('--help, explain and wrong usage load no AWS client', async () => {
  for (const args of [['--help'], ['explain'], ['audit', '--severity', 'awful']]) {
    const loaded = await loadedBy(args)
    expect(loaded).toContain('dist/cli/main.cjs')
    expect(loaded).not.toContain('@aws-sdk')
  }
})

it('an ordinary scan loads neither the other commands nor what reads options', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'keyreeve-empty-'))
  const plain = await loadedBy(['scan', '--json', empty])
  expect(plain).toContain('dist/chunks/scan-program')
  expect(plain).not.toMatch(/dist\/chunks\/scan-parser|dist\/cli\/program|node_modules/)
  expect(await loadedBy(['scan', '--max-depth', '3', empty])).toContain('dist/chunks/scan-parser')
})

it('output into a closed pipe ends quietly', () => {
  const script = `"${process.execPath}" "${CLI}" explain --json | head -c 1; echo " \${PIPESTATUS[0]}"`
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('{ 0\n')
})

it('standard error that nobody reads ends nothing half-way, and changes no exit code', () => {
  const run = `"${process.execPath}" "${CLI}" scan --no-such-option`
  // true has ended, and its pipe is closed, before anything is written to it
  const script = `exec 3>&1; { sleep 0.2; ${run} 2>&1 >&3; echo "$?" >&3; } | true`
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('2\n')
})

it('a reader that stops half-way does not turn findings into "nothing found"', () => {
  const snapshot = join(folder, 'account.json')
  const details = accountDetails()
  const [ana] = details.UserDetailList
  // more than a pipe holds
  const users = Array.from({ length: 500 }, (_, i) => ({ ...ana, UserName: `ana${i}`, UserId: `AIDA${i}` }))
  writeFileSync(snapshot, JSON.stringify({ ...details, UserDetailList: users }))
  const command = `"${process.execPath}" "${CLI}" audit --snapshot "${snapshot}" --json`
  const script = `${command} | head -c 1; echo " \${PIPESTATUS[0]}"`
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('{ 1\n')
})

describe('an endpoint', () => {
  const audit = (AWS_ENDPOINT_URL: string) =>
    keyreeve(['audit'], {
      cwd: folder,
      env: { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' },
    })

  it.each(['garbage', 'ftp://127.0.0.1', 'http://user:hidden@127.0.0.1:9'])('%s is refused', async (url) => {
    const { code, stderr } = await audit(url)
    expect(code).toBe(2)
    expect(stderr).toContain('the endpoint is no http or https address')
    expect(stderr).not.toContain('hidden')
  })

  it('that nobody serves is named, with what may have set it', async () => {
    const { code, stderr } = await audit('http://127.0.0.1:9')
    expect(code).toBe(2)
    expect(stderr).toMatch(/cannot be reached at http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)\n.*AWS_ENDPOINT_URL/)
  })
})

// boto3 and version 1 of the AWS CLI do not know AWS_REGION
// https://docs.aws.amazon.com/boto3/latest/guide/configuration.html#using-environment-variables
it('a sandbox prints what every SDK and the AWS CLI need', async () => {
  const { stdout } = await keyreeve(['sandbox', '--empty', '--port', '0'], {
    during: (child) => child.stdout!.once('data', () => child.kill('SIGINT')),
  })
  const names = [...stdout.matchAll(/^export (\w+)=/gm)].map(([, name]) => name)
  expect(names).toEqual([
    'AWS_ENDPOINT_URL',
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
  ])
})

it('a sandbox on a port that is taken says so, and what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  try {
    const { code, stderr } = await keyreeve(['sandbox', '--empty', '--port', String(port)])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `keyreeve: port ${port} is taken, perhaps by another sandbox\n  \`--port 0\` takes any free one\n`,
    })
  } finally {
    other.close()
  }
})

describe('writing', () => {
  it.each(['collect', 'plan'])(
    '%s says that the workspace cannot be written before it reads the account',
    async (command) => {
      const cwd = mkdtempSync(join(tmpdir(), 'keyreeve-taken-'))
      writeFileSync(join(cwd, '.keyreeve'), 'a file in its place')
      const { code, stderr } = await keyreeve([command], { cwd, env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } })
      expect(code).toBe(2)
      expect(stderr).toMatch(/the folder `\.keyreeve\/(snapshots|plans)` cannot be written \(E\w+\)\n.*--output/)
    },
  )

  const onLinux = process.platform === 'linux'

  it.skipIf(!onLinux)('to a full disk is one clear line and exit code 2', () => {
    for (const args of ['explain --json > /dev/full', 'explain > /dev/full']) {
      const { status, stderr } = spawnSync('bash', ['-c', `"${process.execPath}" "${CLI}" ${args}`], {
        encoding: 'utf8',
      })
      expect({ status, stderr }).toEqual({ status: 2, stderr: 'keyreeve: cannot write to standard output (ENOSPC)\n' })
    }
  })

  it.skipIf(process.platform === 'win32')('to a pipe leaves the pipe in its place, to a link the link', async () => {
    const [pipe, link, linked] = ['pipe', 'link', 'linked'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    execFileSync('mkfifo', [pipe])
    writeFileSync(linked, 'old')
    symlinkSync(linked, link)
    const reader = spawn('cat', [pipe])
    let read = ''
    reader.stdout.setEncoding('utf8').on('data', (chunk) => {
      read += chunk
    })
    const closed = once(reader, 'close')
    await writeOutput(pipe, ['through'])
    await closed
    await writeOutput(link, ['new'])
    expect(read).toBe('through')
    expect(lstatSync(pipe).isFIFO()).toBe(true)
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(linked, 'utf8')).toBe('new')
    expect(lstatSync(linked).mode & 0o777).toBe(0o600)
  })

  it('to a folder is refused and leaves nothing behind', async () => {
    const before = readdirSync(folder)
    await expect(writeOutput(folder, ['x'])).rejects.toThrow('(EISDIR)')
    await expect(writeOutput(join(folder, 'nowhere', 'x'), ['x'])).rejects.toThrow('(ENOENT)')
    expect(readdirSync(folder)).toEqual(before)
  })
})

it.each(['bash', 'zsh', 'fish'])('completion for %s names every command', async (shell) => {
  const { code, stdout } = await keyreeve(['completion', shell])
  expect(code).toBe(0)
  for (const command of ['audit', 'collect', 'keys', 'explain', 'sandbox', 'demo']) expect(stdout).toContain(command)
  if (shell !== 'fish') execFileSync('bash', ['-n'], { input: stdout })
})

it.skipIf(process.platform === 'win32')('completion knows the commands below others, and their options', async () => {
  const { stdout } = await keyreeve(['completion', 'bash'])
  const completions = (...words: string[]) =>
    execFileSync(
      'bash',
      ['-c', `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _keyreeve; echo "\${COMPREPLY[*]}"`, '_', ...words],
      { encoding: 'utf8' },
    ).trim()
  expect(completions('keyreeve', 'trail', 'det')).toBe('detect')
  expect(completions('keyreeve', 'trail', 'detect', '--sev')).toBe('--severity')
  expect(completions('keyreeve', 'scan', 'install-hook', '--unin')).toBe('--uninstall')
  expect(completions('keyreeve', 'scan', '--stag')).toBe('--staged')
  expect(completions('keyreeve', 'audit', '--json', '--severity', 'h')).toBe('high')
})
