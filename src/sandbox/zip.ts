/** Writes small zip files, uncompressed: deployment packages of made-up functions. */
import { crc32 } from 'node:zlib'

/** @param files contents by path */
export function zipOf(files: Record<string, string | Uint8Array>): Uint8Array {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const path = Buffer.from(name)
    const data = Buffer.from(content as Uint8Array)
    const local = header(0x04034b50, path, data)
    parts.push(local, path, data)
    directory.push(directoryEntry(local, offset), path)
    offset += local.length + path.length + data.length
  }
  const listing = Buffer.concat(directory)
  return Buffer.concat([...parts, listing, endOf(Object.keys(files).length, listing.length, offset)])
}

/** 1 January 2020, in the format of MS-DOS. */
const DATE = ((2020 - 1980) << 9) | (1 << 5) | 1

function header(signature: number, path: Buffer, data: Buffer): Buffer {
  const local = Buffer.alloc(30)
  local.writeUInt32LE(signature, 0)
  local.writeUInt16LE(20, 4) // version needed
  local.writeUInt16LE(0x0800, 6) // the name is UTF-8
  local.writeUInt16LE(DATE, 12)
  local.writeUInt32LE(crc32(data), 14)
  local.writeUInt32LE(data.length, 18)
  local.writeUInt32LE(data.length, 22)
  local.writeUInt16LE(path.length, 26)
  return local
}

/** The same again for the directory, and where the file begins. */
function directoryEntry(local: Buffer, offset: number): Buffer {
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(20, 4) // made by
  local.copy(entry, 6, 4, 30)
  entry.writeUInt32LE(0o100644 * 2 ** 16, 38) // a file that its owner may write
  entry.writeUInt32LE(offset, 42)
  return entry
}

function endOf(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return end
}
