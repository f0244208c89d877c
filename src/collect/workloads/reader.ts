/** What the readers of workloads have in common: one region of one account, and how it is asked. */
import { counted } from '../../model/numbers.ts'
import type { Workload } from '../../model/snapshot.ts'
import { type Answer, answer, text } from '../answer.ts'
import type { Told } from '../assemble.ts'
import { entries } from '../iam/credentials.ts'
import type { Call, Paging, Run } from '../run.ts'

/** Reads what runs with roles in one service. */
export interface WorkloadReader {
  calls: readonly Call[]
  /** First words of the service principals one of which the role must trust: `lambda`, `tasks.apprunner`. */
  services: readonly string[]
  read(region: RegionToRead): Promise<Workload[]>
}

/** So many things of a kind in a region are asked about one by one; what is beyond is a gap. */
const MOST_ASKED = 1_000
/** At once, within one region: regions and services are asked side by side already. */
const AT_ONCE = 4

export class RegionToRead {
  readonly run: Run
  readonly region: string
  readonly #told: Told

  constructor(run: Run, told: Told, region: string) {
    this.run = run
    this.#told = told
    this.region = region
  }

  /** `arn('glue', 'job/load')` */
  arn(service: string, resource: string): string {
    const { partition, accountId } = this.#told
    return `arn:${partition}:${service}:${this.region}:${accountId}:${resource}`
  }

  /** The ARN of a role that AWS gives as ARN, as name, or as path and name; null: none. */
  roleArn(value: unknown): string | null {
    const given = text(value)
    if (!given || given.startsWith('arn:')) return given || null
    const { partition, accountId, details } = this.#told
    const name = given.split('/').at(-1)
    for (const { arn, roleName } of details?.roles.values() ?? []) if (roleName === name) return arn
    return `arn:${partition}:iam::${accountId}:role/${given.replace(/^\//, '')}`
  }

  /** The roles of an instance profile that is given by ARN or by name. */
  rolesOfProfile({ Arn, Name }: Answer): string[] {
    for (const { arn, instanceProfileName, roleArns } of this.#told.details?.instanceProfiles.values() ?? [])
      if (arn === Arn || instanceProfileName === Name) return roleArns
    return []
  }

  /** All entries of a paged list. `convert` gives null for what is not as documented, undefined for what is of no interest. */
  list<T>(
    call: Call,
    name: string,
    paging: Paging,
    convert: (entry: Answer) => T | null | undefined,
    input: object = {},
  ): Promise<T[]> {
    return this.run.list(call, (page, odd) => entries(page[name], name, odd, convert), {
      input,
      region: this.region,
      paging,
    })
  }

  /** All texts of a paged list: names or ARNs. */
  names(call: Call, name: string, paging: Paging, input: object = {}): Promise<string[]> {
    const convert = (page: Answer, odd: Parameters<typeof entries>[2]) =>
      odd.list(page[name], name).flatMap((entry) => {
        if (typeof entry === 'string') return [entry]
        odd.note(name)
        return []
      })
    return this.run.list(call, convert, { input, region: this.region, paging })
  }

  /** One call for each of the subjects; `onAnswer` hears the answers. */
  async each<K extends { name: string }>(
    call: Call,
    subjects: readonly K[],
    noun: string,
    input: (subject: K) => object,
    onAnswer: (page: Answer, subject: K) => void,
  ): Promise<void> {
    await this.#each(call, subjects, noun, async (subject) => {
      const { answer: page, failure } = await this.run.ask(call, input(subject), this.region)
      if (page) onAnswer(page, subject)
      return failure
    })
  }

  /** The same for calls whose answers have pages. */
  async eachPaged<K extends { name: string }>(
    call: Call,
    subjects: readonly K[],
    noun: string,
    paging: Paging,
    input: (subject: K) => object,
    onPage: (page: Answer, subject: K) => void,
  ): Promise<void> {
    await this.#each(call, subjects, noun, async (subject) => {
      const onEach = (page: Answer) => onPage(page, subject)
      return (await this.run.pages(call, input(subject), onEach, { region: this.region, paging })).failure
    })
  }

  async #each<K extends { name: string }>(
    call: Call,
    subjects: readonly K[],
    noun: string,
    askOne: Parameters<Run['each']>[3] extends (subject: never) => infer Asked ? (subject: K) => Asked : never,
  ): Promise<void> {
    const asked = subjects.slice(0, MOST_ASKED)
    await this.run.each(call, asked, noun, askOne, { region: this.region, concurrency: AT_ONCE })
    const left = subjects.length - asked.length
    if (left > 0)
      this.run.ledger.gap(call.source, 'truncated', `${counted(left, `more ${noun}`)} not asked about`, this.region)
  }
}

/** A workload with what most of them do not have filled in. */
export function workload(
  region: RegionToRead,
  kind: Workload['kind'],
  arn: string,
  name: string,
  roles: readonly (string | null)[],
  more: Partial<Pick<Workload, 'clusterArn' | 'features'>> = {},
): Workload {
  const roleArns = [...new Set(roles.filter((role) => role !== null))].sort()
  return { kind, arn, name, region: region.region, roleArns, clusterArn: null, features: [], ...more }
}

/** Fields of an object within an object; absent ones are empty. */
export function inside(entry: Answer, ...path: string[]): Answer {
  return path.reduce((at, field) => answer(at[field]), entry)
}

/** Converts an entry to the name that it has under `field`. */
export function withName(field: string): (entry: Answer) => { name: string } | null {
  return (entry) => {
    const name = text(entry[field])
    return name === null ? null : { name }
  }
}
