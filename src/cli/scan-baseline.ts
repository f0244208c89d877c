/** Where the fingerprints of a scan get their key, and what was accepted before. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { KeyreeveError } from '../model/errors.ts'
import type { Leak } from '../model/leak.ts'
import { acceptedBy, type Baseline, baselineText, emptyBaseline, parseBaseline } from '../scan/baseline.ts'
import { fingerprintKeyOf } from '../scan/fingerprint-key.ts'
import { writeOutput } from './outputs.ts'
import type { ScanFlags } from './scan-options.ts'
import { WORKSPACE } from './workspace.ts'

const LARGEST = 64 << 20

export interface Baselines {
  /** The baseline's own where one is read or written, so that both speak of the same; else the workspace's. */
  fingerprintKey: Uint8Array | (() => Uint8Array)
  isAccepted(leak: Leak): boolean
  write(file: string, leaks: readonly Leak[]): Promise<void>
}

export function openBaselines({ baseline, writeBaseline }: Pick<ScanFlags, 'baseline' | 'writeBaseline'>): Baselines {
  const read = baseline === undefined ? null : readBaseline(baseline)
  // a baseline that is written again keeps its key, and so what did not change stays the same in it
  const before = read ?? (writeBaseline !== undefined && existsSync(writeBaseline) ? readBaseline(writeBaseline) : null)
  const own = before ?? (writeBaseline === undefined ? null : emptyBaseline())
  return {
    fingerprintKey: own?.fingerprintKey ?? (() => fingerprintKeyOf(WORKSPACE).key),
    isAccepted: read ? acceptedBy(read) : () => false,
    write: (file, leaks) => writeOutput(file, [baselineText(leaks, own!.fingerprintKey)]),
  }
}

function readBaseline(file: string): Baseline {
  let text: string
  try {
    if (statSync(file).size > LARGEST) throw new KeyreeveError('input', `\`${file}\` is too large for a baseline`)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof KeyreeveError) throw error
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new KeyreeveError('input', `cannot read \`${file}\`${code}`, { cause: error })
  }
  return parseBaseline(text, file)
}
