/**
 * Objects of git, in packs, bundles and alone: repositories lie in images and backups as well. Of a delta, what it adds is
 * looked at.
 * Source: gitformat-pack(5), gitformat-bundle(5).
 */
import { ByteReader } from './byte-reader.ts'
import { inflateRaw } from './inflate.ts'
import { damaged, Unreadable } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

const [TREE, BLOB, OFS_DELTA, REF_DELTA] = [2, 3, 6, 7]
/** A larger one is looked at as it is. */
const LARGEST_DELTA = 16 * 1024 * 1024
/** Of one pack; all archives around it have as much left. */
const MOST_INFLATED = 1024 * 1024 * 1024
/** Each object takes time to begin. */
const OBJECT_COST = 1024
const [ZLIB_HEADER, CHECKSUM, OID] = [2, 4, 20]

export function gitPack(reader: ByteReader, item: Item, walk: Walk): void {
  const header = reader.read(12)
  const count = new DataView(header.buffer, header.byteOffset).getUint32(8)
  let inflated = 0
  for (let object = 1; object <= count; object++) {
    const { type, size } = objectHeader(reader)
    if (type === OFS_DELTA) while (reader.read(1)[0]! & 0x80);
    else if (type === REF_DELTA) reader.skip(OID)
    inflated += size + OBJECT_COST
    if (inflated > MOST_INFLATED) {
      walk.skip(item, `${count - object + 1} of its ${count} objects: it inflates to more than 1 GiB`)
      return
    }
    walk.countInflated(OBJECT_COST)
    reader.skip(ZLIB_HEADER)
    const start = reader.position
    const content = new ByteReader(walk.measured(inflateRaw(reader), () => reader.position - start))
    const inner = walk.inside(item, `object ${object}`)
    if (type === BLOB) walk.visitAlone(inner, () => walk.visit(content, inner))
    else if (type >= OFS_DELTA && size <= LARGEST_DELTA)
      walk.hand(ByteReader.of(addedBy(allOf(content, size))), inner.place)
    else if (type !== TREE) walk.hand(content, inner.place)
    for (const _ of content.rest()); // to the next one, however far this was read
    reader.skip(CHECKSUM)
  }
}

/** Four bits of the size, and the type, in the first byte; seven more bits in each that follows. */
function objectHeader(reader: ByteReader): { type: number; size: number } {
  let byte = reader.read(1)[0]!
  const type = (byte >> 4) & 7
  let size = byte & 15
  for (let factor = 16; byte & 0x80; factor *= 128) {
    byte = reader.read(1)[0]!
    size += (byte & 0x7f) * factor
    if (size > Number.MAX_SAFE_INTEGER) throw damaged('an object has no size')
  }
  if (type === 0 || type === 5) throw damaged('an object has no type')
  return { type, size }
}

function allOf(content: ByteReader, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  const filled = content.fill(bytes)
  if (filled < size || !content.ended) throw damaged('a delta has another size than it says')
  return bytes
}

/** The text that a delta adds, a line's end where it copies from its base. */
function addedBy(delta: Uint8Array): Uint8Array {
  const text = new Uint8Array(delta.length)
  let filled = 0
  let at = 0
  for (let sizes = 0; sizes < 2; sizes++) while (delta[at++]! & 0x80);
  while (at < delta.length) {
    const op = delta[at++]!
    if (op & 0x80) {
      // a bit for each byte of the offset and the length that follows
      for (let bits = op & 0x7f; bits > 0; bits >>= 1) at += bits & 1
      text[filled++] = 10
    } else {
      const added = delta.subarray(at, at + op)
      text.set(added, filled)
      filled += added.length
      at += op
    }
  }
  return text.subarray(0, filled)
}

/** A bundle names refs, a line each, before its pack. */
export function gitBundle(reader: ByteReader, item: Item, walk: Walk): void {
  for (let length = 0, lineLength = 1; lineLength > 0; ) {
    lineLength = 0
    while (reader.read(1)[0] !== 10) lineLength++
    length += lineLength
    if (length > 64 * 1024 * 1024) throw damaged('its header does not end')
  }
  if (reader.peek(4).join() !== '80,65,67,75') throw new Unreadable('damaged: no pack in it')
  gitPack(reader, item, walk)
}

/** An object by itself. */
export function* zlibOf(reader: ByteReader): Generator<Uint8Array> {
  reader.skip(ZLIB_HEADER)
  yield* inflateRaw(reader)
}

/** By its first bytes, and by its name where these say too little. */
export function gitFormatOf(head: Uint8Array, name: string): 'git-pack' | 'git-bundle' | 'git-object' | null {
  switch (head[0]) {
    case 0x50: // PACK, version 2 or 3
      if (head.length < 12 || head[1] !== 0x41 || head[2] !== 0x43 || head[3] !== 0x4b) return null
      return head[4] === 0 && head[5] === 0 && head[6] === 0 && (head[7] === 2 || head[7] === 3) ? 'git-pack' : null
    case 0x23: // #
      return head[2] === 0x76 && /^# v[23] git bundle\n/.test(String.fromCharCode(...head.subarray(0, 16)))
        ? 'git-bundle'
        : null
    case 0x78:
      return (head[0] * 256 + head[1]!) % 31 === 0 && /(?:^|\/)[0-9a-f]{38}$/.test(name) ? 'git-object' : null
  }
  return null
}
