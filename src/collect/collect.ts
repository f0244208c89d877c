/** AWS -> Snapshot. Reads only, and judges nothing. */
import { setMaxListeners } from 'node:events'
import type { AwsSession } from '../aws/session.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { collectAnalyzers } from './access-analyzer.ts'
import { collectSecurityContact } from './account-contact.ts'
import { assemble, nothingTold, type Told } from './assemble.ts'
import { whoAmI } from './caller.ts'
import { collectTrails } from './cloudtrail.ts'
import { collectInstances, readEnabledRegions } from './ec2.ts'
import { collectIam, readDetails } from './iam/collect-iam.ts'
import { Ledger } from './ledger.ts'
import { collectOrganization } from './organizations.ts'
import { chosenRegions } from './regions.ts'
import { type Call, inParallel, Run } from './run.ts'
import { collectWorkloads, noteWorkloadsNotAsked, WORKLOAD_CALLS } from './workloads/collect-workloads.ts'

export interface CollectOptions {
  toolVersion: string
  /** Only these regions; all enabled ones when absent. */
  regions?: string[]
  /** Also list SSH public keys: one call for each user. */
  sshKeys?: boolean
  /** Of the organization's management account, to list root's keys with; only for member accounts. */
  management?: AwsSession
  /** false: leave out what runs with roles. */
  workloads?: boolean
  /** For tests: another clock. */
  now?: () => Date
  onProgress?: (progress: Progress) => void
  /** Aborted: what was read so far is kept, and the snapshot says that it is incomplete. */
  abortSignal?: AbortSignal
  /** How many calls may be under way at once. */
  concurrency?: number
}

export interface Progress {
  /** Calls answered. */
  done: number
  /** null: not known yet. */
  total: number | null
  what: string
}

/** Enough to hide the way to AWS and back; the request budget sets the pace. */
const CONCURRENCY = 8

/** Collects the account that the session's credentials belong to. */
export async function collect(session: AwsSession, options: CollectOptions): Promise<Snapshot> {
  const now = options.now ?? (() => new Date())
  const isoNow = () => `${now().toISOString().slice(0, 19)}Z`
  const collectedAt = isoNow()
  const caller = await whoAmI(session, options.abortSignal)
  const told = nothingTold({ ...caller, toolVersion: options.toolVersion, collectedAt, collectedAtFrom: 'clock' })
  const ledger = new Ledger(isoNow)
  ledger.read('sts:GetCallerIdentity')
  // When the run cannot go on, nothing of it may go on behind the caller's back.
  const stop = new AbortController()
  const abortSignal = options.abortSignal ? AbortSignal.any([options.abortSignal, stop.signal]) : stop.signal
  // Every call under way listens; Node takes more than ten for a leak, and says so on stderr.
  setMaxListeners(0, abortSignal)
  const run = new Run({
    session,
    ledger,
    concurrency: options.concurrency ?? CONCURRENCY,
    abortSignal,
    ...progressTo(options.onProgress),
  })
  const enabledRegions = readEnabledRegions(run, caller.partition)
  // A wrong region is the user's mistake, and found before the work is done.
  const { workloads = true } = options
  const regions = enabledRegions.then((enabled) => regionsToAsk(run, enabled, options.regions, workloads))
  const details = readDetails(run, told)
  await Promise.all([
    collectIam(run, told, details, {
      sshKeys: options.sshKeys ?? false,
      callerIsRoot: caller.callerArn.endsWith(':root'),
      management: options.management ?? null,
    }),
    collectSecurityContact(run, told),
    collectOrganization(run, told),
    collectTrails(
      run,
      told,
      enabledRegions.then((enabled) => enabled ?? [run.region]),
    ),
    regions.then((names) => collectRegions(run, told, names)),
    // which services it asks hangs on the roles' trust policies
    workloads
      ? Promise.all([regions, details]).then(([names]) => collectWorkloads(run, told, names))
      : noteWorkloadsNotAsked(ledger),
  ]).catch((error) => {
    stop.abort()
    throw error
  })
  return assemble(inOrder(told), ledger)
}

const ASKED_IN_REGIONS = ['ec2:DescribeInstances', 'access-analyzer:ListAnalyzers']

/** The regions to ask, and a line for those that are left out. */
function regionsToAsk(run: Run, enabled: string[] | null, wanted: string[] | undefined, workloads: boolean): string[] {
  const { regions, gap } = chosenRegions(enabled, wanted, run.region)
  const sources = [...ASKED_IN_REGIONS, ...(workloads ? WORKLOAD_CALLS.map(({ source }) => source) : [])]
  if (gap !== null) for (const source of sources) run.ledger.gap(source, 'absent', gap)
  return regions
}

/** Whole pages of one region wait for each other; regions do not. */
async function collectRegions(run: Run, told: Told, regions: string[]): Promise<void> {
  told.regions = regions
  await inParallel(regions, run.concurrency, async (region) => {
    await Promise.all([collectInstances(run, told, region), collectAnalyzers(run, told, region)])
  })
}

/** Parallel answers come in any order; a snapshot of the same account must not differ for that. */
function inOrder(told: Told): Told {
  const by = <T>(list: T[], key: (item: T) => string) => list.sort((one, other) => (key(one) < key(other) ? -1 : 1))
  by(told.instances, ({ arn }) => arn)
  by(told.analyzers, ({ arn }) => arn)
  if (told.workloads) by(told.workloads, ({ kind, arn }) => `${kind} ${arn}`)
  by(told.trails, ({ trailArn }) => trailArn)
  by(told.sshPublicKeys, ({ userName, sshPublicKeyId }) => `${userName} ${sshPublicKeyId}`)
  return told
}

function progressTo(onProgress: CollectOptions['onProgress']) {
  let done = 0
  let planned = 0
  return {
    onAsked(call: Call, region: string | null) {
      done++
      // Only what is asked about each user is known beforehand, and only that takes long.
      const total = planned > 0 ? done + planned : null
      onProgress?.({ done, total, what: region ? `${call.source} ${region}` : call.source })
    },
    onPlanned(more: number) {
      planned += more
    },
  }
}
