import type { Dossier } from '../model/dossier.ts'
import { keysByUser } from './by-user.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { deactivateIdleKey, idleDays, lookAtKey } from './key-commands.ts'
import { keySource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { day, days } from './time.ts'

export const keyTwoActive: Check = {
  id: 'key-two-active',
  title: 'Two active access keys at one user',
  severity: 'low',
  group: 'keys',
  why: 'Two keys are for the days of a rotation. Later the second one is a way in that nobody looks after, and the next rotation has no room.',
  fix: 'Finish the rotation: move what still uses the old key to the new one, deactivate the old key, watch, delete it. Two programs should be two users, or better two roles.',
  needs: ['accessKeys'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html',
  ],
  *run({ dossiers, thresholds, now }) {
    for (const keys of keysByUser(dossiers).values()) {
      if (keys.length < 2) continue
      const active = keys.filter(({ status }) => status === 'active')
      const [a, b] = active
      if (!a || !b) continue
      const ages = active.map(({ ageDays }) => ageDays).filter((age) => age !== null)
      if (ages.some((age) => age <= thresholds.rotationGraceDays)) continue
      if (ages.length < active.length) {
        yield { unknown: `the age of the keys of ${a.owner.name} is not known` }
        continue
      }
      const [older, younger] = a.ageDays! >= b.ageDays! ? [a, b] : [b, a]
      // the one to retire is the idle one; of two that are alike, the older
      const isIdle = (key: Dossier) => idleDays(key, now) >= thresholds.unusedDays
      const retire = isIdle(younger) && !isIdle(older) ? younger : older
      const keep = retire === older ? younger : older
      yield {
        subject: keySubject(retire),
        because: `${retire === older ? 'the older' : 'the idle'} one of two active keys, ${useOf(retire)}; ${keep.subjectId} was created ${day(keep.createDate!)}, ${days(keep.ageDays!)} ago, ${useOf(keep)}`,
        evidence: [retire, keep].map(({ subjectId, createDate, accessKeyId }) => ({
          fact: `key ${subjectId} created`,
          value: createDate,
          source: keySource(accessKeyId),
        })),
        commands: [...lookAtKey(retire), ...deactivateIdleKey(retire, now, thresholds.unusedDays)],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'two keys in use: the older one',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            { userName: 'ana', accessKeyId: 'AKIAEXAMPLENEWER', createDate: daysAgo(8) },
            { userName: 'ana', accessKeyId: 'AKIAEXAMPLEOLDER', createDate: daysAgo(200), slot: 2 },
          ],
        },
        flags: ['AKIAEXAMPLEOLDER'],
      },
      {
        name: 'the younger one, when only the older is used',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            { userName: 'ana', accessKeyId: 'AKIAEXAMPLEOLDER', createDate: daysAgo(200) },
            {
              userName: 'ana',
              accessKeyId: 'AKIAEXAMPLENEWER',
              createDate: daysAgo(100),
              lastUsed: { date: null, region: null, serviceName: null },
              slot: 2,
            },
          ],
        },
        flags: ['AKIAEXAMPLENEWER'],
      },
      {
        name: 'two root keys',
        account: {
          accessKeys: [
            { userName: null, createDate: daysAgo(20) },
            { userName: null, createDate: daysAgo(30), slot: 2 },
          ],
        },
      },
    ],
    clean: [
      {
        name: 'a rotation under way since 7 days',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            { userName: 'ana', createDate: daysAgo(7) },
            { userName: 'ana', createDate: daysAgo(200), slot: 2 },
          ],
        },
      },
      {
        name: 'an active and an inactive key',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            { userName: 'ana', createDate: daysAgo(30) },
            { userName: 'ana', createDate: daysAgo(200), slot: 2, status: 'Inactive' },
          ],
        },
      },
      {
        name: 'one key each of two users',
        account: {
          users: [{ userName: 'ana' }, { userName: 'ben' }],
          accessKeys: [
            { userName: 'ana', createDate: daysAgo(200) },
            { userName: 'ben', createDate: daysAgo(200) },
          ],
        },
      },
    ],
  },
}

function useOf({ lastUsed, lastUsedKnown }: Dossier): string {
  return lastUsed ? `last used ${day(lastUsed.date)}` : lastUsedKnown ? 'never used' : 'last use not known'
}
