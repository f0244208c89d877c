/** Reads parts of a large file, a bounded number of pages at a time: a pack of 20 GB takes no more memory than one of 20 MB. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const PAGE = 128 * 1024

const NOWHERE = -1

export class PagedFile {
  readonly size: number
  /** Where in the buffer that {@link load} returned the bytes asked for begin. */
  start = 0
  readonly #fd: number
  /** Of each page of the file, its place among those that are kept. */
  readonly #placeOf: Int32Array
  /** Those that are kept; then, by place, which one that is, and when it was used last. */
  readonly #pages: Buffer[] = []
  readonly #numbers: Float64Array
  readonly #used: Float64Array
  #clock = 0
  #lastNumber = -1
  #last: Buffer = Buffer.alloc(0)
  #joined: Buffer = Buffer.alloc(0)

  /**
   * @param memory how many bytes of pages may be kept
   * @throws a Node.js system error when the file cannot be opened, or is not a regular file
   */
  constructor(path: string, memory: number) {
    const most = Math.max(2, Math.floor(memory / PAGE))
    this.#numbers = new Float64Array(most)
    this.#used = new Float64Array(most)
    // without O_NONBLOCK, opening a FIFO would wait for a writer for ever
    this.#fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stat = fstatSync(this.#fd)
    if (!stat.isFile()) {
      closeSync(this.#fd)
      throw Object.assign(new Error('not a regular file'), { code: 'ENOTFILE' })
    }
    this.size = stat.size
    this.#placeOf = new Int32Array(Math.ceil(stat.size / PAGE)).fill(NOWHERE)
  }

  /**
   * A buffer that holds `length` bytes from `offset` on, at {@link start}. Valid until the next call.
   * What lies beyond the end of the file reads as zeros; callers compare with {@link size} where it matters.
   */
  load(offset: number, length: number): Buffer {
    const number = Math.floor(offset / PAGE)
    const within = offset - number * PAGE
    if (within + length <= PAGE) {
      this.start = within
      return number === this.#lastNumber ? this.#last : this.#page(number)
    }
    if (this.#joined.length < length) this.#joined = Buffer.alloc(Math.max(length, PAGE))
    let filled = 0
    while (filled < length) {
      const at = offset + filled
      const page = this.#page(Math.floor(at / PAGE))
      filled += page.copy(this.#joined, filled, at % PAGE, Math.min(PAGE, (at % PAGE) + length - filled))
    }
    this.start = 0
    return this.#joined
  }

  /** As much as one page holds from `offset` on, at most `length` bytes: for whoever can take a range in pieces. */
  piece(offset: number, length: number): { bytes: Buffer; length: number } {
    const within = offset % PAGE
    const most = Math.min(length, PAGE - within)
    return { bytes: this.load(offset, most), length: most }
  }

  #page(number: number): Buffer {
    let place = this.#placeOf[number] ?? NOWHERE // what lies beyond the end is not kept
    if (place === NOWHERE) {
      place = this.#spare()
      this.#fill(this.#pages[place]!, number * PAGE)
      this.#numbers[place] = number
      this.#placeOf[number] = place
    }
    this.#used[place] = ++this.#clock
    this.#lastNumber = number
    this.#last = this.#pages[place]!
    return this.#last
  }

  /** A place for a page: a new one while there is room, else that of the page not used for longest. */
  #spare(): number {
    const used = this.#used
    if (this.#pages.length < used.length) return this.#pages.push(Buffer.allocUnsafeSlow(PAGE)) - 1
    let oldest = 0
    for (let place = 1; place < used.length; place++) if (used[place]! < used[oldest]!) oldest = place
    this.#placeOf[this.#numbers[oldest]!] = NOWHERE
    return oldest
  }

  #fill(bytes: Buffer, offset: number): void {
    let filled = 0
    while (filled < PAGE) {
      const read = readSync(this.#fd, bytes, filled, PAGE - filled, offset + filled)
      if (read === 0) break
      filled += read
    }
    bytes.fill(0, filled)
  }

  close(): void {
    closeSync(this.#fd)
    this.#pages.length = 0
  }
}
