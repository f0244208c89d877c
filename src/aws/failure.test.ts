import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf } from './failure.ts'

const awsError = (name: string, httpStatusCode = 400, message = '') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } })

describe('a failure', () => {
  it.each([
    ['AccessDenied', 403, 'denied'],
    ['AccessDeniedException', 400, 'denied'],
    ['UnauthorizedOperation', 403, 'denied'],
    ['Throttling', 400, 'throttled'],
    ['ThrottlingException', 400, 'throttled'],
    ['TooManyRequestsException', 400, 'throttled'],
    ['RequestLimitExceeded', 503, 'throttled'],
    ['LimitExceededException', 409, 'throttled'],
    ['NoSuchEntityException', 404, 'missing'],
    ['ResourceNotFoundException', 404, 'missing'],
    ['AWSOrganizationsNotInUseException', 400, 'missing'],
    ['ExpiredToken', 400, 'credentials'],
    ['InvalidClientTokenId', 403, 'credentials'],
    ['AuthFailure', 401, 'credentials'],
    ['UnknownOperationException', 404, 'unsupported'],
    ['InvalidAction', 400, 'unsupported'],
    ['UnknownError', 404, 'unsupported'],
    ['UnknownError', 429, 'throttled'],
    ['UnknownError', 403, 'denied'],
    ['InternalFailure', 500, 'refused'],
    ['SyntaxError', 500, 'refused'],
    ['SyntaxError', 200, 'unreadable'],
  ])('named %s with HTTP %i is %s', (name, status, kind) => {
    expect(failureOf(awsError(name, status)).kind).toBe(kind)
  })

  it('of the connection keeps its code', () => {
    expect(failureOf(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toMatchObject({
      kind: 'network',
      code: 'ECONNREFUSED',
    })
    expect(failureOf(Object.assign(new Error('x'), { code: 'ENOTFOUND' })).kind).toBe('no-host')
    expect(failureOf(Object.assign(new Error('x'), { name: 'TimeoutError' })).kind).toBe('network')
    expect(failureOf(Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' })).kind).toBe('network')
    expect(failureOf(new DOMException('x', 'AbortError')).kind).toBe('aborted')
  })

  it('of a denial says which kind of policy denied, and nothing else of the message', () => {
    const message = (reason: string) =>
      `User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:ListUsers on resource: CANARY ${reason}`
    expect(
      failureOf(awsError('AccessDenied', 403, message('with an explicit deny in a service control policy'))).detail,
    ).toBe('AccessDenied: explicit deny in a service control policy')
    expect(
      failureOf(
        awsError('AccessDenied', 403, message('because no permissions boundary allows the iam:ListUsers action')),
      ).detail,
    ).toBe('AccessDenied: no permissions boundary allows it')
    expect(failureOf(awsError('AccessDenied', 403, message(''))).detail).toBe('AccessDenied')
  })

  it('never passes on the text of an error, whatever it is', () => {
    const text = fc.string().map((string) => `CANARY ${string}`)
    const error = fc.record({
      name: text,
      code: text,
      message: text,
      $metadata: fc.record({ httpStatusCode: fc.integer() }),
    })
    fc.assert(
      fc.property(fc.oneof(error, fc.anything()), (thrown) => {
        expect(JSON.stringify(failureOf(thrown))).not.toContain('CANARY')
      }),
    )
  })
})
