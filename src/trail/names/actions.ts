/**
 * The IAM action behind an event. Usually `eventName` is the action's name; versions are put after it
 * (`GetFunction20150331v2`), and some services call their operations otherwise than the actions that allow them.
 */
import { actionNamed } from '../../policy/actions/actions.ts'
import { EVENT_ACTIONS, OF_A_VERSION } from './event-actions.ts'
import { servicePrefix } from './services.ts'

/** Lambda, CloudFront and others put the version of their API behind the name. */
const VERSION = /_?20\d\d_?\d\d_?\d\d(?:v\d+)?$|V\d+$/

/**
 * @returns the action in IAM's spelling; null where IAM has no such action (`ConsoleLogin`) or it is not known
 */
export function actionOf(eventSource: string | null, eventName: string | null): string | null {
  const service = servicePrefix(eventSource)
  if (service === null || eventName === null || eventName === '') return null
  const event = `${service}:${eventName}`
  if (Object.hasOwn(EVENT_ACTIONS, event)) return EVENT_ACTIONS[event]!
  const exact = actionNamed(event)?.name
  if (exact !== undefined) return exact
  const plain = event.replace(VERSION, '')
  if (plain === event) return null
  return EVENT_ACTIONS[plain] ?? actionNamed(plain)?.name ?? null
}

/** What is asked for instead where the request names a version (`versionId`); null: nothing else. */
export function versionActionOf(action: string | null): string | null {
  return action === null ? null : (OF_A_VERSION[action] ?? null)
}
