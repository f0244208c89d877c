/**
 * Keys that nobody uses are stopped first and deleted later. Keys in use are handed over to `keyreeve rotate`: it waits
 * until each consumer has been seen on the new key, which no step of a plan can know.
 */

import type { Dossier } from '../../model/dossier.ts'
import { counted } from '../../model/numbers.ts'
import type { Step } from '../../model/plan.ts'
import { ABSENT, factOf } from '../facts.ts'
import { daysBefore, type Kind, type Lookup, type Proposal, stepOf } from '../kind.ts'
import { scheduledUse } from '../scheduled.ts'

export const keys: Kind = {
  checks: [
    'key-age',
    'key-inactive-kept',
    'key-leaked',
    'key-never-used',
    'key-of-console-user',
    'key-quarantined',
    'key-two-active',
    'key-unused',
  ],
  propose({ subject, check }, lookup) {
    const key = lookup.key(subject.id)
    if (!key) return { cannot: 'the key is not in the snapshot' }
    if (key.owner.kind === 'root') return { cannot: 'a key of root is a matter of `root-access-key`' }
    if (key.accessKeyId === null)
      return { cannot: 'its ID is not known: only the credential report was read, which has none' }
    return retire(key, key.accessKeyId, lookup, EXPOSED.has(check))
  },
}

/** Checks whose keys strangers may have. */
const EXPOSED = new Set(['key-leaked', 'key-quarantined'])

/** Steps that end a key, unless it is in use. */
function retire(key: Dossier, accessKeyId: string, lookup: Lookup, exposed: boolean): Proposal {
  if (key.status === 'inactive') return { steps: [deleteStep(key, accessKeyId, lookup, null)] }
  const use = useOf(key, lookup)
  if (use === 'new') return { cannot: 'it is new, and may be waiting for its first use' }
  if (use !== null) {
    const because = exposed
      ? `${use}; strangers may have it, so when the use is not yours: keyreeve revoke ${accessKeyId}`
      : use
    const subject = subjectOf(key, accessKeyId)
    return {
      handOver: { subject, command: ['keyreeve', 'rotate', accessKeyId], because, mayBreak: mayBreak(key, lookup) },
    }
  }
  const stop = deactivateStep(key, accessKeyId, lookup)
  return { steps: [stop, deleteStep(key, accessKeyId, lookup, stop.id)] }
}

/** Why the key cannot just be stopped; null: nobody has used it for long enough. */
export function useOf(key: Dossier, { now, thresholds }: Lookup): string | null {
  const { lastUsed, lastUsedKnown, ageDays } = key
  if (!lastUsedKnown) return 'whether it is in use is not known'
  if (!lastUsed) return ageDays !== null && ageDays <= thresholds.keyNeverUsedGraceDays ? 'new' : null
  const idle = daysBefore(lastUsed.date, now)
  if (idle >= thresholds.unusedDays) return scheduledUse(key, now)
  return `it was used ${idle === 0 ? 'on the day of the snapshot' : `${counted(idle, 'day')} before the snapshot`}`
}

function of({ owner }: Dossier, accessKeyId: string): Record<string, string> {
  return { userName: owner.name, accessKeyId }
}

function subjectOf(key: Dossier, accessKeyId: string): Step['subject'] {
  return { kind: 'access-key', id: accessKeyId, arn: key.owner.arn, name: key.owner.name }
}

function update(key: Dossier, AccessKeyId: string, Status: 'Active' | 'Inactive') {
  return { call: 'iam:UpdateAccessKey', input: { UserName: key.owner.name, AccessKeyId, Status } }
}

function lastUse(key: Dossier, accessKeyId: string) {
  return factOf('access-key-last-used', { accessKeyId }, key.lastUsed?.date ?? 'never')
}

function deactivateStep(key: Dossier, accessKeyId: string, lookup: Lookup): Step {
  const status = (value: string) => factOf('access-key-status', of(key, accessKeyId), value)
  return stepOf({
    id: `deactivate-key:${accessKeyId}`,
    kind: 'deactivate-key',
    subject: subjectOf(key, accessKeyId),
    change: `Deactivate the access key ${accessKeyId} of ${key.owner.name}`,
    operations: [update(key, accessKeyId, 'Inactive')],
    reliesOn: [status('Active'), lastUse(key, accessKeyId)],
    mayBreak: mayBreak(key, lookup),
    verify: [status('Inactive')],
    undo: { operations: [update(key, accessKeyId, 'Active')], verify: [status('Active')] },
  })
}

function deleteStep(key: Dossier, accessKeyId: string, lookup: Lookup, after: string | null): Step {
  const status = (value: string) => factOf('access-key-status', of(key, accessKeyId), value)
  return stepOf({
    id: `delete-key:${accessKeyId}`,
    kind: 'delete-key',
    subject: subjectOf(key, accessKeyId),
    change: `Delete the ${after === null ? 'inactive ' : ''}access key ${accessKeyId} of ${key.owner.name}`,
    operations: [{ call: 'iam:DeleteAccessKey', input: { UserName: key.owner.name, AccessKeyId: accessKeyId } }],
    // a key that somebody has switched on again is wanted
    reliesOn: [status('Inactive'), ...(key.lastUsedKnown ? [lastUse(key, accessKeyId)] : [])],
    mayBreak: after === null ? [] : mayBreak(key, lookup),
    verify: [status(ABSENT)],
    waitsFor: after === null ? [] : [{ step: after, days: lookup.graceDays }],
  })
}

/** Who may miss the key, and how we know. */
export function mayBreak({ lastUsed, leaks, usage }: Dossier, { recorded }: Lookup): Step['mayBreak'] {
  const user = lastUsed
    ? [
        {
          who: `whoever used it${lastUsed.service ? ` for ${lastUsed.service}` : ''}${lastUsed.region ? ` in ${lastUsed.region}` : ''}`,
          evidence: `its last use was on ${lastUsed.date.slice(0, 10)}`,
        },
      ]
    : []
  const places = (leaks ?? []).flatMap(({ places: at }) => at.map(({ path }) => path))
  const unseen =
    usage === null
      ? [
          {
            who: 'a job that runs more seldom than it was idle',
            evidence: recorded
              ? `CloudTrail from ${recorded.from} to ${recorded.to} has no call with the key`
              : 'no CloudTrail was read, which would show it',
          },
        ]
      : []
  const consumers = (usage?.consumers ?? []).map(({ network, agent, cadence, lastSeen }) => ({
    who: `${agent ?? 'an unnamed program'} from ${network ?? 'a network that is not known'}`,
    evidence: `${cadence}, last seen on ${lastSeen.slice(0, 10)} in CloudTrail`,
  }))
  return [
    ...user,
    ...consumers,
    ...unseen,
    ...[...new Set(places)].sort().map((path) => ({ who: `what reads ${path}`, evidence: 'the key lies there' })),
  ]
}
