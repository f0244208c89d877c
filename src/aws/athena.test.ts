import { describe, expect, it } from 'vitest'
import type { KeyreeveError } from '../model/errors.ts'
import { type AthenaOptions, runAthenaQuery } from './athena.ts'
import type { AwsSession } from './session.ts'

type Answer = object | Error | ((input: Record<string, unknown>) => object)

/** A session that answers Athena's operations from a script, the last line again and again; and what it was asked. */
function scripted(script: Record<string, Answer[]>) {
  const asked: { operation: string; input: Record<string, unknown>; aborted: boolean }[] = []
  const call: AwsSession['call'] = async (_, operation, input, options) => {
    asked.push({ operation, input: { ...input }, aborted: options?.abortSignal?.aborted ?? false })
    const lines = script[operation] ?? [{}]
    const line = lines.length > 1 ? lines.shift()! : lines[0]!
    if (line instanceof Error) throw line
    return (typeof line === 'function' ? line({ ...input }) : line) as Record<string, unknown>
  }
  return { session: { call } as AwsSession, asked }
}

const STARTED = { QueryExecutionId: 'q-1' }
const state = (State: string, more: object = {}) => ({
  QueryExecution: {
    Status: { State, ...more },
    StatementType: 'DML',
    Statistics: { DataScannedInBytes: 4096, TotalExecutionTimeInMillis: 7 },
  },
})
const page = (rows: (string | null)[][], more: object = {}) => ({
  ResultSet: {
    Rows: rows.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
    ResultSetMetadata: {
      ColumnInfo: [
        { Name: 'a', Type: 'varchar' },
        { Name: 'n', Type: 'bigint' },
      ],
    },
  },
  ...more,
})
const run = (session: AwsSession, options?: AthenaOptions, signal?: AbortSignal) =>
  runAthenaQuery(session, 'SELECT 1', options, signal)
const faultOf = (promise: Promise<unknown>): Promise<KeyreeveError> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  )

describe('a query on Athena', () => {
  it('is waited for and read page by page, without the row of names', async () => {
    const { session, asked } = scripted({
      StartQueryExecution: [STARTED],
      GetQueryExecution: [state('QUEUED'), state('RUNNING'), state('SUCCEEDED')],
      GetQueryResults: [
        page(
          [
            ['a', 'n'],
            ['x', '1'],
          ],
          { NextToken: 't' },
        ),
        page([['y', null]]),
      ],
    })
    const states: string[] = []
    const answer = await run(session, {
      workGroup: 'security',
      outputLocation: 's3://out/',
      onState: ({ state }) => states.push(state),
    })
    expect(answer).toMatchObject({
      rows: [
        ['x', '1'],
        ['y', null],
      ],
      bytesScanned: 4096,
      milliseconds: 7,
    })
    expect(states).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED'])
    expect(asked[0]!.input).toMatchObject({
      WorkGroup: 'security',
      ResultConfiguration: { OutputLocation: 's3://out/' },
    })
    expect(asked.at(-1)!.input).toMatchObject({ NextToken: 't', MaxResults: 1000 })
  })

  it('is stopped in Athena when its signal is aborted, by a call that the signal does not stop', async () => {
    const { session, asked } = scripted({ StartQueryExecution: [STARTED], GetQueryExecution: [state('RUNNING')] })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 30)
    await expect(run(session, {}, controller.signal)).rejects.toThrow('enough')
    expect(asked.at(-2)).toMatchObject({ operation: 'StopQueryExecution', input: STARTED, aborted: false })
  })

  it('tells what a query scanned until it was stopped, as that is paid for', async () => {
    const { session } = scripted({ StartQueryExecution: [STARTED], GetQueryExecution: [state('RUNNING')] })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 30)
    const states: object[] = []
    await expect(run(session, { onState: (now) => states.push(now) }, controller.signal)).rejects.toThrow('enough')
    expect(states.at(-1)).toEqual({ queryExecutionId: 'q-1', state: 'CANCELLED', bytesScanned: 4096 })
  })

  it('is given up even when it cannot be stopped', async () => {
    const { session } = scripted({
      StartQueryExecution: [STARTED],
      GetQueryExecution: [state('RUNNING')],
      StopQueryExecution: [new Error('no network')],
    })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 30)
    await expect(run(session, {}, controller.signal)).rejects.toThrow('enough')
  })

  it.each([
    ['TABLE_NOT_FOUND: line 1:15: Table x does not exist', 'the table does not exist (TABLE_NOT_FOUND)', 'trail ddl'],
    [
      'HIVE_BAD_DATA: Malformed Parquet file. in s3://b/k',
      'a file is not what the table says (HIVE_BAD_DATA)',
      'only the files',
    ],
    [
      'GENERIC_INTERNAL_ERROR: Access Denied (Service: Amazon S3; Status Code: 403)',
      'may not be read or written',
      'allow S3',
    ],
    ['Bytes scanned limit was exceeded', 'no query to scan so much', 'fewer days'],
    ['INVALID_CAST_ARGUMENT: Cannot cast to date', '(INVALID_CAST_ARGUMENT)', 'query history'],
  ])('that fails with %s says why', async (reason, message, hint) => {
    const { session } = scripted({
      StartQueryExecution: [STARTED],
      GetQueryExecution: [state('FAILED', { StateChangeReason: `${reason} canary-in-the-data` })],
    })
    const fault = await faultOf(run(session))
    expect(fault.message).toContain(message)
    expect(fault.hint).toContain(hint)
    // Athena's reasons quote the data
    expect(`${fault.message} ${fault.hint}`).not.toContain('canary')
  })

  it.each([
    ['AccessDeniedException', 'allow athena:StartQueryExecution'],
    ['InvalidRequestException', 'workgroup'],
    ['ExpiredTokenException', 'sign in again'],
  ])('that AWS refuses with %s says what to do', async (name, hint) => {
    const refusal = Object.assign(new Error('canary'), { name, $metadata: { httpStatusCode: 400 } })
    const fault = await faultOf(run(scripted({ StartQueryExecution: [refusal] }).session))
    expect(fault.hint).toContain(hint)
    expect(`${fault.message} ${fault.hint}`).not.toContain('canary')
  })

  it('that somebody else cancels says so', async () => {
    const { session } = scripted({ StartQueryExecution: [STARTED], GetQueryExecution: [state('CANCELLED')] })
    expect((await faultOf(run(session))).message).toContain('was cancelled')
  })

  it('whose answer is too long is refused', async () => {
    const { session } = scripted({
      StartQueryExecution: [STARTED],
      GetQueryExecution: [state('SUCCEEDED')],
      GetQueryResults: [
        page(
          Array.from({ length: 1000 }, () => ['x', '1']),
          { NextToken: 'more' },
        ),
      ],
    })
    expect((await faultOf(run(session, { maxRows: 2500 }))).message).toContain('more than 2500 rows')
  })
})
