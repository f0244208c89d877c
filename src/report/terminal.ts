/** The audit for a person at a terminal: what to do first, then everything, then what could not be seen. */
import type { Audit, AuditedAccount } from '../model/audit.ts'
import { gapSentence } from '../model/facts.ts'
import { type Finding, isAtLeast, SEVERITIES, type Severity } from '../model/finding.ts'
import { counted, formatNumber } from '../model/numbers.ts'
import type { TerminalOptions } from './format.ts'
import { cut, widthOf } from './layout.ts'
import { mostUrgent } from './most-urgent.ts'
import { groupGaps, type Reason } from './not-evaluated.ts'
import { Page } from './page.ts'
import { accountLabel, dayOf, list, minuteOf, severityCounts, subjectLabel, TIME_SOURCE } from './words.ts'

const SUBJECTS_SHOWN = 8
const CHECKS_NAMED = 8

/** `audit` as text. */
export function terminalReport(audit: Audit, options: TerminalOptions): string {
  const page = new Page(options)
  const open = audit.findings.filter(({ status }) => status === 'open')
  const shown = open.filter(({ severity }) => isAtLeast(severity, options.minSeverity ?? 'info'))
  header(page, audit)
  firstThings(page, shown, audit)
  for (const severity of SEVERITIES) severitySection(page, severity, shown, audit, options)
  if (shown.length < open.length)
    page.text(
      `${counted(open.length - shown.length, 'finding')} below ${options.minSeverity} not listed.`,
      0,
      page.paint.dim,
    )
  notEvaluated(page, audit, options)
  accepted(page, audit)
  verdict(page, audit, open)
  return page.toString()
}

function header(page: Page, audit: Audit): void {
  const { accounts, summary } = audit
  const [only] = accounts
  const whose =
    accounts.length === 1 && only ? `AWS account ${accountLabel(only)}` : counted(accounts.length, 'AWS account')
  page.text(`keyreeve audit of ${whose}`, 0, page.paint.bold)
  if (accounts.length === 1 && only) page.text(timeAndCoverage(only), 0, page.paint.dim)
  for (const note of audit.notes) page.text(`Note: ${note}`, 0, page.paint.warn)
  page.blank()
  counters(page, audit)
  const { total, active, inactive } = summary.accessKeys
  page.text(
    `${counted(total, 'access key')}${total > 0 ? `: ${formatNumber(active)} active, ${formatNumber(inactive)} inactive` : ''}`,
  )
  if (accounts.length > 1) accountsSection(page, audit)
}

/** `2 critical   5 high   …`, each in its colour, as many to a line as fit. */
function counters(page: Page, { summary: { bySeverity } }: Audit): void {
  let line = ''
  let used = 0
  for (const severity of SEVERITIES) {
    const text = `${formatNumber(bySeverity[severity])} ${severity}`
    if (used > 0 && used + 3 + text.length > page.width) {
      page.lines([line])
      line = ''
      used = 0
    }
    const paint = bySeverity[severity] > 0 ? page.paint.severity[severity] : page.paint.dim
    line += (used > 0 ? '   ' : '') + paint(text)
    used += (used > 0 ? 3 : 0) + text.length
  }
  page.lines([line])
}

function timeAndCoverage(account: AuditedAccount): string {
  const source = TIME_SOURCE[account.collectedAtFrom]
  const time = `As of ${minuteOf(account.collectedAt)}${source ? ` (${source})` : ''}.`
  const failed = account.coverage.filter(({ status }) => status !== 'read' && status !== 'absent').length
  const absent = account.coverage.filter(({ status }) => status === 'absent').length
  const missing = [
    ...(failed > 0 ? [`${counted(failed, 'source')} could not be read`] : []),
    ...(absent > 0 ? [`${counted(absent, 'source')} ${absent === 1 ? 'was' : 'were'} not asked for`] : []),
  ]
  if (missing.length > 0) return `${time} ${list(missing)}.`
  return account.complete ? `${time} Every source was read.` : `${time} The snapshot is incomplete.`
}

