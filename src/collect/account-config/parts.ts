/**
 * A resource's configuration, cut up for the detectors: variables together and by name, scripts by their own lines, and
 * the rest as JSON. Together the parts hold every text of the configuration.
 */
import { isAnswer } from '../answer.ts'

export interface Variable {
  name: string
  value: string
}

export interface Parts {
  /** Variables of one program, or the like; `member` is where they stand. */
  variables: { member: string; variables: Variable[] }[]
  /** Texts of several lines. */
  texts: { member: string; text: string }[]
  /** Everything else; null: there is nothing else. */
  rest: string | null
}

/** Where lists of `{name, value}` are variables. */
const LISTS = /^(environment|env|environmentVariables|environmentVariablesOverride|environmentOverrides)$/i
/** Where objects of texts are variables. */
const MAPS =
  /^(environment|environmentVariables|runtimeEnvironmentVariables|variables|defaultArguments|nonOverridableArguments|arguments|connectionProperties|hyperParameters|parameters|options|dockerLabels|labels|tags)$/i
const MAX_DEPTH = 40

/** Cuts up what AWS says of a resource. */
export function partsOf(value: unknown): Parts {
  const parts: Parts = { variables: [], texts: [], rest: null }
  const rest = take(value, '', '', parts, 0)
  if (rest !== undefined) parts.rest = JSON.stringify(rest, null, 1)
  return parts
}

/** Moves what has a part of its own into it; gives what remains, undefined when nothing does. */
function take(value: unknown, key: string, member: string, parts: Parts, depth: number): unknown {
  if (typeof value === 'string') {
    if (!value.includes('\n')) return value
    parts.texts.push({ member, text: value })
    return undefined
  }
  if (value instanceof Date || value === null || value === undefined) return undefined
  if (ArrayBuffer.isView(value)) {
    parts.texts.push({ member, text: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString() })
    return undefined
  }
  if (typeof value !== 'object') return value
  if (depth > MAX_DEPTH) return JSON.stringify(value)
  const variables = variablesOf(key, value)
  if (variables) {
    if (variables.length > 0) parts.variables.push({ member, variables })
    return undefined
  }
  if (Array.isArray(value)) {
    const rest = value
      .map((entry, index) => take(entry, '', below(member, nameOf(entry) ?? String(index + 1)), parts, depth + 1))
      .filter((entry) => entry !== undefined)
    return rest.length > 0 ? rest : undefined
  }
  const rest = Object.entries(value)
    .map(([name, field]) => [name, take(field, name, below(member, name), parts, depth + 1)] as const)
    .filter(([, field]) => field !== undefined)
  return rest.length > 0 ? Object.fromEntries(rest) : undefined
}

function variablesOf(key: string, value: object): Variable[] | null {
  if (Array.isArray(value)) {
    if (!LISTS.test(key)) return null
    const variables = value.map(variableOf)
    return variables.every((variable) => variable !== null) ? variables : null
  }
  if (!MAPS.test(key)) return null
  const entries = Object.entries(value)
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return null
  return entries.map(([name, value]) => ({ name, value }))
}

/** A `{name, value}`, and nothing beside it that could be worth looking at. */
function variableOf(entry: unknown): Variable | null {
  if (!isAnswer(entry)) return null
  const { name, value = '', type: _, ...more } = entry
  if (typeof name !== 'string' || typeof value !== 'string' || Object.keys(more).length > 0) return null
  return { name, value }
}

function nameOf(entry: unknown): string | null {
  const name = isAnswer(entry) ? (entry.name ?? entry.Name) : null
  return typeof name === 'string' ? name : null
}

function below(member: string, name: string): string {
  return member === '' ? name : `${member}/${name}`
}
