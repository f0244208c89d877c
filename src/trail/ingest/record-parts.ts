/** A record in the parts in which it is held; record-sql.ts says what they are made of. */
import { type Record, toLine } from './record.ts'
import { PARAMETERS, REST, TRAITS } from './record-sql.ts'
import type { Member } from './scan-record.ts'

/** As JSON. */
export interface Parts {
  /** Empty: there is none. */
  identity: Buffer
  traits: Buffer
  rest: Buffer
  /** Empty: there are none, or they are in the rest. */
  parameters: Buffer
}

const NOTHING = Buffer.alloc(0)

const PART_OF = new Map<string, 'identity' | 'traits' | 'rest'>([
  ['userIdentity', 'identity'],
  ...Object.keys(TRAITS).map((name) => [name, 'traits'] as const),
  ...[...Object.keys(REST), PARAMETERS].map((name) => [name, 'rest'] as const),
])

/** Of a record that was looked through, with the values as they stand there. */
export function partsFound(bytes: Buffer, members: readonly Member[]): Parts {
  const values = new Map<string, string>()
  for (const [nameFrom, nameTo, from, to] of members) {
    const name = bytes.toString('latin1', nameFrom, nameTo)
    // the first counts, as it does for the database
    if (PART_OF.has(name) && !values.has(name)) values.set(name, bytes.toString('utf8', from, to))
  }
  return partsWith(values)
}

/** Of a record that JSON.parse has read. */
export function partsOf(record: Record): Parts {
  const values = [...PART_OF.keys()].map((name): [string, string] => [name, toLine({ value: record[name] ?? null })])
  return partsWith(new Map(values.map(([name, line]) => [name, line.slice('{"value":'.length, -1)])))
}

function partsWith(values: ReadonlyMap<string, string>): Parts {
  const parts = { identity: NOTHING, traits: '', rest: '' }
  for (const [name, value] of values) {
    if (value === 'null') continue
    const part = PART_OF.get(name)!
    if (part === 'identity') parts.identity = Buffer.from(value)
    else parts[part] += `${parts[part] && ','}"${name}":${value}`
  }
  const { identity, traits, rest } = parts
  return { identity, traits: Buffer.from(`{${traits}}`), rest: Buffer.from(`{${rest}}`), parameters: NOTHING }
}

export function isSame(a: Parts, b: Parts): boolean {
  return (Object.keys(a) as (keyof Parts)[]).every((part) => a[part].equals(b[part]))
}

/** All parts written anew, as far as the database has to understand them. */
export function rewritten({ identity, traits, rest, parameters }: Parts): Parts {
  const again = (json: Buffer) => (json.length === 0 ? json : Buffer.from(toLine(JSON.parse(json.toString('utf8')))))
  return { identity: again(identity), traits: again(traits), rest: again(rest), parameters }
}

export function sizeOf(parts: Parts): number {
  return Object.values(parts).reduce((sum, { length }) => sum + length, 0)
}
