/**
 * Credentials: the SDK's whole chain, and a role on top. What fails here says so in words of our own: the SDK's errors
 * quote command lines and files, in which secrets lie.
 */
import type { AwsCredentialIdentity } from '@smithy/types'
import { KeyreeveError } from '../model/errors.ts'
import { failureOf } from './failure.ts'

export type CredentialsProvider = () => Promise<AwsCredentialIdentity>

export interface CredentialsOptions {
  /** Named by a flag or by AWS_PROFILE. */
  profile: string | undefined
  /** The profiles of the shared files, by name. */
  profiles: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>
  roleArn: string | undefined
  externalId: string | undefined
  mfaSerial: string | undefined
  mfaToken: (() => Promise<string>) | undefined
  /** For the clients that the providers make: STS, SSO, sign-in. */
  clientConfig: { region: string; requestHandler: object; endpoint?: string }
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {}, trace() {} }

/** One provider for all clients: asked once, and again when the credentials are about to expire. */
export async function credentialsProvider(options: CredentialsOptions): Promise<CredentialsProvider> {
  const { fromIni, fromNodeProviderChain } = await import('@aws-sdk/credential-providers')
  const { profile, roleArn, externalId, mfaSerial, mfaToken } = options
  if (profile !== undefined && !Object.hasOwn(options.profiles, profile)) {
    // The SDK would go on to the next source, and audit whatever account the machine's own role belongs to.
    throw new KeyreeveError('credentials', `there is no profile ${named(profile)} in the shared AWS configuration`, {
      hint: '`aws configure list-profiles` shows them; `aws configure sso` makes one',
    })
  }
  const { region, requestHandler } = options.clientConfig
  const mfaCodeProvider = mfaToken ? () => mfaToken() : undefined
  const init = {
    ...(profile === undefined ? {} : { profile }),
    ...(mfaCodeProvider ? { mfaCodeProvider } : {}),
    // An endpoint for everything is for the calls we make: single sign-on is not there.
    clientConfig: { region, requestHandler } as never,
    logger: SILENT,
    // a session that is opened again must not see the files as they were
    ignoreCache: true,
  }
  const base = hasCredentials(options) ? fromIni(init) : fromNodeProviderChain(init)
  if (roleArn === undefined)
    return remembered(
      () => base(),
      (error) => chainError(error, profile),
    )
  const source = remembered(
    () => base(),
    (error) => chainError(error, profile),
  )
  return assumedRole({ source, roleArn, externalId, mfaSerial, mfaToken, clientConfig: options.clientConfig })
}

export interface RoleOptions
  extends Pick<CredentialsOptions, 'externalId' | 'mfaSerial' | 'mfaToken' | 'clientConfig'> {
  source: CredentialsProvider
  roleArn: string
}

/** The credentials of a role. */
export async function assumedRole(options: RoleOptions): Promise<CredentialsProvider> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  const { source, roleArn, externalId, mfaSerial, mfaToken, clientConfig } = options
  const assumed = fromTemporaryCredentials({
    masterCredentials: source,
    params: {
      RoleArn: roleArn,
      RoleSessionName: 'keyreeve',
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
      ...(mfaSerial === undefined ? {} : { SerialNumber: mfaSerial }),
    },
    ...(mfaToken ? { mfaCodeProvider: () => mfaToken() } : {}),
    clientConfig: clientConfig as never,
    logger: SILENT,
  })
  return remembered(
    () => assumed(),
    (error) => roleError(error, roleArn),
  )
}

/** The settings by which a profile says where its credentials come from. */
const CREDENTIAL_SETTINGS = [
  'aws_access_key_id',
  'credential_process',
  'credential_source',
  'login_session',
  'role_arn',
  'sso_session',
  'sso_start_url',
  'web_identity_token_file',
]

/**
 * Whether the profile says where its credentials come from. When that fails, it is the error: the SDK's chain would go
 * on to the machine's own role, and to another account.
 */
