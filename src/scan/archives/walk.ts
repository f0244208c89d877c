/**
 * The way through archives in archives: what is opened, with what, and what all of it may cost. Readers of formats take
 * their archive apart and give each member back to the walk, which opens it again or hands it to the sink. Nothing is
 * written to disk, and no more is held in memory than `Limits.heldBytes` and a few windows.
 */
import { copyOf } from '../copy-of.ts'
import type { BlobPlace, Sink } from '../source.ts'
import { androidResources, androidXml } from './android-binary.ts'
import { ar } from './ar.ts'
import { asItIs, behindProgram } from './behind-program.ts'
import { ByteReader } from './byte-reader.ts'
import { bunzip2 } from './bzip2.ts'
import { cpio } from './cpio.ts'
import { dex } from './dex.ts'
import { type Format, formatOf, HEAD_BYTES, unsupportedName } from './format.ts'
import { gitBundle, gitPack, zlibOf } from './git-pack.ts'
import { type Deletions, image } from './image.ts'
import { gunzip } from './inflate.ts'
import { BytesInput, type Input } from './input.ts'
import { type Limits, RATIO_FREE_BYTES } from './limits.ts'
import { unlzma } from './lzma.ts'
import { pgDump } from './pg-dump.ts'
import { plist } from './plist.ts'
import { pyc } from './pyc.ts'
import { rpm } from './rpm.ts'
import { sevenZip } from './seven-zip.ts'
import { sqlite } from './sqlite.ts'
import { tar } from './tar.ts'
import { Exhausted, Unreadable } from './unreadable.ts'
import { unxz } from './xz.ts'
import { zip, zipFromStream } from './zip.ts'
import { unzstd } from './zstd.ts'

/** Something that may be an archive, or hold a credential. */
export interface Item {
  place: BlobPlace
  /** The last part of its name; what is left of it when compression is taken off. */
  name: string
  /** Containers around it. */
  depth: number
  /** Layers of compression directly around it. */
  layers: number
  /** Of a layer of a container image. */
  deletions?: Deletions
}

interface Reader {
  /** Takes compression off. */
  decompress?: (reader: ByteReader, walk: Walk) => Iterable<Uint8Array>
  /** Takes a container apart front to back. */
  stream?: (reader: ByteReader, item: Item, walk: Walk) => void
  /** Takes apart what can be read at any offset. What comes piece by piece is held in memory for it if there is no `stream`. */
  random?: (input: Input, item: Item, walk: Walk) => void
  /** Takes it apart front to back, less well, when it is too large to be held. */
  tooLargeToHold?: (reader: ByteReader, item: Item, walk: Walk) => void
  /** Asked first where it can be read at any offset; false: nothing special, and nothing has been looked at. */
  special?: (input: Input, item: Item, walk: Walk) => boolean
}

const READERS: Record<Exclude<Format, 'unsupported'>, Reader> = {
  gzip: { decompress: gunzip },
  bzip2: { decompress: bunzip2 },
  xz: { decompress: unxz },
  lzma: { decompress: unlzma },
  zstd: { decompress: unzstd },
  zip: { random: zip, tooLargeToHold: zipFromStream },
  tar: { stream: tar, special: image },
  ar: { stream: ar },
  cpio: { stream: cpio },
  rpm: { stream: rpm },
  '7z': { random: sevenZip },
  plist: { random: plist },
  sqlite: { random: sqlite },
  dex: { random: dex },
  pyc: { random: pyc },
  'pg-dump': { stream: pgDump },
  'git-pack': { stream: gitPack },
  'git-bundle': { stream: gitBundle },
  'git-object': { decompress: zlibOf },
  'android-xml': { random: androidXml },
  'android-resources': { random: androidResources },
  'behind-program': { random: behindProgram, tooLargeToHold: asItIs },
}

