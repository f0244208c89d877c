/** What the makers of worlds return. */
import type { KeyHolder, World } from '../state.ts'
import type { KeyConsumer } from './consumers.ts'

/** A world that someone may be let into. */
export interface SeededWorld extends World {
  administrator: KeyHolder
  /** Who uses which key. */
  consumers: readonly KeyConsumer[]
}

export interface SeedOptions {
  now: Date
  /** The same seed and the same `now` make the same world, to the last identifier. */
  seed?: number
}

export const DEFAULT_SEED = 1

/** From now on time passes. A `now` that is really now leaves the machine's clock as it is. */
export function letClockRun<W extends World>(world: W, { now }: { now: Date }): W {
  const offset = now.getTime() - Date.now()
  world.clock = { frozenAt: null, offsetMs: Math.abs(offset) < 60_000 ? 0 : offset }
  return world
}
