/** Repositories that were made to do harm: what cannot be read is a skip with its reason, and nothing of them is run. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { Identities } from '../../src/scan/git/identities.ts'
import { scanRepository } from '../../src/scan/git/index.ts'
import { OFS_DELTA, REF_DELTA } from '../../src/scan/git/object-type.ts'
import { plantedPair, seeded } from './generate.ts'
import { findsOfGit, findsOfReader, ID_SCANNER, TestRepository } from './git-repository.ts'

interface Entry {
  /** Made up: nothing checks it. */
  oid: string
  type: number
  /** What inflates. */
  content: Uint8Array
  /** When another size is to be said. */
  size?: number
  base?: string
  /** Bytes back to the base. */
  back?: number
}

const oid = (digit: string) => digit.repeat(40)

/** Writes a pack and its index as they are told to be. */
function writePack(repository: TestRepository, entries: readonly Entry[]): void {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  head.writeUInt32BE(entries.length, 8)
  const parts: Buffer[] = [head]
  const offsets = new Map<string, number>()
  let at = 12
  for (const { oid, type, content, size = content.length, base, back } of entries) {
    offsets.set(oid, at)
    const entry = Buffer.concat([
      sizeBytes(type, size),
      ...(type === OFS_DELTA ? [backBytes(back!)] : []),
      ...(type === REF_DELTA ? [Buffer.from(base!, 'hex')] : []),
      deflateSync(content),
    ])
    parts.push(entry)
    at += entry.length
  }
  const pack = Buffer.concat(parts)
  const checksum = createHash('sha1').update(pack).digest()
  const sorted = [...offsets].sort(([a], [b]) => (a < b ? -1 : 1))
  const index = Buffer.alloc(8 + 1024 + sorted.length * 28 + 40)
  index.writeUInt32BE(0xff744f63, 0)
  index.writeUInt32BE(2, 4)
  for (let first = 0; first < 256; first++)
    index.writeUInt32BE(sorted.filter(([name]) => Number.parseInt(name.slice(0, 2), 16) <= first).length, 8 + first * 4)
  sorted.forEach(([name, offset], row) => {
    index.write(name, 1032 + row * 20, 'hex')
    index.writeUInt32BE(offset, 1032 + sorted.length * 24 + row * 4)
  })
  const folder = join(repository.path, '.git', 'objects', 'pack')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'pack-made-up.pack'), Buffer.concat([pack, checksum]))
  writeFileSync(join(folder, 'pack-made-up.idx'), index)
}

function sizeBytes(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1]! |= 128
    bytes.push(rest % 128)
  }
  return Buffer.from(bytes)
}

function backBytes(back: number): Buffer {
  const bytes = [back & 127]
  for (let rest = back >> 7; rest > 0; rest >>= 7) bytes.unshift(128 | (--rest & 127))
  return Buffer.from(bytes)
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])
/** A delta from a base: some text, then all of the base. */
const prepend = (text: string, baseSize: number) =>
  Buffer.from([
    ...varint(baseSize),
    ...varint(baseSize + text.length),
    text.length,
    ...Buffer.from(text),
    0x80 | 0x30,
    baseSize & 255,
    baseSize >> 8,
  ])

const [id, otherId] = [plantedPair(seeded(1)).id, plantedPair(seeded(2)).id]

async function findsOf(entries: readonly Entry[], prepare = (_: TestRepository) => {}) {
  const repository = TestRepository.create()
  writePack(repository, entries)
  prepare(repository)
  const { finds, skipped } = await findsOfReader(repository.path, ID_SCANNER, new Identities())
  return { found: [...finds.keys()].sort(), skipped }
}

