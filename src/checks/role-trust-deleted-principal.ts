import type { Snapshot } from '../model/snapshot.ts'
import type { Check } from './check.ts'
import { roleSubject } from './subjects.ts'
import { IAM_DETAILS, isUniqueId, reviewTrust, trustCommands } from './trust.ts'
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
    yield* reviewTrust(input, 'aws', function* (role, _, grants) {
      const dead = new Set<string>()
      let others = 0
      for (const statement of grants) {
        const { aws = [], service = [], federated = [] } = statement.principal ?? {}
        others += service.length + federated.length
        for (const principal of aws)
          if (!isUniqueId(principal)) others++
          else {
            living ??= idsOf(input.snapshot)
            if (living.has(principal)) others++
            else dead.add(principal)
          }
      }
      if (dead.size === 0) return
      yield {
        subject: roleSubject(role),
        because: `trusts ${listed([...dead])}, ${dead.size === 1 ? 'which was' : 'which were'} deleted${others === 0 ? '; nobody can assume the role' : ''}`,
        evidence: [{ fact: 'trusts', value: [...dead].join(', '), source: IAM_DETAILS }],
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
