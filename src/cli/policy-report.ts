/** What the policy commands print. */
import { createColors } from 'picocolors'
import { type CaseResult, outcomeOf } from '../policy/case.ts'
import { LINT_RULES, type Mistake } from '../policy/lint.ts'
import type { Decision, Reason, Request } from '../policy/request.ts'
import type { PolicyFiles } from './policy-files.ts'
import type { Terminal } from './terminal.ts'
import { TOOL } from './version.ts'
import { visible } from './visible.ts'

const SCHEMA_VERSION = 1

function json(value: object): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...value }, null, 2)}\n`
}

export function decisionJson(request: Request, decision: Decision, files: PolicyFiles): string {
  const { principal, action, resource } = request
  return json({
    principal: nameOf(principal),
    action,
    resource,
    decision: decision.decision,
    explicitDeny: decision.explicit,
    blockedBy: decision.blockedBy,
    conditions: decision.conditions,
    unknown: decision.unknown,
    because: decision.because.map((reason) => ({ ...reason, line: files.lineOf(reason.policy, reason.statement) })),
  })
}

function nameOf(principal: Request['principal']): string {
  if ('arn' in principal) return principal.arn
  if (principal.type === 'Service') return principal.service
  return principal.type === 'Federated' ? principal.provider : '*'
}

const BLOCKED_BY: Record<string, string> = {
  'identity-policy': 'no identity policy allows it',
  'permissions-boundary': 'the permissions boundary does not allow it',
  'session-policy': 'the session policy does not allow it',
  scp: 'a level of SCPs does not allow it',
  'resource-policy': 'the policy of the resource does not allow it',
  'trust-policy': 'the trust policy does not allow it',
  'endpoint-policy': 'the policy of the VPC endpoint does not allow it',
  default: 'nothing allows it',
}

export function decisionText(request: Request, decision: Decision, files: PolicyFiles, { color }: Terminal): string {
  const { bold, dim, red, green, yellow } = createColors(color)
  const outcome = outcomeOf(decision)
  const word = {
    Allowed: green('allowed'),
    ExplicitlyDenied: red('denied by a Deny'),
    ImplicitlyDenied: red(`denied: ${BLOCKED_BY[decision.blockedBy ?? 'default']}`),
    Conditional: yellow('conditional: it depends'),
  }[outcome]
  const lines = [`${bold(word)}`, dim(visible(`${nameOf(request.principal)} ${request.action} ${request.resource}`))]
  const reasons = decision.because.filter(({ statement }) => statement !== null)
  if (reasons.length > 0) lines.push('', bold('because'), ...reasons.map((reason) => `  ${reasonText(reason, files)}`))
  if (decision.conditions.length > 0)
    lines.push(
      '',
      bold('on keys whose values are not known'),
      ...decision.conditions.map(({ operator, key, values, effect }) =>
        visible(`  ${effect}: ${operator} ${key} ${JSON.stringify(values)}`),
      ),
    )
  if (decision.unknown.length > 0)
    lines.push('', bold('not known'), ...decision.unknown.map((phrase) => `  ${visible(phrase)}`))
  return `${lines.join('\n')}\n`
}

function reasonText({ source, policy, sid, statement }: Reason, files: PolicyFiles): string {
  const line = files.lineOf(policy, statement)
  const place = line === null ? `${policy}, statement ${statement! + 1}` : `${policy}:${line}`
  return visible(`${source}  ${place}${sid ? ` (${sid})` : ''}`)
}

export function testJson(results: readonly CaseResult[]): string {
  return json({
    passed: results.filter(({ passed }) => passed).length,
    failed: results.filter(({ passed }) => !passed).length,
    cases: results.map(({ id, decision, expected, blockedBy, because }) => ({
      id,
      decision,
      expected,
      blockedBy,
      because,
    })),
  })
}

/** A line for each failure, and a line at the end. */
export function testText(results: readonly CaseResult[], { color }: Terminal): string {
  const { red, green } = createColors(color)
  const failures = results.filter(({ passed }) => !passed)
  const lines = failures.map(({ id, decision, expected, blockedBy, expectedBlockedBy, conditions, unknown }) => {
    const by = blockedBy === null ? '' : ` (${blockedBy})`
    const wanted = expectedBlockedBy === null ? '' : ` (${expectedBlockedBy})`
    const on = [...conditions.map(({ key }) => key), ...unknown]
    const depends = on.length > 0 ? `, depends on ${on.join('; ')}` : ''
    return `${red('failed')} ${visible(id)}: expected ${expected}${wanted}, is ${decision}${by}${visible(depends)}`
  })
  const passed = results.length - failures.length
  lines.push((failures.length > 0 ? red : green)(`${passed} passed, ${failures.length} failed`))
  return `${lines.join('\n')}\n`
}

interface LintedFile {
  path: string
  mistakes: readonly Mistake[]
}

export function lintText(files: readonly LintedFile[], { color }: Terminal): string {
  const { bold, dim, red, yellow } = createColors(color)
  const lines: string[] = []
  for (const { path, mistakes } of files)
    for (const { rule, level, message, start } of mistakes) {
      const word = level === 'error' ? red('error') : yellow('warning')
      lines.push(`${bold(visible(`${path}:${start.line}:${start.column}`))} ${word} ${visible(message)} ${dim(rule)}`)
    }
  const all = files.flatMap(({ mistakes }) => mistakes)
  const errors = all.filter(({ level }) => level === 'error').length
  lines.push(
    `${counted(files.length, 'file')}: ${counted(errors, 'error')}, ${counted(all.length - errors, 'warning')}`,
  )
  return `${lines.join('\n')}\n`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

export function lintJson(files: readonly LintedFile[]): string {
  return json({
    files: files.map(({ path, mistakes }) => ({
      file: path,
      findings: mistakes.map(({ rule, level, message, statement, start, end }) => ({
        rule,
        level,
        message,
        statement,
        line: start.line,
        column: start.column,
        endLine: end.line,
        endColumn: end.column,
      })),
    })),
  })
}

export function lintSarif(files: readonly LintedFile[]): string {
  const rules = Object.entries(LINT_RULES)
  const results = files.flatMap(({ path, mistakes }) =>
    mistakes.map(({ rule, level, message, start, end }) => ({
      ruleId: rule,
      ruleIndex: rules.findIndex(([id]) => id === rule),
      level,
      message: { text: visible(message) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(path) },
            region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
          },
        },
      ],
    })),
  )
  const driver = {
    name: `${TOOL.name} policy lint`,
    version: TOOL.version,
    rules: rules.map(([id, { level, title }]) => ({
      id,
      shortDescription: { text: title },
      defaultConfiguration: { level },
    })),
  }
  const run = { tool: { driver }, columnKind: 'utf16CodeUnits', results }
  return `${JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] }, null, 2)}\n`
}

function uriOf(path: string): string {
  return path === '-' ? 'stdin' : path.split(/[/\\]/).map(encodeURIComponent).join('/')
}