function accountsSection(page: Page, audit: Audit): void {
  page.heading('ACCOUNTS')
  const counts = new Map<string, Record<Severity, number>>()
  for (const { status, accountId, severity } of audit.findings) {
    if (status !== 'open') continue
    const bySeverity = counts.get(accountId) ?? { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
    bySeverity[severity]++
    counts.set(accountId, bySeverity)
  }
  const labelWidth = widestLabel(audit.accounts.map(accountLabel), page.edge)
  for (const account of audit.accounts) {
    const bySeverity = counts.get(account.accountId)
    const found = bySeverity ? severityCounts(bySeverity, SEVERITIES) : 'nothing found'
    page.labelled(accountLabel(account), `${found}. ${timeAndCoverage(account)}`, {
      labelWidth,
      paintLabel: page.paint.bold,
    })
  }
}

/** The most urgent open findings, one for each check and subject. */
function firstThings(page: Page, open: readonly Finding[], audit: Audit): void {
  const things = mostUrgent(open)
  if (things.length === 0) return
  page.heading('DO THESE FIRST')
  things.forEach(({ finding, alike }, i) => {
    const { severity, title, because, remedy } = finding
    const number = `${i + 1}. `
    const paint = page.paint.severity[severity]
    page.labelled(`${number}${severity}`, title, {
      indent: 0,
      labelWidth: number.length + 8,
      paintLabel: paint,
      paintText: page.paint.bold,
    })
    page.text(`${fullLabel(finding, audit)}: ${because}`, 3)
    page.text(remedy.text, 3, page.paint.dim)
    for (const command of remedy.commands.slice(0, 3)) page.command(command, 3)
    if (alike > 1) page.text(`and ${counted(alike - 1, 'more like it', 'more like it')}, below`, 3, page.paint.dim)
    page.blank()
  })
}

function fullLabel(finding: Finding, audit: Audit): string {
  const label = subjectLabel(finding.subject, finding.region)
  return audit.accounts.length > 1 && finding.subject.kind !== 'account' ? `${label} of ${finding.accountId}` : label
}

function severitySection(
  page: Page,
  severity: Severity,
  open: readonly Finding[],
  audit: Audit,
  options: TerminalOptions,
): void {
  const findings = open.filter((finding) => finding.severity === severity)
  if (findings.length === 0) return
  const byCheck = new Map<string, Finding[]>()
  for (const finding of findings) {
    const list = byCheck.get(finding.check)
    if (list) list.push(finding)
    else byCheck.set(finding.check, [finding])
  }
  page.heading(`${severity.toUpperCase()}  ${counted(findings.length, 'finding')}`, page.paint.severity[severity])
  for (const [check, list] of byCheck) checkBlock(page, check, list, audit, options)
}

function checkBlock(
  page: Page,
  check: string,
  findings: readonly Finding[],
  audit: Audit,
  { verbose = false }: TerminalOptions,
): void {
  const [first] = findings
  if (!first) return
  const { paint } = page
  page.leftRight(first.title, `${check}  ${formatNumber(findings.length)}`, paint.bold, paint.dim)
  const why = audit.checks[check]?.why
  if (why) page.text(why, 2, paint.dim)
  const all = verbose || Object.keys(audit.checks).length === 1
  const shown = all ? findings : findings.slice(0, SUBJECTS_SHOWN)
  subjectLines(page, shown, audit, verbose)
  if (shown.length < findings.length)
    page.text(`and ${formatNumber(findings.length - shown.length)} more: keyreeve audit --check ${check}`, 2, paint.dim)
  for (const text of new Set(shown.map(({ remedy }) => remedy.text).slice(0, verbose ? undefined : 3)))
    page.labelled('Fix', text, { paintLabel: paint.good })
  if (!verbose) {
    const example = shown.find(({ remedy }) => remedy.commands.length > 0)
    for (const command of example?.remedy.commands ?? []) page.command(command, 2)
  }
  page.blank()
}

function subjectLines(page: Page, findings: readonly Finding[], audit: Audit, verbose: boolean): void {
  const several = audit.accounts.length > 1
  const labels = findings.map(({ subject, region }) => subjectLabel(subject, region))
  const indent = several ? 4 : 2
  const labelWidth = widestLabel(labels, page.edge)
  let account = ''
  findings.forEach((finding, i) => {
    if (several && finding.accountId !== account) {
      account = finding.accountId
      const alias = audit.accounts.find(({ accountId }) => accountId === account)?.alias ?? null
      page.text(accountLabel({ accountId: account, alias }), 2, page.paint.bold)
    }
    page.labelled(`• ${labels[i]!}`, finding.because, {
      indent,
      labelWidth: labelWidth + 2,
      paintLabel: page.paint.severity[finding.severity],
    })
    if (verbose) for (const command of finding.remedy.commands) page.command(command, indent + 2)
  })
}

/** The width of a label column: the widest label, but never so wide that nothing is left for the text. */
function widestLabel(labels: readonly string[], width: number): number {
  const most = Math.max(20, Math.floor(width * 0.42))
  // a label that is wider goes on a line of its own
  return Math.max(0, ...labels.map((label) => widthOf(label)).filter((label) => label <= most))
}

function notEvaluated(page: Page, audit: Audit, { verbose = false }: TerminalOptions): void {
  const { failed, notAsked } = groupGaps(audit)
  const unused = unusedGaps(audit)
  if (failed.length === 0 && notAsked.length === 0 && unused.length === 0) return
  page.heading('NOT EVALUATED', page.paint.warn)
  for (const reason of failed) {
    page.text(`${reason.because}${whereOf(reason, audit)}`, 2, page.paint.bold)
    page.text(checksOf(reason, verbose), 4)
  }
  for (const gap of unused) page.text(gap, 2)
  if (notAsked.length === 0) return
  const sources = notAsked.map(({ because }) => because.replace(/ (was not read|is not in the snapshot).*$/s, ''))
  const checks = [...new Set(notAsked.flatMap((reason) => [...reason.checks.keys()]))].sort()
  page.text(`Not asked for, or not in the files given: ${named(sources, verbose)}`, 2)
  page.text(`so not evaluated, or only in part: ${named(checks, verbose)}`, 4, page.paint.dim)
}

/** What was not read although it was asked for, and no check missed. */
function unusedGaps({ accounts, notEvaluated }: Audit): string[] {
  const told = notEvaluated.map(({ because }) => because).join('\n')
  const gaps = accounts.flatMap(({ coverage }) =>
    coverage
      .filter(({ status }) => status !== 'read' && status !== 'absent')
      .map(gapSentence)
      .filter((sentence) => !told.includes(sentence)),
  )
  return [...new Set(gaps)]
}

function checksOf({ checks }: Reason, verbose: boolean): string {
  const all = [...checks].filter(([, extent]) => extent === 'all').map(([check]) => check)
  const part = [...checks].filter(([, extent]) => extent === 'part').map(([check]) => check)
  return [
    ...(all.length > 0 ? [`not evaluated: ${named(all, verbose)}`] : []),
    ...(part.length > 0 ? [`only in part: ${named(part, verbose)}`] : []),
  ].join('; ')
}

function named(names: readonly string[], verbose: boolean): string {
  if (verbose || names.length <= CHECKS_NAMED + 1) return names.join(', ')
  return `${names.slice(0, CHECKS_NAMED).join(', ')} and ${names.length - CHECKS_NAMED} more (--verbose)`
}

function whereOf({ accounts }: Reason, audit: Audit): string {
  if (audit.accounts.length < 2) return ''
  if (accounts.size === audit.accounts.length) return ', in every account'
  const ids = [...accounts].slice(0, 3)
  return `, in ${list(accounts.size > 3 ? [...ids, `${accounts.size - 3} more`] : ids)}`
}

function accepted(page: Page, audit: Audit): void {
  const findings = audit.findings.filter(({ status }) => status === 'accepted')
  if (findings.length === 0) return
  page.heading(`ACCEPTED  ${counted(findings.length, 'finding')}`)
  for (const finding of findings) {
    const { title, check, severity, accepted } = finding
    page.leftRight(
      cut(`${fullLabel(finding, audit)}: ${title}`, page.width * 3),
      `${check}  ${severity}`,
      (t) => t,
      page.paint.dim,
    )
    if (accepted)
      page.text(`until ${dayOf(accepted.expires)}, by ${accepted.owner}: ${accepted.reason}`, 2, page.paint.dim)
  }
}

function verdict(page: Page, audit: Audit, open: readonly Finding[]): void {
  page.blank()
  page.lines([page.paint.dim('─'.repeat(page.edge))])
  const { summary, accounts, checks } = audit
  const anyCheck = open[0]?.check ?? Object.keys(checks)[0]
  const hints: [string, string][] = [['keyreeve keys', 'every access key, and what to do with it']]
  if (anyCheck) hints.push([`keyreeve explain ${anyCheck}`, 'what a check means, with examples'])
  const labelWidth = Math.max(...hints.map(([command]) => command.length))
  for (const [command, does] of hints)
    page.labelled(command, does, { indent: 0, labelWidth, paintLabel: page.paint.command, paintText: page.paint.dim })
  page.blank()
  const { evaluated, notEvaluated } = summary.checks
  const found = severityCounts(summary.bySeverity, SEVERITIES)
  const worst = SEVERITIES.find((severity) => summary.bySeverity[severity] > 0)
  const parts = new Set(
    audit.notEvaluated.filter(({ extent }) => extent === 'part').map(({ check, accountId }) => `${check} ${accountId}`),
  ).size
  const unseen = [
    ...(notEvaluated > 0 ? [`${counted(notEvaluated, 'check')} could not be evaluated`] : []),
    ...(parts > 0 ? [`${counted(parts, 'check')} saw only a part`] : []),
    ...(accounts.some(({ complete }) => !complete) && notEvaluated + parts === 0 ? ['the snapshot is incomplete'] : []),
  ]
  const gaps = unseen.length > 0 ? ` ${capitalized(list(unseen))}.` : ''
  const result = found === '' ? `Nothing found by ${counted(evaluated, 'check')}.` : `Open: ${found}.`
  page.text(`${result}${gaps}`, 0, worst ? page.paint.severity[worst] : gaps ? page.paint.warn : page.paint.good)
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
