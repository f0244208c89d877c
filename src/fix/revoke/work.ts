/**
 * Makes measures, all of them whatever becomes of the others, and looks until they are seen. A measure that AWS refuses
 * is written down with what a person with more rights would run; one that broke off is made again.
 */
import type { MeasureRecord } from '../../model/incident.ts'
import { throwIfUnwritten } from '../apply/log.ts'
import { isRefusal, type Patience, seenTwice } from '../apply/seen.ts'
import type { Read } from '../facts.ts'
import type { IncidentJournal } from './journal.ts'
import { changeOf, commandOf, isSeen, type Make, type Measure, makeMeasure, measureId, undoOf } from './measures.ts'

export interface WorkContext extends Patience {
  journal: IncidentJournal
  /** The calls that a measure makes and reads with. Throws what AWS answers. */
  callFor(measure: Measure): Promise<Read>
  /** What an error of AWS's is: see `failureOf`. */
  failureOf(error: unknown): { kind: string; code: string; detail: string }
  onEvent?(event: WorkEvent): void
}

export type WorkEvent =
  | { event: 'making'; measure: Measure }
  | { event: 'made'; measure: Measure }
  | { event: 'refused'; measure: Measure; because: string }
  | { event: 'seen'; measure: Measure }

interface Progress {
  measure: Measure
  /** open: a call is under way; broken: it ended without an answer that counts. */
  state: 'open' | 'made' | 'broken' | 'refused' | 'gone' | 'already' | 'done' | 'unsure' | 'undone'
  /** When AWS answered. */
  at: string | null
  because: string | null
  tries: number
  /** Seen by this run, since it was made last. */
  seen?: boolean
}

const MOST_TRIES = 3

export class Work {
  readonly #context: WorkContext
  readonly #progress = new Map<string, Progress>()