function hasCredentials({ profile, profiles }: CredentialsOptions): boolean {
  if (profile === undefined && process.env.AWS_ACCESS_KEY_ID) return false
  const settings = profiles[profile ?? 'default'] ?? {}
  return CREDENTIAL_SETTINGS.some((setting) => settings[setting] !== undefined)
}

/** How long before their end credentials are asked for anew. */
const EARLY_MS = 5 * 60_000

/** Asks once, however many clients want to know: an MFA code is typed once, a process started once. */
export function remembered(
  provider: CredentialsProvider,
  describe: (error: unknown) => KeyreeveError,
): CredentialsProvider {
  let current: Promise<AwsCredentialIdentity> | null = null
  let endsAt = Number.POSITIVE_INFINITY
  return () => {
    if (current && Date.now() < endsAt) return current
    endsAt = Number.POSITIVE_INFINITY
    current = provider().then(
      (credentials) => {
        if (credentials.expiration) endsAt = credentials.expiration.getTime() - EARLY_MS
        return credentials
      },
      (error) => {
        current = null
        throw error instanceof KeyreeveError ? error : describe(error)
      },
    )
    return current
  }
}

/** Why the chain gave nothing. Looks at the SDK's message, and never passes it on. */
export function chainError(error: unknown, profile: string | undefined): KeyreeveError {
  const message = String((error as { message?: unknown } | null)?.message ?? '')
  const of = profile === undefined ? '' : ` of profile ${named(profile)}`
  const flag = profile === undefined || !/^[\w.@-]+$/.test(profile) ? '' : ` --profile ${profile}`
  const failed = (what: string, hint: string) => new KeyreeveError('credentials', what, { hint })
  if (/\bSSO\b|sso session|sso_|single sign/i.test(message)) {
    return failed(`the single sign-on session${of} has expired or was never opened`, `run \`aws sso login${flag}\``)
  }
  if (/aws login|login session|login_session|LoginCredentials/i.test(message)) {
    return failed(`the login session${of} has expired or was never opened`, `run \`aws login${flag}\``)
  }
  if (/credential_process|^Command failed/i.test(message)) {
    return failed(`the credential_process${of} failed`, 'run its command by hand to see why')
  }
  if (/multi-factor|MFA/i.test(message))
    return failed(`the profile needs an MFA code that was not given`, 'run it in a terminal')
  const { kind, code } = failureOf(error)
  if (kind === 'network' || kind === 'no-host') {
    return failed(`the credentials${of} could not be fetched (${code})`, 'check the network and the proxy settings')
  }
  if (kind === 'denied' || kind === 'credentials' || kind === 'refused') {
    return failed(`AWS refused to give the credentials${of} (${code})`, 'check the role and the source of the profile')
  }
  return failed(
    profile === undefined
      ? 'no AWS credentials were found'
      : `the profile ${named(profile)} gives no usable credentials`,
    profile === undefined
      ? 'give a profile with `--profile`, or set the AWS_* variables; `keyreeve demo` needs none'
      : 'try `aws sts get-caller-identity` with it',
  )
}

function roleError(error: unknown, roleArn: string): KeyreeveError {
  const { kind, code, detail } = failureOf(error)
  if (kind === 'network' || kind === 'no-host') {
    return new KeyreeveError('credentials', `AWS STS could not be reached to assume the role (${code})`, {
      hint: 'check the network and the proxy settings',
    })
  }
  return new KeyreeveError('credentials', `the role ${named(roleArn)} could not be assumed (${detail})`, {
    hint: 'check its trust policy, the external ID and the MFA device',
  })
}

/** In backticks, if it is a name: other text could be anything, a pasted secret too. */
function named(name: string): string {
  return /^[\w+=,.@:/ -]{1,200}$/.test(name) ? `\`${name}\`` : '(not a name)'
}
