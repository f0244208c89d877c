/**
 * Asking AWS, and writing down what became of it. A collector declares its calls as data ({@link Call}), so that the
 * permissions it needs are generated from them; it asks through a {@link Run}, which never throws: what AWS refuses, or
 * the network loses, is a gap in the ledger.
 */

import { pause } from '../aws/budget.ts'
import { type Failure, failureOf, isExpired } from '../aws/failure.ts'
import type { AwsService, AwsSession } from '../aws/session.ts'
import { counted } from '../model/numbers.ts'
import type { BrokenOff, CoverageStatus } from '../model/snapshot.ts'
import { type Answer, answer, isAnswer, Oddities } from './answer.ts'
import { type Ledger, shortList } from './ledger.ts'
import { redactAnswer } from './redact-answer.ts'

/** A call that a collector makes. */
export interface Call {
  service: AwsService
  operation: string
  /** Its name in the ledger. */
  source: string
  /** The IAM actions it needs. */
  actions: readonly string[]
  /** Only made when this option is set. */
  option?: 'rootKeys' | 'sshKeys' | 'workloads'
}

/** What IAM calls a service, where the SDK has another name for it. */
const ACTION_PREFIXES: Partial<Record<AwsService, string>> = { accessanalyzer: 'access-analyzer', sfn: 'states' }

/** Declares a call; where nothing else is said, the action has the name of the call. */
export function declare(service: AwsService, operation: string, more: Partial<Call> = {}): Call {
  const source = `${ACTION_PREFIXES[service] ?? service}:${operation}`
  return { service, operation, source, actions: [source], ...more }
}

export type Asked = { answer: Answer; failure: null } | { answer: null; failure: Failure }

export interface RunOptions {
  session: Pick<AwsSession, 'call' | 'region'>
  ledger: Ledger
  concurrency: number
  abortSignal: AbortSignal | undefined
  onAsked: (call: Call, region: string | null) => void
  /** So many more calls (or fewer) are to come. */
  onPlanned: (more: number) => void
  /**
   * Answers come with the secrets that are in them. Only for what hands them to the detectors at once, and keeps
   * nothing.
   */
  withSecrets?: true
}

/** Where a paged answer says that there is more. */
export interface Paging {
  token: string
  /** The parameter that takes the token, where it has another name. */
  input?: string
}

const IAM_PAGING: Paging = { token: 'Marker' }
const MAX_PAGES = 10_000

export class Run {
  readonly ledger: Ledger
  readonly concurrency: number
  readonly region: string
  readonly #options: RunOptions
  #network: Promise<boolean> | null = null

  constructor(options: RunOptions) {
    this.#options = options
    this.ledger = options.ledger
    this.concurrency = options.concurrency
    this.region = options.session.region
  }

