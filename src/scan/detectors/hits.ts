/** From the text around anchors to hits: find, judge, pair. Secrets come in and do not go out. */
import type { LeakClass, LeakEvidence } from '../../model/leak.ts'
import type { LineIndex } from '../line-index.ts'
import type { Hit } from '../source.ts'
import { EXPIRATION, readBedrockKey } from './bearer.ts'
import { ALLOW_WORDS, allowReason, hasNoSecretNear, IN_OWN, identifierReason } from './context.ts'
import { type Findings, type FoundId, type FoundSecret, type FoundToken, findAll } from './find.ts'
import { accountOf, type Judgement, judgeAccount, kindOf } from './key-id.ts'
import { matchesOf } from './matches.ts'
import { newOrder, type PairOrder, pairUp } from './pair.ts'
import { AWS_ABOUT } from './secret.ts'
import { plainView } from './view.ts'

/**
 * Takes a pair that could be a real credential, and its session token. INVARIANT: called for nothing that is an
 * example, public, or of a canary account; what takes it keeps it in memory only, and puts it into no record or message.
 */
export type HandOver = (accessKeyId: string, secretAccessKey: string, sessionToken: string | null) => void

export interface HitMaker {
  handOver?: HandOver | undefined
  encodings: boolean
  reach: number
  canaryAccounts: ReadonlySet<string>
  /** What can be said of an ID by its characters alone. */
  judge(accessKeyId: string): Judgement
  fingerprint(secret: string): string
}

/** A part of a blob: finds in [from, to) are its own, text in [first, last) is looked at for them. */
export interface Core {
  from: number
  to: number
  first: number
  last: number
}

/** What is known of the blob that a core is of. */
export interface Whole {
  order: PairOrder
  inProgram: boolean
  /** Whether keyreeve wrote it, and no secret is in it. */
  isOwn: boolean
}

/** All hits in a core and around it, in the order of their places. */
export function hitsIn(
  bytes: Uint8Array,
  { first: from, last: to }: Core,
  lines: LineIndex,
  maker: HitMaker,
  { order, inProgram, isOwn }: Whole,
): Hit[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
  const textBetween = (start: number, end: number) => text.slice(start - from, end - from)
  const found = findAll(plainView(text, from), { encodings: maker.encodings, inProgram })
  const bedrock = found.tokens.filter(({ what }) => what === 'bedrock')
  const inToken = ({ start, end }: { start: number; end: number }) =>
    bedrock.some((token) => start >= token.start && end <= token.end)
  const ids = found.ids.filter((id) => !inToken(id)).map((id) => ({ id, judged: maker.judge(id.text) }))
  const secrets = found.secrets.filter((secret) => !inToken(secret))
  const pairs = new Map([
    ...pairUp(
      ids.filter(({ judged }) => judged.class !== 'placeholder' || judged.byChance).map(({ id }) => id),
      secrets.filter(({ look }) => look === 'random'),
      textBetween,
      lines,
      maker.reach,
      order,
    ),
    // a placeholder and an example belong together; a real half of either does not belong to the other
    ...pairUp(
      ids.filter(({ judged }) => judged.class === 'placeholder' && !judged.byChance).map(({ id }) => id),
      secrets.filter(({ look, name }) => look === 'example' && name !== null),
      textBetween,
      lines,
      maker.reach,
      newOrder(),
    ),
  ])
  const used = new Set(pairs.values())
  const tokened = withTokens(ids, found, maker.reach)
  const line = lineTexts(text, from)
  const place = ({ start, encodings }: Located) => ({
    offset: start,
    line: lines.lineOf(start),
    column: lines.columnOf(start),
    encodings: [...encodings],
  })
  const mayAllow = text.includes(ALLOW_WORDS)
  const allowed = (...items: Located[]) => {
    if (!mayAllow) return null
    for (const { start } of items) {
      const reason = allowReason(line(start), line(start, -1))
      if (reason) return reason
    }
    return null
  }
  const hits: Hit[] = ids.map(({ id, judged: byItself }) => {
    const nearest = pairs.get(id) ?? null
    const secret = nearest?.name === null && hasNoSecretNear(id) ? null : nearest
    const judged = secret && byItself.byChance ? judgeAccount(id.text, maker.canaryAccounts) : byItself
    const token = tokened.get(id) ?? null
    const inOwn = isOwn && secrets.length === 0 && token === null ? IN_OWN : null
    const asIdentifier = secret === null && isReal(judged.class) ? (identifierReason(id) ?? inOwn) : null
    if (secret && isReal(judged.class)) maker.handOver?.(id.text, secret.text, token)
    return {
      kind: kindOf(id.text),
      accessKeyId: id.text,
      accountId: accountOf(id.text),
      class: asIdentifier ? 'identifier' : judged.class,
      reason: asIdentifier ?? judged.reason,
      evidence: secret ? evidenceOf(id, secret, textBetween) : 'id-only',
      secretFingerprint: secret ? maker.fingerprint(secret.text) : null,
      hasSessionToken: asIdentifier === null && token !== null,
      expiration: kindOf(id.text) === 'temporary' ? expirationNear(text, id.start - from, maker.reach) : null,
      ...place(id),
      allowed: secret ? allowed(id, secret) : allowed(id),
    }
  })
  for (const secret of secrets) if (!used.has(secret) && standsForItself(secret)) hits.push(secretHit(secret))
  for (const token of bedrock) {
    const hit = bedrockHit(token)
    if (hit) hits.push(hit)
  }
  return hits.sort((a, b) => a.offset - b.offset)

  function secretHit(secret: FoundSecret): Hit {
    const example = secret.look === 'example'
    return {
      kind: 'secret',
      accessKeyId: null,
      accountId: null,
      class: example ? 'placeholder' : 'plausible',
      reason: example ? 'the secret is written as an example' : 'looks like a secret access key, under its name',
      evidence: 'named-secret',
      secretFingerprint: maker.fingerprint(secret.text),
      hasSessionToken: false,
      expiration: null,
      ...place(secret),
      allowed: allowed(secret),
    }
  }

  function bedrockHit(token: FoundToken): Hit | null {
    const { accountId, accessKeyId, reason } = readBedrockKey(token.text)
    // what does not decode is shown when it is as long as a real one: somebody may have shortened or changed it
    if (reason === null && token.text.length < 100) return null
    return {
      kind: 'bedrock-api-key',
      accessKeyId,
      accountId: accountId ?? (accessKeyId ? accountOf(accessKeyId) : null),
      class: reason === null ? 'impossible' : 'plausible',
      reason: reason ?? 'looks like a Bedrock API key, but does not decode to one',
      evidence: 'token',
      secretFingerprint: maker.fingerprint(token.text),
      hasSessionToken: false,
      expiration: null,
      ...place(token),
      allowed: allowed(token),
    }
  }
}

