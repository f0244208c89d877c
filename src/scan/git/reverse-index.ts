/**
 * The rows of a pack's index in the order of the pack, as git writes them down beside it, by itself since version 2.41:
 * to read them takes a fraction of the time that sorting does. Source: gitformat-pack(5), "pack-*.rev files".
 */
import { PagedFile } from './paged-file.ts'

const HEADER = 12
const SIGNATURE = 0x52494458 // RIDX

/** Null where there are none to be read. They may be wrong, and numbers of no row. */
export function rowsWritten(path: string, count: number, oidBytes: number): Int32Array | null {
  let file: PagedFile | undefined
  try {
    file = new PagedFile(path, 0)
    if (file.size !== HEADER + 4 * count + 2 * oidBytes) return null
    const head = file.load(0, HEADER)
    if (head.readUInt32BE(file.start) !== SIGNATURE || head.readUInt32BE(file.start + 4) !== 1) return null
    return readRows(file, count)
  } catch {
    return null // whoever gets none sorts
  } finally {
    file?.close()
  }
}

function readRows(file: PagedFile, count: number): Int32Array {
  const rows = new Int32Array(count)
  for (let row = 0; row < count; ) {
    const { bytes, length } = file.piece(HEADER + 4 * row, 4 * (count - row))
    const whole = length / 4 // none lies across two pages
    readNumbers(bytes, file.start, rows.subarray(row, row + whole))
    row += whole
  }
  return rows
}

function readNumbers(bytes: Uint8Array, start: number, numbers: Int32Array): void {
  for (let i = 0, at = start; i < numbers.length; i++, at += 4)
    numbers[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
