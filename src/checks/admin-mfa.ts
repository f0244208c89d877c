import { adminsOf, wayOf } from './admin.ts'
import { byUser, keysByUser } from './by-user.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { DETAILS, REPORT } from './sources.ts'
import { userSubject } from './subjects.ts'

const PASSWORD = { enabled: true, lastUsed: daysAgo(2), lastChanged: daysAgo(30), nextRotation: null }
const ADMIN = { policyName: 'AdministratorAccess', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }

export const adminMfa: Check = {
  id: 'admin-mfa',
  title: 'Administrator without MFA',
  severity: 'critical',
  group: 'mfa',
  why: 'Who can do everything is worth the most to an attacker. Without MFA one password, or one access key found somewhere, is the whole account.',
  fix: 'Let the user register a passkey or security key, and let the policy ask for it. A machine should not be an administrator: give it a role with what it needs.',
  needs: ['users', 'groups', 'policies', 'mfaActive'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#enable-mfa-accounts',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-19',
  ],
  *run({ snapshot, dossiers, lookup, knowledge }) {
    const keys = keysByUser(dossiers)
    const keysKnown = knowledge('accessKeys').known === 'all'
    const devices = byUser(snapshot.mfaDevices)
    const { admins, unknown } = adminsOf(snapshot, lookup)
    for (const what of unknown) yield { unknown: what }
    for (const { user, through } of admins) {
      const { userName, mfaActive, password } = user
      // the list of devices is newer than the report
      if (mfaActive || devices.has(userName)) continue
      if (mfaActive === null) {
        yield { unknown: `whether ${userName} has MFA is not known` }
        continue
      }
      const hasKey = keys.get(userName)?.some(({ status }) => status === 'active') ?? false
      const idle = keysKnown && !hasKey && password?.enabled === false
      const ways = [...(password?.enabled ? ['a console password'] : []), ...(hasKey ? ['an access key'] : [])]
      yield {
        subject: userSubject(user),
        because: `administrator by ${through.map(wayOf).join(', ')}, ${
          idle
            ? 'at the moment without credentials'
            : ways.length > 0
              ? `with ${ways.join(' and ')}`
              : 'credentials not known'
        }, without MFA`,
        // nobody can act as this user until someone makes a credential for it
        ...(idle && { severity: 'medium' as const }),
        evidence: [
          { fact: 'administrator by', value: through.map(wayOf).join(', '), source: DETAILS },
          { fact: 'MFA active', value: false, source: REPORT },
          ...(password ? [{ fact: 'password enabled', value: password.enabled, source: REPORT }] : []),
        ],
        commands: [shell`aws iam list-mfa-devices --user-name ${userName}`],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'an administrator with a password and no MFA',
        account: { users: [{ userName: 'ana', password: PASSWORD, attachedPolicies: [ADMIN] }] },
      },
      {
        name: 'an administrator through a group, with a key and without a password',
        account: {
          users: [{ userName: 'deploy', groups: ['admins'] }],
          accessKeys: [{ userName: 'deploy' }],
          groups: [{ groupName: 'admins', attachedPolicies: [ADMIN] }],
        },
      },
    ],
    clean: [
      {
        name: 'an administrator with MFA',
        account: { users: [{ userName: 'ana', password: PASSWORD, mfaActive: true, attachedPolicies: [ADMIN] }] },
      },
      {
        name: 'an administrator who registered a device since the credential report',
        account: {
          users: [{ userName: 'ana', password: PASSWORD, attachedPolicies: [ADMIN] }],
          mfaDevices: [{ userName: 'ana', kind: 'passkey' }],
        },
      },
      {
        name: 'a user without MFA who is no administrator',
        account: { users: [{ userName: 'ana', password: PASSWORD }] },
      },
    ],
  },
}
