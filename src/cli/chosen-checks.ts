import { CHECKS } from '../checks/index.ts'
import { KeyreeveError } from '../model/errors.ts'
import { nearest } from './nearest.ts'

/** The checks that `--check` names. @throws KeyreeveError (`usage`) for one that does not exist */
export function chosenChecks(ids: readonly string[] | undefined): string[] | undefined {
  if (!ids) return undefined
  const known = CHECKS.map(({ id }) => id)
  for (const id of ids) {
    if (known.includes(id)) continue
    const near = nearest(id, known)
    throw new KeyreeveError('usage', `there is no check \`${id}\``, {
      hint: near ? `did you mean \`${near}\`?` : '`keyreeve explain` lists all checks',
    })
  }
  return [...ids]
}
