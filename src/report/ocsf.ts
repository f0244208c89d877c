/**
 * OCSF 1.5.0 Compliance Finding (class 2003) with the cloud profile: one event per line, as data lakes take them.
 * What is not known is left out, as OCSF has no null. https://schema.ocsf.io/1.5.0/classes/compliance_finding
 */
import type { Audit, AuditedAccount, CheckSummary } from '../model/audit.ts'
import type { Finding, NotEvaluated, Severity } from '../model/finding.ts'
import { inChunks } from './format.ts'

export const OCSF_VERSION = '1.5.0'
const CLASS = 2003
const CREATE = 1

export const SEVERITY: Record<Severity, [id: number, caption: string]> = {
  critical: [5, 'Critical'],
  high: [4, 'High'],
  medium: [3, 'Medium'],
  low: [2, 'Low'],
  info: [1, 'Informational'],
}

/** `audit --format ocsf`, in chunks. Checks that could not be evaluated are events too, with the status Warning. */
export function ocsfReport(audit: Audit): Iterable<string> {
  return inChunks(lines(audit))
}

function* lines(audit: Audit): Iterable<string> {
  const contexts = new Map(
    audit.accounts.map((account) => [account.accountId, contextOf(audit, account.accountId, account)]),
  )
  const contextFor = (accountId: string) => contexts.get(accountId) ?? contextOf(audit, accountId)
  const about = (check: string) => (Object.hasOwn(audit.checks, check) ? audit.checks[check] : undefined)
  for (const finding of audit.findings)
    yield `${JSON.stringify(findingEvent(finding, about(finding.check), contextFor(finding.accountId)))}\n`
  for (const gap of audit.notEvaluated)
    yield `${JSON.stringify(gapEvent(gap, about(gap.check), contextFor(gap.accountId)))}\n`
}

/** What all events of an account have in common. */
interface Context {
  /** Milliseconds since 1970; 0 where there is no time at all. */
  time: number
  metadata: object
  account: object
  owner: object
  partition: string | undefined
}

function contextOf({ tool, collectedAt }: Audit, accountId: string, account?: AuditedAccount): Context {
  const described = { uid: accountId, type_id: 10, type: 'AWS Account', name: account?.alias ?? undefined }
  return {
    time: Date.parse(account?.collectedAt ?? collectedAt) || 0,
    metadata: {
      version: OCSF_VERSION,
      profiles: ['cloud'],
      product: { name: tool.name, vendor_name: tool.name, version: tool.version },
    },
    account: described,
    owner: { account: described },
    partition: account?.partition,
  }
}

/** What tells one event from another. */
interface Event {
  region: string | null
  message: string
  severity: Severity
  /** Why the finding is suppressed. */
  accepted: string | undefined
  finding_info: object
  compliance: object
  resource: object
  remediation: object | undefined
  evidences: object[] | undefined
}

/** One literal without spreads, or V8 makes each event a slow hash table. JSON leaves out what is undefined. */
function eventOf(event: Event, { time, metadata, account }: Context): object {
  const [severityId, severity] = SEVERITY[event.severity]
  return {
    activity_id: CREATE,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: CLASS,
    class_name: 'Compliance Finding',
    type_uid: CLASS * 100 + CREATE,
    type_name: 'Compliance Finding: Create',
    time,
    metadata,
    cloud: { provider: 'AWS', account, region: event.region ?? undefined },
    message: event.message,
    severity_id: severityId,
    severity,
    status_id: event.accepted === undefined ? 1 : 3,
    status: event.accepted === undefined ? 'New' : 'Suppressed',
    status_detail: event.accepted,
    finding_info: event.finding_info,
    compliance: event.compliance,
    resources: [event.resource],
    remediation: event.remediation,
    evidences: event.evidences,
  }
}

function findingEvent(finding: Finding, about: CheckSummary | undefined, context: Context): object {
  const { check, title, because, fingerprint, evidence, accepted, frameworks, remedy, region, severity } = finding
  const standards = Object.keys(frameworks)
  const event: Event = {
    region,
    message: `${title}: ${because}`,
    severity,
    accepted: accepted ? `accepted by ${accepted.owner} until ${accepted.expires}: ${accepted.reason}` : undefined,
    finding_info: {
      uid: fingerprint,
      title,
      desc: because,
      types: about?.group ? [about.group] : undefined,
      analytic: { type_id: 1, type: 'Rule', uid: check, name: about?.title ?? title },
      data_sources: [...new Set(evidence.map(({ source }) => source))],
    },
    compliance: {
      control: check,
      desc: about?.why ?? title,
      standards: standards.length > 0 ? standards : undefined,
      requirements:
        standards.length > 0
          ? standards.flatMap((standard) => (frameworks[standard] ?? []).map((id) => `${standard} ${id}`))
          : undefined,
      status_id: 3,
      status: 'Fail',
      status_details: [because],
    },
    resource: resourceOf(finding, context),
    remediation: {
      desc: [remedy.text, ...remedy.commands].join('\n'),
      references: about && about.references.length > 0 ? about.references : undefined,
    },
    evidences: evidence.map(({ fact, value, source, asOf }) => ({
      name: fact,
      data: { fact, source, value: value ?? undefined, as_of: asOf ?? undefined },
    })),
  }
  return eventOf(event, context)
}

function gapEvent(gap: NotEvaluated, about: CheckSummary | undefined, context: Context): object {
  const { check, accountId, because, extent } = gap
  const title = `${about?.title ?? check}: ${extent === 'all' ? 'not evaluated' : 'evaluated only in part'}`
  const event: Event = {
    region: null,
    message: `${title}: ${because}`,
    severity: 'info',
    accepted: undefined,
    finding_info: {
      uid: `${check}/${accountId}/not-evaluated`,
      title,
      desc: because,
      types: about?.group ? [about.group] : undefined,
      analytic: { type_id: 1, type: 'Rule', uid: check, name: about?.title ?? check },
    },
    compliance: {
      control: check,
      desc: about?.why ?? title,
      status_id: 2,
      status: 'Warning',
      status_details: [because],
    },
    resource: { uid: accountId, type: 'account', owner: context.owner, cloud_partition: context.partition },
    remediation: undefined,
    evidences: undefined,
  }
  return eventOf(event, context)
}

function resourceOf({ subject, region }: Finding, { owner, partition }: Context): object {
  return {
    uid: subject.kind === 'access-key' ? subject.id : (subject.arn ?? subject.id),
    name: subject.name ?? undefined,
    type: subject.kind,
    region: region ?? undefined,
    owner,
    cloud_partition: partition,
  }
}
