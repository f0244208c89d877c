/**
 * What temporary credentials of a user may not call, whatever policies say.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 */
import { type Call, callerArn, type Service } from '../call.ts'

export function limitOf({ caller, action }: Call, service: Service): string | null {
  if (!caller.session || service.name !== 'sts' || action === 'GetCallerIdentity') return null
  const { kind } = caller.principal
  if (kind === 'assumed-role' || (kind === 'user' && action === 'AssumeRole')) return null
  return `Cannot call ${action} with session credentials of ${callerArn(caller)}`
}
