/** How long Dalvik instructions are (source.android.com/docs/core/runtime/dalvik-bytecode). */

/** Ranges of opcodes and their length in units of two bytes; all others have one. */
const LENGTHS: [from: number, to: number, units: number][] = [
  [0x02, 0x02, 2],
  [0x03, 0x03, 3],
  [0x05, 0x05, 2],
  [0x06, 0x06, 3],
  [0x08, 0x08, 2],
  [0x09, 0x09, 3],
  [0x13, 0x13, 2],
  [0x14, 0x14, 3],
  [0x15, 0x16, 2],
  [0x17, 0x17, 3],
  [0x18, 0x18, 5],
  [0x19, 0x1a, 2],
  [0x1b, 0x1b, 3],
  [0x1c, 0x1c, 2],
  [0x1f, 0x20, 2],
  [0x22, 0x23, 2],
  [0x24, 0x26, 3],
  [0x29, 0x29, 2],
  [0x2a, 0x2c, 3],
  [0x2d, 0x3d, 2],
  [0x44, 0x6d, 2],
  [0x6e, 0x72, 3],
  [0x74, 0x78, 3],
  [0x90, 0xaf, 2],
  [0xd0, 0xe2, 2],
  [0xfa, 0xfb, 4],
  [0xfc, 0xfd, 3],
  [0xfe, 0xff, 2],
]

const UNITS = new Uint8Array(256).fill(1)
for (const [from, to, units] of LENGTHS) UNITS.fill(units, from, to + 1)

const PACKED_SWITCH = 0x0100
const SPARSE_SWITCH = 0x0200
const FILL_ARRAY = 0x0300

/** Of the instruction at `at`, or of the table that stands there among the instructions. */
export function instructionUnits(bytes: Uint8Array, at: number): number {
  const word = (offset: number) => (bytes[at + offset] ?? 0) | ((bytes[at + offset + 1] ?? 0) << 8)
  const first = word(0)
  if (first === PACKED_SWITCH) return word(2) * 2 + 4
  if (first === SPARSE_SWITCH) return word(2) * 4 + 2
  if (first === FILL_ARRAY) return Math.ceil((word(2) * (word(4) + word(6) * 65_536)) / 2) + 4
  return UNITS[first & 0xff]!
}
