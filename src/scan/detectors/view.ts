/**
 * Text as it can be read: plainly, or after an encoding is undone. Every view knows where its characters stand in the
 * blob, so that what is found in the innermost one is still shown at its place.
 */
import { isBase64At, runsIn, tableOf } from './runs.ts'

export interface View {
  /** One character for each byte (Latin-1): what is looked for is ASCII. */
  readonly text: string
  /** How the whole view was written, outermost first. */
  readonly encodings: readonly string[]
  /** Where in the blob the character at `index` stands. */
  offsetOf(index: number): number
  /** What was undone within [from, to), besides `encodings`. */
  undoneIn(from: number, to: number): readonly string[]
}

const NOTHING: readonly string[] = []

/** A part of the blob as it is; `start` is where it begins there. */
export function plainView(text: string, start: number): View {
  return { text, encodings: NOTHING, offsetOf: (index) => start + index, undoneIn: () => NOTHING }
}

/** One place where text was replaced: `at` in the new text stands for `from` in the old one. */
interface Edit {
  at: number
  from: number
  /** Of the replacement in the new text; 0: something was left out. */
  length: number
  name: string
}

/** Replaces matches and remembers where they were. Null: there was nothing to replace. */
export function edited(
  parent: View,
  pattern: RegExp,
  replace: (match: RegExpExecArray) => Replacement | null,
): View | null {
  return withReplaced(parent, replacements(parent.text, pattern, replace))
}

interface Replacement {
  text: string
  name: string
}

function* replacements(text: string, pattern: RegExp, replace: (match: RegExpExecArray) => Replacement | null) {
  for (const match of text.matchAll(pattern)) {
    const by = replace(match)
    if (by !== null) yield { from: match.index, to: match.index + match[0].length, by }
  }
}

/** @param replaced in order, none overlapping another */
function withReplaced(parent: View, replaced: Iterable<{ from: number; to: number; by: Replacement }>): View | null {
  const edits: Edit[] = []
  const parts: string[] = []
  let length = 0
  let done = 0
  for (const { from, to, by } of replaced) {
    parts.push(parent.text.slice(done, from), by.text)
    length += from - done
    edits.push({ at: length, from, length: by.text.length, name: by.name })
    length += by.text.length
    done = to
    // what follows the replacement stands for what follows the match
    edits.push({ at: length, from: done, length: -1, name: '' })
  }
  if (edits.length === 0) return null
  parts.push(parent.text.slice(done))
  return {
    text: parts.join(''),
    encodings: parent.encodings,
    offsetOf(index) {
      const edit = edits[lastAtOrBefore(edits, index)]
      if (!edit) return parent.offsetOf(index)
      return parent.offsetOf(edit.length === -1 ? edit.from + index - edit.at : edit.from)
    },
    undoneIn(from, to) {
      const names = new Set<string>()
      for (let i = Math.max(0, lastAtOrBefore(edits, from)); i < edits.length; i++) {
        const edit = edits[i]!
        if (edit.at >= to) break
        if (edit.length === -1) continue
        // a replacement overlaps; something left out lies strictly inside
        if (edit.length > 0 ? edit.at + edit.length > from : edit.at > from) names.add(edit.name)
      }
      const before = parent.undoneIn(Math.max(0, sourceOf(edits, from)), sourceOf(edits, to))
      return before.length === 0 ? [...names] : [...new Set([...before, ...names])]
    },
  }
}

function sourceOf(edits: readonly Edit[], index: number): number {
  const edit = edits[lastAtOrBefore(edits, index)]
  if (!edit) return index
  return edit.length === -1 ? edit.from + index - edit.at : edit.from
}

/** The last edit that begins at or before `index`; -1: none does. */
function lastAtOrBefore(edits: readonly { at: number }[], index: number): number {
  let low = 0
  let high = edits.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (edits[middle]!.at <= index) low = middle + 1
    else high = middle - 1
  }
  return high
}

