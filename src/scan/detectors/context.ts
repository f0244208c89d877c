/** What the text around an ID says of it. */
import type { FoundId } from './find.ts'

/** The reason where it stands in what keyreeve wrote. */
export const IN_OWN = 'stands in a file of keyreeve, which holds no secret'

const BEFORE = 600
const AFTER = 600

interface Around {
  before: string
  after: string
}

function textAround({ view, index }: FoundId): Around {
  return {
    before: view.text.slice(Math.max(0, index - BEFORE), index),
    after: view.text.slice(index + 20, index + 20 + AFTER),
  }
}

const isScoped = ({ after }: Around) => /^(?:\/|%2F)\d{8}(?:\/|%2F)[a-z0-9-]+(?:\/|%2F)/i.test(after)
const isRecorded = ({ before, after }: Around) =>
  /accessKeyId["'\s:=\\]+$/i.test(before) &&
  /userIdentity|eventSource|sourceIPAddress|eventTime|principalId/.test(before + after)

/** Whether what stands near an ID without a name is something else: tokens and names of objects, in what AWS recorded. */
export function hasNoSecretNear(id: FoundId): boolean {
  const around = textAround(id)
  return isScoped(around) || isRecorded(around)
}

/**
 * Why an ID that stands alone is public there, or null: signatures, logs and lists name the ID of a key without
 * giving anything away.
 */
export function identifierReason(id: FoundId): string | null {
  const { before, after } = textAround(id)
  if (/Credential(?:=|%3D|["'\s:=]+)$/i.test(before) || isScoped({ before, after }))
    return 'stands in a request signature, which names the key in public'
  if (/AWSAccessKeyId(?:=|%3D)$/i.test(before) && /(?:Signature|Expires)(?:=|%3D)/i.test(before + after))
    return 'stands in a presigned URL, which names the key in public'
  if (/Authorization["'\s:=]+AWS $/i.test(before) && after.startsWith(':')) return 'stands in a request signature'
  if (isRecorded({ before, after })) return 'stands in a CloudTrail record'
  if (
    /AccessKeyId["'\s:=>]+$/i.test(before) &&
    /CreateDate|AccessKeyMetadata|AccessKeyLastUsed/.test(before + after) &&
    !/SecretAccessKey/.test(before + after)
  )
    return 'stands in a list of keys that AWS gives out'
  if (/accessKeyId\\?["'\s:]+$/.test(before) && /"(?:secretFingerprint|userArn)\\?"/.test(after.slice(0, 400)))
    return IN_OWN
  return null
}

/** What an allow comment begins with. */
export const ALLOW_WORDS = 'keyreeve:allow'
const ALLOW = new RegExp(`${ALLOW_WORDS}\\b[ \\t:=-]*([^\\r\\n]*)`)

/**
 * The reason given in an allow comment on the line of a find, or on a line of its own before it. Without a reason it
 * allows nothing.
 * @param line the text of the line, `previous` that of the one before it
 */
export function allowReason(line: string, previous: string): string | null {
  const match =
    ALLOW.exec(line) ?? (/^[ \t]*(?:#|\/\/|\/\*|--|;|<!--|%|REM\b|'|")/i.test(previous) ? ALLOW.exec(previous) : null)
  if (!match) return null
  const reason = match[1]!.replace(/[ \t]*(?:\*\/|-->|["'`,;)}\]]+)[ \t]*$/, '').trim()
  // somebody must be able to judge the reason: a letter or two is none
  if (!/\p{L}.*\p{L}.*\p{L}/u.test(reason) || /[A-Za-z0-9+/]{40}/.test(reason)) return null
  return withoutSecrets(reason).slice(0, 200)
}

/** What else stands on the line is no part of the reason: a secret with escapes, in base64, or a part of one. */
const withoutSecrets = (reason: string) =>
  reason.replace(/[A-Za-z0-9+/%\\&#;=_-]{16,}/g, (word) =>
    /[A-Z]/.test(word) && /[a-z]/.test(word) && /[0-9]/.test(word) ? '…' : word,
  )
