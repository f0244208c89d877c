/**
 * Texts of a policy with wildcards and policy variables, read once and matched often.
 *
 * A pattern is a list of character codes in which a wildcard has a code that no character has. So what a variable
 * stands for, and `${*}`, can hold a `*` that is only a character.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import type { RequestContext } from './context.ts'
import { matchesWildcard } from './match.ts'
import { MAYBE, NO, type Tri, triOf } from './tri.ts'

const STAR = -1
const ANY_ONE = -2

export interface Variable {
  /** In lower case. */
  key: string
  /** Used where the key is absent; null: there is none, and the text has no value. */
  fallback: string | null
}

/** A text as it was written. */
export interface Template {
  text: string
  wildcards: boolean
  /** Character codes, and variables in between; null: it has neither variables nor escapes, and `text` says it all. */
  parts: readonly (readonly number[] | Variable)[] | null
  hasVariables: boolean
  /** False when a variable in it could not be read. */
  understood: boolean
}

export interface TemplateOptions {
  /** Only a document of version 2012-10-17 has them. */
  variables: boolean
  wildcards: boolean
}

/** `${`, then what is no brace, then `}`. */
const VARIABLE = /\$\{([^{}]*)\}/g
const KEY_AND_FALLBACK = /^\s*([^\s',*?$](?:[^',*?$]*[^\s',*?$])?)\s*(?:,\s*'([^']*)'\s*)?$/

export function parseTemplate(text: string, options: TemplateOptions): Template {
  const { wildcards } = options
  if (!options.variables || !text.includes('${'))
    return { text, wildcards, parts: null, hasVariables: false, understood: true }
  const parts: (number[] | Variable)[] = []
  let literal: number[] = []
  let understood = true
  let end = 0
  for (const match of text.matchAll(VARIABLE)) {
    addCodes(literal, text.slice(end, match.index), wildcards)
    end = match.index + match[0].length
    const inside = match[1]!
    if (inside === '*' || inside === '?' || inside === '$') {
      literal.push(inside.charCodeAt(0))
      continue
    }
    const variable = KEY_AND_FALLBACK.exec(inside)
    if (!variable) {
      understood = false
      continue
    }
    parts.push(literal, { key: variable[1]!.toLowerCase(), fallback: variable[2] ?? null })
    literal = []
  }
  const rest = text.slice(end)
  if (rest.includes('${')) understood = false
  addCodes(literal, rest, wildcards)
  parts.push(literal)
  return { text, wildcards, parts, hasVariables: parts.length > 1, understood }
}

function addCodes(codes: number[], text: string, wildcards: boolean): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    codes.push(wildcards && code === 42 ? STAR : wildcards && code === 63 ? ANY_ONE : code)
  }
}

/** What a template stands for in one request; null: a variable in it has no value; undefined: it is not known. */
export function resolve(template: Template, context: RequestContext): readonly number[] | null | undefined {
  if (!template.hasVariables) return fixedCodes(template)
  const codes: number[] = []
  let known = true
  for (const part of template.parts!) {
    if (!('key' in part)) {
      for (const code of part) codes.push(code)
      continue
    }
    const values = context.values(part.key)
    if (values === undefined) known = false
    else {
      const value = variableValue(part, values)
      if (value === null) return null
      addCodes(codes, value, false)
    }
  }
  return known ? codes : undefined
}

/** A key of several values can't be used as a variable. */
function variableValue({ fallback }: Variable, values: readonly string[] | null): string | null {
  if (values === null || values.length === 0) return fallback
  return values.length === 1 ? values[0]! : null
}

/** Whether a text could match, whatever the variables stand for. */
function widestGlob({ text, parts }: Template): (text: string) => boolean {
  if (!/\$\{[*?$]\}/.test(text)) return globOf(text.replace(VARIABLE, '*'))
  const codes = parts!.flatMap((part) => ('key' in part ? [STAR] : [...part]))
  return (value) => matchCodes(codes, value)
}

export function matchCodes(pattern: readonly number[], text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let retry = 0
  while (t < text.length) {
    const code = p < pattern.length ? pattern[p]! : 0x10000
    if (code === STAR) {
      star = p++
      retry = t
    } else if (code === ANY_ONE || code === text.charCodeAt(t)) {
      p++
      t++
    } else if (star !== -1) {
      p = star + 1
      t = ++retry
    } else return false
  }
  while (p < pattern.length && pattern[p] === STAR) p++
  return p === pattern.length
}

/** A pattern to hold texts against. */
export interface Pattern {
  template: Template
  matches(text: string, context: RequestContext): Tri
}

export function compilePattern(text: string, options: TemplateOptions): Pattern {
  const template = parseTemplate(text, options)
  if (!template.understood) return { template, matches: () => MAYBE }
  if (!template.hasVariables) {
    const test = fixedGlob(template)
    return { template, matches: (value) => triOf(test(value)) }
  }
  const couldMatch = widestGlob(template)
  return {
    template,
    matches(value, context) {
      if (!couldMatch(value)) return NO
      const codes = resolve(template, context)
      return codes === undefined ? MAYBE : triOf(codes !== null && matchCodes(codes, value))
    },
  }
}

/** The test for a template without variables. */
export function fixedGlob(template: Template): (text: string) => boolean {
  if (template.parts === null && template.wildcards) return globOf(template.text)
  if (!template.wildcards) {
    const literal = fixedText(template)
    return (text) => text === literal
  }
  const codes = template.parts![0] as readonly number[]
  return (text) => matchCodes(codes, text)
}

/** What a template without variables says. */
export function fixedText({ text, parts }: Template): string {
  return parts === null ? text : textOf(parts[0] as readonly number[])
}

/** Its character codes, wildcards as such. */
export function fixedCodes({ text, wildcards, parts }: Template): readonly number[] {
  if (parts !== null) return parts[0] as readonly number[]
  const codes: number[] = []
  addCodes(codes, text, wildcards)
  return codes
}

/** The fastest test for a pattern's shape: everything, a literal, a prefix, or any other. */
export function globOf(pattern: string): (text: string) => boolean {
  const first = pattern.search(/[*?]/)
  if (first === -1) return (text) => text === pattern
  if (first === pattern.length - 1 && pattern.endsWith('*')) {
    if (first === 0) return () => true
    const prefix = pattern.slice(0, -1)
    return (text) => text.startsWith(prefix)
  }
  return (text) => matchesWildcard(pattern, text)
}

/** Codes as text; a wildcard shows as itself. */
export function textOf(codes: readonly number[]): string {
  let text = ''
  for (const code of codes) text += code === STAR ? '*' : code === ANY_ONE ? '?' : String.fromCharCode(code)
  return text
}
