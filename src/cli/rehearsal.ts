/**
 * `keyreeve apply --rehearse`: carries out a plan in a sandbox that is as the snapshot says, and looks what becomes of it.
 * The sandbox is the only endpoint that is called, with keys of its own: no credentials are looked for.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failureOf } from '../aws/failure.ts'
import { type AwsSession, openSession } from '../aws/session.ts'
import { collect } from '../collect/collect.ts'
import { applyPlan, STOPS } from '../fix/apply/apply.ts'
import { Journal } from '../fix/apply/journal.ts'
import { snapshotOf } from '../fix/make-plan.ts'
import { afterRehearsal } from '../fix/rehearse/after.ts'
import { conditionKeysOf, replayCalls } from '../fix/rehearse/replay-calls.ts'
import type { Config } from '../model/config.ts'
import { InputError, KeyreeveError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Outcome, Plan } from '../model/plan.ts'
import { REHEARSAL_SCHEMA_VERSION, type Rehearsal, type RehearsedFinding } from '../model/rehearsal.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { AccountUsage } from '../model/usage.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import type { KeyHolder } from '../sandbox/state.ts'
import { REHEARSER, worldOfSnapshot } from '../sandbox/world-of-snapshot.ts'
import { applyContext } from './plans.ts'
import { runAudit } from './run-audit.ts'
import type { JoinedScans } from './saved-scans.ts'
import { TOOL } from './version.ts'

export interface RehearsalInput {
  plan: Plan
  snapshot: Snapshot
  config: Config
  scans: JoinedScans | null
  usage: readonly AccountUsage[] | null
  /** The folder of the store of CloudTrail. */
  trail: string
  /** Called for each step that is begun. */
  onStep?: (done: number, of: number) => void
}

/** @throws {InputError} when the snapshot is not the one that the plan was made from */
export async function rehearse(input: RehearsalInput): Promise<Rehearsal> {
  const { plan, snapshot } = input
  if (snapshotOf({ snapshot }).digest !== plan.snapshot.digest)
    throw new InputError('the plan was made from another snapshot', {
      hint: 'give the one that `keyreeve plan` wrote beside it with `--snapshot`',
    })
  const { outcomes, after, left } = await inSandbox(input)
  const replay = await replayed(input, after)
  return {
    schemaVersion: REHEARSAL_SCHEMA_VERSION,
    planId: plan.planId,
    accountId: plan.accountId,
    steps: plan.steps.map(({ id, change }) => {
      const outcome = outcomes.get(id)
      return { step: id, change, outcome: outcome?.outcome ?? 'waits', because: reasonOf(outcome) }
    }),
    findings: findingsOf(input, after),
    replay,
    left,
  }
}

function reasonOf(outcome: Outcome | undefined): string | null {
  if (!outcome) return 'an earlier step stopped the plan'
  if (outcome.outcome === 'waits') return `for ${outcome.for}`
  return 'because' in outcome ? outcome.because : null
}

async function inSandbox({ plan, snapshot, onStep }: RehearsalInput) {
  const { world, rehearser, inManagement, left } = built(snapshot)
  world.administrator = rehearser
  const sandbox = await startSandbox({ world, settings: { credentialReportDelayMs: 0 } })
  const open = ({ key: { accessKeyId, secretAccessKey } }: KeyHolder) =>
    openSession({
      endpointUrl: sandbox.endpoint,
      region: sandbox.region,
      credentials: { accessKeyId, secretAccessKey },
      userAgent: `${TOOL.name}/${TOOL.version}`,
    })
  const sessions: AwsSession[] = []
  try {
    const session = await open(rehearser)
    sessions.push(session)
    const management = inManagement ? await open(inManagement) : session
    sessions.push(management)
    const outcomes = await carriedOut(plan, session, management, onStep)
    const collected = await collect(session, {
      toolVersion: TOOL.version,
      ...(inManagement ? { management } : {}),
      regions: [sandbox.region],
      workloads: false,
      sshKeys: true,
    })
    const unread = collected.coverage.find(
      ({ source, status }) => source === 'iam:GetAccountAuthorizationDetails' && status !== 'read',
    )
    if (unread) throw new KeyreeveError('input', `the rehearsed account cannot be read: ${unread.detail}`)
    return { outcomes, after: afterRehearsal(snapshot, collected, REHEARSER), left }
  } finally {
    for (const session of sessions) session.close()
    await sandbox.close()
  }
}

