/** Writes the formats whose text is drawn out: databases, property lists, compiled Android files. */

const PAGE = 512
const bytes = (...parts: (Uint8Array | number[] | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
const u16 = (value: number) => [value & 255, value >> 8]
const u32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]

/** Binary property list of one dictionary of texts; those that are not ASCII are UTF-16. */
export function plist(entries: Record<string, string>): Buffer {
  const texts = Object.entries(entries).flat()
  const objects = texts.map((text) => {
    const isAscii = /^[\0-\x7f]*$/.test(text)
    const content = isAscii ? Buffer.from(text) : Buffer.from(text, 'utf16le').swap16()
    return bytes([isAscii ? 0x5f : 0x6f, 0x11, text.length >> 8, text.length & 255], content)
  })
  const count = texts.length / 2
  const keys = Array.from({ length: count }, (_, i) => i * 2)
  const dictionary = bytes(
    [0xdf, 0x10, count],
    keys,
    keys.map((key) => key + 1),
  )
  const all = [...objects, dictionary]
  let at = 8
  const offsets = all.flatMap((object) => {
    at += object.length
    return [(at - object.length) >> 8, (at - object.length) & 255]
  })
  const trailer = Buffer.alloc(32)
  trailer[6] = 2
  trailer[7] = 1
  trailer.writeBigUInt64BE(BigInt(all.length), 8)
  trailer.writeBigUInt64BE(BigInt(all.length - 1), 16)
  trailer.writeBigUInt64BE(BigInt(at), 24)
  return bytes('bplist00', ...all, offsets, trailer)
}

type Encoding = 'utf8' | 'utf16le'

const [INTERIOR_INDEX, LEAF_INDEX, LEAF_TABLE] = [2, 10, 13]

/**
 * A database with one table; a row that does not fit into a page goes on in others. Without row IDs, the last row lies
 * above the others.
 */
export function sqlite(create: string, rows: readonly string[][], encoding: Encoding = 'utf8'): Buffer {
  const pages: Buffer[] = [Buffer.alloc(PAGE), Buffer.alloc(PAGE)]
  rowsIn(pages, 0, LEAF_TABLE, [['table', 't', 't', '\x02', create]], encoding)
  if (create.endsWith('WITHOUT ROWID')) {
    rowsIn(pages, pages.push(Buffer.alloc(PAGE)) - 1, LEAF_INDEX, rows.slice(0, -1), encoding)
    rowsIn(pages, 1, INTERIOR_INDEX, rows.slice(-1), encoding)
  } else rowsIn(pages, 1, LEAF_TABLE, rows, encoding)
  const header = pages[0]!
  header.write('SQLite format 3\0')
  header.writeUInt16BE(PAGE, 16)
  header.writeUInt32BE(encoding === 'utf8' ? 1 : 2, 56)
  return Buffer.concat(pages)
}

/** Of an inner page, the last is the leaf below it. */
function rowsIn(pages: Buffer[], index: number, kind: number, rows: readonly string[][], encoding: Encoding): void {
  const page = pages[index]!
  const start = index === 0 ? 100 : 0
  const [below, pointers] = kind === INTERIOR_INDEX ? [[0, 0, 0, 3], 12] : [[], 8]
  let end = PAGE
  page[start] = kind
  page.writeUInt16BE(rows.length, start + 3)
  page.set(below, start + 8)
  for (const [i, row] of rows.entries()) {
    const cell = bytes(below, cellOf(pages, kind === LEAF_TABLE ? i + 1 : null, record(row, encoding)))
    end -= cell.length
    cell.copy(page, end)
    page.writeUInt16BE(end, start + pointers + i * 2)
  }
  page.writeUInt16BE(end, start + 5)
}

function cellOf(pages: Buffer[], rowid: number | null, payload: Buffer): Buffer {
  const most = rowid === null ? Math.floor(((PAGE - 12) * 64) / 255) - 23 : PAGE - 35
  const head = bytes(varint(payload.length), rowid === null ? [] : varint(rowid))
  if (payload.length <= most) return bytes(head, payload)
  const least = Math.floor(((PAGE - 12) * 32) / 255) - 23
  const rest = least + ((payload.length - least) % (PAGE - 4))
  const local = rest <= most ? rest : least
  const first = Buffer.alloc(4)
  first.writeUInt32BE(pages.length + 1)
  for (let at = local; at < payload.length; at += PAGE - 4) {
    const overflow = Buffer.alloc(PAGE)
    if (at + PAGE - 4 < payload.length) overflow.writeUInt32BE(pages.length + 2)
    payload.copy(overflow, 4, at, at + PAGE - 4)
    pages.push(overflow)
  }
  return bytes(head, payload.subarray(0, local), first)
}

/** Compiled Python whose code has these texts: nothing parts them but the letter of each one's type, and its length. */
export function pyc(texts: readonly string[], headerLength = 16): Buffer {
  const header = Buffer.alloc(headerLength)
  header.write('\xa7\r\r\n', 'latin1')
  const short = (text: string) => bytes('z', [text.length], text)
  const long = (text: string) => bytes('s', [text.length & 255, text.length >> 8, 0, 0], text)
  return bytes(
    header,
    [0xe3],
    Buffer.alloc(20),
    ...texts.map((text, i) => (i % 2 === 0 ? long(text) : short(text))),
    'N',
  )
}

/** A text of one control character is that number. */
function record(row: readonly string[], encoding: Encoding): Buffer {
  const isNumber = (value: string) => /^[\x01-\x1f]$/.test(value)
  const values = row.map((value) => (isNumber(value) ? Buffer.from(value) : Buffer.from(value, encoding)))
  const types = bytes(...row.map((value, i) => (isNumber(value) ? [1] : varint(13 + values[i]!.length * 2))))
  return bytes([types.length + 1], types, ...values)
}

function varint(value: number): number[] {
  const digits = [value & 0x7f]
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

/** `const-string` instructions for the texts, in one method; the texts are stored in the order of their bytes. */
export function dex(texts: readonly string[], constants: Record<string, string> = {}): Buffer {
  const strings = [...new Set([...texts, ...Object.entries(constants).flat()])].sort()
  const index = (text: string) => strings.indexOf(text)
  const fields = Object.entries(constants)
  const [stringIds, fieldIds, classes] = [112, 112 + strings.length * 4, 112 + strings.length * 4 + fields.length * 8]
  let at = classes + 32
  const place = (part: Buffer) => {
    at += part.length
    return at - part.length
  }
  const data = strings.map((text) => bytes(varint(text.length).reverse(), text, [0]))
  const offsets = data.map(place)
  const code = bytes(
    u16(1),
    u16(0),
    u16(0),
    u16(0),
    u32(0),
    u32(texts.length * 2),
    ...texts.map((text) => [0x1a, 0, ...u16(index(text))]),
  )
  const codeAt = place(code)
  const values = bytes([fields.length], ...fields.map(([, value]) => [0x37, ...u16(index(value))]))
  const valuesAt = place(values)
  const classData = bytes([fields.length, 0, 1, 0], ...fields.map((_, i) => [i === 0 ? 0 : 1, 0]), [
    0,
    0,
    (codeAt & 0x7f) | 0x80,
    ((codeAt >> 7) & 0x7f) | 0x80,
    codeAt >> 14,
  ])
  const classDataAt = place(classData)
  const header = Buffer.alloc(112)
  header.write('dex\n035\0')
  for (const [field, value] of [
    [56, strings.length],
    [60, stringIds],
    [80, fields.length],
    [84, fieldIds],
    [96, 1],
    [100, classes],
  ] as const) {
    header.writeUInt32LE(value, field)
  }
  const classDef = bytes(u32(0), u32(1), u32(0), u32(0), u32(0), u32(0), u32(classDataAt), u32(valuesAt))
  return bytes(
    header,
    ...offsets.map(u32),
    ...fields.map(([name]) => [...u16(0), ...u16(0), ...u32(index(name))]),
    classDef,
    ...data,
    code,
    values,
    classData,
  )
}

const chunk = (type: number, header: number[], content: Uint8Array) =>
  bytes(u16(type), u16(8 + header.length), u32(8 + header.length + content.length), header, content)

function stringPool(texts: readonly string[], encoding: Encoding): Buffer {
  const strings = texts.map((text) =>
    encoding === 'utf8'
      ? bytes([text.length], [Buffer.byteLength(text)], text, [0])
      : bytes(u16(text.length), Buffer.from(text, 'utf16le'), u16(0)),
  )
  let at = 0
  const offsets = strings.flatMap(({ length }) => {
    at += length
    return u32(at - length)
  })
  const header = [texts.length, 0, encoding === 'utf8' ? 0x100 : 0, 28 + offsets.length, 0].flatMap(u32)
  return chunk(1, header, bytes(offsets, ...strings))
}

/** Compiled XML: one element with attributes. */
export function androidXml(name: string, attributes: Record<string, string>, encoding: Encoding = 'utf16le'): Buffer {
  const texts = [name, ...Object.entries(attributes).flat()]
  const none = u32(0xffffffff)
  const written = Object.entries(attributes).flatMap((_, i) => [
    ...none,
    ...u32(1 + i * 2),
    ...u32(2 + i * 2),
    8,
    0,
    0,
    3,
    ...u32(2 + i * 2),
  ])
  const element = [...none, ...u32(0), ...u16(20), ...u16(20), ...u16(written.length / 20), 0, 0, 0, 0, 0, 0]
  return chunk(3, [], bytes(stringPool(texts, encoding), chunk(0x102, [...u32(1), ...none], bytes(element, written))))
}

/** Compiled resources: one type with texts. */
export function androidResources(entries: Record<string, string>, encoding: Encoding = 'utf8'): Buffer {
  const [names, values] = [Object.keys(entries), Object.values(entries)]
  const type = stringPool(['string'], 'utf8')
  const keys = stringPool(names, encoding)
  const written = names.flatMap((_, i) => [...u16(8), ...u16(0), ...u32(i), ...u16(8), 0, 3, ...u32(i)])
  const offsets = names.flatMap((_, i) => u32(i * 16))
  const header = [1, 0, 0, 0, ...u32(names.length), ...u32(20 + offsets.length)]
  const types = chunk(0x201, header, bytes(offsets, written))
  const name = Buffer.alloc(256)
  const packageHeader = [...u32(0x7f), ...name, ...u32(288), ...u32(0), ...u32(288 + type.length), ...u32(0), ...u32(0)]
  const content = bytes(type, keys, types)
  return chunk(2, u32(1), bytes(stringPool(values, encoding), chunk(0x200, packageHeader, content)))
}
