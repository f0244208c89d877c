/** An error as AWS answers it: a code, a message, an HTTP status. */
export class AwsError extends Error {
  /** As it goes over the wire: `NoSuchEntity`, `AccountNotFoundException`. */
  readonly code: string
  readonly status: number
  /** More members of the error, for the JSON protocols. */
  readonly details: Record<string, unknown>

  constructor(code: string, message: string, status = 400, details: Record<string, unknown> = {}) {
    super(message)
    this.name = 'AwsError'
    this.code = code
    this.status = status
    this.details = details
  }
}
