/**
 * Snapshots from files: our own, or what the AWS CLI saved. Exports of one account are put together; what they don't
 * hold is a gap in the ledger.
 */

import { InputError } from '../../model/errors.ts'
import { brokenOffSentence, FACTS } from '../../model/facts.ts'
import { counted } from '../../model/numbers.ts'
import type { Snapshot } from '../../model/snapshot.ts'
import { type Answer, answer, isAnswer, isoDate, Oddities, text } from '../answer.ts'
import { assemble, nothingTold, reportRows, type Told } from '../assemble.ts'
import { instances } from '../ec2.ts'
import { DETAILS, noteDetails, noteReport, REPORT } from '../gaps.ts'
import { accountAlias, accountSummary, oidcProviders, passwordPolicy, samlProviders } from '../iam/account.ts'
import { AuthorizationDetails } from '../iam/authorization-details.ts'
import { type CredentialReport, looksLikeCredentialReport, parseCredentialReport } from '../iam/credential-report.ts'
import {
  listedKeys,
  mfaDevices,
  serverCertificates,
  serviceSpecificCredentials,
  sshPublicKeys,
  virtualMfaDevices,
} from '../iam/credentials.ts'
import { Ledger } from '../ledger.ts'
import { redactSecrets } from '../redact.ts'
import { parseJsonValues } from './json-text.ts'
import { REPORT_IN_BASE64, readSavedFiles, type SavedFile } from './read-file.ts'
import { recognise, type SavedKind } from './recognise.ts'

export interface LoadOptions {
  toolVersion: string
  /** When the exports were true (`2026-11-01` or a full date); else the files say it, or their modification time. */
  asOf?: string
}

/** The snapshots that the files hold, one for each account, and what a reader must know about them. */
export async function loadSnapshots(
  paths: string[],
  options: LoadOptions,
): Promise<{ snapshots: Snapshot[]; notes: string[] }> {
  const asOf = options.asOf === undefined ? null : parseAsOf(options.asOf)
  const own: { snapshot: Snapshot; name: string }[] = []
  const saved: Saved[] = []
  const notes: string[] = []
  for await (const file of readSavedFiles(paths)) {
    try {
      for (const piece of await piecesOf(file)) {
        if ('snapshot' in piece) own.push({ snapshot: piece.snapshot, name: file.name })
        else saved.push(piece)
      }
    } catch (error) {
      // In a folder lie other files, too; but what the person named must be what it should be.
      if (!file.fromFolder || !(error instanceof NotOursError)) throw error
      notes.push(`left out ${error.message}`)
    }
  }
  if (own.length === 0 && saved.length === 0) {
    throw new InputError('there is no snapshot and no AWS CLI export in these files', { hint: WHAT_TO_GIVE })
  }
  const built = byAccount(saved).map((pieces) => build(pieces, asOf, options.toolVersion, notes))
  const snapshots = newestOfEachAccount([...own.map(({ snapshot }) => snapshot), ...built], notes)
  notes.push(...snapshots.flatMap((snapshot) => brokenOffSentence(snapshot) ?? []))
  return { snapshots, notes }
}

const WHAT_TO_GIVE =
  'give what `keyreeve collect`, `aws iam get-account-authorization-details` or `aws iam get-credential-report` wrote'

/** The file is fine, but nothing that we know. */
class NotOursError extends InputError {}

function parseAsOf(asOf: string): string {
  const date = isoDate(/^\d{4}-\d\d-\d\d$/.test(asOf) ? `${asOf}T00:00:00Z` : asOf)
  if (!date)
    throw new InputError('the as-of date is no date', { hint: 'write it as 2026-11-01 or 2026-11-01T12:00:00Z' })
  return date
}

/** One answer of AWS, as it was saved. */
interface Saved {
  kind: Exclude<SavedKind, 'snapshot'>
  value: Answer
  file: SavedFile
  accountId: string | null
  partition: string | null
  details: AuthorizationDetails | null
  report: CredentialReport | null
  /** When it was true, as it says itself. */
  generatedAt: string | null
}

