/**
 * Who is an administrator, by what it may do: whoever may change the rights of any user, role and policy may do
 * everything. Names of policies do not count, and neither does what a boundary or the organization takes away.
 */
import type { CompiledPolicy } from '../policy/compile.ts'
import { compilePolicy } from '../policy/compile.ts'
import { parsePolicy } from '../policy/parse.ts'
import type { PolicyInput, RequestPolicies } from '../policy/request.ts'
import { and, NO, type Tri, YES } from '../policy/tri.ts'
import { may, NOBODY } from './ask.ts'
import type { EstatePrincipal } from './estate.ts'

export const ALLOW_EVERYTHING: PolicyInput = {
  name: 'everything',
  policy: compiled({ Effect: 'Allow', Action: '*', Resource: '*' }),
}

/** A role's trust policy, or any resource's, that lets somebody in. */
export function letIn(principal: object | string, Action = 'sts:AssumeRole'): PolicyInput {
  return { name: 'trust', policy: compiled({ Effect: 'Allow', Principal: principal, Action }) }
}

function compiled(statement: object): CompiledPolicy {
  return compilePolicy(parsePolicy({ Version: '2012-10-17', Statement: [statement] }))
}

/** The whole of IAM is in these: each on whatever user, role or policy there is. */
const PROBES: readonly [action: string, on: 'user' | 'role' | 'policy'][] = [
  ['iam:AttachUserPolicy', 'user'],
  ['iam:PutUserPolicy', 'user'],
  ['iam:AttachRolePolicy', 'role'],
  ['iam:PutRolePolicy', 'role'],
  ['iam:UpdateAssumeRolePolicy', 'role'],
  ['iam:PassRole', 'role'],
  ['iam:CreatePolicyVersion', 'policy'],
]

export const ADMIN_ACTIONS: readonly string[] = PROBES.map(([action]) => action)

export interface Rights {
  identity?: readonly PolicyInput[]
  boundary?: RequestPolicies['boundary']
}

function asked({ account: { partition, accountId } }: EstatePrincipal, [action, on]: (typeof PROBES)[number]) {
  return { action, resource: `arn:${partition}:iam::${accountId}:${on}/${NOBODY}`, context: chosenIn(partition) }
}

/** Whether the organization lets anyone in the account do it. */
function isPossible(principal: EstatePrincipal, probe: (typeof PROBES)[number]): boolean {
  return may(principal, { ...asked(principal, probe), identity: ONLY_EVERYTHING, boundary: null }) !== NO
}

/** What an administrator of the account may do to identities, as far as the organization lets anyone do it. */
export function adminActionsOf(principal: EstatePrincipal): string[] {
  return PROBES.filter((probe) => isPossible(principal, probe)).map(([action]) => action)
}

/** Whether it may do whatever the organization lets anyone in its account do to identities. */
export function isAdmin(principal: EstatePrincipal, rights: Rights = {}): Tri {
  if (principal.kind === 'root') return YES
  let answer: Tri = YES
  let possible = false
  for (const probe of PROBES) {
    const tri = may(principal, { ...asked(principal, probe), ...rights })
    if (tri !== NO) possible = true
    // what nobody in the account may do is no sign of weakness
    else if (!isPossible(principal, probe)) continue
    answer = and(answer, tri)
    if (answer === NO) return NO
  }
  return possible ? answer : NO
}

const ONLY_EVERYTHING = [ALLOW_EVERYTHING]
const CHOSEN = new Map<string, Readonly<Record<string, string>>>()

/** The policy that one who may attach one attaches. */
export function chosenIn(partition: string): Readonly<Record<string, string>> {
  let chosen = CHOSEN.get(partition)
  if (!chosen) {
    chosen = { 'iam:policyarn': `arn:${partition}:iam::aws:policy/AdministratorAccess` }
    CHOSEN.set(partition, chosen)
  }
  return chosen
}

/** Whether it would be an administrator if it had a policy that allows everything: boundary, Deny and SCPs remain. */
export function canBecomeAdmin(principal: EstatePrincipal, boundary = principal.policies.boundary): Tri {
  if (principal.kind === 'root') return NO
  return isAdmin(principal, { identity: [...principal.policies.identity, ALLOW_EVERYTHING], boundary })
}
