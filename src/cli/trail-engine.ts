/** Where questions about CloudTrail are asked: the store in the workspace, some files, or Athena. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { InputError, KeyreeveError } from '../model/errors.ts'
import type { DetectionRun } from '../report/detections/detection-run.ts'
import type { AthenaEngine } from '../trail/engines/athena.ts'
import type { Engine } from '../trail/engines/engine.ts'
import { awsOptionsOf } from './account-data.ts'
import { startProgress } from './progress.ts'

export interface AthenaFlags {
  engine: 'duckdb' | 'athena'
  database: string
  table: string
  raw?: string
  rawDayColumn?: string
  workgroup?: string
  athenaOutput?: string
  profile?: string
  region?: string
  roleArn?: string
  externalId?: string
  endpointUrl?: string
}

/** The flags that choose the engine, and those of the AWS session where the command has none of its own. */
export function addEngineOptions(command: Command, { hasAwsOptions = false } = {}): Command {
  command
    .addOption(
      new Option('--engine <name>', 'duckdb: here; athena: Amazon Athena over the same Parquet in S3, or over raw logs')
        .choices(['duckdb', 'athena'])
        .default('duckdb'),
    )
    .option('--database <name>', 'Athena: database of the table', 'keyreeve')
    .option('--table <name>', 'Athena: table that `keyreeve trail ddl` describes', 'events')
    .option('--raw <table>', 'Athena: a table of raw CloudTrail logs instead, as AWS describes it')
    .option('--raw-day-column <name>', 'its partition column with days such as 2026/01/31, to scan less')
    .option('--workgroup <name>', 'Athena: workgroup (default: primary)')
    .option('--athena-output <s3-url>', 'Athena: where results go, if the workgroup does not say')
  if (hasAwsOptions) return command
  return command
    .option('--profile <name>', 'profile of the shared AWS configuration (AWS_PROFILE)')
    .option('--region <region>', 'region of Athena (AWS_REGION)')
    .option('--role-arn <arn>', 'assume this role first')
    .option('--external-id <id>', 'external ID for --role-arn')
    .option('--endpoint-url <url>', 'endpoint of every AWS service (AWS_ENDPOINT_URL)')
}

/** Athena, and a word at its end on what it cost. */
export async function openAthenaEngine(
  flags: AthenaFlags,
  { fromDay, signal }: { fromDay: string | null; signal: AbortSignal },
): Promise<AthenaEngine> {
  const [{ openSession }, { runAthenaQuery }, { openAthena, tableName }, { rawEvents }] = await Promise.all([
    import('../aws/session.ts'),
    import('../aws/athena.ts'),
    import('../trail/engines/athena.ts'),
    import('../trail/engines/athena-ddl.ts'),
  ])
  const { profile, region, roleArn, externalId, endpointUrl } = flags
  const given = Object.entries({ profile, region, roleArn, externalId, endpointUrl })
  const wanted = Object.fromEntries(given.filter(([, value]) => value !== undefined))
  // the session outlives the signal: a query that is given up has to be stopped in AWS too
  const session = await openSession(awsOptionsOf(wanted, new AbortController().signal))
  const options = {
    database: flags.database,
    ...(flags.workgroup === undefined ? {} : { workGroup: flags.workgroup }),
    ...(flags.athenaOutput === undefined ? {} : { outputLocation: flags.athenaOutput }),
  }
  const events =
    flags.raw === undefined
      ? tableName(flags.database, flags.table)
      : rawEvents({ table: rawName(flags), dayColumn: flags.rawDayColumn ?? null, fromDay })
  const engine = openAthena(async (sql, stop) => {
    let bytes = 0
    const onState = ({ bytesScanned }: { bytesScanned: number }) => {
      bytes = Math.max(bytes, bytesScanned)
    }
    try {
      return await runAthenaQuery(session, sql, { ...options, onState }, stop ?? signal)
    } catch (error) {
      // a query that fails costs nothing, one that is cancelled does
      if ((stop ?? signal).aborted) engine.count(bytes)
      throw error
    }
  }, events)
  return {
    ...engine,
    async close() {
      await engine.close()
      session.close()
    },
  }

  function rawName({ raw = '', database }: AthenaFlags): string {
    const [first = '', second, ...more] = raw.split('.')
    if (first === '' || second === '' || more.length > 0)
      throw new KeyreeveError('usage', 'that is no table', { hint: 'write it as TABLE or DATABASE.TABLE' })
    return second === undefined ? tableName(database, first) : tableName(first, second)
  }
}

export interface OpenEvents {
  engine: Engine
  input: DetectionRun['input']
  close(): Promise<void>
}

/**
 * The events of some files, in a store that goes away again; or those of the store at `folder`.
 * @throws InputError when there are none
 */
export async function openEvents(
  files: readonly string[],
  folder: string,
  { fromDay, signal }: { fromDay: string | null; signal: AbortSignal },
): Promise<OpenEvents> {
  const [{ openDuckDb }, { openStore }] = await Promise.all([
    import('../trail/engines/duckdb.ts'),
    import('../trail/store.ts'),
  ])
  if (files.length === 0) {
    const store = await openStore(folder, { from: fromDay ?? undefined })
    if (store.events === 0)
      throw new InputError(
        fromDay === null
          ? `the store \`${folder}\` is empty`
          : `the store \`${folder}\` has no events since ${fromDay}`,
        { hint: 'run `keyreeve trail ingest SOURCE`, or give files' },
      )
    const engine = await openDuckDb(store)
    return { engine, input: null, close: () => engine.close() }
  }
  const [{ ingest }, { readAwsRanges }, { localFiles }] = await Promise.all([
    import('../trail/ingest/ingest.ts'),
    import('../trail/ingest/aws-ranges.ts'),
    import('../trail/ingest/local-files.ts'),
  ])
  const found = await localFiles(files)
  const awsRanges = await readAwsRanges()
  const temporary = await mkdtemp(join(tmpdir(), 'keyreeve-trail-'))
  const remove = () => rm(temporary, { recursive: true, force: true })
  const progress = startProgress()
  try {
    const total = found.files.length
    const report = await ingest(join(temporary, 'trail'), found.files, {
      signal,
      awsRanges,
      onProgress: (done, what) => progress.update({ done, total, what }),
    })
    progress.stop()
    if (report.events === 0)
      throw new InputError('no event could be read from these files', {
        hint: report.badReasons[0]?.reason ?? report.skipped[0]?.why ?? 'are they CloudTrail log files?',
      })
    const engine = await openDuckDb(await openStore(join(temporary, 'trail')))
    const input = { files: report.files, rejected: report.bad, skipped: [...found.skipped, ...report.skipped] }
    return {
      engine,
      input,
      async close() {
        await engine.close()
        await remove()
      },
    }
  } catch (error) {
    progress.stop()
    await remove()
    throw error
  }
}
