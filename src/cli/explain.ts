/** What a check says of itself: for `explain`, and for the pages in `docs/`. */
import { createColors } from 'picocolors'
import stringWidth from 'string-width'
import type { Check } from '../checks/check.ts'
import { FRAMEWORKS } from '../checks/frameworks.ts'
import type { Terminal } from './terminal.ts'
import { wrap } from './wrap.ts'

export const FRAMEWORK_NAMES: Record<string, string> = {
  'cis-aws-3.0': 'CIS AWS Foundations 3.0',
  'cis-aws-4.0.1': 'CIS AWS Foundations 4.0.1',
  'cis-aws-5.0': 'CIS AWS Foundations 5.0',
  'cis-aws-6.0': 'CIS AWS Foundations 6.0',
  'cis-aws-7.0': 'CIS AWS Foundations 7.0',
  'aws-security-hub': 'AWS Security Hub',
  prowler: 'Prowler',
}

export function explainCheck(check: Check, { width, color }: Terminal): string {
  const { bold, dim } = createColors(color)
  const text = (label: string, value: string) => [bold(label), ...wrap(value, width - 2).map((line) => `  ${line}`), '']
  const list = (label: string, items: readonly string[]) =>
    items.length === 0
      ? []
      : [
          bold(label),
          ...items.flatMap((item) => wrap(item, width - 4).map((line, i) => `  ${i ? '  ' : '- '}${line}`)),
          '',
        ]
  return [
    `${bold(check.id)}  ${dim(check.severity)}${check.off ? dim(' (off unless switched on)') : ''}`,
    ...wrap(check.title, width),
    '',
    ...text('Why', check.why),
    ...text('What to do', check.fix),
    ...list(
      'Flags',
      check.examples.flagged.map(({ name }) => name),
    ),
    ...list(
      'Does not flag',
      check.examples.clean.map(({ name }) => name),
    ),
    ...list('Needs', check.needs),
    ...list('Answers', controlsOf(check)),
    bold('Read more'),
    ...check.references.map((url) => `  ${url}`),
    '',
  ].join('\n')
}

export function listChecks(checks: readonly Check[], { width, color }: Terminal): string {
  const { bold, dim } = createColors(color)
  const column = Math.max(...checks.map(({ id }) => stringWidth(id))) + 2
  const groups = [...new Set(checks.map(({ group }) => group))]
  return groups
    .flatMap((group) => [
      bold(group),
      ...checks
        .filter((check) => check.group === group)
        .flatMap(({ id, severity, title, off }) => {
          const [first = '', ...rest] = wrap(
            `${title}${off ? ' (off by default)' : ''}`,
            Math.max(20, width - column - 12),
          )
          return [
            `  ${id.padEnd(column)}${dim(severity.padEnd(9))} ${first}`,
            ...rest.map((line) => `${' '.repeat(column + 12)}${line}`),
          ]
        }),
      '',
    ])
    .join('\n')
}

export function explainJson(checks: readonly Check[]): string {
  const described = checks.map(({ id, title, severity, group, why, fix, needs, references, off, examples }) => ({
    id,
    title,
    severity,
    group,
    onByDefault: !off,
    why,
    fix,
    needs,
    references,
    frameworks: FRAMEWORKS[id] ?? {},
    examples: {
      flagged: examples.flagged.map(({ name }) => name),
      clean: examples.clean.map(({ name }) => name),
    },
  }))
  return `${JSON.stringify({ schemaVersion: 1, checks: described }, null, 2)}\n`
}

/** `CIS AWS Foundations 5.0: 1.13`, one for each framework. */
export function controlsOf({ id }: Check): string[] {
  return Object.entries(FRAMEWORKS[id] ?? {}).map(
    ([framework, controls]) => `${FRAMEWORK_NAMES[framework] ?? framework}: ${controls.join(', ')}`,
  )
}
