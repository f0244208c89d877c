import { Command, Option } from 'commander'
import { KeyreeveError } from '../../model/errors.ts'
import { isAtLeast, SEVERITIES, type Severity } from '../../model/finding.ts'
import { DETECTION_FORMATS, type DetectionFormat, type DetectionRun } from '../../report/detections/detection-run.ts'
import { interruptible } from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { addConfigOption } from '../findings-options.ts'
import { nearest } from '../nearest.ts'
import { addOutputOptions } from '../output-options.ts'
import { type Output, writeOutput } from '../outputs.ts'
import { startProgress } from '../progress.ts'
import { parseMoment } from '../since.ts'
import { type Terminal, terminalFor } from '../terminal.ts'
import { type AthenaFlags, addEngineOptions, openAthenaEngine, openEvents } from '../trail-engine.ts'
import { TOOL } from '../version.ts'
import { visible } from '../visible.ts'

interface DetectFlags extends AthenaFlags {
  since?: string
  store: string
  detection?: string[]
  config?: string
  severity?: Severity
  failOn?: Severity | 'none'
  verbose?: boolean
}

export function trailDetectCommand(): Command {
  const command = new Command('detect')
    .summary('what looks wrong in CloudTrail')
    .description(
      'Looks for misuse of credentials in CloudTrail events: of files, of the store that `trail ingest` fills, or in Athena. docs/detections.md says what it looks for.',
    )
    .argument('[files...]', 'CloudTrail log files or folders; without any, the store')
    .option('--since <moment>', 'only what happened from then on: 2026-01-31, 7d, 24h', (text: string) =>
      parseMoment(text),
    )
    .option('--store <folder>', 'the store of `trail ingest`', '.keyreeve/trail')
    .option(
      '--detection <id>',
      'only this one, by id or code; may be given several times',
      (id: string, ids: string[] = []) => [...ids, ...id.split(',')],
    )
    .addOption(new Option('--severity <level>', 'show only detections of this severity or worse').choices(SEVERITIES))
    .addOption(
      new Option('--fail-on <level>', 'exit 1 at this severity or worse (default: --severity, else low)').choices([
        ...SEVERITIES,
        'none',
      ]),
    )
    .option('--verbose', 'in the terminal, list everything')
    .addHelpText('after', EXAMPLES)
  addConfigOption(command)
  addEngineOptions(command)
  const outputs = addOutputOptions(command, DETECTION_FORMATS, 'terminal')
  return command.exitOverride().action(async (files: string[], flags: DetectFlags) => {
    const wanted = outputs()
    const run = await detectIn(files, flags)
    process.exitCode = verdict(run, flags)
    const shown = flags.severity
      ? { ...run, detections: run.detections.filter(({ severity }) => isAtLeast(severity, flags.severity!)) }
      : run
    for (const output of wanted) {
      await writeOutput(
        output.file,
        await reportOf(shown, output, { ...terminalFor(output.file), verbose: flags.verbose ?? false }),
      )
      if (output.file !== null) process.stderr.write(`wrote ${visible(output.file)}\n`)
    }
  })
}

async function detectIn(files: readonly string[], flags: DetectFlags): Promise<DetectionRun> {
  if (flags.engine === 'athena' && files.length > 0)
    throw new KeyreeveError('usage', 'Athena reads what is in S3, not files', {
      hint: 'leave out the files, or --engine',
    })
  if (flags.raw !== undefined && flags.engine !== 'athena')
    throw new KeyreeveError('usage', '`--raw` needs `--engine athena`')
  const [{ DETECTIONS }, { detect, readFrom }, { checkAllowances }, { loadConfig }] = await Promise.all([
    import('../../trail/detections/index.ts'),
    import('../../trail/detections/detect.ts'),
    import('../../trail/detections/allowances.ts'),
    import('../config.ts'),
  ])
  const detections = chosen(flags.detection, DETECTIONS)
  const { allowances, trustedAccounts, decoyKeys } = await loadConfig(flags.config)
  checkAllowances(allowances, DETECTIONS, nearest)
  const since = flags.since ?? null
  const interrupt = interruptible()
  const options = { fromDay: readFrom(since), signal: interrupt.signal }
  const progress = startProgress()
  try {
    const athena = flags.engine === 'athena' ? await openAthenaEngine(flags, options) : null
    const { engine, input, close } = athena
      ? { engine: athena, input: null, close: () => athena.close() }
      : await openEvents(files, flags.store, options)
    try {
      const report = await detect(engine, {
        detections,
        since,
        allowances,
        trustedAccounts,
        decoyKeys,
        signal: interrupt.signal,
        onProgress: progress.update,
      })
      return { ...report, tool: TOOL, engine: engine.name, since, input }
    } finally {
      progress.stop()
      if (athena) {
        const { costOf } = await import('../../trail/engines/athena.ts')
        process.stderr.write(`${costOf(athena.scanned)}\n`)
      }
      await close()
    }
  } catch (error) {
    if (interrupt.signal.aborted) throw new KeyreeveError('interrupted', 'interrupted')
    throw error
  } finally {
    progress.stop()
    interrupt.done()
  }
}

function chosen<D extends { id: string; code: string }>(names: readonly string[] | undefined, all: readonly D[]): D[] {
  if (!names) return [...all]
  return names.map((name) => {
    const found = all.find(({ id, code }) => id === name || code === name.toUpperCase())
    if (found) return found
    const close = nearest(
      name,
      all.flatMap(({ id, code }) => [id, code]),
    )
    throw new KeyreeveError('usage', `there is no detection \`${name}\``, {
      hint: close ? `did you mean \`${close}\`?` : 'docs/detections.md lists them',
    })
  })
}

/** What was not read comes first, because no verdict stands on it; a baseline that is too short makes no run incomplete. */
function verdict({ detections, input }: DetectionRun, { failOn, severity: shown }: DetectFlags): number {
  if (input && (input.rejected > 0 || input.skipped.length > 0)) return EXIT.incomplete
  const threshold = failOn ?? shown ?? 'low'
  const counts =
    threshold !== 'none' &&
    detections.some(({ status, severity }) => status === 'open' && isAtLeast(severity, threshold))
  return counts ? EXIT.found : EXIT.ok
}

async function reportOf(
  run: DetectionRun,
  { format }: Output<DetectionFormat>,
  terminal: Terminal & { verbose: boolean },
): Promise<Iterable<string>> {
  switch (format) {
    case 'terminal':
      return [(await import('../../report/detections/terminal.ts')).detectionsText(run, terminal)]
    case 'json':
      return (await import('../../report/detections/json.ts')).detectionsJson(run)
    case 'sarif':
      return (await import('../../report/detections/sarif.ts')).detectionsSarif(run)
    case 'ocsf':
      return (await import('../../report/detections/ocsf.ts')).detectionsOcsf(run)
  }
}

const EXAMPLES = `
Examples:
  keyreeve trail detect AWSLogs/
  keyreeve trail detect --since 7d --severity high
  keyreeve trail detect --since 24h --format ocsf --output detections.ndjson
  keyreeve trail detect --detection key-new-network,CT30 --verbose
  keyreeve trail detect --engine athena --since 30d --workgroup security

Exit codes: 0 nothing, 1 something open at or above --fail-on, 2 could not run, 3 some of the files could not be read.`
