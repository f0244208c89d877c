/**
 * Runs of base64 characters, found by steps as long as the shortest run that counts: most text is passed over in a few
 * looks. A regular expression would begin anew at every character.
 */

/** The characters of a class: 1 for each that belongs to it. */
export function tableOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, c) => (pattern.test(String.fromCharCode(c)) ? 1 : 0))
}

export const BASE64 = tableOf(/[A-Za-z0-9+/]/)

/** Whether the character at `index` is one of `A-Za-z0-9+/`. */
export function isBase64At(text: string, index: number): boolean {
  // outside the text: NaN, which is no index of the table
  return BASE64[text.charCodeAt(index)] === 1
}

/** Zeros behind a text's bytes. */
const BEHIND = 8
let scratch = Buffer.alloc(16 * 1024)

/**
 * The characters of a text, a byte each, and zeros behind them. Valid until it is asked again. To look at characters
 * one by one takes several times as long in a string.
 */
export function bytesOf(text: string): Uint8Array {
  if (scratch.length < text.length + BEHIND) scratch = Buffer.alloc(2 * (text.length + BEHIND))
  scratch.write(text, 'latin1')
  scratch.fill(0, text.length, text.length + BEHIND)
  return scratch
}

/** Of each run of `least` characters or more, as long as it goes: start, end, start, end ... @param of base64 */
export function runsIn(text: string, least: number, of: Uint8Array = BASE64): number[] {
  const runs: number[] = []
  if (text.length < least) return runs
  const bytes = bytesOf(text)
  let start = 0
  while (start + least <= text.length) {
    let k = start + least - 1
    while (k >= start && of[bytes[k]!] === 1) k--
    if (k >= start) {
      start = k + 1
      continue
    }
    let end = start + least
    while (of[bytes[end]!] === 1) end++ // zero is in no class
    runs.push(start, end)
    start = end + 1
  }
  return runs
}

/** The first run of `least` characters or more of base64; null: there is none. */
export function firstRunIn(text: string, least: number): [start: number, end: number] | null {
  for (let start = 0; start + least <= text.length; ) {
    let k = start + least - 1
    while (k >= start && BASE64[text.charCodeAt(k)] === 1) k--
    if (k < start) {
      let end = start + least
      while (end < text.length && BASE64[text.charCodeAt(end)] === 1) end++
      return [start, end]
    }
    start = k + 1
  }
  return null
}

/** Whether these bytes stand at a place. */
export function standsAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

/** A run of `least` bytes of a class. @param of 1 for each byte that belongs to it */
export function hasRun(bytes: Uint8Array, from: number, to: number, least: number, of: Uint8Array): boolean {
  let start = from
  while (start + least <= to) {
    let k = start + least - 1
    while (k >= start && of[bytes[k]!] === 1) k--
    if (k < start) return true
    start = k + 1
  }
  return false
}
