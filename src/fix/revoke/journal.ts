/** The journal of an incident: what was begun, called, answered and seen, so that any run goes on where the last ended. */
import type { IncidentSubject } from '../../model/incident.ts'
import { AppendLog } from '../apply/log.ts'
import { type Measure, measureId } from './measures.ts'

/** What an incident is about, as it was found at its beginning. */
export interface Opening {
  incidentId: string
  accountId: string
  partition: string
  subject: IncidentSubject
  callerArn: string | null
  startedAt: string
  since: string
}

/** Calls, AWS's error codes, and measures, which have no field for a secret: no answer, no other input. */
export type Entry = { at: string } & (
  | { event: 'opened'; opening: Opening }
  | { event: 'begin'; measure: Measure }
  | { event: 'call'; id: string; call: string; undo: boolean }
  /** `code` is null when it worked. */
  | { event: 'answer'; id: string; call: string; undo: boolean; code: string | null }
  /** Seen in AWS. `already`: it was so before. */
  | { event: 'done'; id: string; already: boolean }
  | { event: 'gone'; id: string }
  | { event: 'undoing'; id: string }
  | { event: 'undone'; id: string }
)

export interface Written {
  /** As it was made last: the sessions of a role are cut again with a later time. */
  measure: Measure
  state: 'begun' | 'made' | 'done' | 'already' | 'gone' | 'undoing' | 'undone'
  at: string
}

export class IncidentJournal extends AppendLog<Entry> {
  get opening(): Opening | null {
    return this.entries.find((entry) => entry.event === 'opened')?.opening ?? null
  }

  /** What is known of each measure, in the order in which they were begun first. */
  get measures(): ReadonlyMap<string, Written> {
    const written = new Map<string, Written>()
    for (const entry of this.entries) {
      if (entry.event === 'opened') continue
      if (entry.event === 'begin') {
        written.set(measureId(entry.measure), { measure: entry.measure, state: 'begun', at: entry.at })
        continue
      }
      const known = written.get(entry.id)
      if (!known) continue
      const state = stateAfter(known.state, entry)
      written.set(entry.id, { ...known, state, at: state === known.state ? known.at : entry.at })
    }
    return written
  }

  /** When the first call that denies something was answered. */
  get firstDenyAt(): string | null {
    const first = this.entries.find(
      (entry) => entry.event === 'answer' && !entry.undo && entry.code === null && DENIES.test(entry.call),
    )
    return first?.at ?? null
  }
}

const DENIES = /^iam:(UpdateAccessKey|DeleteAccessKey|Put\w+Policy|AttachUserPolicy)$|^organizations:AttachPolicy$/

function stateAfter(state: Written['state'], entry: Exclude<Entry, { event: 'opened' | 'begin' }>): Written['state'] {
  switch (entry.event) {
    case 'call':
      return state
    case 'answer':
      return state === 'begun' && !entry.undo && entry.code === null ? 'made' : state
    case 'done':
      return entry.already ? 'already' : 'done'
    case 'gone':
      return 'gone'
    case 'undoing':
      return 'undoing'
    case 'undone':
      return 'undone'
  }
}
