/**
 * What is known of a rotation: the lines of its journal, each on the disk before the next thing happens, and the state
 * that they make. No secret is in any of them.
 */
import type { Consumer } from '../../model/trail.ts'
import type { Verified } from '../deliver/destination.ts'

/** What was agreed on when it began. */
export interface RotationTerms {
  accountId: string
  userName: string
  /** The key that goes. */
  keyId: string
  /** `rotate`: a new key takes its place; `retire`: it goes, and another key that is there already stays. */
  mode: 'rotate' | 'retire'
  /** Of `retire`: the user's other key. */
  otherKeyId: string | null
  /** Destinations of the new key, as they were written. */
  to: string[]
  /** How long a deactivated key is kept, days. */
  graceDays: number
  /** How long a key must be silent where its consumers tell no rhythm, days. */
  silenceDays: number
}

/** What is known of the use of a key. */
export interface Uses {
  /** `trail`: the store; `lookup`: CloudTrail's event history; `none`: neither could be read. */
  source: 'trail' | 'lookup' | 'none'
  /** First and last moment that this tells of; null: nothing. */
  from: string | null
  to: string | null
  /** What this does not tell. */
  gaps: string[]
  consumers: Consumer[]
}

/** One call with a key. */
export interface SeenCall {
  time: string
  /** `s3:ListBuckets`, or the source and name of the event. */
  action: string
  address: string | null
  network: string | null
  agent: string | null
  region: string | null
  errorCode: string | null
}

export type RotationEvent =
  | ({ event: 'begin' } & RotationTerms)
  /** Who used the key, before anything was changed. */
  | { event: 'known'; uses: Uses }
  /** About to create a key; `keys` are those that the user has. */
  | { event: 'creating'; keys: string[] }
  | { event: 'not-created'; code: string }
  | { event: 'created'; accessKeyId: string }
  | { event: 'proven' }
  | { event: 'delivering'; to: string }
  /** What `putBack` needs after a crash. */
  | { event: 'undo'; to: string; undo: string }
  | { event: 'delivered'; to: string; verified: Verified }
  /** Every destination has the key. */
  | { event: 'switched' }
  | { event: 'taking-back'; because: string }
  | { event: 'put-back'; to: string }
  /** It has the new key, and could not be put back. */
  | { event: 'kept'; to: string; because: string }
  /** The new key was read from a destination: deliveries go on. */
  | { event: 'going-on' }
  | { event: 'discarding'; accessKeyId: string }
  | { event: 'discarded'; accessKeyId: string }
  | { event: 'deactivating' }
  /** It was refused, or it is to be judged anew. */
  | { event: 'not-deactivated' }
  | { event: 'deactivated'; bySomebodyElse: boolean }
  | { event: 'reactivating'; because: string; calls: SeenCall[] }
  | { event: 'reactivated'; bySomebodyElse: boolean }
  | { event: 'deleting' }
  /** It was refused, or it is to be judged anew. */
  | { event: 'not-deleted' }
  /** What a run waits for, where that is another than before. */
  | { event: 'waits'; because: string; until: string | null }
  | { event: 'ended'; how: EndOfRotation; because: string }

/** `taken-back`: nothing has changed; `aborted`: as the user asked; `gone`: somebody else deleted the key. */
export type EndOfRotation = 'done' | 'taken-back' | 'aborted' | 'gone'

export type RotationEntry = { at: string } & RotationEvent

export type Phase =
  | 'none'
  | 'begun'
  | 'creating'
  | 'made'
  | 'taking-back'
  | 'waiting'
  | 'deactivating'
  | 'inactive'
  | 'reactivating'
  | 'deleting'
  | 'ended'

export interface DeliveryState {
  state: 'delivering' | 'delivered' | 'put-back' | 'kept'
  undo: string | null
  verified: Verified | null
}

