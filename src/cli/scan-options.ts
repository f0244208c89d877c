/** The options of `scan`. */
import type { ScanAccountFlags } from './scan-account.ts'

export const SCAN_FORMATS = ['terminal', 'json', 'ndjson', 'csv', 'markdown', 'sarif'] as const
export type ScanFormat = (typeof SCAN_FORMATS)[number]

export interface ScanFlags extends ScanAccountFlags {
  gitignore: boolean
  /** false: archives are looked at as they are. */
  archives: boolean
  /** Archives in archives, at most. */
  maxDepth?: string
  /** This machine as well. */
  host?: boolean
  /** false: of a repository, only the files that lie there. */
  history: boolean
  /** Only what the commits after a revision bring. */
  since?: string
  /** Only what a push to this remote sends. */
  pushed?: string
  /** Only what the next commit would change. */
  staged?: boolean
  /** false: `--no-snapshot`; true or undefined: the newest of the workspace. */
  snapshot?: string[] | boolean
  baseline?: string
  writeBaseline?: string
  canaryAccount?: string[]
  encodings: boolean
  /** undefined: where scans or snapshots are kept. */
  save?: boolean
  /** Try the keys that were found. */
  verify?: boolean
  verbose?: boolean
}
