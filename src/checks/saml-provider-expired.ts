import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { day, days, daysSince } from './time.ts'

/** How long before its end a provider is reported. */
const NOTICE_DAYS = 30

export const samlProviderExpired: Check = {
  id: 'saml-provider-expired',
  title: 'A SAML provider’s metadata has expired, or is about to',
  severity: 'medium',
  group: 'federation',
  why: 'When the metadata of a SAML provider ends, people can no longer sign in through it. They then fall back on IAM users and shared keys, or nobody noticed because nobody uses it.',
  fix: 'Download the new metadata from the identity provider and update the SAML provider; delete the provider if nothing uses it.',
  needs: ['samlProviders'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml.html'],
  *run({ snapshot, now }) {
    for (const { arn, validUntil } of snapshot.samlProviders) {
      const name = arn.slice(arn.indexOf('/') + 1)
      if (validUntil === null) {
        yield { unknown: `the end of SAML provider ${name} is not known` }
        continue
      }
      const left = -daysSince(validUntil, now)
      const expired = Date.parse(validUntil) <= now
      if (!expired && left > NOTICE_DAYS) continue
      yield {
        subject: { kind: 'provider', id: arn, arn, name },
        because: expired ? `expired on ${day(validUntil)}` : `expires on ${day(validUntil)}, in ${days(left)}`,
        ...(expired ? {} : { severity: 'low' as const }),
        evidence: [{ fact: 'valid until', value: validUntil, source: 'iam:ListSAMLProviders' }],
        commands: [
          shell`aws iam update-saml-provider --saml-provider-arn ${arn} --saml-metadata-document file://metadata.xml`,
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a provider that expired yesterday',
        account: { samlProviders: [{ arn: 'arn:aws:iam::111122223333:saml-provider/okta', validUntil: daysAgo(1) }] },
      },
      {
        name: 'a provider that expires in a week',
        account: { samlProviders: [{ arn: 'arn:aws:iam::111122223333:saml-provider/okta', validUntil: daysAgo(-7) }] },
      },
    ],
    clean: [
      {
        name: 'a provider that is valid for a year',
        account: {
          samlProviders: [{ arn: 'arn:aws:iam::111122223333:saml-provider/okta', validUntil: daysAgo(-365) }],
        },
      },
      { name: 'an account without SAML', account: {} },
    ],
  },
}
