/** Finds mistakes in a policy document: what AWS would refuse, what does nothing, and what is not what it seems. */
import { distance } from 'fastest-levenshtein'
import { type ActionInfo, actionNamed, actionsOf, type ResourceType, serviceNames } from './actions/actions.ts'
import { OPERATOR_NAMES, operatorNamed } from './conditions/condition.ts'
import type { JsonNode, Place } from './json-text.ts'
import { covers, matchesWildcard, overlap } from './match.ts'
import type { ConditionClause, Principals, Statement } from './parse.ts'
import { parseTemplate } from './pattern.ts'
import { member, type PolicyText, parsePolicyText } from './policy-text.ts'

export type PolicyKind = 'identity' | 'resource' | 'trust' | 'scp' | 'rcp'
export type LintLevel = 'error' | 'warning'

/** What is looked for. A mistake may be of a lower level than its rule where it is less certain. */
export const LINT_RULES = {
  syntax: { level: 'error', title: 'The document is no JSON' },
  'duplicate-key': { level: 'error', title: 'A key is there twice' },
  grammar: { level: 'error', title: 'AWS refuses the document' },
  'wrong-kind': { level: 'error', title: 'An element that this kind of policy does not take' },
  'unknown-operator': { level: 'error', title: 'There is no such condition operator' },
  'unknown-action': { level: 'error', title: 'AWS is not known to have this action' },
  'resource-mismatch': { level: 'error', title: 'No resource of the statement can match the action' },
  'no-arn': { level: 'error', title: 'A resource that is no ARN' },
  principal: { level: 'error', title: 'A principal that matches nobody' },
  variable: { level: 'error', title: 'A policy variable where it has no effect' },
  version: { level: 'warning', title: 'An old version of the policy language' },
  redundant: { level: 'warning', title: 'It says what is said already' },
  unreachable: { level: 'warning', title: 'An Allow that a Deny always takes back' },
} as const satisfies Record<string, { level: LintLevel; title: string }>

export type LintRule = keyof typeof LINT_RULES

export interface Mistake {
  rule: LintRule
  level: LintLevel
  message: string
  /** Index of the statement; null: the document. */
  statement: number | null
  start: Place
  end: Place
}

/** @param kind null: by what the document has */
export function lintPolicy(text: string, kind: PolicyKind | null = null): Mistake[] {
  const source = parsePolicyText(text)
  const linter = new Linter(source, kind ?? kindOf(source.policy.statements))
  return linter
    .run()
    .sort((a, b) => a.start.line - b.start.line || a.start.column - b.start.column || (a.rule < b.rule ? -1 : 1))
}

/** A policy with principals belongs to a resource; to a role when it names no resources. */
function kindOf(statements: readonly Statement[]): PolicyKind {
  const hasPrincipals = statements.some(({ principal, notPrincipal }) => principal !== null || notPrincipal !== null)
  if (!hasPrincipals) return 'identity'
  const actions = statements.flatMap(({ action, notAction }) => [...(action ?? []), ...(notAction ?? [])])
  return actions.length > 0 && actions.every((action) => /^sts:/i.test(action)) ? 'trust' : 'resource'
}

/** A text with its place. */
interface Written {
  text: string
  node: JsonNode
}

/** Comparing each statement with each other one. */
const MOST_COMPARED = 1_000

class Linter {
  readonly #source: PolicyText
  readonly #kind: PolicyKind
  readonly #mistakes: Mistake[] = []

  constructor(source: PolicyText, kind: PolicyKind) {
    this.#source = source
    this.#kind = kind
  }

  run(): Mistake[] {
    const { policy, root, statements, textProblems } = this.#source
    for (const { rule, message, start, end } of textProblems) {
      const index = statements.findIndex((node) => node.start <= start && start < node.end)
      this.#report(rule, message, { start, end }, index === -1 ? null : index)
    }
    if (root === null) return this.#mistakes
    this.#lintGrammar(root, new Set(textProblems.map(({ message }) => message)))
    this.#lintVersion(root)
    for (const [index, statement] of policy.statements.entries()) {
      const node = statements[index]!
      this.#lintKind(statement, node)
      this.#lintActions(statement, node)
      this.#lintResources(statement, node)
      this.#lintPrincipals(statement, node)
      this.#lintConditions(statement, node)
      this.#lintList(statement.action, member(node, 'Action'), index, (text) => text.toLowerCase())
      this.#lintList(statement.resource, member(node, 'Resource'), index, (text) => text)
    }
    if (policy.statements.length <= MOST_COMPARED) this.#compareStatements()
    return this.#mistakes
  }