/** Members up to this size go to the sink in one piece. */
const BLOB_BYTES = 1024 * 1024
/** Of one reason in one archive, so many skips are told one by one; the rest are counted. */
const SKIPS_TOLD = 10
/** Archives of which skips are told apart; those of all others are counted together. */
const TOLD_APART = 1000
/** Of a member with all the archives around it, in characters. */
const NAME_LENGTH = 4096
const EXTENSION = /\.(?:gz|bz2|xz|lzma|zst|zstd|z)$/i

/** Where members are put together. Made once: so much memory for each archive makes V8 collect garbage. */
let page: Buffer | undefined

export class Walk {
  readonly limits: Limits
  readonly #sink: Sink
  #inflated = 0
  #members = 0
  #held = 0
  readonly #untold = new Map<string, { what: string; why: string; count: number }>()

  constructor(sink: Sink, limits: Limits) {
    this.#sink = sink
    this.limits = limits
  }

  /** Looks at all of it, tells what was skipped, and never throws because of what the bytes are. */
  run(visit: (walk: Walk) => void, place: BlobPlace): void {
    try {
      visit(this)
    } catch (error) {
      if (!(error instanceof Exhausted || error instanceof Unreadable)) throw error
      this.#sink.skip(nameOf(place), error.message)
    }
    for (const { what, why, count } of this.#untold.values()) {
      if (count > 0) this.#sink.skip(what, `${count} more: ${why}`)
    }
  }

  /** A member of a container, counted. */
  member(container: Item, name: string): Item {
    this.countMember()
    return this.inside(container, name)
  }

  countMember(): void {
    if (++this.#members > this.limits.members) {
      throw new Exhausted(`more than ${this.limits.members} members; the rest was not looked at`)
    }
  }

  /** A member of a container that cannot have more than its size allows. */
  inside(container: Item, name: string): Item {
    const { place } = container
    const short = name.slice(0, NAME_LENGTH).replace(/^(?:\.\/+)+(?=.)/, '')
    const member = place.member === null ? short : `${place.member}!/${short}`.slice(0, NAME_LENGTH)
    return {
      place: { ...place, kind: insideKind(place), member },
      name: short.slice(short.lastIndexOf('/') + 1),
      depth: container.depth + 1,
      layers: 0,
    }
  }

  skip(item: Item, why: string): void {
    const many = this.#untold.size >= TOLD_APART
    const archive = many ? item.place.path : containerOf(item.place)
    const reason = many ? 'for reasons as above' : why
    const key = `${archive}\0${reason}`
    const told = this.#untold.get(key)
    if (told === undefined) this.#untold.set(key, { what: archive, why: reason, count: 1 - SKIPS_TOLD })
    else told.count++
    if ((told?.count ?? 0) <= 0) this.#sink.skip(nameOf(item.place), why)
  }

