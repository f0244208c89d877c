/**
 * One query on Amazon Athena: submitted, waited for, read page by page, and stopped when nobody waits any more.
 * https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
 */
import { randomUUID } from 'node:crypto'
import { KeyreeveError } from '../model/errors.ts'
import { pause } from './budget.ts'
import { failureOf } from './failure.ts'
import type { AwsSession } from './session.ts'

export interface AthenaOptions {
  /** Default: `primary`. */
  workGroup?: string
  /** `s3://bucket/prefix/`; absent: the workgroup says where results go. */
  outputLocation?: string
  /** The database that names without one belong to. */
  database?: string
  /** Default: `AwsDataCatalog`. */
  catalog?: string
  /** After so many rows the answer is refused. */
  maxRows?: number
  /** Told of every change of state, and of the bytes scanned so far. */
  onState?: (state: { queryExecutionId: string; state: string; bytesScanned: number }) => void
}

/** An answer as Athena gives it: every value is text, NULL is null. */
export interface AthenaAnswer {
  queryExecutionId: string
  columns: { name: string; type: string }[]
  rows: (string | null)[][]
  /** What AWS charges by. */
  bytesScanned: number
  milliseconds: number
}

/** The waits between two looks at a query: short at first, as small queries take a second or two. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2000
/** https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
const PAGE_ROWS = 1000
const MAX_ROWS = 1_000_000
const STOP_MS = 10_000

/** Athena's operations that this file calls. */
export const ATHENA_ACTIONS = [
  'athena:StartQueryExecution',
  'athena:GetQueryExecution',
  'athena:GetQueryResults',
  'athena:StopQueryExecution',
] as const

/**
 * Runs one statement and gives its rows.
 * @param signal stops the query in Athena too; the promise then rejects with its reason
 * @throws KeyreeveError (`aws`) saying why the query could not run, in our words: Athena's own may quote the data
 */
export async function runAthenaQuery(
  session: AwsSession,
  sql: string,
  options: AthenaOptions = {},
  signal?: AbortSignal,
): Promise<AthenaAnswer> {
  const queryExecutionId = await start(session, sql, options, signal)
  try {
    const execution = await finished(session, queryExecutionId, options, signal)
    const { columns, rows } = await readRows(session, queryExecutionId, execution, options, signal)
    return {
      queryExecutionId,
      columns,
      rows,
      bytesScanned: execution.Statistics?.DataScannedInBytes ?? 0,
      milliseconds: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
    }
  } catch (error) {
    if (signal?.aborted) await stop(session, queryExecutionId, options)
    throw signal?.aborted ? signal.reason : error
  }
}

interface Execution {
  StatementType?: string
  Status?: { State?: string; StateChangeReason?: string }
  Statistics?: { DataScannedInBytes?: number; TotalExecutionTimeInMillis?: number }
}

async function start(
  session: AwsSession,
  sql: string,
  { workGroup = 'primary', outputLocation, database, catalog = 'AwsDataCatalog' }: AthenaOptions,
  signal: AbortSignal | undefined,
): Promise<string> {
  const input = {
    QueryString: sql,
    // a try that is repeated after a lost answer starts no second query
    ClientRequestToken: randomUUID(),
    WorkGroup: workGroup,
    QueryExecutionContext: { Catalog: catalog, ...(database === undefined ? {} : { Database: database }) },
    ...(outputLocation === undefined ? {} : { ResultConfiguration: { OutputLocation: outputLocation } }),
  }
  const answer = await call(session, 'StartQueryExecution', input, signal)
  return String(answer.QueryExecutionId)
}

async function finished(
  session: AwsSession,
  queryExecutionId: string,
  { onState }: AthenaOptions,
  signal: AbortSignal | undefined,
): Promise<Execution> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const answer = await call(session, 'GetQueryExecution', { QueryExecutionId: queryExecutionId }, signal)
    const execution = (answer.QueryExecution ?? {}) as Execution
    const state = execution.Status?.State ?? 'UNKNOWN'
    onState?.({ queryExecutionId, state, bytesScanned: execution.Statistics?.DataScannedInBytes ?? 0 })
    if (state === 'SUCCEEDED') return execution
    if (state === 'FAILED') throw queryFault(execution.Status?.StateChangeReason ?? '', queryExecutionId)
    if (state === 'CANCELLED')
      throw new KeyreeveError('aws', `the Athena query ${queryExecutionId} was cancelled`, {
        hint: 'by someone else, or by the limits of the workgroup',
      })
    await pause(wait, signal)
  }
}

