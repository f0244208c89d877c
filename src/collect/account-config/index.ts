/**
 * What an account's own configuration holds: user data, environments, templates, parameters, code. Read in all regions,
 * handed to the detectors piece by piece, kept nowhere. Reads only.
 */
import { setMaxListeners } from 'node:events'
import type { AwsSession } from '../../aws/session.ts'
import type { Coverage } from '../../model/snapshot.ts'
import { type Caller, whoAmI } from '../caller.ts'
import type { Progress } from '../collect.ts'
import { readEnabledRegions } from '../ec2.ts'
import { isComplete, Ledger } from '../ledger.ts'
import { redactSecrets } from '../redact.ts'
import { chosenRegions } from '../regions.ts'
import { inParallel, Run } from '../run.ts'
import { CONFIG_READERS } from './config-readers.ts'
import { Outlet, type OutletOptions } from './outlet.ts'
import { LIMITS, type Limits, Reader, type Scope, turns } from './reader.ts'

export type { NamedLines } from './outlet.ts'

export interface AccountScanOptions extends Omit<OutletOptions, 'sink'> {
  /** Only these regions; all enabled ones when absent. */
  regions?: string[]
  limits?: Partial<Limits>
  onProgress?: (progress: Progress) => void
  /** Aborted: what was read so far counts, and the ledger says what was not. */
  abortSignal?: AbortSignal
  /** For tests: another clock. */
  now?: () => Date
}

/** What was read of the account, and what was not. What was found is with the sink. */
export interface AccountScan extends Caller {
  scannedAt: string
  regions: string[]
  coverage: Coverage[]
  /** Whether nothing was denied, throttled or cut off. */
  complete: boolean
}

/** So many services of so many regions at once; the budget of each service sets the pace. */
const CONCURRENCY = 16
/** Packages of code in memory at once. */
const DOWNLOADS = 2

/**
 * Reads the configuration of the account that the session's credentials belong to.
 * @param sink takes every text and every package; bytes are valid until its call returns
 * @throws KeyreeveError when there is nothing to begin with: no credentials, no network
 */
export async function scanAccount(
  session: Pick<AwsSession, 'call' | 'download' | 'region' | 'partition'>,
  sink: OutletOptions['sink'],
  options: AccountScanOptions = {},
): Promise<AccountScan> {
  const now = options.now ?? (() => new Date())
  const isoNow = () => `${now().toISOString().slice(0, 19)}Z`
  const { abortSignal } = options
  if (abortSignal) setMaxListeners(0, abortSignal)
  const scannedAt = isoNow()
  const caller = await whoAmI(session, abortSignal)
  const ledger = new Ledger(isoNow)
  let done = 0
  const run = new Run({
    session,
    ledger,
    concurrency: CONCURRENCY,
    abortSignal,
    onAsked(call, region) {
      done++
      options.onProgress?.({ done, total: null, what: region ? `${call.source} ${region}` : call.source })
    },
    onPlanned() {},
    withSecrets: true,
  })
  const enabled = await readEnabledRegions(run, caller.partition)
  const { regions, gap } = chosenRegions(enabled, options.regions, run.region)
  if (gap !== null) ledger.gap('account configuration', 'absent', gap)
  const scope: Scope = {
    ...caller,
    run,
    session,
    outlet: new Outlet({ ...options, sink }),
    limits: { ...LIMITS, ...options.limits },
    abortSignal,
    downloads: turns(DOWNLOADS),
    code: { bytes: 0 },
  }
  // Service by service within a region: so no service is asked by all regions at once.
  const tasks = regions.flatMap((region) => CONFIG_READERS.map((reader) => ({ region, reader })))
  await inParallel(tasks, CONCURRENCY, async ({ region, reader }) => {
    try {
      await reader.read(new Reader(scope, region))
    } catch (error) {
      // No word of what it was about.
      const name = error instanceof Error ? error.name : 'unknown error'
      ledger.gap(reader.calls[0]!.source, 'truncated', `reading failed (${name}); please report it`, region)
    }
  })
  const coverage = merged(ledger.lines)
  return { ...caller, scannedAt, regions, coverage, complete: isComplete(coverage) }
}

/** One line for each call, region and outcome; a repository alone would have hundreds. */
function merged(lines: readonly Coverage[]): Coverage[] {
  const groups = new Map<string, { line: Coverage; details: Set<string> }>()
  for (const line of lines) {
    const key = `${line.source} ${line.region ?? ''} ${line.status}`
    const group = groups.get(key) ?? { line, details: new Set() }
    if (line.detail !== null) group.details.add(line.detail)
    groups.set(key, group)
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { line, details }]) => ({
      ...line,
      detail: details.size === 0 ? null : redactSecrets(someOf([...details])),
    }))
}

function someOf(details: readonly string[]): string {
  const more = details.length - 3
  return details.slice(0, 3).join('; ') + (more > 0 ? `; and ${more} more` : '')
}
