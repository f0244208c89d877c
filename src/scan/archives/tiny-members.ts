/**
 * Tiny members of an archive, put one behind the other in memory and searched at once: to look at each by itself takes
 * several times as long as to inflate it.
 */
import { anchorFinder, type Lent } from '../anchors.ts'
import type { BlobPlace } from '../source.ts'
import { HEAD_BYTES, isNoArchive } from './format.ts'
import { type Deflated, inflateInto } from './inflate-at-once.ts'
import type { Walk } from './walk.ts'

/** Larger ones take long enough by themselves. */
export const TINY_BYTES = 16 * 1024
/** Of all that are searched at once: they are still in the processor's cache. */
const TOGETHER_BYTES = 256 * 1024

/** bytes[from, to) is its content, deflated or as it is. */
export interface TinyMember extends Deflated {
  /** Where it begins in the archive. */
  offset: number
  /** Of its content, {@link TINY_BYTES} at most. */
  size: number
  isStored: boolean
}

export class TinyMembers {
  readonly #walk: Walk
  readonly #placeOf: (offset: number) => BlobPlace
  #lent: Lent | null = null
  #filled = 0
  /** Where each of them ends in memory; a line's end stands before each. */
  readonly #ends: number[] = []
  /** Where each of them begins in the archive. */
  readonly #offsets: number[] = []

  /** @param placeOf asked only for those that are looked at by themselves */
  constructor(walk: Walk, placeOf: (offset: number) => BlobPlace) {
    this.#walk = walk
    this.#placeOf = placeOf
  }

  /** Takes a member; false where it must be looked at by itself: it is damaged, or may be an archive. */
  add(member: TinyMember): boolean {
    if (this.#filled > TOGETHER_BYTES) this.look()
    this.#lent ??= this.#walk.takesTogether ? anchorFinder().borrowWindow() : null
    if (!this.#lent) return false
    const { bytes } = this.#lent
    bytes[this.#filled] = 0x0a
    const from = this.#filled + 1
    const length = member.isStored ? copyInto(member, bytes, from) : inflateInto(member, member.size, bytes, from)
    if (length < 0 || !isNoArchive(bytes.subarray(from, from + Math.min(length, HEAD_BYTES)))) return false
    this.#walk.countMember()
    if (!member.isStored) this.#walk.countInflated(length)
    this.#filled = from + length
    this.#ends.push(this.#filled)
    this.#offsets.push(member.offset)
    return true
  }

  /** Looks at those that were taken, and lets go of the memory. */
  look(): void {
    try {
      if (this.#ends.length > 0)
        this.#walk.handTogether(this.#lent!.bytes, this.#ends, (index) => this.#placeOf(this.#offsets[index]!))
    } finally {
      this.#lent?.giveBack()
      this.#lent = null
      this.#filled = 0
      this.#ends.length = 0
      this.#offsets.length = 0
    }
  }
}

function copyInto({ bytes, from, to }: Deflated, room: Uint8Array, at: number): number {
  room.set(bytes.subarray(from, to), at)
  return to - from
}
