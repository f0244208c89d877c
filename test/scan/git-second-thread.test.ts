/** Two threads find what one finds, and neither takes what the other has taken. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { archiveOpener } from '../../src/scan/archives/index.ts'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { Arena } from '../../src/scan/git/arena.ts'
import { attribute, commitsIn } from '../../src/scan/git/attribution.ts'
import { History } from '../../src/scan/git/history.ts'
import { scanRepository } from '../../src/scan/git/index.ts'
import { ObjectScanner } from '../../src/scan/git/object-scanner.ts'
import { ObjectStore } from '../../src/scan/git/object-store.ts'
import { BLOB } from '../../src/scan/git/object-type.ts'
import { MOST_IN_MEMORY } from '../../src/scan/git/pack-walk.ts'
import { readRefs } from '../../src/scan/git/refs.ts'
import { openRepository } from '../../src/scan/git/repository.ts'
import { ObjectsScan } from '../../src/scan/git/scan-objects.ts'
import { type SecondThreadOptions, startSecondThread } from '../../src/scan/git/second-thread.ts'
import { Shares } from '../../src/scan/git/shares.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import { plantedPair, seeded } from './generate.ts'
import { TestRepository } from './git-repository.ts'

const KEY = Buffer.alloc(32, 7)
const scanner = createScanner({ fingerprintKey: KEY })
const SECOND: SecondThreadOptions = {
  program: pathToFileURL(join(import.meta.dirname, '../../dist/scan/git/walk-thread.js')),
  scanner: {},
  fingerprintKey: KEY,
  archives: {},
  worthIt: 0,
  processors: 2,
}
const LARGE = 9 * 1024 * 1024

function packed(): TestRepository {
  const repository = TestRepository.create()
  const random = seeded(21)
  repository.history(300, random)
  const { id, secret } = plantedPair(random)
  repository.write('large.txt', `${'line\n'.repeat(LARGE / 5)}key = ${id}\nsecret = ${secret}\n`)
  repository.write('damaged.zip', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(200, 3)]))
  repository.commit('what is special')
  repository.git('repack', '-adfq')
  return repository
}

const repository = packed()

async function scan(second?: SecondThreadOptions) {
  const collector = createLeakCollector(scanner)
  const summary = await scanRepository(repository.path, scanner, collector, { archives: archiveOpener(), second })
  return { leaks: collector.leaks(), skipped: collector.skipped, summary }
}

/** What a second thread finds when the first takes nothing. */
async function alone(options: SecondThreadOptions) {
  const opened = openRepository(repository.path)!
  const store = new ObjectStore(opened, MOST_IN_MEMORY)
  const skipped: string[] = []
  const shares = new Shares(store.packs.length)
  const thread = startSecondThread(opened, store.packs, shares, (what) => skipped.push(what), options)!
  try {
    return { part: await thread.part, skipped, done: shares.done, entries: store.packs[0]!.count }
  } finally {
    thread.stop()
    store.close()
  }
}

async function byFirst(opened = openRepository(repository.path)!) {
  const store = new ObjectStore(opened, MOST_IN_MEMORY)
  const scan = new ObjectsScan(store, new ObjectScanner(scanner, archiveOpener(), () => {}), { skip() {} })
  await scan.all()
  store.close()
  return scan
}

it('two threads find the same as one', async () => {
  const one = await scan()
  expect(one.leaks.length).toBeGreaterThan(20)
  const damaged = repository.git('rev-parse', 'HEAD:damaged.zip')
  expect(one.skipped).toEqual([{ what: `object ${damaged}`, why: 'truncated' }])
  expect(await scan(SECOND)).toEqual(one)
})

it('the second finds all by itself, but leaves large objects to the first', async () => {
  const { part, skipped, done, entries } = await alone(SECOND)
  const first = await byFirst()
  const findings = (found: typeof part.found, keys: string[]) =>
    new Map([...found].map(([oid, { identities }]) => [oid, [...identities].map((number) => keys[number]).sort()]))
  const expected = findings(first.found, first.identities.keys)
  const large = repository.git('rev-parse', 'HEAD:large.txt')
  expect(expected.delete(large)).toBe(true)
  expect(findings(part.found, part.identities)).toEqual(expected)
  expect(part.counts).toEqual({
    ...first.counts,
    blobs: first.counts.blobs - 1,
    bytes: first.counts.bytes - Number(repository.git('cat-file', '-s', large)),
  })
  expect(part.large.map((entries) => entries.length)).toEqual([1])
  expect(part.left).toEqual([])
  expect(skipped).toHaveLength(1)
  expect(done).toBe(entries - 1)
})