async function readRows(
  session: AwsSession,
  queryExecutionId: string,
  { StatementType }: Execution,
  { maxRows = MAX_ROWS }: AthenaOptions,
  signal: AbortSignal | undefined,
): Promise<Pick<AthenaAnswer, 'columns' | 'rows'>> {
  interface Page {
    NextToken?: string
    ResultSet?: {
      Rows?: { Data?: { VarCharValue?: string }[] }[]
      ResultSetMetadata?: { ColumnInfo?: { Name?: string; Type?: string }[] }
    }
  }
  const rows: (string | null)[][] = []
  let columns: AthenaAnswer['columns'] = []
  // the first row of a SELECT has the names of the columns
  let skip = StatementType === undefined || StatementType === 'DML' ? 1 : 0
  let token: string | undefined
  do {
    const input = { QueryExecutionId: queryExecutionId, MaxResults: PAGE_ROWS, ...(token ? { NextToken: token } : {}) }
    const page = (await call(session, 'GetQueryResults', input, signal)) as Page
    if (!token)
      columns = (page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name = '', Type = 'varchar' }) => ({
        name: Name,
        type: Type,
      }))
    for (const { Data = [] } of (page.ResultSet?.Rows ?? []).slice(skip))
      rows.push(columns.map((_, i) => Data[i]?.VarCharValue ?? null))
    skip = 0
    if (rows.length > maxRows)
      throw new KeyreeveError('aws', `the answer of Athena has more than ${maxRows} rows`, {
        hint: 'ask about fewer days, with --since',
      })
    token = page.NextToken
  } while (token)
  return { columns, rows }
}

/**
 * Not with the signal that was just aborted, and not for long: the user has pressed Ctrl-C. What was scanned until then
 * is paid for: https://aws.amazon.com/athena/pricing/
 */
async function stop(session: AwsSession, queryExecutionId: string, { onState }: AthenaOptions): Promise<void> {
  const input = { QueryExecutionId: queryExecutionId }
  const abortSignal = AbortSignal.timeout(STOP_MS)
  try {
    await session.call('athena', 'StopQueryExecution', input, { abortSignal })
    const answer = await session.call('athena', 'GetQueryExecution', input, { abortSignal })
    const { Statistics } = (answer.QueryExecution ?? {}) as Execution
    onState?.({ queryExecutionId, state: 'CANCELLED', bytesScanned: Statistics?.DataScannedInBytes ?? 0 })
  } catch {
    // nothing that could still be done about it
  }
}

async function call(session: AwsSession, operation: string, input: object, signal: AbortSignal | undefined) {
  try {
    return await session.call('athena', operation, input, { abortSignal: signal })
  } catch (error) {
    signal?.throwIfAborted()
    const { kind, code, detail } = failureOf(error)
    const hints: Partial<Record<typeof kind, string>> = {
      denied: `allow ${ATHENA_ACTIONS.join(', ')}, glue:GetTable, glue:GetDatabase, and S3 for the events and the results`,
      credentials: 'check the profile, or sign in again',
      refused:
        operation === 'StartQueryExecution'
          ? 'check the workgroup; where it sets no place for results, give --athena-output s3://BUCKET/PREFIX/, of a bucket in the same region'
          : 'try again',
      'no-host': 'check the region',
      network: 'check the connection, and the proxy',
    }
    throw new KeyreeveError('aws', `Athena did not answer athena:${operation}: ${detail || code}`, {
      cause: error,
      ...(hints[kind] ? { hint: hints[kind] } : {}),
    })
  }
}

/** What Athena's reasons begin with, and what to do. https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html */
const REASONS: readonly (readonly [RegExp, string, string])[] = [
  [/TABLE_NOT_FOUND|does not exist/, 'the table does not exist', 'make it with what `keyreeve trail ddl` prints'],
  [/SCHEMA_NOT_FOUND/, 'the database does not exist', 'make it with what `keyreeve trail ddl` prints'],
  [/COLUMN_NOT_FOUND|TYPE_NOT_FOUND/, 'the table lacks a column', 'make it anew with what `keyreeve trail ddl` prints'],
  [
    /HIVE_BAD_DATA|HIVE_CURSOR_ERROR|HIVE_CANNOT_OPEN_SPLIT.*(Parquet|JSON)/i,
    'a file is not what the table says',
    'see that its folder holds only the files of this table',
  ],
  [
    /Access ?Denied|Insufficient permissions|PERMISSION_DENIED|\b403\b/i,
    'the files, the table or the place for results may not be read or written',
    'allow S3 and Glue for them, and the KMS key where they are encrypted',
  ],
  [
    /SlowDown|reduce your request rate|\b503\b/i,
    'S3 asked to slow down',
    'query the Parquet store in place of the raw logs, or fewer days',
  ],
  [
    /EXCEEDED_(MEMORY|TIME|CPU|LOCAL|GLOBAL)\w*|Query exhausted resources|timeout/i,
    'the query needs more than Athena gives one',
    'ask about fewer days, with --since',
  ],
  [/Bytes scanned limit/i, 'the workgroup allows no query to scan so much', 'ask about fewer days, with --since'],
  [
    /FUNCTION_NOT_FOUND|SYNTAX_ERROR|TYPE_MISMATCH|NOT_SUPPORTED/,
    'Athena does not understand the query',
    'set the workgroup to Athena engine version 3, and report it if it is',
  ],
]

function queryFault(reason: string, queryExecutionId: string): KeyreeveError {
  const found = REASONS.find(([pattern]) => pattern.test(reason))
  const code = /\b[A-Z]{3,}(?:_[A-Z]+)+\b/.exec(reason)?.[0]
  const why = found ? `: ${found[1]}` : ''
  return new KeyreeveError('aws', `the Athena query ${queryExecutionId} failed${why}${code ? ` (${code})` : ''}`, {
    hint: found ? found[2] : 'its own words are in the query history of Athena, under this ID',
  })
}
