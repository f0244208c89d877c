/**
 * zip, and what is zip under another name: jar, war, apk, aab, ipa, whl, docx, xlsx. Members are found by the central
 * directory (APPNOTE.TXT 4.3.12); where there is none that can be read, by the local headers.
 */
import { copyOf } from '../copy-of.ts'
import { PREFIXES } from '../detectors/key-id.ts'
import { ByteReader } from './byte-reader.ts'
import { bunzip2 } from './bzip2.ts'
import { inflateRaw } from './inflate.ts'
import { inflateAtOnce } from './inflate-at-once.ts'
import { type Input, PartInput } from './input.ts'
import { unlzmaZip } from './lzma.ts'
import { u16le, u32le, u64le } from './numbers.ts'
import { TINY_BYTES, TinyMembers } from './tiny-members.ts'
import { damaged, Unreadable, unsupported } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'
import { unxz } from './xz.ts'
import { unzstd } from './zstd.ts'

interface Member {
  flags: number
  method: number
  compressedSize: number
  size: number
  /** Of its local header. */
  offset: number
}

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const DESCRIPTOR = 0x08074b50
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22

const ENCRYPTED = 1
const HAS_DESCRIPTOR = 8
/** Members up to this size are inflated in one call: an allocation that a lying size can ask for. */
const AT_ONCE_BYTES = 3 * 1024 * 1024
const UTF8 = new TextDecoder()

/** `size` is what the headers say: it ends what has no end of its own. */
type Decompress = (reader: ByteReader, walk: Walk, size: number) => Iterable<Uint8Array>

const METHODS: Record<number, Decompress> = {
  0: (reader) => reader.rest(),
  8: inflateRaw,
  12: bunzip2,
  14: unlzmaZip,
  93: unzstd,
  95: unxz,
}
const METHOD_NAMES: Record<number, string> = { 1: 'shrink', 6: 'implode', 9: 'deflate64', 98: 'PPMd' }

export function zip(input: Input, item: Item, walk: Walk): void {
  const members = centralDirectory(input, walk)
  if (members === null) {
    zipFromStream(new ByteReader(input.pieces()), item, walk)
    return
  }
  const tiny = new TinyMembers(walk, (offset) => walk.inside(item, nameOf(localHeader(input, offset), offset)).place)
  let end = 0
  try {
    // front to back: the file is read once, and members that share their bytes stand next to each other
    for (const member of members.sort((a, b) => a.offset - b.offset)) {
      if (member.size === 0 && member.compressedSize === 0) continue
      const overlaps = member.offset < end
      if (!overlaps) end = Math.max(end, member.offset + LOCAL_BYTES + member.compressedSize)
      if (!overlaps && addTiny(input, member, tiny)) continue
      tiny.look()
      visitMember(input, member, overlaps, item, walk)
    }
  } finally {
    tiny.look()
  }
  if (mayHoldId(input, end)) walk.hand(new ByteReader(input.pieces(end)), item.place)
}

/** Names and comments stand behind the members; hardly ever is more than a name in them. */
function mayHoldId(input: Input, from: number): boolean {
  for (const piece of input.pieces(from)) {
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    if (PREFIXES.some((prefix) => text.includes(prefix))) return true
  }
  return false
}

/** False where a member must be looked at by itself. */
function addTiny(input: Input, { flags, method, compressedSize, size, offset }: Member, tiny: TinyMembers): boolean {
  if (size > TINY_BYTES || compressedSize > TINY_BYTES || flags & ENCRYPTED) return false
  const isStored = method === 0 && size === compressedSize
  const room = input.size - offset
  if (!(isStored || method === 8) || room < LOCAL_BYTES) return false
  const bytes = input.read(offset, Math.min(LOCAL_BYTES + NAME_BYTES + compressedSize, room))
  if (u32le(bytes, 0) !== LOCAL) return false
  const from = LOCAL_BYTES + u16le(bytes, 26) + u16le(bytes, 28)
  const to = from + compressedSize
  if (to > bytes.length) return false
  return tiny.add({ offset, size, isStored, bytes, from, to })
}

/** So much is read with a local header: most names fit. */
const NAME_BYTES = 226

/**
 * The name, which is not kept from the directory: of a large one, that would be too much. And where the content begins.
 * Undefined: there is no header.
 */
function localHeader(input: Input, offset: number): { name: string; start: number } | undefined {
  const room = input.size - offset - LOCAL_BYTES
  if (room < 0) return undefined
  const header = input.read(offset, LOCAL_BYTES + Math.min(NAME_BYTES, room))
  if (u32le(header, 0) !== LOCAL) return undefined
  const nameLength = u16le(header, 26)
  const start = offset + LOCAL_BYTES + nameLength + u16le(header, 28)
  if (nameLength > room) return { name: `member at byte ${offset}`, start }
  const at = LOCAL_BYTES + nameLength
  const name = at <= header.length ? header.subarray(LOCAL_BYTES, at) : input.read(offset + LOCAL_BYTES, nameLength)
  return { name: UTF8.decode(name), start }
}

