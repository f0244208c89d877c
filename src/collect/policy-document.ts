/**
 * Policy documents as they come: the API answers them percent-encoded (RFC 3986), the AWS CLI and boto3 decode them,
 * Terraform and people paste them as JSON text.
 */
import { isAnswer } from './answer.ts'
import { redactSecrets } from './redact.ts'

/** Deeper than any policy AWS accepts, and shallow enough for every recursive reader. */
const MAX_DEPTH = 64

/** Stands in for a document that nests so deep that it cannot be a policy. */
export const TOO_DEEP = '(not kept: nested deeper than any policy)'

/** The parsed policy, or its text where it is no JSON; `''` when there is none. Never throws. */
export function policyDocument(value: unknown): unknown {
  if (typeof value === 'string') return parsed(value)
  if (isAnswer(value)) return isShallow(value, MAX_DEPTH) ? value : TOO_DEEP
  return value === undefined || value === null ? '' : String(JSON.stringify(value) ?? '').slice(0, 10_000)
}

function parsed(source: string): unknown {
  const decoded =
    source.startsWith('%') || (!source.startsWith('{') && source.includes('%7B')) ? decode(source) : source
  let document: unknown
  try {
    document = JSON.parse(decoded)
  } catch {
    return decoded
  }
  if (!isAnswer(document)) return decoded
  return isShallow(document, MAX_DEPTH) ? document : TOO_DEEP
}

function decode(source: string): string {
  try {
    return redactSecrets(decodeURIComponent(source)) // encoded, a secret does not look like one
  } catch {
    return source
  }
}

/** Whether no path through the value is longer than `depth`. */
export function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  // Most of a policy is text: only what may have more in it is looked into.
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (typeof value[i] === 'object' && !isShallow(value[i], depth - 1)) return false
    }
    return true
  }
  const fields = value as Record<string, unknown>
  for (const key in fields) {
    const field = fields[key]
    if (typeof field === 'object' && !isShallow(field, depth - 1)) return false
  }
  return true
}
