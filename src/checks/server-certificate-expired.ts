import type { Check } from './check.ts'
import { daysAgo, EXAMPLE_TIME } from './example.ts'
import { shell } from './shell.ts'
import { day, days, daysSince } from './time.ts'

const SOURCE = 'iam:ListServerCertificates'

export const serverCertificateExpired: Check = {
  id: 'server-certificate-expired',
  title: 'Expired TLS certificate is still stored in IAM',
  severity: 'medium',
  group: 'keys',
  why: 'A load balancer or distribution that still uses it shows an error to everyone, and one that could be given it by mistake will.',
  fix: 'See that no load balancer or CloudFront distribution uses it, then delete it. Keep certificates in AWS Certificate Manager, which renews them.',
  needs: ['serverCertificates'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-26',
  ],
  *run({ snapshot, now }) {
    for (const { arn, serverCertificateName, expiration } of snapshot.serverCertificates) {
      if (expiration === null) {
        yield { unknown: `when certificate ${serverCertificateName} expires is not known` }
        continue
      }
      if (Date.parse(expiration) > now) continue
      const ago = daysSince(expiration, now)
      yield {
        subject: { kind: 'certificate', id: arn, arn, name: serverCertificateName },
        because: `expired ${day(expiration)}, ${ago === 0 ? 'less than a day' : days(ago)} ago`,
        evidence: [{ fact: 'expiration', value: expiration, source: SOURCE }],
        commands: [shell`aws iam delete-server-certificate --server-certificate-name ${serverCertificateName}`],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'only the certificate that expired yesterday',
        account: {
          serverCertificates: [
            { serverCertificateName: 'shop', expiration: daysAgo(1) },
            { serverCertificateName: 'blog', expiration: daysAgo(-1) },
          ],
        },
        flags: ['arn:aws:iam::111122223333:server-certificate/shop'],
      },
      {
        name: 'a certificate that expires this very second',
        account: { serverCertificates: [{ serverCertificateName: 'shop', expiration: EXAMPLE_TIME }] },
      },
    ],
    clean: [
      {
        name: 'a certificate of a day more',
        account: { serverCertificates: [{ serverCertificateName: 'shop', expiration: daysAgo(-1) }] },
      },
      { name: 'an account without certificates', account: {} },
    ],
  },
}
