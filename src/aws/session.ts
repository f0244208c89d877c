/**
 * The one place that makes AWS clients: credentials, endpoints, proxy, retries, request budget. Nothing of the SDK is
 * loaded before a call needs it.
 */
import { setMaxListeners } from 'node:events'
import type { AccessAnalyzerClient } from '@aws-sdk/client-accessanalyzer'
import type { AccountClient } from '@aws-sdk/client-account'
import type { AmplifyClient } from '@aws-sdk/client-amplify'
import type { AppRunnerClient } from '@aws-sdk/client-apprunner'
import type { AthenaClient } from '@aws-sdk/client-athena'
import type { BatchClient } from '@aws-sdk/client-batch'
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail'
import type { CodeBuildClient } from '@aws-sdk/client-codebuild'
import type { CodeCommitClient } from '@aws-sdk/client-codecommit'
import type { EC2Client } from '@aws-sdk/client-ec2'
import type { ECSClient } from '@aws-sdk/client-ecs'
import type { ElasticBeanstalkClient } from '@aws-sdk/client-elastic-beanstalk'
import type { GlueClient } from '@aws-sdk/client-glue'
import type { IAMClient } from '@aws-sdk/client-iam'
import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { OrganizationsClient } from '@aws-sdk/client-organizations'
import type { S3Client } from '@aws-sdk/client-s3'
import type { SageMakerClient } from '@aws-sdk/client-sagemaker'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SFNClient } from '@aws-sdk/client-sfn'
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { STSClient } from '@aws-sdk/client-sts'
import type { AwsCredentialIdentity } from '@smithy/types'
import { KeyreeveError } from '../model/errors.ts'
import { partitionOf } from '../model/partition.ts'
import { Budget, DEFAULT_MAX_RPS } from './budget.ts'
import { assumedRole, type CredentialsProvider, credentialsProvider } from './credentials.ts'
import { download } from './download.ts'
import { failureOf } from './failure.ts'
import { certificateAuthorities, createRequestHandler, isLoopback } from './proxy.ts'
import { checkedRegion, resolveRegion } from './region.ts'
import { attemptsSet, createRetryStrategy } from './retry.ts'

export interface AwsOptions {
  /** A profile of the shared AWS configuration; else AWS_PROFILE and the rest of the SDK's chain. */
  profile?: string
  region?: string
  /** A role to assume first. */
  roleArn?: string
  externalId?: string
  /** The MFA device that the role asks for; `mfaToken` gives its code. */
  mfaSerial?: string
  mfaToken?: () => Promise<string>
  /** Goes before AWS_ENDPOINT_URL and the profile's `endpoint_url`. */
  endpointUrl?: string
  /** At most so many calls a second to one service of the account. */
  maxRps?: number
  abortSignal?: AbortSignal
  /** Told each time that AWS throttles a call. */
  onThrottled?: (service: AwsService) => void
  /** `name/version`, and more such words. */
  userAgent: string
  /** These and no others: for the sandbox and for tests. */
  credentials?: AwsCredentialIdentity
  /** How often a throttled call is tried; goes before AWS_MAX_ATTEMPTS and the profile's `max_attempts`. */
  maxAttempts?: number
}

export interface AwsClients {
  iam: IAMClient
  sts: STSClient
  ec2: EC2Client
  organizations: OrganizationsClient
  account: AccountClient
  cloudtrail: CloudTrailClient
  accessanalyzer: AccessAnalyzerClient
  amplify: AmplifyClient
  apprunner: AppRunnerClient
  batch: BatchClient
  cloudformation: CloudFormationClient
  codebuild: CodeBuildClient
  codecommit: CodeCommitClient
  ecs: ECSClient
  elasticbeanstalk: ElasticBeanstalkClient
  glue: GlueClient
  lambda: LambdaClient
  s3: S3Client
  sagemaker: SageMakerClient
  secretsmanager: SecretsManagerClient
  sfn: SFNClient
  ssm: SSMClient
  athena: AthenaClient
}

export type AwsService = keyof AwsClients

export interface CallOptions {
  /** The session's own when absent. */
  region?: string
  abortSignal?: AbortSignal | undefined
}

export interface DownloadOptions {
  maxBytes: number
  abortSignal?: AbortSignal | undefined
}