  #report(
    rule: LintRule,
    message: string,
    { start, end }: { start: number; end: number },
    statement: number | null,
    level: LintLevel = LINT_RULES[rule].level,
  ): void {
    const { placeOf } = this.#source
    this.#mistakes.push({ rule, level, message, statement, start: placeOf(start), end: placeOf(end) })
  }

  /** What parsing did not understand, at the element that it names. */
  #lintGrammar(root: JsonNode, said: ReadonlySet<string>): void {
    const { policy, statements } = this.#source
    for (const { statement, message } of policy.problems) {
      if (said.has(message)) continue
      const node = statement === null ? root : statements[statement]!
      const name = /`([^`]+)`/.exec(message)?.[1]
      const found = node.members.find(({ key }) => key === name)
      this.#report('grammar', message, found ?? { start: node.start, end: node.start + 1 }, statement)
    }
    if (policy.statements.length === 0 && policy.understood)
      this.#report('grammar', 'there are no statements', { start: root.start, end: root.start + 1 }, null)
    for (const [index, statement] of statements.entries())
      for (const { key, start, end, node } of statement.members)
        if (Array.isArray(node.value) && node.value.length === 0)
          this.#report('grammar', `\`${key}\` is empty`, { start, end }, index)
    const sids = new Set<string>()
    for (const [index, { sid }] of policy.statements.entries()) {
      if (sid === null || sid === '') continue
      const node = member(statements[index], 'Sid')!
      if (sids.has(sid)) this.#report('grammar', `\`Sid\` ${sid} is there twice`, node, index)
      if (this.#kind === 'identity' && !/^[A-Za-z0-9]*$/.test(sid))
        this.#report('grammar', '`Sid` has characters other than letters and digits', node, index)
      sids.add(sid)
    }
  }

  #lintVersion(root: JsonNode): void {
    const { version } = this.#source.policy
    if (version === '2012-10-17') return
    const node = root.members.find(({ key }) => key === 'Version') ?? { start: root.start, end: root.start + 1 }
    const which = version === null ? 'without `Version`' : `in version ${version}`
    const hasVariables = this.#source.statements.some((statement) => this.#hasVariable(statement))
    if (hasVariables)
      this.#report(
        'version',
        `${which}, policy variables are plain text: set \`Version\` to 2012-10-17`,
        node,
        null,
        'error',
      )
    else if (version === null || version === '2008-10-17')
      this.#report('version', `${which}, the policy has no policy variables: 2012-10-17 is current`, node, null)
  }

  #hasVariable(node: JsonNode): boolean {
    if (typeof node.value === 'string') return /\$\{[^}]+\}/.test(node.value)
    return node.items.some((item) => this.#hasVariable(item)) || node.members.some((m) => this.#hasVariable(m.node))
  }

  #lintKind(statement: Statement, node: JsonNode): void {
    const { index, principal, notPrincipal, resource, notResource, effect } = statement
    const kind = this.#kind
    const wrong = (element: string, message: string) => {
      const found = node.members.find(({ key }) => key === element)
      this.#report('wrong-kind', message, found ?? { start: node.start, end: node.start + 1 }, index)
    }
    const name = {
      identity: 'an identity policy',
      resource: 'a resource policy',
      trust: 'a trust policy',
      scp: 'an SCP',
      rcp: 'an RCP',
    }[kind]
    const hasPrincipal = principal !== null || notPrincipal !== null
    const hasResource = resource !== null || notResource !== null
    if ((kind === 'identity' || kind === 'scp') && hasPrincipal)
      wrong(principal ? 'Principal' : 'NotPrincipal', `${name} takes no \`Principal\``)
    if ((kind === 'resource' || kind === 'trust' || kind === 'rcp') && !hasPrincipal)
      wrong('', `${name} needs \`Principal\``)
    if ((kind === 'identity' || kind === 'scp' || kind === 'rcp') && !hasResource)
      wrong('', `${name} needs \`Resource\``)
    if (kind === 'trust' && hasResource) wrong(resource ? 'Resource' : 'NotResource', `${name} takes no \`Resource\``)
    if ((kind === 'trust' || kind === 'rcp') && notPrincipal) wrong('NotPrincipal', `${name} takes no \`NotPrincipal\``)
    if (kind === 'rcp' && effect === 'Allow' && !isFullAccess(statement))
      wrong('Effect', 'an RCP of your own can only deny')
    if (kind === 'rcp' && principal && !principal.everyone) wrong('Principal', 'in an RCP `Principal` has to be "*"')
  }

  #lintActions(statement: Statement, node: JsonNode): void {
    for (const element of ['Action', 'NotAction'])
      for (const { text, node: place } of stringsIn(member(node, element))) {
        const known = knownActions(text)
        if (known.length === 0) this.#reportUnknownAction(text, place, statement.index)
        else if (element === 'Action') this.#lintMatch(statement, text, known, place)
      }
  }

  #reportUnknownAction(text: string, place: JsonNode, index: number): void {
    const [service, name] = splitAction(text)
    if (name === null) {
      if (/^\*+$/.test(text)) return
      this.#report('unknown-action', `\`${text}\` is no action: actions are like s3:GetObject`, place, index)
      return
    }
    const candidates = actionsOf(service)
    if (candidates.length === 0) {
      if (/[*?]/.test(service)) return
      const near = nearest(service, serviceNames())
      const hint = near === null ? '' : `; did you mean \`${near}\`?`
      this.#report(
        'unknown-action',
        `no service has the prefix \`${service}\`${hint}`,
        place,
        index,
        near ? 'error' : 'warning',
      )
    } else if (/[*?]/.test(name))
      this.#report('unknown-action', `no action is known that \`${text}\` means`, place, index, 'warning')
    else {
      const near = nearest(
        text,
        candidates.map((action) => action.name),
      )
      // an action that looks like no other may be new
      const hint = near === null ? ' (it may be new)' : `; did you mean \`${near}\`?`
      this.#report('unknown-action', `no action \`${text}\` is known${hint}`, place, index, near ? 'error' : 'warning')
    }
  }

  /** Whether one of the statement's resources can be one of the action's. */
  #lintMatch(
    { index, resource, effect }: Statement,
    text: string,
    known: readonly ActionInfo[],
    place: JsonNode,
  ): void {
    if (resource === null || resource.length === 0 || this.#kind === 'trust') return
    if (resource.some((pattern) => /^\*+$/.test(pattern))) return
    const patterns = resource.map(withoutVariables).filter((pattern) => pattern.length <= 2_048)
    const matches = ({ resourceTypes }: ActionInfo) =>
      resourceTypes.some((type) => patterns.some((pattern) => canBe(pattern, type)))
    if (patterns.length < resource.length || known.some(matches)) return
    const types = [...new Map(known.flatMap(({ resourceTypes }) => resourceTypes).map((type) => [type.name, type.arn]))]
    const wants =
      types.length === 0
        ? '`*`: it knows no resources'
        : types
            .slice(0, 3)
            .map(([name, arn]) => `\`${arn}\` (${name})`)
            .join(' or ') + (types.length > 3 ? '…' : '')
    const level = effect === 'Deny' ? 'warning' : 'error'
    const does = effect === 'Deny' ? 'is not denied' : 'is not allowed'
    this.#report('resource-mismatch', `\`${text}\` ${does} by this: its resource is ${wants}`, place, index, level)
  }

  #lintResources({ index }: Statement, node: JsonNode): void {
    for (const element of ['Resource', 'NotResource'])
      for (const { text, node: place } of stringsIn(member(node, element))) {
        if (!/^(arn:|\*|\?|a\*|ar\*|arn\*)/.test(text))
          this.#report('no-arn', `\`${text}\` is neither an ARN nor \`*\`, and matches nothing`, place, index)
        this.#lintVariable(text, place, index)
        const variable = text.search(/\$\{(?![*?$]\})/)
        if (variable !== -1 && text.slice(0, variable).split(':').length <= 5)
          this.#report(
            'variable',
            'before the fifth colon of an ARN there are no policy variables: it matches nothing',
            place,
            index,
          )
      }
  }

  #lintVariable(text: string, place: JsonNode, index: number): void {
    if (!parseTemplate(text, { variables: true, wildcards: true }).understood)
      this.#report('variable', `a policy variable in \`${text}\` can not be read`, place, index)
  }

  #lintPrincipals({ index }: Statement, node: JsonNode): void {
    for (const element of ['Principal', 'NotPrincipal']) {
      const found = member(node, element)
      for (const { text, node: place } of stringsIn(member(found, 'AWS'))) {
        if (text === '*' || /^\d{12}$/.test(text)) continue
        if (/^(AIDA|AROA)[A-Z0-9]{12,}$/.test(text))
          this.#report('principal', `\`${text}\` was deleted, and matches nobody`, place, index, 'warning')
        else if (/[*?]/.test(text))
          this.#report(
            'principal',
            `\`${text}\` matches nobody: there are no wildcards within a principal`,
            place,
            index,
          )
        else if (!/^arn:[^:]+:(iam|sts)::(\d{12}|cloudfront):.+$/.test(text))
          this.#report('principal', `\`${text}\` is neither an account nor the ARN of a principal`, place, index)
      }
    }
  }

  #lintConditions({ index }: Statement, node: JsonNode): void {
    for (const { key: operator, start, end, node: keys } of member(node, 'Condition')?.members ?? []) {
      const named = operatorNamed(operator)
      if (!named) {
        const near = nearestOperator(operator)
        const hint = near === null ? '' : `; did you mean \`${near}\`?`
        this.#report('unknown-operator', `there is no condition operator \`${operator}\`${hint}`, { start, end }, index)
        continue
      }
      for (const { node: values } of keys.members)
        for (const { text, node: place } of stringsIn(values)) {
          this.#lintVariable(text, place, index)
          if (/\$\{(?![*?$]\})/.test(text) && (named.operator === null || named.operator.variables === false))
            this.#report('variable', `\`${operator}\` takes no policy variables: it does not match`, place, index)
        }
    }
  }

  /** Patterns that another of the same list covers. */
  #lintList(
    patterns: string[] | null,
    node: JsonNode | undefined,
    index: number,
    fold: (text: string) => string,
  ): void {
    const written = stringsIn(node)
    if (patterns === null || written.length < 2 || written.length > MOST_COMPARED) return
    const folded = written.map(({ text }) => fold(text))
    for (const [i, { text, node: place }] of written.entries()) {
      const other = folded.findIndex(
        (pattern, j) => j !== i && patternCovers(pattern, folded[i]!) && (j < i || !patternCovers(folded[i]!, pattern)),
      )
      if (other !== -1) this.#report('redundant', `\`${text}\` is covered by \`${written[other]!.text}\``, place, index)
    }
  }

  #compareStatements(): void {
    const { policy, statements } = this.#source
    const all = policy.statements.filter((statement) => statement.understood && policy.understood)
    for (const statement of all) {
      const node = statements[statement.index]!
      const place = { start: node.start, end: node.start + 1 }
      const title = ({ index, sid }: Statement) => (sid ? `\`${sid}\`` : `statement ${index + 1}`)
      const same = all.find(
        (other) =>
          other !== statement &&
          other.effect === statement.effect &&
          statementCovers(other, statement) &&
          (other.index < statement.index || !statementCovers(statement, other)),
      )
      if (same)
        this.#report(
          'redundant',
          `${title(statement)} says nothing that ${title(same)} does not say`,
          place,
          statement.index,
        )
      const deny =
        statement.effect === 'Allow' &&
        all.find((other) => other.effect === 'Deny' && statementCovers(other, statement))
      if (deny)
        this.#report(
          'unreachable',
          `${title(statement)} has no effect: ${title(deny)} denies it all`,
          place,
          statement.index,
        )
    }
  }
}

