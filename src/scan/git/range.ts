/** Which objects some commits bring that others do not have. */
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
  return listed(repository, ['--end-of-options', since.includes('..') ? since : `${since}..HEAD`, '--'])
}

/**
 * What a push sends.
 * @param pushed what git tells a pre-push hook: lines of local ref, local object ID, remote ref, remote object ID
 * @param remote its name; of an URL, nothing is known of what it has
 * @throws KeyreeveError when git fails
 */
export function objectsPushed(repository: Repository, pushed: string, remote: string): RangeObjects {
  const rows = pushed.split('\n').map((line) => line.split(' '))
  const isOid = (text: string | undefined) => /^[0-9a-f]{40,64}$/.test(text ?? '') && !/^0+$/.test(text ?? '')
  const sent = rows.map((row) => row[1]).filter(isOid) as string[]
  const known = rows.map((row) => row[3]).filter(isOid) as string[]
  if (sent.length === 0) return { oids: [], missing: 0 } // only refs are deleted
  const has = /^[\w.-]+$/.test(remote) ? [`--remotes=${remote}`] : []
  // what the remote has may not be there, when somebody else pushed it
  return listed(repository, ['--ignore-missing', ...sent, '--not', ...known, ...has, '--'])
}

function listed(repository: Repository, args: readonly string[]): RangeObjects {
  const output = git(repository, ['rev-list', '--objects', '--no-object-names', '--missing=print', ...args])
  const lines = output.toString('latin1').split('\n').filter(Boolean)
  const oids = lines.filter((line) => !line.startsWith('?'))
  return { oids, missing: lines.length - oids.length }
}
