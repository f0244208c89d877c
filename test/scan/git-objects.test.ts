/** The reader finds the same in the same objects as scanning each object that `git cat-file` gives out. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Identities } from '../../src/scan/git/identities.ts'
import { createScanner, type Scanner } from '../../src/scan/scanner.ts'
import { CARRIERS } from './carriers.ts'
import { plantedPair, randomKeyId, seeded } from './generate.ts'
import { findsOfGit, findsOfReader, ID_SCANNER, TestRepository } from './git-repository.ts'

/** Repositories share their history, and differ in how it is stored. */
let template: string

beforeAll(() => {
  const repository = TestRepository.create()
  repository.history(150, seeded(4))
  template = repository.path
})

function copy(): TestRepository {
  const repository = TestRepository.create()
  execFileSync('cp', ['-a', `${template}/.`, repository.path])
  return repository
}

interface Expected {
  path?: string
  scanner?: Scanner
  least?: number
  mostInMemory?: number
}

async function expectTheSame(
  repository: TestRepository,
  { path = repository.path, scanner = ID_SCANNER, least = 100, ...options }: Expected = {},
): Promise<void> {
  const identities = new Identities()
  const expected = findsOfGit(repository, scanner, identities)
  const { finds, skipped } = await findsOfReader(path, scanner, identities, options)
  expect(skipped).toEqual([])
  expect(finds.size).toBeGreaterThan(least)
  expect(Object.fromEntries(finds)).toEqual(Object.fromEntries(expected))
}

const packFolder = (repository: TestRepository) => join(repository.path, '.git', 'objects', 'pack')
const packs = (repository: TestRepository, extension = '.pack') =>
  readdirSync(packFolder(repository))
    .filter((name) => name.endsWith(extension))
    .map((name) => join(packFolder(repository), name))

describe('objects are the same however they are stored', () => {
  it('loose', async () => {
    const repository = copy()
    for (const pack of packs(repository)) {
      renameSync(pack, `${repository.path}/moved.pack`)
      repository.gitBytes(['unpack-objects', '-q'], readFileSync(`${repository.path}/moved.pack`))
    }
    execFileSync('rm', ['-r', packFolder(repository)])
    await expectTheSame(repository)
  })

  it('packed, with deltas by offset', async () => {
    const repository = copy()
    repository.git('repack', '-adfq', '--depth=50', '--window=50')
    expect(packs(repository)).toHaveLength(1)
    await expectTheSame(repository)
  })

  it('packed, with deltas by object ID', async () => {
    const repository = copy()
    repository.git('-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq', '--depth=250', '--window=50')
    await expectTheSame(repository)
  })

  it('packed, with an index of version 1', async () => {
    const repository = copy()
    repository.git('-c', 'pack.indexVersion=1', 'repack', '-adfq')
    await expectTheSame(repository)
  })

  it('packed, with offsets as they are beyond 2 GB', async () => {
    const repository = copy()
    repository.git('repack', '-adfq')
    const [pack] = packs(repository)
    const index = pack!.replace('.pack', '.idx')
    execFileSync('git', ['index-pack', '--index-version=2,0x40', '-o', `${index}.new`, pack!])
    expect(statSync(`${index}.new`).size).toBeGreaterThan(statSync(index).size)
    renameSync(`${index}.new`, index)
    await expectTheSame(repository)
  })

  it('in several packs with one index over all, and loose ones', async () => {
    const repository = copy()
    repository.git('multi-pack-index', 'write')
    repository.write('later.txt', `key = "${plantedPair(seeded(9)).id}"`)
    repository.commit()
    repository.git('repack', '-q')
    repository.write('latest.txt', `key = "${plantedPair(seeded(10)).id}"`)
    repository.commit()
    expect(packs(repository).length).toBeGreaterThan(1)
    await expectTheSame(repository)
  })

  it('borrowed from another repository', async () => {
    const origin = copy()
    const repository = new TestRepository(`${origin.path}-shared`)
    execFileSync('git', ['clone', '-q', '--shared', origin.path, repository.path], { stdio: 'ignore' })
    expect(packs(repository)).toEqual([])
    await expectTheSame(repository)
  })

  it('under SHA-256 names', async () => {
    const repository = TestRepository.create('--object-format=sha256')
    repository.history(150, seeded(5))
    repository.git('repack', '-adfq')
    repository.write('later.txt', `key = "${plantedPair(seeded(9)).id}"`)
    repository.commit()
    await expectTheSame(repository)
  })

  it('in a bare repository, a worktree and a `.git` folder', async () => {
    const repository = copy()
    const bare = `${repository.path}-bare`
    execFileSync('git', ['clone', '-q', '--bare', repository.path, bare], { stdio: 'ignore' })
    await expectTheSame(new TestRepository(bare))
    repository.git('worktree', 'add', '-q', `${repository.path}-worktree`, 'HEAD~20')
    await expectTheSame(repository, { path: `${repository.path}-worktree` })
    await expectTheSame(repository, { path: `${repository.path}/.git` })
  })

  it('larger than what is kept in memory', async () => {
    const repository = copy()
    repository.git('repack', '-adfq')
    await expectTheSame(repository, { mostInMemory: 4000 })
    await expectTheSame(repository, { mostInMemory: 1 })
  })

  it('for the real scanner, with all its carriers and edits', async () => {
    const scanner = createScanner({ fingerprintKey: Buffer.alloc(32, 7) })
    const random = seeded(6)
    const repository = TestRepository.create()
    repository.history(50, random)
    for (const [i, carrier] of CARRIERS.entries())
      repository.write(`carriers/${i}`, carrier.plant(plantedPair(random), random))
    repository.commit('all carriers')
    repository.git('repack', '-adfq', '--depth=50', '--window=50')
    await expectTheSame(repository, { scanner, least: CARRIERS.length })
  })
})

