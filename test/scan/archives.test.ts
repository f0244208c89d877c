import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { expand, expandFile, isArchive } from '../../src/scan/archives/index.ts'
import { SAMPLE_TEXT, SAMPLES, SKIPPED_SAMPLES, sample } from './archive-samples.ts'
import * as build from './archives-build.ts'
import { collecting, seeing } from './archives-sink.ts'
import { CARRIERS, LOOK_ALIKES } from './carriers.ts'
import { ARCHIVE_CARRIERS, TEXT_CARRIERS } from './carriers-archives.ts'
import { FILE_PLACE, plantedPair, randomText, seeded } from './generate.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-archives-'))
afterAll(() => rmSync(folder, { recursive: true }))

const placeOf = (path: string) => ({ ...FILE_PLACE, path })

describe('a key in every kind of archive is found, with its secret and where it lies', () => {
  const random = seeded(5)
  for (const { name, file, carry, member, skipped } of ARCHIVE_CARRIERS) {
    const { id, secret } = plantedPair(random)
    const bytes = carry(`aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)

    it(`${name}, in memory`, () => {
      const found = collecting()
      expect(isArchive(bytes.subarray(0, 512), file)).toBe(true)
      expand(bytes, placeOf(file), found)
      expect(found.leaks()).toMatchObject([{ accessKeyId: id, evidence: 'pair', places: [{ path: file, member }] }])
      expect(found.leaks()[0]!.places).toHaveLength(1)
      expect(found.skipped.map(({ why }) => why)).toEqual(skipped ? [skipped] : [])
      expect(JSON.stringify(found.leaks())).not.toContain(secret)
    })

    it(`${name}, as a file`, () => {
      const path = join(folder, file)
      writeFileSync(path, bytes)
      const found = collecting()
      expandFile(path, placeOf(path), found)
      expect(found.leaks()).toMatchObject([{ accessKeyId: id, evidence: 'pair', places: [{ path, member }] }])
      expect(found.skipped.map(({ why }) => why)).toEqual(skipped ? [skipped] : [])
    })
  }
})

describe('a pair in every format whose text is drawn out is found', () => {
  const random = seeded(6)
  for (const { name, file, carry, member } of TEXT_CARRIERS) {
    const { id, secret } = plantedPair(random)
    it(name, () => {
      const found = collecting()
      const bytes = carry(id, secret)
      expect(isArchive(bytes.subarray(0, 512), file)).toBe(true)
      expand(bytes, placeOf(file), found)
      expect(found.leaks()).toMatchObject([{ accessKeyId: id, hasSecret: true, places: [{ path: file, member }] }])
      expect(found.skipped).toEqual([])
    })
  }
})

it('what common tools write is read to the last byte', () => {
  for (const name of Object.keys(SAMPLES)) {
    const seen = seeing()
    expect(isArchive(sample(name).subarray(0, 512), name), name).toBe(true)
    expand(sample(name), placeOf(name), seen)
    expect(seen.skips, name).toEqual([])
    expect(seen.members[0]?.text, name).toBe(SAMPLE_TEXT)
  }
})

it('large archives in archives are read to the last byte, wherever pieces end', () => {
  const random = seeded(11)
  const noise = () => randomText(random, 'abcdefghijklmnopqrstuvwxyz0123456789', 1 + Math.floor(random() * 9000))
  const entries = Array.from({ length: 300 }, (_, i) => ({ name: `file-${i}.txt`, data: noise() }))
  const inTar = build.tar(entries)
  const forms = {
    'a.tar.gz': gzipSync(inTar),
    'a.tar.xz': build.xz(inTar),
    'a.tar.zst': build.zstd(inTar),
    'a.tar.gz.gz': gzipSync(gzipSync(inTar)),
    'a.tar.zst.gz': gzipSync(build.zstd(inTar)),
    'a.tar.xz.gz': gzipSync(build.xz(inTar)),
    'a.zip.gz': gzipSync(build.zip(entries)),
    'a.cpio.gz': gzipSync(build.cpio(entries)),
    'a.7z.gz': gzipSync(build.sevenZip(entries)),
    'a.rpm.gz': gzipSync(build.rpm('header', gzipSync(build.cpio(entries)))),
  }
  for (const [name, bytes] of Object.entries(forms)) {
    const seen = seeing()
    expand(bytes, placeOf(name), seen)
    expect(seen.skips, name).toEqual([])
    // of an rpm, the header is looked at, too
    const texts = seen.members.map(({ text }) => text).slice(-entries.length)
    expect(texts, name).toEqual(entries.map(({ data }) => data))
  }
})

describe('tiny members of a zip are told as each by itself, though they are searched together', () => {
  const random = seeded(17)
  const harmless = () => randomText(random, 'abcdefghij /+=\n', 1 + Math.floor(random() * 300))
  const { secret } = plantedPair(random)
  const members: build.ZipEntry[] = [
    { name: 'mounted/aws_secret_access_key', data: secret },
    { name: `objects/ab/${'c'.repeat(38)}`, data: build.gitObject(`aws_secret_access_key = ${secret}`) },
    { name: 'lines.txt.gz', data: gzipSync(`aws_secret_access_key = ${secret}`) },
    ...['#!/bin/sh\nexec java -jar "$0"\n\n', 'MZ', '\x7fELF'].map((before, i) => ({
      name: `${i}.jar`,
      data: Buffer.concat([Buffer.from(before), build.zip([{ name: 'a', data: `aws_secret_access_key = ${secret}` }])]),
    })),
    ...[
      ...CARRIERS.map(({ plant }) => plant(plantedPair(random), random)),
      ...LOOK_ALIKES.map(({ write }) => write(random)),
    ]
      .map((data) => Buffer.from(data))
      .filter(({ length }) => length < 16 * 1024)
      .flatMap((data, i) => [
        { name: `${i}/whole`, data },
        { name: `${i}/cut`, data: data.subarray(0, random() * data.length), stored: random() < 0.3 },
        { name: `${i}/rest`, data: data.subarray(random() * data.length) },
        { name: `${i}/harmless`, data: harmless() },
      ]),
    ...Array.from({ length: 700 }, (_, i) => ({ name: `more/${i}`, data: `${harmless()}A`, stored: i % 3 === 0 })),
  ]
  const bytes = build.zip(members)
  const told = (bytes: Uint8Array, limits = {}) =>
    [collecting(), Object.assign(collecting(), { together: undefined })].map((found) => {
      expand(bytes, placeOf('a.zip'), found, limits)
      return { leaks: found.leaks(), skipped: found.skipped, counts: found.counts }
    })

  it('wherever a credential lies', () => {
    const [together, alone] = told(bytes)
    expect(together).toEqual(alone)
    expect(together!.leaks.length).toBeGreaterThan(CARRIERS.length / 2)
    const paths = together!.leaks.flatMap(({ places }) => places.map(({ member }) => member))
    for (const { name } of members.slice(0, 3)) expect(paths).toContain(name)
    for (const { name } of members.slice(3, 6)) expect(paths).toContain(`${name}!/a`)
  })

  it('also damaged, and with a limit', () => {
    for (let i = 0; i < 40; i++) {
      const damaged = Buffer.from(bytes)
      for (let k = 0; k < 30; k++) damaged[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8)
      const [together, alone] = told(
        damaged,
        i % 4 === 0 ? { members: 300 } : i % 4 === 1 ? { inflatedBytes: 2e5 } : {},
      )
      expect(together).toEqual(alone)
    }
  })
})

it('encrypted members and methods that no library reads are skipped by name', () => {
  for (const [name, { data, why }] of Object.entries(SKIPPED_SAMPLES)) {
    const seen = seeing()
    expand(Buffer.from(data, 'base64'), placeOf(name), seen)
    expect(seen.skips[0], name).toMatchObject({
      what: expect.stringContaining(name),
      why: expect.stringContaining(why),
    })
  }
  const seen = seeing()
  expand(
    build.zip([
      { name: 'a', data: 'x', flags: 1 },
      { name: 'b', data: 'y', method: 98 },
    ]),
    placeOf('a.zip'),
    seen,
  )
  expect(seen.skips).toEqual([
    { what: 'a.zip!/a', why: 'encrypted' },
    { what: 'a.zip!/b', why: 'not supported: compression method PPMd' },
  ])
})

it('formats that are not opened are skips, not silence', () => {
  const seen = seeing()
  const rar = Buffer.from('526172211a0701003392b5e50a010506000501018080', 'hex')
  expect(isArchive(rar, 'a.rar')).toBe(true)
  expand(rar, placeOf('a.rar'), seen)
  expect(seen.skips).toEqual([{ what: 'a.rar', why: 'not supported: RAR archive' }])
})

it('plain files are no archives', () => {
  const plain = [
    '',
    'PK',
    'hello\n',
    '{"a": 1}',
    '#!/bin/sh\n',
    'BZh91 is a word',
    '070701 is a number',
    '7z',
    // lines that end as a compiled Python module's first four bytes do
    `ab\r\n1234${'c'.repeat(30)}`,
    'x'.repeat(600),
  ]
  for (const text of plain) expect(isArchive(Buffer.from(text), 'a.txt'), text).toBe(false)
  expect(isArchive(Buffer.alloc(512), 'zeros')).toBe(false)
})

it('a backup of PostgreSQL is opened where it is compressed', () => {
  // https://www.postgresql.org/docs/16/app-pgdump.html: --compress=level before version 16, =method since
  const header = (minor: number, compression: number[]) =>
    Buffer.from([...Buffer.from('PGDMP'), 1, minor, 0, 4, 8, 1, ...compression, ...Buffer.alloc(16)])
  for (const level of [
    [1, 1, 0, 0, 0],
    [0, 9, 0, 0, 0],
  ])
    expect(isArchive(header(14, level), 'a.dump')).toBe(true)
  expect(isArchive(header(14, [0, 0, 0, 0, 0]), 'a.dump')).toBe(false)
  expect(isArchive(header(15, [1]), 'a.dump')).toBe(true)
  expect(isArchive(header(15, [0]), 'a.dump')).toBe(false)
})

it('an archive within a repository or an account keeps its place there', () => {
  const seen = seeing()
  const kinds: string[] = []
  const zip = build.zip([{ name: 'inner.tgz', data: gzipSync(build.tar([{ name: 'k', data: 'x' }])) }])
  const place = { ...FILE_PLACE, kind: 'git', path: 'lib/a.zip', commit: 'c1' } as const
  expand(zip, place, {
    ...seen,
    blob: (_, { kind, path, commit, member }) => kinds.push(`${kind} ${path} ${commit} ${member}`),
  })
  expect(kinds).toEqual(['git lib/a.zip c1 inner.tgz!/k'])
})

it('what stands before a zip, as in one that extracts itself, does not hide it', () => {
  const seen = seeing()
  const path = join(folder, 'sfx.zip')
  writeFileSync(path, build.zip([{ name: 'k', data: 'content' }], { before: Buffer.from('PK\x03\x04 or a program') }))
  expandFile(path, placeOf(path), seen)
  expect(seen.members).toMatchObject([{ member: 'k', text: 'content' }])
})

it('a program or script with nothing behind it is looked at once, and is no skip', () => {
  const { id, secret } = plantedPair(seeded(21))
  const pair = `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`
  const programs = {
    'a.exe': `MZ${'\0'.repeat(600)}${pair}`,
    'a.run': `#!/bin/sh\n${pair}`,
    'a.jar': `#!/bin/sh\n${pair}`,
  }
  for (const [name, text] of Object.entries(programs))
    for (const [bytes, limits] of [
      [Buffer.from(text), {}],
      [gzipSync(`${text}${' '.repeat(200_000)}`), { heldBytes: 100_000 }],
    ] as const) {
      const found = collecting()
      expand(bytes, placeOf(name), found, limits)
      expect(found.leaks(), name).toMatchObject([{ accessKeyId: id, evidence: 'pair', places: [{ member: null }] }])
      expect(found.counts.blobs, name).toBe(1)
      expect(found.skipped, name).toEqual([])
    }
})

it('links and folders of a tar have no content, and hide nothing', () => {
  const seen = seeing()
  const entries = [
    { name: 'd/', data: '', type: '5' },
    { name: 'l', data: '', type: '2', linkName: '/etc/shadow' },
    { name: 'h', data: '', type: '1', linkName: 'k', size: 7 },
    { name: 'k', data: 'content' },
  ]
  expand(build.tar(entries), placeOf('a.tar'), seen)
  expect(seen.members).toMatchObject([{ member: 'k', text: 'content' }])
  expect(seen.skips).toEqual([])
})
