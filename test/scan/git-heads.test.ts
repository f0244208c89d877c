/** History says the same of commits whose beginnings were kept as of those that it reads itself. */
import { rmSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { Arena } from '../../src/scan/git/arena.ts'
import { attribute, commitsIn } from '../../src/scan/git/attribution.ts'
import { Heads } from '../../src/scan/git/heads.ts'
import { History } from '../../src/scan/git/history.ts'
import { ObjectScanner } from '../../src/scan/git/object-scanner.ts'
import { ObjectStore } from '../../src/scan/git/object-store.ts'
import { BLOB, COMMIT } from '../../src/scan/git/object-type.ts'
import { MOST_IN_MEMORY } from '../../src/scan/git/pack-walk.ts'
import { readRefs } from '../../src/scan/git/refs.ts'
import { openRepository } from '../../src/scan/git/repository.ts'
import { ObjectsScan } from '../../src/scan/git/scan-objects.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import { plantedPair, seeded } from './generate.ts'
import { TestRepository } from './git-repository.ts'

const made: TestRepository[] = []
afterAll(() => {
  for (const { path } of made) rmSync(path, { recursive: true })
})

/** Heads of every length: many parents, long names, a signature, a field before the committer; and tags of them. */
function unusual(...options: string[]): TestRepository {
  const repository = TestRepository.create(...options)
  made.push(repository)
  const random = seeded(31)
  repository.history(60, random)
  const head = repository.git('rev-parse', 'HEAD')
  const tree = repository.git('rev-parse', 'HEAD^{tree}')
  const { id, secret } = plantedPair(random)
  repository.write('key.txt', `key = ${id}\nsecret = ${secret}\n`)
  const withKey = repository.commit('a key')
  const keyTree = repository.git('rev-parse', 'HEAD^{tree}')
  const parents = Array.from({ length: 20 }, (_, i) =>
    repository.git('commit-tree', tree, '-p', head, '-m', `branch ${i}`),
  )
  const commit = (lines: string[]) =>
    repository
      .gitBytes(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], `${lines.join('\n')}\n\nmessage\n`)
      .toString()
      .trim()
  const by = (who: string, name: string, time: number) => `${who} ${name} <a@example.com> ${time} +0000`
  const parent = `parent ${withKey}`
  const commits = [
    [
      `tree ${keyTree}`,
      ...parents.map((oid) => `parent ${oid}`),
      by('author', 'A', 1),
      by('committer', 'C', 1_800_000_001),
    ],
    [`tree ${keyTree}`, parent, by('author', 'A'.repeat(400), 1), by('committer', 'C', 1_800_000_002)],
    [`tree ${keyTree}`, parent, by('author', 'A', 1), by('committer', 'C'.repeat(400), 1_800_000_003)],
    [
      `tree ${keyTree}`,
      parent,
      by('author', 'A', 1),
      by('committer', 'C', 1_800_000_004),
      `gpgsig ${'s\n '.repeat(400)}s`,
    ],
    [`tree ${keyTree}`, parent, by('author', 'A', 1), `other ${'o'.repeat(600)}`, by('committer', 'C', 1_800_000_005)],
    [`tree ${keyTree}`, parent, by('author', 'A', 1), `other ${'o'.repeat(600)}`],
    ...Array.from({ length: 60 }, (_, i) => [
      `tree ${keyTree}`,
      parent,
      by('author', 'A'.repeat(100 + 5 * i), 1),
      by('committer', 'C', 1_800_001_000 + i),
    ]),
  ]
  for (const [i, lines] of commits.entries()) repository.git('update-ref', `refs/heads/unusual-${i}`, commit(lines))
  repository.git('tag', '-a', 'one', '-m', 'm'.repeat(900), withKey)
  repository.git('repack', '-adfq')
  repository.write('loose.txt', `key = ${id}\n`)
  repository.commit('not packed')
  return repository
}

async function histories({ path }: TestRepository) {
  const opened = openRepository(path)!
  const store = new ObjectStore(opened, MOST_IN_MEMORY)
  const scanner = createScanner({ fingerprintKey: Buffer.alloc(32, 7) })
  const scan = new ObjectsScan(store, new ObjectScanner(scanner, undefined, () => {}), { skip() {} })
  await scan.all()
  const arena = Arena.open()
  const blobs = [...scan.found].filter(([, { type }]) => type === BLOB).map(([oid]) => oid)
  const read = (heads: Heads | null) => {
    const history = new History(opened.oidBytes, blobs)
    for (const _ of history.read(store, arena, heads));
    const commits = Array.from({ length: history.commits.count }, (_, i) => {
      const above: string[] = []
      history.eachParent(i, (parent) => above.push(history.commits.text(parent)))
      const tree = history.commitTree[i]!
      return [history.commits.text(i), tree < 0 ? '' : history.trees.text(tree), history.commitTime[i], above]
    })
    const refs = readRefs(opened)
    return { commits, ...attribute(history, refs, commitsIn(history, refs)) }
  }
  try {
    return { kept: scan.heads && read(scan.heads), plain: read(null) }
  } finally {
    arena.close()
    store.close()
  }
}

it.each([['sha1'], ['sha256']])('however long their heads are, with %s', async (format) => {
  const { kept, plain } = await histories(unusual(`--object-format=${format}`))
  expect(plain.placed.length).toBeGreaterThan(20)
  expect(kept).toEqual(plain)
})

it('more than memory should hold are not kept', () => {
  const heads = new Heads()
  const memory = Buffer.alloc(2048)
  heads.begin({} as never)
  let kept = 0
  while (heads.add(kept, COMMIT, memory, 0, 2048)) kept++
  expect(kept * 512).toBe(16 * 1024 * 1024)
  const tiny = new Heads()
  tiny.begin({} as never)
  kept = 0
  while (tiny.add(kept, COMMIT, memory, 0, 1)) kept++
  expect(kept * 64).toBe(16 * 1024 * 1024)
})
