import type { Check } from './check.ts'
import { EXAMPLE_KEY_ACCOUNT, exampleUsage } from './example-usage.ts'
import { keySubject } from './subjects.ts'

export const keyCrossAccountUse: Check = {
  id: 'key-cross-account-use',
  title: 'Access key is used in other accounts',
  severity: 'medium',
  group: 'keys',
  why: 'A long-term key that works in several accounts opens all of them when it leaks. Between accounts a role is assumed, and its credentials are gone after hours.',
  fix: 'Let the other account offer a role, assume it for the work there, and take the key out of its resource policies.',
  needs: ['accessKeys', 'usage'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/tutorial_cross-account-with-roles.html'],
  *run({ dossiers }) {
    for (const dossier of dossiers) {
      if (!dossier.usage || dossier.status !== 'active' || dossier.usage.otherAccounts.length === 0) continue
      const accounts = dossier.usage.otherAccounts
      yield {
        subject: keySubject(dossier),
        because: `used in account${accounts.length === 1 ? '' : 's'} ${accounts.slice(0, 5).join(', ')}${accounts.length > 5 ? ` and ${accounts.length - 5} more` : ''}`,
        evidence: [{ fact: 'other accounts', value: accounts.join(', '), source: 'trail' }],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a key in the trail of another account',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({ otherAccounts: ['444455556666'] }),
      },
    ],
    clean: [{ name: 'a key that stays in its account', account: EXAMPLE_KEY_ACCOUNT, usage: exampleUsage() }],
  },
}
