/** What is piped in. */
import { readSync } from 'node:fs'
import { reasonOf } from '../read-failure.ts'
import type { Sink } from '../source.ts'
import { placeOf } from './tree.ts'

const PIECE = 256 * 1024

/** Reads standard input to its end and hands it to the sink, piece by piece, under the name `-`. */
export function readStdin(sink: Sink, file = 0): void {
  const buffer = Buffer.allocUnsafeSlow(PIECE)
  const pieces = sink.open(placeOf('-'))
  try {
    for (;;) {
      const got = readPiece(file, buffer)
      if (got === 0) break
      pieces.write(buffer.subarray(0, got))
    }
  } catch (error) {
    sink.skip('-', reasonOf(error))
  } finally {
    pieces.end()
  }
}

function readPiece(file: number, buffer: Buffer): number {
  for (;;)
    try {
      return readSync(file, buffer, 0, buffer.length, null)
    } catch (error) {
      // a terminal or pipe that was opened non-blocking has nothing yet
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
}
