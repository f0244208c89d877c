/**
 * What the HTML report carries, in the shape its page reads.
 *
 * The data is cut into blocks so that a browser never holds more than it needs: `meta` is small and paints the header,
 * the `findings-N` blocks are columns with everything a table, a filter or a sort needs, and the `details-N` blocks
 * (evidence, remedy) are opened when a person opens a finding. 100,000 findings stay a few megabytes.
 *
 * Pure, and free of Node: the report writes with it, the page (`web/`) reads with it.
 */
import type { Audit, AuditedAccount, CheckSummary } from '../model/audit.ts'
import { type Evidence, type Finding, type NotEvaluated, SEVERITIES, type Severity } from '../model/finding.ts'
import type { Coverage } from '../model/snapshot.ts'
import { mostUrgent } from './most-urgent.ts'
import { subjectLabel } from './words.ts'

export const FINDINGS_PER_BLOCK = 10_000
export const DETAILS_PER_BLOCK = 1_000
export const KEYS_PER_BLOCK = 5_000

/** A page's `<script>` elements with data have this prefix in their id. */
export const BLOCK_ID_PREFIX = 'data-'

export interface PageMeta {
  tool: { name: string; version: string }
  collectedAt: string
  accounts: PageAccount[]
  checks: CheckSummary[]
  summary: Audit['summary']
  notes: string[]
  /** What to do before anything else. */
  first: FirstStep[]
  findings: number
  keys: number
  dictionaries: Dictionaries
}

export type PageAccount = Omit<AuditedAccount, 'coverage'>

/** The words that columns refer to by index. */
export interface Dictionaries {
  checks: string[]
  titles: string[]
  accounts: string[]
  regions: string[]
  kinds: string[]
  frameworks: Record<string, string[]>[]
}

export interface FirstStep {
  check: string
  title: string
  severity: Severity
  count: number
  accounts: number
  /** The worst one, to open. */
  fingerprint: string
  subject: string
  because: string
  remedy: string
}

/** A slice of the findings as columns; numbers point into {@link Dictionaries}. */
export interface FindingBlock {
  fingerprint: string[]
  check: number[]
  title: number[]
  severity: number[]
  /** 1: accepted, 0: open. */
  accepted: number[]
  account: number[]
  /** -1: none. */
  region: number[]
  kind: number[]
  id: string[]
  /** 0: none, 1: the same as the id. */
  arn: (string | 0 | 1)[]
  name: (string | null)[]
  because: string[]
  frameworks: number[]
}

export type FindingDetails = Pick<Finding, 'evidence' | 'remedy' | 'accepted'>

/** The details of some findings; numbers point into `words`. */
export interface DetailsBlock {
  words: string[]
  rows: PackedDetails[]
}

type PackedDetails = [
  remedy: number,
  commands: string[],
  evidence: [fact: number, value: Evidence['value'], source: number, asOf: number][],
  accepted: Finding['accepted'],
]

export interface Ledger {
  notEvaluated: NotEvaluated[]
  coverage: { accountId: string; lines: Coverage[] }[]
}

/** The blocks of a report, in the order a page should get them. */
export function* pageBlocks(audit: Audit): Generator<{ id: string; data: unknown }> {
  const dictionaries = new DictionaryBuilder(audit)
  const columns: FindingBlock[] = []
  for (let start = 0; start < audit.findings.length; start += FINDINGS_PER_BLOCK)
    columns.push(dictionaries.columnsOf(audit.findings.slice(start, start + FINDINGS_PER_BLOCK)))
  yield { id: 'meta', data: metaOf(audit, dictionaries.finish()) }
  for (const [i, data] of columns.entries()) yield { id: `findings-${i}`, data }
  yield* slices('keys', audit.keys, KEYS_PER_BLOCK)
  yield { id: 'ledger', data: ledgerOf(audit) }
  yield* slices('details', audit.findings, DETAILS_PER_BLOCK, packDetails)
}

function packDetails(findings: readonly Finding[]): DetailsBlock {
  const words = new Words()
  const rows = findings.map(
    ({ evidence, remedy, accepted, subject }): PackedDetails => [
      words.indexOf(shorten(remedy.text, subject)),
      remedy.commands.map((command) => shorten(command, subject)),
      evidence.map(({ fact, value, source, asOf }) => [
        words.indexOf(fact),
        typeof value === 'string' ? shorten(value, subject) : value,
        words.indexOf(source),
        asOf === null ? -1 : words.indexOf(asOf),
      ]),
      accepted,
    ],
  )
  return { words: words.list, rows }
}

/** Reads the details of finding `i` of a block back. */
export function detailsAt({ words, rows }: DetailsBlock, i: number, subject: Named): FindingDetails {
  const [text, commands, evidence, accepted] = rows[i]!
  return {
    evidence: evidence.map(([fact, value, source, asOf]) => ({
      fact: words[fact]!,
      value: typeof value === 'string' ? expand(value, subject) : value,
      source: words[source]!,
      asOf: asOf < 0 ? null : words[asOf]!,
    })),
    remedy: { text: expand(words[text]!, subject), commands: commands.map((command) => expand(command, subject)) },
    accepted,
  }
}

type Named = Pick<Finding['subject'], 'id' | 'name'>

/** Stands for the subject's id or name. A key ID is as good as random: each copy of it would cost its full length. */
const MARK = '\u007f'

function shorten(text: string, { id, name }: Named): string {
  if (text.includes(MARK)) return `${MARK}=${text}`
  const short = isWorthIt(id) ? text.replaceAll(id, `${MARK}i`) : text
  return name !== null && isWorthIt(name) ? short.replaceAll(name, `${MARK}n`) : short
}

