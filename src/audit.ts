/** The flow: snapshots in, findings out. Pure: no clock, no network. */

import { brokenControls } from './checks/frameworks.ts'
import { CHECKS } from './checks/index.ts'
import { isEnabled, runChecks } from './checks/run.ts'
import { buildDossiers } from './dossiers.ts'
import { acceptExceptions } from './exceptions.ts'
import { keyRows } from './key-rows.ts'
import type { Audit } from './model/audit.ts'
import { type Config, DEFAULT_CONFIG } from './model/config.ts'
import type { KeyRow } from './model/dossier.ts'
import { type Finding, SEVERITIES } from './model/finding.ts'
import type { Leak } from './model/leak.ts'
import type { Coverage, Snapshot } from './model/snapshot.ts'
import type { AccountUsage } from './model/usage.ts'
import { worldOf } from './reach/key-reach.ts'

export interface AuditOptions {
  tool: { name: string; version: string }
  config?: Config
  /** Only these checks, by id. */
  only?: readonly string[]
  /** Whether the dossiers are to say what keys open: all of them, or the one with this ID. */
  reach?: boolean | string
  /** What scans found; absent: none was made. */
  leaks?: readonly Leak[] | null
  /** What scans of the accounts' configuration read; an account without an entry was not scanned. */
  accountScans?: readonly AccountScanCoverage[] | null
  /** What CloudTrail says, an entry an account; absent: none was ingested. */
  usage?: readonly AccountUsage[] | null
}

export interface AccountScanCoverage {
  accountId: string
  coverage: readonly Coverage[]
}

/** Audits the accounts of the snapshots. */
export function audit(
  snapshots: readonly Snapshot[],
  {
    tool,
    config = DEFAULT_CONFIG,
    only,
    reach = false,
    leaks = null,
    accountScans = null,
    usage: allUsage = null,
  }: AuditOptions,
): Audit {
  const checks = CHECKS.filter((check) => (only ? only.includes(check.id) : isEnabled(check, config)))
  const effective = only ? { ...config, checks: Object.fromEntries(only.map((id) => [id, true])) } : config
  const collectedAt =
    snapshots
      .map((snapshot) => snapshot.collectedAt)
      .sort()
      .at(-1) ?? ''

  const world = worldOf(snapshots)
  const results = snapshots.map((snapshot) => {
    const usage = allUsage?.find(({ accountId }) => accountId === snapshot.accountId) ?? null
    const dossiers = buildDossiers(snapshot, {
      world: reach === false ? null : world,
      reachOf: typeof reach === 'string' ? reach : null,
      leaks,
      usage,
    })
    const accountScan = accountScans?.find(({ accountId }) => accountId === snapshot.accountId)?.coverage ?? null
    const evidence = { snapshot, dossiers, leaks, accountScan, usage, world }
    return { dossiers, ...runChecks(checks, evidence, effective, brokenControls) }
  })
  const findings = sorted(
    acceptExceptions(
      results.flatMap((result) => result.findings),
      config.exceptions,
      collectedAt,
    ),
  )
  const notEvaluated = results.flatMap((result) => result.notEvaluated)
  const dossiers = results.flatMap((result) => result.dossiers)
  const missed = new Set(
    notEvaluated.filter(({ extent }) => extent === 'all').map((gap) => `${gap.check} ${gap.accountId}`),
  )
  const active = dossiers.filter(({ status }) => status === 'active').length
  let keys: KeyRow[] | undefined

  return {
    tool,
    collectedAt,
    accounts: snapshots.map(({ accountId, alias, partition, collectedAt, collectedAtFrom, complete, coverage }) => ({
      accountId,
      alias,
      partition,
      collectedAt,
      collectedAtFrom,
      complete,
      coverage,
    })),
    findings,
    notEvaluated,
    notes: [],
    // made when first asked for: most reports show none
    get keys() {
      keys ??= keyRows(dossiers, findings)
      return keys
    },
    checks: Object.fromEntries(
      checks.map(({ id, title, severity, group, why, fix, references }) => [
        id,
        { id, title, severity: config.severities[id] ?? severity, group, why, fix, references },
      ]),
    ),
    summary: {
      bySeverity: countBySeverity(findings),
      accessKeys: { total: dossiers.length, active, inactive: dossiers.length - active },
      checks: { evaluated: checks.length * snapshots.length - missed.size, notEvaluated: missed.size },
    },
  }
}

/** Open findings by severity; accepted ones do not count. */
function countBySeverity(findings: readonly Finding[]): Audit['summary']['bySeverity'] {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity, status } of findings) if (status === 'open') counts[severity]++
  return counts
}

const RANK = Object.fromEntries(SEVERITIES.map((severity, i) => [severity, i])) as Record<Finding['severity'], number>

/**
 * Open before accepted, worst first, then by check, account, region and subject. The findings of a check are many and
 * mostly alike in the rest, so it is what they differ in that is compared thousands of times.
 */
function sorted(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const key = `${finding.status === 'open' ? 0 : 1}${RANK[finding.severity]} ${finding.check}`
    const group = groups.get(key)
    if (group) group.push(finding)
    else groups.set(key, [finding])
  }
  return [...groups].sort(([a], [b]) => order(a, b)).flatMap(([, group]) => group.sort(byPlace))
}

function byPlace(a: Finding, b: Finding): number {
  return (
    order(a.accountId, b.accountId) ||
    order(a.region ?? '', b.region ?? '') ||
    order(a.subject.id, b.subject.id) ||
    order(a.fingerprint, b.fingerprint)
  )
}

/** By code unit: the same in every locale, and fast; account and region are nearly always the same string. */
function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
