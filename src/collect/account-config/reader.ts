/**
 * What a service's file works with: one service in one region. It asks through a {@link Run}, so whatever AWS refuses is
 * a gap of that call in that region; what AWS answers goes to the {@link Outlet}, and nowhere else.
 */

import { type Failure, failureOf } from '../../aws/failure.ts'
import type { AwsService, AwsSession } from '../../aws/session.ts'
import { NO_DETAILS } from '../../model/leak.ts'
import { counted } from '../../model/numbers.ts'
import type { BlobPlace } from '../../scan/source.ts'
import { type Answer, answer, isAnswer, Oddities, text } from '../answer.ts'
import { shortList } from '../ledger.ts'
import { redactSecrets } from '../redact.ts'
import type { Call, Paging, Run } from '../run.ts'
import type { Outlet } from './outlet.ts'

/** How much is read of what has no end. What is left out is said. */
export interface Limits {
  /** Bytes of one package of code, packed. */
  codeBytes: number
  /** Bytes of all packages together. */
  allCodeBytes: number
  /** Newest versions of one thing: revisions of a task definition, code of a function. */
  versions: number
  /** Files of one repository, and their bytes. */
  repositoryFiles: number
  repositoryBytes: number
}

export const LIMITS: Limits = {
  codeBytes: 96 * 2 ** 20,
  allCodeBytes: 8 * 2 ** 30,
  versions: 10,
  repositoryFiles: 2000,
  repositoryBytes: 64 * 2 ** 20,
}

/** What all readers of one scan share. */
export interface Scope {
  run: Run
  session: Pick<AwsSession, 'download'>
  outlet: Outlet
  accountId: string
  partition: string
  limits: Limits
  abortSignal: AbortSignal | undefined
  /** Downloads wait here for each other: each is held in memory whole. */
  downloads: <T>(work: () => Promise<T>) => Promise<T>
  /** Bytes of code read so far. */
  code: { bytes: number }
}

/** A file of this folder: which calls it makes, and how it reads one region. */
export interface ConfigReader {
  calls: readonly Call[]
  read(reader: Reader): Promise<void>
}

/** Something that is asked about by itself; `name` is what a gap calls it. */
export interface Subject {
  name: string
}

/** So many of a region's subjects are asked about at once. */
const CONCURRENCY = 6

export const NEXT_TOKEN: Paging = { token: 'NextToken' }
export const NEXT_TOKEN_LOWER: Paging = { token: 'nextToken' }

export class Reader {
  readonly region: string
  readonly outlet: Outlet
  readonly limits: Limits
  readonly #scope: Scope

  constructor(scope: Scope, region: string) {
    this.#scope = scope
    this.region = region
    this.outlet = scope.outlet
    this.limits = scope.limits
  }

  /** `arn:aws:lambda:eu-west-1:111122223333:function:name`. */
  arn(service: string, resource: string): string {
    const { partition, accountId } = this.#scope
    return `arn:${partition}:${service}:${this.region}:${accountId}:${resource}`
  }

  /** A place in this region: the resource's ARN, and the way to it within. */
  place(path: string, ...members: string[]): BlobPlace {
    return {
      ...NO_DETAILS,
      kind: 'account',
      path: path
        .split('/')
        .map((text) => redactSecrets(text))
        .join('/'),
      member: members.length === 0 ? null : members.map((text) => redactSecrets(text)).join('/'),
      region: this.region,
    }
  }

  /** Reads a list, entry by entry, and writes its line. */
  async list(
    call: Call,
    input: object,
    field: string,
    onEntry: (entry: Answer) => void,
    paging: Paging = NEXT_TOKEN,
  ): Promise<void> {
    const { run } = this.#scope
    const { region } = this
    const odd = new Oddities()
    const onPage = (page: Answer) => entriesOf(page, field, odd, onEntry)
    const { failure, pages } = await run.pages(call, input, onPage, { region, paging })
    run.note(call, failure, { region, pages, odd })
  }

  /** Asks the same about many, a few at a time. */
  async each<S extends Subject>(
    call: Call,
    subjects: readonly S[],
    noun: string,
    input: (subject: S) => object,
    onAnswer: (answer: Answer, subject: S) => void | Promise<void>,
  ): Promise<void> {
    if (subjects.length === 0) return
    const { run } = this.#scope
    const { region } = this
    const askOne = async (subject: S): Promise<Failure | null> => {
      const { answer, failure } = await run.ask(call, input(subject), region)
      if (answer) await onAnswer(answer, subject)
      return failure
    }
    await run.each(call, subjects, noun, askOne, { region, concurrency: CONCURRENCY })
  }