type Piece = Saved | { snapshot: Snapshot }

async function piecesOf(file: SavedFile): Promise<Piece[]> {
  const start = file.text.slice(0, 1000).trimStart()
  if (start === '' && file.text.trim() === '') throw new InputError(`${file.name} is empty`)
  if (looksLikeCredentialReport(start)) return [savedReport(file, file.text.trimStart(), null)]
  // `--query Content --output text` gives the report still in base64: "user,arn," begins so.
  if (start.startsWith(REPORT_IN_BASE64))
    return [savedReport(file, redactSecrets(Buffer.from(file.text, 'base64').toString()), null)]
  if (start.startsWith('<')) {
    throw new NotOursError(`${file.name} is HTML or XML, neither JSON nor a credential report`, { hint: WHAT_TO_GIVE })
  }
  if (!/^[{[]/.test(start)) {
    throw new NotOursError(`${file.name} is neither JSON nor a credential report`, { hint: WHAT_TO_GIVE })
  }
  const values = parseJsonValues(file.text, file.name)
  // A list of values: `jq -s`, or several snapshots.
  const pieces: Piece[] = []
  for (const value of values.flat()) pieces.push(await pieceOf(value, file))
  return pieces
}

async function pieceOf(value: unknown, file: SavedFile): Promise<Piece> {
  const kind = isAnswer(value) ? recognise(value) : null
  if (!isAnswer(value) || !kind) {
    const isReport = isAnswer(value) && 'findings' in value
    throw new NotOursError(
      `${file.name} is JSON, but ${isReport ? 'a report and no snapshot' : 'neither a snapshot nor an AWS CLI export that we know'}`,
      {
        hint: WHAT_TO_GIVE,
      },
    )
  }
  if (kind === 'snapshot') {
    const { readOwnSnapshot } = await import('./own-snapshot.ts')
    return { snapshot: readOwnSnapshot(value, file.name) }
  }
  if (kind === 'credential-report') {
    const csv = redactSecrets(Buffer.from(String(value.Content), 'base64').toString())
    if (!looksLikeCredentialReport(csv))
      throw new InputError(`${file.name} has a \`Content\` that is no credential report`)
    return savedReport(file, csv, isoDate(value.GeneratedTime))
  }
  const saved: Saved = { kind, value, file, ...accountOf(value), details: null, report: null, generatedAt: null }
  return kind === 'authorization-details' ? savedDetails(saved) : saved
}

function savedReport(file: SavedFile, csv: string, generatedAt: string | null): Saved {
  const report = parseCredentialReport(csv, file.name)
  const { accountId, partition } = report
  return { kind: 'credential-report', value: {}, file, accountId, partition, details: null, report, generatedAt }
}

function savedDetails(saved: Saved): Saved {
  for (const list of ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies']) {
    const value = saved.value[list]
    if (value !== undefined && value !== null && !Array.isArray(value)) {
      throw new InputError(`${saved.file.name} is not what AWS answers: \`${list}\` is no list`, { hint: WHAT_TO_GIVE })
    }
  }
  const details = new AuthorizationDetails()
  details.add(saved.value)
  const [accountId, other] = details.accountIds
  if (other !== undefined) {
    throw new InputError(`${saved.file.name} mixes accounts ${accountId} and ${other}`, {
      hint: 'save each account in a file of its own',
    })
  }
  const [partition] = details.partitions
  // What was read is in `details`; the raw answer is no longer needed, and large.
  const { IsTruncated, NextToken, UserDetailList, GroupDetailList, RoleDetailList, Policies } = saved.value
  const lacks = Object.entries({ UserDetailList, GroupDetailList, RoleDetailList, Policies })
    .filter(([, list]) => !list)
    .map(([list]) => list)
  const value = { isCut: IsTruncated === true || typeof NextToken === 'string', lacks }
  return { ...saved, value, accountId: accountId ?? null, partition: partition ?? null, details }
}

/** The account that the first ARN in the answer belongs to. */
function accountOf(value: Answer): { accountId: string | null; partition: string | null } {
  for (const found of arnsOf(value)) {
    const [, partition, accountId] = /^arn:(aws[a-z-]*):(?:iam|sts)::(\d{12}):/.exec(found) ?? []
    if (partition && accountId) return { accountId, partition }
  }
  const [owner] = Array.isArray(value.Reservations) ? value.Reservations : []
  const ownerId = text(answer(owner).OwnerId)
  return { accountId: ownerId && /^\d{12}$/.test(ownerId) ? ownerId : null, partition: null }
}

function* arnsOf(value: Answer): Generator<string> {
  const lists = [value.VirtualMFADevices, value.MFADevices, value.SAMLProviderList, value.OpenIDConnectProviderList]
  for (const list of [[value], ...lists, value.ServerCertificateMetadataList]) {
    for (const entry of Array.isArray(list) ? list : []) {
      const { Arn, SerialNumber, User } = answer(entry)
      for (const found of [Arn, SerialNumber, answer(User).Arn]) if (typeof found === 'string') yield found
    }
  }
}

/** The pieces of each account. What names no account belongs to the only one there is, in its folder or at all. */
function byAccount(saved: Saved[]): Saved[][] {
  const accounts = new Map<string, Saved[]>()
  const folderOf = ({ file }: Saved) => file.path.slice(0, file.path.lastIndexOf('/') + 1)
  for (const piece of saved) {
    if (piece.accountId) accounts.set(piece.accountId, [...(accounts.get(piece.accountId) ?? []), piece])
  }
  for (const piece of saved) {
    if (piece.accountId) continue
    const inFolder = [...accounts].filter(([id, pieces]) =>
      pieces.some((other) => other.accountId === id && folderOf(other) === folderOf(piece)),
    )
    const candidates = accounts.size === 1 ? [...accounts] : inFolder
    const [only] = candidates
    if (!only || candidates.length > 1) {
      throw new InputError(`nothing tells which account ${piece.file.name} belongs to`, {
        hint: 'name it together with the account details or the credential report of one account',
      })
    }
    only[1].push({ ...piece, accountId: only[0] })
  }
  return [...accounts.values()]
}

function build(pieces: Saved[], asOf: string | null, toolVersion: string, notes: string[]): Snapshot {
  const accountId = pieces[0]!.accountId!
  const partition = pieces.find((piece) => piece.partition)?.partition ?? 'aws'
  const { collectedAt, collectedAtFrom } = timeOf(pieces, asOf, accountId, notes)
  const told = nothingTold({ toolVersion, accountId, partition, callerArn: null, collectedAt, collectedAtFrom })
  const ledger = new Ledger(() => collectedAt)

  addDetails(pieces, told, ledger)
  addReport(pieces, told, ledger, notes)
  for (const [kind, add] of Object.entries(ADD)) {
    const ofKind = pieces.filter((piece) => piece.kind === kind)
    if (ofKind.length > 0) add(ofKind, told, ledger)
  }
  noteAbsent(ledger)
  return assemble(told, ledger)
}

function timeOf(
  pieces: Saved[],
  asOf: string | null,
  accountId: string,
  notes: string[],
): { collectedAt: string; collectedAtFrom: Snapshot['collectedAtFrom'] } {
  if (asOf) return { collectedAt: asOf, collectedAtFrom: 'as-of' }
  const latest = (dates: (string | null)[]) =>
    dates
      .filter((date) => date !== null)
      .sort()
      .at(-1)
  const generatedAt = latest(pieces.map((piece) => piece.generatedAt))
  if (generatedAt) return { collectedAt: generatedAt, collectedAtFrom: 'credential-report' }
  const modifiedAt = latest(pieces.map(({ file }) => file.modifiedAt))
  if (modifiedAt) {
    notes.push(
      `the files of account ${accountId} don't say when they were true: their modification time, ${modifiedAt}, is taken for it (--as-of sets another)`,
    )
    return { collectedAt: modifiedAt, collectedAtFrom: 'file-time' }
  }
  notes.push(
    `the input of account ${accountId} doesn't say when it was true: now is taken for it (--as-of sets another)`,
  )
  return { collectedAt: `${new Date().toISOString().slice(0, 19)}Z`, collectedAtFrom: 'clock' }
}

function addDetails(pieces: Saved[], told: Told, ledger: Ledger): void {
  const exports = pieces.filter((piece) => piece.details)
  const [first, ...others] = exports
  if (!first?.details) return
  const details = first.details
  for (const other of others) details.addAll(other.details!)
  told.details = details
  ledger.read(DETAILS)
  // Pages in a row: all but the last say that there is more.
  if (exports.every(({ value }) => value.isCut)) ledger.gap(DETAILS, 'truncated', 'the export says that there is more')
  const lacking = ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'].filter((list) =>
    exports.every(({ value }) => (value.lacks as string[]).includes(list)),
  )
  if (lacking.length > 0) ledger.gap(DETAILS, 'truncated', `the export has no ${lacking.join(', ')}`)
  noteDetails(details, ledger)
}

function addReport(pieces: Saved[], told: Told, ledger: Ledger, notes: string[]): void {
  const reports = pieces.filter((piece) => piece.report)
  // Of several, the newest counts.
  const age = ({ generatedAt, file }: Saved) => generatedAt ?? file.modifiedAt ?? ''
  const newest = reports.sort((one, other) => (age(one) < age(other) ? 1 : -1))[0]
  if (!newest?.report) return
  if (reports.length > 1) {
    notes.push(
      `account ${told.accountId} has ${reports.length} credential reports: the newest, ${newest.file.name}, was taken`,
    )
  }
  told.report = newest.report
  ledger.read(REPORT, { asOf: newest.generatedAt ?? told.collectedAt })
  noteReport(newest.report, ledger)
}

type Add = (pieces: Saved[], told: Told, ledger: Ledger) => void

/** For each other kind of export, what it tells. */
const ADD: Partial<Record<SavedKind, Add>> = {
  'caller-identity': (pieces, told) => {
    told.callerArn = text(pieces[0]!.value.Arn)
  },
  'access-keys': addAccessKeys,
  'virtual-mfa-devices': (pieces, told, ledger) => {
    told.virtualMfaDevices = listed('iam:ListVirtualMFADevices', pieces, ledger, virtualMfaDevices)
  },
  'mfa-devices': addMfaDevices,
  'account-summary': (pieces, told, ledger) => {
    ;[told.summary = null] = listed('iam:GetAccountSummary', pieces, ledger, (page, odd) => [accountSummary(page, odd)])
  },
  'account-aliases': (pieces, told, ledger) => {
    ;[told.alias = null] = listed('iam:ListAccountAliases', pieces, ledger, (page, odd) => [accountAlias(page, odd)])
  },
  'password-policy': (pieces, told, ledger) => {
    const policies = listed('iam:GetAccountPasswordPolicy', pieces, ledger, (page, odd) => [passwordPolicy(page, odd)])
    told.passwordPolicy = policies[0] ?? null
  },
  'saml-providers': (pieces, told, ledger) => {
    told.samlProviders = listed('iam:ListSAMLProviders', pieces, ledger, samlProviders)
  },
  'oidc-providers': (pieces, told, ledger) => {
    told.oidcProviders = listed('iam:ListOpenIDConnectProviders', pieces, ledger, oidcProviders)
  },
  'server-certificates': (pieces, told, ledger) => {
    told.serverCertificates = listed('iam:ListServerCertificates', pieces, ledger, serverCertificates)
  },
  'service-specific-credentials': (pieces, told, ledger) => {
    const source = 'iam:ListServiceSpecificCredentials'
    told.serviceSpecificCredentials = listed(source, pieces, ledger, serviceSpecificCredentials)
  },
  'ssh-public-keys': (pieces, told, ledger) => {
    const source = 'iam:ListSSHPublicKeys'
    told.sshPublicKeys = listed(source, pieces, ledger, sshPublicKeys)
    ledger.gap(
      source,
      'absent',
      `the files hold those of ${counted(new Set(told.sshPublicKeys.map(({ userName }) => userName)).size, 'user')} only`,
    )
  },
  instances: (pieces, told, ledger) => {
    const source = 'ec2:DescribeInstances'
    const about = { region: null, accountId: told.accountId, partition: told.partition }
    told.instances = listed(source, pieces, ledger, (page, odd) => instances(page, about, odd))
    told.regions = [...new Set(told.instances.map(({ region }) => region))].filter((region) => region !== '').sort()
    ledger.gap(source, 'absent', `the files hold ${told.regions.join(', ') || 'no region'} only`)
  },
}

/** Converts the pages of one list and writes them into the ledger. */
function listed<T>(
  source: string,
  pieces: Saved[],
  ledger: Ledger,
  convert: (page: Answer, odd: Oddities) => T[],
): T[] {
  const odd = new Oddities()
  const all = pieces.flatMap(({ value }) => convert(value, odd))
  ledger.read(source)
  const sentence = odd.sentence()
  if (sentence) ledger.gap(source, 'truncated', sentence)
  if (pieces.every(({ value }) => value.IsTruncated === true || typeof value.NextToken === 'string')) {
    ledger.gap(source, 'truncated', 'the export says that there is more')
  }
  return all
}

/** `list-access-keys` answers for one user: say for how many of those that have keys it was saved. */
function addAccessKeys(pieces: Saved[], told: Told, ledger: Ledger): void {
  const source = 'iam:ListAccessKeys'
  for (const key of listed(source, pieces, ledger, listedKeys)) {
    if (key.userName === null) continue
    const keys = told.accessKeys.get(key.userName) ?? []
    if (!keys.some(({ accessKeyId }) => accessKeyId === key.accessKeyId)) keys.push(key)
    told.accessKeys.set(key.userName, keys)
  }
  const owners = told.report
    ? [...reportRows(told).values()].filter(({ accessKeys }) => accessKeys.length > 0)
    : [...(told.details?.users.values() ?? [])]
  const others = owners.filter(({ userName }) => !told.accessKeys.has(userName)).length
  if (others > 0) ledger.gap(source, 'absent', `not in the files for ${counted(others, 'user')}`)
}

function addMfaDevices(pieces: Saved[], told: Told, ledger: Ledger): void {
  const source = 'iam:ListMFADevices'
  for (const device of listed(source, pieces, ledger, mfaDevices)) {
    if (device.userName === null) continue
    told.mfaDevices.set(device.userName, [...(told.mfaDevices.get(device.userName) ?? []), device])
  }
  const virtual = new Set(told.virtualMfaDevices?.map(({ userName }) => userName))
  const others = [...reportRows(told).values()].filter(
    ({ userName, mfaActive }) => mfaActive && !virtual.has(userName) && !told.mfaDevices.has(userName),
  ).length
  if (others > 0 || !told.report)
    ledger.gap(source, 'absent', `not in the files for ${told.report ? counted(others, 'user') : 'other users'}`)
}

const SOURCES = new Set<string>(Object.values(FACTS).flat(2))

function noteAbsent(ledger: Ledger): void {
  for (const source of SOURCES) if (!ledger.has(source)) ledger.gap(source, 'absent', 'not in the files')
}

function newestOfEachAccount(snapshots: Snapshot[], notes: string[]): Snapshot[] {
  const newest = new Map<string, Snapshot>()
  for (const snapshot of snapshots) {
    const other = newest.get(snapshot.accountId)
    if (!other) {
      newest.set(snapshot.accountId, snapshot)
      continue
    }
    const [older, newer] = other.collectedAt >= snapshot.collectedAt ? [snapshot, other] : [other, snapshot]
    const isCutShort = newer.brokenOff !== undefined && older.brokenOff === undefined
    const taken = isCutShort ? 'an older snapshot was taken, as the newest holds only part of it' : TAKEN
    notes.push(`account ${snapshot.accountId} is there more than once: ${taken}`)
    newest.set(snapshot.accountId, isCutShort ? older : newer)
  }
  return [...newest.values()]
}

const TAKEN = 'the newest snapshot was taken'
