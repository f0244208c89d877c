/** A key as the JSON of a secret or parameter: the names that are there already are kept, and so is all else in it. */
import type { KeyPair } from './destination.ts'

const NAMES: readonly (readonly [id: string, secret: string])[] = [
  ['accessKeyId', 'secretAccessKey'],
  ['AccessKeyId', 'SecretAccessKey'],
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  ['aws_access_key_id', 'aws_secret_access_key'],
  ['access_key_id', 'secret_access_key'],
  ['access_key', 'secret_key'],
]

/** What the document says of a key, in any of the usual names; null: nothing. */
export function keyIn(text: string | null): KeyPair | null {
  const document = objectOf(text)
  const names = document && namesIn(document)
  if (!names) return null
  const [accessKeyId, secretAccessKey] = [document[names[0]], document[names[1]]]
  return typeof accessKeyId === 'string' && typeof secretAccessKey === 'string'
    ? { accessKeyId, secretAccessKey }
    : null
}

/**
 * The document with another key in it.
 * @param text null or empty: a new one
 * @returns null when the text is something else than JSON with members, which must not be overwritten
 */
export function withKey(text: string | null, { accessKeyId, secretAccessKey }: KeyPair): string | null {
  const isEmpty = text === null || text.trim() === ''
  const document = isEmpty ? {} : objectOf(text)
  if (!document) return null
  const [id, secret] = namesIn(document) ?? NAMES[0]!
  return JSON.stringify({ ...document, [id]: accessKeyId, [secret]: secretAccessKey })
}

/**
 * The document as somebody has left it, with the key that an earlier one had, or without one.
 * @param now what holds another key
 */
export function withKeyOf(before: string, now: string): string {
  const old = keyIn(before)
  if (old) return withKey(now, old)!
  const document = { ...objectOf(now) }
  for (const name of namesIn(document) ?? []) delete document[name]
  return JSON.stringify(document)
}

function namesIn(document: object): readonly [string, string] | undefined {
  return NAMES.find(([id, secret]) => Object.hasOwn(document, id) && Object.hasOwn(document, secret))
}

function objectOf(text: string | null): Record<string, unknown> | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
