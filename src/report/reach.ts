/** Answers about access: as text, as JSON, and paths also as a drawing for Mermaid or Graphviz. */
import { counted, formatNumber } from '../model/numbers.ts'
import type {
  Access,
  AccessCondition,
  AccessReason,
  AccessSummary,
  AttackPath,
  CanAnswer,
  Hop,
  PathsAnswer,
  WhoCanAnswer,
} from '../model/reach.ts'
import { printable } from './escape.ts'
import { inChunks, REPORT_SCHEMA_VERSION, type TerminalOptions } from './format.ts'
import { blockerName, RISK_TITLES } from './key-facts.ts'
import { Page } from './page.ts'

/** What every answer takes for granted. */
export interface Given {
  assumptions: readonly string[]
}

// ---- JSON

export function reachJson(answer: object, { assumptions }: Given): Iterable<string> {
  return inChunks([`${JSON.stringify({ schemaVersion: REPORT_SCHEMA_VERSION, ...answer, assumptions }, null, 1)}\n`])
}

export function* pathsJson(answer: PathsAnswer, { assumptions }: Given): Iterable<string> {
  const { admins, shadowAdmins, paths, omitted, sources, cut, cutIs } = answer
  yield* inChunks(
    (function* parts() {
      yield `{\n"schemaVersion": ${REPORT_SCHEMA_VERSION},\n`
      yield* list('admins', admins)
      yield* list('shadowAdmins', shadowAdmins)
      yield* list('paths', paths)
      yield `"omitted": ${omitted},\n"sources": ${JSON.stringify(sources)},\n`
      yield* list('cut', cut)
      yield `"cutIs": ${JSON.stringify(cutIs)},\n`
      yield `"assumptions": ${JSON.stringify(assumptions)}\n}\n`
    })(),
  )
}

function* list(name: string, items: readonly unknown[]): Iterable<string> {
  yield `${JSON.stringify(name)}: [`
  for (const [i, item] of items.entries()) yield `${i === 0 ? '\n' : ',\n'}${JSON.stringify(item)}`
  yield `${items.length > 0 ? '\n' : ''}],\n`
}

// ---- text

const WORDS = { allowed: 'yes', conditional: 'perhaps', denied: 'no' } as const

export function canText(answers: readonly CanAnswer[], given: Given, options: TerminalOptions): string {
  const page = new Page(options)
  for (const answer of answers) {
    const { principal, action, resource, decision, explicitDeny, blockedBy, on } = answer
    page.blank()
    page.text(
      `${WORDS[decision]}: ${principal} ${VERDICTS[decision]} ${action}${resource === null ? '' : ` on ${resource}`}`,
      0,
      paintOf(page, decision),
    )
    if (on && on.length > 0) page.labelled('on', listed(on, 12))
    if (decision === 'denied')
      page.labelled('blocked by', explicitDeny ? `a Deny in ${blockerName(blockedBy!)}` : blockedPhrase(blockedBy))
    explain(page, answer)
  }
  assume(page, given)
  return page.toString()
}

const VERDICTS = { allowed: 'may do', conditional: 'may, under conditions, do', denied: 'may not do' } as const

function blockedPhrase(blockedBy: string | null): string {
  if (blockedBy === null || blockedBy === 'default') return 'nothing allows it'
  return `${blockerName(blockedBy)}, which does not allow it`
}

function paintOf(page: Page, decision: Access['decision']) {
  return decision === 'allowed'
    ? page.paint.bold
    : decision === 'conditional'
      ? page.paint.severity.medium
      : page.paint.dim
}

function explain(
  page: Page,
  { conditions, unknown, because }: Pick<Access, 'conditions' | 'unknown' | 'because'>,
): void {
  for (const condition of conditions)
    page.labelled(condition.effect === 'Deny' ? 'unless' : 'if', conditionText(condition))
  for (const phrase of unknown) page.labelled('not known', phrase)
  for (const reason of because)
    if (reason.policy !== null) page.labelled('because', reasonText(reason), { paintText: page.paint.dim })
}

function conditionText({ operator, key, values }: AccessCondition): string {
  return `${key} ${operator} ${values.join(', ')}`
}

function reasonText({ source, policy, sid, statement }: AccessReason): string {
  const place = statement === null ? '' : `, statement ${statement + 1}${sid ? ` (${sid})` : ''}`
  return `${source}: ${policy}${place}`
}

function listed(items: readonly string[], most: number): string {
  const more = items.length - most
  return items.slice(0, most).join(', ') + (more > 0 ? ` and ${formatNumber(more)} more` : '')
}

function assume(page: Page, { assumptions }: Given): void {
  if (assumptions.length === 0) return
  page.blank()
  for (const assumption of assumptions) page.text(`Assumed: ${assumption}.`, 0, page.paint.dim)
}

