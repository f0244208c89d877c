/**
 * What has texts next to each other with nothing between, as it knows them by their lengths: programs that Go and Rust
 * made, and tables of databases.
 */
import { accountOf } from './key-id.ts'

/**
 * ELF; Mach-O of 32 and 64 bits, and of several processors; WebAssembly; what React Native (Hermes), Unity (IL2CPP) and
 * Flutter (Dart's kernel) keep of programs; Windows' programs, which say where their header is.
 * @param bytes the beginning of a file, or all of it
 */
export function isProgram(bytes: Uint8Array): boolean {
  if (bytes.length < 64) return false
  // most files are none by their first byte
  switch (bytes[0]) {
    case 0x7f:
      return wordAt(bytes, 0) === 0x7f454c46
    case 0xce:
    case 0xcf:
      return wordAt(bytes, 0) === 0xcefaedfe || wordAt(bytes, 0) === 0xcffaedfe
    case 0xca:
      return wordAt(bytes, 0) === 0xcafebabe
    case 0:
      return wordAt(bytes, 0) === 0x0061736d
    case 0xc6:
      return wordAt(bytes, 0) === 0xc61fbc03
    case 0xaf:
      return wordAt(bytes, 0) === 0xaf1bb1fa
    case 0x90:
      return wordAt(bytes, 0) === 0x90abcdef
    case 0x4d: {
      const at = bytes[60]! | (bytes[61]! << 8) | (bytes[62]! << 16)
      return bytes[1] === 0x5a && at + 4 <= bytes.length && wordAt(bytes, at) === 0x50450000
    }
  }
  return false
}

/**
 * The first page of a table of PostgreSQL, by the order of the places in its header and its size and version, or of InnoDB
 * (MySQL), by its number, its kind and the table's number, which it has twice.
 * Source: PostgreSQL's documentation, "Database Page Layout"; MySQL's source documentation, "InnoDB Page Structure".
 */
export function isTable(bytes: Uint8Array): boolean {
  if (bytes.length < 64) return false
  if (bytes[18] === 0x04 && bytes[19] === 0x20) {
    const [lower, upper, special] = [12, 14, 16].map((at) => bytes[at]! | (bytes[at + 1]! << 8))
    return 24 <= lower! && lower! <= upper! && upper! <= special! && special! <= 8192
  }
  return bytes[24] === 0 && bytes[25] === 8 && wordAt(bytes, 4) === 0 && wordAt(bytes, 34) === wordAt(bytes, 38)
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/**
 * Whether an ID that is glued to other texts is none of chance: it tells a possible account, and is no part of longer
 * base32 or of a name in capitals.
 * @param about `hasSecret` directly behind it, `isNext` directly behind another: what stands there is none of those
 */
export function isApart(
  text: string,
  index: number,
  { hasSecret, isNext }: { hasSecret: boolean; isNext: boolean },
): boolean {
  if (accountOf(text.slice(index, index + 20)) === null) return false
  const before = BEFORE.exec(text.slice(Math.max(0, index - BESIDE), index))![0]
  const after = AFTER.exec(text.slice(index + 20, index + 20 + BESIDE))![0]
  return (isNext || isOther(before)) && (hasSecret || isOther(after))
}

const BESIDE = 24
/** What is of base32 beside it, and what tells that it is not: a small letter, or another digit. */
const BEFORE = /(?:[a-z0189])?[A-Z2-7_]*$/
const AFTER = /^[A-Z2-7_]*(?:[a-z0189])?/

const isOther = (beside: string) => beside.length < 4 || /[a-z0189]/.test(beside) || /^A[KS]IA/.test(beside)
