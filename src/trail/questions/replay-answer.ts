/**
 * The answer of a replay, packed: there may be ten million distinct calls, and an object for each would take gigabytes.
 */
import type { ReplayedCall, ReplayVerdict } from '../../model/trail.ts'
import type { Verdict } from './replay-verdicts.ts'

/** A call of one action. */
export interface DecidedCall {
  resource: string | null
  calls: number
  /** In milliseconds. */
  lastSeen: number
  verdict: Verdict
}

/** So many calls are packed together: the number of a pack and the place in it are one number. */
const IN_PACK = 2 ** 16

/** Calls of one action. */
interface Pack {
  action: string
  /** Their resources, with nothing between them. */
  resources: string
  ends: Uint32Array
  hasResource: Uint8Array
  calls: Uint32Array
  lastSeen: Float64Array
  /** Numbers of verdicts. */
  verdicts: Uint32Array
}

/** Packs in the order of the resources. */
type Run = readonly Pack[]

/** Runs of one action are made one when they have so many times the calls that were left when that was done last. */
const GROWTH = 4
/** Fewer calls are left as they are. */
const MANY = 100_000

interface CallsOfAction {
  runs: Run[]
  calls: number
  /** How many were left when all runs were made one; 0: they never were. */
  settled: number
}

const RANKED: readonly ReplayVerdict[] = ['would-be-denied', 'cannot-know', 'still-allowed']

/** One line for what differs only in the context, and has one verdict. */
export class Answer {
  /** Events, by verdict. */
  readonly totals: Record<ReplayVerdict, number> = { 'still-allowed': 0, 'would-be-denied': 0, 'cannot-know': 0 }
  readonly #byAction = new Map<string, CallsOfAction>()
  readonly #verdicts: Verdict[] = []
  readonly #numbers = new Map<ReplayVerdict, Map<string, number>>(RANKED.map((verdict) => [verdict, new Map()]))

