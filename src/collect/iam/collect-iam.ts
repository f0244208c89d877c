/**
 * IAM in the fewest calls: the account details in pages of a thousand, the credential report, a dozen lists, and one
 * call for each user who has access keys (the report has no key IDs) or an MFA device that is not virtual.
 */

import { failureOf } from '../../aws/failure.ts'
import { openRootSession } from '../../aws/root-session.ts'
import type { AwsSession } from '../../aws/session.ts'
import { counted } from '../../model/numbers.ts'
import type { OidcProvider } from '../../model/snapshot.ts'
import { type Answer, isoDate, Oddities, text } from '../answer.ts'
import { reportRows, type Told } from '../assemble.ts'
import { noteDetails, noteReport, REPORT } from '../gaps.ts'
import { redactSecrets } from '../redact.ts'
import { type Asked, type Call, declare, type Run, statusOf, UNREADABLE } from '../run.ts'
import {
  accountAlias,
  accountSummary,
  oidcProviders,
  passwordPolicy,
  samlProviders,
  withOidcDetails,
} from './account.ts'
import { AuthorizationDetails } from './authorization-details.ts'
import { type CredentialReport, type CredentialReportRow, parseCredentialReport } from './credential-report.ts'
import {
  type ListedKey,
  listedKeys,
  mfaDevices,
  serverCertificates,
  serviceSpecificCredentials,
  sshPublicKeys,
  virtualMfaDevices,
} from './credentials.ts'

const C = {
  details: declare('iam', 'GetAccountAuthorizationDetails'),
  generateReport: declare('iam', 'GenerateCredentialReport'),
  report: declare('iam', 'GetCredentialReport'),
  accessKeys: declare('iam', 'ListAccessKeys'),
  virtualMfaDevices: declare('iam', 'ListVirtualMFADevices'),
  mfaDevices: declare('iam', 'ListMFADevices'),
  summary: declare('iam', 'GetAccountSummary'),
  aliases: declare('iam', 'ListAccountAliases'),
  passwordPolicy: declare('iam', 'GetAccountPasswordPolicy'),
  samlProviders: declare('iam', 'ListSAMLProviders'),
  oidcProviders: declare('iam', 'ListOpenIDConnectProviders'),
  oidcProvider: declare('iam', 'GetOpenIDConnectProvider'),
  serverCertificates: declare('iam', 'ListServerCertificates'),
  serviceSpecificCredentials: declare('iam', 'ListServiceSpecificCredentials'),
  sshPublicKeys: declare('iam', 'ListSSHPublicKeys', { option: 'sshKeys' }),
  assumeRoot: declare('sts', 'AssumeRoot', { option: 'rootKeys' }),
} satisfies Record<string, Call>

export const IAM_CALLS: readonly Call[] = Object.values(C)

export interface IamOptions {
  sshKeys: boolean
  /** Whether the session is root's own: only then do calls without a user name answer for root. */
  callerIsRoot: boolean
  /** Of the management account, where root's keys are to be listed. */
  management: AwsSession | null
}

/** Reads the rest of IAM into `told`; `details` are those that {@link readDetails} has begun to read. */
export async function collectIam(run: Run, told: Told, details: Promise<void>, options: IamOptions): Promise<void> {
  await Promise.all([
    details,
    readReport(run, told, details),
    run
      .list(C.virtualMfaDevices, virtualMfaDevices, { input: { AssignmentStatus: 'Assigned', MaxItems: 1000 } })
      .then((devices) => {
        told.virtualMfaDevices = devices
      }),
    readAccount(run, told),
    readProviders(run, told),
    readOtherCredentials(run, told),
  ])
  // What is asked about each user depends on all of that.
  const subjects = usersToAsk(told)
  await Promise.all([
    readAccessKeys(run, told, subjects, options),
    readMfaDevices(run, told, subjects),
    readSshPublicKeys(run, told, subjects, options),
  ])
}

/** Reads users, groups, roles and policies, all in a few calls. */
export async function readDetails(run: Run, told: Told): Promise<void> {
  const details = new AuthorizationDetails()
  const input = { Filter: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'], MaxItems: 1000 }
  const { failure, pages } = await run.pages(C.details, input, (page) => details.add(page))
  if (pages > 0) told.details = details
  run.note(C.details, failure, { pages })
  // After a failure the rest is missing anyway.
  if (pages > 0 && !failure) noteDetails(details, run.ledger)
}

/** How long to wait before the report is asked for again: AWS needs seconds, for large accounts minutes. */
const REPORT_WAITS = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 15_000, 15_000, 30_000, 30_000]

/**
 * AWS makes the report when it is told to, at most every four hours; until then it answers the last one. Making it is
 * not waited for while there is other work.
 */
