/**
 * Who can become whom: the steps from every principal, in a form that stays small in an account of 10,000.
 *
 * A step leads to one of many alike ("any role that trusts Lambda") far more often than to a certain one. So steps are
 * kept as a set of targets and an answer for all of them but those that a policy singles out, and a search walks over
 * these. Reasons are worked out only for the steps that are shown: see `hops.ts`.
 */

import { NO, type Tri, YES } from '../policy/tri.ts'
import { actionList } from './action-bits.ts'
import { ADMIN_ACTIONS, isAdmin } from './admin.ts'
import { alike, alikeInAll, type Ground, remembered } from './alike.ts'
import { asAttacker } from './attacker.ts'
import { couldAny, effectiveOf } from './effective.ts'
import { ESCALATION_ACTIONS } from './escalations.ts'
import type { Estate, EstatePrincipal } from './estate.ts'
import { ownSteps, type Step, stepInto } from './steps.ts'
import { membersOf, terrainOf } from './terrain.ts'
import { waysToAdmin } from './to-admin.ts'
import type { EntrantKind } from './trust.ts'
import { readTrust } from './trust-steps.ts'

export interface GraphNode {
  index: number
  /** ARN; for those outside the estate an account, `*`, a provider. */
  name: string
  principal: EstatePrincipal | null
  outsider: EntrantKind | null
}

export interface Graph {
  estate: Estate
  nodes: readonly GraphNode[]
  /** Whether a node is an administrator as it stands. */
  full: Uint8Array
  /** Whether it can become one by a step of its own. */
  toAdmin: Uint8Array
  steps: readonly (readonly Step[])[]
  ground: Ground
}

export function buildGraph(of: Estate): Graph {
  const list = actionList([...ESCALATION_ACTIONS, ...ADMIN_ACTIONS])
  const estate = asAttacker(of, list)
  const ground: Ground = {
    effective: effectiveOf(estate, list),
    terrain: new Map([...estate.accounts].map(([id, account]) => [id, terrainOf(account)])),
    answers: new Map(),
  }
  const nodes: GraphNode[] = estate.principals.map((principal, index) => ({
    index,
    name: principal.arn,
    principal,
    outsider: null,
  }))
  const trust = readTrust(estate, ground, nodes)
  const steps: (readonly Step[])[] = nodes.map(() => NO_STEPS)
  const full = new Uint8Array(nodes.length)
  const byKind = new Map<number, { full: Tri; steps: readonly Step[] }>()
  for (const principal of estate.principals) {
    const { kind, index } = principal
    if (kind === 'root') {
      full[index] = YES
      continue
    }
    const known = alikeInAll(principal, ground, byKind, () => ({
      // what the organization takes from everybody is not asked for, so one of them is enough to look closer
      full: couldAny(ground.effective, principal, ADMIN_ACTIONS)
        ? alike<Tri>(principal, ADMIN_ACTIONS, ground, remembered(ground, isAdmin), () => isAdmin(principal))
        : NO,
      steps: [...ownSteps(principal, ground), ...trust.stepsOf(principal)],
    }))
    full[index] = known.full
    steps[index] = known.steps
  }
  for (const [from, targets] of trust.single) {
    const step = stepInto(membersOf([...targets.keys()]), { generic: NO, specific: targets }, YES)
    steps[from] = [...steps[from]!, step]
  }
  const toAdmin = new Uint8Array(nodes.length)
  for (const principal of estate.principals)
    if (principal.kind !== 'root') toAdmin[principal.index] = waysToAdmin({ nodes, full, steps, ground }, principal)
  return { estate, nodes, full, toAdmin, steps, ground }
}

const NO_STEPS: readonly Step[] = []
