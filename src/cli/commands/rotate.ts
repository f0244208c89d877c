import { Command, InvalidArgumentError } from 'commander'
import { KeyreeveError } from '../../model/errors.ts'
import type { RotatedKey, RotationsReport } from '../../report/rotations.ts'
import { type AwsFlags, addSessionOptions, withSession } from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { addConfigOption } from '../findings-options.ts'
import { writeOutput } from '../outputs.ts'
import { ownVerifications } from '../own-verifications.ts'
import { askYes } from '../prompt.ts'
import { terminalFor } from '../terminal.ts'
import { addTrailOption, type TrailFlags } from '../trail-evidence.ts'
import { visible } from '../visible.ts'

interface RotateFlags extends AwsFlags, TrailFlags {
  config?: string
  to?: string[]
  grace?: number
  silence?: number
  watch: number
  allDue?: boolean
  status?: boolean
  abort?: boolean
  again?: boolean
  makeRoom?: boolean
  keepInactive?: boolean
  overwrite?: boolean
  dryRun?: boolean
  yes?: boolean
  json?: boolean
}

export function rotateCommand(): Command {
  const command = new Command('rotate')
    .summary('replace access keys without breaking their users')
    .description(
      'Does the next safe thing for each key, or says what it waits for: makes a new key, proves it, delivers it, waits until every known user of the old one has moved, deactivates that, watches, activates it again if something breaks, and deletes it after the grace. Run it again and again, by hand or from cron. Without names it goes on with every rotation that is under way.',
    )
    .argument('[name...]', 'users, or access key IDs')
    .option(
      '--to <destination>',
      'where the new key goes; may be given several times',
      (to: string, all: string[] = []) => [...all, to],
    )
    .option('--grace <days>', 'how long the old key is kept after it is deactivated: 7d (default), 12h', days)
    .option(
      '--silence <days>',
      'how long the old key must be silent where CloudTrail does not tell who uses it, or how often: 35d (default)',
      days,
    )
    .option('--watch <days>', 'after deactivating, keep watching for so long before the run ends: 10m, 1h', days, 0)
    .option('--all-due', 'every key that is too old (thresholds.keyMaxAgeDays) and has a destination in keyreeve.yaml')
    .option('--status', 'only say where the rotations stand, as their journals tell')
    .option('--dry-run', 'only say what would be done next')
    .option('--abort', 'go back to the old key, where that is still possible')
    .option('--again', 'make another new key although a destination that cannot be read has the first one')
    .option('--make-room', 'where a user has two keys and one is idle: retire that one first')
    .option('--overwrite', 'replace what a destination holds, even if it is another key')
    .option('--keep-inactive', 'do not activate the old key again when a call with it fails; only say so')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print where each rotation stands as JSON')
    .addHelpText('after', EXAMPLES)
  addTrailOption(command)
  addConfigOption(command)
  return addSessionOptions(command).action(async (names: string[], flags: RotateFlags) => {
    if (flags.status) return status(names, flags)
    checkFlags(names, flags)
    const [{ loadConfig }, rotations, { openEvidence }, { parseDestination }, { awsClock }] = await Promise.all([
      import('../config.ts'),
      import('../rotations.ts'),
      import('../rotation-evidence.ts'),
      import('../../fix/deliver/parse.ts'),
      import('../../aws/clock.ts'),
    ])
    const config = await loadConfig(flags.config)
    for (const uri of [...(flags.to ?? []), ...config.rotations.flatMap(({ to }) => to)]) parseDestination(uri)
    const report = await withSession(flags, (session, { onProgress }) =>
      rotations.withRotations(async () => {
        // what has waited long enough is stopped and deleted: this machine's clock may be wrong
        const now = await awsClock(session, 'sts')
        const accountId = await rotations.accountOf(session)
        const { trail, regions = null } = flags
        const verifications = ownVerifications()
        const evidence = await openEvidence(session, { trail, accountId, regions, verifications, now })
        try {
          const rotator = await rotations.openRotator({
            session,
            accountId,
            evidence,
            verifications,
            config,
            options: optionsOf(flags),
            now,
            onEvent: (text) => {
              if (process.stderr.isTTY) process.stderr.write(`${visible(text)} ...\n`)
            },
            onOutput: (text) => {
              for (const line of text.trimEnd().split('\n')) process.stderr.write(`| ${visible(line)}\n`)
            },
          })
          const { users, untouched } = flags.allDue
            ? await rotator.due(config.thresholds.keyMaxAgeDays)
            : {
                users: names.length > 0 ? names : openNames(rotations.savedRotations(), rotator.accountId),
                untouched: [],
              }
          if (!flags.yes && !flags.dryRun && users.length > 0) await confirm(rotator, users, untouched)
          const done: RotatedKey[] = []
          await rotations.inParallel([...new Set(users)], async (name) => {
            const one = watched(rotator, name, flags.watch)
            // of many keys, one that cannot be gone on with must not stop the others
            done.push(await (users.length > 1 ? one.catch(givenUpBy(rotator.accountId, name)) : one))
            onProgress({ done: done.length, total: users.length, what: 'keys' })
          })
          return { rotations: sorted(done), untouched }
        } finally {
          await evidence.close()
        }
      }),
    )
    await write(report, flags)
    const isStopped = report.rotations.some(({ outcome }) => outcome === 'refused' || outcome === 'stopped')
    process.exitCode = isStopped ? EXIT.incomplete : EXIT.ok
  })
}