export interface AwsSession {
  readonly region: string
  readonly partition: string
  /** Where it calls instead of AWS, as somebody has set it. */
  readonly endpointUrl?: string | undefined
  /** The client of a service in a region; made once. */
  client<S extends AwsService>(service: S, region?: string): Promise<AwsClients[S]>
  /**
   * Makes one call (`call('iam', 'ListUsers', { MaxItems: 10 })`) and gives the answer, which nobody has looked at yet.
   * Throws what the SDK throws: see `failureOf`.
   */
  call(service: AwsService, operation: string, input: object, options?: CallOptions): Promise<Record<string, unknown>>
  /**
   * Fetches what a presigned address of AWS's gives out (`GetFunction`'s `Code.Location`). The address is a credential:
   * it is in no message. Only addresses of AWS's are asked, or of the endpoint that the session has instead.
   * @throws what `failureOf` explains; `TooLarge` when there are more bytes than `maxBytes`
   */
  download(service: AwsService, address: string, options: DownloadOptions): Promise<Uint8Array>
  /** Requests sent so far, retries too, as `iam:ListUsers` and a number. */
  readonly calls: ReadonlyMap<string, number>
  /** A session in another account, by a role there that this session may assume; with a budget of its own. */
  withRole(roleArn: string, options?: { externalId?: string; region?: string }): Promise<AwsSession>
  /** A session with other credentials, over the same connections. */
  withCredentials(credentials: AwsCredentialIdentity): AwsSession
  /** Closes the connections. */
  close(): void
}

// The SDK's notice that it will leave Node 20 goes to stderr, into the middle of our output. Our docs say it instead.
const NO_VERSION_NOTICE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'

type Sdk = Record<string, new (options: object) => unknown>

const SDKS: Record<AwsService, { load: () => Promise<unknown>; client: string }> = {
  iam: { load: () => import('@aws-sdk/client-iam'), client: 'IAMClient' },
  sts: { load: () => import('@aws-sdk/client-sts'), client: 'STSClient' },
  ec2: { load: () => import('@aws-sdk/client-ec2'), client: 'EC2Client' },
  organizations: { load: () => import('@aws-sdk/client-organizations'), client: 'OrganizationsClient' },
  account: { load: () => import('@aws-sdk/client-account'), client: 'AccountClient' },
  cloudtrail: { load: () => import('@aws-sdk/client-cloudtrail'), client: 'CloudTrailClient' },
  accessanalyzer: { load: () => import('@aws-sdk/client-accessanalyzer'), client: 'AccessAnalyzerClient' },
  amplify: { load: () => import('@aws-sdk/client-amplify'), client: 'AmplifyClient' },
  apprunner: { load: () => import('@aws-sdk/client-apprunner'), client: 'AppRunnerClient' },
  batch: { load: () => import('@aws-sdk/client-batch'), client: 'BatchClient' },
  cloudformation: { load: () => import('@aws-sdk/client-cloudformation'), client: 'CloudFormationClient' },
  codebuild: { load: () => import('@aws-sdk/client-codebuild'), client: 'CodeBuildClient' },
  codecommit: { load: () => import('@aws-sdk/client-codecommit'), client: 'CodeCommitClient' },
  ecs: { load: () => import('@aws-sdk/client-ecs'), client: 'ECSClient' },
  elasticbeanstalk: { load: () => import('@aws-sdk/client-elastic-beanstalk'), client: 'ElasticBeanstalkClient' },
  glue: { load: () => import('@aws-sdk/client-glue'), client: 'GlueClient' },
  lambda: { load: () => import('@aws-sdk/client-lambda'), client: 'LambdaClient' },
  s3: { load: () => import('@aws-sdk/client-s3'), client: 'S3Client' },
  sagemaker: { load: () => import('@aws-sdk/client-sagemaker'), client: 'SageMakerClient' },
  secretsmanager: { load: () => import('@aws-sdk/client-secrets-manager'), client: 'SecretsManagerClient' },
  sfn: { load: () => import('@aws-sdk/client-sfn'), client: 'SFNClient' },
  ssm: { load: () => import('@aws-sdk/client-ssm'), client: 'SSMClient' },
  athena: { load: () => import('@aws-sdk/client-athena'), client: 'AthenaClient' },
}

/** A service's name in settings (`AWS_ENDPOINT_URL_…`, `services` of the profile), where it is not the one we use. */
const SETTING_NAMES: Partial<Record<AwsService, string>> = {
  elasticbeanstalk: 'elastic_beanstalk',
  secretsmanager: 'secrets_manager',
}

