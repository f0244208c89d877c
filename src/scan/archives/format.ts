/**
 * What kind of archive bytes are, by their first bytes; names decide only where bytes cannot.
 */
import { gitFormatOf } from './git-pack.ts'
import { isPgDump } from './pg-dump.ts'
import { codeOfPyc } from './pyc.ts'
import { isTarHeader } from './tar-header.ts'

export type Format =
  | 'zip'
  | 'tar'
  | 'ar'
  | 'cpio'
  | 'rpm'
  | '7z'
  | 'gzip'
  | 'bzip2'
  | 'xz'
  | 'lzma'
  | 'zstd'
  | 'plist'
  | 'sqlite'
  | 'dex'
  | 'pyc'
  | 'pg-dump'
  | 'git-pack'
  | 'git-bundle'
  | 'git-object'
  | 'android-xml'
  | 'android-resources'
  | 'behind-program'
  | 'unsupported'

/** So many first bytes decide; a tar header is the longest. */
export const HEAD_BYTES = 512

/** Known, but not opened: said to the user, because nothing inside has been looked at. */
const UNSUPPORTED: [name: string, magic: string][] = [
  ['RAR archive', 'Rar!\x1a\x07'],
  ['cabinet file', 'MSCF\0\0\0\0'],
  ['lz4 frame', '\x04\x22\x4d\x18'],
  ['lzip file', 'LZIP\x01'],
  ['SquashFS image', 'hsqs'],
  ['compress (.Z) file', '\x1f\x9d\x90'],
  ['compressed assembly of Xamarin', 'XALZ'],
  ['xar archive', 'xar!\0'],
  ['Windows image', 'MSWIM\0\0\0'],
  ["file that Mozilla's lz4 has compressed", 'mozLz40\0'],
]

const MAGIC: [format: Format, magic: string][] = [
  ['zip', 'PK\x03\x04'],
  ['zip', 'PK\x05\x06'],
  ['zip', 'PK\x07\x08PK\x03\x04'],
  ['gzip', '\x1f\x8b\x08'],
  ['xz', '\xfd7zXZ\0'],
  ['zstd', '\x28\xb5\x2f\xfd'],
  ['7z', '7z\xbc\xaf\x27\x1c'],
  ['ar', '!<arch>\n'],
  ['rpm', '\xed\xab\xee\xdb'],
  ['cpio', '\xc7\x71'],
  ['cpio', '\x71\xc7'],
  ['plist', 'bplist0'],
  ['sqlite', 'SQLite format 3\0'],
  ['android-xml', '\x03\0\x08\0'],
  ['android-resources', '\x02\0\x0c\0'],
]

function starts(head: Uint8Array, magic: string): boolean {
  if (head.length < magic.length) return false
  for (let i = 0; i < magic.length; i++) if (head[i] !== magic.charCodeAt(i)) return false
  return true
}

const text = (head: Uint8Array, length: number) => String.fromCharCode(...head.subarray(0, length))

/** The first two bytes of all formats but tar and lzma: most files have others, and are asked no further. */
const FIRST_TWO = new Set(
  [...[...MAGIC, ...UNSUPPORTED].map(([, magic]) => magic), 'BZ', 'de', '07', 'PG'].map((magic) =>
    pair(magic.charCodeAt(0), magic.charCodeAt(1)),
  ),
)
for (let byte = 0x50; byte < 0x60; byte++) FIRST_TWO.add(pair(byte, 0x2a)) // skippable frames of zstd

function pair(first: number, second: number): number {
  return first * 256 + second
}

/** null: nothing that is opened; it is looked at as it is. */
export function formatOf(head: Uint8Array, name: string): Format | null {
  if (head.length > 1 && FIRST_TWO.has(pair(head[0]!, head[1]!))) {
    const format = formatByMagic(head)
    if (format !== null) return format
  }
  if (isTarHeader(head)) return 'tar'
  if (isRunnableZip(head)) return 'zip'
  if (standsBefore(head, name)) return 'behind-program'
  const ofGit = gitFormatOf(head, name)
  if (ofGit !== null) return ofGit
  if (codeOfPyc(head) !== null) return 'pyc'
  return /\.(?:lzma|tlz)$/i.test(name) && isLzma(head) ? 'lzma' : null
}

/** Whether nothing is opened that begins so, whatever its name. */
export function isNoArchive(head: Uint8Array): boolean {
  return head[0] !== 0x78 && formatOf(head, '') === null && !isLzma(head) && !isBeforeArchives(head)
}

function formatByMagic(head: Uint8Array): Format | null {
  for (const [format, magic] of MAGIC) {
    if (starts(head, magic)) return format === 'cpio' && !isBinaryCpio(head) ? null : format
  }
  const first = text(head, 110)
  if (/^BZh[1-9](?:1AY&SY|\x17rE8P\x90)/.test(first)) return 'bzip2'
  if (/^[\x50-\x5f]\x2a\x4d\x18/.test(first)) return 'zstd'
  if (/^dex\n0\d\d\0/.test(first)) return 'dex'
  if (isPgDump(head)) return 'pg-dump'
  if (/^07070[12][0-9A-Fa-f]{104}/.test(first) || /^070707[0-7]{70}/.test(first)) return 'cpio'
  return unsupportedName(head) === null ? null : 'unsupported'
}

/** A zip behind the line that names its interpreter, as Python's applications have it. */
const isRunnableZip = (head: Uint8Array) =>
  head[0] === 0x23 && head[1] === 0x21 && /^#![^\n]{0,200}\nPK\x03\x04/.test(text(head, Math.min(head.length, 256)))

/** Names of what is both a program or script and, at its end, a zip. */
const PACKED_NAME = /\.(?:jar|war|ear|zip|pyz|pex|par|xpi|exe|run|bin)$/i

/** Whether it begins as the programs and scripts that an archive may follow. */
const isBeforeArchives = (head: Uint8Array) => ['#!', 'MZ', '\x7fELF'].some((magic) => starts(head, magic))

/** A program or script that an archive may follow; extensions of Chrome, which begin with a signature. */
function standsBefore(head: Uint8Array, name: string): boolean {
  if (starts(head, 'Cr24')) return true
  if (!isBeforeArchives(head)) return false
  return PACKED_NAME.test(name) || /^#![^\n]{0,200}\n# This script was generated using Makeself/.test(text(head, 300))
}

/** Properties, then a size below 4 GiB or none. */
const isLzma = (head: Uint8Array) =>
  (head[12] === 0 || head[12] === 0xff) && /^[\0-\xe0].{4}(?:.{4}\0{4}|\xff{8})/s.test(text(head, 13))

export function unsupportedName(head: Uint8Array): string | null {
  return UNSUPPORTED.find(([, magic]) => starts(head, magic))?.[0] ?? null
}

/** Two bytes of magic prove little: the name has a length, and ends with a zero. */
function isBinaryCpio(head: Uint8Array): boolean {
  const little = head[0] === 0xc7
  const at = (offset: number) =>
    little ? head[offset]! | (head[offset + 1]! << 8) : (head[offset]! << 8) | head[offset + 1]!
  const nameSize = head.length > 26 ? at(20) : 0
  return nameSize > 1 && nameSize < 4096 && (26 + nameSize > head.length || head[26 + nameSize - 1] === 0)
}
