/** What stands in a piece of text: IDs, secrets, tokens, each at its place in the blob, however it was written. */
import { BEDROCK_KEY, IN_TOKEN, SESSION_TOKEN, SHORTEST_TOKEN } from './bearer.ts'
import { ACCESS_KEY_ID, isIdAt } from './key-id.ts'
import { matchesOf } from './matches.ts'
import { isApart } from './program.ts'
import { runsIn } from './runs.ts'
import { commonPairsIn, decodeForty, lookOf, type NameStrength, nameBefore, type SecretLook } from './secret.ts'
import { fromBase64, fromHex, fromUtf16, joined, unescaped, type View } from './view.ts'

/** Encodings within encodings, at most. */
const DEEPEST = 5

interface Located {
  /** Byte offsets in the blob. */
  start: number
  end: number
  encodings: readonly string[]
}

export interface FoundId extends Located {
  what: 'id'
  text: string
  view: View
  /** In the text of its view. */
  index: number
}

export interface FoundSecret extends Located {
  what: 'secret'
  text: string
  view: View
  index: number
  length: number
  name: NameStrength
  look: SecretLook
}

export interface FoundToken extends Located {
  what: 'session-token' | 'bedrock'
  text: string
}

export interface Findings {
  ids: FoundId[]
  secrets: FoundSecret[]
  tokens: FoundToken[]
}

/** How much text, decoded and not, is looked at for each character of a blob: hostile ones decode without end. */
const MOST_WORK = 24
const LEAST_WORK = 1 << 18

/** All that a piece of the blob holds, each thing once, in the order of its place. */
export function findAll(view: View, { encodings, inProgram }: { encodings: boolean; inProgram: boolean }): Findings {
  const found: Findings = { ids: [], secrets: [], tokens: [] }
  if (inProgram) searchGlued(view, found)
  const work = { left: LEAST_WORK + MOST_WORK * view.text.length }
  search(view, found, encodings ? 0 : DEEPEST, work)
  return {
    ids: onceEach(found.ids),
    secrets: onceEach(found.secrets),
    tokens: onceEach(found.tokens),
  }
}

/** @returns whether the view was also searched with its own literals joined: not where escapes were undone first */
function search(view: View, found: Findings, depth: number, work: { left: number }): boolean {
  work.left -= view.text.length
  if (work.left < 0) return false
  const runs = searchText(view, found)
  if (depth >= DEEPEST) return false
  const plain = unescaped(view)
  const isJoined = plain !== null && search(plain, found, depth + 1, work)
  const whole = isJoined ? null : joined(plain ?? view)
  if (whole) searchText(whole, found)
  // what base64, hexadecimal and two-byte text hold is text again, with escapes, joints and base64 of its own
  for (const inner of fromUtf16(view)) search(inner, found, depth + 1, work)
  if (runs.length === 0) return plain === null
  for (const inner of fromHex(view, runs)) search(inner, found, depth + 1, work)
  for (const inner of fromBase64(view, runs)) {
    search(inner, found, depth + 1, work)
    if (work.left < 0) break
  }
  return plain === null
}

/** Base64 and what may be taken for it (secrets, tokens, encoded text, paths) is as long at least. */
const SHORTEST_RUN = 24

/** @returns the runs of base64 in the text */
function searchText(view: View, found: Findings): number[] {
  const { text } = view
  for (const { index } of matchesOf(ACCESS_KEY_ID, text))
    if (
      (standsFree(text, index) && !isInsideBase64(text, index)) ||
      isMeasured(text, index) ||
      isPickled(text, index, 20)
    ) {
      addId(view, found, index)
      if (text[index - 1] === '+' && IN_ROW.test(text.slice(index + 20, index + 61))) addBehind(view, found, index + 21)
    }
  const runs = runsIn(text, SHORTEST_RUN)
  if (runs.length === 0) return runs
  for (let i = 0; i < runs.length; i += 2) searchRun(view, found, runs[i]!, runs[i + 1]!)
  // they go with temporary IDs only, and are far longer than other runs
  if (text.includes('ASIA') && runsIn(text, SHORTEST_TOKEN, IN_TOKEN).length > 0)
    for (const { index, 0: token } of matchesOf(SESSION_TOKEN, text))
      found.tokens.push({ what: 'session-token', text: token, ...locate(view, index, token.length) })
  if (text.includes('ABSK') || text.includes('bedrock-api-key-'))
    for (const { index, 0: token } of matchesOf(BEDROCK_KEY, text))
      found.tokens.push({ what: 'bedrock', text: token, ...locate(view, index, token.length) })
  return runs
}

