/** For sources that hold an object whole and learn only later where it lies: a scanner that opens archives itself. */
import { PieceScanner } from '../collect-leaks.ts'
import type { Scanner } from '../scanner.ts'
import type { BlobPlace, Hit, Sink } from '../source.ts'
import { HEAD_BYTES } from './format.ts'
import type { ArchiveOpener } from './index.ts'

export interface ArchiveScanner extends Scanner {
  /** Why archives, or members of them, were not looked at, and how often. */
  readonly skipped: ReadonlyMap<string, number>
}

export function archiveScanner(scanner: Scanner, archives: ArchiveOpener): ArchiveScanner {
  const skipped = new Map<string, number>()
  const isPacked = (bytes: Uint8Array) => archives.isArchive(bytes.subarray(0, HEAD_BYTES), '')
  return {
    reach: scanner.reach,
    skipped,
    isPacked,
    mayHold: (bytes, from, to) => scanner.mayHold(bytes, from, to),
    scan(bytes, place) {
      if (!isPacked(bytes)) return scanner.scan(bytes, place)
      const hits: Hit[] = []
      archives.expand(bytes, place, hitsInMembers(scanner, hits, skipped))
      return hits
    },
  }
}

/** A hit in a member has no offset in the archive, and says itself which member it lies in. */
function hitsInMembers(scanner: Scanner, hits: Hit[], skipped: Map<string, number>): Sink {
  const take = (found: readonly Hit[], { member }: BlobPlace) => {
    for (const hit of found) hits.push(member === null ? { ...hit, offset: 0 } : { ...hit, offset: 0, member })
  }
  return {
    blob: (bytes, place) => take(scanner.scan(bytes, place), place),
    open: (place) => new PieceScanner(scanner, place, (found) => take(found, place)),
    skip: (_, why) => skipped.set(why, (skipped.get(why) ?? 0) + 1),
  }
}
