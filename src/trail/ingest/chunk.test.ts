import { expect, it } from 'vitest'
import { addRecord } from '../../../test/trail/add-record.ts'
import { fileState } from '../../../test/trail/file-state.ts'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { Chunk } from './chunk.ts'
import { Vocabulary } from './vocabulary.ts'

const LARGE = 1024 * 1024
it('a record that is written anew keeps its ID, its place in the file, and all that is known of it', () => {
  const vocabulary = new Vocabulary()
  const sealed = new Set<Chunk>()
  const [first, second] = [new Chunk(vocabulary, sealed, LARGE), new Chunk(vocabulary, sealed, LARGE)]
  const state = fileState('a.json')
  addRecord(first, state, madeUpEvent(), 12)
  const bytes = addRecord(first, state, madeUpEvent(), 5000)
  sealed.add(first)

  const id = Buffer.from(first.idOf(1))
  const line = Buffer.from('{"anew":true}')
  second.addAgain(first, 1, line, id)
  expect(second).toMatchObject({ records: 0, duplicates: 1 })

  first.forgetId(1)
  second.addAgain(first, 1, line, id)
  expect(second.records).toBe(1)
  expect(second.bytesOf(0)).toEqual(line)
  expect(second.idOf(0)).toEqual(id)
  expect(second.originOf(0)).toEqual({ state, offset: 5000, bytes: bytes.length })
  for (const column of ['micros', 'calls', 'addresses', 'agents', 'keys', 'created'] as const)
    expect(second[column][0]).toBe(first[column][1])
})

it('knows an event by its ID and its time, also when an ID comes with many times', () => {
  const chunk = new Chunk(new Vocabulary(), new Set(), LARGE)
  const state = fileState('a.json')
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 200; i++) {
      const eventTime = new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString().replace('.000', '')
      addRecord(chunk, state, madeUpEvent({ eventID: 'the same', eventTime }), i)
    }
  expect(chunk).toMatchObject({ records: 200, duplicates: 200 })
})
