/**
 * The journal of a plan: what was begun, called, answered and done, one JSON line each, on the disk before the next
 * thing happens. It says at any moment, after any crash, what is true of every step.
 */
import { AppendLog } from './log.ts'

/** Never more than what AWS calls and steps are named, and AWS's error codes: no input, no answer. */
export type Entry = { at: string; step: string } & (
  | { event: 'begin' }
  /** About to make the call with this number. */
  | { event: 'call'; undo: boolean; index: number; call: string }
  /** It was answered; `code` is null when it worked. */
  | { event: 'answer'; undo: boolean; index: number; code: string | null }
  /** Verified: the step's change is there, and stays. `already` when it was so before the step began. */
  | { event: 'done'; already: boolean }
  | { event: 'undoing' }
  | { event: 'undone' }
)

export type StepState =
  | { state: 'untouched' }
  | { state: 'begun'; nextCall: number }
  | { state: 'done'; at: string; already: boolean }
  | { state: 'undoing'; nextCall: number }

export class Journal extends AppendLog<Entry> {
  stateOf(step: string): StepState {
    return stateOf(this.entries.filter((entry) => entry.step === step))
  }

  /** Steps in the order in which they were done. */
  doneSteps(): string[] {
    const done = new Set<string>()
    for (const { event, step } of this.entries) {
      if (event === 'done') done.add(step)
      if (event === 'undone') done.delete(step)
    }
    return [...done]
  }
}

function stateOf(entries: readonly Entry[]): StepState {
  return entries.reduce<StepState>(after, { state: 'untouched' })
}

function after(state: StepState, entry: Entry): StepState {
  switch (entry.event) {
    case 'begin':
      return { state: 'begun', nextCall: 0 }
    case 'call':
      return state.state === 'begun' && !entry.undo ? { ...state, nextCall: entry.index } : state
    case 'answer': {
      const next = entry.code === null ? entry.index + 1 : entry.index
      if (state.state === 'begun' && !entry.undo) return { state: 'begun', nextCall: next }
      return state.state === 'undoing' && entry.undo ? { state: 'undoing', nextCall: next } : state
    }
    case 'done':
      return { state: 'done', at: entry.at, already: entry.already }
    case 'undoing':
      return { state: 'undoing', nextCall: 0 }
    case 'undone':
      return { state: 'untouched' }
  }
}
