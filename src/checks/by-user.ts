/** Lists of an account, grouped by the user they belong to; each list once. */
import type { Dossier } from '../model/dossier.ts'

const cache = new WeakMap<readonly unknown[], Map<string | null, unknown[]>>()

function grouped<T>(list: readonly T[], userNameOf: (item: T) => string | null): Map<string | null, T[]> {
  let groups = cache.get(list) as Map<string | null, T[]> | undefined
  if (!groups) {
    groups = new Map()
    for (const item of list) {
      const name = userNameOf(item)
      const group = groups.get(name)
      if (group) group.push(item)
      else groups.set(name, [item])
    }
    cache.set(list, groups)
  }
  return groups
}

/** By user name; `null` is root. The list must not change afterwards. */
export function byUser<T extends { userName: string | null }>(list: readonly T[]): Map<string | null, T[]> {
  return grouped(list, ({ userName }) => userName)
}

/** Access keys by user name; `null` is root. */
export function keysByUser(dossiers: readonly Dossier[]): Map<string | null, Dossier[]> {
  return grouped(dossiers, ({ owner }) => (owner.kind === 'root' ? null : owner.name))
}
