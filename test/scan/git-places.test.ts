/** Every pair that was ever put into a repository is found, and it is said where it is. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Leak } from '../../src/model/leak.ts'
import { archiveOpener } from '../../src/scan/archives/index.ts'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { type RepositoryOptions, scanRepository } from '../../src/scan/git/index.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import { GIT_CARRIERS } from './carriers-git.ts'
import { plantedPair, seeded } from './generate.ts'
import { TestRepository } from './git-repository.ts'

const scanner = createScanner({ fingerprintKey: Buffer.alloc(32, 7) })

async function scan(path: string, options: RepositoryOptions = {}) {
  const collector = createLeakCollector(scanner)
  const summary = await scanRepository(path, scanner, collector, { archives: archiveOpener(), ...options })
  return { leaks: collector.leaks(), skipped: collector.skipped, summary }
}

const placesOf = (leaks: readonly Leak[], id: string) => leaks.find(({ accessKeyId }) => accessKeyId === id)?.places

function small(): TestRepository {
  const repository = TestRepository.create()
  repository.write('readme.txt', 'nothing\n')
  repository.commit()
  return repository
}

describe('one repository with everything', () => {
  const repository = small()
  const random = seeded(1)
  const planted = GIT_CARRIERS.map(({ name, plant }) => {
    const pair = plantedPair(random)
    return { name, id: pair.id, expected: plant(repository, pair) }
  })

  it.each(['loose', 'packed'])('%s', async (storage) => {
    if (storage === 'packed') repository.git('repack', '-adkq')
    const { leaks, skipped } = await scan(repository.path)
    expect(skipped).toEqual([])
    for (const { name, id, expected } of planted)
      expect({ name, places: placesOf(leaks, id) }).toEqual({
        name,
        places: expect.arrayContaining([expect.objectContaining(expected)]),
      })
    expect(leaks).toHaveLength(planted.length)
  })
})

describe("a secret that only its file's name tells", () => {
  const repository = small()
  const { id, secret } = plantedPair(seeded(2))
  const other = plantedPair(seeded(4)).secret
  repository.write('run/secrets/aws_secret_access_key', `${secret}\n`)
  repository.write('run/secrets/aws_access_key_id', id)
  repository.write('run/secrets/session_key', `${other}\n`)
  repository.write('checksum', `${secret}\n`)
  const commit = repository.commit()
  repository.git('rm', '-qr', 'run', 'checksum')
  repository.commit()

  it.each(['loose', 'packed'])('is found at its path, and at no other (%s)', async (storage) => {
    if (storage === 'packed') repository.git('repack', '-adkq')
    const { leaks } = await scan(repository.path)
    const [pair, half, ...others] = leaks
    expect(others).toEqual([])
    const place = { commit, inHead: false, reachable: true }
    expect(pair).toMatchObject({
      evidence: 'named-secret',
      accessKeyId: null,
      places: [{ path: 'run/secrets/aws_secret_access_key', ...place }],
    })
    expect(half).toMatchObject({ accessKeyId: id, places: [{ path: 'run/secrets/aws_access_key_id', ...place }] })
    expect(half!.otherHalf?.fingerprint).toBe(pair!.fingerprint)
  })
})

it('a leak has one place for each path and line, whatever the number of versions', async () => {
  const repository = small()
  const pair = plantedPair(seeded(3))
  const commits: string[] = []
  for (let version = 0; version < 12; version++) {
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i} ${i === version ? 'changed' : ''}`)
    repository.write('a.txt', `${lines.join('\n')}\nkey = ${pair.id}\n${'more\n'.repeat(version)}`)
    commits.push(repository.commit())
  }
  const { leaks } = await scan(repository.path)
  expect(placesOf(leaks, pair.id)).toEqual([
    expect.objectContaining({
      path: 'a.txt',
      line: 41,
      commit: commits[0],
      lastCommit: commits.at(-1),
      author: 'Ann Author <ann@example.com>',
      date: expect.stringMatching(/^2023-11-1\dT\d\d:13:20\.000Z$/),
    }),
  ])
})

it('the first commit is the first in history, even when clocks were wrong', async () => {
  const repository = small()
  const pair = plantedPair(seeded(3))
  repository.write('a.txt', pair.id)
  const first = repository.commit()
  repository.gitBytes(['-c', 'user.name=x', 'commit', '-q', '--allow-empty', '--date=2001-01-01T00:00:00Z', '-m', 'x'])
  const { leaks } = await scan(repository.path)
  expect(placesOf(leaks, pair.id)?.[0]).toMatchObject({ commit: first, inHead: true })
})

describe('in a folder of many folders, as keys come, move, go and come back', () => {
  const random = seeded(11)
  const pick = (count: number) => Math.floor(random() * count)
  const ids = Array.from({ length: 8 }, () => plantedPair(random).id)
  const repository = TestRepository.create()
  /** Of each key and path: the versions that have it there. */
  const versionsOf = new Map<string, number[]>()
  const where = new Map<string, string>()
  const VERSIONS = 250
  const pathOf = () => `all/kind-${pick(3)}/folder-${pick(50)}/sub/file-${pick(2)}.txt`
  const stream: string[] = []
  for (let version = 0; version < VERSIONS; version++) {
    stream.push(
      `commit refs/heads/main\ncommitter Carl <carl@example.com> ${1_700_000_000 + version} +0000\ndata 1\nx\n`,
    )
    const put = (path: string, text: string) => stream.push(`M 100644 inline ${path}\ndata ${text.length}\n${text}\n`)
    const others = version === 0 ? 150 : 1
    for (let i = 0; i < others; i++) {
      const path = pathOf()
      for (const [id, at] of where) if (at === path) where.delete(id)
      put(path, `nothing ${version} ${i}\n`)
    }
    const id = ids[pick(ids.length)]!
    const before = where.get(id)
    if (before !== undefined) {
      where.delete(id)
      stream.push(`D ${before}\n`)
    }
    if (before === undefined || pick(2) === 0) {
      const path = pathOf()
      if (![...where.values()].includes(path)) {
        where.set(id, path)
        put(path, `version ${pick(3)}\n\nkey = ${id}\n`)
      }
    }
    for (const [id, path] of where)
      versionsOf.set(`${id} ${path}`, [...(versionsOf.get(`${id} ${path}`) ?? []), version])
  }
  repository.gitBytes(['fast-import', '--quiet'], stream.join(''))
  const commits = repository.git('rev-list', '--reverse', 'main').split('\n')
  const expected = [...versionsOf].map(([place, versions]) => {
    const last = versions.at(-1)!
    return `${place} ${commits[versions[0]!]} ${commits[last]} ${last === VERSIONS - 1}`
  })

  it.each([
    ['loose', ['unpack-objects', '-q']],
    ['packed, with deltas by offset', ['repack', '-adfq', '--depth=50', '--window=50']],
    ['packed, with deltas by object ID', ['-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq', '--depth=4000']],
  ])('%s', async (storage, command) => {
    const packs = join(repository.path, '.git/objects/pack')
    const pack = () => join(packs, readdirSync(packs).find((name) => name.endsWith('.pack'))!)
    if (storage === 'loose') {
      const bytes = readFileSync(pack())
      for (const file of readdirSync(packs)) rmSync(join(packs, file))
      repository.gitBytes(command, bytes)
    } else {
      repository.git(...command)
      const listed = repository.git('verify-pack', '-v', pack())
      expect(listed.match(/ tree +\d+ \d+ \d+ \d+ /g)?.length).toBeGreaterThan(100)
    }
    const { leaks } = await scan(repository.path)
    const actual = leaks.flatMap(({ accessKeyId, places }) =>
      places.map(({ path, commit, lastCommit, inHead }) => `${accessKeyId} ${path} ${commit} ${lastCommit} ${inHead}`),
    )
    expect(actual.sort()).toEqual(expected.sort())
  })
})

