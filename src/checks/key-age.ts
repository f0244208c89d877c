import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { deactivateIdleKey, lookAtKey } from './key-commands.ts'
import { keySource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { day, days } from './time.ts'

export const keyAge: Check = {
  id: 'key-age',
  title: 'Active access key is older than the rotation period',
  severity: 'medium',
  group: 'keys',
  why: 'The longer a key lives, the more places hold a copy of it: laptops, pipelines, backups, a former colleague. Rotation ends all copies that nobody remembers.',
  fix: 'Create a second key, move every consumer to it, deactivate the old key when nothing uses it any more, and delete it when nothing has failed. Better: replace the key by a role.',
  needs: ['accessKeys'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-3',
  ],
  *run({ dossiers, thresholds, now }) {
    for (const dossier of dossiers) {
      if (dossier.status !== 'active') continue
      const { ageDays, createDate, accessKeyId } = dossier
      if (ageDays === null || createDate === null) {
        yield { unknown: `the age of key ${dossier.subjectId} is not known` }
        continue
      }
      if (ageDays <= thresholds.keyMaxAgeDays) continue
      yield {
        subject: keySubject(dossier),
        measure: ageDays,
        because: `created ${day(createDate)}, ${days(ageDays)} ago (limit ${thresholds.keyMaxAgeDays})`,
        evidence: [{ fact: 'created', value: createDate, source: keySource(accessKeyId) }],
        commands: [...lookAtKey(dossier), ...deactivateIdleKey(dossier, now, thresholds.unusedDays)],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'an active key of 200 days',
        account: { users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana', createDate: daysAgo(200) }] },
      },
      {
        name: 'both active keys of a user, each for itself',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            { userName: 'ana', accessKeyId: 'AKIAEXAMPLEFIRST', createDate: daysAgo(200) },
            { userName: 'ana', accessKeyId: 'AKIAEXAMPLESECOND', createDate: daysAgo(91), slot: 2 },
          ],
        },
        flags: ['AKIAEXAMPLEFIRST', 'AKIAEXAMPLESECOND'],
      },
      {
        name: 'a key that only the credential report tells of',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [{ userName: 'ana', accessKeyId: null, createDate: daysAgo(91), slot: 2 }],
        },
        flags: ['arn:aws:iam::111122223333:user/ana#2'],
      },
      {
        name: 'a key of 31 days where 30 are allowed',
        account: { users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana', createDate: daysAgo(31) }] },
        config: { thresholds: { keyMaxAgeDays: 30 } },
      },
    ],
    clean: [
      {
        name: 'an active key of 90 days',
        account: { users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana', createDate: daysAgo(90) }] },
      },
      {
        name: 'an old key that is inactive',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [{ userName: 'ana', createDate: daysAgo(900), status: 'Inactive' }],
        },
      },
      {
        name: 'an old key that has expired',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [{ userName: 'ana', createDate: daysAgo(900), status: 'Expired' }],
        },
      },
    ],
  },
}