  /** Looks at what comes piece by piece. It need not be read to its end afterwards. */
  visit(reader: ByteReader, item: Item): void {
    const format = this.#openable(reader.peek(HEAD_BYTES), item)
    if (format === null) {
      this.hand(reader, item.place)
      return
    }
    const { decompress, stream } = READERS[format]
    if (decompress) this.#unpack(decompress, reader, item)
    else if (stream)
      this.#apart(
        () => stream(reader, item, this),
        item,
        () => reader.rest(),
      )
    else this.#visitHeld(reader, item, READERS[format])
  }

  /** Of what is read back to front, all must be at hand. */
  #visitHeld(reader: ByteReader, item: Item, { random, tooLargeToHold }: Reader): void {
    const held = this.#hold(reader)
    this.#held += held.length
    try {
      if (reader.ended) {
        this.#apart(
          () => random!(new BytesInput(held), item, this),
          item,
          () => [held],
        )
        return
      }
      const joined = new ByteReader(followedBy(held, reader))
      if (tooLargeToHold) {
        this.#apart(
          () => tooLargeToHold(joined, item, this),
          item,
          () => joined.rest(),
        )
        return
      }
      this.skip(
        item,
        `larger than ${Math.floor(this.limits.heldBytes / 2 ** 20)} MiB inside another archive: looked at as plain bytes`,
      )
      this.hand(joined, item.place)
    } finally {
      this.#held -= held.length
    }
  }

  /** Looks at the next `size` bytes; with `Infinity` at all that is left. */
  visitPart(reader: ByteReader, size: number, item: Item): void {
    this.visit(new ByteReader(size === Number.POSITIVE_INFINITY ? reader.rest() : reader.take(size)), item)
  }

  /** Looks at a member whose own damage does not keep the next ones from being read. */
  visitAlone(item: Item, visit: () => void): void {
    try {
      visit()
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      this.skip(item, error.message)
    }
  }

  /** Looks at a whole member that lies in memory. */
  visitBytes(bytes: Uint8Array, item: Item): void {
    if (this.#openable(bytes.subarray(0, HEAD_BYTES), item) === null) this.#sink.blob(bytes, item.place)
    else this.visitInput(new BytesInput(bytes), item)
  }

  /** Looks at what can be read at any offset. */
  visitInput(input: Input, item: Item): void {
    const head = copyOf(input.read(0, Math.min(HEAD_BYTES, input.size)))
    const format = formatOf(head, item.name)
    const { random, special } = format === null || format === 'unsupported' ? {} : READERS[format]
    const deep = item.depth >= this.limits.depth
    if (!deep && special?.(input, item, this)) return
    if (deep || random === undefined) this.visit(new ByteReader(input.pieces()), item)
    else
      this.#apart(
        () => random(input, item, this),
        item,
        () => input.pieces(),
      )
  }

  /** Whether {@link handTogether} can be asked. */
  get takesTogether(): boolean {
    return this.#sink.together !== undefined
  }

  /** Gives whole members to the sink that stand one behind the other in memory, as they are. */
  handTogether(bytes: Uint8Array, ends: readonly number[], placeOf: (index: number) => BlobPlace): void {
    this.#sink.together!(bytes, ends, placeOf)
  }

  /** Gives bytes to the sink as they are. */
  hand(reader: ByteReader, place: BlobPlace): void {
    // INVARIANT: the sink opens nothing, so that no other member needs the page while it looks at this one
    page ??= Buffer.allocUnsafeSlow(BLOB_BYTES)
    let filled = 0
    try {
      for (let part = reader.next(page.length); part.length > 0; part = reader.next(page.length - filled)) {
        page.set(part, filled)
        filled += part.length
        if (filled === page.length) break
      }
    } finally {
      // what came before the damage is looked at as well
      if (filled > 0 && filled < page.length) this.#sink.blob(page.subarray(0, filled), place)
    }
    if (filled < page.length) return
    const blob = this.#sink.open(place)
    try {
      blob.write(page)
      for (const piece of reader.rest()) blob.write(piece)
    } finally {
      blob.end()
    }
  }

  /** Text that a reader has drawn out of a format of `size` bytes, in the place of the format itself. */
  handText(pieces: Iterable<Uint8Array>, item: Item, size: number): void {
    this.hand(new ByteReader(this.measured(pieces, () => size)), item.place)
  }

  /** Counts what a decompressor puts out against what it took in. */
  *measured(inflated: Iterable<Uint8Array>, taken: () => number): Generator<Uint8Array> {
    let total = 0
    for (const piece of inflated) {
      total += piece.length
      this.countInflated(piece.length)
      if (total > this.mayInflate(taken())) {
        throw new Unreadable(
          `inflates to more than ${this.limits.ratio} times its size; only its beginning was looked at`,
        )
      }
      yield piece
    }
  }

  /** What so many compressed bytes may become. */
  mayInflate(compressed: number): number {
    return Math.max(RATIO_FREE_BYTES, compressed * this.limits.ratio)
  }

  countInflated(bytes: number): void {
    this.#inflated += bytes
    if (this.#inflated > this.limits.inflatedBytes) {
      throw new Exhausted(
        `inflates to more than ${Math.floor(this.limits.inflatedBytes / 2 ** 20)} MiB in all; the rest was not looked at`,
      )
    }
  }

  /** Runs `use` while `bytes` more are held in memory. */
  *holding(bytes: number, use: () => Iterable<Uint8Array>): Generator<Uint8Array> {
    if (this.#held + bytes > this.limits.heldBytes) {
      throw new Unreadable(`needs ${Math.ceil(bytes / 2 ** 20)} MiB of memory to be decompressed`)
    }
    // what it costs to get it: thousands of tiny blocks may each ask for as much as they can
    this.countInflated(bytes >> 6)
    this.#held += bytes
    try {
      yield* use()
    } finally {
      this.#held -= bytes
    }
  }

  /** The format to open it as; null: it is handed on as it is, after a skip that says why where it is an archive. */
  #openable(head: Uint8Array, item: Item): Exclude<Format, 'unsupported'> | null {
    const format = formatOf(head, item.name)
    if (format === null) return null
    if (format === 'unsupported') {
      this.skip(item, `not supported: ${unsupportedName(head)}`)
      return null
    }
    if (item.depth >= this.limits.depth || item.layers >= this.limits.depth) {
      this.skip(item, `nested more than ${this.limits.depth} deep`)
      return null
    }
    return format
  }

  #unpack(decompress: (reader: ByteReader, walk: Walk) => Iterable<Uint8Array>, reader: ByteReader, item: Item): void {
    const start = reader.position
    const inflated = this.measured(decompress(reader, this), () => reader.position - start)
    const place = { ...item.place, kind: insideKind(item.place) }
    const inner: Item = { ...item, place, name: withoutExtension(item.name), layers: item.layers + 1 }
    try {
      this.visitAlone(item, () => {
        this.visit(new ByteReader(inflated), inner)
        // what follows is no part of it; the tools that unpack it pass over that
        if (inflated.next().done && !reader.ended) this.hand(reader, item.place)
      })
    } finally {
      inflated.return(undefined)
    }
  }

  /** Takes a container apart; where it is damaged, says so and looks at the rest, or all of it, as plain bytes. */
  #apart(take: () => void, item: Item, rest: () => Iterable<Uint8Array>): void {
    try {
      take()
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      this.skip(item, error.message)
      this.#handWhatIsLeft(rest(), item)
    }
  }

  #handWhatIsLeft(rest: Iterable<Uint8Array>, item: Item): void {
    try {
      this.hand(new ByteReader(rest), item.place)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error // what cut it off has just been told
    }
  }

  /** Reads to the end, or until no more may be held. */
  #hold(reader: ByteReader): Uint8Array {
    let bytes = new Uint8Array(64 * 1024)
    for (let filled = 0; ; ) {
      filled += reader.fill(bytes.subarray(filled))
      if (filled < bytes.length) return bytes.subarray(0, filled)
      const larger = Math.min(bytes.length * 2, this.limits.heldBytes - this.#held)
      if (larger <= bytes.length) return bytes
      const grown = new Uint8Array(larger)
      grown.set(bytes)
      bytes = grown
    }
  }
}

/** What lies in an archive of a repository or of the account stays there; the member says the rest. */
function insideKind(place: BlobPlace): BlobPlace['kind'] {
  return place.kind === 'file' ? 'archive' : place.kind
}

function withoutExtension(name: string): string {
  return name
    .replace(/\.tgz$/i, '.tar')
    .replace(/\.t(?:bz2?|xz|zst|lz)$/i, '.tar')
    .replace(EXTENSION, '')
}

function nameOf(place: BlobPlace): string {
  return place.member === null ? place.path : `${place.path}!/${place.member}`
}

/** The archive that it lies in; itself where that is not known. */
function containerOf(place: BlobPlace): string {
  const name = nameOf(place)
  const end = name.lastIndexOf('!/')
  return end < 0 ? name : name.slice(0, end)
}

function* followedBy(first: Uint8Array, rest: ByteReader): Generator<Uint8Array> {
  yield first
  yield* rest.rest()
}
