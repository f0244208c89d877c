/** Another account that manages the organization in which the leaky account is a member. */
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import {
  addAccessKey,
  addAccount,
  addOrganization,
  addUser,
  enablePolicyType,
  joinOrganization,
} from '../../src/sandbox/state.ts'
import { ADMIN, type Leaky } from './revoke-account.ts'

export const MANAGEMENT = '999988887777'

/** @returns a session of an administrator of the management account */
export async function manage({ world, account, sandbox }: Leaky): Promise<AwsSession> {
  const management = addAccount(world, { accountId: MANAGEMENT })
  addOrganization(world, management)
  enablePolicyType(world, 'SERVICE_CONTROL_POLICY')
  joinOrganization(world, account, { name: 'production' })
  const responder = addUser(world, management, 'responder', { attachedPolicies: [ADMIN] })
  const { accessKeyId, secretAccessKey } = addAccessKey(world, management, responder)
  return openSession({
    endpointUrl: sandbox.endpoint,
    region: sandbox.region,
    credentials: { accessKeyId, secretAccessKey },
    userAgent: 'keyreeve-test/0',
    maxAttempts: 1,
  })
}
