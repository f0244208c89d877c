/** The world's time and its seeded chance. */
import type { World } from './world.ts'

/** The world's time. */
export function nowOf(world: Pick<World, 'clock'>): Date {
  return new Date((world.clock.frozenAt ?? Date.now()) + world.clock.offsetMs)
}

/** Seconds are what IAM keeps. */
export function secondOf(world: Pick<World, 'clock'>): Date {
  return new Date(Math.floor(nowOf(world).getTime() / 1000) * 1000)
}

/** Says that the world has changed. */
export function touch(world: World): void {
  world.revision++
}

/** State of a small seeded generator (sfc32): the same seed makes the same world. Not for cryptography. */
export type Random = [number, number, number, number]

export function newRandom(seed: number): Random {
  const random: Random = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0]
  for (let i = 0; i < 12; i++) nextUint32(random)
  return random
}

export function nextUint32(random: Random): number {
  const [a, b, c, d] = random
  const t = (a + b + d) | 0
  random[3] = (d + 1) | 0
  random[0] = b ^ (b >>> 9)
  random[1] = (c + (c << 3)) | 0
  random[2] = (((c << 21) | (c >>> 11)) + t) | 0
  return t >>> 0
}

/** From 0 (inclusive) to 1. */
export function nextFraction(random: Random): number {
  return nextUint32(random) / 2 ** 32
}

/** An integer from 0 to `below` - 1. */
export function nextInteger(random: Random, below: number): number {
  return Math.floor(nextFraction(random) * below)
}

export function randomString(random: Random, alphabet: string, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[nextInteger(random, alphabet.length)]
  return text
}

export function randomUuid(random: Random): string {
  const hex = randomString(random, '0123456789abcdef', 30)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`
}