  add(action: string, calls: DecidedCall[]): void {
    for (const { verdict, calls: count } of calls) this.totals[verdict.verdict] += count
    // nearly all come in order
    if (calls.some((call, i) => i > 0 && isBehind(calls[i - 1]!, call))) calls.sort(inOrder)
    let of = this.#byAction.get(action)
    if (!of) {
      of = { runs: [], calls: 0, settled: 0 }
      this.#byAction.set(action, of)
    }
    of.runs.push(this.#runOf(action, calls))
    of.calls += calls.length
    if (of.calls > Math.max(MANY, GROWTH * of.settled)) this.#settle(action, of)
  }

  /**
   * What would be denied first, the most frequent first; then by action and resource.
   * @param breathe is called now and then
   */
  async calls(breathe: () => Promise<void>): Promise<ReplayedCalls> {
    const packs: Pack[] = []
    const groups = RANKED.map(() => new Map<number, number[]>())
    for (const [action, of] of [...this.#byAction].sort(([a], [b]) => compare(a, b))) {
      await breathe()
      if (of.runs.length > 1) this.#settle(action, of)
      for (const pack of of.runs[0]!) {
        for (let i = 0; i < pack.ends.length; i++) {
          const group = groups[RANKED.indexOf(this.#verdicts[pack.verdicts[i]!]!.verdict)]!
          const place = packs.length * IN_PACK + i
          const alike = group.get(pack.calls[i]!)
          if (alike) alike.push(place)
          else group.set(pack.calls[i]!, [place])
        }
        packs.push(pack)
      }
      this.#byAction.delete(action)
    }
    const places = groups.flatMap((group) => [...group].sort(([a], [b]) => b - a).map(([, alike]) => alike))
    return new ReplayedCalls(packs, this.#verdicts, places)
  }

  #settle(action: string, of: CallsOfAction): void {
    const run = this.#runOf(action, inOneRun(of.runs.map((packs) => this.#callsOf(packs))))
    of.runs = [run]
    of.calls = run.reduce((sum, { ends }) => sum + ends.length, 0)
    of.settled = of.calls
  }

  /** @param calls in order */
  #runOf(action: string, calls: Iterable<DecidedCall>): Run {
    const run: Pack[] = []
    let next: DecidedCall[] = []
    for (const call of joined(calls)) {
      next.push(call)
      if (next.length < IN_PACK) continue
      run.push(this.#packed(action, next))
      next = []
    }
    if (next.length > 0) run.push(this.#packed(action, next))
    return run
  }

  #packed(action: string, packed: readonly DecidedCall[]): Pack {
    const { length } = packed
    const [ends, calls, verdicts] = [new Uint32Array(length), new Uint32Array(length), new Uint32Array(length)]
    const [hasResource, lastSeen] = [new Uint8Array(length), new Float64Array(length)]
    const resources: string[] = []
    let end = 0
    for (let i = 0; i < length; i++) {
      const call = packed[i]!
      if (call.resource !== null) {
        hasResource[i] = 1
        end += call.resource.length
        resources.push(call.resource)
      }
      ends[i] = end
      calls[i] = call.calls
      lastSeen[i] = call.lastSeen
      verdicts[i] = this.#numberOf(call.verdict)
    }
    return { action, resources: resources.join(''), ends, hasResource, calls, lastSeen, verdicts }
  }

  *#callsOf(run: Run): Iterable<DecidedCall> {
    for (const pack of run)
      for (let i = 0; i < pack.ends.length; i++)
        yield {
          resource: resourceIn(pack, i),
          calls: pack.calls[i]!,
          lastSeen: pack.lastSeen[i]!,
          verdict: this.#verdicts[pack.verdicts[i]!]!,
        }
  }

  #numberOf(verdict: Verdict): number {
    const numbers = this.#numbers.get(verdict.verdict)!
    let number = numbers.get(verdict.because)
    if (number === undefined) {
      number = this.#verdicts.push(verdict) - 1
      numbers.set(verdict.because, number)
    }
    return number
  }
}

/** Made anew whenever they are gone through. */
export class ReplayedCalls implements Iterable<ReplayedCall> {
  readonly length: number
  readonly #packs: readonly Pack[]
  readonly #verdicts: readonly Verdict[]
  readonly #places: readonly (readonly number[])[]

  constructor(packs: readonly Pack[], verdicts: readonly Verdict[], places: readonly (readonly number[])[]) {
    this.length = places.reduce((sum, { length }) => sum + length, 0)
    this.#packs = packs
    this.#verdicts = verdicts
    this.#places = places
  }

  *[Symbol.iterator](): Iterator<ReplayedCall> {
    for (const alike of this.#places)
      for (const place of alike) {
        const pack = this.#packs[Math.floor(place / IN_PACK)]!
        const i = place % IN_PACK
        yield {
          action: pack.action,
          resource: resourceIn(pack, i),
          calls: pack.calls[i]!,
          lastSeen: new Date(pack.lastSeen[i]!).toISOString(),
          ...this.#verdicts[pack.verdicts[i]!]!,
        }
      }
  }
}

function resourceIn({ resources, ends, hasResource }: Pack, i: number): string | null {
  return hasResource[i] === 0 ? null : resources.slice(i === 0 ? 0 : ends[i - 1], ends[i])
}

/** Calls that differ only in what nobody asks for are one. */
function* joined(calls: Iterable<DecidedCall>): Iterable<DecidedCall> {
  let last: DecidedCall | null = null
  /** With those before it that are of the same resource. */
  let alike: DecidedCall[] | null = null
  for (const call of calls) {
    if (last?.resource === call.resource) alike = withCall(alike ?? [last], call)
    else {
      if (alike) yield* byReason(alike)
      else if (last) yield last
      alike = null
    }
    last = call
  }
  if (alike) yield* byReason(alike)
  else if (last) yield last
}

function withCall(alike: DecidedCall[], call: DecidedCall): DecidedCall[] {
  const { verdict, because } = call.verdict
  const same = alike.find((other) => other.verdict.verdict === verdict && other.verdict.because === because)
  if (!same) alike.push(call)
  else {
    same.calls += call.calls
    same.lastSeen = Math.max(same.lastSeen, call.lastSeen)
  }
  return alike
}

function byReason(calls: DecidedCall[]): DecidedCall[] {
  return calls.sort((a, b) => compare(a.verdict.because, b.verdict.because))
}

/** @param runs each in order */
function inOneRun(runs: readonly Iterable<DecidedCall>[]): Iterable<DecidedCall> {
  if (runs.length === 1) return runs[0]!
  const half = runs.length >> 1
  return inTurn(inOneRun(runs.slice(0, half)), inOneRun(runs.slice(half)))
}

function* inTurn(some: Iterable<DecidedCall>, others: Iterable<DecidedCall>): Iterable<DecidedCall> {
  const [one, other] = [some[Symbol.iterator](), others[Symbol.iterator]()]
  let [a, b] = [one.next(), other.next()]
  while (!a.done && !b.done)
    if (isBehind(a.value, b.value)) {
      yield b.value
      b = other.next()
    } else {
      yield a.value
      a = one.next()
    }
  for (; !a.done; a = one.next()) yield a.value
  for (; !b.done; b = other.next()) yield b.value
}

function isBehind(a: DecidedCall, b: DecidedCall): boolean {
  return (a.resource ?? '') > (b.resource ?? '')
}

function inOrder(a: DecidedCall, b: DecidedCall): number {
  return compare(a.resource ?? '', b.resource ?? '')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
