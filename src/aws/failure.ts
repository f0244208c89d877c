/**
 * What went wrong with a call, in our words. AWS's own messages never go further than this file: a signature error
 * quotes the whole request with its session token, and an endpoint can answer whatever it likes.
 */

export type FailureKind =
  | 'denied'
  | 'throttled'
  | 'unsupported' // the service, the region or the endpoint doesn't know this call
  | 'credentials' // AWS does not accept the credentials
  | 'missing' // the thing that was asked for does not exist
  | 'no-host' // the endpoint has no address
  | 'network'
  | 'aborted'
  | 'refused' // any other error that AWS answered
  | 'unreadable' // an answer that makes no sense

export interface Failure {
  kind: FailureKind
  /** AWS's or the system's error code; never free text. */
  code: string
  /** For the ledger: the code and, where AWS says so, which kind of policy denied. */
  detail: string
}

const KINDS: readonly (readonly [FailureKind, RegExp])[] = [
  [
    'throttled',
    /^(Request)?(Throttl\w*|LimitExceeded(Exception)?|BandwidthLimitExceeded)$|^(TooManyRequests(Exception)?|RequestLimitExceeded|EC2ThrottledException|SlowDown|ProvisionedThroughputExceededException|PriorRequestNotComplete|TransactionInProgressException)$/,
  ],
  [
    'denied',
    /^(AccessDenied\w*|Unauthorized\w*|Client\.UnauthorizedOperation|NotAuthorized\w*|AuthorizationError\w*|Forbidden\w*)$/,
  ],
  [
    'credentials',
    /^(InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient(Exception)?|ExpiredToken(Exception)?|InvalidToken|TokenRefreshRequired|SignatureDoesNotMatch|InvalidSignature(Exception)?|IncompleteSignature(Exception)?|MissingAuthenticationToken(Exception)?|AuthFailure|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed)$/,
  ],
  [
    'unsupported',
    /^(UnknownOperation(Exception)?|InvalidAction|UnsupportedOperation(Exception)?|UnsupportedAPIEndpoint(Exception)?|UnsupportedFeature(Exception)?|NotImplemented(Error)?|OptInRequired|SubscriptionRequired(Exception)?|ServiceNotAvailable\w*|AccountNotManagementOrDelegatedAdministratorException|OrganizationNotFoundException|OrganizationNotInAllFeaturesModeException)$/,
  ],
  ['missing', /^(NoSuch\w*|\w*NotFound(Exception)?|AWSOrganizationsNotInUse(Exception)?|\w*DoesNotExist(Exception)?)$/],
]

/** Whether an error's code says that temporary credentials have ended. */
export function isExpired(code: string): boolean {
  return /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/.test(code)
}

/**
 * Whether an error's code says that somebody else is changing the same thing just now: nothing was done, and a moment
 * later it works.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
 */
export function isConflict(code: string): boolean {
  return /^(ConcurrentModification(Exception)?|EntityTemporarilyUnmodifiable(Exception)?|PolicyChangesInProgressException)$/.test(
    code,
  )
}

const NO_HOST = new Set(['ENOTFOUND', 'ENODATA'])

/** What a thrown error says. */
export function failureOf(error: unknown): Failure {
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown
    code?: unknown
    message?: unknown
    Reason?: unknown
    $metadata?: { httpStatusCode?: unknown }
    cause?: { code?: unknown }
  }
  const name = word(thrown.name)
  const systemCode = word(thrown.code) || word(thrown.cause?.code)
  if (name === 'AbortError') return { kind: 'aborted', code: 'interrupted', detail: 'interrupted' }
  if (NO_HOST.has(systemCode)) return { kind: 'no-host', code: systemCode, detail: `no such host (${systemCode})` }
  if (
    name === 'TimeoutError' ||
    /^E[A-Z_]+$/.test(systemCode) ||
    /^(CERT|UNABLE|SELF_SIGNED|DEPTH|ERR_TLS)_/.test(systemCode)
  ) {
    const code = systemCode || name
    return { kind: 'network', code, detail: `the connection failed (${code})` }
  }

  const status = Number(thrown.$metadata?.httpStatusCode) || 0
  // The SDK names errors after their code; an error without a code is `UnknownError` or plain `Error`.
  const code = /^(|Syntax|Type|Range|Reference|Unknown)Error$|^Unknown$/.test(name) ? '' : name
  for (const [kind, codes] of KINDS) if (codes.test(code)) return failure(kind, code, thrown.message)
  if (status === 429) return failure('throttled', code || 'HTTP 429', '')
  if (status === 403 || status === 401) return failure('denied', code || `HTTP ${status}`, thrown.message)
  if (status === 404 || status === 405 || status === 501) return failure('unsupported', code || `HTTP ${status}`, '')
  if (status >= 400) {
    const reason = word(thrown.Reason)
    const said = failure('refused', code || `HTTP ${status}`, '')
    // of a constraint, AWS says which
    return reason === '' ? said : { ...said, detail: `${said.detail}: ${reason}` }
  }
  return { kind: 'unreadable', code: code || 'unreadable', detail: 'the answer could not be read' }
}

function failure(kind: FailureKind, code: string, message: unknown): Failure {
  const reason = kind === 'denied' ? deniedBy(message) : null
  return { kind, code, detail: reason ? `${code}: ${reason}` : code }
}

/** The one part of AWS's message that is worth keeping, matched word by word. */
function deniedBy(message: unknown): string | null {
  if (typeof message !== 'string') return null
  const [, explicit] =
    /with an explicit deny in an? ((?:identity-based|resource-based|service control|resource control|session|VPC endpoint) policy|permissions boundary)/.exec(
      message,
    ) ?? []
  if (explicit) return `explicit deny in a ${explicit}`
  const [, missing] =
    /because no ((?:identity-based|resource-based|service control|resource control|session|VPC endpoint) policy|permissions boundary) allows/.exec(
      message,
    ) ?? []
  return missing ? `no ${missing} allows it` : null
}

/** The text if it is one short word, as codes are; anything else could be anything. */
function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z][\w.]{0,79}$/.test(value) ? value : ''
}
