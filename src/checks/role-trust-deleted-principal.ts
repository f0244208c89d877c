import type { Snapshot } from '../model/snapshot.ts'
import type { Statement } from '../policy/parse.ts'
import { NO } from '../policy/tri.ts'
import { entrantsOf, entry } from '../reach/trust.ts'
import type { Check } from './check.ts'
import { roleSubject } from './subjects.ts'
import { IAM_DETAILS, isUniqueId, placeEvidence, reviewDoors, trustCommands } from './trust.ts'
import { listed } from './wording.ts'

export const roleTrustDeletedPrincipal: Check = {
  id: 'role-trust-deleted-principal',
  title: 'A role trusts a user or role that was deleted',
  severity: 'low',
  group: 'trust',
  why: 'When a trusted user or role is deleted, its ARN in the trust policy turns into an ID such as AROA…, which lets nobody in, not even a new one of the same name. It hides what the role is for, and whoever “repairs” it by name may trust the wrong one.',
  fix: 'Remove the ID from the trust policy, or put in the ARN of the principal that really needs the role. If nobody is left, retire the role.',
  needs: ['roles'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html'],
  *run(input) {
    let living: Set<string> | null = null
    yield* reviewDoors(input, 'aws', function* (role, known, doors) {
      const dead = new Set<string>()
      const places: Statement[] = []
      let isOpen = false
      for (const { statement } of doors) {
        let isPlace = false
        for (const principal of (statement.principal?.aws ?? []).filter(isUniqueId)) {
          living ??= idsOf(input.snapshot)
          if (living.has(principal)) isOpen = true
          else {
            isPlace = true
            dead.add(principal)
          }
        }
        if (isPlace) places.push(statement)
      }
      if (dead.size === 0) return
      isOpen ||= entrantsOf(known.trust).some((entrant) => entry(known, entrant) !== NO)
      yield {
        subject: roleSubject(role),
        because: `trusts ${listed([...dead])}, ${dead.size === 1 ? 'which was' : 'which were'} deleted${isOpen ? '' : '; nobody can assume the role'}`,
        evidence: [{ fact: 'trusts', value: [...dead].join(', '), source: IAM_DETAILS }, ...places.map(placeEvidence)],
        commands: trustCommands(role),
      }
    })
  },
  examples: {
    flagged: [
      { name: 'a deleted role', account: { roles: [trusting('old', 'AROAJQABLZS4A3QDU576Q')] } },
      {
        name: 'a deleted user beside a living principal',
        account: { roles: [trusting('old', 'AIDAJQABLZS4A3QDU576Q', 'arn:aws:iam::111122223333:root')] },
      },
      {
        name: 'a deleted role beside a service that a Deny keeps out',
        account: {
          roles: [
            {
              roleName: 'old',
              trustPolicy: {
                Statement: [
                  {
                    Effect: 'Allow',
                    Principal: { AWS: 'AROAJQABLZS4A3QDU576Q', Service: 'ec2.amazonaws.com' },
                    Action: 'sts:AssumeRole',
                  },
                  { Effect: 'Deny', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:*' },
                ],
              },
            },
          ],
        },
      },
    ],
    clean: [
      { name: 'living principals', account: { roles: [trusting('app', 'arn:aws:iam::111122223333:user/ana')] } },
      {
        name: 'the ID of a role that exists',
        account: {
          roles: [{ roleName: 'ci', roleId: 'AROAJQABLZS4A3QDU576Q' }, trusting('app', 'AROAJQABLZS4A3QDU576Q')],
        },
      },
    ],
  },
}

function idsOf({ users, roles }: Snapshot): Set<string> {
  return new Set([...users.map(({ userId }) => userId), ...roles.map(({ roleId }) => roleId)])
}

// for the examples

function trusting(roleName: string, ...aws: string[]) {
  return {
    roleName,
    trustPolicy: { Statement: [{ Effect: 'Allow', Principal: { AWS: aws }, Action: 'sts:AssumeRole' }] },
  }
}
