import type { Check } from './check.ts'
import { EXAMPLE_KEY_ACCOUNT, exampleConsumer, exampleUsage } from './example-usage.ts'
import { keySubject } from './subjects.ts'

/** Agents of companies that offer roles with an external ID, by the family that CloudTrail's agents are put in. */
const VENDORS: Readonly<Record<string, string>> = {
  datadog: 'Datadog',
  'new-relic': 'New Relic',
  dynatrace: 'Dynatrace',
  wiz: 'Wiz',
  veeam: 'Veeam',
}

export const keyThirdParty: Check = {
  id: 'key-third-party',
  title: 'Access key is in the hands of a third party',
  severity: 'high',
  group: 'keys',
  why: 'A key that a vendor holds can be stolen there, works from anywhere, and stays valid when the contract ends. A role with an external ID does not.',
  fix: 'Make a role that the vendor assumes with an external ID, switch the integration over, and delete the key.',
  needs: ['accessKeys', 'usage'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html'],
  *run({ dossiers }) {
    for (const dossier of dossiers) {
      if (!dossier.usage || dossier.status !== 'active') continue
      const found = dossier.usage.consumers.filter(({ agent }) => agent !== null && Object.hasOwn(VENDORS, agent))
      if (found.length === 0) continue
      const vendors = [...new Set(found.map(({ agent }) => VENDORS[agent!]!))].sort()
      yield {
        subject: keySubject(dossier),
        because: `used by an agent of ${vendors.join(' and ')}, from ${[...new Set(found.map(({ network }) => network ?? 'a network not known'))].slice(0, 3).join(', ')}`,
        evidence: [{ fact: 'vendor', value: vendors.join(', '), source: 'trail' }],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: "a key in a vendor's agent",
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({
          consumers: [exampleConsumer({ agent: 'datadog', userAgent: 'datadog-agent botocore/1.31' })],
        }),
      },
    ],
    clean: [{ name: 'a key of a program of our own', account: EXAMPLE_KEY_ACCOUNT, usage: exampleUsage() }],
  },
}
