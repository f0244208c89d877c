/** An engine of which one event after the other can be looked at as if it were alone. */
import { type Engine, literal, overEvents } from '../../src/trail/engines/engine.ts'

/** The engine, over only those events whose IDs these are. */
export function only(engine: Engine, ids: readonly string[]): Engine {
  return overEvents(engine, `(SELECT * FROM {{events}} WHERE event_id IN (${ids.map(literal).join(', ')}))`)
}
