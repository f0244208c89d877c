/** The keys table: each dossier with what is wrong and what to do next. */
import type { Dossier, KeyRow } from './model/dossier.ts'
import { type Finding, SEVERITIES } from './model/finding.ts'

/**
 * @param findings sorted worst first; accepted ones do not count
 * @returns one row for each dossier, worst first
 */
export function keyRows(dossiers: readonly Dossier[], findings: readonly Finding[]): KeyRow[] {
  const byKey = byAccountAndKey(findings)
  return dossiers
    .map((dossier) => rowOf(dossier, byKey.get(dossier.accountId)?.get(dossier.subjectId) ?? []))
    .sort(byUrgency)
}

function byAccountAndKey(findings: readonly Finding[]): Map<string, Map<string, Finding[]>> {
  const accounts = new Map<string, Map<string, Finding[]>>()
  for (const finding of findings) {
    if (finding.status !== 'open' || finding.subject.kind !== 'access-key') continue
    let keys = accounts.get(finding.accountId)
    if (!keys) {
      keys = new Map()
      accounts.set(finding.accountId, keys)
    }
    const list = keys.get(finding.subject.id)
    if (list) list.push(finding)
    else keys.set(finding.subject.id, [finding])
  }
  return accounts
}

function rowOf(dossier: Dossier, findings: readonly Finding[]): KeyRow {
  const checks: string[] = []
  for (const { check } of findings) if (!checks.includes(check)) checks.push(check)
  return {
    ...dossier,
    findings: checks,
    severity: findings[0]?.severity ?? null,
    nextAction: nextActionOf(dossier, checks),
  }
}

/** What to do with a key: the first row that fits. */
const NEXT_ACTIONS: readonly [check: string, action: string][] = [
  ['key-quarantined', 'revoke now: AWS says this key is exposed'],
  ['key-leaked', 'revoke now: it lies open, with its secret'],
  ['key-inactive-kept', 'delete'],
  ['key-never-used', 'deactivate, then delete'],
  ['key-unused', 'deactivate'],
  ['key-two-active', 'finish the rotation: move what uses it, then deactivate'],
  ['key-age', 'rotate, or replace by a role'],
  ['key-of-console-user', 'replace by short-term credentials'],
  ['key-silent-but-scheduled', 'move its scheduled job to a role'],
]

function nextActionOf(dossier: Dossier, checks: readonly string[]): string {
  if (dossier.owner.kind === 'root')
    return dossier.status === 'active' ? 'deactivate and delete: root needs no key' : 'delete'
  const isExposed = checks.includes('key-quarantined') || checks.includes('key-leaked')
  if (dossier.status !== 'active' && isExposed) return 'look up what it did, then delete'
  // a key that waits for the next run of a job looks idle: who deactivates it breaks that run
  const isScheduled = checks.includes('key-silent-but-scheduled')
  const next = NEXT_ACTIONS.find(([check]) => checks.includes(check) && !(isScheduled && check === 'key-unused'))
  if (next) return next[1]
  return dossier.status === 'active' ? 'none' : 'delete after the grace period'
}

const RANK = Object.fromEntries(SEVERITIES.map((severity, i) => [severity, i])) as Record<string, number>

/** Root first, then worst first, active before inactive, most findings, oldest, then by ID. */
function byUrgency(a: KeyRow, b: KeyRow): number {
  return (
    Number(b.owner.kind === 'root') - Number(a.owner.kind === 'root') ||
    rank(a) - rank(b) ||
    Number(b.status === 'active') - Number(a.status === 'active') ||
    b.findings.length - a.findings.length ||
    (b.ageDays ?? 0) - (a.ageDays ?? 0) ||
    (a.subjectId < b.subjectId ? -1 : a.subjectId > b.subjectId ? 1 : 0)
  )
}

function rank({ severity }: KeyRow): number {
  return severity === null ? SEVERITIES.length : RANK[severity]!
}
