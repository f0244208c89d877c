/** Where account data comes from: AWS, or files saved earlier. The options, and the reading. */
import { type Command, InvalidArgumentError } from 'commander'
import type { AwsOptions, AwsSession } from '../aws/session.ts'
import { KeyreeveError } from '../model/errors.ts'
import { brokenOffSentence } from '../model/facts.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { type Progress, startProgress } from './progress.ts'
import { askSecretly } from './prompt.ts'
import { TOOL } from './version.ts'

export interface AwsFlags {
  profile?: string
  region?: string
  roleArn?: string
  externalId?: string
  mfaSerial?: string
  endpointUrl?: string
  maxRps?: number
  regions?: string[]
  sshKeys?: boolean
  rootKeys?: boolean
  managementProfile?: string
  /** false: `--no-workloads`. */
  workloads?: boolean
}

export interface AccountDataFlags extends AwsFlags {
  snapshot?: string[]
  asOf?: string
}

/** The flags of everything that calls AWS. */
export function addSessionOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'profile of the shared AWS configuration (AWS_PROFILE)')
    .option('--region <region>', 'region of the global calls (AWS_REGION)')
    .option('--role-arn <arn>', 'assume this role first')
    .option('--external-id <id>', 'external ID for --role-arn')
    .option('--mfa-serial <arn>', 'MFA device for --role-arn; asks for the code')
    .option('--endpoint-url <url>', 'endpoint of every AWS service, e.g. the sandbox (AWS_ENDPOINT_URL)')
    .option('--regions <list>', 'only these regions, with commas between', commaList)
    .option('--max-rps <number>', 'at most so many calls a second to each service', positive)
}

/** The flags of everything that may act as root of a member account. */
export function addManagementOptions(command: Command): Command {
  return command
    .option('--root-keys', "also root's access keys, by sts:AssumeRoot: with what --role-arn is assumed with, or")
    .option('--management-profile <name>', "with this profile, of the organization's management account")
}

/** The flags of everything that collects an account. */
export function addAwsOptions(command: Command): Command {
  return addManagementOptions(addSessionOptions(command))
    .option('--ssh-keys', 'also list SSH public keys: one more call for each user')
    .option('--no-workloads', 'leave out what runs with roles: functions, containers, stacks, builds, notebooks ...')
}

/** The flags of every command that needs account data. */
export function addAccountDataOptions(command: Command): Command {
  command
    .option(
      '--snapshot <file...>',
      "read saved files instead of calling AWS: our snapshots, or the AWS CLI's get-account-authorization-details and credential report",
    )
    .option('--as-of <date>', 'when the saved files were true, where they do not say', isoDate)
  return addAwsOptions(command)
}

/** Reads the accounts: from files when `--snapshot` is given, else from AWS. */
export async function readAccounts(flags: AccountDataFlags): Promise<{ snapshots: Snapshot[]; notes: string[] }> {
  if (!flags.snapshot) {
    if (flags.asOf) throw new KeyreeveError('usage', '`--as-of` needs `--snapshot`')
    const snapshot = await collectAccount(flags)
    const broken = brokenOffSentence(snapshot)
    return { snapshots: [snapshot], notes: broken ? [broken] : [] }
  }
  const { loadSnapshots } = await import('../collect/saved/load.ts')
  return loadSnapshots(flags.snapshot, { toolVersion: TOOL.version, ...(flags.asOf ? { asOf: flags.asOf } : {}) })
}

/** Collects one account from AWS. Ctrl-C ends the collecting, not the run: what was read is kept. */
export async function collectAccount(flags: AwsFlags): Promise<Snapshot> {
  const [{ collect }, management] = await Promise.all([
    import('../collect/collect.ts'),
    flags.rootKeys ? openManagement(flags) : null,
  ])
  try {
    return await withSession(flags, (session, { abortSignal, onProgress }) =>
      collect(session, {
        toolVersion: TOOL.version,
        abortSignal,
        onProgress,
        ...(management ? { management } : {}),
        ...(flags.regions ? { regions: flags.regions } : {}),
        ...(flags.sshKeys ? { sshKeys: true } : {}),
        ...(flags.workloads === false ? { workloads: false } : {}),
      }),
    )
  } finally {
    management?.close()
  }
}

/**
 * A session of the management account, which gets sessions of root of the others: by a profile of its own, or with what
 * the role is assumed with. null: the flags name none.
 */
export async function openManagement(flags: AwsFlags): Promise<AwsSession | null> {
  const { managementProfile, rootKeys, roleArn, externalId: _, mfaSerial: _of, ...rest } = flags
  if (managementProfile === undefined && !rootKeys) return null
  if (managementProfile === undefined && roleArn === undefined)
    throw new KeyreeveError('usage', '`--root-keys` needs `--management-profile`, or `--role-arn`', {
      hint: "only the organization's management account, or the one that IAM is delegated to, gets a session of root",
    })
  const { openSession } = await import('../aws/session.ts')
  const own = managementProfile === undefined ? rest : { ...rest, profile: managementProfile }
  return openSession(awsOptionsOf(own, new AbortController().signal))
}

/** Works with a session of the flags' credentials, with progress, until done or until Ctrl-C. */
export async function withSession<T>(
  flags: AwsFlags,
  work: (
    session: AwsSession,
    options: { abortSignal: AbortSignal; onProgress: (progress: Parameters<Progress['update']>[0]) => void },
  ) => Promise<T>,
): Promise<T> {
  const { openSession } = await import('../aws/session.ts')
  const interrupt = interruptible()
  const progress = startProgress()
  const session = await openSession({
    ...awsOptionsOf(flags, interrupt.signal),
    onThrottled: progress.throttled,
  })
  try {
    return await work(session, { abortSignal: interrupt.signal, onProgress: progress.update })
  } finally {
    progress.stop()
    interrupt.done()
    session.close()
  }
}

export function awsOptionsOf(flags: AwsFlags, abortSignal: AbortSignal): AwsOptions {
  const { profile, region, roleArn, externalId, mfaSerial, endpointUrl, maxRps } = flags
  if ((externalId || mfaSerial) && !roleArn)
    throw new KeyreeveError('usage', `\`${externalId ? '--external-id' : '--mfa-serial'}\` needs \`--role-arn\``)
  const given = { profile, region, roleArn, externalId, mfaSerial, endpointUrl, maxRps }
  return {
    userAgent: `${TOOL.name}/${TOOL.version}`,
    abortSignal,
    mfaToken: () => askSecretly(`MFA code for ${mfaSerial ?? 'the role'}: `),
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<AwsOptions>),
  }
}

/** The first Ctrl-C (or SIGTERM) aborts the signal; the second ends the process as usual. */
export function interruptible(): { signal: AbortSignal; done(): void } {
  const controller = new AbortController()
  const done = () => {
    process.removeListener('SIGINT', interrupt)
    process.removeListener('SIGTERM', interrupt)
  }
  // not `once`: whoever holds a lock ends the process at a signal that nobody else listens to any more
  const interrupt = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) return controller.abort()
    done()
    process.kill(process.pid, signal)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return { signal: controller.signal, done }
}

function commaList(text: string): string[] {
  const list = text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
  if (list.length === 0) throw new InvalidArgumentError('\nGive at least one region.')
  return list
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('\nGive a number above 0.')
  return number
}

/** A day or a moment, as ISO 8601 in UTC without fractions. */
export function isoDate(text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new InvalidArgumentError('\nGive a date such as 2026-11-01 or 2026-11-01T12:00:00Z.')
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
