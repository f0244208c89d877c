/** A pack's entries are in the same order with what git has written of it, without, and where that is wrong. */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createInflater } from '../../src/scan/git/inflate.ts'
import { Pack } from '../../src/scan/git/pack.ts'
import { rowsWritten } from '../../src/scan/git/reverse-index.ts'
import { seeded } from './generate.ts'
import { TestRepository } from './git-repository.ts'

const repository = TestRepository.create()
repository.history(40, seeded(31))
repository.git('-c', 'pack.writeReverseIndex=true', 'repack', '-adfq')
const folder = join(repository.path, '.git/objects/pack')
const path = join(folder, readdirSync(folder).find((name) => name.endsWith('.pack'))!)
const rev = path.replace(/\.pack$/, '.rev')
const good = readFileSync(rev)
chmodSync(rev, 0o644)

function open(): { rows: Int32Array; offsets: Float64Array } {
  const pack = new Pack(path, 20, createInflater())
  pack.close()
  return { rows: pack.rows, offsets: pack.offsets }
}

function write(change: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = Buffer.from(good)
  writeFileSync(rev, change(bytes) ?? bytes)
}

it('is read where git has written it', () => {
  const asWritten = open()
  rmSync(rev)
  const sorted = open()
  expect(sorted.rows.length).toBeGreaterThan(100)
  expect(asWritten).toEqual(sorted)
  expect(rowsWritten(rev, sorted.rows.length, 20)).toBeNull()
  writeFileSync(rev, good)
  expect(rowsWritten(rev, sorted.rows.length, 20)).toEqual(sorted.rows)
})

it.each<[string, (bytes: Buffer) => Buffer | undefined]>([
  [
    'two rows are swapped',
    (bytes) => Buffer.concat([good.subarray(0, 12), good.subarray(16, 20), bytes.subarray(12, 16), bytes.subarray(20)]),
  ],
  ['a row is there twice', (bytes) => void good.copy(bytes, 12, 16, 20)],
  ['a number is none of a row', (bytes) => void bytes.writeUInt32BE(0xffffffff, 12)],
  ['it is cut short', (bytes) => bytes.subarray(0, -4)],
  ['it begins as something else', (bytes) => void bytes.writeUInt32BE(1, 0)],
  ['it is of a version to come', (bytes) => void bytes.writeUInt32BE(2, 4)],
])('the entries are sorted when %s', (_, change) => {
  write(() => undefined)
  const expected = open()
  write(change)
  expect(open()).toEqual(expected)
})
