import { createLeakCollector, type LeakCollector } from '../../src/scan/collect-leaks.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import type { Sink } from '../../src/scan/source.ts'

/** What a sink was given: members with their text (of large ones the beginning), and skips. */
export interface Seen extends Sink {
  readonly members: { member: string | null; kind: string; text: string; size: number }[]
  readonly skips: { what: string; why: string }[]
  /** All bytes. */
  readonly bytes: number
}

const KEPT = 1 << 20

export function seeing(): Seen {
  const members: Seen['members'] = []
  const skips: Seen['skips'] = []
  let bytes = 0
  return {
    members,
    skips,
    get bytes() {
      return bytes
    },
    blob(content, { member, kind }) {
      bytes += content.length
      members.push({
        member,
        kind,
        text: Buffer.from(content.subarray(0, KEPT)).toString('latin1'),
        size: content.length,
      })
    },
    open({ member, kind }) {
      const seen = { member, kind, text: '', size: 0 }
      members.push(seen)
      return {
        write(piece) {
          bytes += piece.length
          seen.size += piece.length
          if (seen.text.length < KEPT) seen.text += Buffer.from(piece.subarray(0, KEPT)).toString('latin1')
        },
        end() {},
      }
    },
    skip(what, why) {
      skips.push({ what, why })
    },
  }
}

export const collecting = (): LeakCollector =>
  createLeakCollector(createScanner({ fingerprintKey: new Uint8Array(32) }))
