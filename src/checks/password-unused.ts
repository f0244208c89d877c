import { activityOf, later } from './activity.ts'
import { keysByUser } from './by-user.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { REPORT } from './sources.ts'
import { userSubject } from './subjects.ts'
import { day, days, daysSince } from './time.ts'

export const passwordUnused: Check = {
  id: 'password-unused',
  title: 'Console password is no longer used, although the access key is',
  severity: 'low',
  group: 'users',
  why: 'A program that works with a key needs no password. The password is a second way in, which can be guessed or tried from leaks of other sites.',
  fix: 'Remove the password; the access keys go on working.',
  needs: ['passwords', 'accessKeys', 'keyLastUsed'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-22',
  ],
  *run({ snapshot, dossiers, thresholds, now }) {
    const keys = keysByUser(dossiers)
    for (const user of snapshot.users) {
      const { password, userName, createDate } = user
      if (password === null) {
        yield { unknown: `the password of ${userName} is not known` }
        continue
      }
      if (!password.enabled) continue
      const { lastUsed, lastChanged } = password
      const since = later(later(lastUsed ?? '', lastChanged), createDate)
      if (since === '') continue
      const idle = daysSince(since, now)
      if (idle < thresholds.unusedDays) continue
      // when the keys are idle too, the user as a whole is unused
      const { lastUse } = activityOf(user, keys.get(userName) ?? [])
      if (lastUse === '' || daysSince(lastUse, now) >= thresholds.unusedDays) continue
      yield {
        subject: userSubject(user),
        measure: idle,
        because: lastUsed
          ? `last sign-in ${day(lastUsed)}, ${days(daysSince(lastUsed, now))} ago (limit ${thresholds.unusedDays}); only the access key is used`
          : 'never signed in; only the access key is used',
        evidence: [
          { fact: 'password last used', value: lastUsed, source: REPORT },
          { fact: 'password last changed', value: lastChanged, source: REPORT },
        ],
        commands: [shell`aws iam delete-login-profile --user-name ${userName}`],
      }
    }
  },
  examples: {
    flagged: [
      { name: 'a sign-in of 45 days ago beside a key in use', account: account({ lastUsed: daysAgo(45) }) },
      { name: 'a password that was never used beside a key in use', account: account({ lastUsed: null }) },
    ],
    clean: [
      { name: 'a sign-in of 44 days ago', account: account({ lastUsed: daysAgo(44) }) },
      { name: 'a password set yesterday', account: account({ lastUsed: null, lastChanged: daysAgo(1) }) },
      { name: 'a user without a password', account: account({ enabled: false }) },
      {
        name: 'a user whose key is idle too, who is another matter',
        account: {
          ...account({ lastUsed: daysAgo(100) }),
          accessKeys: [
            {
              userName: 'ana',
              createDate: daysAgo(300),
              lastUsed: { date: daysAgo(90), region: 'us-east-1', serviceName: 's3' },
            },
          ],
        },
      },
    ],
  },
}

function account(password: { enabled?: boolean; lastUsed?: string | null; lastChanged?: string }) {
  return {
    users: [
      {
        userName: 'ana',
        password: { enabled: true, lastUsed: null, lastChanged: daysAgo(300), nextRotation: null, ...password },
      },
    ],
    accessKeys: [{ userName: 'ana', createDate: daysAgo(300) }],
  }
}
