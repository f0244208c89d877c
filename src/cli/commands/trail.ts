import { Command, InvalidArgumentError } from 'commander'
import type { AwsSession } from '../../aws/session.ts'
import { InputError, KeyreeveError } from '../../model/errors.ts'
import type { GrantedUse, TrailScope } from '../../model/trail.ts'
import type { Engine } from '../../trail/engines/engine.ts'
import type { LogFile } from '../../trail/ingest/log-file.ts'
import type { AwsPlaces } from '../../trail/names/aws-places.ts'
import type { AlarmSettings } from '../../trail/questions/key-alarms.ts'
import type { Question } from '../../trail/questions/scope.ts'
import {
  type AccountDataFlags,
  type AwsFlags,
  addAccountDataOptions,
  addAwsOptions,
  awsOptionsOf,
  interruptible,
  readAccounts,
} from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { addConfigOption } from '../findings-options.ts'
import { IntegrityTally } from '../integrity-tally.ts'
import { nearest } from '../nearest.ts'
import { addOutputOptions } from '../output-options.ts'
import { type Output, writeOutput } from '../outputs.ts'
import { startProgress } from '../progress.ts'
import { isDay } from '../since.ts'
import { type Terminal, terminalFor } from '../terminal.ts'
import { type AthenaFlags, addEngineOptions } from '../trail-engine.ts'
import { makeWorkspaceFolder } from '../workspace.ts'
import { trailDdlCommand } from './trail-ddl.ts'
import { trailDetectCommand } from './trail-detect.ts'

const LIST_FORMATS = ['terminal', 'json', 'csv'] as const
const ANSWER_FORMATS = ['terminal', 'json'] as const
type Format = (typeof LIST_FORMATS)[number]

export function trailCommand(): Command {
  const command = new Command('trail')
    .summary('who uses each key, and for what, from CloudTrail')
    .description(
      'Reads CloudTrail into a local store and answers questions about it. With an access key ID: what that key did, ' +
        'from where, what it touched, and who else used it.',
    )
    .addHelpText('after', EXAMPLES)
  command.addCommand(keyCommand(command).exitOverride(), { isDefault: true })
  for (const sub of [
    ingestCommand(),
    trailKeysCommand(),
    usageCommand(),
    consumersCommand(),
    servicesCommand(),
    rootCommand(),
    errorsCommand(),
    sessionsCommand(),
    replayCommand(),
    trailDetectCommand(),
    trailDdlCommand(),
  ])
    command.addCommand(sub.exitOverride())
  return command
}

/** The word `key` may be left out. */
function keyCommand(trail: Command): Command {
  const command = new Command('key')
    .summary('all about one key: what it did, from where, what it touched, who else used it')
    .description('Tells the story of one access key, for an incident.')
    .argument('[id]', 'an access key ID')
  addQuestionOptions(command)
  addRangesOption(command)
  addConfigOption(command)
  const outputs = addOutputOptions(command, ANSWER_FORMATS, 'terminal')
  return command.action(async (given: string | undefined, flags: QuestionFlags & RangesFlag & { config?: string }) => {
    if (given === undefined) {
      trail.outputHelp()
      return
    }
    if (!/^(AKIA|ASIA)[A-Z0-9]{12,}$/i.test(given))
      throw new KeyreeveError('usage', 'that is no access key ID, and no command of `keyreeve trail`', {
        hint: 'an ID begins with AKIA or ASIA; keyreeve trail usage tells what a user or role did, and --help lists all',
      })
    const key = given.toUpperCase()
    await answer(flags, outputs(), async (question, scope, report) => {
      const { keyStory } = await import('../../trail/questions/key-story.ts')
      const settings = await alarmSettingsOf(flags.config)
      const story = await keyStory(question, key, { awsPlaces: await awsPlacesOf(flags), settings })
      if (!story)
        throw new InputError(
          `\`${key}\` is in no event${scope.from === null ? '' : ` of ${scope.from} to ${scope.to}`}`,
          { hint: 'ingest more of CloudTrail, or ask about other days with --since and --until' },
        )
      return { json: { ...story }, text: (options) => report.keyStoryText(story, scope, options) }
    })
  })
}

interface QuestionFlags extends AthenaFlags {
  store: string
  since?: string
  until?: string
  verbose?: boolean
}

const DEFAULT_STORE = '.keyreeve/trail'

