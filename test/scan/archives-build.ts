/** Writes archives of every kind, right ones and, by their options, wrong ones. */
import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'

export interface Entry {
  name: string
  data: Uint8Array | string
}

const bytesOf = (data: Uint8Array | string) => (typeof data === 'string' ? Buffer.from(data) : Buffer.from(data))

export interface ZipEntry extends Entry {
  /** Deflated unless told otherwise. */
  stored?: boolean
  /** Sizes stand behind the content. */
  descriptor?: boolean
  flags?: number
  method?: number
  /** What the headers say in place of the truth. */
  size?: number
  compressedSize?: number
  /** Sizes and offset in the extra field. */
  zip64?: boolean
  /** In place of its own: that of the entry with this index. */
  sameOffsetAs?: number
  comment?: string
}

const checksum = (data: Uint8Array) => (crc32 as ((data: Uint8Array) => number) | undefined)?.(data) ?? 0

export function zip(
  entries: readonly ZipEntry[],
  options: { central?: boolean; before?: Uint8Array; comment?: string } = {},
): Buffer {
  const parts: Buffer[] = [Buffer.from(options.before ?? [])]
  let at = 0
  const offsets: number[] = []
  const directory: Buffer[] = []
  for (const [i, entry] of entries.entries()) {
    const data = bytesOf(entry.data)
    const packed = entry.stored || entry.method !== undefined ? data : deflateRawSync(data)
    const fields = {
      method: entry.method ?? (entry.stored ? 0 : 8),
      flags: (entry.flags ?? 0) | (entry.descriptor ? 8 : 0),
      size: entry.size ?? data.length,
      compressedSize: entry.compressedSize ?? packed.length,
    }
    offsets.push(entry.sameOffsetAs === undefined ? at : offsets[entry.sameOffsetAs]!)
    const local = localHeader(entry, fields, checksum(data))
    directory.push(centralHeader(entry, fields, offsets[i]!, checksum(data)))
    if (entry.sameOffsetAs !== undefined) continue
    const written = Buffer.concat([
      local,
      packed,
      entry.descriptor ? descriptor(fields, checksum(data)) : Buffer.alloc(0),
    ])
    parts.push(written)
    at += written.length
  }
  if (options.central === false) return Buffer.concat(parts)
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length & 0xffff, 8)
  end.writeUInt16LE(entries.length & 0xffff, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(at, 16)
  const comment = Buffer.from(options.comment ?? '')
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...parts, central, end, comment])
}

interface ZipFields {
  method: number
  flags: number
  size: number
  compressedSize: number
}

function localHeader(entry: ZipEntry, { method, flags, size, compressedSize }: ZipFields, crc: number): Buffer {
  const name = Buffer.from(entry.name)
  const extra = entry.zip64 ? zip64Extra([size, compressedSize]) : Buffer.alloc(0)
  const header = Buffer.alloc(30)
  header.write('PK\x03\x04', 'latin1')
  header.writeUInt16LE(flags, 6)
  header.writeUInt16LE(method, 8)
  header.writeUInt32LE(entry.descriptor ? 0 : crc, 14)
  header.writeUInt32LE(entry.descriptor ? 0 : entry.zip64 ? 0xffffffff : compressedSize, 18)
  header.writeUInt32LE(entry.descriptor ? 0 : entry.zip64 ? 0xffffffff : size, 22)
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(extra.length, 28)
  return Buffer.concat([header, name, extra])
}

