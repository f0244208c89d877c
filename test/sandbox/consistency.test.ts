/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency */
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { authorizeByPolicies } from '../../src/sandbox/authorization/authorize.ts'
import { exampleOrganization } from '../../src/sandbox/example/example-organization.ts'
import { addRole, type World } from '../../src/sandbox/state.ts'
import { ALLOW_ALL, clientsOf, smallWorld, start, thrown } from './start.ts'

let stand: Awaited<ReturnType<typeof start>>
// time passes only when a test says so: what is not to be seen yet is not, however slow the machine is
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
afterEach(async () => {
  vi.useRealTimers()
  await stand.sandbox.close()
})

const DELAY = 400
const lagging = (world: World) =>
  start({ world, authorize: authorizeByPolicies, settings: { consistencyDelayMs: DELAY } })

it('a user, its key and its policy are there at once for writes, and seen only later', async () => {
  const { world, account } = smallWorld()
  stand = await lagging(world)
  const { iam } = stand
  await iam.send(new CreateUserCommand({ UserName: 'new' }))
  expect((await thrown(iam.send(new GetUserCommand({ UserName: 'new' })))).name).toBe('NoSuchEntityException')
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'new' }))
  const key = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const PolicyDocument = JSON.stringify(ALLOW_ALL)
  await iam.send(new PutUserPolicyCommand({ UserName: 'new', PolicyName: 'all', PolicyDocument }))
  const own = clientsOf(stand.sandbox, key)
  expect((await thrown(own.sts.send(new GetCallerIdentityCommand({})))).name).toBe('InvalidClientTokenId')
  pass(DELAY + 50)
  expect((await own.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(account.users.get('new')!.arn)
  expect((await own.iam.send(new ListUsersCommand({}))).Users?.length).toBeGreaterThan(1)

  await iam.send(new UpdateAccessKeyCommand({ UserName: 'new', AccessKeyId: key.accessKeyId, Status: 'Inactive' }))
  await own.iam.send(new ListUsersCommand({}))
  pass(DELAY + 50)
  expect((await thrown(own.iam.send(new ListUsersCommand({})))).name).toBe('InvalidClientTokenId')
})

it('a session is good at once, and what it writes is one change in both worlds', async () => {
  const { world, account } = smallWorld()
  const role = addRole(world, account, 'admin', {
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' }],
    },
    inlinePolicies: { all: ALLOW_ALL },
  })
  stand = await lagging(world)
  await stand.iam.send(new CreateUserCommand({ UserName: 'pending' }))
  const answer = await stand.sts.send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: 'session' }))
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials!
  const session = clientsOf(stand.sandbox, {
    accessKeyId: AccessKeyId!,
    secretAccessKey: SecretAccessKey!,
    sessionToken: SessionToken!,
  })
  const { User } = await session.iam.send(new CreateUserCommand({ UserName: 'by-session' }))
  pass(DELAY + 50)
  const seen = await session.iam.send(new GetUserCommand({ UserName: 'by-session' }))
  expect(seen.User?.UserId).toBe(User?.UserId)
})

it('the example organization can be copied', async () => {
  stand = await lagging(exampleOrganization({ now: new Date() }))
  expect((await stand.iam.send(new ListUsersCommand({}))).Users?.length).toBeGreaterThan(10)
})
