/**
 * Carries out a plan, step by step, and takes it back. The only code that changes AWS by plan.
 *
 * Before a step the facts it relies on are asked again: when they are others, somebody has changed something since, and
 * it stops. Every call is in the journal before it is made and after it was answered; every change is verified until it
 * is seen; a step that took effect is never done again.
 */
import { isExpired } from '../../aws/failure.ts'
import { KeyreeveError } from '../../model/errors.ts'
import type { Fact, Operation, Outcome, Plan, Step } from '../../model/plan.ts'
import { checkFact, type Read, readFact, wordsOf } from '../facts.ts'
import { checkOperation, isDoneBy, operationName } from '../operations.ts'
import type { Journal } from './journal.ts'
import { isRefusal, seenTwice } from './seen.ts'

/** Makes one call to IAM with the credentials of the step; throws what AWS answers. */
export type Call = Read

export interface ApplyContext {
  /** The calls of a step: the run's own, or root's of a member account. */
  callFor(step: Step): Promise<Call>
  /** What the run lacks to do the step, in words that follow "waits for"; null: nothing. */
  lacks?(step: Step): string | null
  /**
   * Gets new credentials from where the old ones came from; false: there are none to be had. Absent: they never end.
   * Called when AWS says that they have expired.
   */
  renew?(): Promise<boolean>
  /** Ends the run between two calls: what is in the journal is finished, and another run goes on from there. */
  stop?: AbortSignal
  journal: Journal
  now(): Date
  sleep(ms: number): Promise<void>
  /** What an error of AWS's is: see `failureOf`. */
  failureOf(error: unknown): { kind: string; code: string; detail: string }
  onEvent?(event: ApplyEvent): void
  /** How long a change may take until it is seen, ms. */
  patienceMs?: number
}

export type ApplyEvent =
  | { event: 'step'; step: Step }
  | { event: 'call'; step: Step; operation: Operation }
  | { event: 'verifying'; step: Step }
  | { event: 'renewing'; step: Step }

/** Outcomes after which nothing more is done. */
export const STOPS: ReadonlySet<string> = new Set<Outcome['outcome']>(['refused', 'interrupted', 'stopped'])

const DAY_MS = 86_400_000

/** @throws {InputError} for a plan that holds calls or facts which no plan of ours holds */
export function checkPlan(plan: Plan): void {
  for (const { operations, undo, reliesOn, verify } of plan.steps) {
    for (const operation of [...operations, ...(undo?.operations ?? [])]) checkOperation(operation)
    for (const fact of [...reliesOn, ...verify, ...(undo?.verify ?? []), ...(undo?.reliesOn ?? [])]) checkFact(fact)
  }
}

/** Does what can be done now; stops at the first surprise. */
export async function applyPlan(plan: Plan, context: ApplyContext, only?: ReadonlySet<string>): Promise<Outcome[]> {
  checkPlan(plan)
  const outcomes: Outcome[] = []
  for (const step of plan.steps) {
    if (only && !only.has(step.id)) continue
    const outcome = await applyStep(step, context)
    outcomes.push(outcome)
    if (STOPS.has(outcome.outcome)) break
  }
  return outcomes
}

async function applyStep(step: Step, context: ApplyContext): Promise<Outcome> {
  const { journal } = context
  const state = journal.stateOf(step.id)
  if (state.state === 'done') return { step: step.id, outcome: 'was-done' }
  if (state.state === 'undoing') return undoStep(step, context)
  const wait = waitOf(step, context)
  if (wait) return wait
  const lack = context.lacks?.(step) ?? null
  if (lack !== null) return { step: step.id, outcome: 'waits', for: lack, until: null }
  context.onEvent?.({ event: 'step', step })
  try {
    const call = await callOf(step, context)
    if (state.state === 'untouched') {
      const surprise = await surpriseOf(call, step.reliesOn)
      if (surprise) {
        if (!(await holds(call, step.verify))) return { step: step.id, outcome: 'refused', because: surprise }
        note(context, { step: step.id, event: 'done', already: true })
        return { step: step.id, outcome: 'already' }
      }
      note(context, { step: step.id, event: 'begin' })
    } else if (await holds(call, step.verify)) {
      // a crash came between the last call and the word that it was done
      note(context, { step: step.id, event: 'done', already: false })
      return { step: step.id, outcome: 'done' }
    }
    const first = state.state === 'begun' ? state.nextCall : 0
    const refusal = await makeCalls(step, step.operations, { first, undo: false, call }, context)
    if (refusal) return takeBack(step, refusal, call, context)
    context.onEvent?.({ event: 'verifying', step })
    if (!(await becomesTrue(call, step.verify, context)))
      return {
        step: step.id,
        outcome: 'interrupted',
        because: `the change is not to be seen yet: ${await differenceOf(call, step.verify)}`,
      }
    note(context, { step: step.id, event: 'done', already: false })
    return { step: step.id, outcome: 'done' }
  } catch (error) {
    return failed(step, error, context)
  }
}

