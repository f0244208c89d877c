/**
 * Calls that the sandbox refuses by policy, seen through the SDK.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2'
import {
  AddRoleToInstanceProfileCommand,
  type ContextEntry,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  AssumeRootCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizeByPolicies } from '../../src/sandbox/authorization/authorize.ts'
import { issueToken } from '../../src/sandbox/identity-tokens.ts'
import {
  addAccessKey,
  addAccount,
  addGroup,
  addMfaDevice,
  addOidcProvider,
  addOrganization,
  addOrganizationalUnit,
  addOrganizationPolicy,
  addPolicy,
  addRole,
  addUser,
  addUserToGroup,
  joinOrganization,
  type UserOptions,
} from '../../src/sandbox/state.ts'
import { totp } from '../../src/sandbox/totp.ts'
import { clientsOf, type Key, smallWorld, start, thrown } from './start.ts'

const { world, account } = smallWorld()
const organization = addOrganization(world, account)
const unit = addOrganizationalUnit(world, 'Members')
const member = addAccount(world, { accountId: '444455556666' })
joinOrganization(world, member, { name: 'member', email: 'm@example.com', parentId: unit.id })
let stand: Awaited<ReturnType<typeof start>>

beforeAll(async () => {
  stand = await start({ world, authorize: authorizeByPolicies })
})
afterAll(() => stand.sandbox.close())

type Statement = Record<string, unknown>
const policy = (...Statement: Statement[]) => ({ Version: '2012-10-17', Statement })
const allow = (Action: string | string[], rest: Statement = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...rest })
const deny = (Action: string | string[], rest: Statement = {}) => ({ ...allow(Action, rest), Effect: 'Deny' })
const trusting = (AWS: string, Condition?: object) =>
  policy({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', ...(Condition && { Condition }) })

// biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
const OWN_USER = 'arn:aws:iam::*:user/${aws:username}'

let count = 0
/** Clients of a new user with one key. */
function userWith(options: UserOptions, of = account) {
  const user = addUser(world, of, `user-${++count}`, options)
  return { user, ...clientsOf(stand.sandbox, addAccessKey(world, of, user)) }
}

const inline = (...statements: Statement[]) => ({ inlinePolicies: { inline: policy(...statements) } })

async function sessionOf(clients: ReturnType<typeof clientsOf>, RoleArn: string, more: object = {}) {
  const answer = await clients.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session', ...more }))
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials!
  const key: Key = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! }
  return clientsOf(stand.sandbox, key)
}

describe('identity policies', () => {
  it('nothing allowed, nothing granted, and the words say which policy is missing', async () => {
    const { user, iam, sts, ec2 } = userWith({})
    const error = await thrown(iam.send(new ListUsersCommand({})))
    expect(error.name).toBe('AccessDenied')
    expect(error.message).toBe(
      `User: ${user.arn} is not authorized to perform: iam:ListUsers because no identity-based policy allows the iam:ListUsers action`,
    )
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(user.arn)
    expect((await thrown(ec2.send(new DescribeInstancesCommand({})))).name).toBe('UnauthorizedOperation')
  })

  it('a group’s policies count, and an explicit deny beats them', async () => {
    const group = addGroup(world, account, 'readers', {
      attachedPolicies: [],
      inlinePolicies: { read: policy(allow('iam:List*')) },
    })
    const { user, iam } = userWith(inline(deny('iam:ListRoles')))
    addUserToGroup(world, user, group)
    expect((await iam.send(new ListUsersCommand({}))).Users).toBeTruthy()
    expect((await thrown(iam.send(new ListRolesCommand({})))).message).toMatch(
      / with an explicit deny in an identity-based policy$/,
    )
  })

  it('a policy about one’s own name lets one make one’s own key and no other’s', async () => {
    const own = allow('iam:CreateAccessKey', { Resource: OWN_USER })
    const { user, iam } = userWith(inline(own))
    addUser(world, account, 'somebody')
    const theirs = iam.send(new CreateAccessKeyCommand({ UserName: 'somebody' }))
    expect((await thrown(theirs)).name).toBe('AccessDenied')
    expect((await iam.send(new CreateAccessKeyCommand({}))).AccessKey?.UserName).toBe(user.userName)
  })

  it('tags of the request are looked at', async () => {
    const { iam } = userWith(
      inline(
        allow('iam:CreateUser', { Condition: { StringEquals: { 'aws:RequestTag/team': 'payments' } } }),
        allow('iam:TagUser'),
      ),
    )
    const create = (UserName: string, Value: string) =>
      iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'team', Value }] }))
    expect((await thrown(create('tagged-wrong', 'web'))).name).toBe('AccessDenied')
    expect((await create('tagged-right', 'payments')).User?.UserName).toBe('tagged-right')
  })

  it('MFA is in a session made with it, and in no other', async () => {
    const { user, iam, sts } = userWith(
      inline(allow('iam:ListUsers', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })),
    )
    const { serialNumber: SerialNumber, seed } = addMfaDevice(world, account, user)
    expect((await thrown(iam.send(new ListUsersCommand({})))).name).toBe('AccessDenied')
    const TokenCode = totp(seed!, Date.now())
    const { Credentials } = await sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }))
    const key = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    }
    expect((await clientsOf(stand.sandbox, key).iam.send(new ListUsersCommand({}))).Users).toBeTruthy()
  })
})

