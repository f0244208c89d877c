/**
 * The journal of a plan: what was begun, called, answered and done, one JSON line each, on the disk before the next
 * thing happens. It says at any moment, after any crash, what is true of every step.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError } from '../../model/errors.ts'

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

export class Journal {
  readonly path: string
  #file: number
  #entries: Entry[]

  /** Opens the journal, or begins one. A last line that a crash cut off never happened. */
  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const { entries, bytes } = readEntries(path)
    this.#entries = entries
    this.#file = openSync(path, 'a', 0o600)
    // what was cut off must not run into the next line
    if (bytes.length > 0 && bytes.at(-1) !== NEWLINE) this.#write('\n')
  }

  add(entry: Entry): void {
    this.#write(`${JSON.stringify(entry)}\n`)
    this.#entries.push(entry)
  }

  stateOf(step: string): StepState {
    return stateOf(this.#entries.filter((entry) => entry.step === step))
  }

  /** Steps in the order in which they were done. */
  doneSteps(): string[] {
    const done = new Set<string>()
    for (const { event, step } of this.#entries) {
      if (event === 'done') done.add(step)
      if (event === 'undone') done.delete(step)
    }
    return [...done]
  }

  close(): void {
    closeSync(this.#file)
  }

  #write(line: string): void {
    writeSync(this.#file, line)
    fsyncSync(this.#file)
  }
}

const NEWLINE = 10

function readEntries(path: string): { entries: Entry[]; bytes: Buffer } {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { entries: [], bytes: Buffer.alloc(0) }
    throw error
  }
  const entries: Entry[] = []
  const lines = bytes.toString('utf8').split('\n')
  lines.forEach((line, i) => {
    if (line === '') return
    try {
      entries.push(JSON.parse(line) as Entry)
    } catch (cause) {
      // only a line after which nothing was written can be one that a crash cut off
      if (lines.slice(i + 1).some((later) => later !== '') && !isCutOff(line))
        throw new InputError(`line ${i + 1} of the journal ${path} is not readable`, { cause })
    }
  })
  return { entries, bytes }
}

/** Cut off by an earlier crash, and ended by the run that went on from there. */
function isCutOff(line: string): boolean {
  return line.startsWith('{') && !line.endsWith('}')
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