export interface Rotation {
  phase: Phase
  terms: RotationTerms
  begunAt: string
  known: Uses | null
  /** While a key is being created: when that began, and the keys from before. */
  creating: { at: string; keys: string[] } | null
  newKeyId: string | null
  provenAt: string | null
  deliveries: Map<string, DeliveryState>
  /** When the new key was everywhere, or the retiring began. */
  switchedAt: string | null
  deactivatedAt: string | null
  /** Calls for which the key was activated again. */
  broken: SeenCall[]
  takingBack: string | null
  waits: { because: string; until: string | null } | null
  /** When it was last activated again; silence counts from then on. */
  reactivatedAt: string | null
  end: { at: string; how: EndOfRotation; because: string } | null
}

/** The state after the last beginning; null: nothing was begun. */
export function rotationOf(entries: readonly RotationEntry[]): Rotation | null {
  let rotation: Rotation | null = null
  for (const entry of entries) {
    if (entry.event === 'begin') rotation = begun(entry)
    else if (rotation) rotation = after({ ...rotation, waits: null }, entry)
  }
  return rotation
}

function begun({ at, event: _, ...terms }: RotationEntry & { event: 'begin' }): Rotation {
  return {
    phase: 'begun',
    terms,
    begunAt: at,
    known: null,
    creating: null,
    newKeyId: null,
    provenAt: null,
    deliveries: new Map(),
    switchedAt: null,
    deactivatedAt: null,
    broken: [],
    takingBack: null,
    waits: null,
    reactivatedAt: null,
    end: null,
  }
}

function after(rotation: Rotation, entry: Exclude<RotationEntry, { event: 'begin' }>): Rotation {
  const { at } = entry
  switch (entry.event) {
    case 'known':
      return { ...rotation, known: entry.uses }
    case 'creating':
      return { ...rotation, phase: 'creating', creating: { at, keys: entry.keys } }
    case 'not-created':
      return { ...rotation, phase: 'begun', creating: null }
    case 'created':
      return { ...rotation, phase: 'made', creating: null, newKeyId: entry.accessKeyId }
    case 'proven':
      return { ...rotation, provenAt: at }
    case 'delivering':
      return delivery(rotation, entry.to, { state: 'delivering' })
    case 'undo':
      return delivery(rotation, entry.to, { undo: entry.undo })
    case 'delivered':
      return delivery(rotation, entry.to, { state: 'delivered', verified: entry.verified })
    case 'switched':
      return { ...rotation, phase: 'waiting', switchedAt: at }
    case 'taking-back':
      return { ...rotation, phase: 'taking-back', takingBack: entry.because }
    case 'put-back':
      return delivery(rotation, entry.to, { state: 'put-back' })
    case 'kept':
      return delivery(rotation, entry.to, { state: 'kept' })
    case 'going-on':
      return { ...rotation, phase: 'made', takingBack: null }
    case 'discarding':
      return rotation
    case 'discarded':
      return { ...rotation, phase: 'begun', newKeyId: null, provenAt: null, deliveries: new Map() }
    case 'deactivating':
      return { ...rotation, phase: 'deactivating' }
    case 'not-deactivated':
      return { ...rotation, phase: 'waiting' }
    case 'deactivated':
      return { ...rotation, phase: 'inactive', deactivatedAt: at }
    case 'reactivating':
      return { ...rotation, phase: 'reactivating', broken: [...rotation.broken, ...entry.calls] }
    case 'reactivated':
      return { ...rotation, phase: 'waiting', deactivatedAt: null, reactivatedAt: at }
    case 'deleting':
      return { ...rotation, phase: 'deleting' }
    case 'not-deleted':
      return { ...rotation, phase: 'inactive' }
    case 'waits':
      return { ...rotation, waits: { because: entry.because, until: entry.until } }
    case 'ended':
      return { ...rotation, phase: 'ended', end: { at, how: entry.how, because: entry.because } }
  }
}

const UNTOUCHED: DeliveryState = { state: 'delivering', undo: null, verified: null }

function delivery(rotation: Rotation, to: string, change: Partial<DeliveryState>): Rotation {
  const deliveries = new Map(rotation.deliveries)
  deliveries.set(to, { ...(deliveries.get(to) ?? UNTOUCHED), ...change })
  return { ...rotation, deliveries }
}
