/** `who-can`: which principals may do something. */
import type { WhoCanAnswer } from '../model/reach.ts'
import { actionNamed } from '../policy/actions/actions.ts'
import { NO, type Tri } from '../policy/tri.ts'
import { actionList, has } from './action-bits.ts'
import { may } from './ask.ts'
import { askOf, canDo } from './can.ts'
import { boundOn, type Effective, effectiveOf } from './effective.ts'
import type { Estate, EstatePrincipal } from './estate.ts'

/**
 * Who may do an action, and who may under conditions. The bound leaves few to ask the engine about.
 * @param effective over a list that holds the action, where there is one already
 */
export function whoCan(
  estate: Estate,
  action: string,
  resource: string | null,
  effective: Effective = effectiveOf(estate, actionList([action])),
): WhoCanAnswer {
  const principals: WhoCanAnswer['principals'] = []
  for (const principal of candidates(estate, action, resource, effective)) {
    if (resource !== null && may(principal, askOf(estate, principal, action, resource)) === NO) continue
    const { principal: arn, action: _, resource: __, ...access } = canDo(estate, principal, action, resource)
    if (access.decision !== 'denied') principals.push({ principal: arn, ...access })
  }
  const rank = { allowed: 0, conditional: 1, denied: 2 }
  principals.sort(
    (a, b) =>
      rank[a.decision] - rank[b.decision] || (a.principal < b.principal ? -1 : a.principal > b.principal ? 1 : 0),
  )
  return { action: actionNamed(action)?.name ?? action, resource, principals }
}

/** Those whom the bound does not rule out; where the resource lets people in by itself, that is everybody. */
function* candidates(
  estate: Estate,
  action: string,
  resource: string | null,
  effective: Effective,
): Iterable<EstatePrincipal> {
  const opensItself = resource !== null && estate.byArn.get(resource)?.trust != null
  for (const principal of estate.principals)
    if (opensItself || boundOn(effective, principal, action) > 0) yield principal
}

/** The same question, answered by yes, no or perhaps only: by the principal's index. */
export function mayWho(estate: Estate, action: string, resource: string, effective: Effective): Uint8Array {
  const answers = new Uint8Array(estate.principals.length)
  const { list, classOf, bounds, isShared } = effective
  const bit = list.number.get(action.toLowerCase())
  const opensItself = estate.byArn.get(resource)?.trust != null
  const known = new Map<number, Tri>()
  for (const principal of estate.principals) {
    const number = classOf[principal.index]!
    if (!opensItself && bit !== undefined && !has(bounds[number]!.maybe, bit)) continue
    // a role's trust policy tells apart those whose own policies are the same
    const isAlike = !opensItself && isShared[number]!
    let tri = isAlike ? known.get(number) : undefined
    if (tri === undefined) {
      tri = may(principal, askOf(estate, principal, action, resource))
      if (isAlike) known.set(number, tri)
    }
    answers[principal.index] = tri
  }
  return answers
}