describe('limits', () => {
  it('a permissions boundary narrows and never grants', async () => {
    const boundary = addPolicy(world, account, 'fence', policy(allow('iam:ListUsers')))
    const bounded = userWith({ ...inline(allow('iam:*')), permissionsBoundary: boundary })
    expect((await bounded.iam.send(new ListUsersCommand({}))).Users).toBeTruthy()
    expect((await thrown(bounded.iam.send(new ListRolesCommand({})))).message).toMatch(
      /because no permissions boundary allows the iam:ListRoles action$/,
    )
    const nothing = userWith({ permissionsBoundary: boundary })
    expect((await thrown(nothing.iam.send(new ListUsersCommand({})))).name).toBe('AccessDenied')
  })

  it('a service control policy holds in a member account, root included, and not in the management account', async () => {
    addOrganizationPolicy(world, 'no-roles', policy(deny('iam:ListRoles')), { targets: [organization.rootId] })
    const inMember = userWith(inline(allow('*')), member)
    expect((await inMember.iam.send(new ListUsersCommand({}))).Users).toBeTruthy()
    expect((await thrown(inMember.iam.send(new ListRolesCommand({})))).message).toMatch(
      /with an explicit deny in a service control policy$/,
    )
    const root = clientsOf(stand.sandbox, addAccessKey(world, member, null))
    expect((await thrown(root.iam.send(new ListRolesCommand({})))).name).toBe('AccessDenied')
    expect((await userWith(inline(allow('*'))).iam.send(new ListRolesCommand({}))).Roles).toBeTruthy()
  })

  it('a resource control policy keeps outsiders out of a role that trusts everyone', async () => {
    const role = addRole(world, member, 'open', { trustPolicy: trusting('*') })
    const outside = addAccount(world, { accountId: '777788889999' })
    const stranger = userWith(inline(allow('sts:*')), outside)
    await sessionOf(stranger, role.arn)
    addOrganizationPolicy(
      world,
      'ours-only',
      policy({
        ...deny('sts:AssumeRole'),
        Principal: '*',
        Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organization.id } },
      }),
      { type: 'RESOURCE_CONTROL_POLICY', targets: [unit.id] },
    )
    expect((await thrown(sessionOf(stranger, role.arn))).name).toBe('AccessDenied')
    await sessionOf(userWith(inline(allow('sts:*')), member), role.arn)
  })
})

