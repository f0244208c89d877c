import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { deactivateKey, lastUseOfKey } from './key-commands.ts'
import { lastUsedSource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { day, days, daysSince } from './time.ts'

export const keyUnused: Check = {
  id: 'key-unused',
  title: 'Active access key is no longer used',
  severity: 'medium',
  group: 'keys',
  why: 'A key that nobody uses is a risk that buys nothing: whoever finds it can use it, and nobody would miss it.',
  fix: 'Ask AWS for its last use again, think of jobs that run once a quarter, deactivate the key, and delete it when nothing has failed.',
  needs: ['accessKeys', 'keyLastUsed'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-22',
  ],
  *run({ snapshot, dossiers, thresholds, now }) {
    const source = lastUsedSource(snapshot)
    for (const dossier of dossiers) {
      const { status, ageDays, lastUsed, lastUsedKnown, subjectId } = dossier
      // a key younger than the limit cannot have been idle for so long
      if (status !== 'active' || (ageDays !== null && ageDays < thresholds.unusedDays)) continue
      if (!lastUsedKnown) {
        yield { unknown: `the last use of key ${subjectId} is not known` }
        continue
      }
      // one that was never used is another matter: it may be waiting for its first use
      if (!lastUsed) continue
      const idle = daysSince(lastUsed.date, now)
      if (idle < thresholds.unusedDays) continue
      yield {
        subject: keySubject(dossier),
        measure: idle,
        because: `not used since ${day(lastUsed.date)}, ${days(idle)} (limit ${thresholds.unusedDays})${lastUsed.service ? `; then for ${lastUsed.service}` : ''}`,
        evidence: [{ fact: 'last used', value: lastUsed.date, source }],
        commands: [...lastUseOfKey(dossier), ...deactivateKey(dossier)],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a key last used 45 days ago',
        account: { users: [{ userName: 'ana' }], accessKeys: [key({ lastUsed: used(45) })] },
        flags: ['AKIAEXAMPLE000000001'],
      },
      {
        name: 'only the idle one of two keys',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            key({ accessKeyId: 'AKIAEXAMPLEBUSY', lastUsed: used(0) }),
            key({ accessKeyId: 'AKIAEXAMPLEIDLE', lastUsed: used(200), slot: 2 }),
          ],
        },
        flags: ['AKIAEXAMPLEIDLE'],
      },
      {
        name: 'an idle key of unknown age',
        account: { users: [{ userName: 'ana' }], accessKeys: [key({ createDate: null, lastUsed: used(90) })] },
      },
    ],
    clean: [
      {
        name: 'a key last used 44 days ago',
        account: { users: [{ userName: 'ana' }], accessKeys: [key({ lastUsed: used(44) })] },
      },
      {
        name: 'an old key used today',
        account: { users: [{ userName: 'ana' }], accessKeys: [key({ createDate: daysAgo(2000), lastUsed: used(0) })] },
      },
      {
        name: 'an idle key that is inactive',
        account: { users: [{ userName: 'ana' }], accessKeys: [key({ status: 'Inactive', lastUsed: used(300) })] },
      },
      {
        name: 'a key that was never used',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [key({ lastUsed: { date: null, region: null, serviceName: null } })],
        },
      },
      {
        name: 'a key made after the credential report, whose use is not known yet',
        account: { users: [{ userName: 'ana' }], accessKeys: [key({ createDate: daysAgo(0), lastUsed: null })] },
      },
    ],
  },
}

function key<T extends object>(fields: T) {
  return { userName: 'ana', createDate: daysAgo(300), ...fields }
}

function used(daysBefore: number) {
  return { date: daysAgo(daysBefore), region: 'eu-west-1', serviceName: 's3' }
}
