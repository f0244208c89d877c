import type { Chunk, FileState } from '../../src/trail/ingest/chunk.ts'
import { LogScanner } from '../../src/trail/ingest/log-scanner.ts'

const scanner = LogScanner.make()!

/** Adds a record that stands at `offset` of its file. @returns its bytes */
export function addRecord(chunk: Chunk, state: FileState, record: object, offset: number): Buffer {
  const bytes = Buffer.from(JSON.stringify(record))
  if (scanner.scan(bytes, 0, bytes.length) !== 1) throw new Error('the record is out of the ordinary')
  chunk.add(state, bytes, offset, scanner.found(0), scanner.bytes, chunk.hold(scanner.copies(1)))
  return bytes
}
