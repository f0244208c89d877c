/**
 * What stops a key: each kind of measure with its calls, how it is seen, and how it is taken back. All of them may be
 * made again and again: a crash between two of them costs nothing but time.
 */

import { failureOf } from '../../aws/failure.ts'
import { KeyreeveError } from '../../model/errors.ts'
import type { MeasureKind } from '../../model/incident.ts'
import { shell } from '../../model/shell.ts'
import { isRefusal } from '../apply/seen.ts'
import { documentDigest } from '../digest.ts'
import { ABSENT, type FactName, factOf, PRESENT, type Read, readFact } from '../facts.ts'

/**
 * A measure with all it takes to make it, see it and take it back. No field can hold a secret. `isUnsure`: whether the key
 * was active before is not known.
 */
export type Measure = { partition: string; accountId: string } & (
  | { kind: 'deactivate-key'; userName: string; accessKeyId: string; isUnsure?: true }
  /** Everything, whoever asks: the user's keys, sessions and console. */
  | { kind: 'deny-user'; userName: string; policyName: string }
  /** The same by AWS's own policy, where there is no room for one of ours. */
  | { kind: 'deny-user-managed'; userName: string }
  | { kind: 'cut-user-sessions'; userName: string; policyName: string; before: string }
  | { kind: 'cut-role-sessions'; roleName: string; policyName: string; before: string }
  | { kind: 'deny-role'; roleName: string; policyName: string }
  /** Made in the management account; it binds the account's users and roles, and its root. */
  | { kind: 'deny-by-scp'; policyName: string; principalArns: string[] }
  | { kind: 'delete-root-key'; accessKeyId: string }
)
type Of<Kind extends MeasureKind> = Extract<Measure, { kind: Kind }>

/** Makes one call, and writes down that it was made and what came of it. */
export type Make = (call: string, input: Record<string, unknown>) => Promise<Record<string, unknown>>

/** Whose credentials make the calls. */
export type Calls = 'account' | 'organization' | 'root'

interface Kind<M> {
  calls: Calls
  /** What it is about, for its ID. */
  target(of: M): string
  change(of: M): string
  make(make: Make, of: M): Promise<void>
  /** Whether AWS says so. */
  seen(read: Read, of: M): Promise<boolean>
  /** null: it cannot be taken back. */
  undo: {
    make(make: Make, of: M): Promise<void>
    /** Whether nothing of it is left. */
    seen(read: Read, of: M): Promise<boolean>
    /** What AWS says instead of what we made, if somebody has changed it since. */
    surprise(read: Read, of: M): Promise<string | null>
  } | null
  /** What a person with more rights runs. */
  command(of: M): string
}

const EVERYTHING = { Effect: 'Deny', Action: '*', Resource: '*' } as const

export const DENY_ALL = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'KeyreeveRevokedEverything', ...EVERYTHING }],
}

/**
 * Credentials that were made before the time; long-term keys have no such time, so it never binds them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
export function olderSessions(before: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'KeyreeveRevokedOlderSessions',
        ...EVERYTHING,
        Condition: { DateLessThan: { 'aws:TokenIssueTime': before } },
      },
    ],
  }
}

/**
 * Root's keys are denied, and the session of root that deletes them is not, though it has the same ARN. A name is there
 * once in an account, whatever its path, which sessions do not tell.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * @param principalArns as aws:PrincipalArn has them: a session of a role has the ARN of the role
 */
export function denyPrincipals(principalArns: readonly string[]) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'KeyreeveRevokedPrincipals',
        ...EVERYTHING,
        Condition: {
          ArnLike: { 'aws:PrincipalArn': [...new Set(principalArns.flatMap(withAnyPath))].sort() },
          ...(principalArns.some((arn) => arn.endsWith(':root')) && { Null: { 'aws:AssumedRoot': 'true' } }),
        },
      },
    ],
  }
}

