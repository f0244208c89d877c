/**
 * Root of a member account, without its password: the management account, or the one that IAM is delegated to, gets a
 * session for one task, which lasts 15 minutes. Only regional endpoints of STS give it out.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
 */
import type { AwsSession } from './session.ts'

/** @param task the name of AWS's policy for such sessions, as `IAMAuditRootUserCredentials` */
export function rootTaskArn(partition: string, task: string): string {
  return `arn:${partition}:iam::aws:policy/root-task/${task}`
}

/**
 * @param session of the management account, or of its delegated administrator for IAM
 * @throws what `failureOf` explains
 */
export async function openRootSession(session: AwsSession, accountId: string, task: string): Promise<AwsSession> {
  const { Credentials } = await session.call('sts', 'AssumeRoot', {
    TargetPrincipal: accountId,
    TaskPolicyArn: { arn: rootTaskArn(session.partition, task) },
  })
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials as Record<string, string>
  return session.withCredentials({
    accessKeyId: AccessKeyId!,
    secretAccessKey: SecretAccessKey!,
    sessionToken: SessionToken!,
  })
}