describe('packs that git would not write', () => {
  it('a delta whose base is in another place, by its object ID', async () => {
    const base = `key ${id} and more\n`
    const { found, skipped } = await findsOf(
      [{ oid: oid('a'), type: REF_DELTA, content: prepend(`key ${otherId}\n`, base.length), base: '' }].map(
        (entry) => ({
          ...entry,
          base: createHash('sha1').update(`blob ${base.length}\0${base}`).digest('hex'),
        }),
      ),
      (repository) => repository.gitBytes(['hash-object', '-w', '--stdin'], base),
    )
    expect(skipped).toEqual([])
    expect(found).toContain(oid('a'))
    expect(found).toHaveLength(2)
  })

  it('a delta before its base', async () => {
    const base = Buffer.from(`key ${id}\n`)
    const { found, skipped } = await findsOf([
      { oid: oid('a'), type: REF_DELTA, content: prepend('before ', base.length), base: oid('b') },
      { oid: oid('b'), type: 3, content: base },
    ])
    expect({ found, skipped }).toEqual({ found: [oid('a'), oid('b')], skipped: [] })
  })

  it('deltas in a circle, and what hangs on them', async () => {
    const { found, skipped } = await findsOf([
      { oid: oid('a'), type: REF_DELTA, content: prepend('a', 5), base: oid('b') },
      { oid: oid('b'), type: REF_DELTA, content: prepend('b', 5), base: oid('a') },
      { oid: oid('c'), type: REF_DELTA, content: prepend('c', 5), base: oid('c') },
      { oid: oid('d'), type: REF_DELTA, content: prepend('d', 5), base: oid('a') },
      { oid: oid('e'), type: 3, content: Buffer.from(id) },
    ])
    expect(found).toEqual([oid('e')])
    expect(skipped.map(({ what }) => what).sort()).toEqual(['a', 'b', 'c', 'd'].map((digit) => `object ${oid(digit)}`))
    expect(skipped[0]!.why).toBe('its deltas lead back to itself')
  })

  it.each([
    ['a size that is too small', { size: 3 }],
    ['a size that is too large', { size: 500 }],
    ['a size beyond all memory', { size: 2 ** 40 }],
    ['a size that is no number any more', { size: 2 ** 52 }],
    ['an unknown type', { type: 5 }],
    ['a base before the pack', { type: OFS_DELTA, back: 100_000 }],
    ['itself as its base', { type: OFS_DELTA, back: 0 }],
    ['a base that is nowhere', { type: REF_DELTA, base: oid('f') }],
  ])('%s', async (_, change) => {
    const { found, skipped } = await findsOf([
      { oid: oid('a'), type: 3, content: Buffer.from(`bad ${otherId}`), ...change },
      { oid: oid('b'), type: 3, content: Buffer.from(id) },
    ])
    expect(found).toEqual([oid('b')])
    expect(skipped.map(({ what }) => what)).toEqual([`object ${oid('a')}`])
  })

  it.each([
    ['copies from behind its base', [8, 8, 0x91, 200, 8]],
    ['makes more than it says', [8, 4, 0x90, 8]],
    ['makes less than it says', [8, 99, 0x90, 8]],
    ['ends in an instruction', [8, 8, 0x91]],
    ['inserts more than it has', [8, 50, 50, 1, 2]],
    ['has a reserved instruction', [8, 8, 0]],
    ['is for a base of another size', [9, 8, 0x90, 8]],
    ['makes a billion bytes of nothing', [8, 0x80, 0x94, 0xeb, 0xdc, 0x03, 0x90, 8]],
    ['has sizes without an end', Array.from({ length: 40 }, () => 0xff)],
    ['is empty', []],
  ])('a delta that %s', async (_, delta) => {
    const base = Buffer.from('12345678')
    const header = sizeBytes(3, base.length).length + deflateSync(base).length
    const { found, skipped } = await findsOf([
      { oid: oid('a'), type: 3, content: base },
      { oid: oid('b'), type: OFS_DELTA, content: Buffer.from(delta), back: header },
      { oid: oid('c'), type: 3, content: Buffer.from(id) },
    ])
    expect(found).toEqual([oid('c')])
    expect(skipped.map(({ what }) => what)).toEqual([`object ${oid('b')}`])
  })

  it('a stream that inflates to a thousand times its size', async () => {
    const { found, skipped } = await findsOf([
      { oid: oid('a'), type: 3, content: Buffer.alloc(64 << 20), size: 10 },
      { oid: oid('b'), type: 3, content: Buffer.from(id) },
    ])
    expect(found).toEqual([oid('b')])
    expect(skipped).toHaveLength(1)
  })

  it('a long chain of deltas, and a base with many', async () => {
    const first = Buffer.from(`key ${id}\n`)
    const chain: Entry[] = [{ oid: '00'.padEnd(40, '0'), type: 3, content: first }]
    for (let i = 1; i < 1000; i++) {
      const deep = i < 500
      chain.push({
        oid: i.toString(16).padStart(4, '0').padEnd(40, '0'),
        type: REF_DELTA,
        content: prepend('x', first.length + (deep ? i - 1 : 0)),
        base: deep ? chain[i - 1]!.oid : chain[0]!.oid,
      })
    }
    const { found, skipped } = await findsOf(chain)
    expect(skipped).toEqual([])
    // `x` before the line changes nothing in the ID
    expect(found).toHaveLength(1000)
  })
})

