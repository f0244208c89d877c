/**
 * Proof that calls are denied, without the secret: AWS's own policy simulator is asked about the user and about each
 * role, as a session from before and as one from after.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 */
import type { Proof } from '../../model/incident.ts'
import type { Read } from '../facts.ts'
import { isSeen, type Measure } from './measures.ts'

export interface Proving {
  iam: Read
  callFor(measure: Measure): Promise<Read>
  now(): Date
  failureOf(error: unknown): { kind: string; detail: string }
}

/** One of each kind that an attacker begins with; a Deny of everything denies them all. */
const ACTIONS = ['iam:ListUsers', 'iam:CreateAccessKey', 's3:ListAllMyBuckets', 'ec2:RunInstances', 'sts:AssumeRole']

export async function prove(measures: readonly Measure[], context: Proving): Promise<Proof[]> {
  return (await Promise.all(measures.map((measure) => proofsOf(measure, context)))).flat()
}

async function proofsOf(measure: Measure, context: Proving): Promise<Proof[]> {
  const arnOf = (kind: string, name: string) => `arn:${measure.partition}:iam::${measure.accountId}:${kind}/${name}`
  switch (measure.kind) {
    case 'deactivate-key':
    case 'delete-root-key':
      return [await stateProof(measure, `${measure.accessKeyId} does not work any more`, context)]
    case 'deny-by-scp':
      return [await stateProof(measure, 'the service control policy is attached', context)]
    case 'deny-user':
    case 'deny-user-managed':
      return [
        await simulated(`${measure.userName} is denied everything`, 'user', measure.userName, null, context, arnOf),
      ]
    case 'deny-role':
      return [
        await simulated(`${measure.roleName} is denied everything`, 'role', measure.roleName, null, context, arnOf),
      ]
    case 'cut-user-sessions':
      return [
        await simulated(
          `sessions of ${measure.userName} from before ${measure.before} are denied everything`,
          'user',
          measure.userName,
          moment(measure.before, -1),
          context,
          arnOf,
        ),
      ]
    case 'cut-role-sessions':
      return [
        await simulated(
          `sessions of ${measure.roleName} from before ${measure.before} are denied everything`,
          'role',
          measure.roleName,
          moment(measure.before, -1),
          context,
          arnOf,
        ),
      ]
  }
}

function moment(time: string, seconds: number): string {
  return `${new Date(Date.parse(time) + seconds * 1000).toISOString().slice(0, 19)}Z`
}

async function stateProof(measure: Measure, claim: string, context: Proving): Promise<Proof> {
  const at = context.now().toISOString()
  const how = measure.kind === 'deny-by-scp' ? 'organizations:ListPoliciesForTarget' : 'iam:ListAccessKeys'
  try {
    const seen = await isSeen(await context.callFor(measure), measure)
    return { claim, how, at, result: seen ? 'proven' : 'disproven', detail: null }
  } catch (error) {
    return { claim, how, at, result: 'unknown', detail: context.failureOf(error).detail }
  }
}

async function simulated(
  claim: string,
  kind: 'user' | 'role',
  name: string,
  issuedAt: string | null,
  { iam, now, failureOf }: Proving,
  arnOf: (kind: string, name: string) => string,
): Promise<Proof> {
  const at = now().toISOString()
  const how = 'iam:SimulatePrincipalPolicy'
  try {
    // the simulator asks for the ARN with its path
    const answer = await iam(kind === 'user' ? 'GetUser' : 'GetRole', {
      [kind === 'user' ? 'UserName' : 'RoleName']: name,
    })
    const { Arn } = (answer[kind === 'user' ? 'User' : 'Role'] ?? {}) as { Arn?: string }
    const { EvaluationResults } = await iam('SimulatePrincipalPolicy', {
      PolicySourceArn: Arn ?? arnOf(kind, name),
      ActionNames: ACTIONS,
      ...(issuedAt === null
        ? {}
        : {
            ContextEntries: [
              { ContextKeyName: 'aws:TokenIssueTime', ContextKeyType: 'date', ContextKeyValues: [issuedAt] },
            ],
          }),
    })
    const results = (EvaluationResults ?? []) as { EvalActionName?: string; EvalDecision?: string }[]
    const open = results.filter(({ EvalDecision }) => EvalDecision !== 'explicitDeny')
    return {
      claim,
      how,
      at,
      result: results.length === 0 ? 'unknown' : open.length === 0 ? 'proven' : 'disproven',
      detail: open.length === 0 ? null : open.map(({ EvalActionName }) => EvalActionName ?? '').join(', '),
    }
  } catch (error) {
    return { claim, how, at, result: 'unknown', detail: failureOf(error).detail }
  }
}