describe('roles', () => {
  it('trust decides, and another account must allow as well', async () => {
    const closed = addRole(world, account, 'closed', { trustPolicy: trusting('arn:aws:iam::444455556666:root') })
    const here = userWith(inline(allow('sts:AssumeRole')))
    const error = await thrown(sessionOf(here, closed.arn))
    expect(error.message).toBe(
      `User: ${here.user.arn} is not authorized to perform: sts:AssumeRole on resource: ${closed.arn}`,
    )
    expect((await thrown(sessionOf(userWith({}, member), closed.arn))).name).toBe('AccessDenied')
    await sessionOf(userWith(inline(allow('sts:AssumeRole')), member), closed.arn)
  })

  it('the external ID of a trust policy is asked for', async () => {
    const role = addRole(world, account, 'vendor', {
      trustPolicy: trusting('arn:aws:iam::111122223333:root', { StringEquals: { 'sts:ExternalId': 'right' } }),
    })
    const caller = userWith(inline(allow('sts:AssumeRole')))
    expect((await thrown(sessionOf(caller, role.arn))).name).toBe('AccessDenied')
    expect((await thrown(sessionOf(caller, role.arn, { ExternalId: 'wrong' }))).name).toBe('AccessDenied')
    await sessionOf(caller, role.arn, { ExternalId: 'right' })
  })

  it('a session policy narrows a session', async () => {
    const role = addRole(world, account, 'wide', {
      trustPolicy: trusting('arn:aws:iam::111122223333:root'),
      ...inline(allow('iam:*')),
    })
    const caller = userWith(inline(allow('sts:AssumeRole')))
    const narrow = await sessionOf(caller, role.arn, { Policy: JSON.stringify(policy(allow('iam:ListUsers'))) })
    expect((await narrow.iam.send(new ListUsersCommand({}))).Users).toBeTruthy()
    expect((await thrown(narrow.iam.send(new ListRolesCommand({})))).message).toMatch(/no session policy allows/)
  })

  it('sessions from before a moment are cut off by aws:TokenIssueTime', async () => {
    const role = addRole(world, account, 'revoked', {
      trustPolicy: trusting('arn:aws:iam::111122223333:root'),
      ...inline(allow('iam:*')),
    })
    const caller = userWith(inline(allow('sts:AssumeRole')))
    const session = await sessionOf(caller, role.arn)
    await session.iam.send(new ListUsersCommand({}))
    const moment = new Date(Date.now() + 5000).toISOString()
    const PolicyDocument = JSON.stringify(
      policy(deny('*', { Condition: { DateLessThan: { 'aws:TokenIssueTime': moment } } })),
    )
    await stand.iam.send(new PutRolePolicyCommand({ RoleName: 'revoked', PolicyName: 'cut', PolicyDocument }))
    expect((await thrown(session.iam.send(new ListUsersCommand({})))).message).toMatch(/explicit deny/)
  })

  it('a role is passed only by who may pass it', async () => {
    addRole(world, account, 'for-instances')
    await stand.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'profile' }))
    const add = (iam: ReturnType<typeof clientsOf>['iam']) =>
      iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'profile', RoleName: 'for-instances' }))
    const without = userWith(inline(allow('iam:AddRoleToInstanceProfile')))
    expect((await thrown(add(without.iam))).message).toMatch(/not authorized to perform: iam:PassRole on resource/)
    await add(userWith(inline(allow(['iam:AddRoleToInstanceProfile', 'iam:PassRole']))).iam)
  })

  it('who asks about itself without a name is asked about itself', async () => {
    const { user, iam } = userWith(inline(allow('iam:GetUser', { Resource: OWN_USER })))
    expect((await iam.send(new GetUserCommand({}))).User?.Arn).toBe(user.arn)
  })
})

describe('who has no key', () => {
  const issuer = 'https://token.actions.githubusercontent.com'
  const provider = addOidcProvider(world, account, issuer, { clientIds: ['sts.amazonaws.com'] })
  const role = addRole(world, account, 'from-ci', {
    trustPolicy: policy({
      Effect: 'Allow',
      Principal: { Federated: provider.arn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
        StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:meridian/shop:*' },
      },
    }),
    ...inline(allow('iam:ListUsers')),
  })
  const assume = async (claims: Record<string, string>, WebIdentityToken?: string) => {
    const query = new URLSearchParams({ issuer, subject: 'repo:meridian/shop:ref:refs/heads/main', ...claims })
    const answer = await fetch(`${stand.sandbox.endpoint}/_sandbox/identity-token?${query}`)
    const { token } = (await answer.json()) as { token: string }
    const input = { RoleArn: role.arn, RoleSessionName: 'ci', WebIdentityToken: WebIdentityToken ?? token }
    return stand.sts.send(new AssumeRoleWithWebIdentityCommand(input))
  }

  it('gets a session by the token of a registered provider, as far as trust says', async () => {
    const answer = await assume({})
    expect(answer).toMatchObject({ Audience: 'sts.amazonaws.com', Provider: provider.arn })
    const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials!
    const key = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! }
    expect((await clientsOf(stand.sandbox, key).iam.send(new ListUsersCommand({}))).Users).toBeTruthy()
    const other = await thrown(assume({ subject: 'repo:stranger/shop:ref:refs/heads/main' }))
    expect(other.name).toBe('AccessDenied')
  })

  it('is refused with a strange issuer, audience or signature, and with what is no token', async () => {
    expect((await thrown(assume({ issuer: 'https://elsewhere.example' }))).name).toBe('InvalidIdentityTokenException')
    expect((await thrown(assume({ audience: 'https://shop.example' }))).name).toBe('InvalidIdentityTokenException')
    const late = await issueToken(world, { issuer, subject: 'repo:meridian/shop:x', lifetime: -60 })
    expect((await thrown(assume({}, late))).name).toBe('ExpiredTokenException')
    const [head, body] = late.split('.')
    expect((await thrown(assume({}, `${head}.${body}.AAAA`))).name).toBe('InvalidIdentityTokenException')
    expect((await thrown(assume({}, 'not a token'))).name).toBe('InvalidIdentityTokenException')
  })
})

