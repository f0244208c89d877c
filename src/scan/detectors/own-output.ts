/** What keyreeve itself wrote: its reports name keys, and hold no secret. */
import { matchesOf } from './matches.ts'
import { lookOf } from './secret.ts'

/** Snapshots, reports, saved scans and baselines; SARIF; OCSF: each says at its beginning what made it. */
const MARKS = [
  /^\{\s*"schemaVersion":\s*\d+,\s*"tool":\s*\{\s*"name":\s*"keyreeve"/,
  /^\{\s*"kind":\s*"keyreeve-scan(?:-baseline)?"/,
  /^\{\s*"\$schema":\s*"[^"]{1,100}",\s*"version":\s*"[^"]{1,10}",\s*"runs":\s*\[\s*\{\s*"tool":\s*\{\s*"driver":\s*\{\s*"name":\s*"keyreeve"/,
  /^\{[^{}]{1,300}"metadata":\s*\{[^{}]{1,100}"product":\s*\{\s*"name":\s*"keyreeve"/,
]
const MARK_END = 600

/**
 * Whether a blob says of itself that keyreeve wrote it, and holds nothing that looks like a secret. Anybody can write the
 * mark: so it only tells what an ID is that stands there alone, and nothing where there is a secret anywhere in the blob.
 */
export function isOwnOutput(bytes: Uint8Array): boolean {
  return bytes[0] === BRACE && saysSo(bytes) && !mayHoldSecret(bytes)
}

const BRACE = 0x7b

function saysSo(bytes: Uint8Array): boolean {
  const head = latin1(bytes, MARK_END)
  return MARKS.some((mark) => mark.test(head))
}

const FORTY = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g

function mayHoldSecret(bytes: Uint8Array): boolean {
  for (const { 0: value } of matchesOf(FORTY, latin1(bytes, bytes.length)))
    if (lookOf(value, true) !== 'other') return true
  return false
}

function latin1(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.length)).toString('latin1')
}