function isFullAccess({ action, resource, conditions }: Statement): boolean {
  return action?.join() === '*' && resource?.join() === '*' && conditions.length === 0
}

function stringsIn(node: JsonNode | undefined): Written[] {
  if (node === undefined) return []
  if (typeof node.value === 'string') return [{ text: node.value, node }]
  return node.items.flatMap((item) => (typeof item.value === 'string' ? [{ text: item.value, node: item }] : []))
}

function splitAction(text: string): [service: string, name: string | null] {
  const colon = text.indexOf(':')
  return colon === -1 ? [text.toLowerCase(), null] : [text.slice(0, colon).toLowerCase(), text.slice(colon + 1)]
}

/** Actions that a pattern is known to mean. */
function knownActions(text: string): ActionInfo[] {
  const [service, name] = splitAction(text)
  if (name === null || /[*?]/.test(service)) return []
  if (!/[*?]/.test(name)) {
    const action = actionNamed(text)
    return action ? [action] : []
  }
  const pattern = text.toLowerCase()
  return actionsOf(service).filter((action) => matchesWildcard(pattern, action.name.toLowerCase()))
}

/** What was probably meant; null: nothing looks like it. */
function nearest(text: string, names: readonly string[]): string | null {
  const wanted = text.toLowerCase()
  let best: string | null = null
  let fewest = Math.max(1, Math.min(3, Math.floor(text.length / 4))) + 1
  for (const name of names) {
    if (Math.abs(name.length - text.length) >= fewest) continue
    const steps = distance(wanted, name.toLowerCase())
    if (steps < fewest) [best, fewest] = [name, steps]
  }
  return best
}

