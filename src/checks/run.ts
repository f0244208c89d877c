/** Runs checks over one account and turns their flags into findings. */
import { hash } from 'node:crypto'
import type { Config } from '../model/config.ts'
import type { Dossier } from '../model/dossier.ts'
import { type Fact, knowledgeOf } from '../model/facts.ts'
import type { Evidence, Finding, NotEvaluated } from '../model/finding.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { type World, worldOf } from '../reach/key-reach.ts'
import type { Check, CheckInput, Flag, OtherEvidence, Unknown } from './check.ts'
import { lookupOf } from './lookup.ts'

export interface CheckResults {
  findings: Finding[]
  notEvaluated: NotEvaluated[]
}

/** What checks judge: one account, and what else is known of its keys. */
export interface AccountEvidence {
  snapshot: Snapshot
  dossiers: Dossier[]
  leaks?: CheckInput['leaks']
  accountScan?: CheckInput['accountScan']
  usage?: CheckInput['usage']
  /** Of all accounts that are audited together; absent: of this one. */
  world?: World
}

/** Control ids by framework: those that a flag of a check breaks. */
export type ControlsOf = (check: string, flag: Flag) => Record<string, string[]>

/** Whether a check is to run: as the configuration says, else unless it is off by default. */
export function isEnabled(check: Check, config: Config): boolean {
  return config.checks[check.id] ?? !check.off
}

/**
 * Runs the enabled checks. A check whose facts are missing, or that throws, is not evaluated; it never counts as
 * passed. A check whose facts are there in part runs on them, and says what it could not see.
 */
export function runChecks(
  checks: readonly Check[],
  evidence: AccountEvidence,
  config: Config,
  controlsOf: ControlsOf,
): CheckResults {
  const { snapshot } = evidence
  const world = evidence.world ?? worldOf([snapshot])
  const input: CheckInput = {
    snapshot,
    dossiers: evidence.dossiers,
    leaks: evidence.leaks ?? null,
    accountScan: evidence.accountScan ?? null,
    usage: evidence.usage ?? null,
    now: Date.parse(snapshot.collectedAt),
    thresholds: config.thresholds,
    config,
    lookup: lookupOf(snapshot, world.documents),
    world,
    knowledge: (fact) => knowledgeOf(fact, snapshot),
  }
  const asOf = new Map(snapshot.coverage.filter(({ asOf }) => asOf !== null).map((line) => [line.source, line.asOf]))
  const findings: Finding[] = []
  const notEvaluated: NotEvaluated[] = []
  for (const check of checks) {
    if (!isEnabled(check, config)) continue
    const gap = gapOf(check, evidence)
    if (gap) notEvaluated.push(gap)
    if (gap?.extent === 'all') continue
    try {
      const { found, unknown } = resultsOf(check.run(input), findingOf(check, snapshot, config, controlsOf, asOf))
      for (const finding of found) findings.push(finding)
      if (unknown.length > 0)
        notEvaluated.push({
          check: check.id,
          accountId: snapshot.accountId,
          because: firstOf(unknown.map(({ unknown }) => unknown)),
          extent: 'part',
          notAsked: unknown.every(({ notAsked }) => notAsked === true),
        })
    } catch (error) {
      notEvaluated.push({
        check: check.id,
        accountId: snapshot.accountId,
        // the message only: a stack, or the data at hand, may hold anything
        because: `the check failed (${error instanceof Error ? error.name : 'unknown error'}); please report it`,
        extent: 'all',
        notAsked: false,
      })
    }
  }
  return { findings, notEvaluated }
}

/** The first three, and how many more. */
function firstOf(sentences: string[]): string {
  const more = sentences.length - 3
  return sentences.slice(0, 3).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/** Whether a check's need is a fact of the account, and not evidence that another command brings. */
export function isFact(need: Fact | OtherEvidence): need is Fact {
  return need !== 'leaks' && need !== 'accountScan' && need !== 'usage'
}

const MISSING: Record<OtherEvidence, string> = {
  leaks: 'no scan was joined: run `keyreeve scan --save`',
  accountScan: 'the configuration of this account was not scanned: run `keyreeve scan --account --save`',
  usage: 'no CloudTrail of this account was joined: run `keyreeve trail ingest`',
}

function gapOf(check: Check, evidence: AccountEvidence): NotEvaluated | null {
  const { snapshot } = evidence
  const facts: Fact[] = []
  for (const need of check.needs) {
    if (isFact(need)) facts.push(need)
    else if (!evidence[need])
      return {
        check: check.id,
        accountId: snapshot.accountId,
        because: MISSING[need],
        extent: 'all',
        notAsked: true,
        otherEvidence: true,
      }
  }
  const needed = facts.map((fact) => knowledgeOf(fact, snapshot)).filter(({ known }) => known !== 'all')
  if (needed.length === 0) return null
  return {
    check: check.id,
    accountId: snapshot.accountId,
    because: [...new Set(needed.flatMap(({ gaps }) => gaps))].join('; '),
    extent: needed.some(({ known }) => known === 'none') ? 'all' : 'part',
    notAsked: needed.every(({ notAsked }) => notAsked),
  }
}

/** All that a check says, or nothing when it throws. A flag is not kept: of thousands, collecting garbage would tell. */
function resultsOf(
  results: Iterable<Flag | Unknown>,
  toFinding: (flag: Flag) => Finding,
): { found: Finding[]; unknown: Unknown[] } {
  const found: Finding[] = []
  const unknown: Unknown[] = []
  for (const result of results) {
    if ('unknown' in result) unknown.push(result)
    else found.push(toFinding(result))
  }
  return { found, unknown }
}

/** Makes findings of the flags of a check. What they have in common is worked out once: there may be 100,000. */
function findingOf(
  { id, title, severity, fix }: Check,
  { accountId }: Snapshot,
  config: Config,
  controlsOf: ControlsOf,
  asOf: Map<string, string | null>,
): (flag: Flag) => Finding {
  const configured = config.severities[id]
  const evidenceOf = ({ fact, value, source }: Flag['evidence'][number]): Evidence => ({
    fact,
    value,
    source,
    asOf: asOf.get(source) ?? null,
  })
  return (flag) => {
    const region = flag.region ?? null
    return {
      fingerprint: fingerprintOf(id, accountId, region, flag),
      check: id,
      title,
      severity: configured ?? flag.severity ?? severity,
      status: 'open',
      accountId,
      region,
      subject: flag.subject,
      because: flag.because,
      evidence: flag.evidence.map(evidenceOf),
      remedy: { text: flag.fix ?? fix, commands: flag.commands ?? [] },
      frameworks: controlsOf(id, flag),
      accepted: null,
    }
  }
}

/** The same for the same problem in every run: evidence and wording do not count. */
function fingerprintOf(check: string, accountId: string, region: string | null, flag: Flag): string {
  const { subject, distinguish } = flag
  const identity = `${check}\n${accountId}\n${region ?? ''}\n${subject.kind}\n${subject.id}\n${distinguish ?? ''}`
  return hash('sha256', identity).slice(0, 24)
}
