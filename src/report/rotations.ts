/** Where rotations stand, for people and for other programs. */
import { counted } from '../model/numbers.ts'
import { inChunks, REPORT_SCHEMA_VERSION, type TerminalOptions } from './format.ts'
import { Page } from './page.ts'
import { dayOf } from './words.ts'

export interface RotatedKey {
  accountId: string
  /** null: root's, or not known. */
  userName: string | null
  /** The key that goes; null: none was found. */
  accessKeyId: string | null
  newAccessKeyId: string | null
  mode: 'rotate' | 'retire' | null
  phase: string | null
  /** Of this run; null: only the journal was read. */
  outcome: string | null
  because: string | null
  /** The earliest moment at which there may be more to do. */
  until: string | null
  waitsDays: number | null
  begunAt: string | null
  switchedAt: string | null
  deactivatedAt: string | null
  endedAt: string | null
  deliveries: { to: string; state: string; verified: string | null }[]
  /** Calls for which the key was activated again. */
  brokenCalls: {
    time: string
    action: string
    address: string | null
    agent: string | null
    errorCode: string | null
  }[]
}

/** A key that is due, and that nothing says where to deliver. */
export interface UntouchedKey {
  userName: string
  accessKeyId: string
  ageDays: number
  because: string
}

export interface RotationsReport {
  rotations: readonly RotatedKey[]
  untouched: readonly UntouchedKey[]
}

export function rotationsJson({ rotations, untouched }: RotationsReport): Iterable<string> {
  return inChunks([`${JSON.stringify({ schemaVersion: REPORT_SCHEMA_VERSION, rotations, untouched }, null, 1)}\n`])
}

const PHASES: Record<string, string> = {
  begun: 'begun',
  creating: 'creating the new key',
  made: 'delivering the new key',
  'taking-back': 'taking back',
  waiting: 'both keys work',
  deactivating: 'deactivating the old key',
  inactive: 'the old key is inactive',
  reactivating: 'activating the old key again',
  deleting: 'deleting the old key',
  ended: 'ended',
}

const OUTCOMES: Record<string, string> = {
  done: 'done',
  waits: 'waits',
  refused: 'refused',
  stopped: 'stopped',
  would: 'would',
  aborted: 'aborted',
}

export function rotationsText({ rotations, untouched }: RotationsReport, options: TerminalOptions): string {
  const page = new Page(options)
  if (rotations.length === 0 && untouched.length === 0) page.text('No rotation is under way.')
  for (const key of rotations) {
    page.blank()
    page.text(headOf(key), 0, page.paint.bold)
    const label = (OUTCOMES[key.outcome ?? ''] ?? (key.phase === 'ended' ? 'ended' : 'stands')).padEnd(8)
    page.labelled(label, [key.because, waitText(key)].filter(Boolean).join('. ') || PHASES[key.phase ?? ''] || '')
    if (key.outcome !== null && key.phase !== null && key.phase !== 'ended')
      page.labelled('now     ', PHASES[key.phase] ?? key.phase)
    for (const { to, state, verified } of key.deliveries)
      page.labelled('to      ', `${to}: ${state}${verified === null ? '' : ` (${verified})`}`)
    for (const { time, action, address, agent, errorCode } of key.brokenCalls)
      page.labelled('broke   ', `${action} from ${address ?? '?'} by ${agent ?? '?'} at ${time} ${errorCode ?? ''}`)
  }
  if (untouched.length > 0) {
    page.blank()
    page.text(`Due, and not touched: ${counted(untouched.length, 'key')}`, 0, page.paint.bold)
    for (const { userName, accessKeyId, ageDays } of untouched)
      page.text(`${accessKeyId} of ${userName}, ${counted(ageDays, 'day')} old`, 2)
    page.text(untouched[0]!.because, 2, page.paint.dim)
  }
  return page.toString()
}

function headOf({ userName, accessKeyId, newAccessKeyId, accountId }: RotatedKey): string {
  const keys = [accessKeyId, newAccessKeyId].filter((id) => id !== null).join(' -> ')
  return [userName ?? 'root', keys, `account ${accountId}`].filter((part) => part !== '').join('  ')
}

function waitText({ until, waitsDays }: RotatedKey): string {
  if (until === null || waitsDays === null) return ''
  return `If nothing else is seen, until ${dayOf(until)}: ${waitsDays === 0 ? 'today' : `in ${counted(waitsDays, 'day')}`}`
}
