import { expect, it } from 'vitest'
import { OidTable } from './oid-table.ts'

it.each([20, 32])('object IDs of %i bytes have one number each, also where they begin or end alike', (length) => {
  const table = new OidTable(length)
  const oids = Array.from({ length: 5000 }, (_, i) => {
    const oid = Buffer.alloc(length, 0xee)
    oid.writeUInt16BE(i, [0, 2, length - 2][i % 3]!)
    oid[5] = i % 3
    return oid
  })
  const behind = (oid: Buffer) => Buffer.concat([Buffer.from('1'), oid])
  expect(oids.map((oid) => table.intern(oid, 0))).toEqual(oids.map((_, i) => i))
  expect(oids.map((oid) => table.intern(behind(oid), 1))).toEqual(oids.map((_, i) => i))
  expect(oids.map((oid) => table.find(oid, 0))).toEqual(oids.map((_, i) => i))
  expect(oids.map((_, i) => table.text(i))).toEqual(oids.map((oid) => oid.toString('hex')))
  expect(table.find(Buffer.alloc(length, 0xdd), 0)).toBe(-1)
  expect(table.count).toBe(oids.length)
})