/** IDs between the texts of a program or a table, and secrets directly behind them. */
function searchGlued(view: View, found: Findings): void {
  const { text } = view
  /** Of the last pair. */
  let end = -1
  for (const { index, 0: prefix } of matchesOf(ACCESS_KEY_ID, text)) {
    const hasSecret = isSecretAt(text, index + 20)
    const isNext = index === end || isIdAt(text, index - 20)
    if (!/A[KS]IA/.test(prefix) || !isApart(text, index, { hasSecret, isNext })) continue
    // base64 of programs has such texts; a secret may stand behind an ID, and another ID behind that
    const isLast = !isIdAt(text, index + (hasSecret ? 60 : 20))
    const before = isNext ? '' : text.slice(runStart(text, index), index)
    const after = isLast ? text.slice(index + 20, runEnd(text, index + 20)) : ''
    if (looksEncoded(before) || (after.length >= 64 && looksEncoded(after))) continue
    addId(view, found, index)
    if (!hasSecret) continue
    end = index + 60
    if (!isMeasured(text, index)) addBehind(view, found, index + 20)
  }
}

function isSecretAt(text: string, index: number): boolean {
  const secret = text.slice(index, index + 40)
  return /^[A-Za-z0-9+/]{40}$/.test(secret) && lookOf(secret, false) === 'random'
}

/** A secret that begins directly behind an ID, or its own length there, whatever follows it. */
function addBehind(view: View, found: Findings, index: number): void {
  const secret = view.text.slice(index, index + 40)
  addSecret(view, found, index, secret, secret, { isWhole: true })
}

function addId(view: View, found: Findings, index: number): void {
  const text = view.text.slice(index, index + 20)
  found.ids.push({ what: 'id', text, view, index, ...locate(view, index, 20) })
}

const isInWord = (character: string | undefined) => character !== undefined && /\w/.test(character)
/** Columns of Arrow and ORC files have one ID directly behind the other. */
const standsFree = (text: string, index: number) =>
  (!isInWord(text[index - 1]) || isIdAt(text, index - 20)) && (!isInWord(text[index + 20]) || isIdAt(text, index + 20))

/**
 * Binary formats write the length of a text before it, and nothing behind: twenty, in one byte or in four (protocol
 * buffers, pickles, Java's and .NET's objects), or as CBOR, Avro and rows of PostgreSQL have it, which tell the secret's
 * length behind.
 */
function isMeasured(text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - 4), index)
  if (/\x14(?:\0{3})?$/.test(before)) return true
  const after = text.slice(index + 20, index + 20 + 70)
  if (before.endsWith('t')) return /^\w{0,24}x\([A-Za-z0-9+/]{40}/.test(after)
  if (before.endsWith('+')) return IN_ROW.test(after)
  return before.endsWith('(') && /^P[A-Za-z0-9+/]{40}/.test(after)
}

/** In a row of PostgreSQL, the length before a text counts itself, and is written as twice that and one more. */
const IN_ROW = /^S[A-Za-z0-9+/]{40}/

