/** Which objects the commits after a revision bring. */
import { git } from './git-process.ts'
import type { Repository } from './repository.ts'

export interface RangeObjects {
  oids: string[]
  /** Objects that are not there, as in a partial clone. */
  missing: number
}

/**
 * @param since a revision, for all that HEAD has and it has not; or a range as git takes them, `A..B`
 * @throws KeyreeveError when git does not know it
 */
export function objectsSince(repository: Repository, since: string): RangeObjects {
  const range = since.includes('..') ? since : `${since}..HEAD`
  const args = ['rev-list', '--objects', '--no-object-names', '--missing=print', '--end-of-options', range, '--']
  const lines = git(repository, args).toString('latin1').split('\n').filter(Boolean)
  const oids = lines.filter((line) => !line.startsWith('?'))
  return { oids, missing: lines.length - oids.length }
}
