/** The hooks, as git runs them. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ScanReport } from '../../src/model/scan-report.ts'
import { hooksFolder, installHook, uninstallHook } from '../../src/scan/git/hook.ts'
import { CLI, keyreeve } from '../cli/keyreeve.ts'
import { plantedPair, seeded } from './generate.ts'
import { TestRepository } from './git-repository.ts'

const options = {
  command: [process.execPath, CLI] as const,
  stagedCheck: CLI.replace('main.cjs', 'staged-check.cjs'),
  scanOptions: [],
}

function attempt(run: () => unknown): { failed: boolean; output: string } {
  try {
    return { failed: false, output: String(run()) }
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer }
    return { failed: true, output: `${stdout}${stderr}` }
  }
}

it('what every commit waits for is one file, and loads no other of ours', () => {
  const loads = [
    ...readFileSync(options.stagedCheck, 'utf8').matchAll(/\b(?:require|import)\b[\s(]*["'`]([^"'`]+)["'`]/g),
  ]
  expect(loads.map(([, name]) => name).filter((name) => !name!.startsWith('node:'))).toEqual([])
  expect(loads.length).toBeGreaterThan(0)
})

describe('a commit', () => {
  it('with a key is stopped, without one goes on, and the hook that was there runs first', () => {
    const repository = TestRepository.create()
    const folder = hooksFolder(repository.path)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'pre-commit'), '#!/bin/sh\necho before >> ran\n')
    chmodSync(join(folder, 'pre-commit'), 0o755)
    installHook(folder, 'pre-commit', options)
    installHook(folder, 'pre-commit', options)

    const { id, secret } = plantedPair(seeded(1))
    repository.write('good.txt', 'nothing here')
    repository.commit()
    repository.write('bad.ini', `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)
    const { failed, output } = attempt(() => repository.commit())
    expect(failed).toBe(true)
    expect(output).toContain(id)
    expect(output).not.toContain(secret)
    expect(output).toContain('bad.ini:1:21 (staged)')
    expect(output).toContain('Next: It is staged')
    expect(output).not.toContain('Revoke it now')
    expect(output.trimEnd()).toMatch(/keyreeve:allow REASON\nFor once, git commit --no-verify goes on without this\.$/)
    expect(readFileSync(join(repository.path, 'ran'), 'utf8')).toBe('before\nbefore\n')
    // what is committed counts, be it not all that is staged
    expect(attempt(() => repository.git('commit', '-q', '-m', 'x', '--', 'bad.ini')).failed).toBe(true)
    repository.git('rm', '-q', '--cached', 'bad.ini')
    repository.git('commit', '-q', '--allow-empty', '-m', 'x')

    expect(uninstallHook(folder, 'pre-commit').what).toBe('removed')
    expect(readFileSync(join(folder, 'pre-commit'), 'utf8')).toContain('echo before')
    expect(uninstallHook(folder, 'pre-commit').what).toBe('was not installed')
  })

  it('is let through by the quick check only when nothing is in it, be it in an archive', () => {
    const repository = TestRepository.create()
    const check = () => attempt(() => execFileSync(process.execPath, [options.stagedCheck], { cwd: repository.path }))
    repository.write('a.txt', 'a secret = of no kind\n')
    repository.git('add', '-A')
    expect(check()).toEqual({ failed: false, output: '' })
    repository.write('a.gz', gzipSync('anything'))
    repository.git('add', '-A')
    expect(check().failed).toBe(true)
    repository.git('rm', '-q', '--cached', 'a.gz')
    expect(check().failed).toBe(false)
    repository.write('a.txt', `key ${plantedPair(seeded(1)).id}`)
    repository.git('add', 'a.txt')
    expect(check().failed).toBe(true)
    repository.git('rm', '-q', '--cached', 'a.txt')
    expect(check().failed).toBe(false)
    repository.write('run/aws_secret_access_key', plantedPair(seeded(1)).secret)
    repository.git('add', 'run')
    expect(check().failed).toBe(true)
    const none = mkdtempSync(join(tmpdir(), 'keyreeve-none-'))
    expect(attempt(() => execFileSync(process.execPath, [options.stagedCheck], { cwd: none })).failed).toBe(true)
  })

  it('is stopped by the hook that was there, too', () => {
    const repository = TestRepository.create()
    const folder = hooksFolder(repository.path)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'pre-commit'), '#!/bin/sh\nexit 7\n')
    chmodSync(join(folder, 'pre-commit'), 0o755)
    installHook(folder, 'pre-commit', options)
    expect(attempt(() => repository.commit()).failed).toBe(true)
  })

  it('is stopped when keyreeve is gone, and it is said why', () => {
    const repository = TestRepository.create()
    installHook(hooksFolder(repository.path), 'pre-commit', {
      ...options,
      command: ['/no/node', "/no/ma'in.js"],
    })
    const { failed, output } = attempt(() => repository.commit())
    expect({ failed, output }).toEqual({ failed: true, output: expect.stringContaining('not installed any more') })
  })
})

it('a push is stopped by a key in any of the commits that the remote does not have', () => {
  const repository = TestRepository.create()
  const remote = mkdtempSync(join(tmpdir(), 'keyreeve-remote-'))
  execFileSync('git', ['init', '-q', '--bare', remote])
  repository.git('remote', 'add', 'origin', remote)
  const known = plantedPair(seeded(1))
  repository.write('known.ini', `key = ${known.id}`)
  repository.commit()
  repository.git('push', '-q', 'origin', 'main')
  repository.git('fetch', '-q')
  installHook(hooksFolder(repository.path), 'pre-push', options)

  repository.write('good.txt', 'good')
  repository.commit()
  repository.git('push', '-q', 'origin', 'main')

  const fresh = plantedPair(seeded(2))
  repository.git('checkout', '-q', '-b', 'side')
  repository.write('fresh.ini', `key = ${fresh.id}`)
  repository.commit()
  repository.git('rm', '-q', 'fresh.ini')
  repository.commit('removed again')
  const { failed, output } = attempt(() => repository.git('push', '-q', 'origin', 'side'))
  expect(failed).toBe(true)
  expect(output).toContain(fresh.id)
  expect(output).not.toContain(known.id)
  expect(output).toContain('git rebase -i')
  expect(output).toContain('git push --no-verify goes on')
  repository.git('push', '-q', '--no-verify', 'origin', 'side')
  repository.git('push', '-q', 'origin', '--delete', 'side')
})

describe('where hooks are', () => {
  it('core.hooksPath decides, also from a folder of the tree', () => {
    const repository = TestRepository.create()
    repository.git('config', 'core.hooksPath', 'tools/hooks')
    mkdirSync(join(repository.path, 'deep'))
    expect(hooksFolder(repository.path)).toBe(join(repository.path, 'tools/hooks'))
    expect(hooksFolder(join(repository.path, 'deep'))).toBe(join(repository.path, 'tools/hooks'))
    installHook(hooksFolder(repository.path), 'pre-commit', options)
    repository.write('bad.ini', `key = ${plantedPair(seeded(1)).id}`)
    expect(attempt(() => repository.commit()).failed).toBe(true)
  })

  it('a linked hook stays a link, and two other hooks are left alone', () => {
    const repository = TestRepository.create()
    const folder = hooksFolder(repository.path)
    mkdirSync(folder, { recursive: true })
    symlinkSync('../../shared-hook', join(folder, 'pre-commit'))
    installHook(folder, 'pre-commit', options)
    uninstallHook(folder, 'pre-commit')
    expect(existsSync(join(folder, 'pre-commit'))).toBe(false) // its target never was
    writeFileSync(join(folder, 'pre-push'), '#!/bin/sh\n')
    writeFileSync(join(folder, 'pre-push.before-keyreeve'), '#!/bin/sh\n')
    expect(() => installHook(folder, 'pre-push', options)).toThrow('there are two other hooks')
  })
})

it('scan install-hook installs both, with a baseline, and takes them away', async () => {
  const repository = TestRepository.create()
  const run = (...args: string[]) => keyreeve(['scan', 'install-hook', ...args], { cwd: repository.path })
  const { code, stdout, stderr } = await run('--baseline', "it's accepted.json")
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr.trim().split('\n')).toHaveLength(2)
  for (const hook of ['pre-commit', 'pre-push']) {
    const path = join(repository.path, '.git', 'hooks', hook)
    expect(statSync(path).mode & 0o111).toBe(0o111)
    expect(readFileSync(path, 'utf8')).toContain(`'--baseline' 'it'\\''s accepted.json'`)
  }
  mkdirSync(join(repository.path, 'deep'))
  for (const [baseline, wanted] of [
    ['b.json', 'deep/b.json'],
    ['../b.json', 'b.json'],
    ['../../b.json', resolve(repository.path, '../b.json')],
  ] as const) {
    await keyreeve(['scan', 'install-hook', '--baseline', baseline], { cwd: join(repository.path, 'deep') })
    const hook = readFileSync(join(repository.path, '.git', 'hooks', 'pre-commit'), 'utf8')
    expect(hook).toContain(`'--baseline' '${wanted}'`)
  }
  expect((await run('--uninstall')).stderr).toContain('removed')
  expect(existsSync(join(repository.path, '.git', 'hooks', 'pre-push'))).toBe(false)
  const outside = await keyreeve(['scan', 'install-hook'], { cwd: mkdtempSync(join(tmpdir(), 'keyreeve-none-')) })
  expect({ code: outside.code, stderr: outside.stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('not a git repository'),
  })
})

it('scan install-hook does not install where husky takes hooks away again, and says what to do', async () => {
  const repository = TestRepository.create()
  repository.git('config', 'core.hooksPath', '.husky/_')
  const { code, stderr } = await keyreeve(['scan', 'install-hook'], { cwd: repository.path })
  expect(code).toBe(2)
  expect(stderr).toContain('into .husky/pre-commit')
  expect(existsSync(join(repository.path, '.husky'))).toBe(false)
})

describe('the command', () => {
  it.each([
    [['scan', '--staged', '--since', 'x'], 'different parts'],
    [['scan', '--no-history', '--staged'], 'leaves nothing'],
    [['scan', '--staged', '-'], 'no repository'],
    [['scan', '--staged', '/'], 'no git repository'],
    [['scan', '--since', 'nowhere', '.'], 'git rev-list failed'],
  ])('%j is a mistake', async (args, message) => {
    const { code, stdout, stderr } = await keyreeve(args, { cwd: TestRepository.create().path })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  it.each([[[]], [['--json']]])('opens archives that are staged (%j)', async (options) => {
    const repository = TestRepository.create()
    const { id, secret } = plantedPair(seeded(2))
    const text = `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`
    repository.write('lambda.gz', gzipSync(text))
    repository.git('add', '-A')
    const { code, stdout, stderr } = await keyreeve(['scan', '--staged', ...options], { cwd: repository.path })
    expect(code).toBe(1)
    expect(stdout).toContain('lambda.gz')
    expect(stdout).toContain(id)
    expect(stdout + stderr).not.toContain(secret)
  })

  it('looks into the history of a repository unless told not to', async () => {
    const repository = TestRepository.create()
    const { id, secret } = plantedPair(seeded(1))
    repository.write('bad.ini', `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)
    const commit = repository.commit()
    repository.git('rm', '-q', 'bad.ini')
    repository.commit()
    const found = await keyreeve(['scan', '--json', repository.path])
    expect(found.code).toBe(1)
    expect(JSON.parse(found.stdout).leaks[0].places).toEqual([
      expect.objectContaining({ kind: 'git', path: 'bad.ini', commit, inHead: false, reachable: true }),
    ])
    expect(found.stdout + found.stderr).not.toContain(secret)
    expect((await keyreeve(['scan', '--no-history', repository.path])).code).toBe(0)
  })

  it('looks into the history of every repository in a folder, once, with its place before the path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyreeve-folder-'))
    const repositoryWith = (seed: number) => {
      const repository = TestRepository.create()
      const { id, secret } = plantedPair(seeded(seed))
      repository.write('bad.ini', `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)
      repository.commit()
      repository.git('rm', '-q', 'bad.ini')
      repository.commit()
      return { repository, id }
    }
    const [one, inner, bare] = [repositoryWith(1), repositoryWith(2), repositoryWith(3)]
    one.repository.git(
      '-c',
      'protocol.file.allow=always',
      'submodule',
      'add',
      '-q',
      inner.repository.path,
      'libs/inner',
    )
    one.repository.commit()
    renameSync(one.repository.path, join(folder, 'one'))
    execFileSync('git', ['clone', '-q', '--bare', bare.repository.path, join(folder, 'mirrors', 'bare.git')])
    const found = await keyreeve(['scan', '--json', folder])
    expect(found.code).toBe(1)
    const { leaks, scanned } = JSON.parse(found.stdout) as ScanReport
    expect(scanned.skipped).toEqual([])
    const places = leaks.map(({ accessKeyId, places }) => [accessKeyId, places.map(({ path }) => path)])
    expect(Object.fromEntries(places)).toEqual({
      [one.id]: [`${folder}/one/bad.ini`],
      [inner.id]: [`${folder}/one/libs/inner/bad.ini`],
      [bare.id]: [`${folder}/mirrors/bare.git/bad.ini`],
    })
    expect((await keyreeve(['scan', '--no-history', folder])).code).toBe(0)
  })
})
