/** `keyreeve.yaml`: read, checked to the letter, and merged with the defaults. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { isIP } from 'node:net'
import { CHECKS } from '../checks/index.ts'
import {
  type Allowance,
  type Config,
  DEFAULT_CONFIG,
  DEFAULT_THRESHOLDS,
  type RotationSetting,
  type Thresholds,
  type Vendor,
} from '../model/config.ts'
import { KeyreeveError } from '../model/errors.ts'
import { SEVERITIES, type Severity } from '../model/finding.ts'
import { nearest } from './nearest.ts'

const DEFAULT_FILES = ['keyreeve.yaml', 'keyreeve.yml']
const MAX_BYTES = 4 * 1024 * 1024

/** The configuration of `--config FILE`, else of `keyreeve.yaml` in the current folder, else the defaults. */
export async function loadConfig(file: string | undefined): Promise<Config> {
  const path = file ?? DEFAULT_FILES.find((name) => existsSync(name))
  if (path === undefined) return DEFAULT_CONFIG
  return parseConfig(await readYaml(path), path)
}

async function readYaml(path: string): Promise<unknown> {
  let text: string
  try {
    text = readBounded(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error'
    throw new KeyreeveError('config', `cannot read \`${path}\` (${code})`, { cause: error })
  }
  if (text.length > MAX_BYTES) throw new KeyreeveError('config', `\`${path}\` is too large for a configuration`)
  const { parseDocument } = await import('yaml')
  // no aliases: a few lines of them can stand for billions of nodes
  const document = parseDocument(text, { uniqueKeys: true })
  const [problem] = document.errors
  if (problem) {
    const line = problem.linePos?.[0].line
    throw new KeyreeveError('config', `\`${path}\`${line ? ` line ${line}` : ''} is not valid YAML (${problem.code})`)
  }
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    throw new KeyreeveError('config', `\`${path}\` uses YAML aliases, which are not allowed here`, { cause: error })
  }
}

/** The text of a file, or a little more than is allowed of one that is too large or never ends. */
function readBounded(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(MAX_BYTES + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null)
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}

/**
 * Checks a parsed configuration and fills in the defaults.
 * @throws KeyreeveError (`config`) naming the setting, and the nearest one that exists
 */