describe('what is not there, or damaged, is told and does not stop the rest', () => {
  it('of a partial clone', async () => {
    const origin = copy()
    origin.git('config', 'uploadpack.allowFilter', 'true')
    const path = `${origin.path}-partial`
    execFileSync('git', ['clone', '-q', '--filter=blob:limit=14k', '--no-checkout', `file://${origin.path}`, path])
    const identities = new Identities()
    const { finds, skipped } = await findsOfReader(path, ID_SCANNER, identities)
    expect(skipped).toEqual([])
    expect(finds.size).toBeGreaterThan(10)
    const all = findsOfGit(origin, ID_SCANNER, identities)
    for (const [oid, found] of finds) expect(found).toEqual(all.get(oid))
    // nothing was fetched: the origin would have been asked
    expect(finds.size).toBeLessThan(all.size)
  })

  it('when bytes of a pack are damaged', async () => {
    const repository = copy()
    repository.git('repack', '-adfq')
    const identities = new Identities()
    const all = findsOfGit(repository, ID_SCANNER, identities)
    const [pack] = packs(repository)
    const bytes = readFileSync(pack!)
    for (let i = 0; i < 40; i++) bytes[Math.floor(bytes.length * 0.6) + i] = 0
    execFileSync('chmod', ['u+w', pack!])
    writeFileSync(pack!, bytes)
    const { finds, skipped } = await findsOfReader(repository.path, ID_SCANNER, identities)
    expect(skipped.length).toBeGreaterThan(0)
    expect(finds.size).toBeGreaterThan(10)
    for (const [oid, found] of finds) expect(found).toEqual(all.get(oid))
  })

  it('when a pack is cut short', async () => {
    const repository = copy()
    repository.git('repack', '-adfq')
    const [pack] = packs(repository)
    execFileSync('chmod', ['u+w', pack!])
    execFileSync('truncate', ['-s', String(Math.floor(statSync(pack!).size / 2)), pack!])
    const { skipped } = await findsOfReader(repository.path, ID_SCANNER, new Identities())
    expect(skipped.length).toBeGreaterThan(0)
  })

  it('when an index is none, or missing, or a FIFO', async () => {
    const repository = copy()
    repository.git('repack', '-adfq')
    const [pack] = packs(repository)
    const index = pack!.replace('.pack', '.idx')
    const run = async () => (await findsOfReader(repository.path, ID_SCANNER, new Identities())).skipped
    execFileSync('chmod', ['u+w', index])
    execFileSync('truncate', ['-s', '3000', index])
    expect(await run()).toEqual([{ what: pack, why: 'its index is cut short' }])
    appendFileSync(index, Buffer.alloc(2_000_000, 0xff))
    expect((await run())[0]?.what).toBe(pack)
    execFileSync('rm', [index])
    expect(await run()).toEqual([{ what: pack, why: 'the pack or its index is missing' }])
    execFileSync('mkfifo', [index])
    expect(await run()).toEqual([{ what: pack, why: 'it cannot be read (ENOTFILE)' }])
  })
})

it('more findings than are kept are told of, not lost in silence', async () => {
  const repository = TestRepository.create()
  const random = seeded(9)
  const ids = Array.from({ length: 100_010 }, () => randomKeyId(random))
  repository.write('ids', ids.join('\n'))
  repository.commit('ids')
  const { finds, skipped } = await findsOfReader(repository.path, ID_SCANNER, new Identities())
  expect([...finds.values()].map((found) => found.length)).toEqual([100_000])
  expect(skipped).toEqual([
    { what: 'findings in history beyond the first 100,000', why: 'there are too many: scan a part of it' },
  ])
})
