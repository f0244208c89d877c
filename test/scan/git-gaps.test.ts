/** What a clone does not have is told: that nothing was found in it says nothing of the rest. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
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

it('of refs that are not kept as files, without git', async () => {
  const { path } = TestRepository.create()
  appendFileSync(join(path, '.git/config'), '[extensions]\n\trefStorage = reftable\n')
  const { PATH } = process.env
  process.env.PATH = '/nowhere'
  try {
    expect((await scan(path)).skipped).toEqual([{ what: path, why: 'its refs cannot be read: `git` is not installed' }])
  } finally {
    process.env.PATH = PATH
  }
})

describe('of a damaged one, what refs lead to that is not there:', () => {
  const told = (path: string, oid: string) => ({
    what: path,
    why: `an object that refs lead to is not there or cannot be read, ${oid}: run \`git fsck\``,
  })

  it('a branch', async () => {
    const repository = TestRepository.create()
    repository.write('a.txt', 'nothing')
    const lost = repository.commit()
    const kept = repository.commit()
    repository.git('update-ref', 'refs/heads/side', lost)
    drop(repository, lost)
    const { path } = repository
    expect(await scan(path)).toEqual({ ids: [], skipped: [told(path, lost)] })
    repository.git('update-ref', '--no-deref', 'refs/heads/side', kept)
    expect((await scan(path)).skipped).toEqual([])
  })

  it('HEAD, and a branch in packed-refs with a tag in a pack', async () => {
    const repository = TestRepository.create()
    repository.commit()
    repository.git('tag', '-a', 'v1', '-m', 'v1')
    repository.git('gc', '-q')
    expect((await scan(repository.path)).skipped).toEqual([])
    const lost = 'ab'.repeat(20)
    appendFileSync(join(repository.path, '.git/packed-refs'), `${lost} refs/heads/z\n`)
    expect((await scan(repository.path)).skipped).toEqual([told(repository.path, lost)])
    writeFileSync(join(repository.path, '.git/HEAD'), 'cd'.repeat(20))
    expect((await scan(repository.path)).skipped).toEqual([
      {
        what: repository.path,
        why: `2 objects that refs lead to are not there or cannot be read, e.g. ${lost}: run \`git fsck\``,
      },
    ])
  })

  it('with objects that a pruned alternate had', async () => {
    const lender = origin()
    const path = `${lender.path}-borrower`
    execFileSync('git', ['clone', '-q', '--no-checkout', '--shared', lender.path, path])
    const head = lender.git('rev-parse', 'HEAD')
    expect(await scan(path)).toEqual({ ids: [id], skipped: [] })
    rmSync(join(lender.path, '.git/objects'), { recursive: true })
    mkdirSync(join(lender.path, '.git/objects'))
    expect(await scan(path)).toEqual({ ids: [], skipped: [told(path, head)] })
  })

  it.each(['sha1', 'sha256'])(
    'not a branch before its first commit, nor the empty tree, which git knows (%s)',
    async (format) => {
      const repository = TestRepository.create(`--object-format=${format}`)
      expect((await scan(repository.path)).skipped).toEqual([])
      const empty = repository.git('hash-object', '-t', 'tree', '/dev/null')
      repository.git('update-ref', 'refs/tags/empty', empty)
      expect((await scan(repository.path)).skipped).toEqual([])
    },
  )
})

describe('of a damaged one with findings, what commits lead to that is not there:', () => {
  const why = (oid: string) => `an object that commits lead to is not there or cannot be read, ${oid}: run \`git fsck\``
  const gaps = async (repository: TestRepository) => (await scan(repository.path)).skipped.map((skip) => skip.why)

  /** Its commits, the oldest first: each has other folders, and so other trees. */
  function damageable(...options: string[]) {
    const repository = TestRepository.create(...options)
    const commits = ['one', 'two', 'three'].map((text) => {
      repository.write('key.txt', `aws_access_key_id=${id}\naws_secret_access_key=${secret}\n`)
      repository.write('deep/er/file.txt', text)
      repository.write('other/file.txt', `other ${text}`)
      return repository.commit(text)
    })
    return { repository, commits }
  }

  it.each(['sha1', 'sha256'])('a parent (%s)', async (format) => {
    const { repository, commits } = damageable(`--object-format=${format}`)
    expect(await scan(repository.path)).toEqual({ ids: [id], skipped: [] })
    drop(repository, commits[1]!)
    expect(await gaps(repository)).toEqual([why(commits[1]!)])
  })

  it.each(['', ':deep', ':deep/er'])("a commit's tree%s", async (folder) => {
    const { repository, commits } = damageable()
    const lost = repository.git('rev-parse', folder === '' ? `${commits[1]}^{tree}` : `${commits[1]}${folder}`)
    drop(repository, lost)
    expect(await gaps(repository)).toEqual([why(lost)])
  })

  it('several', async () => {
    const { repository, commits } = damageable()
    for (const commit of commits) drop(repository, repository.git('rev-parse', `${commit}:deep/er`))
    expect(await gaps(repository)).toEqual([
      expect.stringMatching(/^3 objects that commits lead to are not there or cannot be read, e\.g\. [0-9a-f]{40}: /),
    ])
  })

  it('a tree that is named in trees which are deltas in a pack', async () => {
    const repository = TestRepository.create()
    repository.write('key.txt', `aws_access_key_id=${id}\naws_secret_access_key=${secret}\n`)
    for (let i = 0; i < 50; i++) repository.write(`folder-${i}/file.txt`, `${i}`)
    for (let i = 0; i < 5; i++) {
      repository.write('folder-7/file.txt', `version ${i}`)
      repository.commit()
    }
    const lost = repository.git('rev-parse', 'HEAD~4:folder-30')
    const list = repository.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)')
    const rest = list.split('\n').filter((oid) => oid !== lost)
    repository.gitBytes(['pack-objects', '-q', '.git/objects/pack/pack'], rest.join('\n'))
    repository.git('prune-packed')
    expect(repository.git('count-objects')).toMatch(/^1 objects/)
    drop(repository, lost)
    expect(await gaps(repository)).toEqual([why(lost)])
  })

  it('not what only left-over commits lead to', async () => {
    const { repository, commits } = damageable()
    const tree = repository.git('rev-parse', `${commits[2]}:deep`)
    repository.git('reset', '-q', '--hard', commits[0]!)
    drop(repository, tree)
    drop(repository, commits[1]!)
    expect(await gaps(repository)).toEqual([])
  })

  it('not the commits of submodules', async () => {
    const { repository } = damageable()
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'ab'.repeat(20)},module`)
    repository.git('commit', '-q', '-m', 'a submodule')
    expect(await gaps(repository)).toEqual([])
  })

  it.each(['sha1', 'sha256'])('not the empty tree, which git knows (%s)', async (format) => {
    const { repository } = damageable(`--object-format=${format}`)
    const empty = repository.git('hash-object', '-t', 'tree', '/dev/null')
    const commit = repository.git('commit-tree', '-p', 'HEAD', '-m', 'empty', empty)
    repository.git('update-ref', 'refs/heads/empty', commit)
    drop(repository, empty)
    expect(await gaps(repository)).toEqual([])
  })

  it('not what is left out on purpose: in a shallow clone, a partial clone, by a graft', async () => {
    const { repository, commits } = damageable()
    repository.git('config', 'uploadpack.allowFilter', 'true')
    const why = async (path: string) => (await scan(path)).skipped.map((skip) => skip.why.split(':')[0])
    const shallow = clone(repository, '--depth=1')
    expect(await scan(shallow)).toMatchObject({ ids: [id] })
    expect(await why(shallow)).toEqual(['a shallow clone'])
    const partial = clone(repository, '--filter=tree:0')
    execFileSync('git', ['-C', partial, 'cat-file', 'blob', 'HEAD:key.txt'])
    expect(await scan(partial)).toMatchObject({ ids: [id] })
    expect(await why(partial)).toEqual(['a partial clone'])
    appendFileSync(join(partial, '.git/packed-refs'), `${'ab'.repeat(20)} refs/heads/z\n`)
    expect(await why(partial)).toEqual(['a partial clone'])
    writeFileSync(join(repository.path, '.git/info/grafts'), `${commits[1]}\n`)
    drop(repository, commits[0]!)
    expect(await gaps(repository)).toEqual([])
  })
})

function drop({ path }: TestRepository, oid: string): void {
  rmSync(join(path, '.git/objects', oid.slice(0, 2), oid.slice(2)), { force: true })
}
