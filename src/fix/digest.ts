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
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  let text = ''
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key]
    if (member === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(member)}`
  }
  return `{${text}}`
}
