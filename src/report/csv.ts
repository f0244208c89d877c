/** CSV (RFC 4180) for spreadsheets and scripts: a header, a row for each finding or key, and never a formula. */
import { stringify } from 'csv-stringify/sync'
import type { Audit } from '../model/audit.ts'
import type { KeyRow } from '../model/dossier.ts'
import type { Finding } from '../model/finding.ts'
import { csvCell } from './escape.ts'

export type Cell = string | number | boolean | null
export type Columns<T> = Record<string, (item: T) => Cell>

const FINDING_COLUMNS: Columns<Finding> = {
  severity: ({ severity }) => severity,
  status: ({ status }) => status,
  check: ({ check }) => check,
  title: ({ title }) => title,
  account_id: ({ accountId }) => accountId,
  region: ({ region }) => region,
  subject_kind: ({ subject }) => subject.kind,
  subject_id: ({ subject }) => subject.id,
  subject_name: ({ subject }) => subject.name,
  subject_arn: ({ subject }) => subject.arn,
  because: ({ because }) => because,
  remedy: ({ remedy }) => remedy.text,
  commands: ({ remedy }) => remedy.commands.join(' && '),
  evidence: ({ evidence }) => evidence.map(({ fact, value }) => `${fact}: ${value ?? 'not known'}`).join('; '),
  frameworks: ({ frameworks }) =>
    Object.entries(frameworks)
      .map(([framework, controls]) => `${framework} ${controls.join(' ')}`)
      .join('; '),
  accepted_until: ({ accepted }) => accepted?.expires ?? null,
  accepted_by: ({ accepted }) => accepted?.owner ?? null,
  accepted_because: ({ accepted }) => accepted?.reason ?? null,
  fingerprint: ({ fingerprint }) => fingerprint,
}

/** What could not be evaluated is a row too: a list without it would look complete. */
const NOT_EVALUATED = 'not-evaluated'

/** `audit --format csv`, in chunks. */
export function* csvReport({ findings, notEvaluated, checks }: Audit): Iterable<string> {
  yield* csv(FINDING_COLUMNS, findings)
  const columns = Object.keys(FINDING_COLUMNS)
  for (const { check, accountId, because, extent } of notEvaluated) {
    const cells: Record<string, Cell> = {
      status: extent === 'all' ? NOT_EVALUATED : `${NOT_EVALUATED}-in-part`,
      check,
      title: checks[check]?.title ?? null,
      account_id: accountId,
      because,
    }
    yield rows([columns.map((column) => cells[column] ?? null)])
  }
}

const KEY_COLUMNS: Columns<KeyRow> = {
  access_key_id: ({ accessKeyId }) => accessKeyId,
  account_id: ({ accountId }) => accountId,
  owner_kind: ({ owner }) => owner.kind,
  owner: ({ owner }) => owner.name,
  owner_arn: ({ owner }) => owner.arn,
  status: ({ status }) => status,
  create_date: ({ createDate }) => createDate,
  age_days: ({ ageDays }) => ageDays,
  last_used: ({ lastUsed, lastUsedKnown }) => lastUsed?.date ?? (lastUsedKnown ? 'never' : null),
  last_used_service: ({ lastUsed }) => lastUsed?.service ?? null,
  last_used_region: ({ lastUsed }) => lastUsed?.region ?? null,
  severity: ({ severity }) => severity,
  findings: ({ findings }) => findings.join(' '),
  next_action: ({ nextAction }) => nextAction,
}

/** `keys --format csv`, in chunks. */
export function keysCsv(keys: readonly KeyRow[]): Iterable<string> {
  return csv(KEY_COLUMNS, keys)
}

const BATCH = 500

/** A header, then a row for each item. */
export function* csv<T>(columns: Columns<T>, items: Iterable<T>): Iterable<string> {
  yield rows([Object.keys(columns)])
  const cells = Object.values(columns)
  let batch: Cell[][] = []
  for (const item of items) {
    batch.push(cells.map((cell) => cell(item)))
    if (batch.length < BATCH) continue
    yield rows(batch)
    batch = []
  }
  if (batch.length > 0) yield rows(batch)
}

function rows(records: Cell[][]): string {
  return stringify(
    records.map((cells) => cells.map(csvCell)),
    { record_delimiter: 'windows', quoted_match: /[^\w.:/-]/ },
  )
}
