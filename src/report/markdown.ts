/** Markdown (GitHub's) for pull requests, issues and wikis. */

import type { Audit } from '../model/audit.ts'
import type { KeyRow } from '../model/dossier.ts'
import { type Finding, SEVERITIES } from '../model/finding.ts'
import { counted } from '../model/numbers.ts'
import { markdownCode as code, printableCommand, markdownText as text } from './escape.ts'
import { inChunks } from './format.ts'
import { groupGaps } from './not-evaluated.ts'
import { accountLabel, dayOf, minuteOf, TIME_SOURCE } from './words.ts'

/** `audit --format markdown`, in chunks. */
export function markdownReport(audit: Audit): Iterable<string> {
  return inChunks(parts(audit))
}

function* parts(audit: Audit): Iterable<string> {
  yield* head(audit)
  for (const severity of SEVERITIES) {
    const open = audit.findings.filter((finding) => finding.status === 'open' && finding.severity === severity)
    if (open.length === 0) continue
    yield `\n## ${capitalized(severity)}: ${counted(open.length, 'finding')}\n`
    for (const group of byCheck(open)) yield* checkSection(group, audit)
  }
  yield* notEvaluatedSection(audit)
  yield* acceptedSection(audit)
}

function* head({ accounts, collectedAt, notes, summary }: Audit): Iterable<string> {
  yield `# keyreeve audit\n\n`
  for (const account of accounts) {
    const source = TIME_SOURCE[account.collectedAtFrom]
    yield `- AWS account ${text(accountLabel(account))}, as of ${text(minuteOf(account.collectedAt))}${source ? ` \\(${text(source)}\\)` : ''}${account.complete ? '' : ', **incomplete**'}\n`
  }
  if (accounts.length === 0) yield `- as of ${text(minuteOf(collectedAt))}\n`
  for (const note of notes) yield `- ${text(note)}\n`
  yield `\n| ${SEVERITIES.map(capitalized).join(' | ')} | Access keys | Active | Checks evaluated | Not evaluated |\n`
  yield `|${' ---: |'.repeat(SEVERITIES.length + 4)}\n`
  const { bySeverity, accessKeys, checks } = summary
  const numbers = [
    ...SEVERITIES.map((severity) => bySeverity[severity]),
    accessKeys.total,
    accessKeys.active,
    checks.evaluated,
    checks.notEvaluated,
  ]
  yield `| ${numbers.join(' | ')} |\n`
}

function byCheck(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const group = groups.get(finding.check)
    if (group) group.push(finding)
    else groups.set(finding.check, [finding])
  }
  return [...groups.values()]
}

function* checkSection(findings: readonly Finding[], audit: Audit): Iterable<string> {
  const [first] = findings
  if (!first) return
  yield `\n### ${text(first.title)} (${code(first.check)}, ${findings.length})\n\n`
  const why = audit.checks[first.check]?.why
  if (why) yield `${text(why)}\n\n`
  const several = audit.accounts.length > 1
  yield `| Subject |${several ? ' Account |' : ''} Because |\n| --- |${several ? ' --- |' : ''} --- |\n`
  for (const finding of findings)
    yield `| ${subject(finding)} |${several ? ` ${text(finding.accountId)} |` : ''} ${text(finding.because)} |\n`
  for (const remedy of new Set(findings.map(({ remedy }) => remedy.text))) yield `\n**Fix:** ${text(remedy)}\n`
  const example = findings.find(({ remedy }) => remedy.commands.length > 0)
  if (example) yield fenced(example.remedy.commands)
}

function subject({ subject: { kind, id, name }, region }: Finding): string {
  const label = kind === 'access-key' || name === null || kind === 'account' ? code(id, true) : code(name, true)
  const owner = kind === 'access-key' && name !== null ? ` of ${code(name, true)}` : ''
  return `${label}${owner}${region === null ? '' : ` in ${code(region, true)}`}`
}

function fenced(commands: readonly string[]): string {
  const lines = commands.map(printableCommand)
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)))
  const fence = '`'.repeat(longest + 1)
  return `\n${fence}sh\n${lines.join('\n')}\n${fence}\n`
}

function* notEvaluatedSection(audit: Audit): Iterable<string> {
  const { failed, notAsked } = groupGaps(audit)
  if (failed.length + notAsked.length === 0) return
  yield `\n## Not evaluated\n\n| Because | Checks | Accounts |\n| --- | --- | --- |\n`
  for (const { because, checks, accounts } of [...failed, ...notAsked]) {
    const blind = [...checks].map(
      ([check, extent]) => `${code(check, true)}${extent === 'part' ? ' \\(in part\\)' : ''}`,
    )
    yield `| ${text(because)} | ${blind.join(', ')} | ${[...accounts].map((id) => code(id, true)).join(', ')} |\n`
  }
}

function* acceptedSection({ findings }: Audit): Iterable<string> {
  const accepted = findings.filter(({ status }) => status === 'accepted')
  if (accepted.length === 0) return
  yield `\n## Accepted: ${counted(accepted.length, 'finding')}\n\n`
  yield '| Severity | Check | Subject | Account | Until | Owner | Reason |\n| --- | --- | --- | --- | --- | --- | --- |\n'
  for (const finding of accepted)
    yield `| ${finding.severity} | ${code(finding.check, true)} | ${subject(finding)} | ${text(finding.accountId)} | ${text(dayOf(finding.accepted?.expires ?? ''))} | ${text(finding.accepted?.owner ?? '')} | ${text(finding.accepted?.reason ?? '')} |\n`
}

/** `keys --format markdown`, in chunks. */
export function keysMarkdown(rows: readonly KeyRow[]): Iterable<string> {
  return inChunks(keyParts(rows))
}

function* keyParts(rows: readonly KeyRow[]): Iterable<string> {
  const active = rows.filter(({ status }) => status === 'active').length
  yield `# Access keys\n\n${counted(rows.length, 'access key')}, ${active} active\n\n`
  yield '| Severity | Key | Account | Owner | Status | Age (days) | Last used | What is wrong | Next action |\n'
  yield '| --- | --- | --- | --- | --- | ---: | --- | --- | --- |\n'
  for (const row of rows) {
    const { severity, accessKeyId, accountId, owner, status, ageDays, lastUsed, lastUsedKnown, findings, nextAction } =
      row
    const used = lastUsed
      ? [dayOf(lastUsed.date), lastUsed.service, lastUsed.region].filter(Boolean).join(' ')
      : lastUsedKnown
        ? 'never'
        : 'not known'
    const cells = [
      severity ?? '',
      accessKeyId === null ? text(`not read ${row.subjectId.slice(-2)}`) : code(accessKeyId, true),
      text(accountId),
      owner.kind === 'root' ? 'root' : code(owner.name, true),
      status,
      ageDays === null ? '' : String(ageDays),
      text(used),
      findings.map((check) => code(check, true)).join(', '),
      nextAction === 'none' ? '' : text(nextAction),
    ]
    yield `| ${cells.join(' | ')} |\n`
  }
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
