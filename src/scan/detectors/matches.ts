/**
 * All matches of a pattern. Not `matchAll`, which makes a copy of the pattern each time.
 * @param pattern global, and matches nothing that is empty
 */
export function matchesOf(pattern: RegExp, text: string): RegExpExecArray[] {
  const matches: RegExpExecArray[] = []
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) matches.push(match)
  return matches
}
