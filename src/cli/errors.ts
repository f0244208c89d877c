/** Errors as a person sees them: one line, a hint, never a stack trace, never data that may hold a secret. */
import type { CommanderError } from 'commander'
import { KeyreeveError } from '../model/errors.ts'
import { visible } from './visible.ts'

export const EXIT = {
  ok: 0,
  /** Something at or above the chosen severity was found. */
  found: 1,
  /** Could not run: usage, credentials, input. */
  failed: 2,
  /** Ran, but something could not be read. */
  incomplete: 3,
} as const

/** Told by its code, as its class would load commander for those who have no use of it. */
function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')
}

export function exitCodeOf(error: unknown): number {
  if (isCommanderError(error)) return error.exitCode === 0 ? EXIT.ok : EXIT.failed
  return EXIT.failed
}

export function printError(error: unknown): void {
  if (isCommanderError(error)) return // commander has written its own line
  if (error instanceof KeyreeveError) {
    process.stderr.write(`keyreeve: ${visible(error.message)}\n`)
    if (error.hint) process.stderr.write(`  ${visible(error.hint)}\n`)
    return
  }
  const fault = systemFault(error)
  process.stderr.write(`keyreeve: ${fault ?? `internal error (${placeOf(error)}); please report it`}\n`)
}

/** `cannot write: no space left` and the like: the code and path of a system error are no secret. */
function systemFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  const path = 'path' in error && typeof error.path === 'string' ? ` \`${visible(error.path)}\`` : ''
  return `${String(error.syscall)}${path} failed: ${String(error.code)}`
}

/** Where an unexpected error arose: line and column, as programs may be one line. Not its message: that may quote the data at hand. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  const frame = error.stack?.split('\n').find((line) => line.trim().startsWith('at '))
  const place = frame?.match(/([\w.-]+\/[\w.-]+\.c?[jt]s:\d+:\d+)/)?.[1]
  return place ? `${error.name} at ${place}` : error.name
}
