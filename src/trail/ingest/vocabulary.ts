/** The texts that many events have in common, each with a number. Number 0 is no text. */
import type { Found, Span } from './log-scanner.ts'

/** Texts that are remembered from one chunk to the next. */
const REMEMBERED = 300_000
export const UNKNOWN = -1

/** What the numbers that the scanner gives to texts stand for. */
export class Codes {
  private codes = new Int32Array(1024).fill(UNKNOWN)
  private used = 0

  of(number: number): number {
    return number < this.used ? this.codes[number]! : UNKNOWN
  }

  set(number: number, code: number): number {
    if (number >= this.codes.length) {
      const larger = new Int32Array(number * 2).fill(UNKNOWN)
      larger.set(this.codes)
      this.codes = larger
    }
    this.codes[number] = code
    if (number >= this.used) this.used = number + 1
    return code
  }

  clear(): void {
    this.codes.fill(UNKNOWN, 0, this.used)
    this.used = 0
  }
}

/** A number for each distinct text, by its bytes. */
export class Texts {
  private readonly codes = new Map<string, number>()
  /** A character for each byte. */
  private readonly texts: string[] = []

  constructor() {
    this.clear()
  }

  /** How many there are. */
  get size(): number {
    return this.texts.length
  }

  codeOf(bytes: Buffer, from = 0, to = bytes.length): number {
    const text = bytes.toString('latin1', from, to)
    const known = this.codes.get(text)
    if (known !== undefined) return known
    this.codes.set(text, this.texts.length)
    return this.texts.push(text) - 1
  }

  textOf(code: number): string {
    return Buffer.from(this.texts[code]!, 'latin1').toString('utf8')
  }

  /** Which of two comes first, by their bytes, as the database has it: below 0, the first. */
  compare(a: number, b: number): number {
    const [first, second] = [this.texts[a]!, this.texts[b]!]
    return first < second ? -1 : first > second ? 1 : 0
  }

  clear(): void {
    this.codes.clear()
    this.codes.set('', 0)
    this.texts.length = 0
    this.texts.push('')
  }
}

export class Vocabulary {
  readonly addresses = new Texts()
  readonly agents = new Texts()
  readonly keys = new Texts()
  private readonly sources = new Texts()
  private readonly names = new Texts()
  private readonly pairs = new Map<number, number>()
  /** Event source and event name, by number. */
  readonly calls: [source: string, name: string][] = []
  private readonly known = {
    sources: new Codes(),
    names: new Codes(),
    addresses: new Codes(),
    agents: new Codes(),
    /** By the caller that has the key. */
    keys: new Codes(),
  }
  /** As {@link Found.since}. */
  private knownSince = UNKNOWN

  constructor() {
    this.clear()
  }

  get isLarge(): boolean {
    return [this.addresses, this.agents, this.keys, this.names].some(({ size }) => size > REMEMBERED)
  }

  clear(): void {
    this.pairs.clear()
    this.calls.length = 0
    this.calls.push(['', ''])
    for (const texts of [this.addresses, this.agents, this.keys, this.sources, this.names]) texts.clear()
    this.knownSince = UNKNOWN
  }

  /** To be called before the numbers below are asked for: the scanner may have forgotten since what texts it knew. */
  follow({ since }: Found): void {
    if (since === this.knownSince) return
    for (const codes of Object.values(this.known)) codes.clear()
    this.knownSince = since
  }

  /** @param bytes the file of the record */
  callOf(bytes: Buffer, { source, name }: Found): number {
    return this.pairOf(
      this.codeOf(this.sources, this.known.sources, source.number, bytes, source),
      this.codeOf(this.names, this.known.names, name.number, bytes, name),
    )
  }

  addressOf(bytes: Buffer, { address }: Found): number {
    return this.codeOf(this.addresses, this.known.addresses, address.number, bytes, address)
  }

  agentOf(bytes: Buffer, { agent, isAgentEscaped }: Found): number {
    if (!isAgentEscaped) return this.codeOf(this.agents, this.known.agents, agent.number, bytes, agent)
    const known = this.known.agents.of(agent.number)
    if (known !== UNKNOWN) return known
    const text = JSON.parse(bytes.toString('utf8', agent.from - 1, agent.to + 1)) as string
    return this.known.agents.set(agent.number, this.agents.codeOf(Buffer.from(text)))
  }

  keyOf(bytes: Buffer, { key, caller }: Found): number {
    return this.codeOf(this.keys, this.known.keys, caller.number, bytes, key)
  }

  /** The same of texts. */
  callOfTexts(source: string, name: string): number {
    return this.pairOf(this.sources.codeOf(Buffer.from(source)), this.names.codeOf(Buffer.from(name)))
  }

  private codeOf(texts: Texts, known: Codes, number: number, bytes: Buffer, { from, to }: Span): number {
    const code = known.of(number)
    return code === UNKNOWN ? known.set(number, texts.codeOf(bytes, from, to)) : code
  }

  private pairOf(source: number, name: number): number {
    const pair = source * 2 ** 24 + name
    const known = this.pairs.get(pair)
    if (known !== undefined) return known
    this.pairs.set(pair, this.calls.length)
    return this.calls.push([this.sources.textOf(source), this.names.textOf(name)]) - 1
  }
}