describe('root of a member account', () => {
  const task = (name: string) => ({
    TargetPrincipal: member.accountId,
    TaskPolicyArn: { arn: `arn:aws:iam::aws:policy/root-task/${name}` },
  })

  it('is assumed for one task, by who may, and only with central root access', async () => {
    const key = addAccessKey(world, member, null)
    const manager = userWith(inline(allow('sts:AssumeRoot')))
    const ask = (clients: ReturnType<typeof clientsOf>, name = 'IAMDeleteRootUserCredentials') =>
      clients.sts.send(new AssumeRootCommand(task(name)))
    expect((await thrown(ask(manager))).name).toBe('AccessDenied')
    organization.features.add('RootSessions')
    expect((await thrown(ask(userWith({})))).name).toBe('AccessDenied')
    expect((await thrown(ask(userWith(inline(allow('sts:*')), member)))).name).toBe('AccessDenied')
    expect((await thrown(ask(manager, 'Everything'))).name).toBe('ValidationError')

    const { Credentials } = await ask(manager)
    const root = clientsOf(stand.sandbox, {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    })
    expect((await thrown(root.iam.send(new ListUsersCommand({})))).name).toBe('AccessDenied')
    const { AccessKeyMetadata } = await root.iam.send(new ListAccessKeysCommand({}))
    expect(AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId)).toContain(key.accessKeyId)
    await root.iam.send(new DeleteAccessKeyCommand({ AccessKeyId: key.accessKeyId }))
    await root.iam.send(new DeleteLoginProfileCommand({}))
    expect(member.root.password).toBeNull()
    expect(member.root.accessKeys).not.toContain(key)
  })
})

describe('asked rather than tried', () => {
  it('the simulator answers as the calls do, and names what it was not told', async () => {
    const boundary = addPolicy(world, account, 'simulated', policy(allow('iam:List*')))
    const { user } = userWith({
      ...inline(
        allow('iam:*', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
        deny('iam:ListRoles'),
      ),
      permissionsBoundary: boundary,
    })
    const ask = async (ContextEntries?: ContextEntry[]) => {
      const answer = await stand.iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: user.arn,
          ActionNames: ['iam:ListUsers', 'iam:ListRoles', 'iam:CreateUser'],
          ContextEntries,
        }),
      )
      return answer.EvaluationResults!
    }
    const words = (results: { EvalDecision?: string | undefined }[]) => results.map(({ EvalDecision }) => EvalDecision)
    const untold = await ask()
    expect(words(untold)).toEqual(['implicitDeny', 'explicitDeny', 'implicitDeny'])
    expect(untold[0]?.MissingContextValues).toEqual(['aws:MultiFactorAuthPresent'])
    const told = await ask([
      { ContextKeyName: 'aws:MultiFactorAuthPresent', ContextKeyType: 'boolean', ContextKeyValues: ['true'] },
    ])
    expect(words(told)).toEqual(['allowed', 'explicitDeny', 'implicitDeny'])
    expect(told[0]?.MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId)).toContain(
      `user_${user.userName}_inline`,
    )
    expect(told[2]?.PermissionsBoundaryDecisionDetail).toEqual({ AllowedByPermissionsBoundary: false })
  })

  it('the last access tells what was called, of what is allowed', async () => {
    const { user, iam, ec2 } = userWith(inline(allow(['iam:ListUsers', 'ec2:DescribeInstances', 's3:*'])))
    await iam.send(new ListUsersCommand({}))
    await ec2.send(new DescribeInstancesCommand({}))
    const job = await stand.iam.send(
      new GenerateServiceLastAccessedDetailsCommand({ Arn: user.arn, Granularity: 'ACTION_LEVEL' }),
    )
    const { JobId } = job
    const report = await stand.iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }))
    const services = report.ServicesLastAccessed!
    expect(services.map(({ ServiceNamespace }) => ServiceNamespace)).toEqual(['ec2', 'iam', 's3'])
    expect(services.map(({ LastAuthenticated }) => LastAuthenticated !== undefined)).toEqual([true, true, false])
    expect(services[1]?.TrackedActionsLastAccessed?.map(({ ActionName }) => ActionName)).toEqual(['ListUsers'])
    const entities = await stand.iam.send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 'iam' }),
    )
    expect(entities.EntityDetailsList?.map(({ EntityInfo }) => EntityInfo?.Arn)).toEqual([user.arn])
  })
})
