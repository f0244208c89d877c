/**
 * Puts together what the sources told, live or from files, into a snapshot. The sources overlap and are of different
 * age: the lists are true now, the credential report may be four hours old. So a key's status and creation date come
 * from the list where there is one, its last use from the report, and what the report says of users and keys that are
 * gone is dropped.
 */
import { counted } from '../model/numbers.ts'
import type {
  AccessKey,
  Analyzer,
  Instance,
  MfaDevice,
  OidcProvider,
  Organization,
  PasswordPolicy,
  RootUser,
  SamlProvider,
  ServerCertificate,
  ServiceSpecificCredential,
  SigningCertificate,
  Snapshot,
  SshPublicKey,
  Trail,
  User,
  Workload,
} from '../model/snapshot.ts'
import type { AuthorizationDetails } from './iam/authorization-details.ts'
import type { CredentialReport, CredentialReportRow, ReportedKey } from './iam/credential-report.ts'
import type { ListedKey } from './iam/credentials.ts'
import { isComplete, type Ledger, shortList } from './ledger.ts'

/** What the sources told; null: not told (the ledger says why). */
export interface Told {
  toolVersion: string
  accountId: string
  partition: string
  callerArn: string | null
  collectedAt: string
  collectedAtFrom: Snapshot['collectedAtFrom']
  details: AuthorizationDetails | null
  report: CredentialReport | null
  /** Access keys by user name, for each user that was asked. */
  accessKeys: Map<string, ListedKey[]>
  /** Root's access keys; null: not asked (only root can). */
  rootAccessKeys: ListedKey[] | null
  virtualMfaDevices: MfaDevice[] | null
  /** MFA devices by user name, for each user that was asked. */
  mfaDevices: Map<string, MfaDevice[]>
  summary: Record<string, number> | null
  alias: string | null
  passwordPolicy: PasswordPolicy | null
  securityContact: boolean | null
  organization: Organization | null
  serviceSpecificCredentials: ServiceSpecificCredential[]
  sshPublicKeys: SshPublicKey[]
  serverCertificates: ServerCertificate[]
  samlProviders: SamlProvider[]
  oidcProviders: OidcProvider[]
  regions: string[]
  analyzers: Analyzer[]
  trails: Trail[]
  instances: Instance[]
  /** undefined: not asked for. */
  workloads?: Workload[]
}

/** A {@link Told} in which nothing has been told yet. */
export function nothingTold(
  about: Pick<Told, 'toolVersion' | 'accountId' | 'partition' | 'callerArn' | 'collectedAt' | 'collectedAtFrom'>,
): Told {
  return {
    ...about,
    details: null,
    report: null,
    accessKeys: new Map(),
    rootAccessKeys: null,
    virtualMfaDevices: null,
    mfaDevices: new Map(),
    summary: null,
    alias: null,
    passwordPolicy: null,
    securityContact: null,
    organization: null,
    serviceSpecificCredentials: [],
    sshPublicKeys: [],
    serverCertificates: [],
    samlProviders: [],
    oidcProviders: [],
    regions: [],
    analyzers: [],
    trails: [],
    instances: [],
  }
}

/** The snapshot of what was told. Adds to the ledger what only the comparison of the sources shows. */
export function assemble(told: Told, ledger: Ledger): Snapshot {
  const rows = reportRows(told)
  const users = told.details ? [...told.details.users.values()] : [...rows.values()].map(userOfRow)
  const owners = users.map((user) => ({ user, row: rows.get(user.arn) ?? null }))
  addReported(owners, told, ledger)
  const accessKeys = accessKeysOf(told, owners, rows, ledger)
  return {
    // SNAPSHOT_SCHEMA_VERSION (the compiler compares them); importing it would load zod, which exports don't need.
    schemaVersion: 1,
    tool: { name: 'keyreeve', version: told.toolVersion },
    collectedAt: told.collectedAt,
    collectedAtFrom: told.collectedAtFrom,
    complete: isComplete(ledger.lines),
    ...(ledger.brokenOff && { brokenOff: ledger.brokenOff }),
    accountId: told.accountId,
    partition: told.partition,
    alias: told.alias,
    callerArn: told.callerArn,
    organization: told.organization,
    summary: told.summary,
    securityContact: told.securityContact,
    passwordPolicy: told.passwordPolicy,
    root: rootOf(told),
    users,
    groups: [...(told.details?.groups.values() ?? [])],
    roles: [...(told.details?.roles.values() ?? [])],
    policies: [...(told.details?.policies.values() ?? [])],
    accessKeys,
    mfaDevices: mfaDevicesOf(told),
    serviceSpecificCredentials: told.serviceSpecificCredentials,
    sshPublicKeys: told.sshPublicKeys,
    signingCertificates: signingCertificatesOf(told, owners),
    serverCertificates: told.serverCertificates,
    samlProviders: told.samlProviders,
    oidcProviders: told.oidcProviders,
    instanceProfiles: [...(told.details?.instanceProfiles.values() ?? [])],
    regions: told.regions,
    analyzers: told.analyzers,
    trails: told.trails,
    instances: told.instances,
    ...(told.workloads ? { workloads: told.workloads } : {}),
    coverage: ledger.lines,
  }
}