function nearestOperator(text: string): string | null {
  const names = OPERATOR_NAMES.flatMap((name) => [name, `${name}IfExists`])
  return nearest(text, [...names, ...names.flatMap((name) => [`ForAllValues:${name}`, `ForAnyValue:${name}`])])
}

/** Whether a resource of a type can match a pattern. */
function canBe(pattern: string, { name, arn }: ResourceType): boolean {
  // the one type whose names have no slash while another's begin the same way
  if (name === 'bucket' && arn === 'arn:*:s3:::*' && pattern.includes('/')) return false
  const [head, rest] = partsOfArn(pattern)
  // a wildcard of the pattern may go on over colons; what differs between the type's ARNs never does
  if (rest === null || head.some((part) => /[*?]/.test(part))) return overlap(pattern, arn)
  const [typeHead, typeRest] = partsOfArn(arn)
  return head.every((part, i) => overlap(part, typeHead[i] ?? '')) && overlap(rest, typeRest ?? '')
}

/** The five parts before the resource, and the resource. */
function partsOfArn(arn: string): [head: string[], rest: string | null] {
  const parts = arn.split(':')
  return [parts.slice(0, 5), parts.length > 5 ? parts.slice(5).join(':') : null]
}

/** A variable can stand for anything; `${*}` for less, but as much cannot hurt. */
function withoutVariables(pattern: string): string {
  return pattern.replace(/\$\{[^}]*\}/g, '*')
}

