import type { ParsedPolicy, Statement } from '../policy/parse.ts'
import type { Check, CheckInput } from './check.ts'
import { roleSubject } from './subjects.ts'
import {
  ASSUME_ROLE,
  accountOf,
  callerLimits,
  IAM_DETAILS,
  isDenied,
  isWholeAccount,
  reviewTrust,
  standings,
  trustCommands,
} from './trust.ts'
import { counted, listed } from './wording.ts'

export const roleTrustThirdPartyWithoutExternalId: Check = {
  id: 'role-trust-third-party-without-external-id',
  title: 'A third party can assume a role without an external ID',
  severity: 'high',
  group: 'trust',
  why: 'A vendor that works in many customers’ accounts uses the same identity for all of them. Without an external ID, another customer can give the vendor the ARN of your role, and the vendor will work in your account for them (the confused deputy).',
  fix: 'Take the external ID that the vendor made for you, and demand it in the trust policy with StringEquals on sts:ExternalId. If the account is your own, add it to trustedAccounts in the configuration.',
  needs: ['roles'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html',
  ],
  *run(input) {
    const standing = standings(input)
    const unclear = new Set<string>()
    const accounts = new Set<string>()
    yield* reviewTrust(input, 'aws', function* (role, policy, grants) {
      const seen = new Set<string>()
      for (const statement of grants)
        for (const { account, principal, whole } of accountsOf(statement, policy, input)) {
          if (seen.has(account) || standing(account) === 'ours') continue
          if (standing(account) === 'unknown') {
            unclear.add(role.roleName)
            accounts.add(account)
            continue
          }
          seen.add(account)
          yield {
            subject: roleSubject(role),
            because: `trusts ${whole ? 'everyone of' : 'a principal of'} account ${account} without an external ID${weak(statement.conditions) ? ' that must be right' : ''}`,
            severity: whole ? 'high' : 'medium',
            evidence: [{ fact: 'trusts', value: principal, source: IAM_DETAILS }],
            commands: trustCommands(role),
            distinguish: account,
          }
        }
    })
    if (unclear.size > 0)
      yield {
        unknown: `${counted(unclear.size, 'role')} (${listed([...unclear])}) ${unclear.size === 1 ? 'trusts' : 'trust'} ${listed([...accounts])} without an external ID; whether these are accounts of the organization is not known (list yours in trustedAccounts)`,
      }
  },
  examples: {
    flagged: [
      { name: 'a foreign account without a condition', account: { roles: [vendor('vendor')] } },
      {
        name: 'a foreign account by its bare ID',
        account: { roles: [vendor('vendor', {}, '444455556666')] },
      },
      {
        name: 'a single role of a foreign account',
        account: { roles: [vendor('vendor', {}, 'arn:aws:iam::444455556666:role/scanner')] },
      },
      {
        name: 'an external ID that may be any',
        account: { roles: [vendor('vendor', { StringLike: { 'sts:ExternalId': '*' } })] },
      },
      {
        name: 'an external ID only if there is one',
        account: { roles: [vendor('vendor', { StringEqualsIfExists: { 'sts:ExternalId': 'f3a9-55' } })] },
      },
      {
        name: 'an external ID that only has to exist',
        account: { roles: [vendor('vendor', { Null: { 'sts:ExternalId': 'false' } })] },
      },
      {
        name: 'each account for itself',
        account: { roles: [vendor('vendor', {}, ['444455556666', 'arn:aws:iam::777788889999:root'])] },
        flags: ['arn:aws:iam::111122223333:role/vendor', 'arn:aws:iam::111122223333:role/vendor'],
      },
      {
        name: 'everyone of a foreign account, by condition',
        account: { roles: [vendor('vendor', { StringEquals: { 'aws:PrincipalAccount': '444455556666' } }, '*')] },
      },
      {
        name: 'an account outside the organization, in China',
        account: {
          partition: 'aws-cn',
          organization: organizationOf('111122223333', '222233334444'),
          roles: [vendor('vendor', {}, 'arn:aws-cn:iam::444455556666:root')],
        },
      },
    ],
    clean: [
      {
        name: 'a foreign account with an external ID',
        account: { roles: [vendor('vendor', { StringEquals: { 'sts:ExternalId': 'f3a9-55' } })] },
      },
      {
        name: 'an external ID that is one of a few, in another case',
        account: { roles: [vendor('vendor', { StringEquals: { 'STS:externalid': ['f3a9-55', 'f3a9-56'] } })] },
      },
      {
        name: 'an account of the organization',
        account: { organization: organizationOf('111122223333', '444455556666'), roles: [vendor('shared')] },
      },
      {
        name: 'the management account, when the other accounts are not known',
        account: {
          organization: { ...organizationOf(), accountIds: null, managementAccountId: '444455556666' },
          roles: [vendor('OrganizationAccountAccessRole')],
        },
      },
      {
        name: 'an account that the configuration trusts',
        account: { roles: [vendor('shared')] },
        config: { trustedAccounts: ['444455556666'] },
      },
      { name: 'the own account', account: { roles: [vendor('self', {}, 'arn:aws:iam::111122223333:root')] } },
      {
        name: 'a foreign account whose principals must be of the organization',
        account: { roles: [vendor('org', { StringEquals: { 'aws:PrincipalOrgID': 'o-example123' } })] },
      },
      {
        name: 'a foreign account that a Deny keeps out',
        account: {
          roles: [
            {
              roleName: 'closed',
              trustPolicy: {
                Statement: [
                  { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'sts:AssumeRole' },
                  { Effect: 'Deny', Principal: '*', Action: 'sts:*' },
                ],
              },
            },
          ],
        },
      },
    ],
  },
}

/** The accounts that a statement lets in without an external ID, unless they must be of an organization. */
function* accountsOf(statement: Statement, policy: ParsedPolicy, { snapshot }: CheckInput) {
  const principals = statement.principal?.aws ?? []
  if (principals.length === 0) return
  const limits = callerLimits(statement, policy, snapshot)
  if (limits.externalId || limits.organizations) return
  for (const principal of principals) {
    if (isDenied(principal, policy, ASSUME_ROLE)) continue
    const own = accountOf(principal)
    const named = principal === '*' ? (limits.accounts ?? []) : own === null ? [] : [own]
    for (const account of named)
      if (!limits.accounts || limits.accounts.includes(account))
        yield { account, principal, whole: principal === '*' || isWholeAccount(principal) }
  }
}

/** Whether there is a condition on the external ID after all, though one that does not keep others out. */
function weak(conditions: { key: string }[]): boolean {
  return conditions.some(({ key }) => key.toLowerCase() === 'sts:externalid')
}

// for the examples

function vendor(roleName: string, condition: object = {}, aws: unknown = 'arn:aws:iam::444455556666:root') {
  return {
    roleName,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: aws }, Action: 'sts:AssumeRole', Condition: condition }],
    },
  }
}

function organizationOf(...accountIds: string[]) {
  return {
    id: 'o-example123',
    arn: 'arn:aws:organizations::111122223333:organization/o-example123',
    managementAccountId: '111122223333',
    path: null,
    accountIds,
    serviceControlPolicies: null,
    resourceControlPolicies: null,
    features: null,
  }
}
