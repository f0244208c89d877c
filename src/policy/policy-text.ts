/** Policy documents from the files people write them in: with places, and with keys that are there twice seen. */
import { type JsonNode, JsonSyntaxError, type Place, placesIn, readJson } from './json-text.ts'
import { type ParsedPolicy, parsePolicy } from './parse.ts'

export interface PolicyText {
  policy: ParsedPolicy
  /** null: it is no JSON. */
  root: JsonNode | null
  /** Nodes of the statements, in the order of `policy.statements`. */
  statements: JsonNode[]
  /** What can only be seen in the text. What `policy.problems` says is not repeated. */
  textProblems: TextProblem[]
  placeOf(offset: number): Place
}

export interface TextProblem {
  rule: 'syntax' | 'duplicate-key'
  message: string
  start: number
  end: number
}

/** Never throws: a text that is no policy has no statements and says why. */
export function parsePolicyText(text: string): PolicyText {
  const placeOf = placesIn(text)
  let root: JsonNode
  try {
    root = readJson(text)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    const { message, offset } = error
    const policy = parsePolicy(undefined)
    policy.problems[0]!.message = `the document is no JSON: ${message}`
    return {
      policy,
      root: null,
      statements: [],
      textProblems: [{ rule: 'syntax', message, start: offset, end: offset + 1 }],
      placeOf,
    }
  }
  const policy = parsePolicy(root.value)
  const list = member(root, 'Statement')
  const statements = list === undefined ? [] : Array.isArray(list.value) ? [...list.items] : [list]
  const textProblems = [...duplicates(root)]
  doubt(policy, root, statements, textProblems)
  return { policy, root, statements, textProblems, placeOf }
}

/** The last member of a name: the one that counts. */
export function member(node: JsonNode | undefined, key: string): JsonNode | undefined {
  return node?.members.findLast((candidate) => candidate.key === key)?.node
}

/** Keys that are there twice, anywhere. */
export function* duplicates(node: JsonNode): Generator<TextProblem> {
  const seen = new Set<string>()
  for (const { key, start, end, node: value } of node.members) {
    if (seen.has(key))
      yield {
        rule: 'duplicate-key',
        message: `\`${key}\` is there twice: which of them counts is not defined`,
        start,
        end,
      }
    seen.add(key)
    yield* duplicates(value)
  }
  for (const item of node.items) yield* duplicates(item)
}

/** Which of two values counts is not defined, so whatever holds one of them is not understood. */
function doubt(
  policy: ParsedPolicy,
  root: JsonNode,
  statements: readonly JsonNode[],
  problems: readonly TextProblem[],
): void {
  for (const { message, start } of problems) {
    const index = statements.findIndex((node) => node.start <= start && start < node.end)
    const statement = policy.statements[index]
    if (!statement) policy.understood = false
    else {
      statement.understood = false
      const element = statements[index]!.members.findLast((candidate) => candidate.start <= start)?.key
      if (element !== undefined && !statement.doubtful.includes(element)) statement.doubtful.push(element)
    }
    policy.problems.push({ statement: statement ? index : null, message })
  }
  // a duplicate `Statement` hides one of the two lists altogether
  if (root.members.filter(({ key }) => key === 'Statement').length > 1) policy.understood = false
}
