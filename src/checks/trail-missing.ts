import type { Trail } from '../model/snapshot.ts'
import type { Check, FlagTrait } from './check.ts'
import { shell } from './shell.ts'
import { accountSubject } from './subjects.ts'

const SOURCE = 'cloudtrail:DescribeTrails'

export const trailMissing: Check = {
  id: 'trail-missing',
  title: 'No trail records all API calls of all regions',
  severity: 'high',
  group: 'account',
  why: 'CloudTrail is the only record of who used a key, from where and for what. Without a trail there are 90 days of it, and after a theft nobody can say what was done; a trail of one region misses an attacker who works in another.',
  fix: 'Create one trail for all regions (for the whole organization, if you have one) with all management events and log file validation, into a bucket of an account for logs.',
  needs: ['trails'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html',
  ],
  *run({ snapshot }) {
    const trails = [...new Map(snapshot.trails.map((trail) => [trail.trailArn, trail])).values()]
    const everywhere = trails.filter(({ isMultiRegionTrail }) => isMultiRegionTrail)
    const judged = everywhere.map((trail) => ({ trail, faults: faultsOf(trail), doubts: doubtsOf(trail) }))
    const sound = judged.filter(({ faults }) => faults.length === 0)
    if (sound.some(({ doubts }) => doubts.length === 0)) return
    if (sharesTheWork(everywhere)) return
    if (sound.length > 0) {
      const { trail, doubts } = sound[0]!
      yield { unknown: `whether trail ${trail.name} ${doubts.join(' and ')} is not known` }
      return
    }
    const best = judged.sort((a, b) => a.faults.length - b.faults.length)[0]
    yield {
      subject: accountSubject(snapshot),
      traits: traitsOf(trails, best?.faults ?? null),
      because:
        trails.length === 0
          ? 'there is no trail'
          : best
            ? `trail ${best.trail.name} ${best.faults.join(' and ')}, and no other does better`
            : `${trails.length === 1 ? `trail ${trails[0]!.name} is` : `all ${trails.length} trails are`} of a single region`,
      ...(best && !best.faults.includes(NOT_LOGGING) ? { severity: 'medium' as const } : {}),
      evidence: [
        { fact: 'trails', value: trails.length, source: SOURCE },
        ...(best ? [{ fact: `trail ${best.trail.name}`, value: best.faults.join(', '), source: SOURCE }] : []),
      ],
      ...(best && !best.trail.isOrganizationTrail ? { commands: commandsFor(best.trail, best.faults) } : {}),
    }
  },
  examples: {
    flagged: [
      { name: 'no trail', account: {}, flags: ['111122223333'] },
      { name: 'a trail of one region', account: { trails: [{ name: 'main', isMultiRegionTrail: false }] } },
      { name: 'a trail that is stopped', account: { trails: [{ name: 'main', isLogging: false }] } },
      {
        name: 'a trail without log file validation',
        account: { trails: [{ name: 'main', logFileValidationEnabled: false }] },
      },
      { name: 'a trail of writes only', account: { trails: [{ name: 'main', managementEvents: 'write-only' }] } },
      {
        name: 'a trail that leaves out some services',
        account: { trails: [{ name: 'main', managementEvents: 'some' }] },
      },
      { name: 'a trail of data events only', account: { trails: [{ name: 'data', managementEvents: 'none' }] } },
    ],
    clean: [
      { name: 'a trail as it should be', account: { trails: [{ name: 'main' }] } },
      {
        name: 'a trail of the organization, kept by another account',
        account: {
          trails: [
            {
              name: 'org',
              isOrganizationTrail: true,
              trailArn: 'arn:aws:cloudtrail:us-east-1:999900001111:trail/org',
            },
          ],
        },
      },
      {
        name: 'a good trail beside a stopped one',
        account: { trails: [{ name: 'old', isLogging: false }, { name: 'main' }] },
      },
      {
        name: 'two trails, one for reads and one for writes',
        account: {
          trails: [
            { name: 'reads', managementEvents: 'read-only' },
            { name: 'writes', managementEvents: 'write-only' },
          ],
        },
      },
    ],
  },
}

const NOT_LOGGING = 'is not logging'
const NOT_VALIDATED = 'has no log file validation'

function faultsOf({ isLogging, logFileValidationEnabled, managementEvents }: Trail): string[] {
  const faults: string[] = []
  if (isLogging === false) faults.push(NOT_LOGGING)
  if (!logFileValidationEnabled) faults.push(NOT_VALIDATED)
  if (managementEvents === 'none') faults.push('records no management events')
  else if (managementEvents === 'some') faults.push('leaves out some management events')
  else if (managementEvents !== 'all' && managementEvents !== null)
    faults.push(`records management events ${managementEvents}`)
  return faults
}

function doubtsOf({ isLogging, managementEvents }: Trail): string[] {
  return [
    ...(isLogging === null ? ['is logging'] : []),
    ...(managementEvents === null ? ['records all management events'] : []),
  ]
}

/** Whether one trail for reads and one for writes make up for one that records all. */
function sharesTheWork(trails: Trail[]): boolean {
  const kinds = trails
    .filter(({ isLogging, logFileValidationEnabled }) => isLogging && logFileValidationEnabled)
    .map(({ managementEvents }) => managementEvents)
  return kinds.includes('read-only') && kinds.includes('write-only')
}

/** @param faults of the best trail of all regions; null: there is none */
function traitsOf(trails: readonly Trail[], faults: readonly string[] | null): FlagTrait[] {
  const isUnvalidated = faults
    ? faults.includes(NOT_VALIDATED)
    : trails.some((trail) => !trail.logFileValidationEnabled)
  return [
    ...(trails.every(({ isLogging }) => isLogging === false) ? ['untrailed' as const] : []),
    ...(faults?.every((fault) => fault === NOT_VALIDATED) ? [] : ['unrecorded' as const]),
    ...(isUnvalidated ? ['unvalidated' as const] : []),
  ]
}

function commandsFor({ trailArn, homeRegion }: Trail, faults: string[]): string[] {
  return [
    ...(faults.includes(NOT_LOGGING)
      ? [shell`aws cloudtrail start-logging --region ${homeRegion} --name ${trailArn}`]
      : []),
    ...(faults.includes(NOT_VALIDATED)
      ? [shell`aws cloudtrail update-trail --region ${homeRegion} --name ${trailArn} --enable-log-file-validation`]
      : []),
    shell`aws cloudtrail get-event-selectors --region ${homeRegion} --trail-name ${trailArn}`,
  ]
}
