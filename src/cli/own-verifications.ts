/**
 * Which keys `scan --verify` has tried, and when: `.keyreeve/verified-keys.ndjson`, a line for each. Each try has a mark of
 * its own in its user agent, which CloudTrail writes down, so that `rotate` tells it from every other use of the key.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeWorkspaceFolder, WORKSPACE } from './workspace.ts'

export interface OwnVerification {
  accessKeyId: string
  /** ISO 8601, UTC. */
  at: string
  /** 32 hexadecimal digits by chance: nobody else's call has them. */
  mark: string
}

/** What is in a call's user agent before its mark. */
export const MARKED = 'verification/'

/** The mark, and AWS's clock beside ours: calls are refused where the two are further apart. */
const CLOCKS_MS = 15 * 60_000

const FILE = join(WORKSPACE, 'verified-keys.ndjson')

/**
 * A try that is about to be made, written down before it is. Where nothing can be written it goes on all the same: then
 * it counts as a use.
 */
export function noteVerification(accessKeyId: string): OwnVerification {
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const mark = randomBytes(16).toString('hex')
  const verification = { accessKeyId, at: `${new Date().toISOString().slice(0, 19)}Z`, mark }
  try {
    makeWorkspaceFolder(WORKSPACE)
    appendFileSync(FILE, `${JSON.stringify(verification)}\n`, { mode: 0o600 })
  } catch {
    // as said
  }
  return verification
}

/** All that were written down; a line that is none is left out, and what it was about counts as a use. */
export function ownVerifications(): OwnVerification[] {
  let text: string
  try {
    text = readFileSync(FILE, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    try {
      const { accessKeyId, at, mark } = JSON.parse(line) as Partial<OwnVerification>
      const isOne =
        /^[A-Z0-9]{16,128}$/.test(accessKeyId!) && !Number.isNaN(Date.parse(at!)) && /^[0-9a-f]{32}$/.test(mark!)
      return isOne ? [{ accessKeyId: accessKeyId!, at: at!, mark: mark! }] : []
    } catch {
      return []
    }
  })
}

/** Whether a moment may be that of the try, by clocks that differ. */
export function isAbout(time: string, { at }: OwnVerification): boolean {
  return Math.abs(Date.parse(time) - Date.parse(at)) <= CLOCKS_MS
}

/** The first and the last moment that {@link isAbout} takes. */
export function momentsOf({ at }: OwnVerification): { from: string; to: string } {
  const moment = (ms: number) => new Date(Date.parse(at) + ms).toISOString().replace('T', ' ').replace('Z', '')
  return { from: moment(-CLOCKS_MS), to: moment(CLOCKS_MS) }
}
