/** One key in full: whose it is, what it did, what is wrong with it, and what to do. */

import type { AuditedAccount } from '../model/audit.ts'
import type { KeyRow } from '../model/dossier.ts'
import type { Finding } from '../model/finding.ts'
import type { Leak } from '../model/leak.ts'
import { counted, formatNumber } from '../model/numbers.ts'
import type { Reach } from '../model/reach.ts'
import type { KeyUsage } from '../model/usage.ts'
import { type Fact, reachFacts, usageFacts } from './key-facts.ts'
import type { KeysOptions } from './keys.ts'
import { leakPlaceName, placeRemarks } from './leak-place.ts'
import { Page } from './page.ts'
import { accountLabel, dayOf, minuteOf, relativeDay } from './words.ts'

export interface DossierOptions extends KeysOptions {
  /** What else is known about the owner; absent or null is not shown. */
  owner?: { groups?: readonly string[] | null; mfaActive?: boolean | null; console?: boolean | null }
}

/**
 * `keys ID` as text.
 * @param findings those about this key, worst first; others may be among them
 */
export function keyDossier(row: KeyRow, findings: readonly Finding[], options: DossierOptions): string {
  const page = new Page(options)
  const account = options.audit?.accounts.find(({ accountId }) => accountId === row.accountId) ?? null
  page.heading(row.accessKeyId ?? `Key ${row.subjectId.slice(-1)} of ${row.owner.name}`)
  facts(page, identity(row, account, options))
  if (row.leaks) leaksSection(page, row.leaks)
  if (row.usage) usageSection(page, row.usage)
  if (row.reach) reachSection(page, row.reach)
  const own = findings.filter(({ accountId, subject }) => accountId === row.accountId && subject.id === row.subjectId)
  findingsSection(page, own, options)
  return page.toString()
}

function identity(row: KeyRow, account: AuditedAccount | null, { owner: known = {} }: DossierOptions): Fact[] {
  const { owner, status, createDate, ageDays, nextAction } = row
  const { groups, mfaActive, console: signsIn } = known
  const age = ageDays === null ? '' : ` (${counted(ageDays, 'day')} old)`
  return [
    ['Owner', owner.kind === 'root' ? 'the root user' : `user ${owner.name}`],
    ['', owner.arn],
    ...(groups ? [['Groups', groups.length > 0 ? groups.join(', ') : 'none'] as Fact] : []),
    ...(typeof signsIn === 'boolean' ? [['Console', signsIn ? 'has a password' : 'no password'] as Fact] : []),
    ...(typeof mfaActive === 'boolean' ? [['MFA', mfaActive ? 'active' : 'none'] as Fact] : []),
    ['Account', account ? accountLabel(account) : row.accountId],
    ['Status', status],
    ['Created', createDate === null ? 'not known' : `${minuteOf(createDate)}${age}`],
    ['Last used', lastUse(row, account)],
    ['Next action', nextAction],
  ]
}

function lastUse({ lastUsed, lastUsedKnown }: KeyRow, account: AuditedAccount | null): string {
  const asOf = lastUseAsOf(account)
  const known = asOf ? `; known as of ${minuteOf(asOf)}` : ''
  if (!lastUsed) return lastUsedKnown ? `never${known}` : 'not known: what tells it was not read'
  const ago = account ? relativeDay(lastUsed.date, account.collectedAt) : null
  const where = [lastUsed.service && `by ${lastUsed.service}`, lastUsed.region && `in ${lastUsed.region}`]
  return `${[minuteOf(lastUsed.date), ago && `(${ago})`, ...where].filter(Boolean).join(' ')}${known}`
}

/** When the last use of keys was told, by whichever source told it later. */
function lastUseAsOf(account: AuditedAccount | null): string | null {
  const told = (account?.coverage ?? []).filter(
    ({ source, status }) =>
      status === 'read' && (source === 'iam:GetCredentialReport' || source === 'iam:GetAccessKeyLastUsed'),
  )
  return (
    told
      .map(({ asOf }) => asOf)
      .filter((asOf) => asOf !== null)
      .sort()
      .at(-1) ?? null
  )
}

function facts(page: Page, rows: readonly Fact[]): void {
  const labelWidth = Math.max(...rows.map(([label]) => label.length))
  for (const [label, text] of rows)
    page.labelled(label, text, {
      labelWidth,
      paintLabel: page.paint.dim,
      ...(label === 'Next action' ? { paintText: page.paint.bold } : {}),
    })
}

/** Most places of a leak on one page; the JSON has them all. */
const MOST_PLACES = 20

/** Every place where the key lies open. */
function leaksSection(page: Page, leaks: readonly Leak[]): void {
  const places = leaks.flatMap((leak) => leak.places.map((place) => ({ leak, place })))
  page.heading(
    places.length === 0 ? 'IN NO PLACE THAT WAS SCANNED' : `WHERE IT LIES  ${counted(places.length, 'place')}`,
  )
  for (const { leak, place } of places.slice(0, MOST_PLACES)) {
    page.text(leakPlaceName(place), 2)
    page.text(placeRemarks(leak, place).join('; '), 4, page.paint.dim)
  }
  if (places.length > MOST_PLACES) page.text(`and ${formatNumber(places.length - MOST_PLACES)} more`, 2)
}

/** Who uses it, of CloudTrail: that is who breaks when it goes. */
function usageSection(page: Page, usage: KeyUsage): void {
  page.heading('WHO USES IT')
  facts(page, usageFacts(usage))
}

/** The blast radius: what whoever holds the key can get at. */
function reachSection(page: Page, reach: Reach): void {
  page.heading('WHAT IT OPENS')
  facts(page, reachFacts(reach))
}

function findingsSection(page: Page, findings: readonly Finding[], { audit }: DossierOptions): void {
  const open = findings.filter(({ status }) => status === 'open').length
  page.heading(
    findings.length === 0
      ? 'NOTHING FOUND'
      : `FINDINGS  ${formatNumber(open)} open${open < findings.length ? `, ${formatNumber(findings.length - open)} accepted` : ''}`,
  )
  if (findings.length === 0) page.text('No check flagged this key.', 2)
  for (const { check, title, severity, because, evidence, remedy, accepted } of findings) {
    page.leftRight(`${severity}  ${title}`, check, page.paint.severity[severity], page.paint.dim)
    page.text(because, 2)
    const why = audit?.checks[check]?.why
    if (why) page.text(why, 2, page.paint.dim)
    for (const { fact, value, source, asOf } of evidence)
      page.text(
        `${fact}: ${value ?? 'not known'} (${source}${asOf ? `, as of ${minuteOf(asOf)}` : ''})`,
        2,
        page.paint.dim,
      )
    if (accepted)
      page.labelled('Accepted', `until ${dayOf(accepted.expires)}, by ${accepted.owner}: ${accepted.reason}`)
    page.labelled('Fix', remedy.text, { paintLabel: page.paint.good })
    for (const command of remedy.commands) page.command(command, 2)
    page.blank()
  }
}
