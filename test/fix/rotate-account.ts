/** An account whose time the tests set, a rotator on it, and consumers that use keys. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { openEvidence } from '../../src/cli/rotation-evidence.ts'
import { accountOf, openRotator, type RotateOptions } from '../../src/cli/rotations.ts'
import { type Config, DEFAULT_CONFIG } from '../../src/model/config.ts'
import type { RotatedKey } from '../../src/report/rotations.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { addSecret } from '../../src/sandbox/secrets.ts'
import {
  type Account,
  addAccessKey,
  addAccount,
  addRole,
  addUser,
  newWorld,
  nowOf,
  type User,
  type World,
} from '../../src/sandbox/state.ts'
import { addParameter } from '../../src/sandbox/workloads.ts'

export const DAY = 86_400_000
export const NOW = new Date('2026-11-01T12:00:00Z')
export const ago = (days: number) => new Date(NOW.getTime() - days * DAY)

const ALLOW_ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
export const REGION = 'us-east-1'
export const SECRET = 'secretsmanager:bot'
export const PARAMETER = 'ssm:/bot/key'

/** Journals wait for the disk at every line, which some thousand runs of a test need not. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export const NO_OPTIONS: RotateOptions = {
  to: [],
  graceDays: undefined,
  silenceDays: undefined,
  isDryRun: false,
  abort: false,
  again: false,
  makeRoom: false,
  keepInactive: false,
  overwrite: false,
}

export class RotateAccount {
  readonly world: World
  readonly account: Account
  readonly bot: User
  readonly oldKeyId: string
  /** The workspace is in it. */
  readonly folder = mkdtempSync(join(MEMORY, 'keyreeve-rotate-'))
  sandbox!: Sandbox
  session!: AwsSession
  events: string[] = []
  readonly #consumers = new Map<string, AwsSession>()
  /** Beside the account's clock: what waiting takes. */
  wait: () => Promise<void> = async () => {}

  constructor() {
    this.world = newWorld({
      seed: 23,
      now: NOW,
      awsManagedPolicies: [{ policyName: 'AdministratorAccess', document: ALLOW_ALL }],
    })
    this.account = addAccount(this.world, { accountId: '111122223333', createDate: ago(900) })
    this.bot = addUser(this.world, this.account, 'bot', {
      createDate: ago(500),
      attachedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'],
    })
    addRole(this.world, this.account, 'runner', {
      createDate: ago(500),
      attachedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'],
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }],
      },
    })
    this.oldKeyId = addAccessKey(this.world, this.account, this.bot, { createDate: ago(400) }).accessKeyId
    const secret = addSecret(this.world, this.account, REGION, 'bot')
    secret.versions.set('v-old', {
      versionId: 'v-old',
      value: JSON.stringify({ ...this.oldPair, note: 'ours' }),
      stages: new Set(['AWSCURRENT']),
      createDate: ago(400),
      lastAccessed: null,
    })
    addParameter(this.world, this.account, REGION, '/bot/key', JSON.stringify(this.oldPair), { Type: 'SecureString' })
  }

  get oldPair() {
    const key = this.world.accessKeys.get(this.oldKeyId)!.key
    return { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey }
  }

  async start(settings: { consistencyDelayMs?: number } = {}): Promise<this> {
    process.chdir(this.folder)
    this.sandbox = await startSandbox({ world: this.world, settings: { credentialReportDelayMs: 0, ...settings } })
    this.session = await this.sessionOf(this.sandbox, 'keyreeve/0')
    return this
  }

  async stop(): Promise<void> {
    process.chdir(tmpdir())
    rmSync(this.folder, { recursive: true, force: true })
    for (const session of [this.session, ...this.#consumers.values()]) session.close()
    await this.sandbox.close()
  }

  sessionOf(key: { accessKeyId: string; secretAccessKey: string }, userAgent: string): Promise<AwsSession> {
    const { accessKeyId, secretAccessKey } = key
    return openSession({
      endpointUrl: this.sandbox.endpoint,
      region: REGION,
      credentials: { accessKeyId, secretAccessKey },
      userAgent,
      maxAttempts: 1,
    })
  }

  /** The time of the account and of the runs alike. */
  get now(): Date {
    return nowOf(this.world)
  }

  pass(days: number): void {
    this.world.clock.offsetMs += days * DAY
  }

  /** Runs as the command does, each time anew. */
  async rotate(
    name: string,
    options: Partial<RotateOptions> = {},
    { config = DEFAULT_CONFIG, session = this.session }: { config?: Config; session?: AwsSession } = {},
  ): Promise<RotatedKey> {
    const now = () => this.now
    const accountId = await accountOf(session)
    const trail = join(this.folder, 'no-trail')
    const evidence = await openEvidence(session, { trail, accountId, regions: [REGION], now })
    const rotator = await openRotator({
      session,
      accountId,
      evidence,
      config,
      options: { ...NO_OPTIONS, ...options },
      onEvent: (text) => this.events.push(text),
      onOutput: (text) => this.events.push(text),
      now,
      sleep: async (ms) => {
        this.world.clock.offsetMs += ms
        await this.wait()
      },
    })
    return rotator.run(await rotator.target(name))
  }

  /** A program that reads its key from the secret, and calls AWS; what AWS answers to it. */
  async consume(agent = 'boto3/1.40', pair = this.current()): Promise<string> {
    const id = `${agent} ${pair.accessKeyId}`
    const session = this.#consumers.get(id) ?? (await this.sessionOf(pair, agent))
    this.#consumers.set(id, session)
    try {
      await session.call('iam', 'ListUsers', {})
      return 'ok'
    } catch (error) {
      return (error as Error).name
    }
  }

  secretStages(): Record<string, string> {
    const { versions } = this.account.regions.get(REGION)!.secrets.get('bot')!
    const stages: [string, string][] = []
    for (const { stages: of, value } of versions.values())
      for (const stage of of) stages.push([stage, JSON.parse(String(value)).accessKeyId])
    return Object.fromEntries(stages.sort())
  }

  /** What the secret holds. */
  current(): { accessKeyId: string; secretAccessKey: string } {
    const { versions } = this.account.regions.get(REGION)!.secrets.get('bot')!
    const version = [...versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))!
    return JSON.parse(String(version.value))
  }

  keys(): [string, string][] {
    return this.bot.accessKeys.map(({ accessKeyId, status }) => [accessKeyId, status])
  }

  journalText(): string {
    const folder = join(this.folder, '.keyreeve', 'rotations')
    return readdirSync(folder)
      .filter((name) => name.endsWith('.journal'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('')
  }
}