  constructor(context: WorkContext) {
    this.#context = context
    // what earlier runs did, and was not taken back
    for (const [id, { measure, state, at }] of context.journal.measures)
      this.#progress.set(id, {
        measure,
        state: state === 'begun' || state === 'undoing' ? 'broken' : state,
        at: state === 'begun' ? null : at,
        because: null,
        tries: 0,
      })
  }

  get measures(): readonly Measure[] {
    return [...this.#progress.values()].map(({ measure }) => measure)
  }

  stateOf(measure: Measure): Progress['state'] | null {
    return this.#progress.get(measureId(measure))?.state ?? null
  }

  /** Writes down that it was so before. */
  already(measure: Measure): void {
    const id = measureId(measure)
    this.#note({ event: 'begin', measure })
    this.#note({ event: 'done', id, already: true })
    this.#set(measure, { state: 'already', at: this.#now() })
  }

  /** Whether it may have been so before it was made. */
  isUnsure(measure: Measure): boolean {
    const known = this.#progress.get(measureId(measure))?.measure
    return known !== undefined && 'isUnsure' in known
  }

  /** Whether AWS says that it is so, before anything was made; false also where AWS does not tell. */
  async isSo(measure: Measure): Promise<boolean> {
    try {
      return await isSeen(await this.#context.callFor(measure), measure)
    } catch {
      return false
    }
  }

  /** Makes it, if no run has made it yet. Never throws what AWS answers. */
  async make(measure: Measure): Promise<void> {
    const state = this.stateOf(measure)
    if (state === null || state === 'broken' || state === 'undone') await this.again(measure)
  }

  /** Makes it, with other words than before: what was cut is cut again at a later time. */
  async again(measure: Measure): Promise<void> {
    const { onEvent } = this.#context
    const known = this.#progress.get(measureId(measure))
    const tries = (known?.tries ?? 0) + 1
    onEvent?.({ event: 'making', measure })
    this.#note({ event: 'begin', measure })
    this.#set(measure, { state: 'open', tries, seen: false })
    try {
      const call = await this.#context.callFor(measure)
      await makeMeasure(this.#making(measure, call, false), measure)
      this.#set(measure, { state: 'made', at: this.#now(), tries })
      onEvent?.({ event: 'made', measure })
    } catch (error) {
      this.#failed(measure, error, tries)
    }
  }

  /** Looks until everything that was made is seen, and makes again what broke off. */
  async settle(): Promise<void> {
    const open = [...this.#progress].filter(([, { seen }]) => seen !== true)
    await Promise.all(open.map(([id]) => this.#settle(id)))
  }

  async #settle(id: string): Promise<void> {
    const { onEvent, callFor, failureOf, journal } = this.#context
    // it may be made again meanwhile, with a later time
    const current = () => this.#progress.get(id)!
    let because: string | null = null
    const look = async (): Promise<boolean> => {
      if (current().state === 'broken' && current().tries < MOST_TRIES) await this.again(current().measure)
      if (this.#isOver(id)) return true
      try {
        because = null
        const { measure } = current()
        const isTrue = await isSeen(await callFor(measure), measure)
        // an earlier run made it, and it is gone since: somebody took it away
        if (!isTrue && current().tries === 0) await this.again(current().measure)
        return isTrue
      } catch (error) {
        throwIfUnwritten(error)
        const { kind, detail } = failureOf(error)
        because = `it could not be looked at: ${detail}`
        if (kind === 'denied' || kind === 'credentials') throw new Unreadable()
        return false
      }
    }
    const isTrue = this.#isOver(id) || (await seenTwice(look, this.#context).catch(unreadable))
    if (this.#isOver(id)) return
    const { measure, at, because: before } = current()
    if (isTrue) {
      if (journal.measures.get(id)?.state !== 'done') this.#note({ event: 'done', id, already: false })
      this.#set(measure, { state: 'done', at: at ?? this.#now(), because: null, seen: true })
      onEvent?.({ event: 'seen', measure })
    } else
      this.#set(measure, { state: 'unsure', because: because ?? before ?? 'AWS took it, and does not show it yet' })
  }

  #isOver(id: string): boolean {
    return ['refused', 'gone', 'already', 'undone'].includes(this.#progress.get(id)!.state)
  }

  /**
   * Takes back what was made, the last first. What somebody has changed since is left as it is, and so is what may have
   * been so before, unless it is named.
   * @param only IDs of measures; null: all
   */
  async takeBack(only: ReadonlySet<string> | null): Promise<void> {
    const { journal } = this.#context
    for (const [id, { measure, state }] of [...journal.measures].reverse()) {
      if (only && !only.has(id)) continue
      if (state === 'undone' || state === 'gone') continue
      const because = await this.#takeBack(measure, state, only !== null)
      const known = this.#progress.get(id)!
      if (because === null) this.#set(measure, { ...known, state: 'undone', at: this.#now(), because: null })
      else this.#set(measure, { ...known, state: state === 'already' ? 'already' : 'unsure', because })
    }
  }

  /** Why it is not taken back; null: nothing of it is left. */
  async #takeBack(measure: Measure, state: string, isNamed: boolean): Promise<string | null> {
    const id = measureId(measure)
    const undo = undoOf(measure)
    if (state === 'already') return 'it was so before, and is left as it is'
    if (undo === null) return 'it cannot be taken back'
    try {
      const call = await this.#context.callFor(measure)
      // a run that was killed may have taken it back already, and what was refused never was
      if (!(await undo.seen(call, measure))) {
        if ('isUnsure' in measure && !isNamed)
          return `whether it was active before is not known: \`--measure ${id}\` activates it`
        const surprise = await undo.surprise(call, measure)
        if (surprise !== null) return `${surprise}: somebody has changed it since`
        this.#note({ event: 'undoing', id })
        await undo.make(this.#making(measure, call, true), measure)
      }
      if (!(await seenTwice(() => undo.seen(call, measure), this.#context)))
        return 'AWS took it back, and does not show it yet'
      this.#note({ event: 'undone', id })
      return null
    } catch (error) {
      throwIfUnwritten(error)
      const { kind, detail } = this.#context.failureOf(error)
      if (kind === 'missing') {
        this.#note({ event: 'undone', id })
        return null
      }
      return detail
    }
  }

  get records(): MeasureRecord[] {
    return [...this.#progress].map(([id, { measure, state, at, because }]) => ({
      id,
      kind: measure.kind,
      change: changeOf(measure),
      state: state === 'made' || state === 'broken' ? 'unsure' : state,
      at,
      because: because ?? BECAUSE[state] ?? null,
      command: ['refused', 'open', 'broken', 'unsure'].includes(state) ? commandOf(measure) : null,
    }))
  }

  #making(measure: Measure, call: Read, undo: boolean): Make {
    const id = measureId(measure)
    return async (name, input) => {
      this.#note({ event: 'call', id, call: name, undo })
      try {
        const answer = await call(name.slice(name.indexOf(':') + 1), input)
        this.#note({ event: 'answer', id, call: name, undo, code: null })
        return answer
      } catch (error) {
        this.#note({ event: 'answer', id, call: name, undo, code: this.#context.failureOf(error).code })
        throw error
      }
    }
  }

  #failed(measure: Measure, error: unknown, tries: number): void {
    throwIfUnwritten(error)
    const { kind, code, detail } = this.#context.failureOf(error)
    const at = this.#now()
    // a fault of ours is no answer of AWS's
    if (kind === 'unreadable' && !(error instanceof Error && '$metadata' in error)) throw error
    if (kind === 'missing' && code === 'NoSuchEntityException') {
      this.#note({ event: 'gone', id: measureId(measure) })
      this.#set(measure, { state: 'gone', at, because: 'it is no more', tries })
    } else if (isRefusal(error, kind)) {
      this.#set(measure, { state: 'refused', at, because: detail, tries })
      this.#context.onEvent?.({ event: 'refused', measure, because: detail })
    } else this.#set(measure, { state: 'broken', because: detail, tries })
  }

  #set(measure: Measure, change: Partial<Progress>): void {
    const id = measureId(measure)
    const known = this.#progress.get(id) ?? { state: 'open', at: null, because: null, tries: 0 }
    this.#progress.set(id, { ...known, ...change, measure })
  }

  #now(): string {
    return this.#context.now().toISOString()
  }

  #note(entry: Omitted): void {
    this.#context.journal.add({ at: this.#now(), ...entry } as Parameters<IncidentJournal['add']>[0])
  }
}

/** Of a run that ended before it knew more. */
const BECAUSE: Partial<Record<Progress['state'], string>> = {
  open: 'AWS has not answered yet',
  broken: 'an earlier run ended before AWS answered',
  made: 'AWS took it, and it was not looked at yet',
}

type Omitted = Parameters<IncidentJournal['add']>[0] extends infer E
  ? E extends unknown
    ? Omit<E, 'at'>
    : never
  : never

/** It may be so, and these credentials may not look. */
class Unreadable extends Error {}

function unreadable(error: unknown): false {
  if (error instanceof Unreadable) return false
  throw error
}
