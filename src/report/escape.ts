/**
 * Names, tags and messages come from the account: anybody who may create a user or a policy chooses them. Each format
 * makes them harmless here, in one place. JSON needs nothing: `JSON.stringify` is faithful and safe.
 */

/** What a terminal, or an eye, takes for something other than a letter: controls, bidi, invisible, private, unassigned. */
const UNPRINTABLE =
  /[\p{C}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu
/** Spaces that are no space: they would misalign columns and forge words. */
const ODD_SPACE = /[^\S ]|[\u1680\u2000-\u200a\u202f\u205f\u3000]/g
/** A pile of combining marks paints over the lines above and below. */
const PILED_MARKS = /(\p{M}{2})\p{M}+/gu

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/**
 * One line of plain text: what cannot be printed shows as `\n`, `\x1b`, `\u{202e}`.
 * For terminals, and for the cells of tables that people read.
 */
export function printable(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text
  return text.replace(UNPRINTABLE, escapeSequence).replace(ODD_SPACE, ' ').replace(PILED_MARKS, '$1')
}

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeSequence(character: string): string {
  const code = character.codePointAt(0)!
  const hex = code.toString(16)
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`)
}

/** Longer than anything AWS allows for a name, a path or a tag: what is longer is cut for people, never for programs. */
const LONGEST = 1500

/** Like {@link printable}, and of bounded length: for a page that a person reads. */
export function readable(text: string): string {
  if (text.length <= LONGEST) return printable(text)
  return `${printable(text.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, ''))}…`
}

/** A command as it is shown to be copied: what cannot be printed becomes `?`, as an escape would change its meaning. */
export function printableCommand(command: string): string {
  if (PRINTABLE_ASCII.test(command)) return command
  return command.replace(UNPRINTABLE, '?').replace(ODD_SPACE, ' ').replace(PILED_MARKS, '$1')
}

/** What spreadsheets take for a formula, also in full width, and behind spaces. */
const FORMULA = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/

/** A CSV cell: one line, and never a formula. The quotes are the CSV library's business. */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return ''
  const text = printable(String(value))
  return typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text
}

/** Running Markdown text: no markup, no HTML, no link, no mention. */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>|~#&!$:]|(?<=www)\.|(?<=^\s*)[-+=]|(?<=^\s*\d+)[.)]/gi, '\\$&')
    .replace(/@(?=[\w-])/g, '@<!-- -->')
}

/** A Markdown code span that its content cannot leave; `inTable` also keeps the cell together. */
export function markdownCode(text: string, inTable = false): string {
  // a backslash before the pipe would escape the escape: GitHub's tables are split before code is seen
  const content = inTable ? printable(text).replace(/(\\*)\|/g, '$1$1\\|') : printable(text)
  if (content.trim() === '') return '` `'
  const longest = Math.max(0, ...(content.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  const padding = longest > 0 || content.startsWith(' ') || content.endsWith(' ') ? ' ' : ''
  return fence + padding + content + padding + fence
}
