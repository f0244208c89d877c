/** What the checks of leaked keys share. */

import { type Leak, type LeakPlace, NO_DETAILS } from '../model/leak.ts'
import { counted } from '../model/numbers.ts'
import type { Example } from './check.ts'
import { EXAMPLE_ACCOUNT } from './example.ts'
import { cut, listed } from './wording.ts'

/** What a finding says about where a fact comes from: it is no call of AWS's. */
export const SCAN = 'scan'

/** Whether somebody could use it: what is public, made up, or laid out as a trap is no leak. */
export function isUsable({ class: leakClass }: Leak): boolean {
  return leakClass === 'plausible' || leakClass === 'impossible'
}

/** The places that nobody has allowed. */
export function openPlaces({ places }: Leak): LeakPlace[] {
  return places.filter(({ allowed }) => allowed === null)
}

/** `src/app.py line 3`, `arn:… environment/AWS_ACCESS_KEY_ID (eu-west-1)`. */
export function placeName({ path, member, line, region, kind, commit }: LeakPlace): string {
  const within = member === null ? '' : kind === 'account' ? `, ${member}` : `!/${member}`
  const row = line === null || (kind === 'account' && member !== null) ? '' : ` line ${line}`
  const since = commit === null ? '' : ` since commit ${commit.slice(0, 10)}`
  return `${cut(path, 120)}${within}${row}${region ? ` (${region})` : ''}${since}`
}

/** `3 places: a, b and c`; one place is only named. */
export function placesSentence(places: readonly LeakPlace[]): string {
  const names = [...new Set(places.map(placeName))]
  return names.length === 1 ? names[0]! : `${counted(names.length, 'place')}: ${listed(names)}`
}

/** A leak for examples: with its secret, in one place, unless said otherwise. */
export function exampleLeak(leak: Omit<Partial<Leak>, 'places'> & { places?: Partial<LeakPlace>[] }): Leak {
  const { places = [{}], ...more } = leak
  return {
    fingerprint: `of ${more.accessKeyId ?? 'a secret'}`,
    kind: 'long-term',
    accessKeyId: null,
    accountId: EXAMPLE_ACCOUNT,
    class: 'plausible',
    reason: 'looks like an access key ID',
    evidence: 'pair',
    hasSecret: true,
    secretFingerprint: '0123456789abcdef',
    hasSessionToken: false,
    expiration: null,
    inAccount: null,
    ...more,
    places: places.map((place) => ({
      ...NO_DETAILS,
      kind: 'file',
      path: '/home/ana/shop/.env',
      line: 3,
      column: 19,
      encodings: [],
      allowed: null,
      ...place,
    })),
  }
}

/** A place in the example account's configuration. */
export function accountPlace(service: string, resource: string, member: string | null): Partial<LeakPlace> {
  const region = 'eu-west-1'
  return {
    kind: 'account',
    path: `arn:aws:${service}:${region}:${EXAMPLE_ACCOUNT}:${resource}`,
    member,
    region,
    line: 1,
  }
}

/** A scan of the example account in which everything was read. */
export const WHOLE_SCAN: NonNullable<Example['accountScan']> = [
  { source: 'ec2:DescribeRegions', region: null, status: 'read', asOf: null, detail: null },
]
