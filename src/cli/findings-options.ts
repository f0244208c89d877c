/** The options that choose among checks and findings, shared by `audit` and `keys`. */
import { type Command, Option } from 'commander'
import type { Audit } from '../model/audit.ts'
import { type Finding, isAtLeast, type NotEvaluated, SEVERITIES, type Severity } from '../model/finding.ts'
import { EXIT } from './errors.ts'

export interface FindingsFlags {
  config?: string
  severity?: Severity
  check?: string[]
  failOn?: Severity | 'none'
}

export function addConfigOption(command: Command): Command {
  return command.option('--config <file>', 'configuration (default: keyreeve.yaml here, if there is one)')
}

export function addFindingsOptions(command: Command): Command {
  return addConfigOption(command)
    .addOption(new Option('--severity <level>', 'show only findings of this severity or worse').choices(SEVERITIES))
    .option('--check <id>', 'run only this check; may be given several times', (id: string, ids: string[] = []) => [
      ...ids,
      ...id.split(','),
    ])
    .addOption(
      new Option('--fail-on <level>', 'exit 1 at this severity or worse (default: --severity, else low)').choices([
        ...SEVERITIES,
        'none',
      ]),
    )
}

/** The audit with only the findings of this severity or worse. Its counts stay: they are the whole truth. */
export function onlySeverity(audit: Audit, severity: Severity | undefined): Audit {
  if (!severity) return audit
  return { ...audit, findings: audit.findings.filter((finding) => isAtLeast(finding.severity, severity)) }
}

/**
 * The exit code of a run. What failed to be read comes first, because no verdict stands on it; then what was found;
 * then checks that could not be evaluated because the saved files do not hold what they need.
 */
export function verdict(audit: Audit, { failOn, severity }: FindingsFlags): number {
  if (audit.accounts.some(({ complete }) => !complete)) return EXIT.incomplete
  const threshold = failOn ?? severity ?? 'low'
  const counts = (finding: Finding) =>
    finding.status === 'open' && threshold !== 'none' && isAtLeast(finding.severity, threshold)
  if (audit.findings.some(counts)) return EXIT.found
  return audit.notEvaluated.some((gap) => !byChoice(gap, audit)) ? EXIT.incomplete : EXIT.ok
}

/** What a collected account lacks because nobody asked for it (`--regions`, no `--ssh-keys`) makes no run incomplete. */
function byChoice({ accountId, notAsked, otherEvidence }: NotEvaluated, { accounts }: Audit): boolean {
  if (otherEvidence) return true
  return notAsked && accounts.find((account) => account.accountId === accountId)?.collectedAtFrom === 'clock'
}
