/**
 * Secrets do turn up where none belong: in a tag, a role's description, a policy's condition. What is read from an
 * account passes through here before it becomes a snapshot, so that no secret gets into one.
 *
 * Only shapes that are nothing else are taken out: 40 characters of base64 that look random (a secret access key),
 * session tokens and Bedrock API keys by their fixed beginnings, and private keys. A path or a name that happens to
 * have 40 characters must stay: policies are judged by it.
 */

export const REDACTED = '[secret removed]'

const LENGTH = 40

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
  if (end - start !== LENGTH || !looksRandom(text.slice(start, end), isName || isInArn(text, start))) return undefined
  return { start, end }
}

/** What an ARN is never longer than. */
const LONGEST_ARN = 2048

/** Whether a place in the text belongs to an ARN. */
function isInArn(text: string, place: number): boolean {
  const before = text.slice(Math.max(0, place - LONGEST_ARN), place)
  return /(?:^|[^\w:/])arn:[^\s"',]*$/.test(before)
}

/**
 * Whether 40 characters look drawn at random from base64: capitals, small letters and digits alternate. A random
 * string has 25 changes of kind, give or take 3, and few of its characters stand among four or more of their kind;
 * names are made of words. So a name in camel case stays, and of a million random strings 40 do, 1,600 in the place of
 * a name: what is judged by its name must keep it.
 */
function looksRandom(run: string, isName: boolean): boolean {
  if (/^[0-9a-f]+$/i.test(run)) return false // a SHA-1 and the like
  let changes = 0
  let inWords = 0
  for (let i = 1, begin = 0; i <= run.length; i++) {
    if (i < run.length && KIND[run.charCodeAt(i)] === KIND[run.charCodeAt(begin)]) continue
    if (i - begin >= 4) inWords += i - begin
    if (i < run.length) changes++
    begin = i
  }
  return changes >= 12 && inWords - changes < (isName ? 6 : 15)
}

/** Kinds of base64 characters by code: 0 is none of them. */
const KIND = new Uint8Array(128)
for (let code = 0; code < 128; code++) {
  const c = String.fromCharCode(code)
  KIND[code] = /[A-Z]/.test(c) ? 1 : /[a-z]/.test(c) ? 2 : /\d/.test(c) ? 3 : /[/+]/.test(c) ? 4 : 0
}

function isBase64(code: number): boolean {
  return code < 128 && KIND[code] !== 0
}
