/** What looks at one object: as it is, or, when it is an archive, at all that lies in it. */
import { NO_DETAILS } from '../../model/leak.ts'
import { type ArchiveOpener, HEAD_BYTES } from '../archives/index.ts'
import { PieceScanner } from '../collect-leaks.ts'
import type { Core } from '../detectors/hits.ts'
import { isBareSecret, SECRET_NAME } from '../detectors/named-file.ts'
import { isOwnOutput } from '../detectors/own-output.ts'
import { isProgram, isTable } from '../detectors/program.ts'
import type { Parts } from '../parts.ts'
import type { Scanner } from '../scanner.ts'
import type { BlobPlace, Hit, Sink } from '../source.ts'

/** Where an object lies is looked up only when something is found in it. */
export const NOWHERE: BlobPlace = { ...NO_DETAILS, kind: 'git', path: '' }

/**
 * For the first look at an object, when nobody knows where it lies: named so that it can be told if a part of it cannot be
 * looked at. A bare secret is first taken to lie under a name that says so; with its real name it is looked at again.
 */
export const placeOfObject = (oid: string, bytes: Uint8Array): BlobPlace => ({
  ...NOWHERE,
  path: isBareSecret(bytes) ? SECRET_NAME : `object ${oid}`,
})

/** The place is valid only until the call returns. */
type Take = (hits: Hit[], place: BlobPlace) => void

export class ObjectScanner {
  readonly #scanner: Scanner
  readonly #archives: ArchiveOpener | undefined
  readonly #skip: (what: string, why: string) => void

  /**
   * @param archives opens them; without it they are scanned as they are
   * @param skip is told of archives, or members, that cannot be opened
   */
  constructor(scanner: Scanner, archives: ArchiveOpener | undefined, skip: (what: string, why: string) => void) {
    this.#scanner = scanner
    this.#archives = archives
    this.#skip = skip
  }

  /** Like `Scanner.anchors`. */
  anchors(bytes: Uint8Array, parts: Parts, out: number[]): void {
    this.#scanner.anchors(bytes, parts, out)
  }

  /** Like `Scanner.mayGoOn`. */
  mayGoOn(bytes: Uint8Array, anchor: number): boolean {
    return this.#scanner.mayGoOn(bytes, anchor)
  }

  /** Like `Scanner.cores`. */
  cores(bytes: Uint8Array, worthy: readonly number[]): Core[] {
    return this.#scanner.cores(bytes, worthy)
  }

  /** Like `Scanner.scanCore`. */
  scanCore(bytes: Uint8Array, core: Core): Iterable<Hit[]> {
    return this.#scanner.scanCore(bytes, core)
  }

  /**
   * Whether parts of an object tell nothing of the whole: archives, programs, tables of databases, bare secrets, what
   * keyreeve wrote, and text of two bytes a character, which is known by its beginning (a byte order mark, or an ASCII
   * character beside a zero).
   */
  onlyWhole(bytes: Uint8Array): boolean {
    if (bytes.length < 2) return false
    const [first, second] = [bytes[0]!, bytes[1]!]
    return (
      first === 0 ||
      second === 0 ||
      (first >= 0xfe && second >= 0xfe) ||
      isProgram(bytes) ||
      isTable(bytes) ||
      isBareSecret(bytes) ||
      isOwnOutput(bytes) ||
      this.#isArchive(bytes)
    )
  }

  #isArchive(bytes: Uint8Array): boolean {
    return this.#archives?.isArchive(bytes.subarray(0, HEAD_BYTES), '') ?? false
  }

  /**
   * Hands over all that is found in an object, some at a time.
   * @param place where it lies; the places of what is found differ from it in the member of an archive
   */
  scan(bytes: Uint8Array, place: BlobPlace, take: Take): void {
    if (this.#isArchive(bytes)) this.#archives!.expand(bytes, place, this.#sinkOf(take))
    else for (const hits of this.#scanner.batches(bytes, place)) take(hits, place)
  }

  /** An object that comes in pieces. It is scanned as it is. */
  pieces(place: BlobPlace, take: (hits: Hit[]) => void): PieceScanner {
    return new PieceScanner(this.#scanner, place, take)
  }

  #sinkOf(take: Take): Sink {
    return {
      blob: (bytes, place) => {
        for (const hits of this.#scanner.batches(bytes, place)) take(hits, place)
      },
      open: (place) => new PieceScanner(this.#scanner, place, (hits) => take(hits, place)),
      skip: this.#skip,
    }
  }
}
