/**
 * Secrets do turn up where none belong: in a tag, a role's description, a policy's condition. What is read from an
 * account passes through here before it becomes a snapshot, so that no secret gets into one.
 *
 * Only shapes that are nothing else are taken out: 40 characters of base64 that look random (a secret access key),
 * session tokens and Bedrock API keys by their fixed beginnings, and private keys. A path or a name that happens to
 * have 40 characters must stay: policies are judged by it.
 */

import { endsInArn, isBase64, SECRET_LENGTH as LENGTH, LONGEST_ARN, looksRandom } from '../model/secret-shape.ts'

export const REDACTED = '[secret removed]'

/**
 * The text without secrets; the same string when it holds none. Some 3 GB/s on text without long runs.
 * @param isName it is a name, path or ID that somebody gave; within a text, ARNs are known by their beginning
 */
export function redactSecrets(text: string, isName = false): string {
  // JSON may spell a slash `\/`, which would hide it
  const plain = text.includes('\\/') ? text.replaceAll('\\/', '/') : text
  let clean = replaceRuns(plain, isName)
  if (clean.includes('-----BEGIN ')) clean = clean.replace(PRIVATE_KEY, REDACTED)
  return clean === plain ? text : clean
}

const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[^-]*(?:-----END (?:[A-Z]+ )*PRIVATE KEY-----)?/g
const SESSION_TOKEN = /^(?:FwoG|IQoJ|FQoG|FQoD)/
const BEDROCK_API_KEY = /^ABSK/

/** Finds runs of at least 40 base64 characters by looking at every 40th character first. */
function replaceRuns(text: string, isName: boolean): string {
  let clean = ''
  let copied = 0
  for (let i = LENGTH - 1; i < text.length; ) {
    let start = i
    while (start >= copied && isBase64(text.charCodeAt(start))) start--
    start++
    if (i - start < LENGTH - 1 && !isBase64(text.charCodeAt(i + 1))) {
      i += LENGTH
      continue
    }
    let end = i + 1
    while (isBase64(text.charCodeAt(end))) end++
    const secret = secretIn(text, start, end, isName)
    if (secret) {
      clean += text.slice(copied, secret.start) + REDACTED
      copied = secret.end
    }
    i = end + LENGTH
  }
  return copied === 0 ? text : clean + text.slice(copied)
}

/**
 * What stands before a name in an ARN. Some of AWS's own policies have 35 characters after `service-role/`, in camel
 * case lively enough to look random; and what comes after `user/` is judged without it.
 */
const ARN_WORD = /^(?:role|policy|user|group|profile|certificate|provider|mfa|com)\//

/** The secret within a run of base64 characters, if there is one. */
function secretIn(text: string, from: number, to: number, isName: boolean): { start: number; end: number } | undefined {
  const run = text.slice(from, to)
  if (run.length >= 100 && (SESSION_TOKEN.test(run) || BEDROCK_API_KEY.test(run))) return { start: from, end: to }
  let start = from
  let end = to
  for (let word = ARN_WORD.exec(run); word; word = ARN_WORD.exec(text.slice(start, to))) start += word[0].length
  while (end - start > LENGTH && text[start] === '/') start++
  while (end - start > LENGTH && text[end - 1] === '/') end--
  if (end - start !== LENGTH) return undefined
  const isMeant = () => isName || endsInArn(text.slice(Math.max(0, start - LONGEST_ARN), start))
  return looksRandom(Buffer.from(text.slice(start, end)), 0, LENGTH, isMeant) ? { start, end } : undefined
}
