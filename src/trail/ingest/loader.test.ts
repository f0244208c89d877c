import { existsSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { addRecord } from '../../../test/trail/add-record.ts'
import { fileState } from '../../../test/trail/file-state.ts'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { openForWriting } from '../store.ts'
import { CHUNK_BYTES } from './chunk.ts'
import { Loader } from './loader.ts'

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
  for (let i = 0; i < 8001; i++)
    addRecord(chunk, state, madeUpEvent({ eventTime: `2026-01-0${i === 0 ? 5 : 6}T10:20:30Z` }), i)
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
  addRecord(chunk, fileState('a.json'), madeUpEvent(), 0)
  loader.seal(chunk)
  await expect(loader.write(chunk)).rejects.toThrow('there is no space left for the store')
  loader.close()
  await store.close()
})

it('writes a day in pieces that takes more memory than there is', async () => {
  const store = await openForWriting(mkdtempSync(join(tmpdir(), 'keyreeve-loader-')))
  const loader = await Loader.open(store, {
    threads: 1,
    memoryMegabytes: 48,
    awsRanges: null,
    chunkBytes: CHUNK_BYTES,
    onFault() {},
  })
  const chunk = loader.newChunk()
  for (let i = 0; i < 200; i++) {
    const arn = `arn:aws:iam::111122223333:user/${i}${'x'.repeat(40_000)}`
    addRecord(chunk, fileState('a.json'), madeUpEvent({ userIdentity: { arn } }), i)
  }
  loader.seal(chunk)
  const files = await loader.write(chunk)
  expect(files.length).toBeGreaterThan(1)
  expect(files.map(({ events }) => events).reduce((sum, events) => sum + events)).toBe(200)
  expect(loader.events).toBe(200)
  loader.close()
  await store.close()
})