describe('damage in any place', () => {
  const repository = TestRepository.create()
  repository.history(40, seeded(2))
  repository.git('repack', '-adfq')
  const folder = join(repository.path, '.git', 'objects', 'pack')
  const files = readdirSync(folder).filter((name) => /\.(pack|idx)$/.test(name))
  const good = new Map(files.map((name) => [name, readFileSync(join(folder, name))]))
  for (const name of files) chmodSync(join(folder, name), 0o644)
  const identities = new Identities()
  const all = findsOfGit(repository, ID_SCANNER, identities)

  it('ends in skips, and never in a find that is not there', async () => {
    const damage = fc.record({
      file: fc.constantFrom(...files),
      kind: fc.constantFrom('flip', 'zeros', 'cut', 'random'),
      where: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      seed: fc.integer(),
    })
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, kind, where, seed }) => {
        const bytes = Buffer.from(good.get(file)!)
        const at = Math.floor(bytes.length * where)
        const random = seeded(seed)
        if (kind === 'flip') bytes[at]! ^= 1 << (seed & 7)
        else if (kind === 'zeros') bytes.fill(0, at, at + 50)
        else if (kind === 'random') for (let i = at; i < Math.min(bytes.length, at + 50); i++) bytes[i] = random() * 256
        writeFileSync(join(folder, file), kind === 'cut' ? bytes.subarray(0, at) : bytes)
        const { finds } = await findsOfReader(repository.path, ID_SCANNER, identities)
        writeFileSync(join(folder, file), good.get(file)!)
        // an index may give an object another name
        const known = new Set([...all.values()].flat())
        if (file.endsWith('.pack')) for (const found of [...finds.values()].flat()) expect(known.has(found)).toBe(true)
      }),
      { numRuns: 30, seed: 1 },
    )
  })
})

