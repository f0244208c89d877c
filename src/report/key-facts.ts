/**
 * What is known about one key beside its findings, as names and sentences: for the terminal and the page, which imports
 * this too.
 */
import { counted, formatNumber } from '../model/numbers.ts'
import type { Reach } from '../model/reach.ts'
import type { KeyUsage } from '../model/usage.ts'
import { dayOf, minuteOf } from './words.ts'

/** A name, empty where it is the one before, and what is to be said. */
export type Fact = [name: string, text: string]

/** Who uses it, of CloudTrail: that is who breaks when it goes. */
export function usageFacts(usage: KeyUsage): Fact[] {
  const { consumers } = usage
  const rows: Fact[] = [
    ['Seen', `${minuteOf(usage.firstSeen)} to ${minuteOf(usage.lastSeen)}, on ${counted(usage.daysActive, 'day')}`],
    ['Calls', `${formatNumber(usage.calls)}, of which ${formatNumber(usage.errors)} failed`],
    ['Services', usage.services.join(', ')],
    ['Regions', usage.regions.join(', ')],
  ]
  if (usage.otherAccounts.length > 0) rows.push(['Other accounts', usage.otherAccounts.join(', ')])
  for (const [i, consumer] of consumers.slice(0, CONSUMERS_SHOWN).entries()) {
    const next = consumer.nextExpected === null ? '' : `, due ${consumer.nextExpected}`
    rows.push([
      i === 0 ? 'Consumers' : '',
      `${consumer.network ?? 'network not known'} with ${(consumer.agent === 'other' ? consumer.userAgent : consumer.agent) ?? 'no agent'}: ${consumer.cadence}${next}, last ${dayOf(consumer.lastSeen)}, ${counted(consumer.calls, 'call')}`,
    ])
  }
  if (consumers.length > CONSUMERS_SHOWN)
    rows.push(['', `and ${formatNumber(consumers.length - CONSUMERS_SHOWN)} more: keyreeve trail consumers`])
  return rows
}

const CONSUMERS_SHOWN = 8

/** The blast radius: what whoever holds the key can get at. */
export function reachFacts(reach: Reach): Fact[] {
  const { otherAccounts, levels, sensitiveActions, stoppedBy, unknown } = reach
  const rows: Fact[] = [['Administrator', wayToAdmin(reach)]]
  if (otherAccounts.length > 0)
    rows.push([
      'Other accounts',
      `may assume roles in ${otherAccounts.map((account) => (account === '*' ? 'any account' : account)).join(', ')}, if they let it in`,
    ])
  rows.push(['Actions', levelsText(levels)])
  for (const [risk, { allowed, restricted, examples }] of Object.entries(sensitiveActions)) {
    const total = allowed + restricted
    if (total === 0) continue
    const more = total > examples.length ? ` and ${formatNumber(total - examples.length)} more` : ''
    const part = restricted === 0 ? '' : allowed === 0 ? ', in part' : `, ${formatNumber(restricted)} of them in part`
    rows.push([RISK_TITLES[risk as keyof typeof RISK_TITLES], `${examples.join(', ')}${more}${part}`])
  }
  for (const { source, policy, actions, examples } of stoppedBy)
    rows.push([
      'Cannot',
      `${examples.slice(0, 3).join(', ')}${actions > 3 ? ` and ${formatNumber(actions - 3)} more sensitive actions` : ''}, although its policies say so: ${blockerName(source)}${policy ? ` ${policy}` : ''} takes them away`,
    ])
  for (const phrase of unknown) rows.push(['Not known', phrase])
  return rows
}

/** `Read 120, Write 8 (6 in part)` */
function levelsText(levels: Reach['levels']): string {
  const parts = Object.entries(levels).flatMap(([level, { allowed, restricted }]) => {
    const total = allowed + restricted
    if (total === 0) return []
    const part = restricted === 0 ? '' : allowed === 0 ? ' (in part)' : ` (${formatNumber(restricted)} in part)`
    return [`${level} ${formatNumber(total)}${part}`]
  })
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function wayToAdmin({ reachesAdmin, hops, path }: Reach): string {
  if (hops === null) return 'not reached'
  if (hops === 0) return 'it is one'
  const names = path.map((name) => (name === 'admin' ? 'administrator' : nameInArn(name))).join(', then ')
  return `${reachesAdmin === 'yes' ? 'reached' : 'perhaps reached'} in ${counted(hops, 'step')}: ${names}`
}

const SOURCES: Record<string, string> = {
  'identity-policy': 'an identity policy',
  'permissions-boundary': 'the permissions boundary',
  'session-policy': 'the session policy',
  scp: 'a service control policy',
  rcp: 'a resource control policy',
  'resource-policy': "the resource's policy",
  'trust-policy': "the role's trust policy",
  'endpoint-policy': "the VPC endpoint's policy",
  default: 'no policy at all',
}

/** `the permissions boundary` */
export function blockerName(source: string): string {
  return SOURCES[source] ?? source
}

/** `role ops-automation`, of its ARN. */
function nameInArn(arn: string): string {
  return /^arn:[^:]*:iam::\d{12}:(user|role)\/(.*)$/.exec(arn)?.slice(1).join(' ') ?? arn
}

export const RISK_TITLES = {
  'credential-exposure': 'Credentials',
  'data-access': 'Data',
  'permission-management': 'Permissions',
  'resource-exposure': 'Exposure',
  destruction: 'Destruction',
  'audit-tampering': 'Audit trail',
} as const
