import type { Consumer } from '../model/trail.ts'
import { overlapOf, type Range, rangeOf } from '../policy/conditions/ip-address.ts'
import type { Check } from './check.ts'
import { EXAMPLE_KEY_ACCOUNT, exampleConsumer, exampleUsage } from './example-usage.ts'
import { keySubject } from './subjects.ts'

/**
 * Agents of companies that offer roles with an external ID, by the family that CloudTrail's agents are put in. Whose
 * networks are which, the configuration says: such lists change, and what is out of date would name the wrong people.
 */
const VENDORS: Readonly<Record<string, string>> = {
  datadog: 'Datadog',
  'new-relic': 'New Relic',
  dynatrace: 'Dynatrace',
  wiz: 'Wiz',
  veeam: 'Veeam',
}

interface Seen {
  vendor: string
  how: string
  certain: boolean
}

interface VendorRanges {
  name: string
  networks: { network: string; range: Range }[]
}

/** By which vendors a consumer gives itself away: by its agent, and by where it calls from. */
function seenOf({ agent, network }: Consumer, vendors: readonly VendorRanges[]): Seen[] {
  const seen: Seen[] = []
  if (agent !== null && Object.hasOwn(VENDORS, agent)) {
    const vendor = VENDORS[agent]!
    seen.push({ vendor, how: `by an agent of ${vendor} from ${network ?? 'a network not known'}`, certain: true })
  }
  const from = network === null ? null : rangeOf(network)
  if (from === null) return seen
  for (const { name, networks } of vendors)
    for (const its of networks) {
      const overlap = overlapOf(its.range, from)
      if (overlap === 'around') seen.push({ vendor: name, how: `from ${network}, a network of ${name}`, certain: true })
      if (overlap === 'inside')
        seen.push({ vendor: name, how: `from ${network}, in which ${its.network} of ${name} lies`, certain: false })
    }
  return seen
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
  *run({ dossiers, config }) {
    const vendors = config.vendors.map(({ name, networks }) => ({
      name,
      networks: networks.map((network) => ({ network, range: rangeOf(network)! })),
    }))
    for (const dossier of dossiers) {
      if (!dossier.usage || dossier.status !== 'active') continue
      const found = dossier.usage.consumers.flatMap((consumer) => seenOf(consumer, vendors))
      if (found.length === 0) continue
      // the trail tells networks of a certain size: a vendor's address within one may be that of somebody else
      const isSure = found.some(({ certain }) => certain)
      const shown = found.filter(({ certain }) => certain === isSure)
      const names = [...new Set(shown.map(({ vendor }) => vendor))].sort()
      yield {
        subject: keySubject(dossier),
        because: `used ${[...new Set(shown.map(({ how }) => how))].slice(0, 3).join('; ')}`,
        evidence: [{ fact: 'vendor', value: names.join(', '), source: 'trail' }],
        ...(isSure ? {} : { severity: 'medium' as const }),
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a key used from the network of a vendor that the configuration names',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({ consumers: [exampleConsumer({ network: '192.0.2.0/24' })] }),
        config: { vendors: [{ name: 'Acme Backup', networks: ['192.0.0.0/16'] }] },
      },
      {
        name: 'a key used from where one address of a vendor lies',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({ consumers: [exampleConsumer({ network: '2001:db8:7::/48' })] }),
        config: { vendors: [{ name: 'Acme Backup', networks: ['2001:db8:7::25'] }] },
      },
      {
        name: "a key in a vendor's agent",
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({
          consumers: [exampleConsumer({ agent: 'datadog', userAgent: 'datadog-agent botocore/1.31' })],
        }),
      },
    ],
    clean: [
      { name: 'a key of a program of our own', account: EXAMPLE_KEY_ACCOUNT, usage: exampleUsage() },
      {
        name: 'a key used beside the network of a vendor',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage(),
        config: { vendors: [{ name: 'Acme Backup', networks: ['198.51.101.0/24', '2001:db8::/32'] }] },
      },
    ],
  },
}