async function readReport(run: Run, told: Told, meanwhile: Promise<void>): Promise<void> {
  const started = await run.ask(C.generateReport)
  if (started.answer?.State !== 'COMPLETE') await Promise.race([meanwhile, run.pause(REPORT_WAITS[0]!)])
  const asked = await awaitReport(run, started)
  if (asked.failure) {
    // Not allowed to have it made, and there is none: the reason is the first refusal.
    const none = asked.failure.kind === 'missing' || reportState(asked.failure.code) !== null
    const failure = none && started.failure ? started.failure : asked.failure
    const detail = none && !started.failure ? `not ready: ${failure.detail}` : failure.detail
    run.ledger.gap(REPORT, none && !started.failure ? 'truncated' : statusOf(failure), detail)
    return
  }
  const { Content, GeneratedTime } = asked.answer
  const generatedAt = isoDate(GeneratedTime)
  const report = parsed(Content, told.accountId)
  if (!report) {
    run.ledger.gap(REPORT, 'truncated', 'the report could not be read')
    return
  }
  told.report = report
  // Without it the report may be days old: its date says so, and this line why.
  if (started.failure) run.note(C.generateReport, started.failure)
  run.ledger.read(REPORT, { asOf: generatedAt })
  noteReport(report, run.ledger)
}

async function awaitReport(run: Run, started: Asked): Promise<Asked> {
  for (let poll = 0; ; poll++) {
    const asked = await run.ask(C.report)
    const state = asked.failure && reportState(asked.failure.code)
    const wait = REPORT_WAITS[poll + 1]
    // One that nobody may have made does not come.
    if (!state || started.failure || wait === undefined) return asked
    if (state === 'expired') await run.ask(C.generateReport)
    if (!(await run.pause(wait))) return asked
  }
}

/** Why there is no report yet: AWS says `ReportInProgress`, the SDK calls it `CredentialReportNotReadyException`. */
function reportState(code: string): 'in progress' | 'not present' | 'expired' | null {
  if (/Report(InProgress|NotReady)/.test(code)) return 'in progress'
  if (/ReportNotPresent/.test(code)) return 'not present'
  return /ReportExpired/.test(code) ? 'expired' : null
}

function parsed(content: unknown, accountId: string): CredentialReport | null {
  const csv = content instanceof Uint8Array ? Buffer.from(content).toString() : text(content)
  if (!csv) return null
  try {
    const report = parseCredentialReport(redactSecrets(csv), 'the credential report')
    return report.accountId === accountId ? report : null
  } catch {
    return null
  }
}

async function readAccount(run: Run, told: Told): Promise<void> {
  await Promise.all([
    run.single(C.summary, accountSummary).then((summary) => {
      told.summary = summary
    }),
    run
      .list(C.aliases, (page, odd) => [accountAlias(page, odd)])
      .then(([alias]) => {
        told.alias = alias ?? null
      }),
    // "No such entity" is AWS's way to say that nobody has set one.
    run
      .single(C.passwordPolicy, (page, odd) => ({ policy: passwordPolicy(page, odd) }), { missing: { policy: null } })
      .then((read) => {
        told.passwordPolicy = read?.policy ?? null
      }),
  ])
}

async function readProviders(run: Run, told: Told): Promise<void> {
  await Promise.all([
    run.list(C.samlProviders, samlProviders).then((providers) => {
      told.samlProviders = providers
    }),
    readOidcProviders(run).then((providers) => {
      told.oidcProviders = providers
    }),
  ])
}

async function readOidcProviders(run: Run): Promise<OidcProvider[]> {
  const providers = await run.list(C.oidcProviders, oidcProviders)
  if (providers.length === 0) return providers
  const detailed = new Map(providers.map((provider) => [provider.arn, provider]))
  const subjects = providers.map((provider) => ({ name: provider.url, provider }))
  const gone = await run.each(C.oidcProvider, subjects, 'provider', async ({ provider }) => {
    const { answer: details, failure } = await run.ask(C.oidcProvider, { OpenIDConnectProviderArn: provider.arn })
    const odd = new Oddities()
    if (details) detailed.set(provider.arn, withOidcDetails(provider, details, odd))
    return failure ?? (odd.count > 0 ? UNREADABLE : null)
  })
  for (const { provider } of gone) detailed.delete(provider.arn)
  return [...detailed.values()]
}

async function readOtherCredentials(run: Run, told: Told): Promise<void> {
  await Promise.all([
    run.list(C.serverCertificates, serverCertificates, { input: { MaxItems: 1000 } }).then((certificates) => {
      told.serverCertificates = certificates
    }),
    run
      .list(C.serviceSpecificCredentials, serviceSpecificCredentials, { input: { AllUsers: true, MaxItems: 1000 } })
      .then((credentials) => {
        told.serviceSpecificCredentials = credentials
      }),
  ])
}

interface Subject {
  name: string
  arn: string
  row: CredentialReportRow | null
}

/** The users, as far as they are known, with what the report says of each. */
function usersToAsk(told: Told): Subject[] {
  const rows = reportRows(told)
  const known = told.details?.users ?? rows
  return [...known.values()].map(({ userName, arn }) => ({ name: userName, arn, row: rows.get(arn) ?? null }))
}

