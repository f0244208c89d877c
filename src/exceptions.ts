/** Accepted findings: they stay visible, and come back when their exception expires. */
import type { Exception } from './model/config.ts'
import type { Finding } from './model/finding.ts'
import { matchesWildcard } from './policy/match.ts'

/**
 * Marks the findings that an unexpired exception covers as accepted.
 * @param now the time of the snapshot; an exception holds through the whole of its day of expiry (UTC)
 */
export function acceptExceptions(findings: Finding[], exceptions: readonly Exception[], now: string): Finding[] {
  const today = now.slice(0, 10)
  const valid = exceptions.filter(({ expires }) => expires >= today)
  if (valid.length === 0) return findings
  return findings.map((finding) => {
    const exception = valid.find((candidate) => covers(candidate, finding))
    if (!exception) return finding
    const { reason, owner, expires } = exception
    return { ...finding, status: 'accepted', accepted: { reason, owner, expires } }
  })
}

function covers({ check, subject, account }: Exception, finding: Finding): boolean {
  if (check !== '*' && check !== finding.check) return false
  if (account !== undefined && account !== finding.accountId) return false
  const { id, arn, name } = finding.subject
  return [id, arn, name].some((text) => text !== null && matchesWildcard(subject, text))
}