  /** Asks about many names, so many in one call. */
  async batches(
    call: Call,
    names: readonly string[],
    atOnce: number,
    input: (names: string[]) => object,
    onAnswer: (answer: Answer) => void,
  ): Promise<void> {
    const batches: (Subject & { names: string[] })[] = []
    for (let i = 0; i < names.length; i += atOnce) {
      const some = names.slice(i, i + atOnce)
      batches.push({ name: shortList(some, 1), names: some })
    }
    await this.each(call, batches, 'request', ({ names }) => input(names), onAnswer)
  }

  /** Reads a list of each of many. */
  async listEach<S extends Subject>(
    call: Call,
    subjects: readonly S[],
    noun: string,
    { input, field, paging = NEXT_TOKEN }: { input: (subject: S) => object; field: string; paging?: Paging },
    onEntry: (entry: Answer, subject: S) => void,
  ): Promise<void> {
    if (subjects.length === 0) return
    const { run } = this.#scope
    const { region } = this
    const odd = new Oddities()
    const askOne = async (subject: S): Promise<Failure | null> => {
      const onPage = (page: Answer) => entriesOf(page, field, odd, (entry) => onEntry(entry, subject))
      return (await run.pages(call, input(subject), onPage, { region, paging })).failure
    }
    await run.each(call, subjects, noun, askOne, { region, concurrency: CONCURRENCY })
    const sentence = odd.sentence()
    if (sentence) run.ledger.gap(call.source, 'truncated', sentence, region)
  }

  /** Fetches code from a presigned address and hands it on; what cannot be fetched is a gap of the call. */
  async code(call: Call, service: AwsService, address: string, name: string, place: BlobPlace): Promise<void> {
    const { session, downloads, limits, code, abortSignal } = this.#scope
    await downloads(async () => {
      if (code.bytes >= limits.allCodeBytes)
        return this.leftOut(`${name}: code`, `${size(limits.allCodeBytes)} of code are read in one scan`)
      try {
        const bytes = await session.download(service, address, { maxBytes: limits.codeBytes, abortSignal })
        code.bytes += bytes.length
        await this.outlet.bytes(bytes, place)
      } catch (error) {
        if (abortSignal?.aborted) return this.gap(call, `code of ${name}: interrupted`)
        const failure = failureOf(error)
        if (failure.code === 'TooLarge') this.leftOut(`${name}: code`, `larger than ${size(limits.codeBytes)}`)
        else this.gap(call, `code of ${name}: ${failure.detail}`, failure)
      }
    })
  }

  /** Something that AWS did not let us see. */
  gap(call: Call, detail: string, failure: Failure | null = null): void {
    const status = failure?.kind === 'denied' || failure?.kind === 'throttled' ? failure.kind : 'truncated'
    this.#scope.run.ledger.gap(call.source, status, detail, this.region)
  }

  /** Something that a bound of ours leaves out. */
  leftOut(what: string, why: string): void {
    this.outlet.skip(`${redactSecrets(what)} (${this.region})`, why)
  }

  /** The newest of each thing's versions, which come newest first; says what it leaves out. */
  newest<T>(versions: readonly T[], thing: (version: T) => string, noun: string): T[] {
    const seen = new Map<string, number>()
    const older = new Map<string, number>()
    const kept = versions.filter((version) => {
      const name = thing(version)
      const count = (seen.get(name) ?? 0) + 1
      seen.set(name, count)
      if (count > this.limits.versions) older.set(name, count - this.limits.versions)
      return count <= this.limits.versions
    })
    if (older.size > 0) {
      const count = [...older.values()].reduce((sum, more) => sum + more, 0)
      this.leftOut(`${counted(count, `older ${noun}`)} of ${shortList([...older.keys()])}`, 'only the newest are read')
    }
    return kept
  }
}

function entriesOf(page: Answer, field: string, odd: Oddities, onEntry: (entry: Answer) => void): void {
  odd.list(page[field], field).forEach((entry, index) => {
    odd.at(field, index)
    if (isAnswer(entry)) onEntry(entry)
    else if (typeof entry === 'string') onEntry({ name: entry })
    else odd.note()
  })
  odd.at('', -1)
}

/** The entries that have a name, as subjects. */
export function named(found: Subject[], name: unknown): void {
  const known = text(name)
  if (known) found.push({ name: known })
}

/** The field as an object, whatever it is. */
export function field(entry: Answer, name: string): Answer {
  return answer(entry[name])
}

/** `96 MB`. */
function size(bytes: number): string {
  return bytes >= 2 ** 30 ? `${Math.round(bytes / 2 ** 30)} GB` : `${Math.round(bytes / 2 ** 20)} MB`
}

/** So many at a time; the others wait, first come, first served. */
export function turns(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = limit
  const line: (() => void)[] = []
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => line.push(resolve))
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next) next()
      else free++
    }
  }
}
