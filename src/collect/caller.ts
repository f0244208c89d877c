/** Whose credentials they are: the first call of everything that reads an account. */
import { failureOf } from '../aws/failure.ts'
import type { AwsSession } from '../aws/session.ts'
import { KeyreeveError } from '../model/errors.ts'
import { text } from './answer.ts'

export interface Caller {
  accountId: string
  partition: string
  callerArn: string
}

/** The first call: it shows whether there are credentials, a network and an AWS at the other end. */
export async function whoAmI(
  session: Pick<AwsSession, 'call' | 'partition' | 'endpointUrl'>,
  abortSignal: AbortSignal | undefined,
): Promise<Caller> {
  let identity: Record<string, unknown>
  try {
    identity = await session.call('sts', 'GetCallerIdentity', {}, { abortSignal })
  } catch (error) {
    if (abortSignal?.aborted) throw new KeyreeveError('interrupted', 'interrupted before anything was read')
    throw error instanceof KeyreeveError ? error : cannotStart(error, session.endpointUrl)
  }
  const accountId = text(identity.Account)
  const callerArn = text(identity.Arn) ?? ''
  if (!accountId || !/^\d{12}$/.test(accountId)) {
    throw new KeyreeveError('aws', 'the endpoint does not answer like AWS', { hint: 'check the endpoint' })
  }
  const partition = /^arn:(aws[a-z-]*):/.exec(callerArn)?.[1] ?? session.partition
  return { accountId, partition, callerArn }
}

const CREDENTIAL_HINTS: readonly [codes: RegExp, hint: string][] = [
  [/RequestExpired|RequestInTheFuture|SignatureDoesNotMatch/, 'check the secret key and the clock of this machine'],
  [/Expired|Refresh/, 'log in again'],
  // a key is known in its own partition only
  [/./, 'check the profile, or the AWS_* variables; in GovCloud and China, name a `--region` of theirs'],
]

function cannotStart(error: unknown, endpointUrl: string | undefined): KeyreeveError {
  const { kind, code } = failureOf(error)
  if (kind === 'credentials') {
    const hint = CREDENTIAL_HINTS.find(([codes]) => codes.test(code))![1]
    const what = /Expired|Refresh/.test(code) ? 'have expired' : 'are not valid'
    return new KeyreeveError('credentials', `the AWS credentials ${what} (${code})`, { hint })
  }
  if (kind === 'denied')
    return new KeyreeveError('credentials', `AWS denies every call with these credentials (${code})`)
  if (kind === 'network' || kind === 'no-host') {
    const [where, hint] = endpointUrl
      ? [
          ` at ${endpointUrl}`,
          'is it running? AWS_ENDPOINT_URL, the profile or --endpoint-url names it; check the proxy settings, too',
        ]
      : ['', 'check the network and the proxy settings']
    return new KeyreeveError('aws', `AWS cannot be reached${where} (${code})`, { hint })
  }
  return new KeyreeveError('aws', `AWS does not answer as it should (${code})`, { hint: 'check the endpoint' })
}