  /** The same run with the credentials of another session. */
  as(session: RunOptions['session']): Run {
    return new Run({ ...this.#options, session })
  }

  get aborted(): boolean {
    return this.#options.abortSignal?.aborted ?? false
  }

  /**
   * Asks once (the session retries what can be retried).
   * @param token the field in which AWS says where its next page begins: it can look like a secret, and must go back
   *   as it came
   */
  async ask(call: Call, input: object = {}, region: string | null = null, token?: string): Promise<Asked> {
    const { session, abortSignal, onAsked } = this.#options
    try {
      const options = { ...(region === null ? {} : { region }), ...(abortSignal ? { abortSignal } : {}) }
      const given = await session.call(call.service, call.operation, input, options)
      onAsked(call, region)
      if (saysNothing(call, given)) return { answer: null, failure: UNREADABLE }
      return { answer: answer(this.#options.withSecrets ? given : redactAnswer(given, token)), failure: null }
    } catch (error) {
      onAsked(call, region)
      const failure = await this.#explained(error)
      this.ledger.brokenOff ??= brokenOffBy(call, failure)
      return { answer: null, failure }
    }
  }

  /** Asks page by page; gives what ended it early. */
  async pages(
    call: Call,
    input: object,
    onPage: (page: Answer) => void,
    { region = null, paging = IAM_PAGING }: { region?: string | null; paging?: Paging } = {},
  ): Promise<{ failure: Failure | null; pages: number }> {
    const seen = new Set<string>()
    let token: string | null = null
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const next: object = token === null ? input : { ...input, [paging.input ?? paging.token]: token }
      const { answer: page, failure } = await this.ask(call, next, region, paging.token)
      if (failure) return { failure, pages }
      onPage(page)
      const more = page[paging.token]
      const hasToken = typeof more === 'string' && more !== ''
      const isTruncated = paging.token === 'Marker' ? page.IsTruncated === true : hasToken
      if (!isTruncated) return { failure: null, pages: pages + 1 }
      // An endpoint that says "more" without saying where, or the same again, would keep us here for ever.
      if (!hasToken || seen.has(more)) return { failure: NO_END, pages: pages + 1 }
      seen.add(more)
      token = more
    }
    return { failure: NO_END, pages: MAX_PAGES }
  }

  /** Reads a list whole and writes its line; what was read before a failure is kept. */
  async list<T>(
    call: Call,
    convert: (page: Answer, odd: Oddities) => T[],
    { input = {}, region = null, paging }: { input?: object; region?: string | null; paging?: Paging } = {},
  ): Promise<T[]> {
    const found: T[] = []
    const odd = new Oddities()
    const onPage = (page: Answer) => {
      for (const entry of convert(page, odd)) found.push(entry)
    }
    const { failure, pages } = await this.pages(call, input, onPage, { region, ...(paging ? { paging } : {}) })
    this.note(call, failure, { region, pages, odd })
    return found
  }

  /** Asks once and writes the line; null when it failed. */
  async single<T>(
    call: Call,
    convert: (page: Answer, odd: Oddities) => T,
    { input = {}, region = null, missing }: { input?: object; region?: string | null; missing?: T } = {},
  ): Promise<T | null> {
    const { answer: page, failure } = await this.ask(call, input, region)
    if (failure?.kind === 'missing' && missing !== undefined) {
      this.ledger.read(call.source, { region, detail: 'there is none' })
      return missing
    }
    const odd = new Oddities()
    const converted = page ? convert(page, odd) : null
    this.note(call, failure, { region, odd })
    return converted
  }

  /**
   * Asks the same about many (users, mostly), a few at a time, and writes one line for what was read and one for each
   * way in which it failed. When AWS denies the first ten, it denies the rest, too: it is not asked any more. Nor when
   * it has throttled ten in a row, each of them tried often: about thousands, that would take hours.
   */
  async each<K extends { name: string }>(
    call: Call,
    subjects: readonly K[],
    noun: string,
    askOne: (subject: K) => Promise<Failure | null>,
    { region = null, concurrency = this.concurrency }: { region?: string | null; concurrency?: number } = {},
  ): Promise<K[]> {
    const failed = new Map<CoverageStatus, { names: string[]; details: Set<string> }>()
    const gone: K[] = []
    let read = 0
    let denied = 0
    let throttledInARow = 0
    this.#options.onPlanned(subjects.length)
    await inParallel(subjects, concurrency, async (subject) => {
      const before = denied >= 10 && read === 0 ? DENIED_BEFORE : throttledInARow >= 10 ? THROTTLED_BEFORE : null
      const failure = before ?? (await askOne(subject))
      this.#options.onPlanned(-1)
      if (failure?.kind === 'throttled') throttledInARow++
      else throttledInARow = 0
      if (!failure) read++
      else if (failure.kind === 'missing') gone.push(subject)
      else {
        if (failure.kind === 'denied') denied++
        const status = statusOf(failure)
        const lines = failed.get(status) ?? { names: [], details: new Set() }
        lines.names.push(subject.name)
        if (failure !== before) lines.details.add(failure.detail)
        failed.set(status, lines)
      }
    })
    if (read > 0 || failed.size === 0) this.ledger.read(call.source, { region, detail: counted(read, noun) })
    for (const [status, { names, details }] of failed) {
      const detail = `${counted(names.length, noun)}: ${shortList(names)}; ${[...details].slice(0, 2).join(', ')}`
      this.ledger.gap(call.source, status as Exclude<CoverageStatus, 'read'>, detail, region)
    }
    return gone
  }

  /** Writes the line of a call: read, or which gap. */
  note(
    call: Call,
    failure: Failure | null,
    { region = null, pages = 0, odd }: { region?: string | null; pages?: number; odd?: Oddities } = {},
  ): void {
    const sentence = odd?.sentence()
    if (sentence) this.ledger.gap(call.source, 'truncated', sentence, region)
    if (!failure) {
      if (!sentence) this.ledger.read(call.source, { region })
      return
    }
    const status = pages > 0 ? 'truncated' : statusOf(failure)
    const after = pages > 0 ? ` after ${counted(pages, 'page')}` : ''
    this.ledger.gap(call.source, status, `${failure.detail}${after}`, region)
  }

  /** Waits; false when interrupted. */
  async pause(millis: number): Promise<boolean> {
    return pause(millis, this.#options.abortSignal).then(
      () => true,
      () => false,
    )
  }

  async #explained(error: unknown): Promise<Failure> {
    if (this.aborted) return INTERRUPTED
    const failure = failureOf(error)
    // A host without an address: either the service is not offered in that region, or the network is gone.
    if (failure.kind === 'no-host') {
      this.#network ??= this.#options.session.call('sts', 'GetCallerIdentity', {}).then(
        () => true,
        () => false,
      )
      return { ...failure, kind: (await this.#network) ? 'unsupported' : 'network' }
    }
    return failure
  }
}

/** Of these AWS answers in XML, where an empty list is still an element. */
const IN_XML: ReadonlySet<string> = new Set(['iam', 'ec2'])

/** A page of something between us and AWS, with status 200: of XML that it does not know, the SDK makes an empty answer. */
function saysNothing({ service }: Call, given: unknown): boolean {
  return IN_XML.has(service) && isAnswer(given) && '$metadata' in given && Object.keys(given).length === 1
}

const INTERRUPTED: Failure = { kind: 'aborted', code: 'interrupted', detail: 'interrupted' }
export const UNREADABLE: Failure = { kind: 'unreadable', code: 'unreadable', detail: 'the answer could not be read' }
const NO_END: Failure = { kind: 'unreadable', code: 'paging', detail: 'AWS says that there is more, but not where' }
const DENIED_BEFORE: Failure = { kind: 'denied', code: 'not asked', detail: '' }
const THROTTLED_BEFORE: Failure = { kind: 'throttled', code: 'not asked', detail: '' }

/**
 * What in a failure ends the collecting before it is through: another run would read what this one could not. Of other
 * services than IAM a lost connection says little: not every region can be reached from everywhere.
 */
function brokenOffBy({ service }: Call, { kind, code }: Failure): BrokenOff | null {
  if (kind === 'aborted') return 'interrupted'
  if (isExpired(code)) return 'credentials-expired'
  if (service !== 'iam') return null
  return kind === 'throttled' ? 'throttled' : kind === 'network' ? 'connection-lost' : null
}

/** The ledger's word for a failure. */
export function statusOf({ kind, code }: Failure): Exclude<CoverageStatus, 'read' | 'absent'> {
  if (kind === 'denied' || kind === 'throttled' || kind === 'unsupported') return kind
  // Credentials can end in the middle; those that never counted there are a denial.
  if (kind === 'credentials') return /Expired|Refresh/.test(code) ? 'truncated' : 'denied'
  return 'truncated'
}

/** Works on all items, so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < items.length) await work(items[next++]!)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
}
