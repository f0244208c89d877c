/** Runs checks over one account and turns their flags into findings. */
import { createHash } from 'node:crypto'
import type { Config } from '../model/config.ts'
import type { Dossier } from '../model/dossier.ts'
import { knowledgeOf } from '../model/facts.ts'
import type { Finding, NotEvaluated } from '../model/finding.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { type World, worldOf } from '../reach/key-reach.ts'
import type { Check, CheckInput, Flag, Unknown } from './check.ts'
import { lookupOf } from './lookup.ts'

export interface CheckResults {
  findings: Finding[]
  notEvaluated: NotEvaluated[]
}

/** Control ids by framework, by check id. */
export type Frameworks = Record<string, Record<string, string[]>>

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
  snapshot: Snapshot,
  dossiers: Dossier[],
  config: Config,
  frameworks: Frameworks,
  world: World = worldOf([snapshot]),
): CheckResults {
  const input: CheckInput = {
    snapshot,
    now: Date.parse(snapshot.collectedAt),
    thresholds: config.thresholds,
    config,
    dossiers,
    lookup: lookupOf(snapshot),
    world,
    knowledge: (fact) => knowledgeOf(fact, snapshot),
  }
  const asOf = new Map(snapshot.coverage.filter(({ asOf }) => asOf !== null).map((line) => [line.source, line.asOf]))
  const findings: Finding[] = []
  const notEvaluated: NotEvaluated[] = []
  for (const check of checks) {
    if (!isEnabled(check, config)) continue
    const gap = gapOf(check, snapshot)
    if (gap) notEvaluated.push(gap)
    if (gap?.extent === 'all') continue
    try {
      const unknown: Unknown[] = []
      const flags: Flag[] = []
      for (const result of check.run(input)) {
        if (isUnknown(result)) unknown.push(result)
        else flags.push(result)
      }
      for (const flag of flags) findings.push(findingOf(check, flag, snapshot, config, frameworks, asOf))
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

function gapOf(check: Check, snapshot: Snapshot): NotEvaluated | null {
  const needed = check.needs.map((fact) => knowledgeOf(fact, snapshot)).filter(({ known }) => known !== 'all')
  if (needed.length === 0) return null
  return {
    check: check.id,
    accountId: snapshot.accountId,
    because: [...new Set(needed.flatMap(({ gaps }) => gaps))].join('; '),
    extent: needed.some(({ known }) => known === 'none') ? 'all' : 'part',
    notAsked: needed.every(({ notAsked }) => notAsked),
  }
}

function isUnknown(result: Flag | Unknown): result is Unknown {
  return 'unknown' in result
}

function findingOf(
  check: Check,
  flag: Flag,
  { accountId }: Snapshot,
  config: Config,
  frameworks: Frameworks,
  asOf: Map<string, string | null>,
): Finding {
  const region = flag.region ?? null
  return {
    fingerprint: fingerprintOf(check.id, accountId, region, flag),
    check: check.id,
    title: check.title,
    severity: config.severities[check.id] ?? flag.severity ?? check.severity,
    status: 'open',
    accountId,
    region,
    subject: flag.subject,
    because: flag.because,
    evidence: flag.evidence.map(({ fact, value, source }) => ({ fact, value, source, asOf: asOf.get(source) ?? null })),
    remedy: { text: flag.fix ?? check.fix, commands: flag.commands ?? [] },
    frameworks: frameworks[check.id] ?? {},
    accepted: null,
  }
}

/** The same for the same problem in every run: evidence and wording do not count. */
function fingerprintOf(check: string, accountId: string, region: string | null, flag: Flag): string {
  const identity = [check, accountId, region ?? '', flag.subject.kind, flag.subject.id, flag.distinguish ?? '']
  return createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 24)
}
