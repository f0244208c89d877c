/**
 * The way from the account to the detectors: secrets are only ever in the bytes that pass here, and are forgotten when
 * the call returns.
 */
import type { BlobPlace, Sink } from '../../scan/source.ts'
import { redactSecrets } from '../redact.ts'
import { partsOf, type Variable } from './parts.ts'

/** A line of a blob, and what lies there. */
export interface NamedLines {
  bytes: Uint8Array
  /** Where a line (from 1) lies, and which line of that place it is. */
  at(line: number): { place: BlobPlace; line: number }
}

export interface OutletOptions {
  sink: Sink
  /**
   * Looks at lines that lie in different places (the variables of one function) as one text, since an ID may stand in
   * one and its secret in the next. Absent: they all lie in the first line's place.
   */
  named?: (lines: NamedLines) => void
  /** Looks into what is packed: a function's code. */
  unpack?: (bytes: Uint8Array, place: BlobPlace) => void | Promise<void>
}

/** A variable, and where it lies. */
export interface PlacedVariable extends Variable {
  place: BlobPlace
}

export class Outlet {
  readonly #options: OutletOptions

  constructor(options: OutletOptions) {
    this.#options = options
  }

  text(text: string, place: BlobPlace): void {
    if (text !== '') this.#options.sink.blob(Buffer.from(text), place)
  }

  /** Bytes that may be packed. */
  async bytes(bytes: Uint8Array, place: BlobPlace): Promise<void> {
    const { unpack, sink } = this.#options
    if (bytes.length === 0) return
    if (unpack) await unpack(bytes, place)
    else sink.blob(bytes, place)
  }

  /** Variables that belong together. */
  variables(variables: readonly PlacedVariable[]): void {
    const [first] = variables
    if (!first) return
    const { named, sink } = this.#options
    const lines = linesOf([...variables].sort(likelyFirst))
    if (named) named(lines)
    else sink.blob(lines.bytes, first.place)
  }

  /** A resource's whole configuration, as AWS tells it. */
  config(value: unknown, place: BlobPlace): void {
    const within = (...members: string[]): BlobPlace => ({
      ...place,
      member: [place.member, ...members.map((member) => redactSecrets(member))].filter(Boolean).join('/') || null,
    })
    const { variables, texts, rest } = partsOf(value)
    for (const group of variables)
      this.variables(group.variables.map((variable) => ({ ...variable, place: within(group.member, variable.name) })))
    for (const { member, text } of texts) this.text(text, within(member))
    if (rest !== null) this.text(rest, place)
  }

  skip(what: string, why: string): void {
    this.#options.sink.skip(what, why)
  }
}

/** An ID and its secret must not be kept apart by a hundred other variables: by their names, they go side by side. */
function likelyFirst(a: Variable, b: Variable): number {
  const [one, other] = [LIKELY.test(a.name), LIKELY.test(b.name)]
  if (one !== other) return one ? -1 : 1
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

const LIKELY = /key|secret|token|aws|s3|cred/i

/** `NAME=value` lines, and the way back from a line to its variable. */
function linesOf(variables: readonly PlacedVariable[]): NamedLines {
  const starts: number[] = []
  let next = 1
  const text = variables
    .map(({ name, value }) => {
      starts.push(next)
      const line = `${name.replaceAll(/\s/g, ' ')}=${value}`
      next += line.split('\n').length
      return line
    })
    .join('\n')
  return {
    bytes: Buffer.from(text),
    at(line) {
      let index = starts.length - 1
      while (index > 0 && starts[index]! > line) index--
      return { place: variables[index]!.place, line: line - starts[index]! + 1 }
    },
  }
}