export function summaryText(summaries: readonly AccessSummary[], given: Given, options: TerminalOptions): string {
  const page = new Page(options)
  for (const { principal, actions, levels, risks, admin, stoppedBy, unknown } of summaries) {
    page.heading(principal)
    const rows: [string, string][] = [
      ['Administrator', { yes: 'yes', conditional: 'under conditions', no: 'no' }[admin]],
      ['Actions', extent(actions)],
      ...Object.entries(levels)
        .filter(([, { allowed, restricted }]) => allowed + restricted > 0)
        .map(([level, of]): [string, string] => [`  ${level}`, extent(of)]),
    ]
    for (const [risk, { allowed, restricted }] of Object.entries(risks)) {
      const title = RISK_TITLES[risk as keyof typeof RISK_TITLES]
      if (allowed.length > 0) rows.push([title, listed(allowed, 8)])
      if (restricted.length > 0) rows.push([allowed.length > 0 ? '' : title, `in part: ${listed(restricted, 8)}`])
    }
    for (const { source, policy, actions: lost, examples } of stoppedBy)
      rows.push([
        'Taken away',
        `${counted(lost, 'action')} by ${blockerName(source)}${policy ? ` ${policy}` : ''}${examples.length > 0 ? `: ${examples.join(', ')}` : ''}`,
      ])
    for (const phrase of unknown) rows.push(['Not known', phrase])
    const labelWidth = Math.max(...rows.map(([label]) => label.length))
    for (const [label, text] of rows) page.labelled(label, text, { labelWidth, paintLabel: page.paint.dim })
  }
  page.blank()
  page.text(
    '`in part`: on some resources, or under conditions. Ask for one with: keyreeve reach can PRINCIPAL ACTION',
    0,
    page.paint.dim,
  )
  assume(page, given)
  return page.toString()
}

function extent({ allowed, restricted }: { allowed: number; restricted: number }): string {
  return `${formatNumber(allowed)} allowed${restricted > 0 ? `, ${formatNumber(restricted)} in part` : ''}`
}

export function whoCanText(
  { action, resource, principals }: WhoCanAnswer,
  given: Given,
  options: TerminalOptions,
): string {
  const page = new Page(options)
  const allowed = principals.filter(({ decision }) => decision === 'allowed').length
  const perhaps = principals.length - allowed
  page.text(
    `${counted(allowed, 'principal')} may do ${action}${resource === null ? '' : ` on ${resource}`}${perhaps > 0 ? `, ${formatNumber(perhaps)} under conditions` : ''}`,
    0,
    page.paint.bold,
  )
  for (const { principal, decision, conditions, unknown, on } of principals) {
    const notes = [
      ...conditions.map((condition) => `${condition.effect === 'Deny' ? 'unless' : 'if'} ${conditionText(condition)}`),
      ...unknown.map((phrase) => `not known: ${phrase}`),
    ]
    const where = on && !on.includes('*') ? `  on ${listed(on, 4)}` : ''
    page.text(`${decision === 'allowed' ? '' : '(perhaps) '}${principal}${where}`, 2)
    for (const note of notes) page.text(note, 6, page.paint.dim)
  }
  assume(page, given)
  return page.toString()
}

const MOST_SHOWN = 50

/** Whose paths were asked for, and where to. null: everybody's. */
export interface PathsQuestion {
  from: readonly string[] | null
  to: string
}

export function pathsText(answer: PathsAnswer, asked: PathsQuestion, given: Given, options: TerminalOptions): string {
  const page = new Page(options)
  const { paths, omitted, sources, cut, cutIs } = answer
  if (asked.from === null && asked.to === 'admin') administrators(page, answer)
  page.heading(
    paths.length === 0
      ? 'NO PATHS'
      : `PATHS  from ${counted(sources.allowed, 'principal')}${sources.conditional > 0 ? `, and under conditions from ${formatNumber(sources.conditional)}` : ''}`,
  )
  if (paths.length === 0) page.text(noPathSentence(asked, answer), 2)
  for (const path of paths.slice(0, options.verbose ? paths.length : MOST_SHOWN)) pathText(page, path)
  const unlisted = omitted + (options.verbose ? 0 : Math.max(0, paths.length - MOST_SHOWN))
  if (unlisted > 0)
    page.text(
      `and more from ${formatNumber(unlisted)} places: see --json, or ask for one with --from`,
      2,
      page.paint.dim,
    )
  if (cutIs !== 'none') cutText(page, cut, cutIs)
  assume(page, given)
  return page.toString()
}

function administrators(page: Page, { admins, shadowAdmins }: PathsAnswer): void {
  page.heading(`ADMINISTRATORS  ${formatNumber(admins.length)}`)
  const shadows = new Set(shadowAdmins)
  for (const admin of admins.slice(0, MOST_SHOWN))
    page.text(`${admin}${shadows.has(admin) ? '  (can make itself one)' : ''}`, 2)
  if (admins.length > MOST_SHOWN) page.text(`and ${formatNumber(admins.length - MOST_SHOWN)} more`, 2, page.paint.dim)
}

