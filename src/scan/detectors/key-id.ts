/** Access key IDs: what they look like, which account they belong to, and which of them AWS never gave out. */
import type { LeakClass, LeakKind } from '../../model/leak.ts'
import { entropyOf } from './entropy.ts'

/**
 * Prefixes of what can sign a request or is a credential by itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
const KINDS: Record<string, LeakKind> = { AKIA: 'long-term', ASIA: 'temporary', ABIA: 'long-term', ACCA: 'long-term' }

export const PREFIXES: readonly string[] = Object.keys(KINDS)

/** The prefix of sixteen characters of base32, whatever stands around them. */
export const ACCESS_KEY_ID = /(?:AKIA|ASIA|ABIA|ACCA)(?=[A-Z2-7]{16})/g

const WHOLE_ID = /^(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}$/

/** Whether one stands there, whatever is around it. */
export function isIdAt(text: string, index: number): boolean {
  return index >= 0 && WHOLE_ID.test(text.slice(index, index + 20))
}

export function kindOf(accessKeyId: string): LeakKind {
  return KINDS[accessKeyId.slice(0, 4)] ?? 'long-term'
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The account an access key ID belongs to: 40 bits of the base32 text after the prefix, below its top bit. Keys from
 * before 2019 (`AKIAI…`, `AKIAJ…`) do not tell: null.
 */
export function accountOf(accessKeyId: string): string | null {
  const number = accountNumberOf(accessKeyId)
  return number === null || number > LARGEST_ACCOUNT ? null : number.toString().padStart(12, '0')
}

const LARGEST_ACCOUNT = 999_999_999_999n

function accountNumberOf(accessKeyId: string): bigint | null {
  const payload = accessKeyId.slice(4)
  // the top bit is set in every ID that tells its account
  if (BASE32.indexOf(payload[0]!) < 16) return null
  let bits = 0n
  for (const character of payload.slice(0, 9)) bits = bits * 32n + BigInt(BASE32.indexOf(character))
  // 45 bits: the top bit, 40 of the account, 4 of what follows
  return (bits >> 4n) & 0xff_ffff_ffffn
}

/** The words people put into IDs that are none. A random ID has one of the long ones once in ten million. */
const WORDS =
  /EXAMPLE|EXMPL|SAMPLE|DUMMY|PLACEHOLDER|CHANGEME|REDACTED|SECRET|ACCESS|DEADBEEF|ABCDEF|QWERTY|NOTREAL|INVALID/
/** Short ones happen by chance; they count only where hardly a digit stands beside them. */
const SHORT_WORDS = /TEST|FAKE|YOUR|MOCK|MYKEY|XXXX/

export interface Judgement {
  class: LeakClass
  reason: string
  /** One random ID in some thousands looks like this by chance: a secret beside it makes it plausible. */
  byChance?: true
}

/** What can be said of an ID by its characters alone. */
export function judgeId(accessKeyId: string, canaryAccounts: ReadonlySet<string>): Judgement {
  const payload = accessKeyId.slice(4)
  const example = exampleReason(payload)
  if (example) return { class: 'placeholder', reason: example }
  const odd = oddReason(payload)
  if (odd) return { class: 'placeholder', reason: odd, byChance: true }
  return judgeAccount(accessKeyId, canaryAccounts)
}

/** What can be said of an ID by its fifth character and the account it decodes to. */
export function judgeAccount(accessKeyId: string, canaryAccounts: ReadonlySet<string>): Judgement {
  const payload = accessKeyId.slice(4)
  const number = accountNumberOf(accessKeyId)
  if (number === null)
    return /^[IJ]/.test(payload)
      ? { class: 'plausible', reason: 'looks like an access key ID from before 2019' }
      : { class: 'impossible', reason: `AWS gives out no ID whose fifth character is ${payload[0]}` }
  if (number > LARGEST_ACCOUNT) return { class: 'impossible', reason: 'the ID decodes to no possible account' }
  const account = number.toString().padStart(12, '0')
  if (canaryAccounts.has(account))
    return {
      class: 'canary',
      reason: `account ${account} belongs to a canary service: a use of the key sets off an alarm`,
    }
  return { class: 'plausible', reason: `looks like an access key ID of account ${account}` }
}

function exampleReason(payload: string): string | null {
  const word = WORDS.exec(payload)?.[0]
  if (word) return `the ID contains ${word}`
  if (isSequence(payload)) return 'the ID counts up'
  return new Set(payload).size < 6 || entropyOf(payload) < 2.2 ? 'the ID has few different characters' : null
}

function oddReason(payload: string): string | null {
  const word = /[2-7].*[2-7]/.test(payload) ? undefined : SHORT_WORDS.exec(payload)?.[0]
  if (word) return `the ID contains ${word}`
  const distinct = new Set(payload).size
  const run = /(.)\1{4}/.exec(payload)?.[0] ?? (distinct < 10 ? /(.)\1{3}/.exec(payload)?.[0] : undefined)
  if (run) return `the ID repeats ${run[0]}`
  return distinct < 7 || entropyOf(payload) < 2.5 ? 'the ID has few different characters' : null
}

/** `…ABCDEFGH…`, `…234567…`: six or more characters that count up. */
function isSequence(text: string): boolean {
  let run = 1
  for (let i = 1; i < text.length; i++) {
    run = text.charCodeAt(i) === text.charCodeAt(i - 1) + 1 ? run + 1 : 1
    if (run >= 6) return true
  }
  return false
}
