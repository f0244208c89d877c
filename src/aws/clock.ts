/** AWS's time. This machine's clock may be wrong by minutes, and what is cut by time would be cut wrong. */
import type { AwsService, AwsSession } from './session.ts'

/** How far the clock may be off before it is anybody's business: what a header's whole seconds and the way take. */
const GRAIN_MS = 2_000
/** A date that is further off from the time that was signed is no answer of AWS's, which would have refused it. */
const MOST_MS = 15 * 60_000

/** Watches the answers of a service, and tells the time that they say. */
export async function awsClock(session: AwsSession, service: AwsService): Promise<() => Date> {
  let offset = 0
  const client = await session.client(service as 'iam')
  type Next = (args: object) => Promise<{ response: unknown }>
  // where the clock is off by more than AWS takes, the SDK corrects what it signs after the first refusal
  const config = client.config as { systemClockOffset?: number }
  const watch = (next: Next) => async (args: object) => {
    const signed = config.systemClockOffset ?? 0
    const answer = await next(args)
    const date = Date.parse((answer.response as { headers?: Record<string, string> } | null)?.headers?.date ?? '')
    const off = date - Date.now()
    if (!Number.isNaN(off) && Math.abs(off - signed) < MOST_MS) offset = Math.abs(off) > GRAIN_MS ? off : 0
    return answer
  }
  client.middlewareStack.add(watch as never, { name: 'keyreeveClock', step: 'deserialize', priority: 'low' })
  return () => new Date(Date.now() + offset)
}
