/** Leaks and their places in words. */

import { isUncommitted, type LeakPlace } from '../../model/leak.ts'
import type { AssessedLeak } from '../../model/scan-report.ts'
import { printable } from '../escape.ts'
import { leakPlaceName, uncommittedWords } from '../leak-place.ts'
import { dayOf } from '../words.ts'

/** `AKIA…`, or what it is when it has no ID. */
export function leakName({ accessKeyId, kind }: AssessedLeak): string {
  if (accessKeyId !== null) return accessKeyId
  return kind === 'bedrock-api-key' ? 'Bedrock API key' : 'secret access key'
}

const WITH: Record<AssessedLeak['evidence'], string> = {
  pair: 'with its secret',
  'bare-secret': 'with what looks like its secret',
  'named-secret': 'without its ID',
  token: '',
  'id-only': 'without its secret',
}

/** What it is and how sure: `long-term key of account 111122223333, with its secret`. */
export function leakSentence(leak: AssessedLeak): string {
  const { kind, accountId, evidence, hasSessionToken, inAccount, verified, otherHalf, class: leakClass, reason } = leak
  const what = {
    'long-term': 'long-term key',
    temporary: 'temporary credentials',
    'bedrock-api-key': leak.accessKeyId === null ? 'long-term key' : 'short-term Bedrock API key',
    secret: 'secret',
  }[kind]
  const parts = [
    `${what}${accountId === null ? '' : ` of account ${accountId}`}`,
    ...(WITH[evidence] ? [WITH[evidence] + (hasSessionToken ? ' and session token' : '')] : []),
    ...(otherHalf ? [`which is probably in ${printable(otherHalf.file)} beside it`] : []),
    ...(inAccount ? [statusWords(inAccount)] : []),
    ...(verified ? [verifiedWords(verified)] : []),
  ]
  return `${parts.join(', ')}${leakClass === 'impossible' ? `; ${reason}` : ''}`
}

function verifiedWords({ status, arn, code }: NonNullable<AssessedLeak['verified']>): string {
  switch (status) {
    case 'works':
      return `IT WORKS${arn ? `, as ${printable(arn)}` : ''}`
    case 'wrong-secret':
      return 'the key is active, but this is not its secret'
    case 'refused':
      return 'AWS refuses it: there is no such active key'
    case 'expired':
      return 'expired'
    case 'not-known':
      return `could not be tried${code ? ` (${printable(code)})` : ''}`
  }
}

function statusWords({ status, owner }: NonNullable<AssessedLeak['inAccount']>): string {
  if (status === 'unknown-key') return 'which has no such key any more'
  return `${status}${owner ? `, owner ${owner.replace(/^arn:[^:]*:iam::\d*:/, '')}` : ''}`
}

/** `src/a.py:3:7 (base64)`, with what git or an archive adds. */
export function placeWords(place: LeakPlace): string {
  return [locationOf(place), ...remarksOn(place)].join(' ')
}

/** `src/a.py!/inner.txt:3:7`, one line, whatever the names are made of. */
export function locationOf(place: LeakPlace): string {
  const { kind, path, member, line, column } = place
  if (kind === 'account') return printable(leakPlaceName(place))
  const inside = member === null ? '' : `!/${printable(member)}`
  return `${printable(path)}${inside}${line === null ? '' : `:${line}${column === null ? '' : `:${column}`}`}`
}

function remarksOn({ kind, encodings, commit, author, date, inHead, reachable, region, allowed }: LeakPlace): string[] {
  const made = [
    ...(commit === null ? [] : [`commit ${commit.slice(0, 10)}`]),
    ...(author === null ? [] : [`by ${printable(author)}`]),
    ...(date === null ? [] : [`on ${printable(dayOf(date))}`]),
  ]
  const git = [
    ...(made.length > 0 ? [made.join(' ')] : []),
    ...(isUncommitted({ kind, commit, reachable })
      ? [uncommittedWords(inHead)]
      : reachable === false
        ? ['dangling']
        : inHead === false
          ? ['no longer in HEAD']
          : []),
  ]
  const remarks = [
    ...(kind === 'file' || kind === 'archive' || kind === 'account' || (kind === 'git' && git.length > 0)
      ? []
      : [kind]),
    ...(git.length > 0 ? [git.join(', ')] : []),
    // an account's places begin with an ARN, which has it
    ...(region === null || kind === 'account' ? [] : [`in ${printable(region)}`]),
    ...(encodings.length > 0 ? [encodings.join(', ')] : []),
    ...(allowed === null ? [] : [`allowed: ${printable(allowed)}`]),
  ]
  return remarks.length > 0 ? [`(${remarks.join('; ')})`] : []
}
