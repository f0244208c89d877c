/** Which region. */
import { KeyreeveError } from '../model/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A fallback for the global services, which answer there. */
const DEFAULT_REGION = 'us-east-1'

/** The region by flag, environment and profile, in this order. */
export function resolveRegion(
  flag: string | undefined,
  env: Environment,
  profile: Readonly<Record<string, string | undefined>>,
): string {
  const region = flag ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || profile.region || DEFAULT_REGION)
  return checkedRegion(region)
}

/** The region, when it is one by its form: it becomes part of a host name. */
export function checkedRegion(region: string): string {
  if (/^[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}$/.test(region)) return region
  const shown = /^[\w.-]{1,40}$/.test(region) ? `\`${region}\`` : 'the region'
  throw new KeyreeveError('usage', `${shown} is no AWS region`, { hint: 'a region looks like eu-west-1' })
}