interface Located {
  start: number
  end: number
  encodings: readonly string[]
}

const isReal = (leakClass: LeakClass) => leakClass === 'plausible' || leakClass === 'impossible'

/** An unpaired secret is told when its name leaves no doubt, or AWS is spoken of around it. */
function standsForItself({ name, view, index }: FoundSecret): boolean {
  if (name === 'strong') return true
  return name === 'weak' && AWS_ABOUT.test(view.text.slice(Math.max(0, index - 300), index + 300))
}

/** A name, or nothing but a separator between the two, makes it sure; otherwise it only lies beside the ID. */
function evidenceOf(id: FoundId, secret: FoundSecret, textBetween: (from: number, to: number) => string): LeakEvidence {
  if (secret.name !== null) return 'pair'
  const between = secret.start > id.start ? textBetween(id.end, secret.start) : textBetween(secret.end, id.start)
  return between.length <= 40 && /^[^A-Za-z0-9\n]*$/.test(between) ? 'pair' : 'bare-secret'
}

/** The temporary IDs that have a session token, and which: each token belongs to the nearest. */
function withTokens(ids: readonly { id: FoundId }[], { tokens }: Findings, reach: number): Map<FoundId, string> {
  const temporary = ids.map(({ id }) => id).filter(({ text }) => kindOf(text) === 'temporary')
  const having = new Map<FoundId, string>()
  let next = 0
  for (const { what, start, text } of tokens) {
    if (what !== 'session-token') continue
    while (next < temporary.length && temporary[next]!.start < start) next++
    const distance = (id: FoundId) => Math.abs(id.start - start)
    const [nearest] = temporary.slice(Math.max(0, next - 1), next + 1).sort((a, b) => distance(a) - distance(b))
    if (nearest && distance(nearest) <= reach && !having.has(nearest)) having.set(nearest, text)
  }
  return having
}

function expirationNear(text: string, index: number, reach: number): string | null {
  const start = Math.max(0, index - reach)
  let best: string | null = null
  let nearest = Number.POSITIVE_INFINITY
  for (const match of matchesOf(EXPIRATION, text.slice(start, index + reach))) {
    const distance = Math.abs(start + match.index - index)
    const time = Date.parse(match[1]!.replace(' ', 'T').replace(/(\d\d:\d\d:\d\d(?:\.\d+)?)$/, '$1Z'))
    if (distance >= nearest || Number.isNaN(time)) continue
    nearest = distance
    best = `${new Date(time).toISOString().slice(0, 19)}Z`
  }
  return best
}

/** Comments stand within this distance of what they are about. */
const LINE_REACH = 400

/** The text of the line of an offset (or of the one before), as far as it is near. */
function lineTexts(text: string, from: number): (offset: number, which?: 0 | -1) => string {
  return (offset, which = 0) => {
    const before = text.slice(Math.max(0, offset - from - LINE_REACH), offset - from)
    if (which === 0) return utf8(`${before.slice(before.lastIndexOf('\n') + 1)}${lineFrom(text, offset - from)}`)
    const lines = before.split('\n')
    return utf8(lines.length > 1 ? lines.at(-2)! : '')
  }
}

function lineFrom(text: string, at: number): string {
  const after = text.slice(at, at + LINE_REACH)
  const end = after.indexOf('\n')
  return end === -1 ? after : after.slice(0, end)
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
