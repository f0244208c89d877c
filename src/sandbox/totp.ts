/** Time-based one-time passwords, as a virtual MFA device shows them (RFC 6238: SHA-1, six digits, 30 seconds). */
import { createHmac } from 'node:crypto'
import { BASE32 } from './state.ts'

const STEP_MS = 30_000
/** Steps that a device's clock may be off. */
const WINDOW = 1

export function totp(seed: string, time: number): string {
  return codeOf(seed, Math.floor(time / STEP_MS))
}

function codeOf(seed: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', base32Decode(seed)).update(counter).digest()
  const offset = digest.at(-1)! & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The step that a code belongs to, or null for a wrong code. */
export function matchingStep(seed: string, code: string, time: number): number | null {
  const now = Math.floor(time / STEP_MS)
  for (let step = now - WINDOW; step <= now + WINDOW; step++) if (codeOf(seed, step) === code) return step
  return null
}

/** Whether two codes are those of two steps in a row, as enabling a device demands. */
export function consecutiveCodes(seed: string, first: string, second: string, time: number): boolean {
  const now = Math.floor(time / STEP_MS)
  for (let step = now - WINDOW - 1; step <= now + WINDOW; step++)
    if (codeOf(seed, step) === first && codeOf(seed, step + 1) === second) return true
  return false
}

function base32Decode(text: string): Buffer {
  const bytes: number[] = []
  let value = 0
  let bits = 0
  for (const character of text) {
    value = ((value << 5) | BASE32.indexOf(character)) & 0xffff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((value >> bits) & 255)
    }
  }
  return Buffer.from(bytes)
}
