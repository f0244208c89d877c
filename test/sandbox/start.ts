/** A small world and SDK clients on it, for the tests of the sandbox. */
import { AccessAnalyzerClient } from '@aws-sdk/client-accessanalyzer'
import { AccountClient } from '@aws-sdk/client-account'
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail'
import { EC2Client } from '@aws-sdk/client-ec2'
import { IAMClient } from '@aws-sdk/client-iam'
import { OrganizationsClient } from '@aws-sdk/client-organizations'
import { STSClient } from '@aws-sdk/client-sts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type Account, addAccount, newWorld, type World } from '../../src/sandbox/state.ts'

export const ADMINISTRATOR_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess'

export const ALLOW_ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

export function smallWorld(): { world: World; account: Account } {
  const world = newWorld({
    seed: 7,
    awsManagedPolicies: [
      { policyName: 'AdministratorAccess', document: ALLOW_ALL },
      { policyName: 'PowerUserAccess', document: ALLOW_ALL },
      { policyName: 'SecurityAudit', document: ALLOW_ALL },
    ],
  })
  return { world, account: addAccount(world, { accountId: '111122223333' }) }
}

export interface Key {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export interface Clients {
  iam: IAMClient
  sts: STSClient
  organizations: OrganizationsClient
  account: AccountClient
  ec2: EC2Client
  cloudtrail: CloudTrailClient
  accessAnalyzer: AccessAnalyzerClient
}

export function clientsOf(sandbox: Sandbox, key: Key = sandbox, region = sandbox.region): Clients {
  const { accessKeyId, secretAccessKey, sessionToken } = key
  const settings = {
    endpoint: sandbox.endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    maxAttempts: 1,
  }
  return {
    iam: new IAMClient(settings),
    sts: new STSClient(settings),
    organizations: new OrganizationsClient(settings),
    account: new AccountClient(settings),
    ec2: new EC2Client(settings),
    cloudtrail: new CloudTrailClient(settings),
    accessAnalyzer: new AccessAnalyzerClient(settings),
  }
}

/** Every known caller may do everything, unless `authorize` says otherwise: policies have a test of their own. */
export async function start(options: Omit<SandboxOptions, 'world'> & { world: World }) {
  const sandbox = await startSandbox({
    authorize: null,
    ...options,
    settings: { credentialReportDelayMs: 0, ...options.settings },
  })
  return { sandbox, ...clientsOf(sandbox) }
}

/** What the call throws; the test fails when it does not. */
export async function thrown(promise: Promise<unknown>): Promise<Error & { $metadata?: { httpStatusCode?: number } }> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('the call was expected to fail, and it worked')
}