export function parseConfig(value: unknown, path: string): Config {
  const fail = (message: string, hint?: string): never => {
    throw new KeyreeveError('config', `\`${path}\`: ${message}`, hint ? { hint } : {})
  }
  const record = (candidate: unknown, name: string): Record<string, unknown> => {
    if (candidate === undefined || candidate === null) return {}
    if (typeof candidate !== 'object' || Array.isArray(candidate)) fail(`\`${name}\` is no mapping of names to values`)
    return candidate as Record<string, unknown>
  }
  const list = (candidate: unknown, name: string): unknown[] => {
    if (candidate === undefined || candidate === null) return []
    if (!Array.isArray(candidate)) fail(`\`${name}\` is no list`)
    return candidate as unknown[]
  }
  const known = (name: string, names: readonly string[], what: string) => {
    if (names.includes(name)) return
    const near = nearest(name, names)
    fail(`there is no ${what} \`${name}\``, near ? `did you mean \`${near}\`?` : `known: ${names.join(', ')}`)
  }
  const checkIds = CHECKS.map(({ id }) => id)
  const settings = record(value, 'the file')
  for (const name of Object.keys(settings)) known(name, Object.keys(DEFAULT_CONFIG), 'setting')

  const thresholds: Thresholds = { ...DEFAULT_THRESHOLDS }
  for (const [name, number] of Object.entries(record(settings.thresholds, 'thresholds'))) {
    known(name, Object.keys(DEFAULT_THRESHOLDS), 'threshold')
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0)
      fail(`threshold \`${name}\` is no whole number from 0 on`)
    thresholds[name as keyof Thresholds] = number as number
  }

  const severities: Record<string, Severity> = {}
  for (const [id, severity] of Object.entries(record(settings.severities, 'severities'))) {
    known(id, checkIds, 'check')
    if (!SEVERITIES.includes(severity as Severity)) fail(`severity of \`${id}\` is none of ${SEVERITIES.join(', ')}`)
    severities[id] = severity as Severity
  }

  const checks: Record<string, boolean> = {}
  for (const [id, on] of Object.entries(record(settings.checks, 'checks'))) {
    known(id, checkIds, 'check')
    const state = SWITCH.get(on)
    if (state === undefined) fail(`check \`${id}\` is neither \`on\` nor \`off\``)
    else checks[id] = state
  }

  const exceptions = list(settings.exceptions, 'exceptions').map((item, i) => {
    const name = `exceptions[${i}]`
    const entry = record(item, name)
    for (const field of Object.keys(entry)) known(field, [...EXCEPTION_FIELDS, 'account'], `field of ${name}:`)
    for (const field of EXCEPTION_FIELDS)
      if (typeof entry[field] !== 'string' || entry[field].trim() === '') fail(`\`${name}\` needs \`${field}\``)
    const { check, subject, reason, owner, expires, account } = entry as Record<string, string>
    if (check !== '*') known(check!, checkIds, 'check')
    if (!isDay(expires!)) fail(`\`expires\` of \`${name}\` is no day such as 2027-01-31`)
    if (account !== undefined && !isAccountId(account)) fail(`\`account\` of \`${name}\` ${ACCOUNT_ID_RULE}`)
    return {
      check: check!,
      subject: subject!,
      reason: reason!,
      owner: owner!,
      expires: expires!,
      ...(account ? { account } : {}),
    }
  })

  const trustedAccounts = list(settings.trustedAccounts, 'trustedAccounts').map((id) => {
    if (!isAccountId(id)) fail(`an entry of \`trustedAccounts\` ${ACCOUNT_ID_RULE}`)
    return id as string
  })
  const allowances = list(settings.allowances, 'allowances').map((item, i) => {
    const name = `allowances[${i}]`
    const entry = record(item, name)
    const fields = ['detection', 'reason', 'expires', ...ALLOWANCE_MATCHES]
    for (const field of Object.keys(entry)) known(field, fields, `field of ${name}:`)
    for (const field of fields)
      if (entry[field] !== undefined && (typeof entry[field] !== 'string' || entry[field].trim() === ''))
        fail(`\`${field}\` of \`${name}\` is no text`)
    if (entry.detection === undefined || entry.reason === undefined)
      fail(`\`${name}\` needs \`detection\` and \`reason\``)
    if (!ALLOWANCE_MATCHES.some((field) => entry[field] !== undefined))
      fail(`\`${name}\` allows everything`, `say whom it is for: ${ALLOWANCE_MATCHES.join(', ')}`)
    const { account, network, expires } = entry as Record<string, string>
    if (account !== undefined && !isAccountId(account)) fail(`\`account\` of \`${name}\` ${ACCOUNT_ID_RULE}`)
    if (network !== undefined && !isNetwork(network))
      fail(`\`network\` of \`${name}\` is no network such as 203.0.113.0/24`)
    if (expires !== undefined && !isDay(expires)) fail(`\`expires\` of \`${name}\` is no day such as 2027-01-31`)
    return entry as unknown as Allowance
  })
  const decoyKeys = list(settings.decoyKeys, 'decoyKeys').map((id) => {
    if (typeof id !== 'string' || !/^[A-Z0-9]{16,128}$/.test(id)) fail('an entry of `decoyKeys` is no access key ID')
    return id as string
  })
  const vendors = list(settings.vendors, 'vendors').map((item, i): Vendor => {
    const name = `vendors[${i}]`
    const entry = record(item, name)
    for (const field of Object.keys(entry)) known(field, ['name', 'networks'], `field of ${name}:`)
    if (typeof entry.name !== 'string' || entry.name.trim() === '') fail(`\`${name}\` needs \`name\``)
    const networks = list(entry.networks, `networks of ${name}`)
    if (networks.length === 0) fail(`\`${name}\` needs \`networks\``)
    for (const network of networks)
      if (typeof network !== 'string' || !isNetwork(network))
        fail(`an entry of \`networks\` of \`${name}\` is no network such as 203.0.113.0/24`)
    return { name: entry.name as string, networks: networks as string[] }
  })
  const requiredTags = list(settings.requiredTags, 'requiredTags').map((tag) => {
    if (typeof tag !== 'string' || tag === '') fail('an entry of `requiredTags` is no tag key')
    return tag as string
  })
  const rotations = list(settings.rotations, 'rotations').map((item, i): RotationSetting => {
    const name = `rotations[${i}]`
    const entry = record(item, name)
    for (const field of Object.keys(entry)) known(field, ROTATION_FIELDS, `field of ${name}:`)
    const { user, account, graceDays, silenceDays } = entry
    const to = list(entry.to, `to of ${name}`)
    if (typeof user !== 'string' || user === '') fail(`\`${name}\` needs \`user\``)
    if (to.length === 0 || !to.every((uri) => typeof uri === 'string' && uri !== ''))
      fail(`\`to\` of \`${name}\` is no list of destinations`)
    if (account !== undefined && !isAccountId(account)) fail(`\`account\` of \`${name}\` ${ACCOUNT_ID_RULE}`)
    for (const [field, days] of Object.entries({ graceDays, silenceDays }))
      if (days !== undefined && !(typeof days === 'number' && days >= 0 && days <= 3650))
        fail(`\`${field}\` of \`${name}\` is no number of days from 0 to 3650`)
    return entry as unknown as RotationSetting
  })
  return {
    thresholds,
    severities,
    checks,
    exceptions,
    trustedAccounts,
    allowances,
    decoyKeys,
    vendors,
    requiredTags,
    rotations,
  }
}

const ROTATION_FIELDS = ['user', 'account', 'to', 'graceDays', 'silenceDays'] as const
const EXCEPTION_FIELDS = ['check', 'subject', 'reason', 'owner', 'expires'] as const
const SWITCH = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['on', true],
  ['off', false],
])
const ALLOWANCE_MATCHES = ['account', 'principal', 'accessKey', 'session', 'userAgent', 'network'] as const
const ACCOUNT_ID_RULE = 'is no account ID: 12 digits in quotes'

function isAccountId(value: unknown): boolean {
  return typeof value === 'string' && /^\d{12}$/.test(value)
}

function isDay(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
}

/** An address, or a network in CIDR notation. */
function isNetwork(value: string): boolean {
  const [base = '', bits, ...rest] = value.split('/')
  const family = isIP(base)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
