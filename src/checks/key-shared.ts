import type { Consumer } from '../model/trail.ts'
import type { Check } from './check.ts'
import { EXAMPLE_KEY_ACCOUNT, exampleConsumer, exampleUsage } from './example-usage.ts'
import { keySubject } from './subjects.ts'

/** As many networks within an hour as one program, or one person on the move, hardly has. */
const AT_ONCE = 3
/** Programs that have nothing to do with each other. */
const PROGRAMS = 4

export const keyShared: Check = {
  id: 'key-shared',
  title: 'Access key is used by several people or programs',
  severity: 'medium',
  group: 'keys',
  why: 'When many share a key, nobody answers for what it does, a leak cannot be traced, and it cannot be rotated without breaking somebody.',
  fix: 'Find its consumers with `keyreeve trail consumers`, give each a role or, where none is possible, a key of its own, and retire the shared one.',
  needs: ['accessKeys', 'usage'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html'],
  *run({ dossiers }) {
    for (const dossier of dossiers) {
      const { usage, status } = dossier
      if (!usage || status !== 'active') continue
      const programs = programsOf(usage.consumers)
      const many = usage.networksAtOnce >= AT_ONCE
      if (!many && programs.length < PROGRAMS) continue
      yield {
        subject: keySubject(dossier),
        because: many
          ? `used from ${usage.networksAtOnce} networks within one hour`
          : `used by ${programs.length} programs from places of their own: ${programs.join(', ')}`,
        evidence: [
          { fact: 'networks within one hour', value: usage.networksAtOnce, source: 'trail' },
          { fact: 'programs', value: programs.join(', '), source: 'trail' },
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a key in three networks within an hour',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({ networksAtOnce: 3 }),
      },
      {
        name: 'a key of four programs, each in its own network',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({
          consumers: ['boto3', 'terraform', 'aws-sdk-java', 'rclone'].map((agent, i) =>
            exampleConsumer({ agent, network: `198.51.${i}.0/24` }),
          ),
        }),
      },
    ],
    clean: [
      { name: 'a key of one program', account: EXAMPLE_KEY_ACCOUNT, usage: exampleUsage() },
      {
        name: 'a laptop that moves between two networks',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({ networksAtOnce: 2, networks: ['198.51.100.0/24', '203.0.113.0/24'] }),
      },
      {
        name: 'calls that AWS services make for the key',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({
          consumers: ['s3', 'ec2', 'kms', 'logs'].map((name) =>
            exampleConsumer({ agent: 'aws-service', ipClass: 'aws-service', network: `${name}.amazonaws.com` }),
          ),
        }),
      },
    ],
  },
}

/** Families of agents that have a network to themselves. */
function programsOf(consumers: readonly Consumer[]): string[] {
  const own = consumers.filter(
    ({ ipClass, agent }) => ipClass !== 'aws-service' && agent !== null && agent !== 'aws-service',
  )
  const agentsIn = new Map<string | null, Set<string>>()
  for (const { network, agent } of own) agentsIn.set(network, (agentsIn.get(network) ?? new Set()).add(agent!))
  const alone = own.filter(({ network }) => agentsIn.get(network)!.size === 1).map(({ agent }) => agent!)
  return [...new Set(alone)].sort()
}
