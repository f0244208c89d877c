/**
 * OCSF 1.5.0 Compliance Finding (class 2003) with the cloud profile: one event per line, as data lakes take them.
 * What is not known is left out, as OCSF has no null. https://schema.ocsf.io/1.5.0/classes/compliance_finding
 */
import type { Audit, AuditedAccount, CheckSummary } from '../model/audit.ts'
import type { Finding, NotEvaluated, Severity } from '../model/finding.ts'
import { inChunks } from './format.ts'

const OCSF_VERSION = '1.5.0'
const CREATE = 1

const SEVERITY: Record<Severity, [id: number, caption: string]> = {
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
  const accounts = new Map(audit.accounts.map((account) => [account.accountId, account]))
  for (const finding of audit.findings)
    yield `${JSON.stringify(findingEvent(finding, audit, accounts.get(finding.accountId)))}\n`
  for (const gap of audit.notEvaluated) yield `${JSON.stringify(gapEvent(gap, audit, accounts.get(gap.accountId)))}\n`
}

function findingEvent(finding: Finding, audit: Audit, account: AuditedAccount | undefined): object {
  const { check, title, severity, because, fingerprint, evidence, accountId, region, accepted } = finding
  const about = audit.checks[check]
  const [severityId, severityCaption] = SEVERITY[severity]
  return {
    ...envelope(audit, account, accountId, region),
    message: `${title}: ${because}`,
    severity_id: severityId,
    severity: severityCaption,
    ...(accepted
      ? {
          status_id: 3,
          status: 'Suppressed',
          status_detail: `accepted by ${accepted.owner} until ${accepted.expires}: ${accepted.reason}`,
        }
      : { status_id: 1, status: 'New' }),
    finding_info: {
      ...findingInfo(fingerprint, check, title, about),
      desc: because,
      data_sources: [...new Set(evidence.map(({ source }) => source))],
    },
    compliance: {
      ...complianceOf(finding.frameworks),
      control: check,
      desc: about?.why ?? title,
      status_id: 3,
      status: 'Fail',
      status_details: [because],
    },
    resources: [resourceOf(finding, account)],
    remediation: {
      desc: [finding.remedy.text, ...finding.remedy.commands].join('\n'),
      ...(about && about.references.length > 0 ? { references: about.references } : {}),
    },
    evidences: evidence.map(({ fact, value, source, asOf }) => ({
      name: fact,
      data: { fact, source, ...(value === null ? {} : { value }), ...(asOf === null ? {} : { as_of: asOf }) },
    })),
  }
}

function gapEvent(gap: NotEvaluated, audit: Audit, account: AuditedAccount | undefined): object {
  const { check, accountId, because, extent } = gap
  const about = audit.checks[check]
  const title = `${about?.title ?? check}: ${extent === 'all' ? 'not evaluated' : 'evaluated only in part'}`
  return {
    ...envelope(audit, account, accountId, null),
    message: `${title}: ${because}`,
    severity_id: 1,
    severity: 'Informational',
    status_id: 1,
    status: 'New',
    finding_info: { ...findingInfo(`${check}/${accountId}/not-evaluated`, check, title, about), desc: because },
    compliance: {
      control: check,
      desc: about?.why ?? title,
      status_id: 2,
      status: 'Warning',
      status_details: [because],
    },
    resources: [{ uid: accountId, type: 'account', ...ownerOf(account, accountId) }],
  }
}

/** What every event carries. */
function envelope(audit: Audit, account: AuditedAccount | undefined, accountId: string, region: string | null): object {
  return {
    activity_id: CREATE,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2003,
    class_name: 'Compliance Finding',
    type_uid: 2003 * 100 + CREATE,
    type_name: 'Compliance Finding: Create',
    time: timeOf(account?.collectedAt ?? audit.collectedAt),
    metadata: {
      version: OCSF_VERSION,
      profiles: ['cloud'],
      product: { name: audit.tool.name, vendor_name: audit.tool.name, version: audit.tool.version },
    },
    cloud: {
      provider: 'AWS',
      account: accountOf(account, accountId),
      ...(region === null ? {} : { region }),
    },
  }
}

/** Milliseconds since 1970; 0 where there is no time at all. */
function timeOf(date: string): number {
  return Date.parse(date) || 0
}

function findingInfo(uid: string, check: string, title: string, about: CheckSummary | undefined): object {
  return {
    uid,
    title,
    ...(about?.group ? { types: [about.group] } : {}),
    analytic: { type_id: 1, type: 'Rule', uid: check, name: about?.title ?? title },
  }
}

function complianceOf(frameworks: Finding['frameworks']): object {
  const standards = Object.keys(frameworks)
  if (standards.length === 0) return {}
  return {
    standards,
    requirements: standards.flatMap((standard) => (frameworks[standard] ?? []).map((id) => `${standard} ${id}`)),
  }
}

function resourceOf({ subject, region, accountId }: Finding, account: AuditedAccount | undefined): object {
  return {
    uid: subject.kind === 'access-key' ? subject.id : (subject.arn ?? subject.id),
    ...(subject.name === null ? {} : { name: subject.name }),
    type: subject.kind,
    ...(region === null ? {} : { region }),
    ...ownerOf(account, accountId),
  }
}

function ownerOf(account: AuditedAccount | undefined, accountId: string): object {
  return {
    owner: { account: accountOf(account, accountId) },
    ...(account ? { cloud_partition: account.partition } : {}),
  }
}

function accountOf(account: AuditedAccount | undefined, accountId: string): object {
  return { uid: accountId, type_id: 10, type: 'AWS Account', ...(account?.alias ? { name: account.alias } : {}) }
}