async function readAccessKeys(
  run: Run,
  told: Told,
  users: Subject[],
  { callerIsRoot, management }: IamOptions,
): Promise<void> {
  if (callerIsRoot) {
    const { failure, found } = await readOf(run, C.accessKeys, {}, listedKeys)
    if (!failure) told.rootAccessKeys = ofRoot(found)
  } else if (management) await readRootKeys(run, told, management)
  if (!told.details && !told.report) {
    run.ledger.gap(
      C.accessKeys.source,
      'absent',
      'not asked: neither the account details nor the credential report tell the users',
    )
    return
  }
  // Users who are not in the report, or all where there is none, may have keys: ask.
  const owners = users.filter(({ row }) => row === null || row.accessKeys.length > 0)
  const gone = await run.each(C.accessKeys, owners, 'user', async ({ name }) => {
    const { failure, found } = await readOf(run, C.accessKeys, { UserName: name }, listedKeys)
    if (!failure) told.accessKeys.set(name, found)
    return failure
  })
  forget(gone, told)
}

/** Without a user name AWS answers for the caller. */
function ofRoot(found: readonly ListedKey[]): ListedKey[] {
  return found.map((key) => ({ ...key, userName: null }))
}

/** What the account itself cannot be asked: IDs of root's keys, by a session of root's that may only look. */
async function readRootKeys(run: Run, told: Told, management: AwsSession): Promise<void> {
  let root: AwsSession
  try {
    root = await openRootSession(management, told.accountId, 'IAMAuditRootUserCredentials')
  } catch (error) {
    return run.note(C.assumeRoot, failureOf(error))
  }
  const { failure, found } = await readOf(run.as(root), C.accessKeys, {}, listedKeys)
  if (failure)
    return run.note(C.assumeRoot, { ...failure, detail: `as root, ${C.accessKeys.source}: ${failure.detail}` })
  told.rootAccessKeys = ofRoot(found)
  run.ledger.read(C.assumeRoot.source, { detail: `${counted(found.length, 'access key')} of root` })
}

async function readMfaDevices(run: Run, told: Told, users: Subject[]): Promise<void> {
  if (!told.report) {
    run.ledger.gap(
      C.mfaDevices.source,
      'absent',
      'not asked: without the credential report it takes one call for each user',
    )
    return
  }
  const virtual = new Set(told.virtualMfaDevices?.map(({ userName }) => userName))
  const owners = users.filter(({ name, row }) => (row === null || row.mfaActive) && !virtual.has(name))
  const gone = await run.each(C.mfaDevices, owners, 'user', async ({ name }) => {
    const { failure, found } = await readOf(run, C.mfaDevices, { UserName: name }, mfaDevices)
    if (!failure) told.mfaDevices.set(name, found)
    return failure
  })
  forget(gone, told)
  noteUnlistedDevices(run, told)
}

/**
 * A user may have a passkey beside a virtual device; asking everybody to find out would be one call for each user. The
 * summary counts the devices in use, so it can at least be said that there are more.
 */
function noteUnlistedDevices(run: Run, told: Told): void {
  const { summary, virtualMfaDevices, mfaDevices: asked } = told
  const { source } = C.mfaDevices
  if (!virtualMfaDevices || !run.ledger.isWhole(C.virtualMfaDevices.source) || !run.ledger.isWhole(source)) return
  const listed = virtualMfaDevices.length + [...asked.values()].flat().filter(({ kind }) => kind !== 'virtual').length
  const ofRoot = summary?.AccountMFAEnabled && !virtualMfaDevices.some(({ userName }) => userName === null) ? 1 : 0
  const more = (summary?.MFADevicesInUse ?? 0) - listed - ofRoot
  if (more > 0) {
    run.ledger.remark(
      source,
      `${counted(more, 'MFA device')} more in use: of root, or of users who have a virtual one as well`,
    )
  }
}

async function readSshPublicKeys(run: Run, told: Told, users: Subject[], { sshKeys }: IamOptions): Promise<void> {
  if (!sshKeys) {
    run.ledger.gap(C.sshPublicKeys.source, 'absent', 'one call for each user: ask with --ssh-keys')
    return
  }
  const gone = await run.each(C.sshPublicKeys, users, 'user', async ({ name }) => {
    const { failure, found } = await readOf(run, C.sshPublicKeys, { UserName: name }, sshPublicKeys)
    if (!failure) told.sshPublicKeys.push(...found)
    return failure
  })
  forget(gone, told)
}

/** A list about one user, whole; an answer with anything odd in it counts as not read. */
async function readOf<T>(
  run: Run,
  call: Call,
  input: object,
  convert: (page: Answer, odd: Oddities) => T[],
): Promise<{ failure: Asked['failure']; found: T[] }> {
  const found: T[] = []
  const odd = new Oddities()
  const { failure } = await run.pages(call, input, (page) => found.push(...convert(page, odd)))
  return { failure: failure ?? (odd.count > 0 ? UNREADABLE : null), found }
}

/** Users who were deleted while we were asking. */
function forget(gone: Subject[], told: Told): void {
  for (const { arn } of gone) told.details?.users.delete(arn)
}