/** Ctrl-C, between two calls. */
class Stopped extends Error {}

/**
 * The step's calls. None is begun after the run was told to stop. When the credentials have expired AWS has done
 * nothing: they are renewed, and the call is made once more.
 */
async function callOf(step: Step, context: ApplyContext): Promise<Call> {
  const checked = () => {
    if (context.stop?.aborted) throw new Stopped()
  }
  checked()
  const withNew = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      if (!isExpired(context.failureOf(error).code) || !context.renew) throw error
      context.onEvent?.({ event: 'renewing', step })
      if (!(await context.renew())) throw error
      return work()
    }
  }
  let call = await withNew(() => context.callFor(step))
  return async (operation, input) => {
    checked()
    let first = true
    return withNew(async () => {
      // root's session of a member account is made with the run's credentials
      if (!first) call = await context.callFor(step)
      first = false
      return call(operation, input)
    })
  }
}

/** What the step waits for, if anything. */
function waitOf(step: Step, { journal, now }: ApplyContext): Outcome | null {
  for (const { step: other, days } of step.waitsFor) {
    const state = journal.stateOf(other)
    if (state.state !== 'done') return { step: step.id, outcome: 'waits', for: other, until: null }
    const until = new Date(Date.parse(state.at) + days * DAY_MS)
    if (now() < until) return { step: step.id, outcome: 'waits', for: other, until: until.toISOString() }
  }
  return null
}

interface Calls {
  first: number
  undo: boolean
  call: Call
}

/** Makes the calls from the first that is open. What AWS refused for good, or null. */
async function makeCalls(
  step: Step,
  operations: readonly Operation[],
  { first, undo, call }: Calls,
  context: ApplyContext,
): Promise<{ because: string; done: number } | null> {
  for (let index = first; index < operations.length; index++) {
    const operation = operations[index]!
    if (context.stop?.aborted) throw new Stopped()
    context.onEvent?.({ event: 'call', step, operation })
    note(context, { step: step.id, event: 'call', undo, index, call: operation.call })
    try {
      await call(operationName(operation), operation.input)
    } catch (error) {
      const { kind, code, detail } = context.failureOf(error)
      if (!isDoneBy(operation, code)) {
        // whether it took effect is known only when AWS has said no
        if (!isRefusal(error, kind)) throw error
        note(context, { step: step.id, event: 'answer', undo, index, code })
        return { because: `${operation.call} was refused: ${detail}`, done: index }
      }
    }
    note(context, { step: step.id, event: 'answer', undo, index, code: null })
  }
  return null
}

/**
 * After a refusal half-way: what was done of the step is undone, so that the account is as it was. A step that cannot be
 * taken back stays begun, and the next run goes on at the call that was refused.
 */
async function takeBack(
  step: Step,
  { because, done }: { because: string; done: number },
  call: Call,
  context: ApplyContext,
): Promise<Outcome> {
  if (done > 0) {
    if (!step.undo) return { step: step.id, outcome: 'interrupted', because: `${because}, after a part of it was done` }
    note(context, { step: step.id, event: 'undoing' })
    const refusal = await makeCalls(step, step.undo.operations, { first: 0, undo: true, call }, context)
    if (refusal)
      return {
        step: step.id,
        outcome: 'interrupted',
        because: `${because}; and what was changed before could not be taken back: ${refusal.because}`,
      }
    if (!(await becomesTrue(call, step.undo.verify, context)))
      return {
        step: step.id,
        outcome: 'interrupted',
        because: `${because}; and what was taken back is not to be seen yet: ${await differenceOf(call, step.undo.verify)}`,
      }
  }
  note(context, { step: step.id, event: 'undone' })
  return { step: step.id, outcome: 'refused', because }
}

/**
 * Takes back what was done, the last step first. What somebody has changed since stays, and so does what came before it
 * and it stands on: who has left a policy for a group must not be taken out of the group.
 */
export async function undoPlan(plan: Plan, context: ApplyContext, only?: ReadonlySet<string>): Promise<Outcome[]> {
  checkPlan(plan)
  const outcomes: Outcome[] = []
  const touched = plan.steps.filter(({ id }) => context.journal.stateOf(id).state !== 'untouched')
  const order = new Map(context.journal.doneSteps().map((id, i) => [id, i]))
  // what was begun and never done came last
  const lastFirst = touched.sort((a, b) => (order.get(b.id) ?? Infinity) - (order.get(a.id) ?? Infinity))
  for (const step of lastFirst) {
    if (only && !only.has(step.id)) continue
    const needs = needing(step, plan, context)
    const outcome: Outcome = needs
      ? { step: step.id, outcome: 'refused', because: `${needs} stands on it, and is not taken back` }
      : await undoStep(step, context)
    outcomes.push(outcome)
    if (outcome.outcome !== 'refused' && STOPS.has(outcome.outcome)) break
  }
  return outcomes
}