function noPathSentence({ from, to }: PathsQuestion, { admins }: PathsAnswer): string {
  const target = to === 'admin' ? 'administrator' : to
  if (from === null)
    return to === 'admin' ? 'Nobody but the administrators reaches administrator.' : `Nobody else reaches ${target}.`
  if (to === 'admin' && from.every((principal) => admins.includes(principal)))
    return `${from.join(', ')} is administrator already.`
  return `Nothing leads from ${from.join(', ')} to ${target}.`
}

function pathText(page: Page, { from, decision, hops }: AttackPath): void {
  page.text(`${from}${decision === 'conditional' ? '  (under conditions)' : ''}`, 0, paintOf(page, decision))
  for (const { to, technique, title, permissions, conditions, unknown, because } of hops) {
    page.text(`→ ${to === 'admin' ? 'administrator' : to}`, 2)
    page.text(`${title} [${technique}]`, 6)
    page.text(permissions.map(({ action, resource }) => `${action} on ${resource}`).join('; '), 6, page.paint.dim)
    for (const condition of conditions)
      page.text(`${condition.effect === 'Deny' ? 'unless' : 'if'} ${conditionText(condition)}`, 6, page.paint.dim)
    for (const phrase of unknown) page.text(`not known: ${phrase}`, 6, page.paint.dim)
    for (const reason of because)
      if (reason.policy !== null && reason.source !== 'scp')
        page.text(`because of ${reasonText(reason)}`, 6, page.paint.dim)
  }
  page.blank()
}

const CUT_WORDS = {
  exact: 'No smaller cut exists.',
  greedy: 'It closes all paths; whether a smaller one exists is not known.',
  incomplete:
    'Some paths may stay open: there was no time to try further, or no statement of these policies closes them.',
  none: '',
} as const

function cutText(page: Page, cut: PathsAnswer['cut'], cutIs: PathsAnswer['cutIs']): void {
  if (cut.length === 0 && cutIs === 'exact') return
  page.heading(`THE CHEAPEST CUT  ${counted(cut.length, 'statement')}`)
  for (const { policy, statement, sid, principal, closes } of cut)
    page.text(
      `statement ${statement + 1}${sid ? ` (${sid})` : ''} of ${policy}${principal ? `, which ${principal} has` : ''}${closes ? `: closes the paths of ${formatNumber(closes)}` : ''}`,
      2,
    )
  page.blank()
  page.text(
    `Remove or narrow these, and nobody but the administrators reaches administrator. ${CUT_WORDS[cutIs]}`,
    2,
    page.paint.dim,
  )
}

// ---- drawings

interface Drawn {
  nodes: Map<string, string>
  edges: Map<string, Hop>
}

function drawn(paths: readonly AttackPath[]): Drawn {
  const nodes = new Map<string, string>()
  const edges = new Map<string, Hop>()
  for (const { hops } of paths)
    for (const hop of hops) {
      for (const name of [hop.from, hop.to]) if (!nodes.has(name)) nodes.set(name, `n${nodes.size}`)
      edges.set(`${hop.from} ${hop.to}`, hop)
    }
  return { nodes, edges }
}

function label(name: string): string {
  if (name === 'admin') return 'administrator'
  return printable(/^arn:[^:]*:(?:iam|sts)::(\d{12}):(.+)$/.exec(name)?.slice(1).reverse().join(' in ') ?? name)
}

/** A flowchart: https://mermaid.js.org/syntax/flowchart.html */
export function* pathsMermaid({ paths }: PathsAnswer): Iterable<string> {
  const { nodes, edges } = drawn(paths)
  const text = (words: string) => `"${words.replace(/[^\p{L}\p{N} _./:@=+,-]/gu, (c) => `#${c.codePointAt(0)};`)}"`
  yield 'flowchart LR\n'
  for (const [name, id] of nodes)
    yield name === 'admin' ? `  ${id}((${text(label(name))}))\n` : `  ${id}[${text(label(name))}]\n`
  for (const { from, to, technique, decision } of edges.values())
    yield `  ${nodes.get(from)} ${decision === 'allowed' ? '-->' : '-.->'}|${text(technique)}| ${nodes.get(to)}\n`
}

/** https://graphviz.org/doc/info/lang.html */
export function* pathsGraphviz({ paths }: PathsAnswer): Iterable<string> {
  const { nodes, edges } = drawn(paths)
  const text = (words: string) => `"${printable(words).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  yield 'digraph reach {\n  rankdir=LR;\n  node [shape=box];\n'
  for (const [name, id] of nodes)
    yield `  ${id} [label=${text(label(name))}${name === 'admin' ? ', shape=doublecircle' : ''}];\n`
  for (const { from, to, technique, decision } of edges.values())
    yield `  ${nodes.get(from)} -> ${nodes.get(to)} [label=${text(technique)}${decision === 'allowed' ? '' : ', style=dashed'}];\n`
  yield '}\n'
}
