/**
 * Archives, opened in memory and as streams: every member goes to the sink, archives in archives too. Formats and what
 * is special about each: `docs/scan-archives.md`.
 */
import { type BlobPlace, fileNameOf, type Sink } from '../source.ts'
import { ByteReader } from './byte-reader.ts'
import { formatOf } from './format.ts'
import { FileInput } from './input.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { type Item, Walk } from './walk.ts'

export { HEAD_BYTES } from './format.ts'
export { DEFAULT_LIMITS, type Limits } from './limits.ts'

/**
 * Whether to give it to `expand`: an archive, a compressed file, or a format whose text is drawn out (databases,
 * property lists, compiled Android files).
 *
 * @param head its first bytes, at least `HEAD_BYTES` of them or all
 * @param name its file name, which decides where bytes cannot
 */
export function isArchive(head: Uint8Array, name: string): boolean {
  return formatOf(head, name) !== null
}

/**
 * Opens an archive that lies in memory. What is not opened (encrypted, damaged, beyond a limit) is a skip, and where
 * its bytes could still hold plain text they go to the sink as they are. Throws nothing of its own, only what the sink
 * throws.
 *
 * @param place where the archive lies; members are added to its `member`, joined by `!/`
 */
export function expand(bytes: Uint8Array, place: BlobPlace, sink: Sink, limits: Partial<Limits> = {}): void {
  const walk = new Walk(sink, { ...DEFAULT_LIMITS, ...limits })
  walk.run(() => walk.visitBytes(bytes, itemAt(place)), place)
}

/** Opens an archive on disk, of any size. A file that cannot be read is a skip as well. See `expand`. */
export function expandFile(path: string, place: BlobPlace, sink: Sink, limits: Partial<Limits> = {}): void {
  const walk = new Walk(sink, { ...DEFAULT_LIMITS, ...limits })
  walk.run(() => {
    const input = new FileInput(path)
    try {
      walk.visitInput(input, itemAt(place))
    } finally {
      input.close()
    }
  }, place)
}

/** Opens what comes piece by piece, such as standard input. See `expand`. */
export function expandPieces(
  pieces: Iterable<Uint8Array>,
  place: BlobPlace,
  sink: Sink,
  limits: Partial<Limits> = {},
): void {
  const walk = new Walk(sink, { ...DEFAULT_LIMITS, ...limits })
  walk.run(() => walk.visit(new ByteReader(pieces), itemAt(place)), place)
}

/** What a source needs to open archives with limits that were chosen once. */
export interface ArchiveOpener {
  isArchive(head: Uint8Array, name: string): boolean
  expand(bytes: Uint8Array, place: BlobPlace, sink: Sink): void
  expandFile(path: string, place: BlobPlace, sink: Sink): void
  expandPieces(pieces: Iterable<Uint8Array>, place: BlobPlace, sink: Sink): void
}

export function archiveOpener(limits: Partial<Limits> = {}): ArchiveOpener {
  return {
    isArchive,
    expand: (bytes, place, sink) => expand(bytes, place, sink, limits),
    expandFile: (path, place, sink) => expandFile(path, place, sink, limits),
    expandPieces: (pieces, place, sink) => expandPieces(pieces, place, sink, limits),
  }
}

function itemAt(place: BlobPlace): Item {
  return { place, name: fileNameOf(place), depth: 0, layers: 0 }
}
