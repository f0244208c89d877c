import { existsSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fileState } from '../../../test/trail/file-state.ts'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { openForWriting } from '../store.ts'
import { CHUNK_BYTES } from './chunk.ts'
import { Loader } from './loader.ts'
import { ScannedRecord } from './scan-record.ts'

it('when a day cannot be written, the others have ended before the database may be closed', async () => {
  const store = await openForWriting(mkdtempSync(join(tmpdir(), 'keyreeve-loader-')))
  let others = 0
  const newFile = async (day: string) => {
    if (day === '2026-01-05') throw new Error('no room')
    others++
    return store.newFile(day)
  }
  const loader = await Loader.open(
    { ...store, newFile },
    { threads: 2, memoryMegabytes: 400, awsRanges: null, chunkBytes: CHUNK_BYTES, onFault() {} },
  )
  const chunk = loader.newChunk()
  const state = fileState('a.json')
  const scanned = new ScannedRecord()
  for (let i = 0; i < 8001; i++) {
    const bytes = Buffer.from(JSON.stringify(madeUpEvent({ eventTime: `2026-01-0${i === 0 ? 5 : 6}T10:20:30Z` })))
    expect(scanned.scan(bytes, 0, bytes.length)).toBe(true)
    expect(chunk.add(state, bytes, scanned, i)).toBe(true)
  }
  loader.seal(chunk)
  await expect(loader.write(chunk)).rejects.toThrow('no room')
  expect(others).toBe(1)
  loader.close()
  await store.close()
})

it.runIf(existsSync('/dev/full'))('says that there is no space left', async () => {
  const store = await openForWriting(mkdtempSync(join(tmpdir(), 'keyreeve-loader-')))
  for (const name of ['lane-0.parquet', 'tmp_lane-0.parquet']) symlinkSync('/dev/full', join(store.staging, name))
  const loader = await Loader.open(store, {
    threads: 1,
    memoryMegabytes: 400,
    awsRanges: null,
    chunkBytes: CHUNK_BYTES,
    onFault() {},
  })
  const chunk = loader.newChunk()
  const scanned = new ScannedRecord()
  const bytes = Buffer.from(JSON.stringify(madeUpEvent()))
  expect(scanned.scan(bytes, 0, bytes.length) && chunk.add(fileState('a.json'), bytes, scanned, 0)).toBe(true)
  loader.seal(chunk)
  await expect(loader.write(chunk)).rejects.toThrow('there is no space left for the store')
  loader.close()
  await store.close()
})