function addQuestionOptions(command: Command, options: { hasAwsOptions?: boolean } = {}): void {
  addEngineOptions(command, options)
    .option('--store <folder>', 'where the events are', DEFAULT_STORE)
    .option('--since <day>', 'from this day: 2026-01-31, or 30d for the last thirty days of the store', dayOrSpan)
    .option('--until <day>', 'to this day', day)
    .option('-v, --verbose', 'all rows, where there are many')
}

interface RangesFlag {
  awsIpRanges?: string
}

function addRangesOption(command: Command): void {
  command.option(
    '--aws-ip-ranges <file>',
    "AWS's ip-ranges.json, to know its addresses (default: .keyreeve/ip-ranges.json, if it is there)",
  )
}

async function awsPlacesOf({ awsIpRanges }: RangesFlag): Promise<AwsPlaces | null> {
  const { readAwsPlaces } = await import('../../trail/ingest/aws-ranges.ts')
  return readAwsPlaces(awsIpRanges)
}

/** What the configuration says of alarms, as `trail detect` takes it. */
async function alarmSettingsOf(file: string | undefined): Promise<AlarmSettings> {
  const [{ DETECTIONS }, { checkAllowances }, { loadConfig }] = await Promise.all([
    import('../../trail/detections/index.ts'),
    import('../../trail/detections/allowances.ts'),
    import('../config.ts'),
  ])
  const { allowances, trustedAccounts, decoyKeys } = await loadConfig(file)
  checkAllowances(allowances, DETECTIONS, nearest)
  return { allowances, trustedAccounts, decoyKeys }
}

function day(text: string): string {
  if (!isDay(text)) throw new InvalidArgumentError('\nGive a day such as 2026-01-31.')
  return text
}

function dayOrSpan(text: string): string {
  return /^\d{1,5}d$/.test(text) ? text : day(text)
}

/** Nothing seen is no proof that nothing was done. */
const NEVER_SEEN = 'ingest more of CloudTrail, or ask about other days with --since and --until'

function neverSeen(label: string): InputError {
  return new InputError(`\`${label}\` is in no event of this time`, { hint: NEVER_SEEN })
}

type Report = typeof import('../../report/trail.ts')

interface Answer {
  json: object
  /** The rows, for CSV. */
  rows?: Iterable<object>
  text(options: Terminal & { verbose?: boolean }): string
}

/** The fields of a row, where there is none to tell them: the list's of that name in the document. */
async function fieldsOf(json: object, rows: Iterable<object> = []): Promise<string[]> {
  const [first] = rows
  if (first) return []
  const { rowFields } = await import('../../report/trail-schema.ts')
  return rowFields(Object.entries(json).find(([, list]) => list === rows)?.[0] ?? '')
}

/** Asks the store or Athena, and writes the answer in every form that is wanted. */
async function answer(
  flags: QuestionFlags,
  wanted: Output<Format>[],
  ask: (question: Question, scope: TrailScope, report: Report) => Promise<Answer>,
): Promise<void> {
  checkDays(flags)
  const report = await import('../../report/trail.ts')
  const interrupt = interruptible()
  let asked: Asked | null = null
  try {
    asked = await (flags.engine === 'athena' ? askedInAthena(flags, interrupt.signal) : askedInStore(flags))
    const { engine, scope, ended } = asked
    const within = { from: scope.from ?? '2000-01-01', to: scope.to ?? '2000-01-01' }
    const { json, rows, text } = await ask({ engine, within, signal: interrupt.signal }, scope, report)
    interrupt.signal.throwIfAborted()
    for (const { format, file } of wanted) {
      const chunks =
        format === 'json'
          ? report.trailJson(scope, json)
          : format === 'csv'
            ? report.trailCsv(rows ?? [], await fieldsOf(json, rows))
            : [text({ ...terminalFor(file), ...(flags.verbose ? { verbose: true } : {}) })]
      await writeOutput(file, chunks)
    }
    await ended?.()
  } catch (error) {
    if (!interrupt.signal.aborted) throw error
    await asked?.ended?.()
    throw new KeyreeveError('interrupted', 'interrupted')
  } finally {
    interrupt.done()
    await asked?.engine.close()
  }
}

interface Asked {
  engine: Engine
  scope: TrailScope
  /** To be said when the answer is written. */
  ended?: () => Promise<void>
}

/** Days in the wrong order would be days without events. */
function checkDays({ since, until }: QuestionFlags): void {
  if (since !== undefined && until !== undefined && isDay(since) && since > until)
    throw new KeyreeveError('usage', `--since ${since} is after --until ${until}`)
}

