/** What the checks of EC2 instances share. */
import type { Subject } from '../model/finding.ts'
import type { Instance } from '../model/snapshot.ts'

export function instanceSubject({ instanceId, arn, tags }: Instance): Subject {
  return { kind: 'instance', id: instanceId, arn, name: tags.Name ?? null }
}

/** EC2 still lists an instance for about an hour after it was terminated. */
export function isGone({ state }: Instance): boolean {
  return state === 'terminated' || state === 'shutting-down'
}
