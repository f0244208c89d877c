/**
 * The policy simulator, on the policies of the world.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 *
 * As AWS's, it takes a condition key that is not given as absent, names it, and leaves resource control policies and
 * trust out.
 */
import type * as iam from '@aws-sdk/client-iam'
import {
  actionNamed,
  type Decision,
  evaluate,
  type PolicyInput,
  type Principal,
  type Reason,
  type Request,
  type RequestPolicies,
  type Source,
} from '../../../policy/index.ts'
import {
  boundaryOf,
  documentOf,
  identityPolicies,
  principalOf,
  serviceControlPolicies,
} from '../../authorization/policies.ts'
import { accountOfResource } from '../../authorization/resources.ts'
import type { Call, Handlers } from '../../call.ts'
import { type Group, nameKey, type Role, type User } from '../../state.ts'
import { invalidInput, noSuchEntity, pageOfList } from './find.ts'
import { checkPolicyDocument } from './policy-document.ts'

type Input = iam.SimulatePrincipalPolicyCommandInput | iam.SimulateCustomPolicyCommandInput

export const simulate: Handlers<typeof iam> = {
  SimulatePrincipalPolicy(call, input) {
    const identity = findIdentity(call, input.PolicySourceArn!)
    const own = 'groupName' in identity ? null : boundaryOf(call.world, call.account, identity)
    return results(call, input, principalFor(call, identity), {
      identity: [...identityPolicies(call.world, call.account, identity), ...given(call, input.PolicyInputList)],
      boundary: input.PermissionsBoundaryPolicyInputList
        ? given(call, input.PermissionsBoundaryPolicyInputList, 'boundary')
        : own,
      scps: serviceControlPolicies(call.world, call.account.accountId),
      managementAccount: call.world.organization?.managementAccountId ?? null,
    })
  },

  SimulateCustomPolicy(call, input) {
    const caller = input.CallerArn === undefined ? null : findIdentity(call, input.CallerArn)
    return results(call, input, principalFor(call, caller), {
      identity: given(call, input.PolicyInputList),
      boundary: input.PermissionsBoundaryPolicyInputList
        ? given(call, input.PermissionsBoundaryPolicyInputList, 'boundary')
        : null,
      scps: [],
      managementAccount: null,
    })
  },
}

type Simulated = Pick<RequestPolicies, 'identity' | 'boundary' | 'scps' | 'managementAccount'>

function results(call: Call, input: Input, principal: Principal, policies: Simulated) {
  for (const action of input.ActionNames ?? [])
    if (!/^[\w-]+:[\w*]+$/.test(action)) throw invalidInput(`The action ${action} is not a valid action.`)
  const resource = input.ResourcePolicy === undefined ? null : given(call, [input.ResourcePolicy], 'resource')[0]!
  const asked = (input.ActionNames ?? []).flatMap((action) =>
    (input.ResourceArns ?? ['*']).map((arn) => ({ action, arn })),
  )
  const [found, more] = pageOfList(asked, input)
  const context = Object.fromEntries(
    (input.ContextEntries ?? []).map(({ ContextKeyName, ContextKeyValues }) => [
      ContextKeyName!,
      ContextKeyValues?.length === 1 ? ContextKeyValues[0]! : (ContextKeyValues ?? []),
    ]),
  )
  const all: RequestPolicies = { ...policies, session: null, rcps: [], resource, endpoint: null }
  return {
    EvaluationResults: found.map(({ action, arn }) => {
      const request: Request = {
        principal,
        action,
        resource: arn,
        resourceAccount: input.ResourceOwner?.match(/\d{12}/)?.[0] ?? accountOfResource(arn) ?? call.account.accountId,
        context,
        contextIs: 'closed',
      }
      return resultOf(request, all)
    }),
    ...more,
  }
}

function resultOf(request: Request, policies: RequestPolicies) {
  const decision = evaluate(request, policies)
  const { conditions } = evaluate({ ...request, contextIs: 'open' }, policies)
  const allowedBy = (source: Source) => decision.decision === 'allowed' || decision.blockedBy !== source
  return {
    EvalActionName: actionNamed(request.action)?.name ?? request.action,
    EvalResourceName: request.resource,
    EvalDecision: wordOf(decision),
    MatchedStatements: decision.because.filter(isStatement).map(statementOf),
    MissingContextValues: [...new Set(conditions.map(({ key }) => key))].sort(),
    ...(policies.scps.length > 0 && { OrganizationsDecisionDetail: { AllowedByOrganizations: allowedBy('scp') } }),
    ...(policies.boundary !== null && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allowedBy('permissions-boundary') },
    }),
  }
}

function wordOf({ decision, explicit }: Decision): iam.PolicyEvaluationDecisionType {
  if (decision === 'allowed') return 'allowed'
  return explicit ? 'explicitDeny' : 'implicitDeny'
}

function isStatement({ policy, statement }: Reason): boolean {
  return policy !== null && statement !== null
}

function statementOf({ policy, source }: Reason): iam.Statement {
  const inline = /^(.+) of arn:[^:]+:iam::\d{12}:(user|group|role)\/(?:.+\/)?(.+)$/.exec(policy!)
  if (inline) {
    const [, name, type, holder] = inline
    return { SourcePolicyId: `${type}_${holder}_${name}`, SourcePolicyType: type as iam.PolicySourceType }
  }
  const type = source === 'scp' ? 'none' : policy!.split(':')[4] === 'aws' ? 'aws-managed' : 'user-managed'
  return { SourcePolicyId: policy!.split('/').at(-1)!, SourcePolicyType: type }
}

function given(call: Call, documents: readonly string[] | undefined, what = 'identity'): PolicyInput[] {
  return (documents ?? []).map((document, i) => {
    if (what !== 'resource') checkPolicyDocument(call.world, document, 'identity')
    return { name: `PolicyInputList.${i + 1}`, policy: documentOf(document) }
  })
}

function findIdentity({ account }: Call, arn: string): User | Role | Group {
  const [, type, name] = /^arn:[^:]+:iam::\d{12}:(user|role|group)\/(?:.+\/)?(.+)$/.exec(arn) ?? []
  if (type === undefined) throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
  const held = type === 'user' ? account.users : type === 'role' ? account.roles : account.groups
  const found = held.get(nameKey(name!))
  if (found?.arn !== arn) throw noSuchEntity(`The ${type} with name ${name} cannot be found.`)
  return found
}

/** Whom the simulator takes the call to come from; a group, or nobody, is a user of the account. */
function principalFor(call: Call, identity: User | Role | Group | null): Principal {
  const { account, caller } = call
  if (identity && 'roleName' in identity)
    return principalOf({
      ...caller,
      account,
      principal: { kind: 'assumed-role', role: identity, roleSessionName: 'simulated' },
    })
  const arn = identity?.arn ?? `arn:${account.partition}:iam::${account.accountId}:user/simulated`
  return { type: 'User', arn, account: account.accountId, name: arn.split('/').at(-1)! }
}