function built(snapshot: Snapshot) {
  try {
    return worldOfSnapshot(snapshot)
  } catch (cause) {
    if (cause instanceof KeyreeveError) throw cause
    // two users of one name, say, which no account of AWS's has
    throw new InputError('the snapshot is of no account that there can be', { cause })
  }
}

/** Until nothing more is to be done: what waits for days gets them. */
async function carriedOut(
  plan: Plan,
  session: AwsSession,
  management: AwsSession,
  onStep: RehearsalInput['onStep'],
): Promise<Map<string, Outcome>> {
  const folder = await mkdtemp(join(tmpdir(), 'keyreeve-rehearsal-'))
  const journal = new Journal(join(folder, 'plan.journal'))
  let clock = Date.now()
  let begun = 0
  const own = applyContext(session, journal)
  const asRoot = applyContext(management, journal)
  const context = {
    journal,
    failureOf,
    callFor: (step: Plan['steps'][number]) => (step.session ? asRoot : own).callFor(step),
    now: () => new Date(clock),
    // the sandbox shows every change at once
    sleep: async (ms: number) => {
      clock += ms
    },
    onEvent: ({ event }: { event: string }) => {
      if (event === 'step') onStep?.(++begun, plan.steps.length)
    },
  }
  const last = new Map<string, Outcome>()
  try {
    for (;;) {
      const outcomes = await applyPlan(plan, context)
      for (const outcome of outcomes)
        if (outcome.outcome !== 'was-done' || !last.has(outcome.step) || last.get(outcome.step)!.outcome === 'waits')
          last.set(outcome.step, outcome)
      const next = outcomes.flatMap((it) => (it.outcome === 'waits' && it.until !== null ? [Date.parse(it.until)] : []))
      if (next.length === 0 || outcomes.some(({ outcome }) => STOPS.has(outcome))) return last
      clock = Math.max(clock, Math.max(...next))
    }
  } finally {
    journal.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function findingsOf({ plan, snapshot, config, scans, usage }: RehearsalInput, after: Snapshot): Rehearsal['findings'] {
  const open = (of: Snapshot) => {
    const { findings } = runAudit([of], config, { scans, usage })
    return new Map(findings.filter(({ status }) => status === 'open').map((finding) => [finding.fingerprint, finding]))
  }
  const was = open(snapshot)
  const is = open(after)
  const promised = new Set(plan.steps.flatMap(({ closes }) => closes))
  const those = (of: ReadonlyMap<string, Finding>, isMeant: (fingerprint: string) => boolean) =>
    [...of.values()].filter(({ fingerprint }) => isMeant(fingerprint)).map(shown)
  return {
    closed: those(was, (id) => !is.has(id)),
    promised: those(is, (id) => promised.has(id)),
    opened: those(is, (id) => !was.has(id)),
    open: is.size,
  }
}

function shown({ fingerprint, check, severity, subject, because }: Finding): RehearsedFinding {
  return { fingerprint, check, severity, subject: subject.name ?? subject.id, because }
}

async function replayed({ snapshot, trail }: RehearsalInput, after: Snapshot): Promise<Rehearsal['replay']> {
  const { withTrail } = await import('./trail-evidence.ts')
  return withTrail(trail, async (question) => {
    const { recordedCalls } = await import('../trail/questions/recorded-calls.ts')
    const keys = [...new Set([...conditionKeysOf(snapshot), ...conditionKeysOf(after)])].sort()
    const { calls, complete } = await recordedCalls(question, snapshot.accountId, keys)
    return { ...replayCalls(snapshot, after, calls), ...question.within, complete }
  })
}
