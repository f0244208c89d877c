/** Other clients than ours, where this machine has them: boto3 and the AWS CLI. */
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { addInstance, addOrganization, addUser } from '../../src/sandbox/state.ts'
import { smallWorld, start } from './start.ts'

const run = promisify(execFile)

/** The first of the commands that works. */
function firstWorking(commands: string[][]): string | null {
  return commands.find(([command, ...args]) => spawnSync(command!, args).status === 0)?.[0] ?? null
}

const python = firstWorking([
  ['/usr/bin/python3', '-c', 'import boto3'],
  ['python3', '-c', 'import boto3'],
])
const aws = firstWorking([
  ['/usr/bin/aws', '--version'],
  ['aws', '--version'],
])

let sandbox: Sandbox
const { world, account } = smallWorld()

beforeAll(async () => {
  addOrganization(world, account)
  for (let i = 0; i < 12; i++) addInstance(world, account, 'us-east-1', { metadataOptions: { httpTokens: 'optional' } })
  for (const name of ['anna', 'bert', 'carl']) addUser(world, account, name)
  sandbox = (await start({ world, settings: { trailDelayMs: 0 } })).sandbox
})
afterAll(() => sandbox.close())

describe.skipIf(python === null)(`boto3${python === null ? ' (not installed here: skipped)' : ''}`, () => {
  it('takes the whole tour', async () => {
    const tour = fileURLToPath(new URL('boto3-tour.py', import.meta.url))
    const { endpoint, accessKeyId, secretAccessKey, accountId } = sandbox
    const args = [tour, endpoint, accessKeyId, secretAccessKey, accountId]
    const { stdout } = await run(python!, args).catch((error) => error)
    expect(stdout).not.toContain('FAIL')
    expect(stdout.match(/^ok /gm)).toHaveLength(13)
  })
})

describe.skipIf(aws === null)(`the AWS CLI${aws === null ? ' (not installed here: skipped)' : ''}`, () => {
  const cli = async (...args: string[]) => {
    const env = {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      AWS_ACCESS_KEY_ID: sandbox.accessKeyId,
      AWS_SECRET_ACCESS_KEY: sandbox.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    }
    const { stdout } = await run(aws!, ['--endpoint-url', sandbox.endpoint, '--output', 'json', ...args], { env })
    return JSON.parse(stdout)
  }

  it('makes a bucket and moves files', async () => {
    await cli('s3api', 'create-bucket', '--bucket', 'from-cli')
    const { ETag } = await cli(
      's3api',
      'put-object',
      '--bucket',
      'from-cli',
      '--key',
      'x',
      '--body',
      fileURLToPath(import.meta.url),
    )
    expect((await cli('s3api', 'head-object', '--bucket', 'from-cli', '--key', 'x')).ETag).toBe(ETag)
    expect((await cli('s3api', 'list-objects-v2', '--bucket', 'from-cli')).Contents).toMatchObject([{ Key: 'x' }])
  })

  it('reads users in pages, details, the report, instances and accounts', async () => {
    const { Users } = await cli('iam', 'list-users', '--page-size', '2')
    expect(Users.map(({ UserName }: { UserName: string }) => UserName)).toEqual(
      expect.arrayContaining(['anna', 'bert', 'carl', 'sandbox-administrator']),
    )
    const details = await cli('iam', 'get-account-authorization-details')
    expect(details.UserDetailList.length).toBe(Users.length)
    await cli('iam', 'generate-credential-report')
    const { Content } = await cli('iam', 'get-credential-report')
    expect(Buffer.from(Content, 'base64').toString()).toContain('<root_account>,')
    expect((await cli('ec2', 'describe-instances')).Reservations).toHaveLength(12)
    expect((await cli('organizations', 'list-accounts')).Accounts[0].Id).toBe(sandbox.accountId)
  })
})