/** A step that stands on this one, was done and could be taken back first; null: there is none. */
function needing({ id }: Step, { steps }: Plan, { journal }: ApplyContext): string | null {
  const other = steps.find(
    ({ id: other, undo, waitsFor }) =>
      undo !== null && waitsFor.some(({ step }) => step === id) && journal.stateOf(other).state !== 'untouched',
  )
  return other?.id ?? null
}

async function undoStep(step: Step, context: ApplyContext): Promise<Outcome> {
  const state = context.journal.stateOf(step.id)
  if (state.state === 'done' && state.already)
    return { step: step.id, outcome: 'refused', because: 'it was so before the plan, and is left as it is' }
  if (!step.undo) return { step: step.id, outcome: 'refused', because: 'it cannot be taken back' }
  const lack = context.lacks?.(step) ?? null
  if (lack !== null) return { step: step.id, outcome: 'waits', for: lack, until: null }
  try {
    const call = await callOf(step, context)
    if (state.state === 'done') {
      const surprise = await surpriseOf(call, step.verify)
      if (surprise) {
        // somebody has taken it back already
        if (!(await holds(call, step.undo.verify))) return { step: step.id, outcome: 'refused', because: surprise }
        note(context, { step: step.id, event: 'undone' })
        return { step: step.id, outcome: 'undone' }
      }
      const needed = step.undo.reliesOn ?? []
      // what was taken back a moment ago may not be seen everywhere yet
      if (needed.length > 0 && !(await becomesTrue(call, needed, context)))
        return { step: step.id, outcome: 'refused', because: await differenceOf(call, needed) }
    }
    const first = state.state === 'undoing' ? state.nextCall : 0
    if (state.state !== 'undoing') note(context, { step: step.id, event: 'undoing' })
    const refusal = await makeCalls(step, step.undo.operations, { first, undo: true, call }, context)
    if (refusal) return { step: step.id, outcome: 'interrupted', because: refusal.because }
    if (!(await becomesTrue(call, step.undo.verify, context)))
      return {
        step: step.id,
        outcome: 'interrupted',
        because: `it is not to be seen yet: ${await differenceOf(call, step.undo.verify)}`,
      }
    note(context, { step: step.id, event: 'undone' })
    return { step: step.id, outcome: 'undone' }
  } catch (error) {
    return failed(step, error, context)
  }
}

function failed(step: Step, error: unknown, context: ApplyContext): Outcome {
  const untouched = context.journal.stateOf(step.id).state === 'untouched'
  const outcome = untouched ? 'refused' : 'interrupted'
  if (error instanceof Stopped) return { step: step.id, outcome: 'stopped' }
  // a fault of ours is no answer of AWS's
  if (error instanceof KeyreeveError && error.code !== 'credentials' && error.code !== 'output') throw error
  if (error instanceof KeyreeveError)
    return { step: step.id, outcome, because: error.hint ? `${error.message}: ${error.hint}` : error.message }
  const { kind, code, detail } = context.failureOf(error)
  if (kind === 'unreadable' && !(error instanceof Error && '$metadata' in error)) throw error
  const because = isExpired(code) ? `the credentials have expired (${code}): sign in again` : detail
  return { step: step.id, outcome, because }
}

async function surpriseOf(call: Call, facts: readonly Fact[]): Promise<string | null> {
  for (const fact of facts) {
    const value = await readFact(call, fact)
    if (value !== fact.value) return `${wordsOf(fact)} is ${value}, and not ${fact.value} as the plan takes it to be`
  }
  return null
}

async function differenceOf(call: Call, facts: readonly Fact[]): Promise<string> {
  return (await surpriseOf(call, facts)) ?? 'it came too late'
}

async function holds(call: Call, facts: readonly Fact[]): Promise<boolean> {
  return (await surpriseOf(call, facts)) === null
}

function becomesTrue(call: Call, facts: readonly Fact[], context: ApplyContext): Promise<boolean> {
  const look = () => {
    if (context.stop?.aborted) throw new Stopped()
    return holds(call, facts)
  }
  return seenTwice(look, context)
}

type Note = Journal extends { add(entry: infer E): void } ? (E extends unknown ? Omit<E, 'at'> : never) : never

function note({ journal, now }: ApplyContext, entry: Note): void {
  journal.add({ at: now().toISOString(), ...entry } as Parameters<Journal['add']>[0])
}
