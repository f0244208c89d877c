/** `trail detect` for a person at a terminal: the worst first, what is allowed, and what could not be judged. */

import type { Detected } from '../../model/detection.ts'
import { isAtLeast, SEVERITIES } from '../../model/finding.ts'
import { counted, formatNumber } from '../../model/numbers.ts'
import type { TerminalOptions } from '../format.ts'
import { Page } from '../page.ts'
import { dayOf, list, minuteOf, severityCounts } from '../words.ts'
import { allowedCount, type DetectionRun, openBySeverity } from './detection-run.ts'

/** Of each detection, unless everything is asked for. */
const SHOWN = 5

export function detectionsText(run: DetectionRun, options: TerminalOptions): string {
  const page = new Page(options)
  header(page, run)
  const shown = run.detections.filter(({ severity }) => isAtLeast(severity, options.minSeverity ?? 'info'))
  for (const severity of SEVERITIES) {
    const open = shown.filter((detected) => detected.status === 'open' && detected.severity === severity)
    if (open.length === 0) continue
    page.heading(`${severity.toUpperCase()} (${formatNumber(open.length)})`, page.paint.severity[severity])
    for (const group of byCode(open)) detectionGroup(page, run, group, options)
  }
  allowed(page, run)
  notJudged(page, run)
  input(page, run)
  return page.toString()
}

function header(page: Page, run: DetectionRun): void {
  const { events, from, to, rules } = run
  const span = from && to ? `, ${minuteOf(from)} to ${minuteOf(to)}` : ''
  page.text(`keyreeve trail detect: ${counted(events, 'event')}${span}`, 0, page.paint.bold)
  const counts = severityCounts(openBySeverity(run), SEVERITIES)
  page.text(
    events === 0
      ? 'There are no events in this time.'
      : counts === ''
        ? `Nothing looks wrong to the ${counted(rules.length, 'detection')} that were asked.`
        : `${counts}.`,
  )
}

function byCode(detections: readonly Detected[]): Detected[][] {
  const groups = new Map<string, Detected[]>()
  for (const detected of detections) {
    const group = groups.get(detected.code)
    if (group) group.push(detected)
    else groups.set(detected.code, [detected])
  }
  return [...groups.values()]
}

function detectionGroup(page: Page, run: DetectionRun, group: Detected[], { verbose }: TerminalOptions): void {
  const [first] = group as [Detected]
  page.text(`${first.code} ${first.title}`, 0, page.paint.bold)
  const rows = verbose ? group : group.slice(0, SHOWN)
  for (const { time, because, accountId } of rows)
    page.labelled(minuteOf(time), `${because}${accountId === null ? '' : ` [${accountId}]`}`, {
      paintLabel: page.paint.dim,
    })
  if (rows.length < group.length)
    page.text(`and ${formatNumber(group.length - rows.length)} more (--verbose)`, 2, page.paint.dim)
  const rule = run.rules.find(({ code }) => code === first.code)
  if (rule) page.labelled('do', rule.fix, { paintLabel: page.paint.good })
  page.blank()
}

function allowed(page: Page, run: DetectionRun): void {
  const number = allowedCount(run)
  if (number === 0) return
  page.heading(`Allowed (${formatNumber(number)})`)
  for (const group of byCode(run.detections.filter(({ status }) => status === 'allowed'))) {
    const reasons = [...new Set(group.map(({ allowed }) => allowed?.reason ?? ''))]
    page.labelled(group[0]!.code, `${counted(group.length, 'detection')}: ${reasons.join('; ')}`)
  }
}

function notJudged(page: Page, { notEvaluated }: DetectionRun): void {
  if (notEvaluated.length === 0) return
  page.heading(`Not evaluated (${formatNumber(notEvaluated.length)})`)
  const reasons = new Map<string, string[]>()
  for (const { code, because, extent } of notEvaluated)
    reasons.set(because, [...(reasons.get(because) ?? []), `${code}${extent === 'part' ? ' in part' : ''}`])
  for (const [because, codes] of reasons) page.text(`${list(codes)}: ${because}`, 2)
}

function input(page: Page, { input: read, since }: DetectionRun): void {
  if (since) {
    page.blank()
    page.text(`Only what happened from ${dayOf(since)} on is told.`, 0, page.paint.dim)
  }
  if (!read || (read.rejected === 0 && read.skipped.length === 0)) return
  page.heading('Not read', page.paint.warn)
  if (read.rejected > 0) page.text(`${counted(read.rejected, 'record')} could not be read.`)
  for (const { what, why } of read.skipped.slice(0, 20)) page.text(`${what}: ${why}`, 2)
  if (read.skipped.length > 20) page.text(`and ${formatNumber(read.skipped.length - 20)} more`, 2)
}