async function askedInStore(flags: QuestionFlags): Promise<Asked> {
  const [{ openStore }, { openDuckDb }] = await Promise.all([
    import('../../trail/store.ts'),
    import('../../trail/engines/duckdb.ts'),
  ])
  const whole = await openStore(flags.store)
  if (whole.days === null)
    throw new InputError(`there are no events in \`${flags.store}\``, {
      hint: 'keyreeve trail ingest FOLDER reads CloudTrail log files into it',
    })
  const store = await openStore(flags.store, { from: sinceOf(flags.since, whole.days.to), to: flags.until })
  if (store.days === null)
    throw new InputError(`there are no events of this time in \`${flags.store}\``, {
      hint: `it has those of ${whole.days.from} to ${whole.days.to}`,
    })
  return { engine: await openDuckDb(store), scope: { ...store.days, events: store.events } }
}

/** Days that are asked for when nobody says; in Athena each day more is paid for. */
const ATHENA_DAYS = '30d'

async function askedInAthena(flags: QuestionFlags, signal: AbortSignal): Promise<Asked> {
  const [{ openAthenaEngine }, { costOf }] = await Promise.all([
    import('../trail-engine.ts'),
    import('../../trail/engines/athena.ts'),
  ])
  const to = flags.until ?? new Date().toISOString().slice(0, 10)
  const from = sinceOf(flags.since ?? ATHENA_DAYS, to) ?? to
  const engine = await openAthenaEngine(flags, { fromDay: from, signal })
  return {
    engine,
    scope: { from, to, events: null },
    ended: async () => void process.stderr.write(`${costOf(engine.scanned)}\n`),
  }
}

/** `30d` is counted back from the last day of the store, so that an answer does not change with the clock. */
function sinceOf(since: string | undefined, last: string): string | undefined {
  if (since === undefined || !since.endsWith('d')) return since
  return new Date(Date.parse(last) - (Number(since.slice(0, -1)) - 1) * 86_400_000).toISOString().slice(0, 10)
}

function ingestCommand(): Command {
  const command = new Command('ingest')
    .summary('read CloudTrail log files into the store')
    .description(
      'Reads log files (.json, .json.gz; as CloudTrail writes them, pretty-printed, one event a line, from LookupEvents ' +
        'or EventBridge). What was read before is not counted twice. Known secrets are taken out on the way in. ' +
        '--verify-integrity also needs s3:GetObject on the digest files, and cloudtrail:ListPublicKeys.',
    )
    .argument('[source...]', "folders and files, or s3://bucket/prefix of a trail's logs")
    .option('--store <folder>', 'where to put the events', DEFAULT_STORE)
    .option(
      '--verify-integrity',
      "from a bucket: check each log file against CloudTrail's digest files, and leave out what fails",
    )
    .option('--lookup-events', "read CloudTrail's event history of the last 90 days, also without a trail")
    .option('--access-key <id>', 'with --lookup-events: only the events of this key')
    .option('--since <day>', 'from AWS: from this day', day)
    .option('--until <day>', 'from AWS: to this day', day)
    .addHelpText('after', INGEST_EXAMPLES)
  addRangesOption(command)
  addAwsOptions(command)
  const outputs = addOutputOptions(command, ANSWER_FORMATS, 'terminal')
  return command.action(async (sources: string[], flags: IngestFlags) => {
    const wanted = outputs()
    const [{ ingest }, { readAwsRanges }, { localFiles }, report] = await Promise.all([
      import('../../trail/ingest/ingest.ts'),
      import('../../trail/ingest/aws-ranges.ts'),
      import('../../trail/ingest/local-files.ts'),
      import('../../report/trail.ts'),
    ])
    const remote = sources.filter((source) => source.startsWith('s3://'))
    const fromAws = remote.length > 0 || flags.lookupEvents === true
    if (sources.length === 0 && !fromAws)
      throw new KeyreeveError('usage', 'nothing to read was named', {
        hint: 'give a folder, a file, s3://bucket/prefix, or --lookup-events',
      })
    if (flags.verifyIntegrity && remote.length === 0)
      throw new KeyreeveError('usage', 'only log files in their bucket can be verified', {
        hint: 'give s3://bucket/prefix: digest files vouch for the place where CloudTrail delivered a file, too',
      })
    const integrity = flags.verifyIntegrity ? new IntegrityTally() : null
    const { files, skipped } = await localFiles(sources.filter((source) => !source.startsWith('s3://')))
    const awsRanges = await readAwsRanges(flags.awsIpRanges)
    if (flags.store === DEFAULT_STORE) makeWorkspaceFolder(DEFAULT_STORE)
    const progress = startProgress()
    const interrupt = interruptible()
    try {
      const options = {
        awsRanges,
        signal: interrupt.signal,
        onProgress: (count: number) =>
          progress.update({ done: count, total: fromAws ? null : files.length, what: 'files' }),
      }
      const done = fromAws
        ? await withSession(flags, interrupt.signal, (session) =>
            ingest(flags.store, allOf(files, awsLogs(session, remote, flags, skipped, interrupt.signal, integrity)), {
              ...options,
              checkpoints: true,
            }),
          )
        : await ingest(flags.store, files, options)
      if (done.events > 0) {
        const { saveUsage } = await import('../../trail/saved-usage.ts')
        await saveUsage(flags.store)
      }
      progress.stop()
      const result = {
        store: flags.store,
        ...done,
        skipped: [...skipped, ...done.skipped],
        ...(integrity ? { integrity: integrity.report() } : {}),
      }
      if (result.skipped.length > 0 || result.bad > 0 || integrity?.isIncomplete) process.exitCode = EXIT.incomplete
      const { openStore } = await import('../../trail/store.ts')
      const store = await openStore(flags.store)
      const scope: TrailScope = { from: store.days?.from ?? null, to: store.days?.to ?? null, events: store.events }
      for (const { format, file } of wanted)
        await writeOutput(
          file,
          format === 'json' ? report.trailJson(scope, result) : [report.ingestText(result, terminalFor(file))],
        )
    } catch (error) {
      if (!interrupt.signal.aborted) throw error
      throw new KeyreeveError('interrupted', 'interrupted', {
        hint: fromAws ? 'run it again: it goes on where it was cut off' : 'the store is as it was',
      })
    } finally {
      progress.stop()
      interrupt.done()
    }
  })
}

