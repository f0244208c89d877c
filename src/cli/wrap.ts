/** Breaks text into lines by display width. */
import stringWidth from 'string-width'

/** Lines of at most `width` columns; a word that is wider stands on a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line === '') line = word
    else if (stringWidth(line) + 1 + stringWidth(word) <= width) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  if (line !== '') lines.push(line)
  return lines
}
