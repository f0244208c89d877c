/** Text in columns: everything is measured as a terminal shows it, before colours are added. */
import { createRequire } from 'node:module'

type Measure = typeof import('string-width').default

const ASCII = /^[\x20-\x7e]*$/

// both are made when the first text comes that is not ASCII: they take as long as scanning a small file
let measure: Measure | undefined
let segmenter: Intl.Segmenter | undefined

function stringWidth(text: string): number {
  measure ??= (createRequire(import.meta.url)('string-width') as { default: Measure }).default
  return measure(text)
}

/** What a terminal shows as one character each. */
function* graphemesOf(text: string): Iterable<string> {
  if (ASCII.test(text)) {
    yield* text
    return
  }
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  for (const { segment } of segmenter.segment(text)) yield segment
}

/** Columns that a line of printable text takes. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text)
}

/** The text, filled up with spaces. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + gap : gap + text
}

const COLOR = /\u001b\[\d+m/g

/** Like {@link pad}, for a line that has its colours already. */
export function padPainted(line: string, width: number): string {
  return line + ' '.repeat(Math.max(0, width - widthOf(line.replace(COLOR, ''))))
}

/** The text, cut with `…` where it is too wide. */
export function cut(text: string, width: number): string {
  if (text.length <= width && ASCII.test(text)) return text
  // a character takes two columns at most and a cluster may be of many: only a prefix can fit
  if (text.length <= width * 16 && widthOf(text) <= width) return text
  if (width < 1) return ''
  return `${headOf(text, width - 1)}…`
}

/** As much of the text, from its start, as fits. */
function headOf(text: string, width: number): string {
  if (ASCII.test(text.slice(0, width + 1))) return text.slice(0, width)
  let head = ''
  let used = 0
  for (const segment of graphemesOf(text.slice(0, width * 16))) {
    used += widthOf(segment)
    if (used > width) break
    head += segment
  }
  return head
}

/** The text in lines no wider than `width`, broken at spaces, and within a word only when it alone is too wide. */
export function wrap(text: string, width: number): string[] {
  if (text.length <= width * 16 && widthOf(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of text.split(/ +/)) {
    const wide = widthOf(word)
    if (used > 0 && used + 1 + wide <= width) {
      line += ` ${word}`
      used += 1 + wide
      continue
    }
    if (used > 0) lines.push(line)
    const pieces = wide <= width ? [word] : piecesOf(word, width)
    lines.push(...pieces.slice(0, -1))
    line = pieces.at(-1) ?? ''
    used = widthOf(line)
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}

/** A word in pieces that fit. */
function piecesOf(word: string, width: number): string[] {
  const pieces: string[] = []
  let piece = ''
  let used = 0
  for (const segment of graphemesOf(word)) {
    const wide = widthOf(segment)
    if (used > 0 && used + wide > width) {
      pieces.push(piece)
      piece = ''
      used = 0
    }
    piece += segment
    used += wide
  }
  return [...pieces, piece]
}

/**
 * A shell command in lines no wider than `width`, still fit for copying: broken at spaces with a backslash, and inside
 * a long word so that the shell joins it again.
 */
export function wrapCommand(command: string, width: number, indent: number): string[] {
  const room = width - indent
  if (widthOf(command) <= room) return [' '.repeat(indent) + command]
  const lines: string[] = []
  let line = ' '.repeat(indent)
  let empty = true
  for (const word of shellWords(command)) {
    const space = empty ? 0 : 1
    // two columns stay free for the backslash that may have to follow
    if (widthOf(line) + space + widthOf(word) + 2 <= width) {
      line += (space ? ' ' : '') + word
      empty = false
      continue
    }
    if (!empty) lines.push(`${line} \\`)
    line = ' '.repeat(indent + (lines.length > 0 ? 2 : 0))
    const pieces = splitWord(word, width - widthOf(line) - 2, width - 2)
    for (const piece of pieces.slice(0, -1)) {
      lines.push(`${line}${piece}\\`)
      // the shell joins the parts only when nothing stands before the second
      line = ''
    }
    line += pieces.at(-1)!
    empty = false
  }
  return [...lines, line]
}

/** The words of a command as the shell parts them, quotes kept. */
function shellWords(command: string): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  for (let i = 0; i < command.length; i++) {
    const character = command[i]!
    if (quote === '' && character === ' ') {
      if (word !== '') words.push(word)
      word = ''
      continue
    }
    if (character === '\\' && quote !== "'") word += character + (command[++i] ?? '')
    else {
      if (quote === character) quote = ''
      else if (quote === '' && (character === "'" || character === '"')) quote = character
      word += character
    }
  }
  return word === '' ? words : [...words, word]
}

/** Cuts a word where the shell will join it: in a single-quoted part the quote closes and opens again. */
function splitWord(word: string, firstWidth: number, width: number): string[] {
  const pieces: string[] = []
  let piece = ''
  let quote = ''
  let used = 0
  const segments = [...graphemesOf(word)]
  for (let i = 0; i < segments.length; i++) {
    const escaped = segments[i] === '\\' && quote !== "'" && i + 1 < segments.length
    const atom = escaped ? segments[i]! + segments[++i]! : segments[i]!
    const opens = quote === '' && (atom === "'" || atom === '"')
    // room for the closing quote of this piece
    if (used > 0 && used + widthOf(atom) + 2 > (pieces.length === 0 ? firstWidth : width)) {
      pieces.push(quote === "'" ? `${piece}'` : piece)
      piece = quote === "'" ? "'" : ''
      used = piece.length
    }
    piece += atom
    used += widthOf(atom)
    if (opens) quote = atom
    else if (quote === atom) quote = ''
  }
  return [...pieces, piece]
}
