/** What is piped in. */
import { readSync } from 'node:fs'
import type { ArchiveOpener } from '../archives/index.ts'
import { reasonOf } from '../read-failure.ts'
import type { Sink } from '../source.ts'
import { placeOf } from './tree.ts'

const PIECE = 256 * 1024

/**
 * Reads standard input to its end and hands it to the sink, piece by piece, under the name `-`; with `archives`, what
 * is in it when it is one.
 */
export function readStdin(sink: Sink, archives?: ArchiveOpener, file = 0): void {
  try {
    if (archives) archives.expandPieces(pieces(file), placeOf('-'), sink)
    else inPieces(file, sink)
  } catch (error) {
    sink.skip('-', reasonOf(error))
  }
}

function inPieces(file: number, sink: Sink): void {
  const blob = sink.open(placeOf('-'))
  try {
    for (const piece of pieces(file)) blob.write(piece)
  } finally {
    blob.end()
  }
}

function* pieces(file: number): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(PIECE)
  for (let got = readPiece(file, buffer); got > 0; got = readPiece(file, buffer)) yield buffer.subarray(0, got)
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
