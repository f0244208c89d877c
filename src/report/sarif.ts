/**
 * SARIF 2.1.0, for code scanning and the viewers that read it.
 *
 * An access key has no line in a file, so a finding is placed by its logical location; GitHub insists on a file as
 * well and gets a path made of account and subject. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Audit, CheckSummary } from '../model/audit.ts'
import type { Finding, NotEvaluated, Severity } from '../model/finding.ts'
import { printable } from './escape.ts'
import { inChunks } from './format.ts'
import { subjectLabel } from './words.ts'

export const LEVELS: Record<Severity, 'error' | 'warning' | 'note'> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
}

/** GitHub's scale: critical above 9.0, high from 7.0, medium from 4.0, low below. */
export const SECURITY_SEVERITY: Record<Severity, string> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
  info: '0.1',
}

export const RANKS: Record<Severity, number> = { critical: 95, high: 80, medium: 55, low: 30, info: 1 }

/** `audit --format sarif`, in chunks. */
export function sarifReport(audit: Audit): Iterable<string> {
  return inChunks(parts(audit))
}

function* parts(audit: Audit): Iterable<string> {
  const rules = rulesOf(audit)
  const ruleIndex = new Map(rules.map(({ id }, i) => [id, i]))
  const run = {
    tool: { driver: driverOf(audit, rules) },
    automationDetails: { id: categoryOf(audit) },
    invocations: [invocationOf(audit, ruleIndex)],
    columnKind: 'utf16CodeUnits',
    properties: { collectedAt: audit.collectedAt || null, notes: audit.notes },
  }
  yield '{\n"$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n"version": "2.1.0",\n"runs": [\n'
  yield JSON.stringify(run).slice(0, -1)
  yield ',\n"results": ['
  let separator = '\n'
  for (const finding of audit.findings) {
    yield separator + JSON.stringify(resultOf(finding, ruleIndex))
    separator = ',\n'
  }
  yield '\n]}\n]\n}\n'
}

/** Every check that ran, and those that only a finding or a gap still names. */
function rulesOf({ checks, findings, notEvaluated }: Audit): CheckSummary[] {
  const rules = new Map(Object.values(checks).map((check) => [check.id, check]))
  const unknown = (id: string, title: string, severity: Severity, fix: string): CheckSummary => ({
    id,
    title,
    severity,
    group: '',
    why: title,
    fix,
    references: [],
  })
  for (const { check, title, severity, remedy } of findings)
    if (!rules.has(check)) rules.set(check, unknown(check, title, severity, remedy.text))
  for (const { check } of notEvaluated) if (!rules.has(check)) rules.set(check, unknown(check, check, 'info', ''))
  return [...rules.values()]
}

function driverOf({ tool }: Audit, rules: readonly CheckSummary[]): object {
  return {
    name: tool.name,
    version: tool.version,
    // GitHub and others sort by it, so it has to be a semantic version or be left out
    ...(/^\d+\.\d+\.\d+/.test(tool.version) ? { semanticVersion: tool.version } : {}),
    rules: rules.map(ruleOf),
  }
}

function ruleOf({ id, title, severity, group, why, fix, references }: CheckSummary): object {
  const links = references.filter((reference) => /^https?:\/\//.test(reference))
  const paragraphs = [why, fix].filter(Boolean)
  return {
    id,
    name: id.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: why || title },
    help: {
      text: [...paragraphs, ...links].join('\n\n') || title,
      markdown: [...paragraphs, ...links.map((link) => `- <${link}>`)].join('\n\n') || title,
    },
    ...(links[0] ? { helpUri: links[0] } : {}),
    defaultConfiguration: { level: LEVELS[severity], rank: RANKS[severity] },
    properties: {
      tags: ['security', 'aws', ...(group ? [group] : [])],
      precision: 'very-high',
      'problem.severity': LEVELS[severity] === 'note' ? 'recommendation' : LEVELS[severity],
      'security-severity': SECURITY_SEVERITY[severity],
    },
  }
}

/** Keeps the uploads of several accounts apart: GitHub replaces the alerts of the same category. */
function categoryOf({ accounts }: Audit): string {
  return accounts.length === 1 ? `keyreeve/${uriSegment(accounts[0]!.accountId)}/` : 'keyreeve/'
}

function invocationOf(audit: Audit, ruleIndex: Map<string, number>): object {
  const time = Date.parse(audit.collectedAt)
  return {
    // the tool ran; what it could not see is in the notifications
    executionSuccessful: true,
    ...(Number.isNaN(time) ? {} : { endTimeUtc: new Date(time).toISOString() }),
    toolExecutionNotifications: audit.notEvaluated.map((gap) => notificationOf(gap, ruleIndex)),
  }
}

function notificationOf({ check, accountId, because, extent, notAsked }: NotEvaluated, ruleIndex: Map<string, number>) {
  const how = extent === 'all' ? 'not evaluated' : 'evaluated only in part'
  return {
    level: notAsked ? 'note' : 'warning',
    message: { text: messageText(`${check} was ${how} in account ${accountId}: ${because}`) },
    associatedRule: { id: check, index: ruleIndex.get(check) ?? -1 },
    properties: { accountId, extent, notAsked },
  }
}

function resultOf(finding: Finding, ruleIndex: Map<string, number>): object {
  const { check, title, severity, because, accountId, region, subject, fingerprint, accepted } = finding
  return {
    ruleId: check,
    ruleIndex: ruleIndex.get(check) ?? -1,
    kind: 'fail',
    level: LEVELS[severity],
    rank: RANKS[severity],
    message: { text: messageText(`${title}: ${subjectLabel(subject, region)} (account ${accountId}): ${because}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: pathOf(finding) },
          region: { startLine: 1 },
        },
        logicalLocations: [
          { name: subject.name ?? subject.id, fullyQualifiedName: subject.arn ?? subject.id, kind: 'resource' },
        ],
      },
    ],
    partialFingerprints: { 'keyreeveFinding/v1': fingerprint },
    ...(accepted
      ? {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              justification: `${accepted.reason} (${accepted.owner}, until ${accepted.expires})`,
            },
          ],
        }
      : { suppressions: [] }),
    properties: {
      severity,
      status: finding.status,
      accountId,
      region,
      subject,
      evidence: finding.evidence,
      remedy: finding.remedy,
      frameworks: finding.frameworks,
    },
  }
}

/** In a message `{0}` and `[text](link)` mean something; names must not. One line, too. */
export function messageText(text: string): string {
  return printable(text)
    .replace(/[[\]\\]/g, '\\$&')
    .replace(/[{}]/g, '$&$&')
}

/** `aws/111122223333/access-key/AKIA…`: no file, but a place that viewers can group by. */
function pathOf({ accountId, region, subject }: Finding): string {
  const name = subject.kind === 'access-key' || subject.name === null ? subject.id : subject.name
  return ['aws', accountId, ...(region === null ? [] : [region]), subject.kind, name].map(uriSegment).join('/')
}

const LONGEST_SEGMENT = 200

export function uriSegment(text: string): string {
  const encoded = encodeURIComponent(text.slice(0, LONGEST_SEGMENT).replace(/\p{Cs}/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  // `.` and `..` would lead out of the folder
  return /^\.*$/.test(encoded) ? '_' : encoded
}