function centralHeader(entry: ZipEntry, fields: ZipFields, offset: number, crc: number): Buffer {
  const name = Buffer.from(entry.name)
  const extra = entry.zip64 ? zip64Extra([fields.size, fields.compressedSize, offset]) : Buffer.alloc(0)
  const header = Buffer.alloc(46)
  header.write('PK\x01\x02', 'latin1')
  header.writeUInt16LE(fields.flags, 8)
  header.writeUInt16LE(fields.method, 10)
  header.writeUInt32LE(crc, 16)
  header.writeUInt32LE(entry.zip64 ? 0xffffffff : fields.compressedSize, 20)
  header.writeUInt32LE(entry.zip64 ? 0xffffffff : fields.size, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE(entry.zip64 ? 0xffffffff : offset, 42)
  const comment = Buffer.from(entry.comment ?? '')
  header.writeUInt16LE(comment.length, 32)
  return Buffer.concat([header, name, extra, comment])
}

function zip64Extra(values: number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(values.length * 8, 2)
  for (const [i, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + i * 8)
  return extra
}

function descriptor({ size, compressedSize }: ZipFields, crc: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.write('PK\x07\x08', 'latin1')
  bytes.writeUInt32LE(crc, 4)
  bytes.writeUInt32LE(compressedSize, 8)
  bytes.writeUInt32LE(size, 12)
  return bytes
}

export interface TarEntry extends Entry {
  type?: string
  linkName?: string
  /** What the header says in place of the truth. */
  size?: number
  /** How a name of more than 100 bytes is written. */
  long?: 'pax' | 'gnu'
}

export function tar(entries: readonly TarEntry[]): Buffer {
  const parts: Buffer[] = []
  for (const entry of entries) {
    const data = bytesOf(entry.data)
    if (entry.long === 'gnu') parts.push(tarMember('././@LongLink', Buffer.from(`${entry.name}\0`), { type: 'L' }))
    if (entry.long === 'pax') parts.push(tarMember('PaxHeader', paxRecord('path', entry.name), { type: 'x' }))
    parts.push(tarMember(entry.name, data, entry))
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

function tarMember(
  name: string,
  data: Buffer,
  { type = '0', linkName = '', size = data.length }: Partial<TarEntry>,
): Buffer {
  const header = Buffer.alloc(512)
  header.write(name.slice(0, 100), 0)
  header.write('0000644\0', 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(linkName, 157)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)])
}

function paxRecord(name: string, value: string): Buffer {
  const rest = ` ${name}=${value}\n`
  let length = Buffer.byteLength(rest) + 1
  while (String(length).length + Buffer.byteLength(rest) !== length)
    length = String(length).length + Buffer.byteLength(rest)
  return Buffer.from(`${length}${rest}`)
}

/**
 * An object with a base is what is added to that, behind a copy of its first byte. `size` is what its header says in
 * place of the truth.
 */
export function gitPack(
  objects: readonly { data: Uint8Array | string; type?: number; base?: 'offset' | 'name'; size?: number }[],
): Buffer {
  const parts = [Buffer.from('PACK\0\0\0\x02'), Buffer.alloc(4)]
  parts[1]!.writeUInt32BE(objects.length)
  for (const { data, type = 3, base, size } of objects) {
    const content = base ? deltaThatAdds(bytesOf(data)) : bytesOf(data)
    const number = base === 'offset' ? 6 : base === 'name' ? 7 : type
    const length = size ?? content.length
    const header = [(number << 4) | (length & 15)]
    for (let left = length >> 4; left > 0; left >>= 7) {
      header[header.length - 1]! |= 0x80
      header.push(left & 0x7f)
    }
    const ofBase = base === 'offset' ? Buffer.of(0x81, 0x20) : Buffer.alloc(base === 'name' ? 20 : 0, 0xab)
    parts.push(Buffer.from(header), ofBase, deflateSync(content))
  }
  return Buffer.concat([...parts, Buffer.alloc(20)])
}

function deltaThatAdds(data: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Buffer.of(0x80, 0x01, 0x80, 0x01, 0x90, 1)]
  for (let at = 0; at < data.length; at += 127) {
    const added = data.subarray(at, at + 127)
    parts.push(Buffer.of(added.length), added)
  }
  return Buffer.concat(parts)
}

export const gitBundle = (pack: Buffer) =>
  Buffer.concat([Buffer.from(`# v2 git bundle\n${'0'.repeat(40)} refs/heads/main\n\n`), pack])

export const gitObject = (data: string) => deflateSync(`blob ${Buffer.byteLength(data)}\0${data}`)

/**
 * A backup of PostgreSQL, as `pg_dump -Fc` makes it. `contents` stands for what the table of contents says; content of the
 * blocks is compressed already, if at all.
 */
export function pgDump(contents: string, blocks: readonly { data: Uint8Array; largeObject?: number }[]): Buffer {
  const int = (value: number) => {
    const bytes = Buffer.alloc(5)
    bytes.writeUInt32LE(value, 1)
    return bytes
  }
  const parts = [
    Buffer.from('PGDMP\x01\x0e\0\x04\x08\x01', 'latin1'),
    int(1),
    int(contents.length),
    Buffer.from(contents),
  ]
  blocks.forEach(({ data, largeObject }, i) => {
    parts.push(Buffer.of(largeObject === undefined ? 1 : 3), int(3000 + i))
    if (largeObject !== undefined) parts.push(int(largeObject))
    for (let at = 0; at < data.length; at += 50) {
      const piece = data.subarray(at, at + 50)
      parts.push(int(piece.length), Buffer.from(piece))
    }
    parts.push(int(0))
    if (largeObject !== undefined) parts.push(int(0))
  })
  return Buffer.concat(parts)
}

export function ar(entries: readonly Entry[]): Buffer {
  const parts = [Buffer.from('!<arch>\n')]
  for (const { name, data } of entries) {
    const content = bytesOf(data)
    const header = `${`${name}/`.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`
    parts.push(Buffer.from(header), content, Buffer.alloc(content.length % 2, '\n'))
  }
  return Buffer.concat(parts)
}

export function cpio(entries: readonly Entry[], format: 'newc' | 'odc' | 'binary' = 'newc'): Buffer {
  const parts: Buffer[] = []
  const align = { newc: 4, odc: 1, binary: 2 }[format]
  for (const { name, data } of [...entries, { name: 'TRAILER!!!', data: '' }]) {
    const content = bytesOf(data)
    const head = Buffer.concat([
      cpioHeader(Buffer.byteLength(name) + 1, content.length, format),
      Buffer.from(`${name}\0`),
    ])
    parts.push(head, Buffer.alloc(-head.length & (align - 1)), content, Buffer.alloc(-content.length & (align - 1)))
  }
  return Buffer.concat(parts)
}

function cpioHeader(nameSize: number, size: number, format: 'newc' | 'odc' | 'binary'): Buffer {
  const mode = 0o100644
  if (format === 'newc') {
    const fields = [1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, nameSize, 0]
    return Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  }
  if (format === 'odc') {
    const fields: [number, number][] = [
      [0, 6],
      [1, 6],
      [mode, 6],
      [0, 6],
      [0, 6],
      [1, 6],
      [0, 6],
      [0, 11],
      [nameSize, 6],
      [size, 11],
    ]
    return Buffer.from(`070707${fields.map(([field, width]) => field.toString(8).padStart(width, '0')).join('')}`)
  }
  const words = [0o070707, 0, 1, mode, 0, 0, 1, 0, 0, 0, nameSize, size >> 16, size & 0xffff]
  return Buffer.from(Uint16Array.from(words).buffer)
}

export function rpm(header: Uint8Array | string, payload: Uint8Array): Buffer {
  const lead = Buffer.alloc(96)
  lead.write('edabeedb0300', 'hex')
  const store = bytesOf(header)
  const preamble = (size: number) => {
    const bytes = Buffer.alloc(16)
    bytes.write('8eade80100000000', 'hex')
    bytes.writeUInt32BE(size, 12)
    return bytes
  }
  // a signature of three bytes is padded to eight
  return Buffer.concat([lead, preamble(3), Buffer.alloc(3 + 5), preamble(store.length), store, payload])
}

export const deb = (entries: readonly TarEntry[]) =>
  ar([
    { name: 'debian-binary', data: '2.0\n' },
    { name: 'control.tar.gz', data: gzipSync(tar([{ name: './control', data: 'Package: made-up\n' }])) },
    { name: 'data.tar.gz', data: gzipSync(tar(entries)) },
  ])

const digestOf = (i: number) => `${i}`.repeat(64).slice(0, 64)

/** As `docker save` writes it; the first layer is the bottom. */
export function dockerImage(layers: readonly (readonly TarEntry[])[], config: string): Buffer {
  const paths = layers.map((_, i) => `${digestOf(i + 1)}/layer.tar`)
  return tar([
    ...layers.map((entries, i) => ({ name: paths[i]!, data: tar(entries) })),
    { name: `${digestOf(9)}.json`, data: config },
    {
      name: 'manifest.json',
      data: JSON.stringify([{ Config: `${digestOf(9)}.json`, RepoTags: ['made:up'], Layers: paths }]),
    },
  ])
}

/** An OCI image layout in a tar, with compressed layers. */
export function ociImage(layers: readonly (readonly TarEntry[])[], config: string): Buffer {
  const descriptor = (i: number) => ({ mediaType: 'application/x', digest: `sha256:${digestOf(i)}`, size: 1 })
  const manifest = { schemaVersion: 2, config: descriptor(9), layers: layers.map((_, i) => descriptor(i + 1)) }
  return tar([
    { name: 'blobs/', data: '', type: '5' },
    ...layers.map((entries, i) => ({ name: `blobs/sha256/${digestOf(i + 1)}`, data: gzipSync(tar(entries)) })),
    { name: `blobs/sha256/${digestOf(8)}`, data: JSON.stringify(manifest) },
    { name: `blobs/sha256/${digestOf(9)}`, data: config },
    { name: 'index.json', data: JSON.stringify({ schemaVersion: 2, manifests: [descriptor(8)] }) },
    { name: 'oci-layout', data: '{"imageLayoutVersion":"1.0.0"}' },
  ])
}

/** LZMA2 in an xz file, stored in chunks: compressed ones are in the recorded files. */
export function xz(data: Uint8Array | string): Buffer {
  const content = bytesOf(data)
  const chunks: Buffer[] = []
  for (let at = 0; at < content.length; at += 65_536) {
    const part = content.subarray(at, at + 65_536)
    chunks.push(Buffer.from([at === 0 ? 1 : 2, (part.length - 1) >> 8, (part.length - 1) & 255]), part)
  }
  const blocks = Buffer.concat([...chunks, Buffer.from([0])])
  const padding = Buffer.alloc(-blocks.length & 3)
  const header = Buffer.from('fd377a585a000000ff12d941', 'hex')
  const blockHeader = Buffer.from([2, 0, 0x21, 1, 16, 0, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([header, blockHeader, blocks, padding, Buffer.from('000000001cdf4421', 'hex'), Buffer.alloc(12)])
}

/** One frame of stored blocks. */
export function zstd(data: Uint8Array | string): Buffer {
  const content = bytesOf(data)
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38])]
  for (let at = 0; at === 0 || at < content.length; at += 65_536) {
    const part = content.subarray(at, at + 65_536)
    const header = (part.length << 3) | (at + 65_536 >= content.length ? 1 : 0)
    parts.push(Buffer.from([header & 255, (header >> 8) & 255, header >> 16]), part)
  }
  return Buffer.concat(parts)
}

