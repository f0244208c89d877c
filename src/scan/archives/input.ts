import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { reasonOf } from '../read-failure.ts'
import { Unreadable } from './unreadable.ts'

/** Bytes that can be read at any offset: a file, or what is held in memory. */
export interface Input {
  readonly size: number
  /** Exactly `length` bytes, valid until the next read; `Unreadable` where there are fewer. */
  read(offset: number, length: number): Uint8Array
  /** From `start` to before `end`, piece by piece, each valid until the next. */
  pieces(start?: number, end?: number): Generator<Uint8Array>
}

const PIECE = 256 * 1024
/** A read that jumps farther than this is taken for the first of some scattered ones, and little is read with it. */
const NEAR = 64 * 1024

export class BytesInput implements Input {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get size(): number {
    return this.#bytes.length
  }

  read(offset: number, length: number): Uint8Array {
    if (!(offset >= 0 && offset + length <= this.#bytes.length)) throw new Unreadable('truncated')
    return this.#bytes.subarray(offset, offset + length)
  }

  *pieces(start = 0, end = this.size): Generator<Uint8Array> {
    if (start < end) yield this.#bytes.subarray(start, end)
  }
}

/** A part of another input. */
export class PartInput implements Input {
  readonly #whole: Input
  readonly #start: number
  readonly size: number

  constructor(whole: Input, start: number, size: number) {
    this.#whole = whole
    this.#start = start
    this.size = Math.max(0, Math.min(size, whole.size - start))
  }

  read(offset: number, length: number): Uint8Array {
    if (!(offset >= 0 && offset + length <= this.size)) throw new Unreadable('truncated')
    return this.#whole.read(this.#start + offset, length)
  }

  pieces(start = 0, end = this.size): Generator<Uint8Array> {
    return this.#whole.pieces(this.#start + start, this.#start + Math.min(end, this.size))
  }
}

/** A file, read through one window: readers go through it mostly front to back. */
export class FileInput implements Input {
  static readonly window = 4 * 1024 * 1024
  readonly #file: number
  readonly size: number
  #window = new Uint8Array(0)
  #start = 0
  #length = 0

  /** Throws `Unreadable`, also for what is no regular file: a FIFO or a device would not end. */
  constructor(path: string) {
    this.#file = readable(() => openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)))
    const stat = fstatSync(this.#file)
    if (!stat.isFile()) {
      this.close()
      throw new Unreadable('no regular file')
    }
    this.size = stat.size
  }

  close(): void {
    closeSync(this.#file)
  }

  read(offset: number, length: number): Uint8Array {
    if (!(offset >= 0 && offset + length <= this.size)) throw new Unreadable('truncated')
    if (offset < this.#start || offset + length > this.#start + this.#length) this.#move(offset, length)
    if (offset + length > this.#start + this.#length) throw new Unreadable('it became shorter while it was read')
    return this.#window.subarray(offset - this.#start, offset - this.#start + length)
  }

  *pieces(start = 0, end = this.size): Generator<Uint8Array> {
    const piece = new Uint8Array(Math.min(PIECE, Math.max(0, end - start)))
    for (let at = start; at < end; ) {
      const got = readable(() => readSync(this.#file, piece, 0, Math.min(piece.length, end - at), at))
      if (got === 0) throw new Unreadable('it became shorter while it was read')
      at += got
      yield piece.subarray(0, got)
    }
  }

  #move(offset: number, length: number): void {
    const end = this.#start + this.#length
    const onward = offset >= this.#start && offset <= end + NEAR
    const size = Math.min(Math.max(length, onward ? FileInput.window : NEAR), this.size - offset)
    if (this.#window.length < size) this.#window = new Uint8Array(size)
    this.#start = offset
    this.#length = 0
    while (this.#length < size) {
      const [at, left] = [this.#length, size - this.#length]
      const got = readable(() => readSync(this.#file, this.#window, at, left, offset + at))
      if (got === 0) return
      this.#length += got
    }
  }
}

/** What the file system refuses is a skip like any other. */
function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Unreadable(reasonOf(error))
  }
}
