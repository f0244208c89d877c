/** A local AWS organization over HTTP: starts the server on a world and says how to reach it. */
import { isIP } from 'node:net'
import { KeyreeveError } from '../model/errors.ts'
import { homeRegion } from '../model/partition.ts'
import { authorizeByPolicies } from './authorization/authorize.ts'
import { type Authorize, DEFAULT_SETTINGS, type SandboxSettings } from './call.ts'
import { CallLog, type CallRecord } from './call-log.ts'
import { type FaultRule, FaultRuleError, Faults, parseFault, wildcard } from './faults.ts'
import { startServer } from './server.ts'
import { SERVICES } from './services/index.ts'
import { type Account, addAccessKey, addUser, awsManagedArn, nameKey, type World } from './state.ts'
import { deliverPast } from './trail-delivery.ts'
import { modelOf } from './wire/model.ts'

export interface SandboxOptions {
  world: World
  /** Default: 127.0.0.1; another than loopback only with `allowRemote`. */
  host?: string
  allowRemote?: boolean
  /** 0 (default): any free one. */
  port?: number
  /** The account whose administrator's key is handed out; default: the world's choice, the management account, the first. */
  accountId?: string
  /** Rules, or their texts such as `deny:iam:ListAccessKeys`. */
  faults?: Iterable<FaultRule | string>
  /** What was called before, the oldest first: in the event history, and in the buckets of trails. */
  past?: readonly CallRecord[]
  settings?: Partial<SandboxSettings>
  /** Decides by policies, as AWS does, unless told otherwise; null: every known caller may do everything. */
  authorize?: Authorize | null
  maxBodyBytes?: number
  /** Hears of every fault of the sandbox itself; the client hears only that there was one. */
  onFailure?: (error: unknown, action: string) => void
}

export interface Sandbox {
  endpoint: string
  port: number
  accountId: string
  region: string
  /** The administrator's. */
  accessKeyId: string
  secretAccessKey: string
  world: World
  /** Every call since the start or the last reset: how many, of which, and the latest in full. */
  calls(): { total: number; counts: Record<string, number>; records: readonly CallRecord[] }
  resetCalls(): void
  setFaults(faults: Iterable<FaultRule | string>): void
  close(): Promise<void>
}

const MAX_BODY_BYTES = 10 * 1024 * 1024
const ADMINISTRATOR = 'sandbox-administrator'

/** Starts a sandbox; it serves until `close()`. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { world, host = '127.0.0.1', port = 0, authorize = authorizeByPolicies } = options
  if (!isLoopback(host) && !options.allowRemote)
    throw new KeyreeveError('usage', `the sandbox listens on loopback only: \`${host}\` would let others in`)
  const rules = [...(options.faults ?? [])]
  const faults = faultsOf(rules)
  for (const rule of rules) await checkAction(rule)
  const account = mainAccount(world, options.accountId)
  const { accessKeyId, secretAccessKey } = administratorKey(world, account)
  const log = new CallLog(options.past)
  if (options.past) deliverPast(world, options.past)
  const server = await startServer({
    world,
    host,
    port,
    log,
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    faults,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    ...(authorize && { authorize }),
    ...(options.onFailure && { onFailure: options.onFailure }),
  })
  const shownHost = isIP(host) === 6 ? `[${host}]` : host
  return {
    endpoint: `http://${shownHost}:${server.port}`,
    port: server.port,
    accountId: account.accountId,
    region: homeRegion(world.partition),
    accessKeyId,
    secretAccessKey,
    world,
    calls: () => ({ total: log.total, counts: log.counts, records: log.records }),
    resetCalls: () => log.reset(),
    setFaults: (faults) => server.setFaults(faultsOf(faults)),
    close: () => server.close(),
  }
}

/** A rule for an operation that its service does not have would never strike. */
async function checkAction(given: FaultRule | string): Promise<void> {
  const rule = typeof given === 'string' ? parseFault(given) : given
  const service = SERVICES.find(({ name }) => name === rule.service.toLowerCase())
  if (!service || rule.action === '*') return
  const { client } = await service.load()
  const { operations } = modelOf(client, service.model)
  if (![...operations.keys()].some((name) => wildcard(rule.action, name)))
    throw new FaultRuleError(
      `${rule.kind}:${rule.service}:${rule.action}`,
      `${service.name} has no operation \`${rule.action}\``,
    )
}

function faultsOf(rules: SandboxOptions['faults']): Faults {
  return new Faults(
    rules,
    SERVICES.map(({ name }) => name),
  )
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function mainAccount(world: World, accountId: string | undefined): Account {
  const id = accountId ?? world.administrator?.account.accountId ?? world.organization?.managementAccountId
  const account = id === undefined ? world.accounts.values().next().value : world.accounts.get(id)
  if (!account)
    throw new KeyreeveError('usage', id === undefined ? 'the world has no account' : `there is no account \`${id}\``)
  return account
}

/** The key of the world's administrator, or of the one that every sandbox has; made where there is none. */
function administratorKey(world: World, account: Account) {
  const chosen = world.administrator
  if (chosen?.account === account && chosen.key.status === 'Active') return chosen.key
  const administrator =
    account.users.get(nameKey(ADMINISTRATOR)) ??
    addUser(world, account, ADMINISTRATOR, {
      attachedPolicies: [awsManagedArn(world.partition, 'AdministratorAccess')],
    })
  const usable = administrator.accessKeys.find(({ status }) => status === 'Active')
  return usable ?? addAccessKey(world, account, administrator)
}
