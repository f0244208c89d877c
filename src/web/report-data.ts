/** All that the page knows: the findings as columns, the keys, the ledger, and details that are opened on demand. */
import type { KeyRow } from '../model/dossier.ts'
import type { Finding } from '../model/finding.ts'
import {
  DETAILS_PER_BLOCK,
  type DetailsBlock,
  detailsAt,
  FINDINGS_PER_BLOCK,
  type FindingBlock,
  type FindingDetails,
  findingAt,
  KEYS_PER_BLOCK,
  type Ledger,
  type PageMeta,
  type ReadBlock,
  readSlices,
} from '../report/page-data.ts'

export interface ReportData {
  meta: PageMeta
  columns: Columns
  keys: KeyRow[]
  ledger: Ledger
  details: Details
  /** Row by fingerprint. */
  rowOf(fingerprint: string): number | undefined
  /** The open and accepted findings about a key, worst first. */
  rowsOfKey(key: KeyRow): readonly number[]
  /** The finding without its details. */
  headOf(row: number): Omit<Finding, keyof FindingDetails>
}

/** The columns of all blocks, one after the other. */
export interface Columns {
  length: number
  check: Uint32Array
  title: Uint32Array
  severity: Uint8Array
  accepted: Uint8Array
  account: Uint32Array
  region: Int32Array
  kind: Uint8Array
  frameworks: Uint32Array
  id: string[]
  name: (string | null)[]
  because: string[]
  fingerprint: string[]
  arn: (string | 0 | 1)[]
}

export type ReadText = (id: string) => Promise<string>

export async function loadReport(meta: PageMeta, read: ReadBlock, readText: ReadText): Promise<ReportData> {
  const [blocks, keyBlocks, ledger] = await Promise.all([
    readSlices<FindingBlock>(read, 'findings', meta.findings, FINDINGS_PER_BLOCK),
    readSlices<KeyRow[]>(read, 'keys', meta.keys, KEYS_PER_BLOCK),
    read('ledger') as Promise<Ledger>,
  ])
  const columns = joinColumns(blocks, meta.findings)
  const rowOf = lazily(() => new Map(columns.fingerprint.map((fingerprint, row) => [fingerprint, row])))
  const rowsByKey = lazily(() => groupKeyFindings(meta, columns))
  return {
    meta,
    columns,
    keys: keyBlocks.flat(),
    ledger,
    details: new Details(columns, readText),
    rowOf: (fingerprint) => rowOf().get(fingerprint),
    rowsOfKey: ({ accountId, subjectId }) => rowsByKey().get(`${accountId} ${subjectId}`) ?? [],
    headOf(row) {
      const block = blocks[Math.floor(row / FINDINGS_PER_BLOCK)]!
      return findingAt(meta, block, row % FINDINGS_PER_BLOCK, NO_DETAILS)
    },
  }
}

const NO_DETAILS: FindingDetails = { evidence: [], remedy: { text: '', commands: [] }, accepted: null }

function joinColumns(blocks: FindingBlock[], length: number): Columns {
  const numbers = <T extends Uint8Array | Uint32Array | Int32Array>(
    target: T,
    name: 'check' | 'title' | 'severity' | 'accepted' | 'account' | 'region' | 'kind' | 'frameworks',
  ): T => {
    for (const [i, block] of blocks.entries()) target.set(block[name], i * FINDINGS_PER_BLOCK)
    return target
  }
  return {
    length,
    check: numbers(new Uint32Array(length), 'check'),
    title: numbers(new Uint32Array(length), 'title'),
    severity: numbers(new Uint8Array(length), 'severity'),
    accepted: numbers(new Uint8Array(length), 'accepted'),
    account: numbers(new Uint32Array(length), 'account'),
    region: numbers(new Int32Array(length), 'region'),
    kind: numbers(new Uint8Array(length), 'kind'),
    frameworks: numbers(new Uint32Array(length), 'frameworks'),
    id: blocks.flatMap(({ id }) => id),
    name: blocks.flatMap(({ name }) => name),
    because: blocks.flatMap(({ because }) => because),
    fingerprint: blocks.flatMap(({ fingerprint }) => fingerprint),
    arn: blocks.flatMap(({ arn }) => arn),
  }
}

function groupKeyFindings({ dictionaries }: PageMeta, columns: Columns): Map<string, number[]> {
  const rows = new Map<string, number[]>()
  const kind = dictionaries.kinds.indexOf('access-key')
  for (let row = 0; row < columns.length; row++) {
    if (columns.kind[row] !== kind) continue
    const key = `${dictionaries.accounts[columns.account[row]!]} ${columns.id[row]}`
    const list = rows.get(key)
    if (list) list.push(row)
    else rows.set(key, [row])
  }
  return rows
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Evidence and remedies, a block at a time: kept as text, parsed when a person looks. */
export class Details {
  #texts: (string | undefined)[]
  #loading: (Promise<string> | undefined)[]
  #parsed = new Map<number, FindingDetails[]>()
  #readText: ReadText
  #columns: Columns
  readonly blocks: number

  constructor(columns: Columns, readText: ReadText) {
    this.#columns = columns
    this.blocks = Math.ceil(columns.length / DETAILS_PER_BLOCK)
    this.#texts = new Array(this.blocks)
    this.#loading = new Array(this.blocks)
    this.#readText = readText
  }

  /** The details of a row if its block has been read, at once. */
  now(row: number): FindingDetails | null {
    const block = Math.floor(row / DETAILS_PER_BLOCK)
    return this.#texts[block] === undefined ? null : (this.#parse(block)[row % DETAILS_PER_BLOCK] ?? null)
  }

  async of(row: number): Promise<FindingDetails | null> {
    await this.load(Math.floor(row / DETAILS_PER_BLOCK))
    return this.now(row)
  }

  async load(block: number): Promise<void> {
    this.#loading[block] ??= this.#readText(`details-${block}`)
    this.#texts[block] = await this.#loading[block]
  }

  /** Every detail of a block, for the search. */
  async all(block: number): Promise<FindingDetails[]> {
    await this.load(block)
    return this.#read(block)
  }

  #parse(block: number): FindingDetails[] {
    let details = this.#parsed.get(block)
    if (!details) {
      details = this.#read(block)
      // a few are enough for reading on; all of them would be the memory that columns save
      if (this.#parsed.size >= 8) this.#parsed.delete(this.#parsed.keys().next().value!)
      this.#parsed.set(block, details)
    }
    return details
  }

  #read(block: number): FindingDetails[] {
    const packed = JSON.parse(this.#texts[block]!) as DetailsBlock
    return packed.rows.map((_, i) => {
      const row = block * DETAILS_PER_BLOCK + i
      return detailsAt(packed, i, { id: this.#columns.id[row]!, name: this.#columns.name[row]! })
    })
  }
}
