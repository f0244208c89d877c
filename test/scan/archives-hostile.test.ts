import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, expand, expandFile, expandPieces, type Limits } from '../../src/scan/archives/index.ts'
import { SAMPLES, sample } from './archive-samples.ts'
import * as build from './archives-build.ts'
import { type Seen, seeing } from './archives-sink.ts'
import { ARCHIVE_CARRIERS, TEXT_CARRIERS } from './carriers-archives.ts'
import { FILE_PLACE, seeded } from './generate.ts'

const MIB = 1024 * 1024
const folder = mkdtempSync(join(tmpdir(), 'keyreeve-hostile-'))
afterAll(() => rmSync(folder, { recursive: true }))

const placeOf = (path: string) => ({ ...FILE_PLACE, path })

function opened(bytes: Uint8Array, limits: Partial<Limits> = {}, name = 'a'): Seen {
  const seen = seeing()
  expand(bytes, placeOf(name), seen, limits)
  return seen
}

const reasons = (seen: Seen) => seen.skips.map(({ why }) => why)
const zeros = (mib: number) => Buffer.alloc(mib * MIB)

describe('bombs', () => {
  const ratio = expect.stringContaining('more than 200 times')

  it('a compressed file of zeros is cut off, and its beginning is looked at', () => {
    const bomb = gzipSync(zeros(64))
    const seen = opened(bomb)
    expect(reasons(seen)).toEqual([ratio])
    expect(seen.bytes).toBeGreaterThan(3 * MIB)
    expect(seen.bytes).toBeLessThan(bomb.length * 201)
  })

  it('a member of a zip is cut off, and the next ones are read', () => {
    const seen = opened(
      build.zip([
        { name: 'bomb', data: zeros(64) },
        { name: 'k', data: 'content' },
      ]),
    )
    expect(seen.skips).toEqual([{ what: 'a!/bomb', why: ratio }])
    expect(seen.members.at(-1)).toMatchObject({ member: 'k', text: 'content' })
    expect(seen.bytes).toBeLessThan(64 * MIB * 0.25)
  })

  it('a zip whose headers say that the bomb is small', () => {
    const seen = opened(build.zip([{ name: 'bomb', data: zeros(64), size: 100 }]))
    expect(reasons(seen)).toEqual([ratio])
  })

  it('a bomb in a bomb', () => {
    const seen = opened(gzipSync(gzipSync(zeros(64))))
    expect(reasons(seen)).toEqual([ratio])
  })

  it('a delta of git that is larger than it says is not held in memory', () => {
    const seen = opened(build.gitPack([{ data: 'x' }, { data: zeros(8), base: 'offset', size: 40 }, { data: 'y' }]))
    expect(reasons(seen)).toEqual(['damaged: a delta has another size than it says'])
  })

  it('a bomb in a pack of git is cut off', () => {
    const seen = opened(build.gitPack([{ data: 'content' }, { data: zeros(64) }]))
    expect(reasons(seen)[0]).toEqual(ratio)
    expect(seen.members[0]).toMatchObject({ member: 'object 1', text: 'content' })
    expect(seen.bytes).toBeLessThan(64 * MIB * 0.25)
  })

  it('members that share their bytes are looked at once', () => {
    const shared = Array.from({ length: 50 }, (_, i) => ({ name: `m${i}`, data: 'x'.repeat(1000), sameOffsetAs: 0 }))
    const seen = opened(build.zip([{ name: 'm', data: 'x'.repeat(1000) }, ...shared]))
    expect(seen.members).toHaveLength(1)
    // ten are told, the others counted
    expect(seen.skips.slice(0, 10).map(({ why }) => why)).toEqual(Array(10).fill('overlaps another member'))
    expect(seen.skips.slice(10)).toEqual([{ what: 'a', why: '40 more: overlaps another member' }])
  })

  it('all that is decompressed together has a limit', () => {
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 7919) >> 8))
    const members = Array.from({ length: 20 }, (_, i) => ({ name: `m${i}`, data: noise }))
    const seen = opened(build.zip(members), { inflatedBytes: 2 * MIB })
    expect(seen.bytes).toBeLessThanOrEqual(2 * MIB)
    expect(seen.skips).toEqual([{ what: 'a', why: 'inflates to more than 2 MiB in all; the rest was not looked at' }])
  })

  it('members have a limit', () => {
    const seen = opened(build.tar(Array.from({ length: 30 }, (_, i) => ({ name: `m${i}`, data: 'x' }))), {
      members: 10,
    })
    expect(seen.members).toHaveLength(10)
    expect(reasons(seen)).toEqual(['more than 10 members; the rest was not looked at'])
  })

  it('archives in archives have a limit', () => {
    let archive: Buffer = Buffer.from('the last')
    for (let i = 0; i < 9; i++) archive = build.zip([{ name: `z${i}`, data: archive }])
    expect(opened(archive).skips).toEqual([{ what: 'a!/z8!/z7!/z6!/z5!/z4', why: 'nested more than 5 deep' }])
    let layers: Buffer = Buffer.from('the last')
    for (let i = 0; i < 9; i++) layers = gzipSync(layers)
    expect(reasons(opened(layers))).toEqual(['nested more than 5 deep'])
  })

  it('an archive that holds itself ends', () => {
    function* itself(): Generator<Uint8Array> {
      // a tar whose only member begins as it does, and so on
      const header = build.tar([{ name: 'self', data: '', size: 0o77777777777 }]).subarray(0, 512)
      for (let i = 0; i < 5000; i++) yield header
    }
    const seen = seeing()
    expandPieces(itself(), placeOf('a'), seen, { depth: 3 })
    expect(reasons(seen)).toContain('nested more than 3 deep')
  })

  it('a dictionary or window larger than what may be held is not allocated', () => {
    const frame = Buffer.from('28b52ffd00f8010000', 'hex') // a window of 2 TiB
    expect(reasons(opened(frame))[0]).toMatch(/^needs \d+ MiB of memory/)
    const xz = build.xz('text')
    xz[16] = 40 // 4 GiB
    expect(reasons(opened(xz))[0]).toBe('needs 4096 MiB of memory to be decompressed')
    const seven = build.sevenZip([{ name: 'k', data: 'x' }], { coder: [0x23, 3, 1, 1, 5, 0x5d, 0, 0, 0, 0xff] })
    expect(reasons(opened(seven))).toEqual([expect.stringMatching(/memory|truncated|damaged/)])
  })

  it('a nested archive too large to be held is read front to back, or said to be skipped', () => {
    const noise = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * i * 7919) >> 8))
    const limits = { heldBytes: 256 * 1024 }
    const zip = opened(
      gzipSync(
        build.zip([
          { name: 'n', data: noise },
          { name: 'k', data: 'content' },
        ]),
      ),
      limits,
    )
    expect(zip.members.map(({ member }) => member)).toEqual(['n', 'k'])
    expect(zip.skips).toEqual([])
    const seven = opened(gzipSync(build.sevenZip([{ name: 'n', data: noise }], { stored: true })), limits)
    expect(reasons(seven)).toEqual([expect.stringContaining('inside another archive')])
  })
})

