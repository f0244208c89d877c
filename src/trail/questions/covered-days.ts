/** Of which days the store has an account's events without a break: only of those is silence a proof. */
import { ask, IN_DAYS, type Question, text, type Within } from './scope.ts'

const DAYS = `
SELECT account_id, CAST(day AS varchar) AS day, count(*) AS events
FROM {{events}}
WHERE ${IN_DAYS} AND account_id IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2`

/**
 * One day without an event may be a quiet one; more in a row, and nobody knows whether the log files of those days were
 * read. Some service of AWS calls something in nearly every account on nearly every day.
 */
const MOST_QUIET_DAYS = 1

const DAY_MS = 86_400_000

/** By account: the last days that follow one another, up to the newest. Accounts without events are not there. */
export async function coveredDays(question: Question): Promise<Map<string, Within>> {
  const covered = new Map<string, Within>()
  for (const row of await ask(question, DAYS)) {
    const account = text(row.account_id)!
    const day = text(row.day)!
    const before = covered.get(account)
    const follows = before && (Date.parse(day) - Date.parse(before.to)) / DAY_MS <= MOST_QUIET_DAYS + 1
    covered.set(account, { from: follows ? before.from : day, to: day })
  }
  return covered
}

/** Those of one account; of one without events, the last day alone. */
export function daysOf(covered: ReadonlyMap<string, Within>, accountId: string, { to }: Within): Within {
  return covered.get(accountId) ?? { from: to, to }
}
