/** What is computed from the state, kept until the state changes: sorted lists, counts, reverse indexes. */
import type { World } from './state.ts'

const kept = new WeakMap<object, Map<string, { revision: number; value: unknown }>>()

export function derived<Value>(world: World, of: object, name: string, make: () => Value): Value {
  let values = kept.get(of)
  if (!values) {
    values = new Map()
    kept.set(of, values)
  }
  const known = values.get(name)
  if (known?.revision === world.revision) return known.value as Value
  const value = make()
  values.set(name, { revision: world.revision, value })
  return value
}

/** A map's values in the order of its keys. */
export function sortedEntries<Value>(world: World, map: Map<string, Value>): [string, Value][] {
  return derived(world, map, 'sorted', () => [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
