/** The SDK's answers without the secrets that people put where none belong: see {@link redactSecrets}. */
import { redactSecrets } from './redact.ts'

/** A secret access key has 40 characters; nothing shorter is looked at. */
const SHORTEST = 40

/** Fields by which AWS, policies and people tell one thing from another. */
const NAMES = /(?:^|[a-z])(?:Arn|Name|Id|Path)$/i

/**
 * The same answer, its texts cleaned in place.
 * @param kept a field of the answer itself that stays as it is
 */
export function redactAnswer(value: unknown, kept?: string): unknown {
  return cleaned(value, false, kept)
}

function cleaned(value: unknown, isName: boolean, kept?: string): unknown {
  if (typeof value === 'string') return value.length < SHORTEST ? value : redactSecrets(value, isName)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = cleaned(value[i], isName)
    return value
  }
  if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value
  const fields = value as Record<string, unknown>
  for (const key of Object.keys(fields))
    if (key !== '__proto__' && key !== kept) fields[key] = cleaned(fields[key], NAMES.test(key))
  return value
}
