import { expect, test } from 'vitest'
import { principalOf } from './principal.ts'

test('an ARN is read by its parts', () => {
  const account = '111122223333'
  const read: [arn: string, principal: object | null][] = [
    [`arn:aws:iam::${account}:user/a`, { type: 'User', account, name: 'a' }],
    [`arn:aws-cn:iam::${account}:user/team/x/a`, { type: 'User', account, name: 'a' }],
    [`arn:aws:iam::${account}:role/service-role/b:c`, { type: 'Role', account, name: 'b:c' }],
    [`arn:aws:iam::${account}:root`, { type: 'Root', account }],
    [`arn:aws:sts::${account}:assumed-role/b/session`, { type: 'AssumedRole', account, roleName: 'b', roleArn: null }],
    [`arn:aws:sts::${account}:federated-user/f`, { type: 'FederatedUser', account, userArn: null }],
  ]
  for (const [arn, principal] of read) expect(principalOf(arn)).toEqual({ ...principal, arn })
  const provider = `arn:aws:iam::${account}:saml-provider/okta`
  expect(principalOf(provider)).toEqual({ type: 'Federated', provider })
})

test('what is not quite an ARN of a principal is none', () => {
  const wrong = [
    'arn:',
    'arn:aws',
    'arn::iam::111122223333:user/a',
    'arn:aws:iam:us-east-1:111122223333:user/a',
    'arn:aws:s3::111122223333:user/a',
    'arn:aws:iam::11112222333:user/a',
    'arn:aws:iam::1111222233334:user/a',
    'arn:aws:iam::11112222333x:user/a',
    'arn:aws:iam::111122223333:',
    'arn:aws:iam::111122223333:user',
    'arn:aws:iam::111122223333:user/',
    'arn:aws:iam::111122223333:user/a/',
    'arn:aws:iam::111122223333:group/a',
    'arn:aws:sts::111122223333:root',
    'arn:aws:sts::111122223333:assumed-role/b',
    'arn:aws:sts::111122223333:assumed-role//s',
    'ARN:aws:iam::111122223333:user/a',
  ]
  for (const text of wrong) expect(principalOf(text), text).toBe(null)
})

test('names that are no ARN', () => {
  expect(principalOf('*')).toEqual({ type: 'Anonymous' })
  expect(principalOf('lambda.amazonaws.com')).toEqual({ type: 'Service', service: 'lambda.amazonaws.com' })
  expect(principalOf('111122223333')).toMatchObject({ type: 'Root', account: '111122223333' })
  expect(principalOf('somebody')).toBe(null)
})