it('submodules that the repository keeps are scanned, with their name before each path', async () => {
  const inner = small()
  const pair = plantedPair(seeded(8))
  inner.write('inner.ini', `key = ${pair.id}`)
  inner.commit()
  const outer = small()
  outer.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner.path, 'libs/inner')
  outer.commit()
  const { leaks, summary } = await scan(outer.path)
  expect(summary.submodules).toBe(1)
  expect(placesOf(leaks, pair.id)?.[0]).toMatchObject({ path: 'libs/inner/inner.ini', inHead: true })
})

describe('--since', () => {
  it('finds what the commits after a revision bring, and nothing else', async () => {
    const repository = small()
    const [old, fresh, message] = [1, 2, 3].map((seed) => plantedPair(seeded(seed)))
    repository.write('old.ini', `key = ${old!.id}`)
    const before = repository.commit()
    repository.write('fresh.ini', `key = ${fresh!.id}`)
    const commit = repository.commit()
    repository.git('rm', '-q', 'fresh.ini')
    const last = repository.commit(`uses ${message!.id}`)
    const { leaks } = await scan(repository.path, { since: before })
    expect(placesOf(leaks, old!.id)).toBeUndefined()
    expect(placesOf(leaks, fresh!.id)).toEqual([
      expect.objectContaining({ path: 'fresh.ini', commit, lastCommit: commit, inHead: false, reachable: true }),
    ])
    expect(placesOf(leaks, message!.id)).toEqual([expect.objectContaining({ path: 'commit message', commit: last })])
    const range = await scan(repository.path, { since: `${before}..${commit}` })
    expect(range.leaks.map(({ accessKeyId }) => accessKeyId)).toEqual([fresh!.id])
    expect(placesOf(range.leaks, fresh!.id)?.[0]).toMatchObject({ inHead: null })
  })

  it('says when there is no such revision, and never takes it for an option', async () => {
    const repository = small()
    await expect(scan(repository.path, { since: 'nowhere' })).rejects.toThrow('git rev-list failed')
    await expect(scan(repository.path, { since: '--output=stolen' })).rejects.toThrow('git rev-list failed')
  })
})