interface IngestFlags extends AwsFlags, RangesFlag {
  store: string
  verifyIntegrity?: true
  lookupEvents?: true
  accessKey?: string
  since?: string
  until?: string
}

async function withSession<T>(
  flags: IngestFlags,
  signal: AbortSignal,
  work: (session: AwsSession) => Promise<T>,
): Promise<T> {
  const { openSession } = await import('../../aws/session.ts')
  const session = await openSession(awsOptionsOf(flags, signal))
  try {
    return await work(session)
  } finally {
    session.close()
  }
}

/** What AWS has, of the buckets first. */
async function* awsLogs(
  session: AwsSession,
  buckets: readonly string[],
  { since, until, regions, lookupEvents: history, accessKey }: IngestFlags,
  skipped: { what: string; why: string }[],
  abortSignal: AbortSignal,
  integrity: IntegrityTally | null,
): AsyncIterable<LogFile> {
  const [{ trailLogs }, { lookupEvents }] = await Promise.all([
    import('../../collect/trail-logs.ts'),
    import('../../collect/lookup-events.ts'),
  ])
  const options = { since, until, abortSignal, skip: (what: string, why: string) => skipped.push({ what, why }) }
  for (const bucket of buckets) {
    const inBucket = { ...options, regions }
    if (!integrity) yield* trailLogs(session, bucket, inBucket)
    else {
      const { verifiedLogs } = await import('../verified-logs.ts')
      yield* verifiedLogs(session, bucket, inBucket, integrity)
    }
  }
  if (history)
    yield* lookupEvents(session, { ...options, regions: regions ?? [session.region], accessKeyId: accessKey })
}

async function* allOf(files: Iterable<LogFile>, more: AsyncIterable<LogFile>): AsyncIterable<LogFile> {
  yield* files
  yield* more
}

function trailKeysCommand(): Command {
  const command = new Command('keys')
    .summary('every access key: when it was seen, from where, and with what')
    .description(
      'Lists the access keys that were used: first and last seen, calls, errors, services, networks, agents.',
    )
    .option('--temporary', 'keys of sessions, too')
  addQuestionOptions(command)
  addRangesOption(command)
  const outputs = addOutputOptions(command, LIST_FORMATS, 'terminal')
  return command.action((flags: QuestionFlags & RangesFlag & { temporary?: true }) =>
    answer(flags, outputs(), async (question, scope, report) => {
      const { keyActivities } = await import('../../trail/questions/keys.ts')
      const keys = await keyActivities(question, {
        temporary: flags.temporary ?? false,
        awsPlaces: await awsPlacesOf(flags),
      })
      return { json: { keys }, rows: keys, text: (options) => report.keysText(keys, scope, options) }
    }),
  )
}

