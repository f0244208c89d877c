/** A file that holds a secret and nothing else, as secrets are mounted into containers: only its name says what it is. */
import { type BlobPlace, fileNameOf } from '../source.ts'
import { lookOf, nameBefore } from './secret.ts'

/** A secret, and white space behind it. */
const MOST_BYTES = 64

/** A name that says it. */
export const SECRET_NAME = 'aws_secret_access_key'
/** With this before it, the content of such a file is found as any other secret under its name. */
export const NAME = `${SECRET_NAME}=`

/** Whether a file of this size may be one. */
export const mayBeNamed = (size: number) => size >= 40 && size <= MOST_BYTES

/** Whether a file holds what may be a secret, and nothing else. */
export function isBareSecret(bytes: Uint8Array): boolean {
  if (!mayBeNamed(bytes.length)) return false
  const text = Buffer.from(bytes).toString('latin1')
  return /^[A-Za-z0-9+/]{40}\s*$/.test(text) && lookOf(text.slice(0, 40), true) !== 'other'
}

export function isNamedByFile(bytes: Uint8Array, place: BlobPlace): boolean {
  if (!mayBeNamed(bytes.length)) return false
  const name = `${fileNameOf(place)}=`
  return nameBefore(name, name.length) === 'strong' && isBareSecret(bytes)
}