function isWorthIt(word: string): boolean {
  return word.length >= 4 && !word.includes(MARK)
}

function expand(text: string, { id, name }: Named): string {
  if (!text.includes(MARK)) return text
  if (text.startsWith(`${MARK}=`)) return text.slice(2)
  return text.replaceAll(`${MARK}n`, () => name ?? '').replaceAll(`${MARK}i`, () => id)
}

function* slices<T>(name: string, list: readonly T[], size: number, pack: (slice: T[]) => unknown = (slice) => slice) {
  for (let start = 0; start < list.length; start += size)
    yield { id: `${name}-${start / size}`, data: pack(list.slice(start, start + size)) }
}

function metaOf(audit: Audit, dictionaries: Dictionaries): PageMeta {
  const { tool, collectedAt, summary, checks, findings, keys, notes } = audit
  return {
    tool,
    collectedAt,
    accounts: audit.accounts.map(({ coverage: _, ...account }) => account),
    checks: Object.values(checks),
    summary,
    notes,
    first: firstSteps(findings),
    findings: findings.length,
    keys: keys.length,
    dictionaries,
  }
}

function ledgerOf({ notEvaluated, accounts }: Audit): Ledger {
  return { notEvaluated, coverage: accounts.map(({ accountId, coverage }) => ({ accountId, lines: coverage })) }
}

function firstSteps(findings: readonly Finding[]): FirstStep[] {
  return mostUrgent(findings).map(({ finding, alike, accounts }) => {
    const { check, title, severity, fingerprint, subject, region, because, remedy } = finding
    const name = subject.name === '<root_account>' ? 'root user' : subject.name
    const label = subjectLabel({ ...subject, name }, region)
    return { check, title, severity, count: alike, accounts, fingerprint, subject: label, because, remedy: remedy.text }
  })
}

class DictionaryBuilder {
  #checks = new Words()
  #titles = new Words()
  #accounts = new Words()
  #regions = new Words()
  #kinds = new Words()
  #frameworks = new Words()

  constructor({ accounts }: Audit) {
    for (const { accountId } of accounts) this.#accounts.indexOf(accountId)
  }

  columnsOf(findings: readonly Finding[]): FindingBlock {
    const column = <T>(of: (finding: Finding) => T): T[] => findings.map(of)
    return {
      fingerprint: column(({ fingerprint }) => fingerprint),
      check: column(({ check }) => this.#checks.indexOf(check)),
      title: column(({ title }) => this.#titles.indexOf(title)),
      severity: column(({ severity }) => SEVERITIES.indexOf(severity)),
      accepted: column(({ status }) => (status === 'accepted' ? 1 : 0)),
      account: column(({ accountId }) => this.#accounts.indexOf(accountId)),
      region: column(({ region }) => (region === null ? -1 : this.#regions.indexOf(region))),
      kind: column(({ subject }) => this.#kinds.indexOf(subject.kind)),
      id: column(({ subject }) => subject.id),
      arn: column(({ subject }) =>
        subject.arn === null ? 0 : subject.arn === subject.id ? 1 : shorten(subject.arn, subject),
      ),
      name: column(({ subject }) => subject.name),
      because: column(({ because }) => because),
      frameworks: column(({ frameworks }) => this.#frameworks.indexOf(JSON.stringify(frameworks))),
    }
  }

  finish(): Dictionaries {
    return {
      checks: this.#checks.list,
      titles: this.#titles.list,
      accounts: this.#accounts.list,
      regions: this.#regions.list,
      kinds: this.#kinds.list,
      frameworks: this.#frameworks.list.map((text) => JSON.parse(text)),
    }
  }
}

/** Words numbered in the order they come. */
class Words {
  list: string[] = []
  #index = new Map<string, number>()

  indexOf(word: string): number {
    let index = this.#index.get(word)
    if (index === undefined) {
      index = this.list.push(word) - 1
      this.#index.set(word, index)
    }
    return index
  }
}

/** Reads a block of the page by its id; `null` when there is none. */
export type ReadBlock = (id: string) => Promise<unknown>

/** Reads `name-0`, `name-1`, … at once. */
export function readSlices<T>(read: ReadBlock, name: string, total: number, size: number): Promise<T[]> {
  const count = Math.ceil(total / size)
  return Promise.all(Array.from({ length: count }, (_, i) => read(`${name}-${i}`) as Promise<T>))
}

/** The ARN of a subject: often it is its id, or ends with its name. */
export function arnAt({ id, name, arn }: Pick<FindingBlock, 'id' | 'name' | 'arn'>, i: number): string | null {
  const packed = arn[i]!
  if (packed === 0) return null
  return packed === 1 ? id[i]! : expand(packed, { id: id[i]!, name: name[i]! })
}

/** The whole finding again, from its column and its details. */
export function findingAt(
  { dictionaries }: PageMeta,
  block: FindingBlock,
  i: number,
  details: FindingDetails,
): Finding {
  const region = block.region[i]!
  return {
    fingerprint: block.fingerprint[i]!,
    check: dictionaries.checks[block.check[i]!]!,
    title: dictionaries.titles[block.title[i]!]!,
    severity: SEVERITIES[block.severity[i]!]!,
    status: block.accepted[i] ? 'accepted' : 'open',
    accountId: dictionaries.accounts[block.account[i]!]!,
    region: region < 0 ? null : dictionaries.regions[region]!,
    subject: {
      kind: dictionaries.kinds[block.kind[i]!] as Finding['subject']['kind'],
      id: block.id[i]!,
      arn: arnAt(block, i),
      name: block.name[i]!,
    },
    because: block.because[i]!,
    frameworks: dictionaries.frameworks[block.frameworks[i]!]!,
    ...details,
  }
}
