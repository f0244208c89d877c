/** Which roles somebody can come to hold, one after the other, by assuming them. */
import { NO } from '../policy/tri.ts'
import type { Estate, EstatePrincipal } from './estate.ts'
import { buildGraph } from './graph.ts'
import { adminsOf } from './paths.ts'
import { assumeRole } from './trust-steps.ts'

/**
 * ARNs, those that may be assumed under conditions included; sorted.
 * @param arn of a user or role; null: it is not in the estate
 */
export function assumableRoles(estate: Estate, arn: string): string[] | null {
  const start = estate.byArn.get(arn)
  if (!start) return null
  const roles = estate.principals.filter(({ kind }) => kind === 'role')
  const found = new Set<EstatePrincipal>()
  const open: EstatePrincipal[] = [start]
  for (let from = open.pop(); from !== undefined; from = open.pop())
    for (const role of roles)
      if (role !== start && !found.has(role) && assumeRole(from, role) !== NO) {
        found.add(role)
        open.push(role)
      }
  return [...found].map((role) => role.arn).sort()
}

/** Whether it is an administrator, and no other user or role of its account is one. */
export function isOnlyAdmin(estate: Estate, arn: string): boolean {
  const { admins } = adminsOf(buildGraph(estate))
  return admins.length === 1 && admins[0] === arn
}
