/** An engine of which one event after the other can be looked at as if it were alone. */
import { type Engine, literal } from '../../src/trail/engines/engine.ts'

/** The engine, over only those events whose IDs these are. */
export function only(engine: Engine, ids: readonly string[]): Engine {
  const events = `(SELECT * FROM {{events}} WHERE event_id IN (${ids.map(literal).join(', ')}))`
  return {
    ...engine,
    query: (sql, params, signal) => engine.query(sql.replaceAll('{{events}}', events), params, signal),
  }
}
