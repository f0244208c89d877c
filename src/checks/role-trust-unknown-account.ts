import { NO } from '../policy/tri.ts'
import { type Door, namedAt, type Outsider, outsiderMayEnter } from '../reach/outsiders.ts'
import type { Check, Flag } from './check.ts'
import { roleSubject } from './subjects.ts'
import { IAM_DETAILS, isNamed, nameFor, placeEvidence, reviewDoors, standings, trustCommands } from './trust.ts'

export const roleTrustUnknownAccount: Check = {
  id: 'role-trust-unknown-account',
  title: 'A role trusts an account that is not known to be ours',
  severity: 'medium',
  group: 'trust',
  why: 'Every account in a trust policy is a door that somebody else keeps. Former vendors, closed projects and attackers who want to come back all look the same: an account ID that nobody here can name.',
  fix: 'Find out whose account it is. If it is yours or a vendor you work with, add it to trustedAccounts in the configuration, with a note; otherwise remove it from the trust policy.',
  needs: ['roles'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html',
  ],
  *run(input) {
    const standing = standings(input)
    const { organization } = input.snapshot
    // without an organization of our own to compare it with, another one may be ours
    const settled = organization !== null || input.knowledge('organization').known === 'all'
    yield* reviewDoors(input, 'aws', function* (role, known, doors) {
      const flags = new Map<string, Flag>()
      const flag = (id: string, because: string, door: Door, severity: 'medium' | 'low') => {
        if (!flags.has(id))
          flags.set(id, {
            subject: roleSubject(role),
            because,
            severity,
            evidence: [
              { fact: 'trusts', value: nameFor(id, door), source: IAM_DETAILS },
              placeEvidence(door.statement),
            ],
            commands: trustCommands(role),
            distinguish: id,
          })
      }
      for (const door of doors) {
        const { accounts, organizations } = namedAt(known, door)
        const others = accounts.filter((account) => standing(account) !== 'ours')
        const foreign = organizations.filter((id) => id !== organization?.id)
        if (others.length === 0 && foreign.length === 0) continue
        const mayEnter = (outsider: Outsider) =>
          outsiderMayEnter(known, door, { knowsExternalId: true, isInNetwork: true, ...outsider }) !== NO
        // a door that is open to everybody is another matter than whom it names
        const isPublic = mayEnter({ account: null })
        const entering = others.filter((account) => (!isPublic || isNamed(account, door)) && mayEnter({ account }))
        for (const account of entering)
          if (standing(account) === 'external')
            flag(
              account,
              organization
                ? `trusts account ${account}, which is not of our organization`
                : `trusts account ${account}, which is not known to be ours`,
              door,
              'medium',
            )
          else
            flag(
              account,
              `trusts account ${account}; whether it is of our organization is not known, as its accounts were not read`,
              door,
              'low',
            )
        if (isPublic || entering.length > 0) continue
        for (const id of foreign)
          if ([null, ...others].some((account) => mayEnter({ account, organizations: [id], onlyThere: true })))
            flag(
              id,
              settled
                ? `trusts organization ${id}, which is not ours`
                : `trusts organization ${id}; whether it is ours is not known`,
              door,
              settled ? 'medium' : 'low',
            )
      }
      yield* flags.values()
    })
  },
  examples: {
    flagged: [
      { name: 'a foreign account', account: { roles: [shared('vendor', { AWS: '444455556666' })] } },
      {
        name: 'a foreign account, although it must know an external ID',
        account: {
          roles: [shared('vendor', { AWS: '444455556666' }, { StringEquals: { 'sts:ExternalId': 'f3a9-55' } })],
        },
      },
      {
        name: 'everyone of a foreign account, by condition',
        account: {
          roles: [shared('vendor', '*', { StringEquals: { 'aws:PrincipalAccount': '444455556666' } })],
        },
      },
      {
        name: 'an account outside the organization, and not the one inside',
        account: {
          organization: organizationOf(['111122223333', '222233334444']),
          roles: [shared('vendor', { AWS: ['444455556666', '222233334444'] })],
        },
        flags: ['arn:aws:iam::111122223333:role/vendor'],
      },
      {
        name: 'an account that may or may not be of the organization',
        account: { organization: organizationOf(null), roles: [shared('vendor', { AWS: '444455556666' })] },
      },
      {
        name: 'a foreign account that a Deny spares',
        account: {
          roles: [fenced('*', { StringNotEquals: { 'aws:PrincipalAccount': ['111122223333', '444455556666'] } })],
        },
      },
      {
        name: 'a foreign account with a Deny for only one of its roles',
        account: {
          roles: [
            fenced({ AWS: '444455556666' }, { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::444455556666:role/old' } }),
          ],
        },
      },
      {
        name: 'a user of a foreign account, by condition',
        account: {
          roles: [
            shared('vendor', '*', { StringEquals: { 'aws:PrincipalArn': 'arn:aws:iam::444455556666:user/bob' } }),
          ],
        },
      },
      {
        name: 'another organization',
        account: {
          organization: organizationOf(null),
          roles: [shared('vendor', '*', { StringEquals: { 'aws:PrincipalOrgID': 'o-stranger1' } })],
        },
      },
    ],
    clean: [
      { name: 'the own account', account: { roles: [shared('self', { AWS: 'arn:aws:iam::111122223333:user/ana' })] } },
      {
        name: 'an account of the organization',
        account: {
          organization: organizationOf(['111122223333', '444455556666']),
          roles: [shared('shared', { AWS: '444455556666' })],
        },
      },
      {
        name: 'the own organization',
        account: {
          organization: organizationOf(null),
          roles: [shared('org', '*', { StringEquals: { 'aws:PrincipalOrgID': 'o-example123' } })],
        },
      },
      {
        name: 'an account that the configuration trusts',
        account: { roles: [shared('vendor', { AWS: '444455556666' })] },
        config: { trustedAccounts: ['444455556666'] },
      },
      {
        name: 'a foreign account that a Deny for everybody outside of the organization keeps out',
        account: {
          organization: organizationOf(['111122223333']),
          roles: [fenced({ AWS: '444455556666' }, { StringNotEquals: { 'aws:PrincipalOrgID': 'o-example123' } })],
        },
      },
      {
        name: 'a foreign account that would have to have our ARNs',
        account: {
          roles: [
            shared('own', { AWS: '444455556666' }, { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:*' } }),
          ],
        },
      },
      {
        name: 'an ARN with a wildcard among the principals, which means nobody',
        account: { roles: [shared('nobody', { AWS: 'arn:aws:iam::444455556666:role/*' })] },
      },
      { name: 'a role for a service', account: { roles: [{ roleName: 'app' }] } },
    ],
  },
}

// for the examples

function shared(roleName: string, principal: unknown, condition: object = {}) {
  return {
    roleName,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', Condition: condition }],
    },
  }
}

/** With a Deny for everyone who meets a condition. */
function fenced(principal: unknown, condition: object) {
  const { roleName, trustPolicy } = shared('fenced', principal)
  const deny = { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole', Condition: condition }
  return { roleName, trustPolicy: { ...trustPolicy, Statement: [...trustPolicy.Statement, deny] } }
}

function organizationOf(accountIds: string[] | null) {
  return {
    id: 'o-example123',
    arn: 'arn:aws:organizations::999900001111:organization/o-example123',
    managementAccountId: '999900001111',
    path: null,
    accountIds,
    serviceControlPolicies: null,
    resourceControlPolicies: null,
    features: null,
  }
}
