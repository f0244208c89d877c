/** A place where a leak lies, in words. */
import { isUncommitted, type Leak, type LeakPlace } from '../model/leak.ts'
import { dayOf } from './words.ts'

/** `src/app.py, line 3`; `arn:aws:lambda:…:function:report, environment/AWS_ACCESS_KEY_ID`. */
export function leakPlaceName({ kind, path, member, line }: LeakPlace): string {
  // A variable or parameter has one line, as a rule.
  const where = line === null || (kind === 'account' && line === 1) ? '' : `, line ${line}`
  if (member === null) return `${path}${where}`
  return kind === 'account' ? `${path}, ${member}${where}` : `${path}!/${member}${where}`
}

/** What else is to be said of a place: what lies there, how it is written, since when, and whether it is still there. */
export function placeRemarks(
  leak: Leak,
  { kind, encodings, allowed, commit, author, date, inHead, reachable }: LeakPlace,
): string[] {
  const what = leak.class === 'plausible' ? (leak.hasSecret ? 'with its secret' : 'the ID alone') : leak.reason
  return [
    what,
    ...(encodings.length > 0 ? [`written in ${encodings.join(', ')}`] : []),
    ...(kind === 'git' && commit !== null
      ? [`since ${commit.slice(0, 10)}${date ? ` of ${dayOf(date)}` : ''}${author ? ` by ${author}` : ''}`]
      : []),
    ...(isUncommitted({ kind, commit, reachable })
      ? [uncommittedWords(inHead)]
      : inHead === false
        ? [reachable === false ? 'only in what git still keeps' : 'only in the history']
        : []),
    ...(allowed === null ? [] : [`allowed: ${allowed}`]),
  ]
}

/** Of a place that no commit is known to have. */
export function uncommittedWords(inHead: LeakPlace['inHead']): string {
  return inHead === null ? 'staged' : 'in no commit'
}
