import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { REPORT } from './sources.ts'
import { day, days, daysSince } from './time.ts'

export const signingCertificateActive: Check = {
  id: 'signing-certificate-active',
  title: 'User has an active signing certificate',
  severity: 'low',
  group: 'keys',
  why: 'X.509 signing certificates are long-term credentials that only a few old interfaces ever took. What nobody needs, nobody watches.',
  fix: 'List the certificates, set them inactive, and delete them when nothing has failed.',
  needs: ['signingCertificates'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSigningCertificate.html',
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSigningCertificate.html',
  ],
  *run({ snapshot, now }) {
    for (const { userName, userArn, slot, active, lastRotated } of snapshot.signingCertificates) {
      if (!active || userName === null) continue
      yield {
        // the credential report knows the place of a certificate, not its ID
        subject: { kind: 'certificate', id: `${userArn}#certificate-${slot}`, arn: userArn, name: userName },
        because: lastRotated
          ? `active certificate ${slot} of ${userName}, of ${day(lastRotated)}, ${days(Math.max(0, daysSince(lastRotated, now)))} old`
          : `active certificate ${slot} of ${userName}`,
        evidence: [
          { fact: 'certificate active', value: true, source: REPORT },
          { fact: 'certificate last rotated', value: lastRotated, source: REPORT },
        ],
        commands: [
          shell`aws iam list-signing-certificates --user-name ${userName} --query ${'Certificates[].[CertificateId,Status,UploadDate]'}`,
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'both active certificates of a user',
        account: {
          users: [{ userName: 'ana' }],
          signingCertificates: [
            { userName: 'ana', lastRotated: daysAgo(3000) },
            { userName: 'ana', slot: 2, lastRotated: null },
          ],
        },
        flags: ['arn:aws:iam::111122223333:user/ana#certificate-1', 'arn:aws:iam::111122223333:user/ana#certificate-2'],
      },
    ],
    clean: [
      {
        name: 'an inactive certificate',
        account: { users: [{ userName: 'ana' }], signingCertificates: [{ userName: 'ana', active: false }] },
      },
      {
        name: 'a certificate of root, which has a check of its own',
        account: { signingCertificates: [{ userName: null }] },
      },
    ],
  },
}