/** Opens a session. Makes no call yet: wrong credentials show at the first one. */
export async function openSession(options: AwsOptions): Promise<AwsSession> {
  process.env[NO_VERSION_NOTICE] ??= 'true'
  // Every call under way listens; Node takes more than ten for a leak, and says so on stderr.
  if (options.abortSignal) setMaxListeners(0, options.abortSignal)
  const endpointUrl = checkedEndpoint(options.endpointUrl)
  const profileName = options.profile ?? (process.env.AWS_PROFILE || undefined)
  const profiles = options.credentials ? {} : await sharedProfiles()
  const endpointFor = endpoints(endpointUrl, options.profile, profiles)
  const profile = profiles[profileName ?? 'default'] ?? {}
  const region = resolveRegion(options.region, process.env, profile)
  const maxAttempts = options.maxAttempts ?? attemptsSet(process.env, profile)
  const requestHandler = await createRequestHandler(process.env, certificateAuthorities(process.env.AWS_CA_BUNDLE))
  const { credentials } = options
  const provider = credentials
    ? async () => credentials
    : await credentialsProvider({
        profile: profileName,
        profiles,
        roleArn: options.roleArn,
        externalId: options.externalId,
        mfaSerial: options.mfaSerial,
        mfaToken: options.mfaToken,
        clientConfig: { region, requestHandler, ...optional('endpoint', endpointFor('sts')) },
      })
  return new Session({
    options: { ...options, ...optional('maxAttempts', maxAttempts) },
    region,
    endpointFor,
    profileName,
    requestHandler,
    provider,
    isBorrowed: false,
  })
}

/**
 * The endpoint of a service, or undefined: the SDK finds it. It knows AWS_ENDPOINT_URL, and the `endpoint_url` of the
 * profile that AWS_PROFILE names, but not of one that is given to a client.
 */
function endpoints(
  endpointUrl: string | undefined,
  profile: string | undefined,
  profiles: Profiles,
): (service: AwsService) => string | undefined {
  if (endpointUrl !== undefined) return () => endpointUrl
  const settings = profiles[profile ?? ''] ?? {}
  const isIgnored =
    process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true' || settings.ignore_configured_endpoint_urls === 'true'
  if (isIgnored) return () => undefined
  const services = profiles[`services.${settings.services}`] ?? {}
  return (service) => {
    // the SDK reads it itself, but would say of a wrong one only that there is no such host
    if (checkedEndpoint(endpointSet(service))) return undefined
    return checkedEndpoint(services[`${SETTING_NAMES[service] ?? service}.endpoint_url`] ?? settings.endpoint_url)
  }
}

/** What the environment says of a service's endpoint. */
function endpointSet(service: AwsService): string | undefined {
  const own = `AWS_ENDPOINT_URL_${(SETTING_NAMES[service] ?? service).toUpperCase()}`
  return process.env[own] || process.env.AWS_ENDPOINT_URL || undefined
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
}

interface SessionParts {
  options: AwsOptions
  region: string
  endpointFor: (service: AwsService) => string | undefined
  profileName: string | undefined
  requestHandler: Awaited<ReturnType<typeof createRequestHandler>>
  provider: CredentialsProvider
  /** Whether the connections are another session's, which closes them. */
  isBorrowed: boolean
}

