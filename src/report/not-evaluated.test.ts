import { expect, it } from 'vitest'
import type { NotEvaluated } from '../model/finding.ts'
import { groupGaps } from './not-evaluated.ts'

function gap(check: string, because: string, more: Partial<NotEvaluated> = {}): NotEvaluated {
  return { check, accountId: '111122223333', because, extent: 'all', notAsked: false, ...more }
}

it('one denied call is one reason, with every check that it blinds', () => {
  const { failed } = groupGaps({
    notEvaluated: [
      gap('a', 'iam:ListUsers was denied'),
      gap('b', 'iam:ListUsers was denied; iam:GetCredentialReport was throttled'),
      gap('c', 'iam:ListUsers was denied', { extent: 'part', accountId: '444455556666' }),
    ],
  })
  expect(failed.map(({ because }) => because)).toEqual([
    'iam:ListUsers was denied',
    'iam:GetCredentialReport was throttled',
  ])
  expect([...failed[0]!.checks]).toEqual([
    ['a', 'all'],
    ['b', 'all'],
    ['c', 'part'],
  ])
  expect(failed[0]!.accounts.size).toBe(2)
})

it('does not part a reason at a semicolon in its detail', () => {
  const because = 'ec2:DescribeInstances in eu-west-1 was denied (AccessDenied; an explicit deny)'
  expect(groupGaps({ notEvaluated: [gap('a', because)] }).failed.map((reason) => reason.because)).toEqual([because])
})

it('keeps what nobody asked for apart from what failed', () => {
  const { failed, notAsked } = groupGaps({
    notEvaluated: [gap('a', 'iam:X was not read', { notAsked: true }), gap('b', 'iam:Y was denied')],
  })
  expect([failed.length, notAsked.length]).toEqual([1, 1])
})
