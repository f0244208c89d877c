/** The SDK's answers without the secrets that people put where none belong: see {@link redactSecrets}. */
import { redactSecrets } from './redact.ts'

/** A secret access key has 40 characters; nothing shorter is looked at. */
const SHORTEST = 40

/**
 * The same answer, its texts cleaned in place.
 * @param kept a field of the answer itself that stays as it is
 */
export function redactAnswer(value: unknown, kept?: string): unknown {
  if (typeof value === 'string') return value.length < SHORTEST ? value : redactSecrets(value)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = redactAnswer(value[i])
    return value
  }
  if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value
  const fields = value as Record<string, unknown>
  for (const key of Object.keys(fields))
    if (key !== '__proto__' && key !== kept) fields[key] = redactAnswer(fields[key])
  return value
}
