import { byUser } from './by-user.ts'
import type { Check } from './check.ts'
import { REPORT, rootSource } from './sources.ts'
import { rootSubject } from './subjects.ts'

export const rootSigningCertificate: Check = {
  id: 'root-signing-certificate',
  title: 'The root user has a signing certificate',
  severity: 'high',
  group: 'root',
  why: 'An X.509 signing certificate is one more long-term credential of root. Only a few old interfaces ever took it, so nobody looks after it.',
  fix: 'Sign in as root and delete the certificate under "Security credentials". In an organization, remove the root credentials of member accounts centrally.',
  needs: ['rootSigningCertificates'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html',
  ],
  *run({ snapshot }) {
    const present = snapshot.root.signingCertificatesPresent
    if (present === false) return
    const active = (byUser(snapshot.signingCertificates).get(null) ?? []).filter((certificate) => certificate.active)
    if (present === null && active.length === 0) {
      if (!snapshot.root.credentialReportRow) yield { unknown: 'whether root has a signing certificate is not known' }
      return
    }
    yield {
      subject: rootSubject(snapshot),
      because: active.length > 1 ? `${active.length} active signing certificates` : 'a signing certificate is present',
      evidence: present
        ? [{ fact: 'signing certificates present', value: true, source: rootSource(snapshot) }]
        : active.map(({ slot }) => ({ fact: `certificate ${slot} active`, value: true, source: REPORT })),
    }
  },
  examples: {
    flagged: [
      {
        name: 'a certificate that the account summary counts',
        account: { root: { signingCertificatesPresent: true } },
      },
      {
        name: 'an active certificate that only the credential report knows',
        account: { root: { signingCertificatesPresent: null }, signingCertificates: [{ userName: null }] },
      },
    ],
    clean: [
      { name: 'a root user without certificates', account: {} },
      {
        name: 'a report without certificates',
        account: {
          root: { signingCertificatesPresent: null },
          signingCertificates: [{ userName: null, active: false }],
        },
      },
      { name: 'the certificate of a user', account: { signingCertificates: [{ userName: 'ana' }] } },
      {
        name: 'a certificate in the report that the newer account summary no longer counts',
        account: { root: { signingCertificatesPresent: false }, signingCertificates: [{ userName: null }] },
      },
    ],
  },
}
