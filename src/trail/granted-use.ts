/** What a principal is allowed beside what it was seen to do. */
import type { GrantedUse, UsedAction } from '../model/trail.ts'
import { actionNamed } from '../policy/actions/actions.ts'
import { eventOf } from '../policy/actions/events.ts'
import { servicePrefix } from './names/services.ts'

/**
 * @param granted actions that it may do, in IAM's spelling, at least on something or under conditions
 * @param used what was seen of it
 */
export function grantedUse(principal: string, granted: readonly string[], used: readonly UsedAction[]): GrantedUse {
  const seen = new Set(used.filter(({ calls, errors }) => calls > errors).map(({ action }) => action))
  const may = new Set(granted)
  // of an event whose action is not known, the name begins with its source
  const unnamed = new Set(
    [...seen].filter((name) => !actionNamed(name)).map((name) => servicePrefix(name.split(':')[0]!)),
  )
  const result: GrantedUse = { principal, used: [], unused: [], unknown: [], usedNotGranted: [] }
  for (const action of granted) {
    const why = eventOf(action)
    if (seen.has(action)) result.used.push(action)
    else if (why !== 'management-event') result.unknown.push({ action, why })
    else if (unnamed.has(action.split(':')[0]!)) result.unknown.push({ action, why: 'unnamed-call' })
    else result.unused.push(action)
  }
  result.usedNotGranted = [...seen].filter((action) => !may.has(action) && actionNamed(action) !== null).sort()
  return result
}
