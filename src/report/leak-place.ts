/** A place where a leak lies, in words. */
import type { LeakPlace } from '../model/leak.ts'

/** `src/app.py, line 3`; `arn:aws:lambda:…:function:report, environment/AWS_ACCESS_KEY_ID`. */
export function leakPlaceName({ kind, path, member, line }: LeakPlace): string {
  // A variable or parameter has one line, as a rule.
  const where = line === null || (kind === 'account' && line === 1) ? '' : `, line ${line}`
  if (member === null) return `${path}${where}`
  return kind === 'account' ? `${path}, ${member}${where}` : `${path}!/${member}${where}`
}
