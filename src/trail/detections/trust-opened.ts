import type { Detection } from './detection.ts'
import { ACCOUNT, call, OTHER_ACCOUNT, user } from './example.ts'
import { outsidersIn, policyIn } from './request.ts'
import { didCall } from './words.ts'

const trust = (principal: unknown, more: object = {}, action = 'UpdateAssumeRolePolicy') => {
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...more }],
  })
  const name = action === 'CreateRole' ? 'assumeRolePolicyDocument' : 'policyDocument'
  return call(`iam:${action}`, user('alice'), { request: { roleName: 'app', [name]: document } })
}

export const trustOpened: Detection = {
  id: 'trust-opened',
  code: 'CT21',
  title: 'Role opened to another account or to everyone',
  severity: 'high',
  attack: ['T1098.003'],
  why: 'A trust policy that lets in a foreign account is a back door without a key: nothing in this account shows who comes through it.',
  fix: 'Ask whose account it is. If nobody knows, take the principal out of the trust policy and look at who assumed the role.',
  falsePositives: ['vendors: name their accounts in `trustedAccounts`'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html'],
  rule: {
    form: 'event',
    names: ['UpdateAssumeRolePolicy', 'CreateRole'],
    where: "event_source = 'iam.amazonaws.com' AND error_code IS NULL AND invoked_by IS NULL",
    needsRequest: true,
  },
  because: (hit, { trustedAccounts }) => {
    const policy = policyIn(hit, 'policyDocument', 'assumeRolePolicyDocument')
    if (policy === null)
      return {
        because: `${didCall(hit, 'on')}; its trust policy was not logged in full and could not be judged`,
        severity: 'low',
      }
    const outsiders = outsidersIn(policy, [...trustedAccounts, ...(hit.accountId ? [hit.accountId] : [])])
    if (outsiders.length === 0) return null
    const names = outsiders.map(
      ({ who, fenced }) => `${who === '*' ? 'everyone' : who}${fenced ? ' under a condition' : ''}`,
    )
    const isOpen = outsiders.some(({ who, fenced }) => who === '*' && !fenced)
    const isFenced = outsiders.every(({ fenced }) => fenced)
    return {
      because: `${didCall(hit, 'on')}: it lets in ${names.join(', ')}`,
      severity: isOpen ? 'critical' : isFenced ? 'medium' : 'high',
    }
  },
  examples: {
    flagged: [
      { name: 'another account', events: [trust({ AWS: `arn:aws:iam::${OTHER_ACCOUNT}:root` })] },
      { name: 'everyone', events: [trust('*')] },
      { name: 'a new role for another account', events: [trust({ AWS: OTHER_ACCOUNT }, {}, 'CreateRole')] },
      {
        name: 'another account with an external ID',
        events: [trust({ AWS: OTHER_ACCOUNT }, { Condition: { StringEquals: { 'sts:ExternalId': 'abc' } } })],
      },
    ],
    clean: [
      { name: 'a service', events: [trust({ Service: 'ec2.amazonaws.com' })] },
      { name: 'the own account', events: [trust({ AWS: `arn:aws:iam::${ACCOUNT}:role/ci` })] },
      {
        name: 'an account that is trusted',
        events: [trust({ AWS: OTHER_ACCOUNT })],
        context: { trustedAccounts: [OTHER_ACCOUNT] },
      },
      {
        name: 'everyone of the own organization',
        events: [trust('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-example' } } })],
      },
    ],
  },
}