it.each(['loose', 'packed'])('a commit that only annotated tags lead to is reachable (%s)', async (storage) => {
  const repository = small()
  const pair = plantedPair(seeded(8))
  repository.git('checkout', '-q', '-b', 'side')
  repository.write('a.txt', pair.id)
  repository.commit()
  repository.git('checkout', '-q', 'main')
  const reachable = async () => placesOf((await scan(repository.path)).leaks, pair.id)?.map((place) => place.reachable)
  repository.git('tag', '-a', 'inner', '-m', 'a tag', 'side')
  repository.git('tag', '-a', 'outer', '-m', 'a tag of a tag', 'inner')
  repository.git('tag', '-d', 'inner')
  repository.git('branch', '-q', '-D', 'side')
  if (storage === 'packed') repository.git('gc', '-q')
  expect(await reachable()).toEqual([true])
  repository.git('tag', '-d', 'outer')
  expect(await reachable()).toEqual([false])
})

describe('--staged', () => {
  it('takes the whole file as it is staged, and no other file', async () => {
    const repository = small()
    const [pair, unstaged, old] = [1, 2, 3].map((seed) => plantedPair(seeded(seed)))
    repository.write('old.ini', `key = ${old!.id}`)
    repository.write('half.ini', `aws_access_key_id = ${pair!.id}\n`)
    repository.commit()
    // the other half of a pair: a diff would show the secret alone
    repository.write('half.ini', `aws_access_key_id = ${pair!.id}\naws_secret_access_key = ${pair!.secret}\n`)
    repository.git('add', '-A')
    repository.write('half.ini', `key = ${unstaged!.id}`)
    repository.write('never.ini', `key = ${unstaged!.id}`)
    const { leaks } = await scan(repository.path, { staged: true })
    expect(leaks.map(({ accessKeyId, evidence }) => [accessKeyId, evidence])).toEqual([[pair!.id, 'pair']])
    expect(leaks[0]!.places).toEqual([expect.objectContaining({ kind: 'git', path: 'half.ini', line: 1 })])
  })

  it('works before the first commit, in a folder of the tree, and in a worktree', async () => {
    const repository = TestRepository.create()
    const pair = plantedPair(seeded(1))
    repository.write('deep/down/a.ini', `key = ${pair.id}`)
    repository.git('add', '-A')
    const ids = async (path: string) => (await scan(path, { staged: true })).leaks.map(({ accessKeyId }) => accessKeyId)
    expect(await ids(repository.path)).toEqual([pair.id])
    expect(await ids(`${repository.path}/deep/down`)).toEqual([pair.id])
    repository.commit()
    expect(await ids(repository.path)).toEqual([])
    const worktree = new TestRepository(`${repository.path}-worktree`)
    repository.git('worktree', 'add', '-q', worktree.path)
    worktree.write('b.ini', `key = ${pair.id}`)
    worktree.git('add', '-A')
    expect(await ids(worktree.path)).toEqual([pair.id])
    expect(await ids(repository.path)).toEqual([])
  })
})

it('what is no repository is said to be none', async () => {
  await expect(scan('/')).rejects.toThrow('is no git repository')
})

it('a file with very many keys takes no longer for each of them', async () => {
  const repository = small()
  const random = seeded(31)
  const ids = Array.from({ length: 20_000 }, () => plantedPair(random).id)
  repository.write('ids.txt', ids.join('\n'))
  repository.commit()
  const { leaks } = await scan(repository.path)
  expect(leaks).toHaveLength(ids.length)
  expect(placesOf(leaks, ids[12_345]!)).toMatchObject([{ path: 'ids.txt', line: 12_346 }])
})
