import { counted } from '../model/numbers.ts'
import { NO } from '../policy/tri.ts'
import type { EstatePrincipal } from '../reach/estate.ts'
import { type Door, namedAt, type Outsider, outsiderMayEnter } from '../reach/outsiders.ts'
import type { Check } from './check.ts'
import { roleSubject } from './subjects.ts'
import { IAM_DETAILS, isNamed, nameFor, placeEvidence, reviewDoors, standings, trustCommands } from './trust.ts'
import { listed } from './wording.ts'

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
    const { organization } = input.snapshot
    const settled = organization !== null || input.knowledge('organization').known === 'all'
    /** Accounts that a statement lets in with no external ID, or a wrong one. */
    function* enteringWithoutId(role: EstatePrincipal, door: Door) {
      const named = namedAt(role, door)
      const others = named.accounts.filter((account) => standing(account) !== 'ours')
      if (others.length === 0) return
      const isPublic = outsiderMayEnter(role, door, { account: null, isInNetwork: true }) !== NO
      // where we know ours, they may be of any other; otherwise one that is asked for may be ours
      const organizations = settled ? named.organizations.filter((id) => id !== organization?.id) : []
      for (const account of others) {
        if (isPublic && !isNamed(account, door)) continue
        const outsider: Outsider = { account, organizations, isInNetwork: true }
        if (outsiderMayEnter(role, door, outsider) === NO) continue
        yield { account, whole: outsiderMayEnter(role, door, { ...outsider, isNobodyInParticular: true }) !== NO }
      }
    }
    yield* reviewDoors(input, 'aws', function* (role, known, doors) {
      const worst = new Map<string, { door: Door; whole: boolean }>()
      for (const door of doors)
        for (const { account, whole } of enteringWithoutId(known, door))
          if (standing(account) === 'unknown') {
            unclear.add(role.roleName)
            accounts.add(account)
          } else if (!worst.has(account) || (whole && !worst.get(account)!.whole)) worst.set(account, { door, whole })
      for (const [account, { door, whole }] of worst)
        yield {
          subject: roleSubject(role),
          because: `trusts ${whole ? 'everyone of' : 'a principal of'} account ${account} without an external ID${weak(door) ? ' that must be right' : ''}`,
          severity: whole ? 'high' : 'medium',
          evidence: [
            { fact: 'trusts', value: nameFor(account, door), source: IAM_DETAILS },
            placeEvidence(door.statement),
          ],
          commands: trustCommands(role),
          distinguish: account,
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
        name: 'an external ID under ForAllValues, which also holds when none is given',
        account: { roles: [vendor('vendor', { 'ForAllValues:StringEquals': { 'sts:ExternalId': 'f3a9-55' } })] },
      },
      {
        name: 'an external ID that must not be a certain one',
        account: { roles: [vendor('vendor', { StringNotEquals: { 'sts:ExternalId': 'f3a9-55' } })] },
      },
      {
        name: 'an external ID that is the account which asks',
        account: {
          roles: [vendor('vendor', { StringEquals: { 'sts:ExternalId': `\${aws:PrincipalAccount}` } })],
        },
      },
      {
        name: 'an external ID in one statement, and none in its copy',
        account: {
          roles: [
            {
              roleName: 'vendor',
              trustPolicy: {
                Version: '2012-10-17',
                Statement: [
                  ...vendor('', { StringEquals: { 'sts:ExternalId': 'f3a9-55' } }).trustPolicy.Statement,
                  ...vendor('').trustPolicy.Statement,
                ],
              },
            },
          ],
        },
      },
      {
        name: 'a Deny without the right external ID that is for somebody else',
        account: {
          roles: [
            fenced('vendor', {
              Principal: { AWS: 'arn:aws:iam::444455556666:user/old' },
              Condition: { StringNotEquals: { 'sts:ExternalId': 'f3a9-55' } },
            }),
          ],
        },
      },
      {
        name: 'a condition on the organization of the vendor, of which all its customers’ requests come',
        account: {
          organization: organizationOf('111122223333'),
          roles: [vendor('vendor', { StringEquals: { 'aws:PrincipalOrgID': 'o-vendor0001' } })],
        },
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
        account: {
          organization: organizationOf('111122223333'),
          roles: [vendor('org', { StringEquals: { 'aws:PrincipalOrgID': 'o-example123' } })],
        },
      },
      {
        name: 'an external ID under StringLike, without a wildcard',
        account: { roles: [vendor('vendor', { StringLike: { 'sts:ExternalId': 'f3a9-55' } })] },
      },
      {
        name: 'an external ID under ForAllValues that has to exist, too',
        account: {
          roles: [
            vendor('vendor', {
              'ForAllValues:StringEquals': { 'sts:ExternalId': 'f3a9-55' },
              Null: { 'sts:ExternalId': 'false' },
            }),
          ],
        },
      },
      {
        name: 'an external ID that a Deny demands of everyone',
        account: {
          roles: [
            fenced('vendor', {
              Principal: '*',
              Condition: { StringNotEquals: { 'sts:ExternalId': 'f3a9-55' } },
            }),
          ],
        },
      },
      {
        name: 'two Deny statements that demand it together: it must be there, and right if it is',
        account: {
          roles: [
            fenced(
              'vendor',
              { Principal: { AWS: '444455556666' }, Condition: { Null: { 'sts:ExternalId': 'true' } } },
              {
                Principal: { AWS: '444455556666' },
                Condition: { StringNotEqualsIfExists: { 'sts:ExternalId': 'f3a9-55' } },
              },
            ),
          ],
        },
      },
      {
        name: 'a condition that can never hold',
        account: {
          roles: [
            vendor('vendor', {
              StringEquals: { 'aws:PrincipalAccount': '777788889999' },
              ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::444455556666:role/*' },
            }),
          ],
        },
      },
      {
        name: 'a time that is over',
        account: { roles: [vendor('vendor', { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } })] },
      },
      {
        name: 'a foreign account that the organization keeps out of all its roles',
        account: {
          organization: {
            ...organizationOf('111122223333'),
            managementAccountId: '999900001111',
            resourceControlPolicies: [
              {
                targetId: 'r-ab12',
                policies: [
                  {
                    id: 'p-perimeter',
                    name: 'perimeter',
                    arn: 'arn:aws:organizations::999900001111:policy/o-example123/resource_control_policy/p-perimeter',
                    document: {
                      Version: '2012-10-17',
                      Statement: [
                        {
                          Effect: 'Deny',
                          Principal: '*',
                          Action: 'sts:AssumeRole',
                          Resource: '*',
                          Condition: {
                            StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-example123' },
                            BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
                          },
                        },
                      ],
                    },
                  },
                ],
              },
            ],
          },
          roles: [vendor('vendor')],
        },
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

/** Whether there is a condition on the external ID after all, though one that does not keep others out. */
function weak({ policy }: Door): boolean {
  return policy.parsed.statements.some(({ conditions }) =>
    conditions.some(({ key }) => key.toLowerCase() === 'sts:externalid'),
  )
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

/** A foreign account, and Deny statements. */
function fenced(roleName: string, ...denies: object[]) {
  const { trustPolicy } = vendor(roleName)
  return {
    roleName,
    trustPolicy: {
      ...trustPolicy,
      Statement: [
        ...trustPolicy.Statement,
        ...denies.map((deny) => ({ Effect: 'Deny', Action: 'sts:AssumeRole', ...deny })),
      ],
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
