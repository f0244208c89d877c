/** `scan` as a user runs it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type PlantedPair, plantedPair, randomKeyId, seeded } from '../scan/generate.ts'
import { CLEAN_ENV, CLI, keyreeve } from './keyreeve.ts'

const random = seeded(6)
const folder = (files: Record<string, string | Buffer> = {}) => {
  const path = mkdtempSync(join(tmpdir(), 'keyreeve-scan-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}
const ini = ({ id, secret }: PlantedPair) => `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`

it('finds a leak, says what to do, and exits with 1', async () => {
  const pair = plantedPair(random)
  const cwd = folder({ credentials: ini(pair), other: 'text' })
  const { code, stdout, stderr } = await keyreeve(['scan'], { cwd })
  expect(code).toBe(1)
  expect(stdout).toContain(`critical  ${pair.id}`)
  expect(stdout).toContain('credentials:2:21')
  expect(stdout).toContain(`$ aws iam update-access-key --access-key-id ${pair.id} --status Inactive`)
  expect(stdout + stderr).not.toContain(pair.secret)
  expect(stderr).toBe('')
})

it('a snapshot of the workspace that cannot be read does not keep back what was found', async () => {
  const pair = plantedPair(random)
  const cwd = folder({ credentials: ini(pair) })
  mkdirSync(join(cwd, '.keyreeve', 'snapshots'), { recursive: true })
  const name = '111122223333-20261101T000000Z.json'
  writeFileSync(join(cwd, '.keyreeve', 'snapshots', name), '{')
  const { code, stdout, stderr } = await keyreeve(['scan', 'credentials'], { cwd })
  expect(code).toBe(1)
  expect(stdout).toContain(`critical  ${pair.id}`)
  expect(stderr).toContain(`note: not compared with an account: \`.keyreeve/snapshots/${name}\` is cut off`)
  const asked = await keyreeve(['scan', 'credentials', '--snapshot', `.keyreeve/snapshots/${name}`], { cwd })
  expect(asked.code).toBe(2)
})

it('finds nothing in a clean folder, exits with 0 and leaves no trace', async () => {
  const cwd = folder({ a: 'nothing here', 'b.md': `AKIA${'IOSFODNN7'}EXAMPLE` })
  const { code, stdout } = await keyreeve(['scan', '.'], { cwd })
  expect([code, existsSync(join(cwd, '.keyreeve'))]).toEqual([0, false])
  expect(stdout).toContain('1 suppressed: 1 placeholder')
})

it('reads standard input, and a file named by a link or a pipe', async () => {
  const pair = plantedPair(random)
  const run = spawnSync(process.execPath, [CLI, 'scan', '--json', '-'], {
    input: ini(pair),
    env: CLEAN_ENV,
    cwd: folder(),
  })
  expect(run.status).toBe(1)
  expect(JSON.parse(run.stdout.toString()).leaks[0].places).toMatchObject([{ path: '-', line: 2 }])
  const cwd = folder({ real: ini(pair) })
  symlinkSync('real', join(cwd, 'link'))
  expect((await keyreeve(['scan', 'link'], { cwd })).code).toBe(1)
  // somebody writes into it later, and takes time
  execFileSync('mkfifo', [join(cwd, 'pipe')])
  const writer = spawn('sh', ['-c', '{ sleep 0.3; head -c 30 real; sleep 0.3; tail -c +31 real; } > pipe'], { cwd })
  expect((await keyreeve(['scan', 'pipe'], { cwd })).code).toBe(1)
  writer.kill()
})

it('what is not there is an error, what cannot be read a gap', async () => {
  const cwd = folder()
  const missing = await keyreeve(['scan', 'nowhere'], { cwd })
  expect(missing.code).toBe(2)
  expect(missing.stderr).toContain('cannot look at `nowhere`: no such file')
  execFileSync('mkfifo', [join(cwd, 'pipe')])
  const gap = await keyreeve(['scan', '.'], { cwd })
  expect(gap.code).toBe(3)
  expect(gap.stdout).toContain('pipe: no regular file')
})

it('an unreadable file is a gap unless root reads it', async () => {
  const cwd = folder({ secretive: 'x' })
  chmodSync(join(cwd, 'secretive'), 0)
  const { code, stdout } = await keyreeve(['scan'], { cwd })
  if (process.getuid?.() === 0) expect(code).toBe(0)
  else expect([code, stdout.includes('secretive: permission denied')]).toEqual([3, true])
})

it('accepts what is in a baseline, in another folder and without the workspace', async () => {
  const [old, fresh] = [plantedPair(random), plantedPair(random)]
  const cwd = folder({ a: ini(old) })
  expect((await keyreeve(['scan', '--write-baseline', 'base.json'], { cwd })).code).toBe(0)
  const elsewhere = folder({ moved: `\n\n${ini(old)}`, 'base.json': readFileSync(join(cwd, 'base.json')) })
  expect((await keyreeve(['scan', '--baseline', 'base.json'], { cwd: elsewhere })).code).toBe(0)
  writeFileSync(join(elsewhere, 'new'), ini(fresh))
  const { code, stdout } = await keyreeve(['scan', '--baseline', 'base.json', '--json'], { cwd: elsewhere })
  expect(code).toBe(1)
  const leaks = JSON.parse(stdout).leaks as { accessKeyId: string; status: string }[]
  expect(leaks.map(({ accessKeyId, status }) => [accessKeyId, status])).toEqual([
    [fresh.id, 'open'],
    [old.id, 'suppressed'],
  ])
  expect((await keyreeve(['scan', '--baseline', 'moved'], { cwd: elsewhere })).code).toBe(2)
})

it('an allow comment with a reason suppresses, one without does not', async () => {
  const id = randomKeyId(random)
  const withReason = folder({ a: `KEY = "${id}"  # keyreeve:allow bait for the honeypot\n` })
  expect((await keyreeve(['scan'], { cwd: withReason })).code).toBe(0)
  const without = folder({ a: `KEY = "${id}"  # keyreeve:allow\n` })
  expect((await keyreeve(['scan'], { cwd: without })).code).toBe(1)
})

it('no secret is in any output, error, baseline or file of the workspace', async () => {
  const pair = plantedPair(random)
  const named = plantedPair(random).secret
  const cwd = folder({ a: ini(pair), b: `aws_secret_access_key=${named}`, c: Buffer.from(ini(pair), 'utf16le') })
  let out = ''
  for (const format of ['terminal', 'json', 'ndjson', 'csv', 'markdown', 'sarif']) {
    const { stdout, stderr } = await keyreeve(['scan', '-f', format, '--verbose'], { cwd })
    out += stdout + stderr
  }
  await keyreeve(['scan', '--write-baseline', 'base'], { cwd })
  for (const wrong of [
    [pair.secret],
    ['--baseline', pair.secret],
    ['--canary-account', pair.secret],
    ['-f', pair.secret],
  ])
    out += (await keyreeve(['scan', ...wrong], { cwd })).stdout
  for (const file of readdirSync(join(cwd, '.keyreeve'))) out += readFileSync(join(cwd, '.keyreeve', file), 'utf8')
  out += readFileSync(join(cwd, 'base'), 'utf8')
  expect(out).toContain(pair.id)
  expect(out).not.toContain(pair.secret)
  expect(out).not.toContain(named)
})

it('a name with control characters is shown, not obeyed, and folders that loop end', async () => {
  const cwd = folder()
  mkdirSync(join(cwd, 'in\x1b[2Jside'))
  symlinkSync('..', join(cwd, 'in\x1b[2Jside', 'up'))
  writeFileSync(join(cwd, 'in\x1b[2Jside', 'a\nb'), ini(plantedPair(random)))
  const { code, stdout } = await keyreeve(['scan'], { cwd })
  expect(code).toBe(1)
  expect(stdout).toContain('in\\x1b[2Jside/a\\nb:2:21')
})

it('the hook says the same in short: nothing is nothing, and a leak is reported in full', async () => {
  const cwd = folder({ clean: 'x' })
  const git = (...args: string[]) => execFileSync('git', args, { cwd, stdio: 'pipe' })
  git('init', '-q')
  git('add', '-A')
  const nothing = await keyreeve(['scan', '--staged', '--no-snapshot'], { cwd })
  expect([nothing.code, nothing.stderr]).toEqual([0, ''])
  expect(nothing.stdout).toBe((await keyreeve(['scan', '--staged', '-f', 'terminal'], { cwd })).stdout)
  const pair = plantedPair(random)
  writeFileSync(join(cwd, 'leak'), ini(pair))
  git('add', '-A')
  const leak = await keyreeve(['scan', '--staged', '--no-snapshot'], { cwd })
  expect(leak.code).toBe(1)
  expect(leak.stdout).toContain(pair.id)
  const noBaseline = await keyreeve(['scan', '--staged', '--baseline', 'nowhere'], { cwd })
  expect(noBaseline.code).toBe(2)
  expect((await keyreeve(['scan', '--staged'], { cwd: folder() })).code).toBe(2)
})

it('a folder of a repository: that its history is not scanned is said, and where it would be', async () => {
  const cwd = folder({ clean: 'x' })
  const git = (...args: string[]) => execFileSync('git', args, { cwd, stdio: 'pipe' })
  git('init', '-q')
  mkdirSync(join(cwd, 'deep'))
  const note = `note: only the files of . are scanned; for the history, scan the repository: ${realpathSync(cwd)}\n`
  const run = async (...args: string[]) => (await keyreeve(['scan', ...args], { cwd: join(cwd, 'deep') })).stderr
  expect(await run()).toBe(note)
  expect(await run('--json')).toBe(note)
  expect(await run('--no-history')).toBe('')
  expect(await run('..')).toBe('')
  expect(await run('../clean')).toBe('')
  expect((await keyreeve(['scan'], { cwd: folder({ clean: 'x' }) })).stderr).toBe('')
})

it('a file that is staged: what is known of it is said, and no more', async () => {
  const cwd = folder()
  const git = (...args: string[]) => execFileSync('git', args, { cwd, stdio: 'pipe' })
  git('init', '-q')
  writeFileSync(join(cwd, 'leak'), ini(plantedPair(random)))
  git('add', '-A')
  // of a merge, the other branch has what is staged
  expect((await keyreeve(['scan', '--staged'], { cwd })).stdout).toContain('leak:2:21 (staged)\n')
  const whole = (await keyreeve(['scan'], { cwd })).stdout
  expect(whole).toContain('leak:2:21 (in no commit)\n')
  expect(whole).toContain('Next: Revoke it now')
})

it('a revision that is not there: how to get it is said', async () => {
  const cwd = folder()
  execFileSync('git', ['init', '-q'], { cwd, stdio: 'pipe' })
  const { code, stderr } = await keyreeve(['scan', '--since', 'origin/main'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain('git fetch --unshallow')
})
