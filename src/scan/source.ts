/**
 * What a source of bytes (a tree, a repository, an archive, an account) and the detectors say to each other. A source
 * walks; it never looks into bytes. The detectors look; they never open anything, and no secret leaves them.
 */
import type { LeakClass, LeakEvidence, LeakKind, LeakPlace } from '../model/leak.ts'

/** Where a blob lies; line, column and encodings are what the detectors add. */
export type BlobPlace = Omit<LeakPlace, 'line' | 'column' | 'encodings' | 'allowed'>

/** The name of the file, or of the member of an archive, without its folders. */
export function fileNameOf({ path, member }: Pick<BlobPlace, 'path' | 'member'>): string {
  const name = member ?? path
  return name.slice(name.lastIndexOf('/') + 1)
}

/** One credential in one blob. It has no field for a secret. */
export interface Hit {
  kind: LeakKind
  accessKeyId: string | null
  accountId: string | null
  class: LeakClass
  reason: string
  evidence: LeakEvidence
  secretFingerprint: string | null
  hasSessionToken: boolean
  expiration: string | null
  /** Of the ID, or of the secret where there is none: byte offset in the blob, line and column from 1. */
  offset: number
  line: number
  column: number
  encodings: string[]
  allowed: string | null
}

/** Takes what sources find. Bytes are valid only until the call returns; the sink copies what it keeps. */
export interface Sink {
  /** A whole blob in memory. */
  blob(bytes: Uint8Array, place: BlobPlace): void
  /**
   * Whole blobs, none a file by itself, that stand one behind the other in memory, with a byte before each that is a line's
   * end.
   * @param ends where each of them ends
   * @param placeOf asked only for those that are looked at by themselves
   */
  together?(bytes: Uint8Array, ends: readonly number[], placeOf: (index: number) => BlobPlace): void
  /** A blob too large for that, piece by piece; pieces may be of any size. */
  open(place: BlobPlace): { write(piece: Uint8Array): void; end(): void }
  /** Something that was not looked at, and why: `too large`, `encrypted`, `permission denied` ... */
  skip(what: string, why: string): void
}
