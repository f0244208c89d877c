/** What to do before anything else. */
import { type Finding, SEVERITIES } from '../model/finding.ts'

export interface UrgentThing {
  finding: Finding
  /** All open findings of its check, it included. */
  alike: number
  /** The accounts that they are in. */
  accounts: number
}

/**
 * The most urgent open findings of medium severity and above, one for each check and subject: five ways to say the same
 * of one user are one thing to do.
 * @param findings worst first
 */
export function mostUrgent(findings: readonly Finding[], limit = 5): UrgentThing[] {
  const checks = new Map<string, Finding>()
  const subjects = new Set<string>()
  const alike = new Map<string, { count: number; accounts: Set<string> }>()
  for (const finding of findings) {
    if (finding.status !== 'open') continue
    const { check, accountId } = finding
    const known = alike.get(check)
    if (known) {
      known.count++
      known.accounts.add(accountId)
    } else alike.set(check, { count: 1, accounts: new Set([accountId]) })
    const subject = `${accountId} ${finding.subject.id}`
    if (checks.size === limit || checks.has(check) || subjects.has(subject) || !isMediumOrWorse(finding)) continue
    subjects.add(subject)
    checks.set(check, finding)
  }
  return [...checks.values()].map((finding) => {
    const { count, accounts } = alike.get(finding.check)!
    return { finding, alike: count, accounts: accounts.size }
  })
}

function isMediumOrWorse({ severity }: Finding): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf('medium')
}