describe('configuration and names', () => {
  async function scan(path: string) {
    const collector = createLeakCollector(ID_SCANNER)
    await scanRepository(path, ID_SCANNER, collector)
    await scanRepository(path, ID_SCANNER, collector, { since: 'HEAD~1' })
    await scanRepository(path, ID_SCANNER, collector, { staged: true })
    return { leaks: collector.leaks(), skipped: collector.skipped }
  }

  it('no program that a configuration names is run', async () => {
    const repository = TestRepository.create()
    const ran = join(repository.path, 'ran')
    const program = join(repository.path, 'program.sh')
    writeFileSync(program, `#!/bin/sh\necho "$0 $@" >> '${ran}'\nexit 1\n`)
    chmodSync(program, 0o755)
    repository.write('.gitattributes', '* diff=evil filter=evil\n')
    repository.write('a.txt', `key ${id}\n`)
    repository.commit()
    repository.write('a.txt', `key ${id} ${otherId}\n`)
    repository.commit()
    repository.write('b.txt', `key ${otherId}\n`)
    repository.git('add', 'b.txt')
    for (const setting of [
      'core.fsmonitor',
      'core.sshCommand',
      'core.pager',
      'core.editor',
      'core.askPass',
      'core.alternateRefsCommand',
      'core.gitProxy',
      'diff.external',
      'diff.evil.textconv',
      'diff.evil.command',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.evil.process',
      'gpg.program',
      'pager.diff-index',
      'pager.rev-list',
      'pager.cat-file',
      'credential.helper',
      'uploadpack.packObjectsHook',
      'remote.origin.uploadpack',
    ])
      repository.git('config', setting, program)
    repository.git('config', 'log.showSignature', 'true')
    repository.git('config', 'filter.evil.required', 'true')
    repository.git('config', 'remote.origin.url', `ext::${program}`)
    repository.git('config', 'remote.origin.promisor', 'true')
    repository.git('config', 'extensions.partialClone', 'origin')
    for (const hook of ['post-index-change', 'fsmonitor-watchman', 'reference-transaction', 'post-checkout'])
      symlinkSync(program, join(repository.path, '.git', 'hooks', hook))
    // a damaged object, which git is asked for, and would fetch
    const blob = repository.git('rev-parse', 'HEAD:a.txt')
    const loose = join(repository.path, '.git', 'objects', blob.slice(0, 2), blob.slice(2))
    chmodSync(loose, 0o644)
    writeFileSync(loose, 'damaged')
    const { leaks, skipped } = await scan(repository.path)
    expect(leaks.map(({ accessKeyId }) => accessKeyId).sort()).toEqual([id, otherId].sort())
    expect(skipped.some(({ what }) => what === `object ${blob}`)).toBe(true)
    expect(existsSync(ran) ? readFileSync(ran, 'utf8') : '').toBe('')
  })

  it('paths of a tree are words, and are never opened', async () => {
    const repository = TestRepository.create()
    const blob = repository.gitBytes(['hash-object', '-w', '--stdin'], `key ${id}`).toString().trim()
    const entry = (mode: string, name: string, oid: string) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')])
    const makeTree = (...entries: Buffer[]) =>
      repository
        .gitBytes(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], Buffer.concat(entries))
        .toString()
        .trim()
    const inner = makeTree(entry('100644', '../../../etc/passwd', blob), entry('100644', '', blob))
    const outer = makeTree(entry('40000', '..', inner), entry('100644', 'a\u001b]0;x\u0007', blob))
    const commit = repository.git('commit-tree', '-m', 'x', outer)
    repository.git('update-ref', 'refs/heads/main', commit)
    const collector = createLeakCollector(ID_SCANNER)
    await scanRepository(repository.path, ID_SCANNER, collector)
    expect(
      collector
        .leaks()[0]!
        .places.map(({ path }) => path)
        .sort(),
    ).toEqual(['../', '../../../../etc/passwd', 'a\u001b]0;x\u0007'].sort())
  })

  it('a tree of many trees with the same file does not end in a billion paths', async () => {
    const repository = TestRepository.create()
    const blob = repository.gitBytes(['hash-object', '-w', '--stdin'], `key ${id}`).toString().trim()
    const makeTree = (mode: string, type: string, oid: string) =>
      repository
        .gitBytes(['mktree'], Array.from({ length: 10 }, (_, i) => `${mode} ${type} ${oid}\t${i}\n`).join(''))
        .toString()
        .trim()
    let tree = makeTree('100644', 'blob', blob)
    for (let depth = 0; depth < 12; depth++) tree = makeTree('040000', 'tree', tree)
    repository.git('update-ref', 'refs/heads/main', repository.git('commit-tree', '-m', 'x', tree))
    const collector = createLeakCollector(ID_SCANNER)
    await scanRepository(repository.path, ID_SCANNER, collector)
    expect(collector.leaks().map(({ accessKeyId }) => accessKeyId)).toEqual([id])
    expect(collector.skipped.map(({ why }) => why)).toContain('not all paths of all versions were followed: too many')
  })

  it('a `.git` that is a link, a file that names nothing, or a loop is no crash', async () => {
    const repository = TestRepository.create()
    repository.write('a.txt', id)
    repository.commit()
    const folder = mkdtempSync(join(tmpdir(), 'keyreeve-git-'))
    symlinkSync(join(repository.path, '.git'), join(folder, '.git'))
    const { finds } = await findsOfReader(folder, ID_SCANNER, new Identities())
    expect(finds.size).toBe(1)
    const none = mkdtempSync(join(tmpdir(), 'keyreeve-git-'))
    for (const text of ['gitdir: /nonexistent', 'gitdir: .', 'nonsense', `gitdir: ${'x'.repeat(5000)}`]) {
      writeFileSync(join(none, '.git'), text)
      await expect(scan(none)).rejects.toThrow('is no git repository')
    }
    execFileSync('rm', [join(none, '.git')])
    symlinkSync('.git', join(none, '.git'))
    await expect(scan(none)).rejects.toThrow('is no git repository')
  })

  it('alternates that lead to each other, or nowhere, end', async () => {
    const repository = TestRepository.create()
    repository.write('a.txt', id)
    repository.commit()
    const objects = join(repository.path, '.git', 'objects')
    mkdirSync(join(objects, 'info'), { recursive: true })
    writeFileSync(join(objects, 'info', 'alternates'), `${objects}\n../objects\n/nonexistent/objects\n"/q\\303\\274"\n`)
    const collector = createLeakCollector(ID_SCANNER)
    await scanRepository(repository.path, ID_SCANNER, collector)
    expect(collector.leaks()).toHaveLength(1)
    expect(collector.skipped.map(({ what }) => what)).toEqual(['/nonexistent/objects', '/qü'])
  })
})
