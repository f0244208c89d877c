/** A file that holds a secret and nothing else, as secrets are mounted into containers: only its name says what it is. */
import { type BlobPlace, fileNameOf } from '../source.ts'
import { nameBefore } from './secret.ts'

/** A secret, and white space behind it. */
const MOST_BYTES = 64

/** With this before it, the content of such a file is found as any other secret under its name. */
export const NAME = 'aws_secret_access_key='

export function isNamedByFile(bytes: Uint8Array, place: BlobPlace): boolean {
  if (bytes.length < 40 || bytes.length > MOST_BYTES) return false
  const name = `${fileNameOf(place)}=`
  if (nameBefore(name, name.length) !== 'strong') return false
  return /^[A-Za-z0-9+/]{40}\s*$/.test(Buffer.from(bytes).toString('latin1'))
}