function withAnyPath(arn: string): string[] {
  const [, own, name] = /^(arn:[^:]+:iam::\d{12}:(?:user|role)\/)(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  return own === undefined ? [arn] : [`${own}${name}`, `${own}*/${name}`]
}

type Owner = 'User' | 'Role'
interface Inline {
  policyName: string
}

/** An inline policy of a user or role. */
function inline<M extends Inline>(
  owner: Owner,
  nameOf: (of: M) => string,
  document: (of: M) => object,
  change: (of: M) => string,
): Kind<M> {
  const name = owner === 'User' ? 'userName' : 'roleName'
  const fact: FactName = owner === 'User' ? 'user-inline-policy' : 'role-inline-policy'
  const input = (of: M) => ({ [`${owner}Name`]: nameOf(of), PolicyName: of.policyName })
  const read = (call: Read, of: M) =>
    readFact(call, factOf(fact, { [name]: nameOf(of), policyName: of.policyName }, ABSENT))
  return {
    calls: 'account',
    target: nameOf,
    change,
    make: async (make, of) => {
      await make(`iam:Put${owner}Policy`, { ...input(of), PolicyDocument: JSON.stringify(document(of)) })
    },
    seen: async (call, of) => (await read(call, of)) === documentDigest(document(of)),
    undo: {
      make: async (make, of) => {
        await orGone(make(`iam:Delete${owner}Policy`, input(of)))
      },
      seen: async (call, of) => (await read(call, of)) === ABSENT,
      surprise: async (call, of) => {
        const now = await read(call, of)
        if (now === documentDigest(document(of)) || now === ABSENT) return null
        return `the policy ${of.policyName} of ${nameOf(of)} is not as it was made`
      },
    },
    command: (of) =>
      owner === 'User'
        ? shell`aws iam put-user-policy --user-name ${nameOf(of)} --policy-name ${of.policyName} --policy-document ${JSON.stringify(document(of))}`
        : shell`aws iam put-role-policy --role-name ${nameOf(of)} --policy-name ${of.policyName} --policy-document ${JSON.stringify(document(of))}`,
  }
}

const keyStatus = (read: Read, { userName, accessKeyId }: Of<'deactivate-key'>) =>
  readFact(read, factOf('access-key-status', { userName, accessKeyId }, ABSENT))

const denyAllArn = ({ partition }: Measure) => `arn:${partition}:iam::aws:policy/AWSDenyAll`

const hasDenyAll = async (read: Read, of: Of<'deny-user-managed'>) =>
  (await readFact(
    read,
    factOf('user-policy-attached', { userName: of.userName, policyArn: denyAllArn(of) }, PRESENT),
  )) === PRESENT

const CUT_ROLE = inline<Of<'cut-role-sessions'>>(
  'Role',
  ({ roleName }) => roleName,
  ({ before }) => olderSessions(before),
  ({ roleName, before }) => `Deny everything to the sessions of the role ${roleName} that began before ${before}`,
)

/** IAM refuses whoever would change such a role: only a policy from outside ends its sessions. */
export const isOfIdentityCenter = (roleName: string): boolean => roleName.startsWith('AWSReservedSSO_')

function cutByScp({ partition, accountId, roleName, policyName, before }: Of<'cut-role-sessions'>): string {
  const [statement] = olderSessions(before).Statement
  const Condition = {
    ...statement!.Condition,
    ArnLike: { 'aws:PrincipalArn': withAnyPath(`arn:${partition}:iam::${accountId}:role/${roleName}`) },
  }
  return scpCommand(policyName, accountId, { Version: '2012-10-17', Statement: [{ ...statement, Condition }] })
}

function scpCommand(policyName: string, accountId: string, document: object): string {
  return `${shell`aws organizations create-policy --type SERVICE_CONTROL_POLICY --name ${policyName} --description ${SCP_DESCRIPTION} --content ${JSON.stringify(document)}`} && ${shell`aws organizations attach-policy --target-id ${accountId} --policy-id`} POLICY_ID`
}

const KINDS: { [K in MeasureKind]: Kind<Of<K>> } = {
  'deactivate-key': {
    calls: 'account',
    target: ({ accessKeyId }) => accessKeyId,
    change: ({ accessKeyId, userName }) => `Deactivate the access key ${accessKeyId} of ${userName}`,
    make: async (make, { userName, accessKeyId }) => {
      await make('iam:UpdateAccessKey', { UserName: userName, AccessKeyId: accessKeyId, Status: 'Inactive' })
    },
    // one that is deleted is dead as well
    seen: async (read, of) => (await keyStatus(read, of)) !== 'Active',
    undo: {
      make: async (make, { userName, accessKeyId }) => {
        await make('iam:UpdateAccessKey', { UserName: userName, AccessKeyId: accessKeyId, Status: 'Active' })
      },
      seen: async (read, of) => (await keyStatus(read, of)) === 'Active',
      surprise: async (read, of) => {
        const status = await keyStatus(read, of)
        return status === 'Inactive' ? null : `the key ${of.accessKeyId} is ${status}, and was left Inactive`
      },
    },
    command: ({ userName, accessKeyId }) =>
      shell`aws iam update-access-key --user-name ${userName} --access-key-id ${accessKeyId} --status Inactive`,
  },

  'deny-user': inline<Of<'deny-user'>>(
    'User',
    ({ userName }) => userName,
    () => DENY_ALL,
    ({ userName }) => `Deny the user ${userName} everything, by an inline policy`,
  ),

  'deny-user-managed': {
    calls: 'account',
    target: ({ userName }) => userName,
    change: ({ userName }) => `Deny the user ${userName} everything, by the policy AWSDenyAll`,
    make: async (make, of) => {
      await make('iam:AttachUserPolicy', { UserName: of.userName, PolicyArn: denyAllArn(of) })
    },
    seen: hasDenyAll,
    undo: {
      make: async (make, of) => {
        await orGone(make('iam:DetachUserPolicy', { UserName: of.userName, PolicyArn: denyAllArn(of) }))
      },
      seen: async (read, of) => !(await hasDenyAll(read, of)),
      surprise: async () => null,
    },
    command: (of) => shell`aws iam attach-user-policy --user-name ${of.userName} --policy-arn ${denyAllArn(of)}`,
  },

  'cut-user-sessions': inline<Of<'cut-user-sessions'>>(
    'User',
    ({ userName }) => userName,
    ({ before }) => olderSessions(before),
    ({ userName, before }) => `Deny everything to the sessions of ${userName} that began before ${before}`,
  ),

  'cut-role-sessions': {
    ...CUT_ROLE,
    command: (of) => (isOfIdentityCenter(of.roleName) ? cutByScp(of) : CUT_ROLE.command(of)),
  },

  'deny-role': inline<Of<'deny-role'>>(
    'Role',
    ({ roleName }) => roleName,
    () => DENY_ALL,
    ({ roleName }) => `Deny the role ${roleName} everything, by an inline policy`,
  ),

  'deny-by-scp': {
    calls: 'organization',
    target: ({ accountId }) => accountId,
    change: ({ accountId, principalArns }) =>
      `Deny everything to ${principalArns.join(', ')}, by a service control policy on the account ${accountId}`,
    async make(make, of) {
      const id =
        (await policyIdOf((call, input) => make(`organizations:${call}`, input), of)) ?? (await created(make, of))
      try {
        await make('organizations:AttachPolicy', { PolicyId: id, TargetId: of.accountId }).catch(
          unless('DuplicatePolicyAttachmentException'),
        )
      } catch (error) {
        // one that is attached to nothing denies nothing: it is not left lying about
        if (isRefusal(error, failureOf(error).kind))
          await make('organizations:DeletePolicy', { PolicyId: id }).catch(exceptOurs)
        throw error
      }
    },
    seen: async (read, of) => (await attachedId(read, of)) !== null,
    undo: {
      async make(make, of) {
        const id = await policyIdOf((call, input) => make(`organizations:${call}`, input), of)
        if (id === null) return
        await make('organizations:DetachPolicy', { PolicyId: id, TargetId: of.accountId }).catch(
          unless('PolicyNotAttachedException'),
        )
        await make('organizations:DeletePolicy', { PolicyId: id })
      },
      seen: async (read, of) => (await policyIdOf(read, of)) === null,
      async surprise(read, of) {
        const id = await policyIdOf(read, of)
        if (id === null) return null
        const { Policy } = (await read('DescribePolicy', { PolicyId: id })) as { Policy?: { Content?: string } }
        if (documentDigest(Policy?.Content) === documentDigest(denyPrincipals(of.principalArns))) return null
        return `the service control policy ${of.policyName} is not as it was made`
      },
    },
    command: (of) => scpCommand(of.policyName, of.accountId, denyPrincipals(of.principalArns)),
  },

  'delete-root-key': {
    calls: 'root',
    target: ({ accessKeyId }) => accessKeyId,
    change: ({ accessKeyId, accountId }) =>
      `Delete the access key ${accessKeyId} of root of ${accountId}, which cannot be taken back`,
    make: async (make, { accessKeyId }) => {
      await orGone(make('iam:DeleteAccessKey', { AccessKeyId: accessKeyId }))
    },
    seen: async (read, { accessKeyId }) =>
      (await readFact(read, factOf('access-key-status', { accessKeyId }, ABSENT))) === ABSENT,
    undo: null,
    command: ({ accountId, partition }) =>
      shell`aws sts assume-root --target-principal ${accountId} --task-policy-arn ${`arn=arn:${partition}:iam::aws:policy/root-task/IAMDeleteRootUserCredentials`}`,
  },
}

const SCP_DESCRIPTION = 'Made by keyreeve revoke for a key that is not to be used'

async function created(make: Make, of: Of<'deny-by-scp'>): Promise<unknown> {
  const { Policy } = (await make('organizations:CreatePolicy', {
    Type: 'SERVICE_CONTROL_POLICY',
    Name: of.policyName,
    Description: SCP_DESCRIPTION,
    Content: JSON.stringify(denyPrincipals(of.principalArns)),
  })) as { Policy?: { PolicySummary?: { Id?: string } } }
  return Policy?.PolicySummary?.Id
}

const MOST_PAGES = 100

/** The ID of our policy by its name, which is the incident's own; null: there is none. */
function policyIdOf(read: Read, { policyName }: Of<'deny-by-scp'>): Promise<string | null> {
  return listed(read, 'ListPolicies', {}, policyName)
}

function attachedId(read: Read, { policyName, accountId }: Of<'deny-by-scp'>): Promise<string | null> {
  return listed(read, 'ListPoliciesForTarget', { TargetId: accountId }, policyName)
}

async function listed(read: Read, operation: string, input: object, name: string): Promise<string | null> {
  let token: unknown
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await read(operation, {
      ...input,
      Filter: 'SERVICE_CONTROL_POLICY',
      ...(token === undefined ? {} : { NextToken: token }),
    })
    const policies = (answer.Policies ?? []) as { Id?: string; Name?: string }[]
    const found = policies.find(({ Name }) => Name === name)
    if (found?.Id !== undefined) return found.Id
    if (!answer.NextToken) return null
    token = answer.NextToken
  }
  return null
}