/** A text in a pickle of Python's oldest protocol: `V`, and a line's end, mostly with its number in the next line. */
function isPickled(text: string, index: number, length: number): boolean {
  if (text[index - 1] !== 'V' || text[index + length] !== '\n') return false
  return /^\n(?:[p.]|\(?[aegstu0-2])/.test(text.slice(index + length, index + length + 3))
}

const OF_NO_TEXT = /[\0-\x08\x0e-\x1f\x80-\xff]/
/** Forty, as the same formats write it; with a letter before, which is the next field's number, directly behind an ID. */
const MEASURED_SECRET = /(?:(?:[\0-\x08\x0e-\x1f\x80-\xffx]|A[KS]IA[A-Z2-7]{16}\w)\(|\(\0{3})$/

/** Where a secret begins whose length stands before it, in a run that is longer; -1: none does. */
function measuredSecretAt(text: string, index: number, end: number): number {
  if (text[index - 1] === '(' && end - index >= 61 && AVRO.test(text.slice(index, index + 21))) return index + 21
  if (MEASURED_SECRET.test(text.slice(Math.max(0, index - 22), index))) return index
  return text[index] === 'S' && end - index === 41 && OF_NO_TEXT.test(text[index - 1] ?? ' ') ? index + 1 : -1
}

/** A secret by itself, behind its ID or next to it, or in base64 of its own. */
function searchRun(view: View, found: Findings, index: number, end: number): void {
  if (end - index < 40) return
  const measured = end - index > 40 ? measuredSecretAt(view.text, index, end) : -1
  if (measured >= 0) {
    const secret = view.text.slice(measured, measured + 40)
    // behind an ID, its length says where it ends, whatever follows
    addSecret(view, found, measured, secret, secret, { isWhole: measured > index, isMeasured: true })
    return
  }
  if (end - index > 61) return
  const run = view.text.slice(index, end)
  const padding = /^=*/.exec(view.text.slice(index + run.length, index + run.length + 3))![0]
  if (run.length === 40 && padding === '')
    addSecret(view, found, index, run, run, { isWhole: OF_RUBY.test(view.text.slice(Math.max(0, index - 3), index)) })
  // `ID/SECRET`: the slash could be the secret's, were it not for the ID
  else if (run.length === 61 && padding === '' && AFTER_ID.test(run)) {
    const secret = run.slice(21)
    addSecret(view, found, index + 21, secret, secret, { isWhole: true })
  } else if (run.length === 60 && padding === '' && WITH_ID.test(run)) {
    // nothing parts the values of a deleted row in a page of a database
    const secret = run.slice(20)
    if (lookOf(secret, false) !== 'random') return
    addId(view, found, index)
    addBehind(view, found, index + 20)
  } else if (run.length === 41 && isPickled(view.text, index + 1, 40)) {
    const secret = run.slice(1)
    addSecret(view, found, index + 1, secret, secret)
  } else if (padding === '' && IN_PLUSES.test(run) && (run.length === 42 || beginsLine(view.text, index))) {
    const secret = run.slice(1, 41)
    addSecret(view, found, index + 1, secret, secret)
  } else if (run.length >= 53 && run.length <= 56 && padding.length <= 2) {
    const secret = decodeForty(run)
    if (secret) addSecret(view, found, index, secret, run, { encoding: 'base64' })
  }
}

/** A text as Ruby's Marshal writes it, and its length: forty, and five more. */
const OF_RUBY = /I"-$/
const WITH_ID = /^(?:AKIA|ASIA)[A-Z2-7]{16}/
/** The line of a patch, or a word that a comparison or AsciiDoc sets off. */
const IN_PLUSES = /^\+.{40}\+?$/
const beginsLine = (text: string, index: number) => index === 0 || text[index - 1] === '\n'
const AVRO = /^(?:AKIA|ASIA)[A-Z2-7]{16}P/
const AFTER_ID = /^(?:AKIA|ASIA)[A-Z2-7]{16}\//

const BEHIND_ID = /A[KS]IA[A-Z2-7]{16}["']?[\s,;:|/+-]{1,4}["']?$/
const BEFORE_ID = /^["']?[\s,;:|+-]{1,4}["']?A[KS]IA[A-Z2-7]{16}/

/** As in a list of pairs: one secret in ten thousand looks too little like one to be known elsewhere. */
function isBesideId(text: string, index: number, end: number): boolean {
  return BEHIND_ID.test(text.slice(Math.max(0, index - 28), index)) || BEFORE_ID.test(text.slice(end, end + 28))
}

/**
 * @param about `isWhole`: what stands around it makes it no part of something longer; `isMeasured`: its length stands
 *   before it
 */
function addSecret(
  view: View,
  found: Findings,
  index: number,
  secret: string,
  run: string,
  {
    encoding,
    isWhole = false,
    isMeasured = false,
  }: { encoding?: string; isWhole?: boolean; isMeasured?: boolean } = {},
): void {
  // what looks like nothing under a name does not look like more without one
  const named = lookOf(secret, true)
  if (named === 'other') return
  const name = nameBefore(view.text, index)
  const isKnown = name !== null || isWhole || isMeasured || isBesideId(view.text, index, index + run.length)
  const look = isKnown ? named : lookOf(secret, false)
  // without a name it must look like one, stand alone, and not be the last line of something longer
  if (look === 'other' || isEncodedData(view.text, index)) return
  if (name === null && (look === 'example' || !(isWhole || standsAlone(view.text, index, run.length)))) return
  const place = locate(view, index, run.length)
  found.secrets.push({
    what: 'secret',
    text: secret,
    view,
    index,
    length: run.length,
    name,
    look,
    ...place,
    encodings: encoding ? [...place.encodings, encoding] : place.encodings,
  })
}

function locate(view: View, index: number, length: number): Located {
  return {
    start: view.offsetOf(index),
    end: view.offsetOf(index + length - 1) + 1,
    encodings: [...view.encodings, ...view.undoneIn(index, index + length)],
  }
}

/** A `data:` URI, or a hash that says so. */
function isEncodedData(text: string, index: number): boolean {
  return /(?:base64,|sha\d*-|md5-|integrity["'\s:=]+)$/i.test(text.slice(Math.max(0, index - 24), index))
}

/** No part of a word with `-` or `_`, nor of wrapped base64 whose other lines are longer. */
function standsAlone(text: string, index: number, length: number): boolean {
  const before = text[index - 1] ?? ''
  const after = text[index + length] ?? ''
  // a line that a patch takes out begins with it, too
  if ((before === '-' && !beginsLine(text, index - 1)) || before === '_' || after === '-' || after === '_') return false
  if (/[A-Za-z0-9+/]{48}[ \t]*["']?[,+\\]?\r?\n[ \t]*["']?$/.test(text.slice(Math.max(0, index - 64), index)))
    return false
  return !/^["']?[,+\\]?\r?\n[ \t]*["']?[A-Za-z0-9+/]{48}/.test(text.slice(index + length, index + length + 64))
}

/** An ID between slashes and pluses of base64 is chance, unless what follows the sign is a secret or a date. */
function isInsideBase64(text: string, index: number): boolean {
  const before = /[+/]/.test(text[index - 1] ?? '') ? text.slice(runStart(text, index), index) : ''
  const after = /[+/=]/.test(text[index + 20] ?? '') ? text.slice(index + 20, runEnd(text, index + 20)) : ''
  if (after.length === 41 && /^[/=]/.test(after)) return looksEncoded(before)
  return looksEncoded(before) || (looksEncoded(after) && !/^\/\d{8}\//.test(after))
}

/** A run is followed so far: its beginning tells what it is. */
const LONGEST_RUN = 200
const isBase64 = (character: string | undefined) => character !== undefined && /[A-Za-z0-9+/=]/.test(character)

function runStart(text: string, index: number): number {
  let start = index
  while (start > index - LONGEST_RUN && isBase64(text[start - 1])) start--
  return start
}

function runEnd(text: string, index: number): number {
  let end = index
  while (end < index + LONGEST_RUN && isBase64(text[end])) end++
  return end
}

/** As random as base64, and no path of words. */
function looksEncoded(text: string): boolean {
  if (text.length < 20 || text.startsWith('//')) return false
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text) && commonPairsIn(text) < text.length * 0.3
}

/**
 * The same thing seen through several views is one; the plainest reading counts. Of two that overlap, the one that
 * covers more of the blob is whole, and the other was cut out of the middle of an escape.
 */
function onceEach<T extends Located & { text: string }>(found: readonly T[]): T[] {
  const kept: T[] = []
  const inOrder = [...found].sort(
    (a, b) => a.start - b.start || b.end - a.end || a.encodings.length - b.encodings.length,
  )
  for (const item of inOrder) {
    const last = kept.at(-1)
    if (!last || item.start >= last.end) kept.push(item)
    else if (isBetter(item, last)) kept[kept.length - 1] = item
  }
  return kept
}

function isBetter(a: Located, b: Located): boolean {
  const [longA, longB] = [a.end - a.start, b.end - b.start]
  return longA !== longB ? longA > longB : a.encodings.length < b.encodings.length
}