it('asks for the key of fingerprints once, when it finds a secret', async () => {
  let asked = 0
  const fingerprintKey = () => {
    asked++
    return KEY
  }
  const { part } = await alone({ ...SECOND, fingerprintKey })
  expect(asked).toBe(1)
  expect(part.identities.toSorted()).toEqual((await alone(SECOND)).part.identities.toSorted())
})

it('nothing is lost when it cannot run', async () => {
  const missing = pathToFileURL(join(repository.path, 'no-such-program.js'))
  const { skipped, ...found } = await scan({ ...SECOND, program: missing })
  const { skipped: expected, ...one } = await scan()
  expect(found).toEqual(one)
  expect(skipped).toEqual(expect.arrayContaining(expected))
})

/** What histories say of where blobs lie: with trees that the second thread reads, of all that it may, and without it. */
async function histories(repository: TestRepository) {
  const opened = openRepository(repository.path)!
  const store = new ObjectStore(opened, MOST_IN_MEMORY)
  const { packs } = store
  const refs = readRefs(opened)
  const blobs = [...(await byFirst(opened)).found].filter(([, { type }]) => type === BLOB).map(([oid]) => oid)
  const arena = Arena.open()
  const thread = startSecondThread(opened, packs, new Shares(packs.length), () => {}, SECOND)!
  try {
    await thread.part
    const shares = new Shares(packs.length)
    const two = new History(opened.oidBytes, blobs)
    const part = await thread.trees(blobs, shares)
    for (const _ of two.readCommits(store, arena));
    const commits = commitsIn(two, refs)
    for (const _ of two.readTrees(store, arena, shares));
    for (const _ of two.add(part, store, arena));
    const one = new History(opened.oidBytes, blobs)
    for (const _ of one.read(store, arena));
    return { one: attribute(one, refs, commitsIn(one, refs)), two: attribute(two, refs, commits), part }
  } finally {
    thread.stop()
    arena.close()
    store.close()
  }
}

it('trees that the second thread has read lead to the same places', async () => {
  const { one, two, part } = await histories(repository)
  expect(part.read.base.length).toBeGreaterThan(300)
  expect(part.large).toEqual([[]])
  expect(one.placed.length).toBeGreaterThan(20)
  expect(two).toEqual(one)
})

it('the second thread leaves large trees to the first', async () => {
  const repository = TestRepository.create()
  const { id, secret } = plantedPair(seeded(22))
  const leak = repository.gitBytes(['hash-object', '-w', '--stdin'], `key = ${id}\nsecret = ${secret}\n`)
  const other = repository.gitBytes(['hash-object', '-w', '--stdin'], 'nothing')
  const entry = (oid: Buffer, name: string) => `100644 blob ${oid.toString().trim()}\t${name}\n`
  const rest = Array.from({ length: LARGE / 90 }, (_, i) => entry(other, `${String(i).padStart(70, '0')}`)).join('')
  const tree = repository
    .gitBytes(['mktree'], rest + entry(leak, 'leak'))
    .toString()
    .trim()
  expect(Number(repository.git('cat-file', '-s', tree))).toBeGreaterThan(8 * 1024 * 1024)
  repository.git('update-ref', 'HEAD', repository.git('commit-tree', tree, '-m', 'large'))
  repository.git('repack', '-adfq')
  const { one, two, part } = await histories(repository)
  expect(part.large.map((entries) => entries.length)).toEqual([1])
  expect(part.read.base).toHaveLength(0)
  expect(one.placed.map(({ path }) => path)).toEqual(['leak'])
  expect(two).toEqual(one)
})

it('nothing is lost when it ends before it has read its trees', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-thread-'))
  const program = join(folder, 'ends-early.mjs')
  const lines = [
    "import { parentPort } from 'node:worker_threads'",
    "parentPort.once('message', () => process.exit(1))",
    `await import(${JSON.stringify(SECOND.program.href)})`,
  ]
  writeFileSync(program, lines.join('\n'))
  expect(await scan({ ...SECOND, program: pathToFileURL(program) })).toEqual(await scan())
  rmSync(folder, { recursive: true })
})

it('small packs are for one thread', () => {
  const opened = openRepository(repository.path)!
  const store = new ObjectStore(opened, MOST_IN_MEMORY)
  const { worthIt: _, ...options } = SECOND
  expect(startSecondThread(opened, store.packs, new Shares(1), () => {}, options)).toBeNull()
  store.close()
})

it('each row of entries is taken once', () => {
  const first = new Shares(2)
  const second = new Shares(first.memory)
  const one = first.rows(1, 200)
  const other = second.rows(1, 200)
  const taken = [one, other, other, one, other, one].map((rows) => rows.next().value)
  expect(taken).toEqual([[0, 64], [64, 128], [128, 192], [192, 200], undefined, undefined])
  expect([...second.rows(0, 10)]).toEqual([[0, 10]])
})