function usageCommand(): Command {
  const command = new Command('usage')
    .summary('what a key or principal did, and on what')
    .description(
      'Lists the actions that were used, with their resources. --granted puts beside them what the principal is allowed: ' +
        'used, not used, and what no event would tell.',
    )
    .argument('<who>', 'access key ID, ARN or name of a user or role')
    .option('--granted', 'compare with what it is allowed: reads the account, or --snapshot')
  addQuestionOptions(command, { hasAwsOptions: true })
  addRangesOption(command)
  addAccountDataOptions(command)
  const outputs = addOutputOptions(command, LIST_FORMATS, 'terminal')
  return command.action((who: string, flags: QuestionFlags & RangesFlag & AccountDataFlags & { granted?: true }) =>
    answer(flags, outputs(), async (question, scope, report) => {
      const [{ whoIs }, { usedActions }] = await Promise.all([
        import('../../trail/questions/who.ts'),
        import('../../trail/questions/usage.ts'),
      ])
      const subject = await whoIs(question, who)
      const actions = await usedActions(question, subject, await awsPlacesOf(flags))
      if (actions.length === 0) throw neverSeen(subject.label)
      const granted = flags.granted ? await grantedTo(subject.label, actions, flags) : null
      const usage = { subject: subject.label, actions, granted }
      return { json: usage, rows: actions, text: (options) => report.usageText(usage, scope, options) }
    }),
  )
}

async function grantedTo(
  who: string,
  actions: readonly import('../../model/trail.ts').UsedAction[],
  flags: AccountDataFlags,
): Promise<GrantedUse> {
  const { snapshots, notes } = await readAccounts(flags)
  for (const note of notes) process.stderr.write(`note: ${note}\n`)
  const [{ openEstate, findPrincipals }, { grantedActions }, { grantedUse }] = await Promise.all([
    import('../../reach/estate.ts'),
    import('../../reach/granted.ts'),
    import('../../trail/granted-use.ts'),
  ])
  const [principal, ...more] = findPrincipals(openEstate(snapshots), who)
  if (!principal || more.length > 0)
    throw new InputError(`\`${who}\` is ${principal ? 'several principals' : 'no principal'} of the accounts read`, {
      hint: 'give the account of the key: its profile, or its --snapshot',
    })
  return grantedUse(principal.arn, grantedActions(principal), actions)
}

function consumersCommand(): Command {
  const command = new Command('consumers')
    .summary('who uses a key: who breaks when it goes')
    .description(
      'Lists what uses a key or principal, told apart by network, agent and the service that calls, and how often it comes.',
    )
    .argument('<who>', 'access key ID, ARN or name of a user or role')
  addQuestionOptions(command)
  addRangesOption(command)
  const outputs = addOutputOptions(command, LIST_FORMATS, 'terminal')
  return command.action((who: string, flags: QuestionFlags & RangesFlag) =>
    answer(flags, outputs(), async (question, scope, report) => {
      const [{ whoIs }, { consumersOf, horizonOf }] = await Promise.all([
        import('../../trail/questions/who.ts'),
        import('../../trail/questions/consumers.ts'),
      ])
      const subject = await whoIs(question, who)
      const consumers = await consumersOf(question, subject, await awsPlacesOf(flags))
      if (consumers.length === 0) throw neverSeen(subject.label)
      const found = { subject: subject.label, consumers, horizon: horizonOf(scope) }
      return { json: found, rows: consumers, text: (options) => report.consumersText(found, scope, options) }
    }),
  )
}

function servicesCommand(): Command {
  const command = new Command('services')
    .summary('which AWS services are in use')
    .description('Lists the services that were called, in each account.')
  addQuestionOptions(command)
  const outputs = addOutputOptions(command, LIST_FORMATS, 'terminal')
  return command.action((flags: QuestionFlags) =>
    answer(flags, outputs(), async (question, scope, report) => {
      const { servicesInUse } = await import('../../trail/questions/services.ts')
      const services = await servicesInUse(question)
      return { json: { services }, rows: services, text: (options) => report.servicesText(services, scope, options) }
    }),
  )
}

function rootCommand(): Command {
  const command = new Command('root')
    .summary('what the root users did')
    .description('Lists what the root user of each account did, the latest first.')
  addQuestionOptions(command)
  const outputs = addOutputOptions(command, LIST_FORMATS, 'terminal')
  return command.action((flags: QuestionFlags) =>
    answer(flags, outputs(), async (question, scope, report) => {
      const { rootUses } = await import('../../trail/questions/root.ts')
      const uses = await rootUses(question)
      return { json: { uses }, rows: uses, text: (options) => report.rootText(uses, scope, options) }
    }),
  )
}