function patternCovers(wide: string, narrow: string): boolean {
  return wide === narrow || (!wide.includes('${') && covers(wide, withoutVariables(narrow)))
}

/** Whether one statement applies wherever the other does. */
function statementCovers(wide: Statement, narrow: Statement): boolean {
  return (
    listCovers(wide.action, narrow.action, true) &&
    sameList(wide.notAction, narrow.notAction) &&
    listCovers(wide.resource, narrow.resource, false) &&
    sameList(wide.notResource, narrow.notResource) &&
    principalsCover(wide.principal, narrow.principal) &&
    sameJson(wide.notPrincipal, narrow.notPrincipal) &&
    wide.conditions.every((clause) => narrow.conditions.some((other) => sameClause(clause, other)))
  )
}

function listCovers(wide: string[] | null, narrow: string[] | null, anyCase: boolean): boolean {
  if (wide === null || narrow === null) return wide === narrow
  const fold = (text: string) => (anyCase ? text.toLowerCase() : text)
  return narrow.every((pattern) => wide.some((other) => patternCovers(fold(other), fold(pattern))))
}

function sameList(a: string[] | null, b: string[] | null): boolean {
  return sameJson(a && [...a].sort(), b && [...b].sort())
}

function principalsCover(wide: Principals | null, narrow: Principals | null): boolean {
  if (wide === null || narrow === null) return wide === narrow
  if (wide.everyone) return true
  const kinds = ['aws', 'service', 'federated', 'canonicalUser'] as const
  return kinds.every((kind) => narrow[kind].every((name) => wide[kind].includes(name)))
}

function sameClause(a: ConditionClause, b: ConditionClause): boolean {
  return (
    a.operator.toLowerCase() === b.operator.toLowerCase() &&
    a.key.toLowerCase() === b.key.toLowerCase() &&
    sameList(a.values, b.values)
  )
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
