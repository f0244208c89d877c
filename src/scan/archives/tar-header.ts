/** The 512-byte header of a tar member: POSIX.1-1988 ustar, and what GNU tar and older ones write in its place. */
export interface TarHeader {
  name: string
  /** Bytes that follow, without padding. */
  size: number
  type: string
  isGnuSparse: boolean
}

export const TAR_BLOCK = 512

const LATIN = new TextDecoder('latin1')
const UTF8 = new TextDecoder()

function textAt(block: Uint8Array, at: number, length: number): string {
  let end = at
  while (end < at + length && block[end] !== 0) end++
  return UTF8.decode(block.subarray(at, end))
}

/** Octal digits, or base 256 where the first bit is set. NaN where it is neither, or below zero. */
function numberAt(block: Uint8Array, at: number, length: number): number {
  if (block[at]! & 0x80) {
    if (block[at] === 0xff) return Number.NaN
    let value = block[at]! & 0x7f
    for (let i = 1; i < length; i++) value = value * 256 + block[at + i]!
    return value
  }
  const digits = LATIN.decode(block.subarray(at, at + length))
    .replace(/[\0 ]+$/, '')
    .trimStart()
  if (digits === '') return 0
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN
}

/** The sum that stands in a header is that of its bytes, with blanks in its own place; old tars summed signed bytes. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < TAR_BLOCK || block[0] === 0) return false
  // most files are none, and have no octal digit or blank there
  if (!(block[150]! === 0x20 || (block[150]! >= 0x30 && block[150]! <= 0x37))) return false
  for (let i = 148; i < 156; i++) if (block[i]! > 0x37) return false
  const stated = numberAt(block, 148, 8)
  if (!(stated > 0)) return false
  let unsigned = 0
  let signed = 0
  for (let i = 0; i < TAR_BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 32 : block[i]!
    unsigned += byte
    signed += byte > 127 ? byte - 256 : byte
  }
  return stated === unsigned || stated === signed
}

export function parseTarHeader(block: Uint8Array): TarHeader {
  const name = textAt(block, 0, 100)
  const magic = LATIN.decode(block.subarray(257, 263))
  const prefix = magic === 'ustar\0' ? textAt(block, 345, 155) : ''
  const type = String.fromCharCode(block[156]!)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: numberAt(block, 124, 12),
    type,
    isGnuSparse: type === 'S' && magic === 'ustar ',
  }
}

/** Whether more blocks of a GNU sparse map follow the header, or such a block. */
export const hasMoreSparseMap = (block: Uint8Array, first: boolean) => block[first ? 482 : 504] === 1
