import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { deleteKey } from './key-commands.ts'
import { keySource, lastUsedSource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { day, days, daysSince } from './time.ts'

export const keyInactiveKept: Check = {
  id: 'key-inactive-kept',
  title: 'Inactive access key is kept',
  severity: 'low',
  group: 'keys',
  why: 'An inactive key can be activated again by anyone who may update keys, and its secret still lies wherever it was. It also takes one of the two places of the user.',
  fix: 'Delete the key when nothing has failed since it was deactivated.',
  needs: ['accessKeys', 'keyLastUsed'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access-keys-admin-managed.html',
  ],
  *run({ snapshot, dossiers, thresholds, now }) {
    const usedSource = lastUsedSource(snapshot)
    for (const dossier of dossiers) {
      const { status, ageDays, createDate, accessKeyId, lastUsed, lastUsedKnown, subjectId } = dossier
      if (status !== 'inactive') continue
      // AWS does not tell when a key was deactivated; it cannot have been before its creation or its last use
      if (ageDays !== null && ageDays <= thresholds.inactiveKeyKeptDays) continue
      const since = lastUsed?.date ?? createDate
      if (!lastUsedKnown || since === null) {
        yield { unknown: `how long key ${subjectId} has been idle is not known` }
        continue
      }
      const idle = daysSince(since, now)
      if (idle <= thresholds.inactiveKeyKeptDays) continue
      yield {
        subject: keySubject(dossier),
        because: `inactive, and ${lastUsed ? `last used ${day(since)}` : `never used since ${day(since)}`}, ${days(idle)} ago (kept for ${thresholds.inactiveKeyKeptDays} at most)`,
        evidence: [
          { fact: 'status', value: 'inactive', source: keySource(accessKeyId) },
          { fact: 'last used', value: lastUsed?.date ?? null, source: usedSource },
        ],
        commands: deleteKey(dossier),
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'an inactive key last used 31 days ago',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            {
              userName: 'ana',
              status: 'Inactive',
              createDate: daysAgo(300),
              lastUsed: { date: daysAgo(31), region: 'us-east-1', serviceName: 's3' },
            },
          ],
        },
      },
      {
        name: 'an inactive key that was never used',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            {
              userName: 'ana',
              status: 'Inactive',
              createDate: daysAgo(31),
              lastUsed: { date: null, region: null, serviceName: null },
            },
          ],
        },
      },
    ],
    clean: [
      {
        name: 'a key used 30 days ago and inactive now',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            {
              userName: 'ana',
              status: 'Inactive',
              createDate: daysAgo(300),
              lastUsed: { date: daysAgo(30), region: 'us-east-1', serviceName: 's3' },
            },
          ],
        },
      },
      {
        name: 'a young inactive key whose use is not known',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [{ userName: 'ana', status: 'Inactive', createDate: daysAgo(30), lastUsed: null }],
        },
      },
      {
        name: 'an active key',
        account: { users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana', createDate: daysAgo(300) }] },
      },
    ],
  },
}
