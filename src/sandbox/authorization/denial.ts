/**
 * A refusal in AWS's words.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
import type { Decision, Request, Source } from '../../policy/index.ts'
import { type Call, callerArn } from '../call.ts'

const KIND: Record<Source, string> = {
  'identity-policy': 'identity-based policy',
  'permissions-boundary': 'permissions boundary',
  'session-policy': 'session policy',
  scp: 'service control policy',
  rcp: 'resource control policy',
  'resource-policy': 'resource-based policy',
  'trust-policy': 'resource-based policy',
  'endpoint-policy': 'VPC endpoint policy',
  default: 'identity-based policy',
}

export function denialOf(call: Call, { action, resource }: Request, decision: Decision): string {
  const who = `User: ${callerArn(call.caller)} is not authorized to perform: ${action}`
  const what = resource === '*' ? '' : ` on resource: ${resource}`
  return who + what + reasonOf(action, resource, decision)
}

function reasonOf(action: string, resource: string, { explicit, blockedBy }: Decision): string {
  // the trust policy of another's role is not talked about
  if (/^sts:/.test(action) && resource.includes(':role/') && (blockedBy === 'trust-policy' || blockedBy === 'default'))
    return ''
  const kind = KIND[blockedBy ?? 'default']
  const article = /^[aeiou]/.test(kind) ? 'an' : 'a'
  return explicit ? ` with an explicit deny in ${article} ${kind}` : ` because no ${kind} allows the ${action} action`
}
