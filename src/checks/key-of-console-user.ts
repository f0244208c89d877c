import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { lookAtKey } from './key-commands.ts'
import { keySource, REPORT } from './sources.ts'
import { keySubject } from './subjects.ts'

const PASSWORD = { enabled: true, lastUsed: daysAgo(2), lastChanged: daysAgo(30), nextRotation: null }

export const keyOfConsoleUser: Check = {
  id: 'key-of-console-user',
  title: 'Access key of a person who can sign in',
  severity: 'low',
  group: 'keys',
  why: 'A person who signs in with a password and MFA can get short-term credentials the same way. A key beside it works without MFA, from anywhere, until someone ends it.',
  fix: 'Let the person use `aws login` or IAM Identity Center on the command line, then deactivate and delete the key. If a program uses it, give that program a role.',
  needs: ['accessKeys', 'passwords'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-users-federation-idp',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html',
    'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html',
  ],
  *run({ dossiers, lookup }) {
    for (const dossier of dossiers) {
      if (dossier.status !== 'active' || dossier.owner.kind === 'root') continue
      const { name } = dossier.owner
      const password = lookup.user(name)?.password
      if (password === undefined) continue
      if (password === null) yield { unknown: `whether ${name} has a password is not known` }
      else if (password.enabled)
        yield {
          subject: keySubject(dossier),
          because: `${name} has a console password and this active key`,
          evidence: [
            { fact: 'password enabled', value: true, source: REPORT },
            { fact: 'key status', value: 'active', source: keySource(dossier.accessKeyId) },
          ],
          commands: lookAtKey(dossier),
        }
    }
  },
  examples: {
    flagged: [
      {
        name: 'each active key of a user with a password',
        account: {
          users: [{ userName: 'ana', password: PASSWORD }, { userName: 'deploy' }],
          accessKeys: [
            { userName: 'ana', accessKeyId: 'AKIAEXAMPLEONE' },
            { userName: 'ana', accessKeyId: 'AKIAEXAMPLETWO', slot: 2 },
            { userName: 'deploy', accessKeyId: 'AKIAEXAMPLETHREE' },
          ],
        },
        flags: ['AKIAEXAMPLEONE', 'AKIAEXAMPLETWO'],
      },
    ],
    clean: [
      {
        name: 'a key of a user without a password',
        account: { users: [{ userName: 'deploy' }], accessKeys: [{ userName: 'deploy' }] },
      },
      {
        name: 'an inactive key',
        account: {
          users: [{ userName: 'ana', password: PASSWORD }],
          accessKeys: [{ userName: 'ana', status: 'Inactive' }],
        },
      },
      { name: 'a root key, which has a check of its own', account: { accessKeys: [{ userName: null }] } },
    ],
  },
}
