/** Records on their way into the database: some megabytes of them, as a list in JSON. */
import type { LogFile } from './log-file.ts'

/** How a log file is doing. */
export interface FileState {
  file: LogFile
  events: number
  bad: number
}

/** Bytes of a batch; a longer record has one for itself. */
export const BATCH_BYTES = 8 * 1024 * 1024

const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const COMMA = 0x2c

export class Batch {
  private bytes: Buffer
  private length = 1
  records = 0
  /** What came from which file, and where in it. */
  readonly pieces: { state: FileState; from: number; to: number; offset: number; records: number }[] = []

  constructor(atLeast = 0) {
    this.bytes = Buffer.allocUnsafe(Math.max(BATCH_BYTES, atLeast + 2))
    this.bytes[0] = OPEN_LIST
  }

  fits(bytes: number): boolean {
    return this.length + bytes + 1 <= this.bytes.length
  }

  /** Copies records, with commas between them, that stand at `offset` of a file. */
  add(state: FileState, records: Buffer, count: number, offset: number): void {
    const from = this.length
    records.copy(this.bytes, from)
    this.bytes[from + records.length] = COMMA
    this.length += records.length + 1
    this.records += count
    this.pieces.push({ state, from, to: this.length - 1, offset, records: count })
  }

  /** The list of the records of some pieces that follow each other. */
  list(pieces: Batch['pieces'] = this.pieces): Buffer {
    const [from, to] = [pieces[0]!.from, pieces.at(-1)!.to]
    if (from === 1) {
      this.bytes[to] = CLOSE_LIST
      return this.bytes.subarray(0, to + 1)
    }
    return Buffer.concat([Buffer.from('['), this.bytes.subarray(from, to), Buffer.from(']')])
  }

  /** The records of one piece, with commas between them. */
  recordsOf({ from, to }: { from: number; to: number }): Buffer {
    return this.bytes.subarray(from, to)
  }
}
