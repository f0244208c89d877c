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
