/**
 * Beginnings of commits and tags, kept while their packs are scanned: to inflate them again takes history longer than all
 * else that it does with them.
 */
import type { ObjectType } from './object-type.ts'
import type { Pack } from './pack.ts'

/** Of each: its tree, two parents and two names fit. */
const MOST_BYTES = 512
/** So much is reckoned of shorter ones: only hostile packs have them, and then millions. */
const LEAST_BYTES = 64
/** They are kept in pieces of memory of this size ... */
const PIECE = 512 * 1024
/** ... and these are all. */
const MOST_PIECES = 32

export class Heads {
  readonly #pieces: Uint8Array[] = []
  #filled = PIECE
  /** Of each pack, in the order in which they came: entry, type, where it begins, how much is kept of it, its whole size. */
  readonly #kept = new Map<Pack, number[]>()
  #current: number[] = []

  /** Those that are added next are of this pack. */
  begin(pack: Pack): void {
    this.#current = []
    this.#kept.set(pack, this.#current)
  }

  /** @returns false: there are too many */
  add(entry: number, type: ObjectType, memory: Buffer, at: number, size: number): boolean {
    const length = Math.min(size, MOST_BYTES)
    const room = Math.max(length, LEAST_BYTES)
    if (this.#filled + room > PIECE) {
      if (this.#pieces.length === MOST_PIECES) return false
      this.#pieces.push(new Uint8Array(PIECE))
      this.#filled = 0
    }
    const last = this.#pieces.length - 1
    // of a Buffer, both `copy` and `subarray` take several times as long
    this.#pieces[last]!.set(new Uint8Array(memory.buffer, memory.byteOffset + at, length), this.#filled)
    this.#current.push(entry, type, last * PIECE + this.#filled, length, size)
    this.#filled += room
    return true
  }

  each(
    pack: Pack,
    take: (entry: number, type: ObjectType, bytes: Uint8Array, at: number, length: number, size: number) => void,
  ): void {
    const kept = this.#kept.get(pack) ?? []
    for (let i = 0; i < kept.length; i += 5) {
      const at = kept[i + 2]!
      take(
        kept[i]!,
        kept[i + 1]! as ObjectType,
        this.#pieces[Math.floor(at / PIECE)]!,
        at % PIECE,
        kept[i + 3]!,
        kept[i + 4]!,
      )
    }
  }
}