/** The rows of the users that exist, by ARN. */
export function reportRows({ details, report }: Pick<Told, 'details' | 'report'>): Map<string, CredentialReportRow> {
  const rows = new Map<string, CredentialReportRow>()
  for (const row of report?.rows ?? []) {
    const user = details?.users.get(row.arn)
    // A row of a user who was deleted and made again is about the deleted one.
    if (user && !sameMoment(user.createDate, row.createDate)) continue
    rows.set(row.arn, row)
  }
  return rows
}

function sameMoment(one: string | null, other: string | null): boolean {
  return one === other || one === null || other === null || Math.abs(Date.parse(one) - Date.parse(other)) <= 2_000
}

/** A user, and what the report says of him. */
interface Owner {
  user: User
  row: CredentialReportRow | null
}

/** Adds to the users their passwords and whether they have MFA. */
function addReported(owners: Owner[], told: Told, ledger: Ledger): void {
  const virtual = new Set(told.virtualMfaDevices?.map(({ userName }) => userName))
  const mfaIsKnown = ledger.isWhole('iam:ListVirtualMFADevices')
  const newer: string[] = []
  for (const { user, row } of owners) {
    if (!row) newer.push(user.userName)
    else
      user.password = {
        enabled: row.passwordEnabled ?? false,
        lastUsed: row.passwordLastUsed,
        lastChanged: row.passwordLastChanged,
        nextRotation: row.passwordNextRotation,
      }
    if (row && row.passwordEnabled === null) user.password = null
    user.mfaActive = row?.mfaActive ?? null
    const asked = told.mfaDevices.get(user.userName)
    if (virtual.has(user.userName) || asked?.length) user.mfaActive = true
    else if (asked && mfaIsKnown) user.mfaActive = false
  }
  if (told.report && newer.length > 0) {
    const are = newer.length === 1 ? 'is' : 'are'
    ledger.gap(
      'iam:GetCredentialReport',
      'absent',
      `${counted(newer.length, 'user')} ${are} not in the report yet: ${shortList(newer)}`,
    )
  }
}

/** What the report alone says of a user; his policies and groups are not known (see coverage). */
function userOfRow(row: CredentialReportRow): User {
  const [, path] = /^[^/]*(\/(?:.*\/)?)[^/]*$/.exec(row.arn) ?? []
  return {
    userName: row.userName,
    userId: '',
    arn: row.arn,
    path: path ?? '/',
    createDate: row.createDate,
    tags: {},
    groups: [],
    attachedPolicies: [],
    inlinePolicies: [],
    permissionsBoundary: null,
    password: null,
    mfaActive: null,
  }
}

function accessKeysOf(
  told: Told,
  owners: Owner[],
  rows: Map<string, CredentialReportRow>,
  ledger: Ledger,
): AccessKey[] {
  const keys: AccessKey[] = []
  const newer: string[] = []
  const add = (
    owner: { userName: string | null; userArn: string },
    listed: ListedKey[] | null,
    reported: ReportedKey[],
  ) => {
    if (!listed) return void keys.push(...reported.map((key) => keyOfReport(owner, key)))
    for (const key of listed) {
      const match = matchKey(key, listed, reported)
      if (match === 'newer') newer.push(key.accessKeyId)
      keys.push({
        accessKeyId: key.accessKeyId,
        slot: typeof match === 'object' ? match.slot : null,
        ...owner,
        status: key.status,
        createDate: key.createDate,
        lastUsed: typeof match === 'object' ? match.lastUsed : null,
      })
    }
  }

  add({ userName: null, userArn: rootArn(told) }, told.rootAccessKeys, rootKeysOfReport(told))
  for (const { user, row } of owners) {
    const { userName, arn } = user
    add({ userName, userArn: arn }, told.accessKeys.get(userName) ?? null, row?.accessKeys ?? [])
  }
  // Where the account details were cut off, a user that only the report knows may well exist.
  if (!ledger.isWhole('iam:GetAccountAuthorizationDetails')) {
    const seen = new Set(owners.map(({ user }) => user.arn))
    for (const { userName, arn, accessKeys } of rows.values()) {
      if (!seen.has(arn)) add({ userName, userArn: arn }, told.accessKeys.get(userName) ?? null, accessKeys)
      seen.add(arn)
    }
    const names = new Set([...owners.map(({ user }) => user), ...rows.values()].map(({ userName }) => userName))
    for (const [userName, listed] of told.accessKeys)
      if (!names.has(userName))
        add({ userName, userArn: `arn:${told.partition}:iam::${told.accountId}:user/${userName}` }, listed, [])
  }
  if (told.report && newer.length > 0) {
    const are = newer.length === 1 ? 'is' : 'are'
    ledger.gap(
      'iam:GetCredentialReport',
      'absent',
      `${counted(newer.length, 'access key')} ${are} not in the report yet, so their last use is not known: ${shortList(newer)}`,
    )
  }
  return keys
}

