/** Numbers in hostile bytes: reading past the end is damage, not an exception of its own kind. */
import { damaged } from './unreadable.ts'

function inside(bytes: Uint8Array, at: number, length: number): void {
  if (!(at >= 0 && at + length <= bytes.length)) throw damaged('a field lies outside it')
}

export function u16le(bytes: Uint8Array, at: number): number {
  inside(bytes, at, 2)
  return bytes[at]! | (bytes[at + 1]! << 8)
}

export function u32le(bytes: Uint8Array, at: number): number {
  inside(bytes, at, 4)
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

/** Loses precision above 2^53, where no size or offset can be true anyway. */
export function u64le(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at) + u32le(bytes, at + 4) * 2 ** 32
}

export function u16be(bytes: Uint8Array, at: number): number {
  inside(bytes, at, 2)
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function u32be(bytes: Uint8Array, at: number): number {
  inside(bytes, at, 4)
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** A whole number of `size` bytes, most significant first. */
export function uintBe(bytes: Uint8Array, at: number, size: number): number {
  inside(bytes, at, size)
  let value = 0
  for (let i = 0; i < size; i++) value = value * 256 + bytes[at + i]!
  return value
}
