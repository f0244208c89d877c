/** A place where a leak lies, in words. */
import type { LeakPlace } from '../model/leak.ts'

/** `src/app.py, line 3`; `arn:aws:lambda:…:function:report, environment/AWS_ACCESS_KEY_ID`. */
export function leakPlaceName({ kind, path, member, line }: LeakPlace): string {
  // A variable has one line, as a rule, and no file to look at.
  const where = line === null || (kind === 'account' && member !== null && line === 1) ? '' : `, line ${line}`
  if (member === null) return `${path}${where}`
  return kind === 'account' ? `${path}, ${member}${where}` : `${path}!/${member}${where}`
}