describe('lies', () => {
  it('sizes that are too small or too large hide nothing', () => {
    const text = 'content\n'.repeat(100)
    for (const size of [0, 1, 799, 801, 4_000_000_000]) {
      const seen = opened(build.zip([{ name: 'k', data: text, size }]))
      expect(seen.members, String(size)).toMatchObject([{ member: 'k', text }])
    }
    expect(reasons(opened(build.zip([{ name: 'k', data: text, compressedSize: 4_000_000_000 }])))).toEqual([
      'truncated',
    ])
  })

  it('a member of a tar that claims more than there is, is looked at to the end', () => {
    const seen = opened(build.tar([{ name: 'k', data: 'content', size: 1_000_000 }]))
    expect(seen.members[0]!.text).toContain('content')
    expect(reasons(seen)).toContain('truncated')
  })

  it('names are only names: of other folders, double, empty, long, or with control characters', () => {
    const names = [
      '../../etc/passwd',
      '/etc/shadow',
      'C:\\windows\\x',
      'k',
      'k',
      '\x1b[2J\r\n',
      '\u202eevil',
      'x'.repeat(60_000),
    ]
    const before = readdirSync('.')
    for (const bytes of [
      build.zip(names.map((name) => ({ name, data: 'content' }))),
      build.cpio(names.map((name) => ({ name, data: 'content' }))),
      build.tar(names.map((name) => ({ name, data: 'content', long: 'pax' as const }))),
    ]) {
      const seen = opened(bytes)
      expect(seen.members.map(({ member }) => member)).toEqual(names.map((name) => name.slice(0, 4096)))
    }
    expect(readdirSync('.')).toEqual(before)
  })

  it('the rest of a tar that is damaged is looked at as plain bytes', () => {
    const bytes = build.tar([
      { name: 'a', data: 'first' },
      { name: 'b', data: 'second' },
    ])
    bytes.write('9', 1024 + 150)
    const seen = opened(bytes)
    expect(reasons(seen)).toEqual([expect.stringContaining('no header where a member should begin')])
    expect(seen.members.map(({ member }) => member)).toEqual(['a', null])
    expect(seen.members[1]!.text).toContain('second')
  })

  it('a damaged member says so after its first part has been looked at', () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `${i} ${i * i}\n`).join('')
    const bytes = gzipSync(text)
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64)
    const seen = opened(bytes)
    expect(reasons(seen)).toEqual(['damaged: its deflate stream is wrong'])
    expect(seen.bytes).toBeGreaterThan(text.length / 3)
  })
})