class Session implements AwsSession {
  readonly region: string
  readonly partition: string
  readonly endpointUrl: string | undefined
  readonly calls = new Map<string, number>()
  readonly #parts: SessionParts
  readonly #clients = new Map<string, Promise<AwsClients[AwsService]>>()
  readonly #budgets = new Map<AwsService, Budget>()

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.region = parts.region
    this.partition = partitionOf(parts.region)
    this.endpointUrl = parts.endpointFor('sts') ?? endpointSet('sts')
  }

  client<S extends AwsService>(service: S, region = this.region): Promise<AwsClients[S]> {
    const key = `${service} ${region}`
    let client = this.#clients.get(key)
    if (!client) {
      client = this.#makeClient(service, checkedRegion(region))
      this.#clients.set(key, client)
    }
    return client as Promise<AwsClients[S]>
  }

  async call(service: AwsService, operation: string, input: object, { region, abortSignal }: CallOptions = {}) {
    const signal = abortSignal ?? this.#parts.options.abortSignal
    signal?.throwIfAborted()
    const [sdk, client] = await Promise.all([SDKS[service].load() as Promise<Sdk>, this.client(service, region)])
    const Command = sdk[`${operation}Command`]
    if (!Command) throw new Error(`the SDK's ${service} has no operation ${operation}`)
    // The clients differ in their types only.
    const { send } = client as unknown as { send(command: unknown, options: object): Promise<unknown> }
    const answer = send.call(client, new Command(input), signal ? { abortSignal: signal } : {})
    return (await untilAborted(answer, signal)) as Record<string, unknown>
  }

  download(service: AwsService, address: string, { maxBytes, abortSignal }: DownloadOptions): Promise<Uint8Array> {
    const { options, endpointFor, requestHandler } = this.#parts
    const signal = abortSignal ?? options.abortSignal
    const endpoint = endpointFor(service) ?? endpointSet(service)
    return untilAborted(download(requestHandler, address, { endpoint, maxBytes, signal }), signal)
  }

  async withRole(roleArn: string, { externalId, region = this.region }: { externalId?: string; region?: string } = {}) {
    const { endpointFor, requestHandler, provider } = this.#parts
    const inRole = await assumedRole({
      source: provider,
      roleArn,
      externalId,
      mfaSerial: undefined,
      mfaToken: undefined,
      clientConfig: { region, requestHandler, ...optional('endpoint', endpointFor('sts')) },
    })
    return new Session({ ...this.#parts, region: checkedRegion(region), provider: inRole, isBorrowed: true })
  }

  withCredentials(credentials: AwsCredentialIdentity): Session {
    return new Session({ ...this.#parts, provider: async () => credentials, isBorrowed: true })
  }

  close(): void {
    if (!this.#parts.isBorrowed) this.#parts.requestHandler.destroy()
  }

  async #makeClient(service: AwsService, region: string): Promise<AwsClients[AwsService]> {
    const { options, endpointFor, profileName, requestHandler, provider } = this.#parts
    const sdk = (await SDKS[service].load()) as Sdk
    const agent = options.userAgent.split(' ').map((word) => word.split('/') as [string, string])
    const client = new sdk[SDKS[service].client]!({
      region,
      credentials: provider,
      requestHandler,
      retryStrategy: await createRetryStrategy(options.maxAttempts, options.abortSignal),
      customUserAgent: agent,
      ...optional('endpoint', endpointFor(service)),
      ...(service === 's3' ? { forcePathStyle: endpointFor(service) !== undefined, followRegionRedirects: true } : {}),
      ...(profileName === undefined || options.credentials ? {} : { profile: profileName }),
    }) as AwsClients[AwsService]
    this.#watch(service, client as IAMClient)
    return client
  }

  /** Counts each request, retries too, and lets it wait for its turn. */
  #watch(service: AwsService, client: IAMClient): void {
    type Next = (args: { request: unknown }) => Promise<unknown>
    const waitForTurn = (next: Next, context: { commandName?: string }) => async (args: { request: unknown }) => {
      const { hostname = '' } = args.request as { hostname?: string }
      const budget = this.#budgetFor(service, hostname)
      await budget?.take(this.#parts.options.abortSignal)
      const call = `${service}:${String(context.commandName ?? '').replace(/Command$/, '')}`
      this.calls.set(call, (this.calls.get(call) ?? 0) + 1)
      try {
        const result = await next(args)
        budget?.answered()
        return result
      } catch (error) {
        if (failureOf(error).kind === 'throttled') {
          budget?.throttled()
          this.#parts.options.onThrottled?.(service)
        }
        throw error
      }
    }
    client.middlewareStack.addRelativeTo(waitForTurn as never, {
      name: 'keyreeveBudget',
      relation: 'after',
      toMiddleware: 'retryMiddleware',
    })
  }

  #budgetFor(service: AwsService, hostname: string): Budget | null {
    const { maxRps } = this.#parts.options
    if (maxRps === undefined && isLoopback(hostname)) return null
    let budget = this.#budgets.get(service)
    if (!budget) {
      budget = new Budget(maxRps ?? DEFAULT_MAX_RPS)
      this.#budgets.set(service, budget)
    }
    return budget
  }
}

/** The promise, or the signal's reason as soon as it is aborted: the SDK sleeps through it between two tries. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

type Profiles = Record<string, Record<string, string | undefined>>

async function sharedProfiles(): Promise<Profiles> {
  const { loadSharedConfigFiles } = await import('@smithy/core/config')
  try {
    const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true })
    const profiles: Profiles = Object.create(null)
    for (const file of [credentialsFile, configFile])
      for (const [name, profile] of Object.entries(file)) profiles[name] = { ...profiles[name], ...profile }
    return profiles
  } catch {
    // No word of what is in it.
    throw new KeyreeveError('credentials', 'the shared AWS configuration cannot be read', {
      hint: 'check ~/.aws/config and ~/.aws/credentials',
    })
  }
}

function checkedEndpoint(endpointUrl: string | undefined): string | undefined {
  if (endpointUrl === undefined) return undefined
  const url = URL.canParse(endpointUrl) ? new URL(endpointUrl) : null
  // Not shown: an address can hold a password.
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new KeyreeveError('usage', 'the endpoint is no http or https address', {
      hint: 'write it as http://127.0.0.1:4566, without user and password',
    })
  }
  return endpointUrl
}
