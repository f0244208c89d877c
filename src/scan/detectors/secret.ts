/** Secret access keys: 40 characters of base64 that nothing but a name, an ID nearby and their randomness tells apart. */
import { entropyOf } from './entropy.ts'
import { remembering } from './remembering.ts'

/** 40 characters in base64 of their own, perhaps with a line's end. @returns the 40 characters, or null */
export function decodeForty(text: string): string | null {
  const plain = Buffer.from(text, 'base64').toString('latin1')
  return /^[A-Za-z0-9+/]{40}\r?\n?$/.test(plain) ? plain.slice(0, 40) : null
}

/**
 * - `random`: as AWS makes them
 * - `example`: somebody wrote it as an example
 * - `other`: a hash, a path, words: nothing that AWS makes
 */
export type SecretLook = 'random' | 'example' | 'other'

const EXAMPLE_WORDS =
  /example|sample|dummy.?(?:key|secret|aws|value)|placeholder|changeme|redacted|your.?(?:aws|secret|access|key)|(?:fake|mock|test).?(?:secret|key|access|aws)|x{6}|secret.?access.?key|abcdefgh|0123456789|1234567890|deadbeef/i

const lookOfNamed = remembering((secret) => lookAt(secret, true))
const lookOfOther = remembering((secret) => lookAt(secret, false))

/** @param named under a name that says what it is, less is asked for */
export function lookOf(secret: string, named: boolean): SecretLook {
  return named ? lookOfNamed(secret) : lookOfOther(secret)
}

function lookAt(secret: string, named: boolean): SecretLook {
  const least = named ? 4 : 4.25
  if (EXAMPLE_WORDS.test(secret) || /(.)\1{5}/.test(secret)) return 'example'
  if (/^[0-9a-f]+$/i.test(secret)) return 'other'
  if (!/[A-Z]/.test(secret) || !/[a-z]/.test(secret)) return 'other'
  const entropy = entropyOf(secret)
  // one in nine hundred has no digit; they are asked for more
  if (entropy < (/[0-9]/.test(secret) ? least : Math.max(least, named ? 4.2 : 4.3))) return 'other'
  if (isHash(secret) || commonPairsIn(secret) > (named ? 22 : 17)) return 'other'
  return 'random'
}

/** 32 or more hexadecimal digits in a row: a hash with something before or after it. */
function isHash(text: string): boolean {
  return /[0-9a-f]{30}|[0-9A-F]{30}/.test(text)
}

/** The commonest pairs of letters in English words and in identifiers. */
const COMMON_PAIRS = new Uint8Array(27 * 27)
for (const pair of (
  'th he in er an re nd on en at ou ed ha to or it is hi es ng st ar te se me le sa of ve ro ra ri ea ne as ti ll ' +
  'al de io co ce ta el nt li la ic ch us ma om ur ec ac ss ct po tr di pe ge no ho ec si na ol ns ot ut so ee ' +
  'rs us il mo ke ey cl ad ca un id et ca lo pr op am pl up wi be sh ag ai ig ci im ty em ul'
).split(' '))
  COMMON_PAIRS[(pair.charCodeAt(0) - 0x60) * 27 + pair.charCodeAt(1) - 0x60] = 1

/** Random text has six of 39, more than 17 once in a hundred thousand; words and paths have twenty and more. */
export function commonPairsIn(text: string): number {
  let pairs = 0
  let before = 0
  for (let i = 0; i < text.length; i++) {
    const letter = (text.charCodeAt(i) | 0x20) - 0x60
    const isLetter = letter > 0 && letter < 27
    if (isLetter && before > 0) pairs += COMMON_PAIRS[before * 27 + letter]!
    before = isLetter ? letter : 0
  }
  return pairs
}

/** Names that can only be an AWS secret access key's. */
const STRONG_NAME =
  /secret[\s_.-]*(?:access[\s_.-]*key|key[\s_.-]*access)|access[\s_.-]*key[\s_.-]*secret|aws[\w.-]{0,24}secret|secret[\w.-]{0,24}aws|(?:s3a?|ses|sqs|sns|dynamo(?:db)?)[\w.-]{0,16}secret/i

/** How far before a value its name may stand, and over how many line ends. */
const NAME_REACH = 160
export const NAME_LINES = 3

export type NameStrength = 'strong' | 'weak' | null

/**
 * What the text before a value calls it: `strong` under AWS's own names, `weak` under `secret`, null otherwise.
 * The nearest name counts, and only when no other value stands in between.
 */
export function nameBefore(text: string, index: number): NameStrength {
  let from = Math.max(0, index - NAME_REACH)
  let lines = 0
  for (let i = index - 1; i >= from; i--)
    if (text.charCodeAt(i) === 10 && ++lines === NAME_LINES) {
      from = i
      break
    }
  const before = text.slice(from, index)
  const last = before.toLowerCase().lastIndexOf('secret')
  if (last === -1) return null
  if (isTaken(before.slice(last))) return null
  const name = before.slice(Math.max(0, last - 28))
  return STRONG_NAME.test(name) ? 'strong' : 'weak'
}

/** Whether `secret` may be the name of a value with this between the two, itself included. */
export function reachesOver(between: string): boolean {
  return between.length <= NAME_REACH && between.split('\n', NAME_LINES + 1).length <= NAME_LINES && !isTaken(between)
}

/** Whether another value, or another assignment that is over, took the name. */
function isTaken(between: string): boolean {
  return /[A-Za-z0-9+/]{40}/.test(between) || (between.match(/[\w"'\]]\s*(?:=|:)\s*["']?[^\s"'{[]/g) ?? []).length > 2
}

/** AWS is spoken of nearby. */
export const AWS_ABOUT = /\baws|aws[_-]|amazon|\bboto|\bs3[a:._\-/"']|\biam\b|AKIA[A-Z2-7]{16}/i
