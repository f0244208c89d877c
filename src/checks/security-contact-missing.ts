import type { Check } from './check.ts'
import { accountSubject } from './subjects.ts'

export const securityContactMissing: Check = {
  id: 'security-contact-missing',
  title: 'No security contact is registered',
  severity: 'low',
  group: 'account',
  why: 'AWS writes to the security contact when it finds one of your keys in public. Without one, the warning goes to the root user’s address, which often nobody reads.',
  fix: 'Register a mailing list and a telephone number of the people who handle incidents as the alternate contact for security; in an organization, for every account from the management account.',
  needs: ['securityContact'],
  references: [
    'https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-alternate.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/account-controls.html',
  ],
  *run({ snapshot }) {
    if (snapshot.securityContact) return
    if (snapshot.securityContact === null) {
      yield { unknown: 'whether a security contact is registered is not known' }
      return
    }
    yield {
      subject: accountSubject(snapshot),
      because: 'the account has no alternate contact for security',
      evidence: [{ fact: 'security contact', value: false, source: 'account:GetAlternateContact' }],
    }
  },
  examples: {
    flagged: [{ name: 'an account without a security contact', account: { securityContact: false } }],
    clean: [{ name: 'an account with one', account: { securityContact: true } }],
  },
}
