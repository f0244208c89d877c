/**
 * The credential report: made in the background, kept for four hours, one CSV row for each user and for root.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */
import type * as iam from '@aws-sdk/client-iam'
import { AwsError } from '../../aws-error.ts'
import type { Call, Handlers } from '../../call.ts'
import { sortedEntries } from '../../derived.ts'
import {
  type AccessKey,
  type Account,
  type CredentialReport,
  rootArn,
  type SigningCertificate,
  type User,
} from '../../state.ts'

const HEADER = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((slot) =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      (column) => `access_key_${slot}_${column}`,
    ),
  ),
  ...[1, 2].flatMap((slot) => ['active', 'last_rotated'].map((column) => `cert_${slot}_${column}`)),
]

export const credentialReport: Handlers<typeof iam> = {
  GenerateCredentialReport(call) {
    const { account, settings } = call
    const report = account.credentialReport
    if (report && !isReady(report)) return { State: 'INPROGRESS' as const }
    if (report && isFresh(call, report)) return { State: 'COMPLETE' as const }
    account.credentialReport = {
      generatedAt: call.now,
      readyAt: Date.now() + settings.credentialReportDelayMs,
      content: reportOf(call),
      fetched: false,
    }
    return {
      State: 'STARTED' as const,
      Description: 'No report exists. Starting a new report generation task',
    }
  },

  GetCredentialReport(call) {
    const report = call.account.credentialReport
    if (!report) throw new AwsError('ReportNotPresent', 'No report exists. Request a new report.', 410)
    if (!isReady(report)) throw new AwsError('ReportInProgress', 'Report is not ready yet', 404)
    const { credentialReportCacheMs: cache } = call.settings
    if (cache > 0 && call.now.getTime() - report.generatedAt.getTime() >= cache)
      throw new AwsError('ReportExpired', 'The most recent credential report has expired.', 410)
    report.fetched = true
    return {
      Content: Buffer.from(report.content, 'utf8'),
      ReportFormat: 'text/csv' as const,
      GeneratedTime: report.generatedAt,
    }
  },
}

function isReady({ readyAt }: CredentialReport): boolean {
  return Date.now() >= readyAt
}

/** With the cache turned off a report is good for being fetched once. */
function isFresh({ now, settings }: Call, { generatedAt, fetched }: CredentialReport): boolean {
  const cache = settings.credentialReportCacheMs
  if (cache === 0) return !fetched
  return now.getTime() - generatedAt.getTime() < cache
}

function reportOf({ world, account }: Call): string {
  const rows = [HEADER, rootRow(account)]
  for (const [, user] of sortedEntries(world, account.users)) rows.push(userRow(account, user))
  return rows.map((row) => row.join(',')).join('\n')
}

function rootRow(account: Account): string[] {
  const { root } = account
  return [
    '<root_account>',
    rootArn(account),
    time(account.createDate),
    'not_supported',
    root.password?.lastUsed ? time(root.password.lastUsed) : 'no_information',
    'not_supported',
    'not_supported',
    String(root.mfaDevices.length > 0),
    ...keyColumns(root.accessKeys),
    ...certificateColumns(root.signingCertificates),
  ]
}

function userRow(account: Account, user: User): string[] {
  const { password } = user
  const maxAge = account.passwordPolicy?.maxPasswordAge ?? null
  return [
    user.userName,
    user.arn,
    time(user.createDate),
    String(password !== null),
    password === null ? 'N/A' : password.lastUsed ? time(password.lastUsed) : 'no_information',
    password === null ? 'N/A' : time(password.lastChanged),
    password === null || maxAge === null ? 'N/A' : time(new Date(password.lastChanged.getTime() + maxAge * 86_400_000)),
    String(user.mfaDevices.length > 0),
    ...keyColumns(user.accessKeys),
    ...certificateColumns(user.signingCertificates),
  ].map(csvField)
}

function keyColumns(keys: AccessKey[]): string[] {
  return [0, 1].flatMap((slot) => {
    const key = keys[slot]
    if (!key) return ['false', 'N/A', 'N/A', 'N/A', 'N/A']
    const { lastUsed } = key
    return [
      String(key.status === 'Active'),
      time(key.createDate),
      ...(lastUsed ? [time(lastUsed.date), lastUsed.region, lastUsed.service] : ['N/A', 'N/A', 'N/A']),
    ]
  })
}

function certificateColumns(certificates: SigningCertificate[]): string[] {
  return [0, 1].flatMap((slot) => {
    const certificate = certificates[slot]
    return certificate ? [String(certificate.status === 'Active'), time(certificate.uploadDate)] : ['false', 'N/A']
  })
}

/** `2026-11-01T00:00:00+00:00` */
function time(date: Date): string {
  return `${date.toISOString().slice(0, 19)}+00:00`
}

/** Names may hold commas. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
