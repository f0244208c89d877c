/**
 * Athena: SQL that is really run, by DuckDB, over no tables: what lies in buckets is not there. DuckDB's dialect is not
 * Trino's in everything.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
 */
import type * as client from '@aws-sdk/client-athena'
import type { DuckDBInstance } from '@duckdb/node-api'
import { AwsError } from '../aws-error.ts'
import { putObject } from '../buckets.ts'
import type { Call, Handler, Handlers, Service } from '../call.ts'
import type { QueryExecution } from '../queries.ts'
import { nowOf, randomUuid, type World } from '../state.ts'

/** Nothing outside of the query can be read or written, and no setting changed. */
const SETTINGS = {
  enable_external_access: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  memory_limit: '256MB',
  threads: '1',
  lock_configuration: 'true',
}

type DuckDb = typeof import('@duckdb/node-api')

function handlersOf({ DuckDBInstance }: DuckDb): Handlers<typeof client> {
  return {
    StartQueryExecution(call, input) {
      const query: QueryExecution = {
        id: randomUuid(call.world.random),
        accountId: call.account.accountId,
        sql: input.QueryString!,
        workGroup: input.WorkGroup ?? 'primary',
        outputLocation: input.ResultConfiguration?.OutputLocation ?? null,
        state: 'RUNNING',
        reason: null,
        submitted: call.now,
        completed: null,
        columns: [],
        rows: [],
      }
      if (query.outputLocation === null)
        throw new AwsError(
          'InvalidRequestException',
          'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
        )
      call.world.queries.set(query.id, query)
      void run(DuckDBInstance, call.world, query)
      return { QueryExecutionId: query.id }
    },

    GetQueryExecution: (call, input) => ({ QueryExecution: shape(find(call, input.QueryExecutionId)) }),

    StopQueryExecution(call, input) {
      const query = find(call, input.QueryExecutionId)
      if (query.state === 'RUNNING') finish(call.world, query, 'CANCELLED', null)
    },

    GetQueryResults(call, input) {
      const { state, columns, rows } = find(call, input.QueryExecutionId)
      if (state !== 'SUCCEEDED')
        throw new AwsError('InvalidRequestException', `Query has not yet finished. Current state: ${state}`)
      // the first row of the first page holds the names
      const all = [columns.map(({ name }) => name), ...rows]
      const from = Number(input.NextToken ?? 0)
      const size = Math.min(input.MaxResults ?? 1000, 1000)
      const page = all.slice(from, from + size)
      return {
        ResultSet: {
          Rows: page.map((row) => ({
            Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
          })),
          ResultSetMetadata: {
            ColumnInfo: columns.map(({ name, type }) => ({ Name: name, Label: name, Type: type, CatalogName: 'hive' })),
          },
        },
        ...(from + size < all.length && { NextToken: String(from + size) }),
      }
    },
  }
}

async function run(instances: typeof DuckDBInstance, world: World, query: QueryExecution): Promise<void> {
  try {
    const instance = await instances.create(':memory:', SETTINGS)
    const connection = await instance.connect()
    try {
      const reader = await connection.runAndReadAll(query.sql)
      query.columns = reader.columnNames().map((name, i) => ({ name, type: typeName(String(reader.columnType(i))) }))
      query.rows = reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))))
      finish(world, query, 'SUCCEEDED', null)
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  } catch (error) {
    finish(world, query, 'FAILED', String((error as Error).message).split('\n')[0]!)
  }
}

function finish(world: World, query: QueryExecution, state: QueryExecution['state'], reason: string | null): void {
  if (query.state !== 'RUNNING') return
  query.completed = nowOf(world)
  query.reason = reason
  query.state = state
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(query.outputLocation ?? '') ?? []
  const held = world.buckets.get(bucket ?? '')
  if (state === 'SUCCEEDED' && held) putObject(world, held, `${prefix}${query.id}.csv`, Buffer.from(csvOf(query)))
}

function csvOf({ columns, rows }: QueryExecution): string {
  const line = (values: readonly (string | null)[]) =>
    `${values.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`
  return [columns.map(({ name }) => name), ...rows].map(line).join('')
}

/** DuckDB's names of types in Trino's words. */
function typeName(type: string): string {
  const name = type.toLowerCase()
  return name === 'text' ? 'varchar' : name === 'hugeint' ? 'decimal' : name.replace(/^timestamp.*/, 'timestamp')
}

function find({ world, account }: Call, id: string | undefined): QueryExecution {
  const query = world.queries.get(id ?? '')
  if (query?.accountId !== account.accountId)
    throw new AwsError('InvalidRequestException', `QueryExecution ${id} was not found`)
  return query
}

function shape(query: QueryExecution): client.QueryExecution {
  const { id, sql, workGroup, outputLocation, state, reason, submitted, completed } = query
  return {
    QueryExecutionId: id,
    Query: sql,
    WorkGroup: workGroup,
    ResultConfiguration: { OutputLocation: `${outputLocation}${id}.csv` },
    Status: {
      State: state,
      SubmissionDateTime: submitted,
      ...(completed !== null && { CompletionDateTime: completed }),
      ...(reason !== null && { StateChangeReason: reason }),
    },
    Statistics: { DataScannedInBytes: 0 },
  }
}

export const athena: Service = {
  name: 'athena',
  actionPrefix: 'athena',
  model: { protocol: 'awsJson1_1', version: '2017-05-18' },
  targetPrefixes: ['AmazonAthena'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-athena'),
    handlers: handlersOf(await import('@duckdb/node-api')) as Record<string, Handler>,
  }),
}