/** A 7z archive whose files lie in one folder, stored or deflated. */
export function sevenZip(entries: readonly Entry[], options: { stored?: boolean; coder?: number[] } = {}): Buffer {
  const contents = entries.map(({ data }) => bytesOf(data))
  const content = Buffer.concat(contents)
  const packed = options.stored ? content : deflateRawSync(content)
  const coder = options.coder ?? (options.stored ? [0x01, 0x00] : [0x03, 0x04, 0x01, 0x08])
  const names = Buffer.concat([Buffer.from([0]), ...entries.map(({ name }) => Buffer.from(`${name}\0`, 'utf16le'))])
  const header = Buffer.from([
    1,
    4,
    ...[6, ...number(0), ...number(1), 9, ...number(packed.length), 0],
    ...[7, 0x0b, ...number(1), 0, ...number(1), ...coder, 0x0c, ...number(content.length), 0],
    ...[8, 0x0d, ...number(contents.length)],
    ...[9, ...contents.slice(0, -1).flatMap(({ length }) => number(length)), 0],
    0,
    ...[5, ...number(entries.length), 0x11, ...number(names.length), ...names, 0],
    0,
  ])
  const start = Buffer.alloc(32)
  start.write('377abcaf271c0004', 'hex')
  start.writeBigUInt64LE(BigInt(packed.length), 12)
  start.writeBigUInt64LE(BigInt(header.length), 20)
  return Buffer.concat([start, packed, header])
}

/** All in the long form: a byte of ones, then eight bytes. */
function number(value: number): number[] {
  const bytes = Buffer.alloc(9, 0xff)
  bytes.writeBigUInt64LE(BigInt(value), 1)
  return [...bytes]
}
