/** Numbers, dates and names as people read them. */
import type { AuditedAccount } from '../model/audit.ts'
import type { Severity, Subject } from '../model/finding.ts'
import { formatNumber } from '../model/numbers.ts'
import { readable } from './escape.ts'

const DAY = 86_400_000

/** `2026-11-01`, the day of an ISO date in UTC. */
export function dayOf(date: string): string {
  return date.slice(0, 10)
}

/** `2026-11-01 12:00 UTC`. */
export function minuteOf(date: string): string {
  const time = Date.parse(date)
  if (Number.isNaN(time)) return readable(date)
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Whole days from one ISO date to another; null when either is none. */
export function daysBetween(from: string, to: string): number | null {
  const days = Math.floor((Date.parse(to) - Date.parse(from)) / DAY)
  return Number.isNaN(days) ? null : days
}

/** `today`, `324 d ago`, `in 3 d`. */
export function relativeDay(date: string, now: string): string | null {
  const days = daysBetween(date, now)
  if (days === null) return null
  return days === 0 ? 'today' : days > 0 ? `${formatNumber(days)} d ago` : `in ${formatNumber(-days)} d`
}

/** `3 critical, 1 high and 2 low`; empty when there is nothing. */
export function severityCounts(bySeverity: Record<Severity, number>, severities: readonly Severity[]): string {
  return list(severities.filter((s) => bySeverity[s] > 0).map((s) => `${formatNumber(bySeverity[s])} ${s}`))
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** `example (111122223333)`. */
export function accountLabel({ accountId, alias }: Pick<AuditedAccount, 'accountId' | 'alias'>): string {
  return alias ? `${readable(alias)} (${readable(accountId)})` : readable(accountId)
}

/** What a finding is about, in one short phrase: `AKIA… deploy`, `root`, `i-0abc in eu-west-1`. */
export function subjectLabel(subject: Subject, region: string | null = null): string {
  const label = readable(subjectName(subject))
  return region === null ? label : `${label} in ${readable(region)}`
}

/** What AWS calls root in the credential report; no user can have such a name. */
const ROOT = '<root_account>'

function subjectName({ kind, id, name: given }: Subject): string {
  if (kind === 'root') return 'root'
  const name = given === ROOT ? 'root' : given
  if (kind === 'account') return name ? `${name} (${id})` : id
  // without its ID a key is told by its owner and its place in the credential report
  if (kind === 'access-key') {
    const slot = /#([12])$/.exec(id)
    if (slot) return `${name ?? id} key #${slot[1]}`
    return name === null ? id : `${id} ${name}`
  }
  return name ?? id
}

/** Where the time of an account's data comes from, when it was not the clock. */
export const TIME_SOURCE: Record<AuditedAccount['collectedAtFrom'], string | null> = {
  clock: null,
  'as-of': 'as given with --as-of',
  'file-time': "by the file's date; --as-of DATE corrects it",
  'credential-report': 'by the credential report',
}
