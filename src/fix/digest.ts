/** Digests of documents: the same whatever the order of keys, the blanks, or the encoding in which AWS sends them. */
import { createHash } from 'node:crypto'

/** 16 hexadecimal digits. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16)
}

/** A policy document as AWS or a snapshot has it: an object, JSON, or JSON in percent-encoding. */
export function documentDigest(document: unknown): string {
  return digestOf(typeof document === 'string' ? parsed(document) : document)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('%') ? decodeURIComponent(text) : text)
  } catch {
    return text
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
      .join()}}`
  return JSON.stringify(value) ?? 'null'
}
