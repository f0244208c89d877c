/** Whether a change took effect: what an answer says, and looking until it is seen. */

export interface Patience {
  now(): Date
  sleep(ms: number): Promise<void>
  /** How long a change may take until it is seen, ms. */
  patienceMs?: number
}

const PATIENCE_MS = 60_000
const LOOK_AGAIN_MS = [0, 500, 1000, 2000, 3000]

/** Looks until it is seen twice running, for two of AWS's servers may know different things. */
export async function seenTwice(
  look: () => Promise<boolean>,
  { now, sleep, patienceMs = PATIENCE_MS }: Patience,
): Promise<boolean> {
  const end = now().getTime() + patienceMs
  let seen = 0
  for (let tries = 0; ; tries++) {
    await sleep(LOOK_AGAIN_MS[Math.min(tries, LOOK_AGAIN_MS.length - 1)]!)
    seen = (await look()) ? seen + 1 : 0
    if (seen === 2) return true
    if (now().getTime() > end) return false
  }
}

/** Kinds of failures after which nothing has been changed, unless it was AWS that failed. */
const FINAL = new Set(['denied', 'missing', 'refused', 'unsupported'])

/**
 * Whether AWS has said no, and nothing was changed; after anything else it is not known whether a call took effect.
 * @param kind the failure's: see `failureOf`
 */
export function isFinal(kind: string, error: unknown): boolean {
  return FINAL.has(kind) && statusOf(error) < 500
}

function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0
}
