/** What a clone does not have is told: that nothing was found in it says nothing of the rest. */
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { scanRepository } from '../../src/scan/git/index.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import { plantedPair, seeded } from './generate.ts'
import { TestRepository } from './git-repository.ts'

const { id, secret } = plantedPair(seeded(51))

/** A repository whose first commit has a key, and a later one takes it out. */
function origin(): TestRepository {
  const repository = TestRepository.create()
  repository.git('config', 'uploadpack.allowFilter', 'true')
  repository.write('a.txt', `aws_access_key_id=${id}\naws_secret_access_key=${secret}\n`)
  repository.commit('key')
  repository.write('a.txt', 'nothing')
  repository.commit('no key')
  return repository
}

let clones = 0
function clone({ path }: TestRepository, ...flags: string[]): string {
  const target = `${path}-clone-${++clones}`
  execFileSync('git', ['clone', '-q', '--no-checkout', ...flags, `file://${path}`, target], { stdio: 'ignore' })
  return target
}

async function scan(path: string) {
  const collector = createLeakCollector(createScanner({ fingerprintKey: Buffer.alloc(32, 7) }))
  await scanRepository(path, createScanner({ fingerprintKey: Buffer.alloc(32, 7) }), collector)
  return { ids: collector.leaks().map(({ accessKeyId }) => accessKeyId), skipped: collector.skipped }
}

it('of a shallow clone', async () => {
  const path = clone(origin(), '--depth=1')
  expect(await scan(path)).toEqual({
    ids: [],
    skipped: [{ what: path, why: 'a shallow clone: older commits are not there; `git fetch --unshallow` brings them' }],
  })
  execFileSync('git', ['-C', path, 'fetch', '-q', '--unshallow'])
  expect(await scan(path)).toEqual({ ids: [id], skipped: [] })
})

it('of a partial clone, as long as anything is missing', async () => {
  const path = clone(origin(), '--filter=blob:none')
  const { ids, skipped } = await scan(path)
  expect(ids).toEqual([])
  expect(skipped).toEqual([{ what: path, why: expect.stringMatching(/^a partial clone: 2 objects are not there; /) }])
  execFileSync('git', ['-C', path, 'fetch', '-q', '--refetch', '--no-filter'])
  expect(await scan(path)).toEqual({ ids: [id], skipped: [] })
})

it('of a partial clone without git', async () => {
  const path = clone(origin(), '--filter=blob:none')
  const { PATH } = process.env
  process.env.PATH = '/nowhere'
  try {
    expect((await scan(path)).skipped[0]?.why).toMatch(/^a partial clone: objects may not be there/)
  } finally {
    process.env.PATH = PATH
  }
})

it('of a whole clone there is nothing to tell', async () => {
  expect(await scan(clone(origin()))).toEqual({ ids: [id], skipped: [] })
})
