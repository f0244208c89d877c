/** Reads files of cases, with the place of what is wrong in them. */
import { InputError } from '../model/errors.ts'
import { type PolicyCase, readCases } from './case.ts'
import { type JsonNode, JsonSyntaxError, placesIn, readJson } from './json-text.ts'
import { duplicates } from './policy-text.ts'

/** @param file its name, for messages */
export function readCaseText(text: string, file: string): PolicyCase[] {
  const placeOf = placesIn(text)
  const at = (offset: number) => {
    const { line, column } = placeOf(offset)
    return `\`${file}\` line ${line}, column ${column}`
  }
  const root = rootOf(text, at)
  for (const { message, start } of duplicates(root)) throw new InputError(`${at(start)}: ${message}`)
  try {
    return readCases(root.value)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError(`\`${file}\`: ${error.message}`)
  }
}

function rootOf(text: string, at: (offset: number) => string): JsonNode {
  try {
    return readJson(text)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new InputError(`${at(error.offset)}: no JSON: ${error.message}`)
  }
}
