/**
 * Text as it can be read: plainly, or after an encoding is undone. Every view knows where its characters stand in the
 * blob, so that what is found in the innermost one is still shown at its place.
 */
import { matchesOf } from './matches.ts'
import { BASE64, bytesOf, isBase64At, runsIn, tableOf } from './runs.ts'

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

/** One place where text was replaced. */
interface Edit {
  /** What stood there in the old text. */
  from: number
  to: number
  /** What stands there in the new text: empty where something was left out. */
  text: string
  name: string
  /** Where that begins. */
  at: number
}

interface Replacement {
  text: string
  name: string
}

/** Replaces matches and remembers where they were. Null: there was nothing to replace. */
function edited(parent: View, pattern: RegExp, replace: (match: string) => Replacement | null): View | null {
  const edits: Edit[] = []
  for (const { index, 0: match } of matchesOf(pattern, parent.text)) {
    const by = replace(match)
    if (by !== null) edits.push({ from: index, to: index + match.length, text: by.text, name: by.name, at: 0 })
  }
  return withEdits(parent, edits)
}

/** @param edits in order, none overlapping another */
function withEdits(parent: View, edits: readonly Edit[]): View | null {
  if (edits.length === 0) return null
  const parts: string[] = []
  let length = 0
  let done = 0
  for (const edit of edits) {
    parts.push(parent.text.slice(done, edit.from), edit.text)
    edit.at = length + edit.from - done
    length = edit.at + edit.text.length
    done = edit.to
  }
  parts.push(parent.text.slice(done))
  return {
    text: parts.join(''), // put together by `+`, each look at a character would be a detour
    encodings: parent.encodings,
    offsetOf: (index) => parent.offsetOf(sourceOf(edits, index)),
    undoneIn(from, to) {
      const names = new Set<string>()
      for (let i = Math.max(0, lastAtOrBefore(edits, from)); i < edits.length; i++) {
        const { at, text, name } = edits[i]!
        if (at >= to) break
        // a replacement overlaps; something left out lies strictly inside
        if (text.length > 0 ? at + text.length > from : at > from) names.add(name)
      }
      const before = parent.undoneIn(Math.max(0, sourceOf(edits, from)), sourceOf(edits, to))
      return before.length === 0 ? [...names] : [...new Set([...before, ...names])]
    },
  }
}

