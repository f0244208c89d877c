/** Calls to the AWS services that keys are delivered to. */
import type { Failure } from '../../aws/failure.ts'
import { isRefusal } from '../apply/seen.ts'
import { DeliveryError } from './destination.ts'

/** One call; throws what AWS answers. */
export type AwsCall = (
  service: 'secretsmanager' | 'ssm',
  operation: string,
  input: Record<string, unknown>,
  region: string | undefined,
) => Promise<Record<string, unknown>>

export interface AwsAccess {
  call: AwsCall
  failureOf(error: unknown): Failure
  sleep(ms: number): Promise<void>
}

/** Makes the call, and says in one line what was refused. */
export async function ask(
  { call, failureOf }: AwsAccess,
  name: string,
  [service, operation, input, region]: Parameters<AwsCall>,
): Promise<Record<string, unknown>> {
  try {
    return await call(service, operation, input, region)
  } catch (error) {
    const { kind, detail } = failureOf(error)
    if (kind === 'missing' && operation.startsWith('Get'))
      throw new DeliveryError(`${name} is not there (${detail})`, {
        cause: error,
        isUnchanged: true,
        hint: 'make it first, in this account and region',
      })
    throw new DeliveryError(`${name}: ${service}:${operation} failed (${detail})`, {
      cause: error,
      isUnchanged: isRefusal(error, kind),
    })
  }
}

const LOOK_AGAIN_MS = [0, 500, 1000, 2000, 4000, 8000]

/**
 * Looks until it is so: these services take a moment until a change is to be read everywhere. What is not found yet
 * is looked for again.
 */
export async function becomesSo({ sleep }: AwsAccess, look: () => Promise<boolean>): Promise<boolean> {
  let last: unknown = null
  for (const ms of LOOK_AGAIN_MS) {
    await sleep(ms)
    try {
      if (await look()) return true
      last = null
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      last = error
    }
  }
  if (last !== null) throw last
  return false
}
