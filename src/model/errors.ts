/** Faults. Outcomes (denied, flagged, could not see) are values, not errors. */

export type ErrorCode =
  | 'usage' // wrong flag or argument
  | 'config' // keyreeve.yaml is wrong
  | 'input' // a file that is not what it should be
  | 'credentials' // no usable AWS credentials
  | 'aws' // AWS answered something we cannot go on from
  | 'output' // a report could not be written
  | 'interrupted'

/** An error with one clear line for a person, and a hint what to try. `cli/` turns it into exit code 2. */
export class KeyreeveError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'KeyreeveError'
    this.code = code
    this.hint = options.hint
  }
}

/** A file or document that is not what it should be. */
export class InputError extends KeyreeveError {
  constructor(message: string, options: { cause?: unknown; hint?: string } = {}) {
    super('input', message, options)
    this.name = 'InputError'
  }
}
