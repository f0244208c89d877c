/** Reads parts of a large file, a bounded number of pages at a time: a pack of 20 GB takes no more memory than one of 20 MB. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const PAGE = 256 * 1024

interface Page {
  bytes: Buffer
  used: number
}

export class PagedFile {
  readonly size: number
  /** Where in the buffer that {@link load} returned the bytes asked for begin. */
  start = 0
  readonly #fd: number
  readonly #pages = new Map<number, Page>()
  readonly #mostPages: number
  #clock = 0
  #lastNumber = -1
  #last: Buffer = Buffer.alloc(0)
  #joined: Buffer = Buffer.alloc(0)

  /**
   * @param memory how many bytes of pages may be kept
   * @throws a Node.js system error when the file cannot be opened, or is not a regular file
   */
  constructor(path: string, memory: number) {
    this.#mostPages = Math.max(2, Math.floor(memory / PAGE))
    // without O_NONBLOCK, opening a FIFO would wait for a writer for ever
    this.#fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stat = fstatSync(this.#fd)
    if (!stat.isFile()) {
      closeSync(this.#fd)
      throw Object.assign(new Error('not a regular file'), { code: 'ENOTFILE' })
    }
    this.size = stat.size
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
    this.#clock++
    let page = this.#pages.get(number)
    if (!page) {
      page = { bytes: this.#spare(), used: 0 }
      this.#fill(page.bytes, number * PAGE)
      this.#pages.set(number, page)
    }
    page.used = this.#clock
    this.#lastNumber = number
    this.#last = page.bytes
    return page.bytes
  }

  /** A buffer for a page: a new one while there is room, else that of the page not used for longest. */
  #spare(): Buffer {
    if (this.#pages.size < this.#mostPages) return Buffer.allocUnsafeSlow(PAGE)
    let oldest = -1
    let when = Number.POSITIVE_INFINITY
    for (const [number, { used }] of this.#pages) if (used < when) [oldest, when] = [number, used]
    const { bytes } = this.#pages.get(oldest)!
    this.#pages.delete(oldest)
    return bytes
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
    this.#pages.clear()
  }
}
