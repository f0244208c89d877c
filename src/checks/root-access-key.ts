import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { rootSubject } from './subjects.ts'

export const rootAccessKey: Check = {
  id: 'root-access-key',
  title: 'The root user has an access key',
  severity: 'critical',
  group: 'root',
  why: 'A root access key opens everything in the account, cannot be limited by any policy of the account, and nothing needs it.',
  fix: 'Find out who uses the key, give that consumer a role, deactivate the key, watch, and delete it. In an organization, remove root credentials of member accounts centrally.',
  needs: ['rootKeys'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html',
  ],
  *run({ snapshot, dossiers }) {
    const keys = dossiers.filter(({ owner }) => owner.kind === 'root')
    const { accessKeysPresent } = snapshot.root
    if (keys.length === 0 && !accessKeysPresent) return
    const active = keys.filter(({ status }) => status === 'active')
    yield {
      subject: rootSubject(snapshot),
      because:
        keys.length === 0
          ? 'the account summary counts a root access key'
          : active.length > 0
            ? `${active.length === 1 ? 'an active key' : `${active.length} active keys`}, last used ${active.map(({ lastUsed }) => lastUsed?.date.slice(0, 10) ?? 'never').join(' and ')}`
            : 'only inactive keys, which can be activated again',
      evidence: [
        ...(accessKeysPresent === null
          ? []
          : [{ fact: 'root access key present', value: accessKeysPresent, source: 'iam:GetAccountSummary' }]),
        ...keys.map(({ status, lastUsed }, i) => ({
          fact: `root key ${i + 1}`,
          value: `${status}, last used ${lastUsed?.date ?? 'never'}`,
          source: 'iam:GetCredentialReport',
        })),
      ],
      commands: [],
    }
  },
  examples: {
    flagged: [
      {
        name: 'an active root key',
        account: {
          accessKeys: [{ userName: null, lastUsed: { date: daysAgo(300), region: 'us-east-1', serviceName: 's3' } }],
        },
      },
      { name: 'a root key that only the account summary knows', account: { root: { accessKeysPresent: true } } },
    ],
    clean: [{ name: 'a root user without keys', account: {} }],
  },
}