function keyOfReport(owner: { userName: string | null; userArn: string }, key: ReportedKey): AccessKey {
  return {
    accessKeyId: null,
    slot: key.slot,
    ...owner,
    status: key.active ? 'Active' : 'Inactive',
    createDate: key.lastRotated,
    lastUsed: key.lastUsed,
  }
}

/**
 * The report has no key IDs: a key is found in it by its creation, to the second. Two keys made in the same second
 * cannot be told apart, unless the report says the same of both.
 */
function matchKey(
  key: ListedKey,
  listed: ListedKey[],
  reported: ReportedKey[],
): { slot: 1 | 2 | null; lastUsed: ReportedKey['lastUsed'] } | 'newer' | 'ambiguous' {
  if (key.createDate === null) return 'ambiguous'
  const candidates = reported.filter(({ lastRotated }) => lastRotated === key.createDate)
  const twins = listed.filter(({ createDate }) => createDate === key.createDate)
  const [first, second] = candidates
  if (!first) return 'newer'
  if (candidates.length === 1 && twins.length === 1) return first
  if (!second || twins.length > 2) return 'ambiguous'
  const same =
    first.lastUsed.date === second.lastUsed.date &&
    first.lastUsed.region === second.lastUsed.region &&
    first.lastUsed.serviceName === second.lastUsed.serviceName
  if (!same) return 'ambiguous'
  return { slot: candidates[twins.indexOf(key)]?.slot ?? null, lastUsed: first.lastUsed }
}

/** Root's keys of the report, without those that are gone: the summary is newer. */
function rootKeysOfReport({ report, summary }: Told): ReportedKey[] {
  const reported = report?.root?.accessKeys ?? []
  return summary?.AccountAccessKeysPresent === 0 ? reported.filter(({ active }) => !active) : reported
}

function rootArn({ partition, accountId }: Told): string {
  return `arn:${partition}:iam::${accountId}:root`
}

/**
 * Root, from the account summary (true now) and else from the report (up to four hours old). No call lists root's own
 * hardware keys and passkeys: they are what is left when MFA is active and {@link Snapshot.mfaDevices}, completely
 * read, has no virtual device of root.
 */
function rootOf(told: Told): RootUser {
  const { report, summary } = told
  const row = report?.root ?? null
  const present = (key: string) => (summary?.[key] === undefined ? null : summary[key] > 0)
  const virtual = told.virtualMfaDevices?.some(({ userName }) => userName === null) ?? false
  return {
    arn: rootArn(told),
    passwordPresent: present('AccountPasswordPresent') ?? row?.passwordEnabled ?? null,
    passwordLastUsed: row?.passwordLastUsed ?? null,
    accessKeysPresent:
      (told.rootAccessKeys ? told.rootAccessKeys.length > 0 : null) ??
      present('AccountAccessKeysPresent') ??
      (row ? row.accessKeys.length > 0 : null),
    mfaActive: present('AccountMFAEnabled') ?? (virtual ? true : (row?.mfaActive ?? null)),
    signingCertificatesPresent:
      present('AccountSigningCertificatesPresent') ?? (row ? row.signingCertificates.length > 0 : null),
    credentialReportRow: row !== null,
  }
}

function mfaDevicesOf({ virtualMfaDevices, mfaDevices }: Told): MfaDevice[] {
  const devices = new Map<string, MfaDevice>()
  for (const device of virtualMfaDevices ?? []) devices.set(device.serialNumber, device)
  for (const [userName, listed] of mfaDevices)
    for (const device of listed)
      if (!devices.has(device.serialNumber)) devices.set(device.serialNumber, { ...device, userName })
  return [...devices.values()]
}

function signingCertificatesOf(told: Told, owners: Owner[]): SigningCertificate[] {
  const certificates: SigningCertificate[] = []
  for (const certificate of told.report?.root?.signingCertificates ?? [])
    certificates.push({ userName: null, userArn: rootArn(told), ...certificate })
  for (const { user, row } of owners)
    for (const certificate of row?.signingCertificates ?? [])
      certificates.push({ userName: user.userName, userArn: user.arn, ...certificate })
  return certificates
}
