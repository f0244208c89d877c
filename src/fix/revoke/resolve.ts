/**
 * Whose key it is. Two calls at the most before the first one that stops it: nothing is collected for that.
 */
import { KeyreeveError } from '../../model/errors.ts'
import type { IncidentSubject, KeyEvent } from '../../model/incident.ts'
import type { Read } from '../facts.ts'

export interface Resolving {
  /** The account of an access key ID; null: it does not tell. */
  accountOfKey(accessKeyId: string): string | null
  callerAccount: string
  partition: string
  /** IAM of an account: the caller's own, or another where a role lets the caller in. Throws where none does. */
  iamOf(accountId: string): Promise<Read>
  /** An event of a temporary key; null: none was found. */
  eventOf(accessKeyId: string): Promise<KeyEvent | null>
  /** The user of a key where AWS does not tell: by a flag, or from a saved snapshot. */
  ownerKnownBefore(accessKeyId: string): Promise<string | null>
  failureOf(error: unknown): { kind: string; code: string; detail: string }
}

export interface Target {
  accountId: string
  subject: IncidentSubject
}

const KEY = /^(AKIA|ASIA)[A-Z2-7]{16}$/
const ARN = /^arn:(aws[a-z-]*):(iam|sts)::(\d{12}):(user|role|assumed-role|federated-user|root)(?:\/(.+))?$/

/**
 * @param text an access key ID, or the ARN of a user, a role or a session of one
 * @throws {KeyreeveError} (`usage`, `input`) for what is neither, and where it is not to be found whose it is
 */
export async function resolve(text: string, known: Resolving): Promise<Target> {
  if (text.startsWith('ASIA') && KEY.test(text)) return ofTemporaryKey(text, known)
  if (KEY.test(text)) return ofLongTermKey(text, known)
  const arn = ARN.exec(text)
  if (!arn)
    throw new KeyreeveError('usage', 'that is neither an access key ID nor the ARN of a user or role', {
      hint: 'e.g. AKIA..., ASIA..., arn:aws:iam::123456789012:user/ana or arn:aws:iam::123456789012:role/deploy',
    })
  return ofArn(arn, known)
}

async function ofLongTermKey(accessKeyId: string, known: Resolving): Promise<Target> {
  const decoded = known.accountOfKey(accessKeyId)
  const accountId = decoded ?? known.callerAccount
  const iam = await known.iamOf(accountId).catch((error: unknown) => {
    throw elsewhere(accessKeyId, accountId, error)
  })
  let userName: string | null
  try {
    const answer = await iam('GetAccessKeyLastUsed', { AccessKeyId: accessKeyId })
    userName = typeof answer.UserName === 'string' ? answer.UserName : null
  } catch (error) {
    userName = await known.ownerKnownBefore(accessKeyId)
    if (userName === null) throw ownerUnknown(accessKeyId, decoded, accountId, known.failureOf(error))
  }
  // root's keys have no user: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
  if (userName === null || userName === '<root_account>')
    return {
      accountId,
      subject: {
        ...ROOT,
        id: accessKeyId,
        accessKeyIds: [accessKeyId],
        arn: `arn:${known.partition}:iam::${accountId}:root`,
      },
    }
  return {
    accountId,
    subject: {
      kind: 'access-key',
      id: accessKeyId,
      accessKeyIds: [accessKeyId],
      userName,
      roleName: null,
      // as for users without a path: see `userArn`
      arn: `arn:${known.partition}:iam::${accountId}:user/${userName}`,
    },
  }
}

const ROOT = { kind: 'root-key', userName: null, roleName: null } as const

/**
 * The ARN of a user with its path. Nothing waits for it.
 * @returns `otherwise` where AWS does not tell it in time
 */
export async function userArn(iam: Read, userName: string, otherwise: string | null): Promise<string | null> {
  try {
    const { User } = (await within(ASK_MS, iam('GetUser', { UserName: userName }))) as { User?: { Arn?: string } }
    return User?.Arn ?? otherwise
  } catch {
    return otherwise
  }
}

/** How long a question may take whose answer is not needed to stop the key, ms. */
const ASK_MS = 700

/** @throws when the answer does not come in time */
export async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

async function ofTemporaryKey(accessKeyId: string, known: Resolving): Promise<Target> {
  const event = await known.eventOf(accessKeyId)
  if (!event)
    throw new KeyreeveError('input', `no event of CloudTrail tells whose session \`${accessKeyId}\` is`, {
      hint: 'name its role or user: keyreeve revoke arn:aws:iam::ACCOUNT:role/NAME; events may be 15 minutes late',
    })
  const arn = ARN.exec(event.principal ?? '')
  if (!arn || arn[4] === 'root')
    throw new KeyreeveError('input', `\`${accessKeyId}\` is a session of root, which no policy of the account stops`, {
      hint: 'change the password of root and end its keys; a service control policy binds root of a member account',
    })
  const target = await ofArn(arn, known)
  return { ...target, subject: { ...target.subject, kind: 'session', id: accessKeyId, accessKeyIds: [accessKeyId] } }
}

async function ofArn(arn: RegExpExecArray, known: Resolving): Promise<Target> {
  const [text, partition, , accountId, type, path = ''] = arn as unknown as string[]
  if (partition !== known.partition)
    throw new KeyreeveError(
      'usage',
      `\`${text}\` is in the partition ${partition}, and these credentials in ${known.partition}`,
    )
  if (type === 'root' || type === 'federated-user')
    throw new KeyreeveError('usage', `\`${text}\` cannot be revoked by its ARN`, {
      hint: type === 'root' ? 'name the access key of root' : 'name the user whose key opened the session',
    })
  const isUser = type === 'user'
  const name = type === 'assumed-role' ? path.split('/')[0]! : path.split('/').at(-1)!
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) throw new KeyreeveError('usage', 'the ARN has no name of a user or role in it')
  const own = type === 'assumed-role' ? `arn:${partition}:iam::${accountId}:role/${name}` : text!
  return {
    accountId: accountId!,
    subject: {
      kind: isUser ? 'user' : 'role',
      id: own,
      accessKeyIds: [],
      userName: isUser ? name : null,
      roleName: isUser ? null : name,
      arn: own,
    },
  }
}

function elsewhere(accessKeyId: string, accountId: string, cause: unknown): KeyreeveError {
  return new KeyreeveError(
    'input',
    `\`${accessKeyId}\` belongs to account ${accountId}, which these credentials do not reach`,
    {
      cause,
      hint: `use credentials of that account, or of its organization with --member-role; if it is not yours, tell its owner, or AWS: https://support.aws.amazon.com/#/contacts/report-abuse`,
    },
  )
}

function ownerUnknown(
  accessKeyId: string,
  decoded: string | null,
  accountId: string,
  { detail }: { detail: string },
): KeyreeveError {
  const where = decoded === null ? 'whose account its ID does not tell' : `of account ${accountId}`
  return new KeyreeveError('input', `the key \`${accessKeyId}\`, ${where}: no user of it was found (${detail})`, {
    hint: 'it is deleted, or of another account, or iam:GetAccessKeyLastUsed is not allowed: `--user NAME` says whose it is',
  })
}
