/** The phrases that the sentences of several detections share. */
import { formatNumber } from '../../model/numbers.ts'
import type { Hit } from './detection.ts'

/** `user/alice`, `role/ci (session build-7)`, `root`; as much as is known. */
export function whoIs({ principal, identityType, sessionName, accessKeyId }: Hit): string {
  if (principal === null) return accessKeyId ?? (identityType === 'Root' ? 'root' : 'somebody')
  const name = principal.slice(principal.lastIndexOf(':') + 1)
  return sessionName ? `${name} (session ${sessionName})` : name
}

/** ` from 203.0.113.10`, with how many more addresses there were. */
export function from({ sourceIp, addresses }: Hit): string {
  if (sourceIp === null) return ''
  return ` from ${sourceIp}${addresses > 1 ? ` and ${formatNumber(addresses - 1)} more` : ''}`
}

/** ` 12 times`, or nothing for once. */
export function times({ count }: Hit): string {
  return count === 1 ? '' : ` ${formatNumber(count)} times`
}

/** `service:Action`, in CloudTrail's words. */
export function calls({ eventSource, eventName }: Hit): string {
  return `${(eventSource ?? '').replace('.amazonaws.com', '')}:${eventName ?? ''}`
}

/** `user/alice called iam:CreateUser for bob 2 times from 203.0.113.10`: fits wherever nothing more is to be said. */
export function didCall(hit: Hit, preposition = 'for'): string {
  const about = hit.subject === null ? '' : ` ${preposition} ${hit.subject}`
  const refused = hit.errorCode === null ? '' : `, which was refused (${hit.errorCode})`
  return `${whoIs(hit)} called ${calls(hit)}${about}${times(hit)}${from(hit)}${refused}`
}

/** A day, of an ISO time. */
export function dayOf(time: string): string {
  return time.slice(0, 10)
}
