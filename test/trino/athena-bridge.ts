/**
 * The Athena API on the loopback, answered by a Trino: enough of it that the AWS SDK can submit, poll, page, stop and
 * meet a query that fails. It speaks Athena's own words where they differ from Trino's: the DDL, which is Hive's, and
 * every value as text. It checks no signature.
 * https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { hiveToTrino } from './hive-ddl.ts'

export interface AthenaBridge {
  url: string
  /** Query executions that were stopped before their end. */
  stopped: string[]
  close(): Promise<void>
}

interface TrinoType {
  rawType: string
  arguments: { value: TrinoType & { typeSignature?: TrinoType; fieldName?: { name: string } } }[]
}
interface Column {
  name: string
  type: string
  typeSignature: TrinoType
}
interface TrinoPage {
  columns?: Column[]
  data?: unknown[][]
  nextUri?: string
  error?: { errorName: string; message: string }
  stats: { state: string; elapsedTimeMillis: number; physicalInputBytes: number; queuedTimeMillis: number }
}

interface Execution {
  id: string
  sql: string
  database: string
  workGroup: string
  outputLocation: string
  state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  reason: string | undefined
  submitted: number
  completed: number | undefined
  statistics: Record<string, number>
  columns: Column[]
  rows: unknown[][]
}

class AthenaError extends Error {}

/** Athena gives at most so many rows a page, the header among them. */
const MAX_RESULTS = 1000

/**
 * What `s3://bucket/` stands for is the folder of that name in Trino's `local:///`.
 */
