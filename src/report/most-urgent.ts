/** What to do before anything else. */
import { type Finding, SEVERITIES, type Severity } from '../model/finding.ts'

export interface UrgentThing {
  finding: Finding
  /** All open findings of its check, it included. */
  alike: number
  /** The accounts that they are in. */
  accounts: number
}

/**
 * Of findings that are equally severe, in what order an incident responder goes: first what strangers hold already, then
 * what they can take without any secret, then what one stolen secret opens.
 */
export const ORDER: readonly string[] = [
  'key-quarantined',
  'role-trust-public',
  'oidc-trust-wide',
  'root-access-key',
  'root-mfa',
  'admin-mfa',
  'role-trust-third-party-without-external-id',
  'user-console-mfa',
  'policy-passrole-wildcard',
  'admin-user',
]

/**
 * The most urgent open findings of medium severity and above, one for each check and subject: five ways to say the same
 * of one user are one thing to do.
 * @param findings worst first
 */
export function mostUrgent(findings: readonly Finding[], limit = 5): UrgentThing[] {
  const alike = new Map<string, { count: number; accounts: Set<string> }>()
  const bySeverity = new Map<Severity, Map<string, Finding[]>>(SEVERE.map((severity) => [severity, new Map()]))
  for (const finding of findings) {
    if (finding.status !== 'open') continue
    const { check, accountId, severity } = finding
    const known = alike.get(check)
    if (known) {
      known.count++
      known.accounts.add(accountId)
    } else alike.set(check, { count: 1, accounts: new Set([accountId]) })
    const checks = bySeverity.get(severity)
    const list = checks?.get(check)
    if (list) list.push(finding)
    else checks?.set(check, [finding])
  }
  const checks = new Map<string, Finding>()
  const subjects = new Set<string>()
  for (const severity of SEVERE)
    for (const [check, list] of [...bySeverity.get(severity)!].sort(([a], [b]) => placeOf(a) - placeOf(b))) {
      if (checks.size === limit || checks.has(check)) continue
      const finding = list.find((candidate) => !subjects.has(subjectOf(candidate)))
      if (!finding) continue
      subjects.add(subjectOf(finding))
      checks.set(check, finding)
    }
  return [...checks.values()].map((finding) => {
    const { count, accounts } = alike.get(finding.check)!
    return { finding, alike: count, accounts: accounts.size }
  })
}

const SEVERE = SEVERITIES.slice(0, SEVERITIES.indexOf('medium') + 1)

function placeOf(check: string): number {
  const place = ORDER.indexOf(check)
  return place === -1 ? ORDER.length : place
}

function subjectOf({ accountId, subject }: Finding): string {
  return `${accountId} ${subject.id}`
}
