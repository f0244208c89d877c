import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AppendLog, readEntries } from './log.ts'

interface Line {
  n: number
}

/** How much more the disk takes, bytes; then it says that it is full. */
let room = Number.POSITIVE_INFINITY

const { writeSync } = fs

beforeEach(() => {
  room = Number.POSITIVE_INFINITY
  fs.writeSync = ((file: number, bytes: Buffer, from: number | null = 0) => {
    if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    const some = Math.min(room, bytes.length - (from ?? 0))
    room -= some
    return writeSync(file, bytes, from ?? 0, some)
  }) as typeof writeSync
  syncBuiltinESMExports() // for whoever imported it by its name
})

afterEach(() => {
  fs.writeSync = writeSync
  syncBuiltinESMExports()
})

const newPath = () => join(fs.mkdtempSync(join(tmpdir(), 'keyreeve-log-')), 'journal')

it('a line that is only half on the disk was not written, nothing comes after it, and the next run goes on', () => {
  const path = newPath()
  const log = new AppendLog<Line>(path)
  log.add({ n: 1 })
  room = 4
  // a disk that gets full takes what fits, and does not complain
  expect(() => log.add({ n: 2 })).toThrow('cannot be written (ENOSPC): stopped')
  room = Number.POSITIVE_INFINITY
  expect(() => log.add({ n: 3 })).toThrow('cannot be written')
  expect(log.entries).toEqual([{ n: 1 }])
  log.close()
  const next = new AppendLog<Line>(path)
  next.add({ n: 4 })
  next.close()
  expect(readEntries(path)).toEqual([{ n: 1 }, { n: 4 }])
})

it('a write that takes several goes is whole', () => {
  const path = newPath()
  const log = new AppendLog<Line & { text: string }>(path)
  const text = 'ä'.repeat(5000)
  log.add({ n: 1, text })
  log.close()
  expect(readEntries(path)).toEqual([{ n: 1, text }])
})
