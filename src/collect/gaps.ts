/** Gaps that an answer shows by itself, whether it came from AWS or from a file. */
import type { AuthorizationDetails } from './iam/authorization-details.ts'
import type { CredentialReport } from './iam/credential-report.ts'
import { type Ledger, shortList } from './ledger.ts'

export const DETAILS = 'iam:GetAccountAuthorizationDetails'
export const REPORT = 'iam:GetCredentialReport'

export function noteDetails(details: AuthorizationDetails, ledger: Ledger): void {
  const odd = details.odd.sentence()
  if (odd) ledger.gap(DETAILS, 'truncated', odd)
  const missing = details.missing()
  if (missing.length > 0) ledger.gap(DETAILS, 'truncated', `it does not hold what it names: ${shortList(missing)}`)
}

export function noteReport(report: CredentialReport, ledger: Ledger): void {
  const odd = report.odd.sentence()
  if (odd) ledger.gap(REPORT, 'truncated', odd)
  if (!report.root) ledger.gap(REPORT, 'absent', 'the report has no row for the root user')
}