/** Where in the old text the new one's `index` comes from. */
function sourceOf(edits: readonly Edit[], index: number): number {
  const edit = edits[lastAtOrBefore(edits, index)]
  if (!edit) return index
  const behind = index - edit.at - edit.text.length
  return behind < 0 ? edit.from : edit.to + behind
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
  /%[0-9A-Fa-f]{2}|\\{1,8}(?:u(?:[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\})|x[0-9A-Fa-f]{2}|[nrtbf"'/]|U[0-9A-Fa-f]{8}|[0-3][0-7]{2})|&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos|sol|plus|equals|nbsp|NewLine|Tab);|\x1b\[[\d;?]*[A-Za-z]/g
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
const WITH_QUOTED_PRINTABLE = new RegExp(`${ESCAPE.source}|=(?:[0-9A-F]{2}|\\r?\\n)`, 'g')

/**
 * With percent, `\u`, `\x`, octal and other backslash escapes, quoted-printable text, HTML entities and terminal colours
 * undone, once.
 */
export function unescaped(parent: View): View | null {
  const isQuoted = mayBeQuoted(parent.text) && QUOTED_PRINTABLE.test(parent.text)
  if (!isQuoted && !/[%\\&\x1b]/.test(parent.text)) return null
  return edited(parent, isQuoted ? WITH_QUOTED_PRINTABLE : ESCAPE, undone)
}

/** What an escape stands for. */
function undone(written: string): Replacement {
  switch (written[0]) {
    case '%':
      return character(written.slice(1), 16, 'percent')
    case '=':
      return written.length === 3 && written[1] !== '\r'
        ? character(written.slice(1), 16, 'quoted-printable')
        : { text: '', name: 'quoted-printable' }
    case '&':
      return ofEntity(written.slice(1, -1))
    case '\\':
      return ofBackslashes(written)
    default:
      return { text: ' ', name: 'terminal-colour' }
  }
}

function ofEntity(name: string): Replacement {
  if (name[0] !== '#') return { text: ENTITY[name]!, name: 'html' }
  const isHex = name[1] === 'x' || name[1] === 'X'
  return isHex ? character(name.slice(2), 16, 'html') : character(name.slice(1), 10, 'html')
}

function ofBackslashes(written: string): Replacement {
  const at = written.lastIndexOf('\\') + 1
  switch (written[at]) {
    case 'u':
    case 'U':
      return character(written.slice(written[at + 1] === '{' ? at + 2 : at + 1), 16, 'unicode-escape')
    case 'x':
      return character(written.slice(at + 1), 16, 'hex-escape')
    case '0':
    case '1':
    case '2':
    case '3':
      return character(written.slice(at), 8, 'octal-escape')
    default:
      return { text: SIMPLE[written[at]!]!, name: 'backslash-escape' }
  }
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

/**
 * What parts the text of one run of a document from that of the next, in the same paragraph: programs that check spelling
 * begin a new one at signs in a word.
 */
const RUN_JOINT = /<\/([wa]):t>(?:<(?!\/?\1:(?:p|tc|tr|br|tab|cr)[ />])[^<>]{0,300}>){1,16}?<\1:t(?: [^<>]{0,60})?>/g

/** The same in a cell of a sheet, and in a document of LibreOffice, which marks what was written later. */
const CELL_JOINT = /<\/t><\/r><r>(?:<rPr>(?:<(?!\/rPr>)[^<>]{0,200}>){0,16}<\/rPr>)?<t(?: [^<>]{0,60})?>/g
const SPAN = /<\/?text:span(?: [^<>]{0,200})?>/g

const CONTINUED: Replacement = { text: '', name: 'line-continuation' }
const SPLIT: Replacement = { text: '', name: 'split-literal' }

/** With literals that are put together by the program shown as one. */
export function joined(parent: View): View | null {
  return joinedBy(parent, /join|concat/i.test(parent.text))
}

/** @param commas whether commas join, as in `join(` and `concat(` */
export function joinedBy(parent: View, commas: boolean): View | null {
  const text = parent.text
  const continued = /[\\`^]\r?\n/.test(text) ? edited(parent, CONTINUATION, () => CONTINUED) : null
  const pattern = commas ? COMMA_JOINT : JOINT
  // two quotes with nothing between are an empty literal, or a quote doubled
  const literals = edited(continued ?? parent, pattern, (match) => (match.length > 2 ? SPLIT : null)) ?? continued
  const runs = runJointIn(text)
  return (runs ? edited(literals ?? parent, runs, () => SPLIT) : null) ?? literals
}

function runJointIn(text: string): RegExp | null {
  if (/<\/[wa]:t>/.test(text)) return RUN_JOINT
  if (text.includes('</t></r><r>')) return CELL_JOINT
  return text.includes('<text:span') ? SPAN : null
}

/**
 * `AKIA`, `ASIA`, `ABIA` and `ACCA` in base64, at the three places they can have in a group of four characters; then
 * the second or first letter of theirs as two-byte text has it, in a group of its own.
 */
const BASE64_FORMS = [
  { forms: 'QUtJ QVNJ QUJJ QUND AEkA AEMA AEEA AEsA AFMA AEIA', start: 0 },
  { forms: 'FLSU FTSU FCSU FDQ0', start: 2 },
  { forms: 'BS0l BU0l BQkl BQ0N', start: 3 },
]
/** Of each form, how far behind the beginning of a group it stands. */
const FORM_STARTS = new Map(BASE64_FORMS.flatMap(({ forms, start }) => forms.split(' ').map((form) => [form, start])))
const BEGINS_FORM = tableOf(/[QAFB]/)
const IN_BASE64 = tableOf(/[A-Za-z0-9+/_-]/)
const isInBase64 = (text: string, index: number) => IN_BASE64[text.charCodeAt(index)] === 1
/** Base64 is followed so far on either side of what is looked for. */
const BASE64_REACH = 2048
/** Twenty characters take 27 of base64, and the form stands among the first of them. */
const SHORTEST = 24

/**
 * Each piece of base64 that may hold an access key ID, decoded; lines that were wrapped are put together first.
 * @param runs of base64 in the text, all those of 60 characters and more
 */
export function* fromBase64(parent: View, runs: readonly number[]): Iterable<View> {
  yield* base64Runs(parent, runs)
  for (const chain of chainsIn(parent.text)) {
    const unwrapped = withoutWraps(parent, chain)
    yield* base64Runs(unwrapped, runsIn(unwrapped.text, SHORTEST_TEXT))
  }
}

interface Wrap {
  from: number
  to: number
}

/** Pieces of base64 with the line ends between them. */
interface Chain extends Wrap {
  wraps: Wrap[]
}

/** Those that are together long enough to hold anything; words at the ends of lines are not. */
function chainsIn(text: string): Chain[] {
  const chains: Chain[] = []
  const bytes = bytesOf(text)
  const wraps = wrapsIn(text, bytes)
  for (let i = 0; i < wraps.length; ) {
    const { from } = wraps[i]!
    let start = from
    while (start > 0 && IN_BASE64[bytes[start - 1]!] === 1) start--
    const chain: Chain = { from: start, to: start, wraps: [] }
    let length = from - start
    do {
      const wrap = wraps[i++]!
      let end = wrap.to
      while (IN_BASE64[bytes[end]!] === 1) end++
      length += end - wrap.to
      chain.to = end
      chain.wraps.push(wrap)
    } while (i < wraps.length && wraps[i]!.from === chain.to)
    if (length >= SHORTEST) chains.push(chain)
  }
  return chains
}

/** Line ends between two pieces of base64, with blanks and a quote around; `\n` as it is written in a literal, too. */
function wrapsIn(text: string, bytes: Uint8Array): Wrap[] {
  const wraps: Wrap[] = []
  let written = text.indexOf('\\n')
  for (let at = text.indexOf('\n'); at !== -1 || written !== -1; ) {
    if (at === -1 || (written !== -1 && written < at)) {
      addWrap(bytes, written, written + 2, wraps)
      written = text.indexOf('\\n', written + 2)
      continue
    }
    let end = at
    if (end > 0 && bytes[end - 1] === RETURN) end--
    if (end > 0 && bytes[end - 1] === BACKSLASH) end--
    addWrap(bytes, end, at + 1, wraps)
    at = text.indexOf('\n', at + 1)
  }
  return wraps
}

/** @param end of a line, and `begin` of the next */
function addWrap(bytes: Uint8Array, end: number, begin: number, wraps: Wrap[]): void {
  let from = end
  while (from > 0 && isBlank(bytes[from - 1]!)) from--
  if (from < 4) return
  for (let k = 1; k <= 4; k++) if (BASE64[bytes[from - k]!] === 0) return
  let to = begin
  while (isBlank(bytes[to]!)) to++
  if (bytes[to] === QUOTE || bytes[to] === APOSTROPHE) to++
  if (BASE64[bytes[to]!] === 1 && BASE64[bytes[to + 1]!] === 1) wraps.push({ from, to })
}

const [TAB, RETURN, SPACE, QUOTE, APOSTROPHE, BACKSLASH] = [0x09, 0x0d, 0x20, 0x22, 0x27, 0x5c]
const isBlank = (byte: number) => byte === SPACE || byte === TAB

/** What stands behind base64 tells what it is: two signs of its end, and another character. */
const BEHIND = 3

/** A chain by itself, its pieces put together. */
function withoutWraps(parent: View, { from, to, wraps }: Chain): View {
  const chain: View = {
    text: parent.text.slice(from, to + BEHIND),
    encodings: parent.encodings,
    offsetOf: (index) => parent.offsetOf(from + index),
    undoneIn: (start, end) => parent.undoneIn(from + start, from + end),
  }
  const leftOut = wraps.map((wrap) => ({
    from: wrap.from - from,
    to: wrap.to - from,
    text: '',
    name: 'line-wrap',
    at: 0,
  }))
  return withEdits(chain, leftOut)!
}

interface Form {
  index: number
  /** Where its group begins, or would begin. */
  group: number
}

/** The forms in what is long enough to hold anything. */
function formsIn(text: string): Form[] {
  const forms: Form[] = []
  const runs = runsIn(text, SHORTEST, IN_BASE64)
  if (runs.length === 0) return forms
  const bytes = bytesOf(text)
  for (let i = 0; i < runs.length; i += 2) {
    const end = runs[i + 1]! - 4
    for (let index = runs[i]!; index <= end; index++) {
      if (BEGINS_FORM[bytes[index]!] === 0) continue
      const start = FORM_STARTS.get(text.slice(index, index + 4))
      if (start === undefined) continue
      forms.push({ index, group: index - start })
      index += 3 // the next begins behind it
    }
  }
  return forms
}

function* base64Runs(parent: View, runs: readonly number[]): Iterable<View> {
  const { text } = parent
  let done = -1
  let alignment = -1
  for (const { index, group } of formsIn(text)) {
    // the run that the one before lies in was decoded from the same alignment already
    if (index < done && (group & 3) === alignment) continue
    const lowest = Math.max(0, index - BASE64_REACH)
    let start = index
    while (start > lowest && isInBase64(text, start - 1)) start--
    // decoding begins where a group of four does, counted from what was recognised
    start = group - Math.floor((group - start) / 4) * 4
    const highest = Math.min(text.length, index + BASE64_REACH)
    let end = index + 4
    while (end < highest && isInBase64(text, end)) end++
    if (start > index || start < 0 || end - index < SHORTEST) continue
    done = end
    alignment = group & 3
    yield decoded(parent, start, end)
  }
  yield* base64Texts(parent, runs)
}

/** So long is text in base64 at least. */
const SHORTEST_TEXT = 60

/** Base64 of text that is encoded once more and shows no ID at this depth. */
function* base64Texts(parent: View, runs: readonly number[]): Iterable<View> {
  const { text } = parent
  for (let i = 0; i < runs.length; i += 2) {
    const start = runs[i]!
    let end = runs[i + 1]!
    // a part of a word, or of the other base64
    if (end - start < SHORTEST_TEXT || isDash(text, start - 1)) continue
    while (end < runs[i + 1]! + 2 && text[end] === '=') end++
    if (text[end] === '=' || isDash(text, end) || isBase64At(text, end)) continue
    if (isBase64OfText(text.slice(start, start + 80))) yield decoded(parent, start, end)
  }
}

const isDash = (text: string, index: number) => text[index] === '-' || text[index] === '_'

/** The first characters of groups that hold a character below 0x80. */
const OF_TEXT = tableOf(/[A-Za-f]/)

/**
 * Of random bytes, hardly a third can be printed.
 * @param base64 36 characters of it, and perhaps more
 */
export function isBase64OfText(base64: string): boolean {
  for (let i = 0; i < 36; i += 4) if (OF_TEXT[base64.charCodeAt(i)] === 0) return false
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

/** An access key ID as it is in hexadecimal. */
const HEX_ID = /41(?:4[Bb]49|5349|4249|4343)41(?:3[2-7]|4[1-9A-Fa-f]|5[0-9Aa]){16}/g
const SHORTEST_HEX = 40
const IN_HEX = tableOf(/[0-9A-Fa-f]/)
const isInHex = (text: string, index: number) => IN_HEX[text.charCodeAt(index)] === 1

/**
 * What is around each access key ID in hexadecimal, decoded: dumps of databases have whole files written so.
 * @param runs of base64 in the text
 */
export function* fromHex(parent: View, runs: readonly number[]): Iterable<View> {
  for (let i = 0; i < runs.length; i += 2) {
    const [from, to] = [runs[i]!, runs[i + 1]!]
    if (to - from < SHORTEST_HEX) continue
    let done = from
    for (const { index } of matchesOf(HEX_ID, parent.text.slice(from, to))) {
      if (from + index < done) continue
      let start = from + index
      while (start >= done + 2 && isInHex(parent.text, start - 1) && isInHex(parent.text, start - 2)) start -= 2
      done = from + index + SHORTEST_HEX
      while (done + 2 <= to && isInHex(parent.text, done) && isInHex(parent.text, done + 1)) done += 2
      yield ofHex(parent, start, done)
    }
  }
}

function ofHex(parent: View, start: number, end: number): View {
  return {
    text: Buffer.from(parent.text.slice(start, end), 'hex').toString('latin1'),
    encodings: [...parent.encodings, ...parent.undoneIn(start, end), 'hex'],
    offsetOf: (index) => parent.offsetOf(start + 2 * index),
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
    for (const { 0: run, index } of matchesOf(WIDE_TEXT[encoding], parent.text)) {
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
