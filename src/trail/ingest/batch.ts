/** Records on their way into the database: some megabytes of them, one a line. */
import type { LogFile } from './log-file.ts'

/** How a log file is doing. */
export interface FileState {
  file: LogFile
  events: number
  bad: number
}

/** Bytes of a batch; a longer record has one for itself. */
export const BATCH_BYTES = 8 * 1024 * 1024

const NEWLINE = 0x0a

export class Batch {
  private bytes: Buffer
  private length = 0
  records = 0
  /** What came from which file, and where in it. */
  readonly pieces: { state: FileState; from: number; to: number; offset: number; records: number }[] = []

  constructor(atLeast = 0) {
    this.bytes = Buffer.allocUnsafe(Math.max(BATCH_BYTES, atLeast + 1))
  }

  fits(bytes: number): boolean {
    return this.length + bytes + 1 <= this.bytes.length
  }

  /** Copies records, one a line, that stand at `offset` of a file. */
  add(state: FileState, records: Buffer, count: number, offset: number): void {
    const from = this.length
    records.copy(this.bytes, from)
    this.bytes[from + records.length] = NEWLINE
    this.length += records.length + 1
    this.records += count
    this.pieces.push({ state, from, to: this.length, offset, records: count })
  }

  /** All of it. */
  content(): Buffer {
    return this.bytes.subarray(0, this.length)
  }
}