/** @param overlaps the one before */
function visitMember(input: Input, member: Member, overlaps: boolean, container: Item, walk: Walk): void {
  const local = localHeader(input, member.offset)
  const item = walk.member(container, nameOf(local, member.offset))
  walk.visitAlone(item, () => {
    if (overlaps) throw new Unreadable('overlaps another member')
    visitContent(input, member, local?.start, item, walk)
  })
}

const nameOf = (local: { name: string } | undefined, offset: number) => local?.name ?? `member at byte ${offset}`

/** @param start where its content begins; undefined: there is no local header */
function visitContent(input: Input, member: Member, start: number | undefined, item: Item, walk: Walk): void {
  if (member.flags & ENCRYPTED || member.method === 99) throw new Unreadable('encrypted')
  const decompress = METHODS[member.method]
  if (!decompress) throw unsupported(`compression method ${METHOD_NAMES[member.method] ?? member.method}`)
  if (member.offset + LOCAL_BYTES > input.size) throw new Unreadable('truncated')
  if (start === undefined) throw damaged('no header where the directory says')
  if (start + member.compressedSize > input.size) throw new Unreadable('truncated')
  if (member.method === 8 && visitSmall(input, start, member, item, walk)) return
  const part = new PartInput(input, start, member.compressedSize)
  if (member.method === 0) {
    walk.visitInput(part, item)
    return
  }
  const reader = new ByteReader(part.pieces())
  const inflated = walk.measured(decompress(reader, walk, member.size), () => reader.position)
  try {
    walk.visit(new ByteReader(inflated), item)
  } finally {
    inflated.return(undefined)
  }
}

/** False where it must go piece by piece: it is large, or damaged, or not as large as it says. */
function visitSmall(input: Input, start: number, { compressedSize, size }: Member, item: Item, walk: Walk): boolean {
  if (size > AT_ONCE_BYTES || compressedSize > AT_ONCE_BYTES || size > walk.mayInflate(compressedSize)) return false
  return inflateAtOnce(input.read(start, compressedSize), size, (bytes) => {
    walk.countInflated(bytes.length)
    walk.visitBytes(bytes, item)
  })
}

/** Where the first member of a zip begins that may stand behind something else; null: there is no zip. */
export function startOfZip(input: Input, walk: Walk): number | null {
  const members = centralDirectory(input, walk) ?? []
  const start = members.reduce((first, { offset }) => Math.min(first, offset), input.size)
  return start < input.size && u32le(input.read(start, Math.min(4, input.size - start)), 0) === LOCAL ? start : null
}

/** null: there is none, or it cannot be read. */
function centralDirectory(input: Input, walk: Walk): Member[] | null {
  try {
    const directory = findDirectory(input)
    if (directory === null) return null
    const members = membersIn(input, directory, walk.limits.members)
    return members.length < Math.min(directory.count, walk.limits.members) ? null : members
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}

interface Directory {
  start: number
  end: number
  count: number
  /** Bytes that stand before the archive, as in one that extracts itself. */
  shift: number
}

function findDirectory(input: Input): Directory | null {
  const tailStart = Math.max(0, input.size - END_BYTES - 65_535)
  const tail = input.read(tailStart, input.size - tailStart)
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail[at] !== 0x50 || u32le(tail, at) !== END) continue
    const record = copyOf(tail.subarray(at, at + END_BYTES))
    const end = tailStart + at
    const large = zip64(input, end)
    const count = large?.count ?? u16le(record, 10)
    const size = large?.size ?? u32le(record, 12)
    const stated = large?.offset ?? u32le(record, 16)
    const start = (large?.end ?? end) - size
    // the archive may stand behind something else, and all offsets count from its beginning
    if (start < 0 || stated > start) continue // these bytes stand in a comment
    return { start, end: start + size, count, shift: start - stated }
  }
  return null
}

function zip64(input: Input, end: number): { count: number; size: number; offset: number; end: number } | null {
  if (end < 20) return null
  const locator = input.read(end - 20, 20)
  if (u32le(locator, 0) !== LOCATOR_64) return null
  const at = u64le(locator, 8)
  const record = input.read(at, 56)
  if (u32le(record, 0) !== END_64) return null
  return { count: u64le(record, 32), size: u64le(record, 40), offset: u64le(record, 48), end: at }
}

/** A directory is read in parts of this size: no header is longer. */
const DIRECTORY_PART = CENTRAL_BYTES + 3 * 65_535

/** At most one more than `most`. */
function membersIn(input: Input, { start, end, shift }: Directory, most: number): Member[] {
  const members: Member[] = []
  let part: Uint8Array = new Uint8Array(0)
  for (let at = start, from = 0; at + 4 <= end && members.length <= most; ) {
    if (from + DIRECTORY_PART > part.length && at - from + part.length < end) {
      part = input.read(at, Math.min(4 * DIRECTORY_PART, end - at))
      from = 0
    }
    if (u32le(part, from) !== CENTRAL) break
    const next = from + CENTRAL_BYTES + u16le(part, from + 28) + u16le(part, from + 30) + u16le(part, from + 32)
    if (next > part.length) throw new Unreadable('truncated')
    members.push(centralHeader(part, from, shift))
    at += next - from
    from = next
  }
  return members
}