export async function startAthenaBridge(trinoUrl: string): Promise<AthenaBridge> {
  const executions = new Map<string, Execution>()
  const stopped: string[] = []
  const server = createServer((request, response) => {
    answer(request, executions, stopped, trinoUrl).then(
      (body) => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body)),
      (error: Error) => {
        const isOurs = error instanceof AthenaError
        response.writeHead(isOurs ? 400 : 500, { 'content-type': 'application/x-amz-json-1.1' }).end(
          JSON.stringify({
            __type: isOurs ? 'InvalidRequestException' : 'InternalServerException',
            message: error.message,
          }),
        )
      },
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${portOf(server)}`, stopped, close: () => closed(server) }
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}

async function closed(server: Server): Promise<void> {
  const done = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await done
}

async function answer(
  request: IncomingMessage,
  executions: Map<string, Execution>,
  stopped: string[],
  trinoUrl: string,
): Promise<object> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const input = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>
  const operation = String(request.headers['x-amz-target']).replace('AmazonAthena.', '')
  const found = () => {
    const execution = executions.get(String(input.QueryExecutionId))
    if (!execution) throw new AthenaError(`QueryExecution ${String(input.QueryExecutionId)} was not found`)
    return execution
  }
  switch (operation) {
    case 'StartQueryExecution': {
      const execution = started(input)
      executions.set(execution.id, execution)
      void run(execution, trinoUrl)
      return { QueryExecutionId: execution.id }
    }
    case 'GetQueryExecution':
      return { QueryExecution: described(found()) }
    case 'StopQueryExecution': {
      const execution = found()
      if (execution.state === 'QUEUED' || execution.state === 'RUNNING') {
        execution.state = 'CANCELLED'
        stopped.push(execution.id)
      }
      return {}
    }
    case 'GetQueryResults':
      return resultsPage(found(), Number(input.NextToken ?? 0), Number(input.MaxResults ?? MAX_RESULTS))
    default:
      throw new AthenaError(`no such operation here: ${operation}`)
  }
}

function started(input: Record<string, unknown>): Execution {
  const sql = String(input.QueryString ?? '')
  if (sql.trim() === '') throw new AthenaError('queryString is empty')
  const { Database = 'default' } = (input.QueryExecutionContext ?? {}) as { Database?: string }
  const { OutputLocation = 's3://results/' } = (input.ResultConfiguration ?? {}) as { OutputLocation?: string }
  return {
    id: randomUUID(),
    sql,
    database: Database,
    workGroup: String(input.WorkGroup ?? 'primary'),
    outputLocation: OutputLocation,
    state: 'QUEUED',
    reason: undefined,
    submitted: Date.now(),
    completed: undefined,
    statistics: {},
    columns: [],
    rows: [],
  }
}

/** The state now: another request may have changed it during an await, which the compiler does not know. */
const stateOf = (execution: Execution): Execution['state'] => execution.state

async function run(execution: Execution, trinoUrl: string): Promise<void> {
  const headers = {
    'X-Trino-User': 'athena',
    'X-Trino-Catalog': 'hive',
    'X-Trino-Schema': execution.database,
    'X-Trino-Time-Zone': 'UTC',
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
  }
  try {
    for (const body of hiveToTrino(execution.sql, execution.database))
      await runStatement(execution, trinoUrl, body, headers)
    if (stateOf(execution) !== 'CANCELLED') execution.state = 'SUCCEEDED'
  } catch (error) {
    if (stateOf(execution) !== 'CANCELLED') {
      execution.state = 'FAILED'
      execution.reason = (error as Error).message
    }
  }
  execution.completed = Date.now()
}

async function runStatement(
  execution: Execution,
  trinoUrl: string,
  body: string,
  headers: Record<string, string>,
): Promise<void> {
  let response = await fetch(`${trinoUrl}/v1/statement`, { method: 'POST', headers, body })
  for (;;) {
    if (!response.ok) throw new Error(`GENERIC_INTERNAL_ERROR: Trino answered ${response.status}`)
    const page = (await response.json()) as TrinoPage
    if (page.error) throw new Error(`${page.error.errorName}: ${page.error.message}`)
    if (stateOf(execution) === 'QUEUED' && page.stats.state !== 'QUEUED') execution.state = 'RUNNING'
    if (page.columns) execution.columns = page.columns
    execution.rows.push(...(page.data ?? []))
    execution.statistics = {
      DataScannedInBytes: page.stats.physicalInputBytes,
      EngineExecutionTimeInMillis: page.stats.elapsedTimeMillis,
      QueryQueueTimeInMillis: page.stats.queuedTimeMillis,
      TotalExecutionTimeInMillis: Date.now() - execution.submitted,
    }
    if (!page.nextUri) return
    if (stateOf(execution) === 'CANCELLED') {
      await fetch(page.nextUri, { method: 'DELETE', headers })
      return
    }
    response = await fetch(page.nextUri, { headers })
  }
}

function described(execution: Execution): object {
  const { state, reason, submitted, completed } = execution
  return {
    QueryExecutionId: execution.id,
    Query: execution.sql,
    StatementType: statementType(execution.sql),
    WorkGroup: execution.workGroup,
    QueryExecutionContext: { Database: execution.database, Catalog: 'awsdatacatalog' },
    ResultConfiguration: { OutputLocation: `${execution.outputLocation.replace(/\/?$/, '/')}${execution.id}.csv` },
    Status: {
      State: state,
      SubmissionDateTime: submitted / 1000,
      ...(completed === undefined ? {} : { CompletionDateTime: completed / 1000 }),
      ...(reason === undefined
        ? {}
        : {
            StateChangeReason: reason,
            AthenaError: { ErrorCategory: 2, ErrorType: 1006, Retryable: false, ErrorMessage: reason },
          }),
    },
    Statistics: execution.statistics,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
  }
}

function statementType(sql: string): 'DML' | 'DDL' | 'UTILITY' {
  const word = sql
    .replace(/^(\s|--[^\n]*\n)+/, '')
    .split(/\W/, 1)[0]!
    .toUpperCase()
  if (['', 'SELECT', 'WITH', 'VALUES', 'INSERT'].includes(word)) return 'DML'
  return ['SHOW', 'DESCRIBE', 'EXPLAIN'].includes(word) ? 'UTILITY' : 'DDL'
}

/** One page; the first row of a SELECT's first page has the names of the columns. */
function resultsPage(execution: Execution, from: number, size: number): object {
  const { state, columns, rows, sql } = execution
  if (state !== 'SUCCEEDED') throw new AthenaError(`Query has not yet finished. Current state: ${state}`)
  if (size > MAX_RESULTS) throw new AthenaError(`MaxResults is more than maximum allowed length ${MAX_RESULTS}.`)
  const header = statementType(sql) === 'DML' ? [{ Data: columns.map(({ name }) => ({ VarCharValue: name })) }] : []
  const all = header.length + rows.length
  const to = Math.min(all, from + size)
  const page: object[] = []
  for (let i = from; i < to; i++)
    page.push(
      header[i] ?? { Data: rows[i - header.length]!.map((value, c) => datum(value, columns[c]!.typeSignature)) },
    )
  return {
    UpdateCount: 0,
    ...(to < all ? { NextToken: String(to) } : {}),
    ResultSet: {
      Rows: page,
      ResultSetMetadata: {
        ColumnInfo: columns.map(({ name, type }) => ({
          CatalogName: 'hive',
          SchemaName: '',
          TableName: '',
          Name: name,
          Label: name,
          Type: type.replace(/\(.*$/, ''),
          Precision: 0,
          Scale: 0,
          Nullable: 'UNKNOWN',
          CaseSensitive: type.startsWith('varchar'),
        })),
      },
    },
  }
}

function datum(value: unknown, type: TrinoType): object {
  return value === null ? {} : { VarCharValue: text(value, type) }
}

/** Athena's text: arrays as `[a, b]` without quotes, rows as `{name=value}`, doubles with a point. */
function text(value: unknown, { rawType, arguments: parts }: TrinoType): string {
  if (value === null) return 'null'
  if (rawType === 'array') return `[${(value as unknown[]).map((item) => text(item, parts[0]!.value)).join(', ')}]`
  if (rawType === 'row') {
    const fields = (value as unknown[]).map((field, i) => {
      const { fieldName, typeSignature } = parts[i]!.value
      return `${fieldName?.name ?? `field${i}`}=${text(field, typeSignature ?? parts[i]!.value)}`
    })
    return `{${fields.join(', ')}}`
  }
  if (rawType === 'double' && Number.isInteger(value) && Math.abs(value as number) < 1e7)
    return (value as number).toFixed(1)
  return String(value)
}