/** What is gone already needs not be taken away. */
function orGone(answer: Promise<unknown>): Promise<unknown> {
  return answer.catch(unless('NoSuchEntityException'))
}

/** What AWS answers is no matter; a journal that cannot be written is. */
function exceptOurs(error: unknown): void {
  if (error instanceof KeyreeveError) throw error
}

function unless(name: string) {
  return (error: unknown) => {
    if (!(error instanceof Error) || error.name !== name) throw error
  }
}

function kindOf<M extends Measure>({ kind }: M): Kind<M> {
  return KINDS[kind] as unknown as Kind<M>
}

/** `deactivate-key:AKIA...`: one measure of a kind for each thing it is about. */
export function measureId(measure: Measure): string {
  return `${measure.kind}:${kindOf(measure).target(measure)}`
}

export const changeOf = (measure: Measure): string => kindOf(measure).change(measure)
export const commandOf = (measure: Measure): string => kindOf(measure).command(measure)
export const callsOf = (measure: Measure): Calls => kindOf(measure).calls
export const makeMeasure = (make: Make, measure: Measure): Promise<void> => kindOf(measure).make(make, measure)
export const isSeen = (read: Read, measure: Measure): Promise<boolean> => kindOf(measure).seen(read, measure)
export const undoOf = (measure: Measure): Kind<Measure>['undo'] => kindOf(measure).undo