function errorsCommand(): Command {
  const command = new Command('errors')
    .summary('what failed, and whose calls')
    .description('Lists the errors of each principal, the most frequent first: what breaks after a change.')
  addQuestionOptions(command)
  const outputs = addOutputOptions(command, LIST_FORMATS, 'terminal')
  return command.action((flags: QuestionFlags) =>
    answer(flags, outputs(), async (question, scope, report) => {
      const { errorUses } = await import('../../trail/questions/errors.ts')
      const errors = await errorUses(question)
      return { json: { errors }, rows: errors, text: (options) => report.errorsText(errors, scope, options) }
    }),
  )
}

function sessionsCommand(): Command {
  const command = new Command('sessions')
    .summary('who assumed a role, back to the key it began with')
    .description('Lists the sessions of a role, the latest first: who began them, with which key, and what they did.')
    .argument('<role>', 'ARN or name')
  addQuestionOptions(command)
  const outputs = addOutputOptions(command, LIST_FORMATS, 'terminal')
  return command.action((role: string, flags: QuestionFlags) =>
    answer(flags, outputs(), async (question, scope, report) => {
      const { isSeen, roleSessions } = await import('../../trail/questions/sessions.ts')
      const sessions = await roleSessions(question, role)
      if (sessions.length === 0 && !(await isSeen(question, role))) throw neverSeen(role)
      return { json: { sessions }, rows: sessions, text: (options) => report.sessionsText(sessions, scope, options) }
    }),
  )
}

function replayCommand(): Command {
  const command = new Command('replay')
    .summary('would a proposed policy have denied calls that were let through?')
    .description(
      'Decides every distinct call of a principal that was not denied under the policies given: still allowed, would be ' +
        'denied, or cannot be known from the events. Exit code 1 when a call would be denied.',
    )
    .requiredOption('--policy <file...>', 'all the identity policies that the principal would have')
    .requiredOption('--principal <who>', 'access key ID, ARN or name of a user or role')
  addQuestionOptions(command)
  const outputs = addOutputOptions(command, LIST_FORMATS, 'terminal')
  return command.action((flags: QuestionFlags & { policy: string[]; principal: string }) =>
    answer(flags, outputs(), async (question, scope, report) => {
      const [{ PolicyFiles }, { whoIs }, { ASSUMPTIONS, replay }] = await Promise.all([
        import('../policy-files.ts'),
        import('../../trail/questions/who.ts'),
        import('../../trail/questions/replay.ts'),
      ])
      const files = new PolicyFiles()
      const policies = await Promise.all(flags.policy.map((file) => files.read(file)))
      const result = await replay(question, await whoIs(question, flags.principal), policies)
      if (result.calls.length === 0)
        throw new InputError(`\`${result.principal}\` made no call that was let through in this time`, {
          hint: NEVER_SEEN,
        })
      if (result.totals['would-be-denied'] > 0) process.exitCode = EXIT.found
      const found = { ...result, assumptions: ASSUMPTIONS }
      return { json: found, rows: result.calls, text: (options) => report.replayText(found, scope, options) }
    }),
  )
}

const EXAMPLES = `
Examples:
  keyreeve trail ingest ./AWSLogs
  keyreeve trail AKIAIOSFODNN7EXAMPLE            what this key did, from where, and who else used it
  keyreeve trail keys --since 30d
  keyreeve trail consumers AKIAIOSFODNN7EXAMPLE  who breaks when it goes
  keyreeve trail usage ci-deploy --granted --snapshot account.json
  keyreeve trail replay --policy proposed.json --principal ci-deploy`

const INGEST_EXAMPLES = `
Examples:
  keyreeve trail ingest ./AWSLogs
  aws cloudtrail lookup-events > events.json && keyreeve trail ingest events.json
  keyreeve trail ingest s3://my-trail-bucket --since 2026-01-01 --profile security
  keyreeve trail ingest s3://my-trail-bucket --verify-integrity
  curl -O https://ip-ranges.amazonaws.com/ip-ranges.json && keyreeve trail ingest ./AWSLogs --aws-ip-ranges ip-ranges.json
  keyreeve trail ingest --lookup-events --access-key AKIAIOSFODNN7EXAMPLE --regions us-east-1,eu-west-1`
