/** `scan` with paths and switches only, which is most of what is asked for: told without loading what reads options. */
import type { ScanFlags, ScanFormat } from './scan-options.ts'

export interface PlainScan {
  paths: string[]
  flags: ScanFlags
  format: ScanFormat
}

const SWITCHES = {
  '--no-history': 'history',
  '--no-gitignore': 'gitignore',
  '--no-archives': 'archives',
  '--no-encodings': 'encodings',
  '--no-snapshot': 'snapshot',
  '--no-save': 'save',
} as const

/** Words that are no path where the first one is expected. */
const COMMANDS = ['install-hook', 'help']

/** @returns what commander would make of it, or null: ask commander */
export function plainScan(args: readonly string[]): PlainScan | null {
  const paths: string[] = []
  const flags: ScanFlags = { history: true, gitignore: true, archives: true, encodings: true }
  let format: ScanFormat = 'terminal'
  for (const arg of args) {
    if (Object.hasOwn(SWITCHES, arg)) flags[SWITCHES[arg as keyof typeof SWITCHES]] = false
    else if (arg === '--json' && format !== 'json') format = 'json'
    else if (arg.startsWith('-') || COMMANDS.includes(arg)) return null
    else paths.push(arg)
  }
  return { paths: paths.length > 0 ? paths : ['.'], flags, format }
}