/** @param at where it begins, and all of it is there */
function centralHeader(bytes: Uint8Array, at: number, shift: number): Member {
  const member = {
    flags: u16le(bytes, at + 8),
    method: u16le(bytes, at + 10),
    compressedSize: u32le(bytes, at + 20),
    size: u32le(bytes, at + 24),
    offset: u32le(bytes, at + 42),
  }
  const [extraAt, extraLength] = [at + CENTRAL_BYTES + u16le(bytes, at + 28), u16le(bytes, at + 30)]
  if (extraLength > 0) large(bytes.subarray(extraAt, extraAt + extraLength), member)
  member.offset += shift
  return member
}

/** Sizes that do not fit in 32 bits stand in the extra field 1, in this order, and only those (4.5.3). */
function large(extra: Uint8Array, member: { size: number; compressedSize: number; offset?: number }): void {
  for (let at = 0; at + 4 <= extra.length; at += 4 + u16le(extra, at + 2)) {
    if (u16le(extra, at) !== 1) continue
    const field = extra.subarray(at + 4, at + 4 + u16le(extra, at + 2))
    let next = 0
    for (const key of ['size', 'compressedSize', 'offset'] as const) {
      if (member[key] !== 0xffffffff) continue
      member[key] = u64le(field, next)
      next += 8
    }
  }
}

/** By the local headers, front to back. */
export function zipFromStream(reader: ByteReader, item: Item, walk: Walk): void {
  let found = 0
  for (;;) {
    const head = reader.peek(4)
    const signature = head.length === 4 ? u32le(head, 0) : 0
    if (signature === LOCAL) {
      visitLocal(reader, item, walk)
      found++
    } else if (signature === DESCRIPTOR && found === 0) reader.skip(4)
    else if (found > 0 && (signature === CENTRAL || signature === END || signature === END_64)) return
    else if (signature === END) return
    else if (head.length < 4 && found > 0) throw new Unreadable('truncated')
    else throw damaged(found === 0 ? 'no member in it' : 'no header where a member should begin')
  }
}

function visitLocal(reader: ByteReader, item: Item, walk: Walk): void {
  const header = reader.read(LOCAL_BYTES)
  const [flags, method] = [u16le(header, 6), u16le(header, 8)]
  const sizes = { size: u32le(header, 22), compressedSize: u32le(header, 18) }
  const [nameLength, extraLength] = [u16le(header, 26), u16le(header, 28)]
  const child = walk.member(item, UTF8.decode(reader.read(nameLength)))
  large(reader.read(extraLength), sizes)
  const unknown = (flags & HAS_DESCRIPTOR) !== 0 && sizes.compressedSize === 0
  const compressed = unknown ? untilDescriptor(reader) : reader.take(sizes.compressedSize)
  const content = new ByteReader(compressed)
  walk.visitAlone(child, () => {
    if (flags & ENCRYPTED || method === 99) throw new Unreadable('encrypted')
    const decompress = METHODS[method]
    if (!decompress) throw unsupported(`compression method ${METHOD_NAMES[method] ?? method}`)
    walk.visit(
      new ByteReader(
        walk.measured(
          decompress(content, walk, unknown ? Number.POSITIVE_INFINITY : sizes.size),
          () => content.position,
        ),
      ),
      child,
    )
  })
  for (const _ of content.rest()); // to the next header, however far the member was read
}

/**
 * The bytes of a member whose size stands behind it: up to a descriptor that states as many bytes as have come, with
 * sizes of four bytes or eight.
 */
function* untilDescriptor(reader: ByteReader): Generator<Uint8Array> {
  for (let length = 0; ; ) {
    const window = reader.peek(64 * 1024)
    if (window.length < 16) throw new Unreadable('truncated')
    let at = 0
    for (at = find(window, at); at + 24 <= window.length || at + 16 === window.length; at = find(window, at + 1)) {
      const isSmall = u32le(window, at + 8) === length + at
      const isLarge = !isSmall && at + 24 <= window.length && u64le(window, at + 8) === length + at
      if (!isSmall && !isLarge) continue
      yield* reader.take(at)
      reader.skip(isSmall ? 16 : 24)
      return
    }
    const sure = Math.max(1, window.length - 24)
    length += sure
    yield* reader.take(sure)
  }
}

/** Where the next descriptor may stand; past the end if nowhere. */
function find(window: Uint8Array, from: number): number {
  const at = Buffer.from(window.buffer, window.byteOffset, window.length).indexOf('PK\x07\x08', from, 'latin1')
  return at < 0 ? Number.POSITIVE_INFINITY : at
}