describe('files that are no files', () => {
  const skipOf = (path: string) => {
    const seen = seeing()
    expandFile(path, placeOf(path), seen)
    return reasons(seen)
  }

  it('what cannot be opened is a skip', () => {
    expect(skipOf(join(folder, 'missing'))).toEqual(['no such file'])
    expect(skipOf(folder)).toEqual(['no regular file'])
    if (process.getuid?.() !== 0) {
      writeFileSync(join(folder, 'closed'), '')
      chmodSync(join(folder, 'closed'), 0)
      expect(skipOf(join(folder, 'closed'))).toEqual(['permission denied'])
    }
  })

  it.skipIf(process.platform === 'win32')('a pipe that nobody writes to is a skip', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    expect(skipOf(join(folder, 'pipe'))).toEqual(['no regular file'])
  })
})

describe('truncated and corrupted', () => {
  const random = seeded(17)
  const archives: [string, Buffer][] = [
    ...ARCHIVE_CARRIERS.map(({ file, carry, name }): [string, Buffer] => [
      `${name} ${file}`,
      carry('some text\n'.repeat(40)),
    ]),
    ...TEXT_CARRIERS.map(({ file, carry, name }): [string, Buffer] => [
      `${name} ${file}`,
      carry('an id', 'x'.repeat(40)),
    ]),
    ...Object.keys(SAMPLES).map((name): [string, Buffer] => [name, sample(name)]),
  ]
  const limits = { ...DEFAULT_LIMITS, inflatedBytes: 8 * MIB, heldBytes: 8 * MIB }

  it('wherever an archive is cut off, it says so or is whole, and nothing is thrown', () => {
    for (const [name, bytes] of archives) {
      for (let i = 0; i < 12; i++) {
        const seen = opened(bytes.subarray(0, Math.floor(random() * bytes.length)), limits, name)
        expect(seen.bytes, name).toBeLessThan(16 * MIB)
      }
    }
  })

  it('whatever bytes are changed, nothing is thrown, and it ends', () => {
    for (const [name, bytes] of archives) {
      for (let i = 0; i < 20; i++) {
        const changed = Buffer.from(bytes)
        for (let n = 1 + Math.floor(random() * 8); n > 0; n--) {
          changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256)
        }
        const seen = opened(changed, limits, name)
        expect(seen.bytes, name).toBeLessThan(16 * MIB)
      }
    }
  })

  it('random bytes behind a magic number', () => {
    for (const [name, bytes] of archives) {
      for (let i = 0; i < 8; i++) {
        const noise = Buffer.from(Array.from({ length: 700 }, () => Math.floor(random() * 256)))
        bytes.copy(noise, 0, 0, 8 + Math.floor(random() * 40))
        expect(opened(noise, limits, name).bytes, name).toBeLessThan(16 * MIB)
      }
    }
  })
})
