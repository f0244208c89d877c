import { activityOf } from './activity.ts'
import { byUser, keysByUser } from './by-user.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { deactivateKey } from './key-commands.ts'
import { shell } from './shell.ts'
import { lastUsedSource, REPORT } from './sources.ts'
import { userSubject } from './subjects.ts'
import { day, days, daysSince } from './time.ts'

export const userUnused: Check = {
  id: 'user-unused',
  title: 'User is no longer used',
  severity: 'medium',
  group: 'users',
  why: 'The person left or the job ended, and the way in stayed open. Nobody notices when someone else uses it.',
  fix: 'Ask who owned the user. Remove the password and deactivate the keys, wait, then delete the user. Mind jobs that run once a quarter.',
  needs: ['passwords', 'accessKeys', 'keyLastUsed'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-22',
  ],
  *run({ snapshot, dossiers, thresholds, now }) {
    const keys = keysByUser(dossiers)
    const others = byUser(snapshot.serviceSpecificCredentials)
    const sshKeys = byUser(snapshot.sshPublicKeys)
    const keyUse = lastUsedSource(snapshot)
    for (const user of snapshot.users) {
      const { userName, password } = user
      const own = keys.get(userName) ?? []
      const { canAct, lastUse, lastSign, unknown } = activityOf(user, own)
      const idle = lastSign === '' ? null : daysSince(lastSign, now)
      // what is known is recent enough: the unknown cannot make it older
      if (idle !== null && idle < thresholds.unusedDays) continue
      if (unknown || (idle === null && canAct)) {
        yield { unknown: `${unknown ?? 'the age'} of ${userName} is not known` }
        continue
      }
      if (!canAct || idle === null) continue
      const more = (others.get(userName) ?? []).some(isActive) || (sshKeys.get(userName) ?? []).some(isActive)
      yield {
        subject: userSubject(user),
        measure: idle,
        because: `${
          lastUse === ''
            ? `never used, and unchanged for ${days(idle)}`
            : `not used since ${day(lastUse)}, ${days(daysSince(lastUse, now))}`
        } (limit ${thresholds.unusedDays})${more ? '; it has other credentials, whose use AWS does not tell' : ''}`,
        evidence: [
          { fact: 'password enabled', value: password?.enabled ?? null, source: REPORT },
          { fact: 'password last used', value: password?.lastUsed ?? null, source: REPORT },
          ...own.map(({ subjectId, lastUsed }) => ({
            fact: `key ${subjectId} last used`,
            value: lastUsed?.date ?? null,
            source: keyUse,
          })),
        ],
        commands: [
          ...(password?.enabled ? [shell`aws iam delete-login-profile --user-name ${userName}`] : []),
          ...own.filter(({ status }) => status === 'active').flatMap(deactivateKey),
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a sign-in of 45 days ago',
        account: { users: [{ userName: 'ana', password: password({ lastUsed: daysAgo(45) }) }] },
      },
      { name: 'a password that was never used', account: { users: [{ userName: 'ana', password: password({}) }] } },
      {
        name: 'an old sign-in and an older use of a key',
        account: {
          users: [{ userName: 'ana', password: password({ lastUsed: daysAgo(100) }) }],
          accessKeys: [
            {
              userName: 'ana',
              createDate: daysAgo(300),
              lastUsed: { date: daysAgo(200), region: 'us-east-1', serviceName: 's3' },
            },
          ],
        },
        flags: ['arn:aws:iam::111122223333:user/ana'],
      },
      {
        name: 'a user with nothing but a silent key',
        account: {
          users: [{ userName: 'deploy' }],
          accessKeys: [
            {
              userName: 'deploy',
              createDate: daysAgo(300),
              lastUsed: { date: daysAgo(90), region: 'us-east-1', serviceName: 's3' },
            },
          ],
        },
      },
    ],
    clean: [
      {
        name: 'a sign-in of 44 days ago',
        account: { users: [{ userName: 'ana', password: password({ lastUsed: daysAgo(44) }) }] },
      },
      {
        name: 'an old sign-in and a key that is used',
        account: {
          users: [{ userName: 'ana', password: password({ lastUsed: daysAgo(300) }) }],
          accessKeys: [{ userName: 'ana', createDate: daysAgo(300) }],
        },
      },
      {
        name: 'a user of 44 days who has not signed in yet',
        account: {
          users: [{ userName: 'ana', createDate: daysAgo(44), password: password({ lastChanged: daysAgo(44) }) }],
        },
      },
      {
        name: 'an old user who was given a key yesterday',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [
            { userName: 'ana', createDate: daysAgo(1), lastUsed: { date: null, region: null, serviceName: null } },
          ],
        },
      },
      { name: 'a user without any credential, who is another matter', account: { users: [{ userName: 'ana' }] } },
    ],
  },
}

function isActive({ status }: { status: string }): boolean {
  return status === 'Active'
}

function password(fields: { lastUsed?: string; lastChanged?: string }) {
  return { enabled: true, lastUsed: null, lastChanged: daysAgo(300), nextRotation: null, ...fields }
}
