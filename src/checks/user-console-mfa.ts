import { byUser } from './by-user.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { REPORT } from './sources.ts'
import { userSubject } from './subjects.ts'
import { ago, day, daysSince } from './time.ts'

const PASSWORD = { enabled: true, lastUsed: daysAgo(2), lastChanged: daysAgo(30), nextRotation: null }

export const userConsoleMfa: Check = {
  id: 'user-console-mfa',
  title: 'User with a console password signs in without MFA',
  severity: 'high',
  group: 'mfa',
  why: 'A password can be guessed, phished, or found in the leak of another site. Without a second factor it is all that an attacker needs.',
  fix: 'Let the user register a passkey or security key and deny everything else until then. Better: let people sign in through IAM Identity Center, and remove the password where nobody needs it.',
  needs: ['passwords', 'mfaActive'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-5',
  ],
  *run({ snapshot, now, thresholds }) {
    const devices = byUser(snapshot.mfaDevices)
    for (const user of snapshot.users) {
      const { userName, password, mfaActive } = user
      if (password && !password.enabled) continue
      // The list of devices is of now; the report, which tells the rest, can be four hours older.
      if (mfaActive || devices.has(userName)) continue
      if (password === null || mfaActive === null) {
        yield { unknown: `whether ${userName} has a password and MFA is not known` }
        continue
      }
      const { lastUsed } = password
      const idle = lastUsed === null || daysSince(lastUsed, now) >= thresholds.unusedDays
      yield {
        subject: userSubject(user),
        because: lastUsed
          ? `no MFA device; last signed in ${day(lastUsed)}, ${ago(daysSince(lastUsed, now))}`
          : 'no MFA device; the password was never used',
        evidence: [
          { fact: 'password enabled', value: true, source: REPORT },
          { fact: 'MFA active', value: false, source: REPORT },
          { fact: 'password last used', value: lastUsed, source: REPORT },
        ],
        ...(idle && {
          fix: 'Nobody seems to need this password: remove it. Otherwise let the user register a passkey or security key.',
        }),
        commands: [
          shell`aws iam list-mfa-devices --user-name ${userName}`,
          ...(idle ? [shell`aws iam delete-login-profile --user-name ${userName}`] : []),
        ],
      }
    }
  },
  examples: {
    flagged: [
      { name: 'a password and no MFA', account: { users: [{ userName: 'ana', password: PASSWORD }] } },
      {
        name: 'a password that was never used, and no MFA',
        account: { users: [{ userName: 'ana', password: { ...PASSWORD, lastUsed: null } }] },
      },
      {
        name: 'only the user without MFA',
        account: {
          users: [
            { userName: 'ana', password: PASSWORD, mfaActive: true },
            { userName: 'ben', password: PASSWORD },
          ],
          mfaDevices: [{ userName: 'ana', kind: 'virtual' }],
        },
        flags: ['arn:aws:iam::111122223333:user/ben'],
      },
    ],
    clean: [
      { name: 'a password with MFA', account: { users: [{ userName: 'ana', password: PASSWORD, mfaActive: true }] } },
      { name: 'a user without a password', account: { users: [{ userName: 'deploy' }] } },
      {
        name: 'a device registered since the credential report',
        account: {
          users: [{ userName: 'ana', password: PASSWORD, mfaActive: false }],
          mfaDevices: [{ userName: 'ana', kind: 'virtual' }],
        },
      },
    ],
  },
}