const ESCAPE =
  /%([0-9A-Fa-f]{2})|\\{1,8}u(?:([0-9A-Fa-f]{4})|\{([0-9A-Fa-f]{1,6})\})|\\{1,8}x([0-9A-Fa-f]{2})|\\{1,8}(?:([nrtbf"'/])|U([0-9A-Fa-f]{8})|([0-3][0-7]{2}))|&#(\d{1,7});|&#[xX]([0-9A-Fa-f]{1,6});|&(amp|lt|gt|quot|apos|sol|plus|equals|nbsp|NewLine|Tab);|\x1b\[[\d;]*m/g
const SIMPLE: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': '"', "'": "'", '/': '/' }
const ENTITY: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  sol: '/',
  plus: '+',
  equals: '=',
  nbsp: ' ',
  NewLine: '\n',
  Tab: '\t',
}

/**
 * Mail's quoted-printable text: bytes as `=3D`, and lines that go on where they end in `=`. `=` stands before many a
 * value, so it is undone only where there is one of these, which nothing else has.
 * Source: RFC 2045, section 6.7.
 */
const QUOTED_PRINTABLE = /=3D|[A-Za-z0-9+/]=\r?\n[A-Za-z0-9+/]/
/** To look for a text is faster than to look for a pattern. */
const mayBeQuoted = (text: string) => text.includes('=3D') || text.includes('=\n') || text.includes('=\r')
const WITH_QUOTED_PRINTABLE = new RegExp(`${ESCAPE.source}|=(?:([0-9A-F]{2})|\\r?\\n)`, 'g')

/**
 * With percent, `\u`, `\x`, octal and other backslash escapes, quoted-printable text, HTML entities and terminal colours
 * undone, once.
 */
export function unescaped(parent: View): View | null {
  const isQuoted = mayBeQuoted(parent.text) && QUOTED_PRINTABLE.test(parent.text)
  if (!isQuoted && !/[%\\&\x1b]/.test(parent.text)) return null
  return edited(parent, isQuoted ? WITH_QUOTED_PRINTABLE : ESCAPE, (match) => {
    const [whole, percent, u, braced, x, simple, long, octal, decimal, hex, entity, quoted] = match
    if (percent !== undefined) return character(percent, 16, 'percent')
    const unicode = u ?? braced ?? long
    if (unicode !== undefined) return character(unicode, 16, 'unicode-escape')
    if (x !== undefined) return character(x, 16, 'hex-escape')
    if (simple !== undefined) return { text: SIMPLE[simple]!, name: 'backslash-escape' }
    if (octal !== undefined) return character(octal, 8, 'octal-escape')
    if (quoted !== undefined) return character(quoted, 16, 'quoted-printable')
    if (whole.startsWith('=')) return { text: '', name: 'quoted-printable' }
    if (decimal !== undefined) return character(decimal, 10, 'html')
    if (hex !== undefined) return character(hex, 16, 'html')
    if (entity !== undefined) return { text: ENTITY[entity]!, name: 'html' }
    return { text: ' ', name: 'terminal-colour' }
  })
}

/** What is looked for is ASCII; anything else becomes a mark that ends every word. */
function character(digits: string, radix: number, name: string): { text: string; name: string } {
  const code = Number.parseInt(digits, radix)
  return { text: code < 0x100 ? String.fromCharCode(code) : '\u0000', name }
}

/**
 * The end of one literal, an operator or a line's end, and the begin of the next: `"AKIA" + "…"`, `'…' . '…'`,
 * `"…" \`, `"…"` over lines as Python and C join them; with `join(` or `concat(` about, commas too.
 */
const JOINT =
  /["'`]\)?[ \t]{0,80}(?:[+.&|~<>]{1,2}|\\)?[ \t]{0,80}(?:\\?\r?\n[ \t]{0,200}){0,4}(?:[+.&|~<>]{1,2}[ \t]{0,80})?\(?[fFrRbBuUL@$]?["'`]/g
const COMMA_JOINT = /["'`][ \t]{0,80}(?:,|[+.&|~<>]{1,2}|\\)[ \t]{0,80}(?:\\?\r?\n[ \t]{0,200}){0,4}["'`]/g
/** A line that goes on: a backslash (shell, C, properties), a backtick (PowerShell), a caret (cmd.exe). */
const CONTINUATION = /[\\`^]\r?\n[ \t]*/g

/** With literals that are put together by the program shown as one. */
export function joined(parent: View): View | null {
  return joinedBy(parent, /join|concat/i.test(parent.text))
}

/** @param commas whether commas join, as in `join(` and `concat(` */
export function joinedBy(parent: View, commas: boolean): View | null {
  const text = parent.text
  const continued = /[\\`^]\r?\n/.test(text)
    ? edited(parent, CONTINUATION, () => ({ text: '', name: 'line-continuation' }))
    : null
  const pattern = commas ? COMMA_JOINT : JOINT
  const literals = edited(continued ?? parent, pattern, ({ 0: match }) =>
    // two quotes with nothing between are an empty literal, or a quote doubled
    match.length > 2 ? { text: '', name: 'split-literal' } : null,
  )
  return literals ?? continued
}

/**
 * `AKIA`, `ASIA`, `ABIA` and `ACCA` in base64, at the three places they can have in a group of four characters; then
 * the second or first letter of theirs as two-byte text has it, in a group of its own.
 */
const BASE64_FORMS = /(QUtJ|QVNJ|QUJJ|QUND|AEkA|AEMA|AEEA|AEsA|AFMA|AEIA)|(FLSU|FTSU|FCSU|FDQ0)|(BS0l|BU0l|BQkl|BQ0N)/g
const FORM_STARTS = [0, 2, 3]
const IN_BASE64 = tableOf(/[A-Za-z0-9+/_-]/)
const isInBase64 = (text: string, index: number) => IN_BASE64[text.charCodeAt(index)] === 1
/** Base64 is followed so far on either side of what is looked for. */
const BASE64_REACH = 2048
/** Twenty characters take 27 of base64, and the form stands among the first of them. */
const SHORTEST = 24

/** Each piece of base64 that may hold an access key ID, decoded; lines that were wrapped are put together first. */
export function* fromBase64(parent: View): Iterable<View> {
  yield* base64Runs(parent)
  const wraps = wrapsIn(parent.text)
  if (!makesRun(parent.text, wraps)) return
  const unwrapped = withReplaced(parent, wraps.map(asLeftOut))
  if (unwrapped) yield* base64Runs(unwrapped)
}

interface Wrap {
  from: number
  to: number
}

const asLeftOut = ({ from, to }: Wrap) => ({ from, to, by: { text: '', name: 'line-wrap' } })

/** Line ends between two pieces of base64, with blanks and a quote around; `\n` as it is written in a literal, too. */
function wrapsIn(text: string): Wrap[] {
  const wraps: Wrap[] = []
  const add = (end: number, begin: number) => {
    let from = end
    while (isBlank(text, from - 1)) from--
    for (let k = 1; k <= 4; k++) if (!isBase64At(text, from - k)) return
    let to = begin
    while (isBlank(text, to)) to++
    if (text[to] === '"' || text[to] === "'") to++
    if (isBase64At(text, to) && isBase64At(text, to + 1)) wraps.push({ from, to })
  }
  let written = text.indexOf('\\n')
  for (let at = text.indexOf('\n'); at !== -1 || written !== -1; ) {
    if (at === -1 || (written !== -1 && written < at)) {
      add(written, written + 2)
      written = text.indexOf('\\n', written + 2)
      continue
    }
    let end = text[at - 1] === '\r' ? at - 1 : at
    if (text[end - 1] === '\\') end--
    add(end, at + 1)
    at = text.indexOf('\n', at + 1)
  }
  return wraps
}

function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code === 0x20 || code === 0x09
}

/** Whether two pieces, or more, are together long enough to hold anything; words at the ends of lines are not. */
function makesRun(text: string, wraps: readonly Wrap[]): boolean {
  let length = 0
  let end = -1
  for (const { from, to } of wraps) {
    if (end !== from) {
      length = 0
      for (let k = from - 1; isInBase64(text, k) && length < SHORTEST; k--) length++
    }
    for (end = to; isInBase64(text, end) && length < SHORTEST; end++) length++
    if (length >= SHORTEST) return true
  }
  return false
}

/** The forms in what is long enough to hold anything. */
function* formsIn(text: string): Iterable<RegExpExecArray> {
  const runs = runsIn(text, SHORTEST, IN_BASE64)
  for (let i = 0; i < runs.length; i += 2) {
    const start = runs[i]!
    for (const match of text.slice(start, runs[i + 1]).matchAll(BASE64_FORMS)) {
      match.index += start
      yield match
    }
  }
}

function* base64Runs(parent: View): Iterable<View> {
  const { text } = parent
  let done = -1
  let alignment = -1
  for (const match of formsIn(text)) {
    const form = match[1] !== undefined ? 0 : match[2] !== undefined ? 1 : 2
    const group = match.index - FORM_STARTS[form]!
    // the run that the one before lies in was decoded from the same alignment already
    if (match.index < done && (group & 3) === alignment) continue
    const lowest = Math.max(0, match.index - BASE64_REACH)
    let start = match.index
    while (start > lowest && isInBase64(text, start - 1)) start--
    // decoding begins where a group of four does, counted from what was recognised
    start = group - Math.floor((group - start) / 4) * 4
    const highest = Math.min(text.length, match.index + BASE64_REACH)
    let end = match.index + match[0].length
    while (end < highest && isInBase64(text, end)) end++
    if (start > match.index || start < 0 || end - match.index < SHORTEST) continue
    done = end
    alignment = group & 3
    yield decoded(parent, start, end)
  }
  yield* base64Texts(parent)
}

/** Base64 of text that is encoded once more and shows no ID at this depth. */
function* base64Texts(parent: View): Iterable<View> {
  const { text } = parent
  const runs = runsIn(text, 60)
  for (let i = 0; i < runs.length; i += 2) {
    const start = runs[i]!
    let end = runs[i + 1]!
    // a part of a word, or of the other base64
    if (isDash(text, start - 1)) continue
    while (end < runs[i + 1]! + 2 && text[end] === '=') end++
    if (text[end] === '=' || isDash(text, end) || isBase64At(text, end)) continue
    if (isBase64OfText(text.slice(start, start + 80))) yield decoded(parent, start, end)
  }
}

const isDash = (text: string, index: number) => text[index] === '-' || text[index] === '_'

/** Of random bytes, hardly a third can be printed. */
export function isBase64OfText(base64: string): boolean {
  return /^[\t\n\r\x20-\x7e]+$/.test(Buffer.from(base64, 'base64').toString('latin1'))
}

function decoded(parent: View, start: number, end: number): View {
  const bytes = Buffer.from(parent.text.slice(start, end), 'base64')
  const undone = parent.undoneIn(start, end).filter((name) => name !== 'line-wrap')
  return {
    text: bytes.toString('latin1'),
    encodings: [...parent.encodings, ...undone, 'base64'],
    offsetOf: (index) => parent.offsetOf(Math.min(end - 1, start + Math.floor((index * 4) / 3))),
    undoneIn: () => NOTHING,
  }
}

const WIDE_ID = /A\0[KSBC]\0[IC]\0A/
const WIDE_TEXT = { 'utf-16le': /(?:[\x01-\x7f]\0){8,}/g, 'utf-16be': /(?:\0[\x01-\x7f]){8,}/g }

/** The two-byte text (UTF-16) around an access key ID as one-byte text, one line for each piece. */
export function* fromUtf16(parent: View): Iterable<View> {
  if (!WIDE_ID.test(parent.text)) return
  for (const encoding of ['utf-16le', 'utf-16be'] as const) {
    const starts: { at: number; from: number }[] = []
    let text = ''
    for (const { 0: run, index } of parent.text.matchAll(WIDE_TEXT[encoding])) {
      starts.push({ at: text.length, from: index })
      text += `${run.replaceAll('\0', '')}\n`
    }
    if (!/A[KSBC][IC]A/.test(text)) continue
    yield {
      text,
      encodings: [...parent.encodings, encoding],
      offsetOf(index) {
        const { at, from } = starts[Math.max(0, lastAtOrBefore(starts, index))]!
        return parent.offsetOf(from + 2 * (index - at) + (encoding === 'utf-16be' ? 1 : 0))
      },
      undoneIn: () => NOTHING,
    }
  }
}