function checkFlags(names: readonly string[], flags: RotateFlags): void {
  if (flags.allDue && names.length > 0)
    throw new KeyreeveError('usage', '`--all-due` chooses the keys itself: give no names')
  if (flags.to && (names.length !== 1 || flags.allDue))
    throw new KeyreeveError('usage', '`--to` is for one user or key', {
      hint: 'for many, say in keyreeve.yaml where each new key goes: `rotations`',
    })
  if (flags.abort && names.length === 0) throw new KeyreeveError('usage', 'say which rotation is to be aborted')
}

function optionsOf(flags: RotateFlags) {
  return {
    to: flags.to ?? [],
    graceDays: flags.grace,
    silenceDays: flags.silence,
    isDryRun: flags.dryRun ?? false,
    abort: flags.abort ?? false,
    again: flags.again ?? false,
    makeRoom: flags.makeRoom ?? false,
    keepInactive: flags.keepInactive ?? false,
    overwrite: flags.overwrite ?? false,
  }
}

type Rotator = import('../rotations.ts').Rotator

/** Shows what would be done, and asks, where anything would be: what is refused is refused again by the run itself. */
async function confirm(
  rotator: Rotator,
  users: readonly string[],
  untouched: RotationsReport['untouched'],
): Promise<void> {
  const { rotationsText } = await import('../../report/rotations.ts')
  const shown: RotatedKey[] = []
  for (const name of users) shown.push(await rotator.run(await rotator.target(name), { isDryRun: true }))
  if (shown.every(({ outcome }) => outcome === 'refused')) return
  process.stderr.write(rotationsText({ rotations: sorted(shown), untouched }, terminalFor(null, process.stderr)))
  if (!(await askYes('Do this?'))) throw new KeyreeveError('interrupted', 'nothing was changed')
}

const WATCH_AGAIN_MS = 30_000
const DAY_MS = 86_400_000

/** A run, and more of them while the old key is inactive and is to be watched. */
async function watched(rotator: Rotator, name: string, watchDays: number): Promise<RotatedKey> {
  const { setTimeout: sleep } = await import('node:timers/promises')
  const end = Date.now() + watchDays * DAY_MS
  for (;;) {
    const key = await rotator.run(await rotator.target(name))
    if (key.phase !== 'inactive' || key.outcome !== 'waits' || Date.now() >= end) return key
    await sleep(Math.min(WATCH_AGAIN_MS, end - Date.now()))
  }
}

function givenUpBy(accountId: string, name: string) {
  return async (error: unknown): Promise<RotatedKey> => {
    if (!(error instanceof KeyreeveError) || error.code === 'interrupted') throw error
    const { givenUp } = await import('../rotations.ts')
    return givenUp(accountId, name, error.message)
  }
}

async function status(names: readonly string[], flags: RotateFlags): Promise<void> {
  const { rotatedKey, savedRotations } = await import('../rotations.ts')
  const now = new Date()
  const wanted = savedRotations().filter(
    ({ rotation: { terms, newKeyId, phase } }) =>
      (names.length === 0 && phase !== 'ended') ||
      names.some((name) => name === terms.userName || name === terms.keyId || name === newKeyId),
  )
  await write(
    { rotations: sorted(wanted.map(({ rotation }) => rotatedKey(rotation, null, now))), untouched: [] },
    flags,
  )
}

async function write(report: RotationsReport, { json }: RotateFlags): Promise<void> {
  const { rotationsJson, rotationsText } = await import('../../report/rotations.ts')
  await writeOutput(null, json ? rotationsJson(report) : [rotationsText(report, terminalFor(null))])
}

function openNames(saved: ReturnType<typeof import('../rotations.ts')['savedRotations']>, accountId: string): string[] {
  const open = saved.filter(({ rotation: { phase, terms } }) => phase !== 'ended' && terms.accountId === accountId)
  return open.map(({ rotation }) => rotation.terms.keyId)
}

function sorted(keys: readonly RotatedKey[]): RotatedKey[] {
  const order = ({ userName, accessKeyId }: RotatedKey) => `${userName} ${accessKeyId}`
  return keys.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
}

const UNITS: Record<string, number> = { d: 1, h: 1 / 24, m: 1 / 1440 }

function days(text: string): number {
  const [, number, unit = 'd'] = /^(\d{1,6})([dhm]?)$/.exec(text) ?? []
  const value = Number(number) * UNITS[unit || 'd']!
  if (!(value >= 0 && value <= 3650)) throw new InvalidArgumentError('\nGive days, hours or minutes: 7d, 12h, 30m.')
  return value
}

const EXAMPLES = `
Destinations, each to be given with its own --to:
  secretsmanager:NAME[@REGION]              JSON in Secrets Manager, by its staging labels
  ssm:/PATH[@REGION]                        JSON in a SecureString of the Parameter Store
  profile:NAME[@FILE]                       a profile of a shared credentials file
  k8s:NAMESPACE/SECRET[:ID_KEY,SECRET_KEY]  a Secret, by kubectl
  github:OWNER/REPO[:ENVIRONMENT]:PREFIX    two secrets of GitHub Actions (GITHUB_TOKEN)
  command:PROGRAM [ARGUMENT...]             a program that takes JSON on standard input

Examples:
  keyreeve rotate deploy-bot --to secretsmanager:prod/deploy-bot --dry-run
  keyreeve rotate deploy-bot --to secretsmanager:prod/deploy-bot --to github:acme/shop:AWS --yes
  keyreeve rotate --yes                     go on with all that are under way, e.g. once a day from cron
  keyreeve rotate --all-due --yes           begin what is due, too
  keyreeve rotate --status
  keyreeve rotate deploy-bot --abort

Exit codes: 0 all done, or waiting as planned; 2 could not run; 3 refused or stopped: the report says why.`
