import { counted } from '../model/numbers.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { Check } from './check.ts'
import { shell } from './shell.ts'
import { accountSubject } from './subjects.ts'
import { listed } from './wording.ts'

const SOURCE = 'access-analyzer:ListAnalyzers'

/** The kinds that look for access from outside; others look for unused or internal access. */
const EXTERNAL = new Set(['ACCOUNT', 'ORGANIZATION'])

export const accessAnalyzerMissing: Check = {
  id: 'access-analyzer-missing',
  title: 'IAM Access Analyzer does not watch every region for access from outside',
  severity: 'low',
  group: 'account',
  why: 'Access Analyzer tells you, free of charge, which buckets, roles, keys and queues somebody outside can reach. It works by region: where there is none, a resource that is opened by mistake stays open unseen.',
  fix: 'Create an external access analyzer in every enabled region; in an organization, one with the zone of trust ORGANIZATION from the delegated administrator account.',
  needs: ['analyzers'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html',
  ],
  *run({ snapshot }) {
    const regions = readRegions(snapshot)
    if (regions.length === 0) {
      yield { unknown: 'which regions are enabled is not known' }
      return
    }
    const watched = new Set<string>()
    const idle = new Map<string, string>()
    for (const { type, status, region } of snapshot.analyzers) {
      if (!EXTERNAL.has(type)) continue
      if (status === 'ACTIVE') watched.add(region)
      else idle.set(region, status)
    }
    const missing = regions.filter((region) => !watched.has(region))
    if (missing.length === 0) return
    const broken = missing.filter((region) => idle.has(region))
    yield {
      subject: accountSubject(snapshot),
      because: [
        missing.length === regions.length && regions.length > 1
          ? `no active external access analyzer in any of ${counted(regions.length, 'region')}`
          : `no active external access analyzer in ${regions.length === 1 ? regions[0] : `${counted(missing.length, 'region')} of ${regions.length}: ${listed(missing, 20)}`}`,
        ...(broken.length > 0
          ? [`not active in ${listed(broken.map((region) => `${region} (${idle.get(region)})`))}`]
          : []),
        ...(snapshot.organization
          ? ['an analyzer of the whole organization in another account cannot be seen from here']
          : []),
      ].join('; '),
      evidence: [{ fact: 'regions without', value: missing.join(', '), source: SOURCE }],
      commands: missing.map(
        (region) =>
          shell`aws accessanalyzer create-analyzer --region ${region} --analyzer-name external-access --type ACCOUNT`,
      ),
    }
  },
  examples: {
    flagged: [
      { name: 'no analyzer', account: {}, flags: ['111122223333'] },
      {
        name: 'a region without one, as a single finding of the account',
        account: { regions: ['us-east-1', 'eu-west-1', 'eu-west-2'], analyzers: [{ region: 'us-east-1' }] },
        flags: ['111122223333'],
      },
      { name: 'an analyzer that failed', account: { analyzers: [{ region: 'us-east-1', status: 'FAILED' }] } },
      {
        name: 'an analyzer that looks for unused access only',
        account: { analyzers: [{ region: 'us-east-1', type: 'ACCOUNT_UNUSED_ACCESS' }] },
      },
    ],
    clean: [
      {
        name: 'an analyzer of the account, and one of the organization, each in its region',
        account: {
          regions: ['us-east-1', 'eu-west-1'],
          analyzers: [{ region: 'us-east-1' }, { region: 'eu-west-1', type: 'ORGANIZATION' }],
        },
      },
    ],
  },
}

/** The enabled regions whose analyzers were read. Others are gaps, not findings. */
function readRegions({ regions, coverage }: Snapshot): string[] {
  const unread = new Set(
    coverage.filter(({ source, status }) => source === SOURCE && status !== 'read').map(({ region }) => region),
  )
  return regions.filter((region) => !unread.has(region))
}
