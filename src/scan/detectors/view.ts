/**
 * Text as it can be read: plainly, or after an encoding is undone. Every view knows where its characters stand in the
 * blob, so that what is found in the innermost one is still shown at its place.
 */

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
  replace: (match: RegExpExecArray) => { text: string; name: string } | null,
): View | null {
  const edits: Edit[] = []
  const parts: string[] = []
  let length = 0
  let done = 0
  for (const match of parent.text.matchAll(pattern)) {
    const by = replace(match)
    if (by === null) continue
    parts.push(parent.text.slice(done, match.index), by.text)
    length += match.index - done
    edits.push({ at: length, from: match.index, length: by.text.length, name: by.name })
    length += by.text.length
    done = match.index + match[0].length
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
function lastAtOrBefore(edits: readonly Edit[], index: number): number {
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
  /%([0-9A-Fa-f]{2})|\\+u\{?([0-9A-Fa-f]{4,6})\}?|\\+x([0-9A-Fa-f]{2})|\\+(?:([nrtbf"'/])|U([0-9A-Fa-f]{8}))|&#(\d{1,7});|&#[xX]([0-9A-Fa-f]{1,6});|&(amp|lt|gt|quot|apos|sol|plus|equals|nbsp|NewLine|Tab);|\x1b\[[\d;]*m/g
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

/** With percent, `\u`, `\x` and other backslash escapes, HTML entities and terminal colours undone, once. */
export function unescaped(parent: View): View | null {
  if (!/[%\\&\x1b]/.test(parent.text)) return null
  return edited(parent, ESCAPE, (match) => {
    const [, percent, u, x, simple, long, decimal, hex, entity] = match
    if (percent !== undefined) return character(percent, 16, 'percent')
    if (u !== undefined || long !== undefined) return character(u ?? long!, 16, 'unicode-escape')
    if (x !== undefined) return character(x, 16, 'hex-escape')
    if (simple !== undefined) return { text: SIMPLE[simple]!, name: 'backslash-escape' }
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
  /["'`]\)?[ \t]*(?:[+.&|~<>]{1,2}|\\)?[ \t]*(?:\\?\r?\n[ \t]*)*(?:[+.&|~<>]{1,2}[ \t]*)?\(?[fFrRbBuUL@$]?["'`]/g
const COMMA_JOINT = /["'`][ \t]*(?:,|[+.&|~<>]{1,2}|\\)[ \t]*(?:\\?\r?\n[ \t]*)*["'`]/g
/** A line that goes on: a backslash (shell, C, properties), a backtick (PowerShell), a caret (cmd.exe). */
const CONTINUATION = /[\\`^]\r?\n[ \t]*/g

/** With literals that are put together by the program shown as one. */
export function joined(parent: View): View | null {
  const text = parent.text
  const continued = /[\\`^]\r?\n/.test(text)
    ? edited(parent, CONTINUATION, () => ({ text: '', name: 'line-continuation' }))
    : null
  const pattern = /join|concat/i.test(text) ? COMMA_JOINT : JOINT
  const literals = edited(continued ?? parent, pattern, ({ 0: match }) =>
    // two quotes with nothing between are an empty literal, or a quote doubled
    match.length > 2 ? { text: '', name: 'split-literal' } : null,
  )
  return literals ?? continued
}

/** `AKIA`, `ASIA`, `ABIA` and `ACCA` in base64, at the three places they can have in a group of four characters. */
const BASE64_FORMS = /(QUtJ|QVNJ|QUJJ|QUND)|(FLSU|FTSU|FCSU|FDQ0)|(BS0l|BU0l|BQkl|BQ0N)/g
const FORM_STARTS = [0, 2, 3]
const IN_BASE64 = /[A-Za-z0-9+/_-]/
const WRAP = /(?<=[A-Za-z0-9+/]{4})[ \t]*(?:\\n|\\?\r?\n)[ \t]*["']?(?=[A-Za-z0-9+/]{2})/g
/** A line of base64 is at most this long on either side of what is looked for. */
const BASE64_REACH = 2048

/** Each piece of base64 that holds an access key ID, decoded; lines that were wrapped are put together first. */
export function* fromBase64(parent: View): Iterable<View> {
  const seen = new Set<number>()
  yield* base64Runs(parent, seen)
  if (!/[\n]|\\n/.test(parent.text)) return
  const unwrapped = edited(parent, WRAP, () => ({ text: '', name: 'line-wrap' }))
  if (unwrapped) yield* base64Runs(unwrapped, new Set())
}

function* base64Runs(parent: View, seen: Set<number>): Iterable<View> {
  const { text } = parent
  for (const match of text.matchAll(BASE64_FORMS)) {
    const form = match[1] !== undefined ? 0 : match[2] !== undefined ? 1 : 2
    const group = match.index - FORM_STARTS[form]!
    const lowest = Math.max(0, match.index - BASE64_REACH)
    let start = match.index
    while (start > lowest && IN_BASE64.test(text[start - 1]!)) start--
    // decoding begins where a group of four does, counted from what was recognised
    start = group - Math.floor((group - start) / 4) * 4
    if (start > match.index || start < 0) continue
    const highest = Math.min(text.length, match.index + BASE64_REACH)
    let end = match.index + match[0].length
    while (end < highest && IN_BASE64.test(text[end]!)) end++
    if (end - match.index < 27 || seen.has(start)) continue
    seen.add(start)
    yield decoded(parent, start, end)
  }
}

function decoded(parent: View, start: number, end: number): View {
  const bytes = Buffer.from(parent.text.slice(start, end), 'base64')
  const encodings = [
    ...parent.encodings,
    ...parent.undoneIn(start, end).filter((name) => name !== 'line-wrap'),
    'base64',
  ]
  return {
    text: bytes.toString('latin1'),
    encodings,
    offsetOf: (index) => parent.offsetOf(Math.min(end - 1, start + Math.floor((index * 4) / 3))),
    undoneIn: () => NOTHING,
  }
}

const WIDE_ID = /A\0[KSBC]\0[IC]\0A/g

/** Each stretch of two-byte text (UTF-16) that holds an access key ID, as one-byte text. */
export function* fromUtf16(parent: View): Iterable<View> {
  const { text } = parent
  let done = 0
  for (const { index } of text.matchAll(WIDE_ID)) {
    if (index < done) continue
    let start = index
    while (start >= 2 && text[start - 1] === '\0' && text[start - 2] !== '\0') start -= 2
    let end = index + 2
    while (end < text.length && text[end - 1] === '\0' && text[end] !== '\0') end += 2
    done = end
    const from = start
    let narrow = ''
    for (let i = start; i < end && i < text.length; i += 2) narrow += text[i]
    const order = parent.offsetOf(from) % 2 === 0 ? 'utf-16le' : 'utf-16be'
    yield {
      text: narrow,
      encodings: [...parent.encodings, order],
      offsetOf: (i) => parent.offsetOf(from + 2 * i),
      undoneIn: () => NOTHING,
    }
  }
}
