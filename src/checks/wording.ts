/** Small pieces of sentences. */

/** `a, b, c and 4 more`. What comes from policies can be of any length, so each is cut. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).map((name) => cut(name, 160))
  if (names.length > most) return `${shown.join(', ')} and ${names.length - most} more`
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}

/** A text of no more than so many characters. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
