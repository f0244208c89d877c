/** Wildcards of the policy language: `*` is any run of characters, also an empty one; `?` is exactly one. */

/** Whether a pattern matches a text. Case-sensitive, linear but for backtracking to the last `*`. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let retry = 0
  while (t < text.length) {
    const c = pattern.charCodeAt(p)
    if (c === STAR) {
      star = p++
      retry = t
    } else if (c === QUESTION_MARK || c === text.charCodeAt(t)) {
      p++
      t++
    } else if (star !== -1) {
      p = star + 1
      t = ++retry
    } else return false
  }
  while (pattern.charCodeAt(p) === STAR) p++
  return p === pattern.length
}

const STAR = 42
const QUESTION_MARK = 63

/**
 * Whether an action pattern (`s3:Get*`) covers an action (`s3:GetObject`), in any case.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesWildcard(pattern.toLowerCase(), action.toLowerCase())
}

/** Whether every text that `narrow` matches is matched by `wide` too (both are patterns). */
export function covers(wide: string, narrow: string): boolean {
  // `narrow` taken as text: its `*` can only be matched by a `*`, its `?` by `?` or `*`
  return matchesWildcard(wide, narrow)
}

/** Whether some text is matched by both patterns. */
export function overlap(a: string, b: string): boolean {
  const width = b.length + 1
  // dead[i * width + j]: the rest of `a` from i and the rest of `b` from j have no text in common
  const dead = new Uint8Array((a.length + 1) * width)
  const pending: [number, number][] = [[0, 0]]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [i, j] = next
    if (dead[i * width + j]) continue
    dead[i * width + j] = 1
    if (i === a.length && j === b.length) return true
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(j)]
    if (x === STAR) pending.push([i + 1, j])
    if (y === STAR) pending.push([i, j + 1])
    if (i === a.length || j === b.length) continue
    if (x === STAR || y === STAR) {
      // one character of the other, taken by the star
      if (x === STAR && y !== STAR) pending.push([i, j + 1])
      if (y === STAR && x !== STAR) pending.push([i + 1, j])
    } else if (x === y || x === QUESTION_MARK || y === QUESTION_MARK) pending.push([i + 1, j + 1])
  }
  return false
}

/** A text that both patterns match, and a short one; null: there is none. */
export function commonText(a: string, b: string): string | null {
  const width = b.length + 1
  const seen = new Set<number>([0])
  let open: (readonly [i: number, j: number, text: string])[] = [[0, 0, '']]
  while (open.length > 0) {
    const next: typeof open = []
    const go = (i: number, j: number, text: string) => {
      if (i > a.length || j > b.length || seen.has(i * width + j)) return
      seen.add(i * width + j)
      next.push([i, j, text])
    }
    for (const [i, j, text] of open) {
      if (i === a.length && j === b.length) return text
      const [x, y] = [a[i], b[j]]
      if (x === '*') go(i + 1, j, text)
      if (y === '*') go(i, j + 1, text)
      if (x === undefined || y === undefined) continue
      if (x === '*' && y !== '*') go(i, j + 1, text + one(y))
      else if (y === '*' && x !== '*') go(i + 1, j, text + one(x))
      else if (x === y || x === '?') go(i + 1, j + 1, text + one(y))
      else if (y === '?') go(i + 1, j + 1, text + x)
    }
    open = next
  }
  return null
}

/** What stands for one character of a pattern that is no `*`. */
function one(character: string): string {
  return character === '?' ? 'x' : character
}
