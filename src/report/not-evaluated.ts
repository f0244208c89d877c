/** Turns "this check could not say, because" around: one line for each cause, with the checks that it blinds. */
import type { Audit } from '../model/audit.ts'

export interface Reason {
  because: string
  /** By check id, whether all or part of it is blind. */
  checks: Map<string, 'all' | 'part'>
  accounts: Set<string>
}

/** A check may miss several sources: `a:B was denied (…); c:D was throttled`. A detail may hold `; ` as well. */
const BETWEEN_SOURCES = /; (?=[a-z][a-z0-9-]*:[A-Z][A-Za-z0-9]* )/

/** The causes, those that blind most first; apart from them, what nobody asked for. */
export function groupGaps({ notEvaluated }: Pick<Audit, 'notEvaluated'>): { failed: Reason[]; notAsked: Reason[] } {
  const failed = new Map<string, Reason>()
  const notAsked = new Map<string, Reason>()
  for (const gap of notEvaluated) {
    const reasons = gap.notAsked ? notAsked : failed
    for (const because of gap.because.split(BETWEEN_SOURCES)) {
      const reason = reasons.get(because) ?? { because, checks: new Map(), accounts: new Set() }
      reasons.set(because, reason)
      if (reason.checks.get(gap.check) !== 'all') reason.checks.set(gap.check, gap.extent)
      reason.accounts.add(gap.accountId)
    }
  }
  return { failed: worstFirst(failed), notAsked: worstFirst(notAsked) }
}

function worstFirst(reasons: Map<string, Reason>): Reason[] {
  return [...reasons.values()].sort(
    (a, b) => b.checks.size - a.checks.size || (a.because < b.because ? -1 : a.because > b.because ? 1 : 0),
  )
}
