import { isConflict } from '../../aws/failure.ts'

/** What AWS's answers to a change are worth: when one is final, and when it is to be seen everywhere. */

export interface Patience {
  now(): Date
  sleep(ms: number): Promise<void>
  /** How long a change may take until it is seen, ms; default: a minute. */
  patienceMs?: number
}

const PATIENCE_MS = 60_000
const LOOK_AGAIN_MS = [0, 500, 1000, 2000, 3000]

/**
 * Looks until it was true twice running, for two of AWS's servers may know different things.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export async function seenTwice(
  look: () => Promise<boolean>,
  { now, sleep, patienceMs = PATIENCE_MS }: Patience,
): Promise<boolean> {
  const end = now().getTime() + patienceMs
  let seen = 0
  for (let times = 0; ; times++) {
    await sleep(LOOK_AGAIN_MS[Math.min(times, LOOK_AGAIN_MS.length - 1)]!)
    seen = (await look()) ? seen + 1 : 0
    if (seen === 2) return true
    if (now().getTime() > end) return false
  }
}

/** Kinds of failures after which nothing has been changed, unless it was AWS that failed. */
const FINAL = new Set(['denied', 'missing', 'refused', 'unsupported'])

/** Whether AWS has said no, so that nothing was changed. @param kind of `failureOf` */
export function isRefusal(error: unknown, kind: string): boolean {
  return FINAL.has(kind) && statusOf(error) < 500 && !(error instanceof Error && isConflict(error.name))
}

function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0
}
