/** Roles that nobody uses: denied everything, which can be taken back, and ended later. */
import type { Operation, Step } from '../../model/plan.ts'
import type { Role } from '../../model/snapshot.ts'
import { documentDigest } from '../digest.ts'
import { ABSENT, BELONGINGS, factOf } from '../facts.ts'
import { type Kind, type Lookup, stepOf, subjectOf } from '../kind.ts'

export const POLICY_NAME = 'keyreeve-quarantine'

export const QUARANTINE = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'Quarantine', Effect: 'Deny', Action: '*', Resource: '*' }],
}

/** What nobody has used may be there for the day on which nothing else works. */
export const EMERGENCY = 'it is an administrator, perhaps for emergencies: whether it goes is for a person to say'

export const unusedRoles: Kind = {
  checks: ['role-unused'],
  propose({ subject }, lookup) {
    const role = lookup.role(subject.arn ?? '')
    if (!role) return { cannot: 'the role is not in the snapshot' }
    if (/^\/aws-(service-role|reserved)\//.test(role.path))
      return { cannot: 'it belongs to a service or to IAM Identity Center, which ends it itself' }
    if (role.inlinePolicies.some(({ policyName }) => policyName === POLICY_NAME))
      return { cannot: `it is in quarantine already, by the policy ${POLICY_NAME}` }
    if (lookup.mayBeAdmin(role.arn)) return { cannot: EMERGENCY }
    const quarantine = quarantineRole(role, subjectOf(subject))
    return { steps: [quarantine, removeRole(role, subjectOf(subject), quarantine.id, lookup)] }
  },
}

/** Not one that was made again since, with the same trust policy. */
function sameRole({ roleName, roleId }: Role) {
  return roleId === '' ? [] : [factOf('role-id', { roleName }, roleId)]
}

function lastUse({ roleName, lastUsed }: Role) {
  return lastUsed === null ? [] : [factOf('role-last-used', { roleName }, lastUsed.date ?? 'never')]
}

function quarantineRole(role: Role, subject: Step['subject']): Step {
  const { roleName } = role
  const of = { roleName, policyName: POLICY_NAME }
  const input = { RoleName: roleName, PolicyName: POLICY_NAME }
  return stepOf({
    id: `quarantine-role:${roleName}`,
    kind: 'quarantine-role',
    subject,
    change: `Deny the role ${roleName} everything, by an inline policy`,
    operations: [{ call: 'iam:PutRolePolicy', input: { ...input, PolicyDocument: JSON.stringify(QUARANTINE) } }],
    reliesOn: [
      ...sameRole(role),
      factOf('role-trust', { roleName }, documentDigest(role.trustPolicy)),
      factOf('role-inline-policy', of, ABSENT),
      ...lastUse(role),
    ],
    mayBreak: [{ who: `whoever its trust policy lets in`, evidence: 'a job that runs more seldom than AWS remembers' }],
    verify: [factOf('role-inline-policy', of, documentDigest(QUARANTINE))],
    undo: {
      operations: [{ call: 'iam:DeleteRolePolicy', input }],
      verify: [factOf('role-inline-policy', of, ABSENT)],
    },
  })
}

/** A role made again has another ID, and what named the old one does not know it: so this cannot be taken back. */
function removeRole(role: Role, subject: Step['subject'], after: string, { snapshot, graceDays }: Lookup): Step {
  const { roleName: RoleName, arn } = role
  const profiles = snapshot.instanceProfiles
    .filter(({ roleArns }) => roleArns.includes(arn))
    .map(({ instanceProfileName }) => instanceProfileName)
  const attached = role.attachedPolicies.map(({ policyArn }) => policyArn)
  const inline = [...role.inlinePolicies.map(({ policyName }) => policyName), POLICY_NAME]
  const operations: Operation[] = [
    ...profiles.map((InstanceProfileName) => ({
      call: 'iam:RemoveRoleFromInstanceProfile',
      input: { InstanceProfileName, RoleName },
    })),
    ...attached.map((PolicyArn) => ({ call: 'iam:DetachRolePolicy', input: { RoleName, PolicyArn } })),
    ...inline.map((PolicyName) => ({ call: 'iam:DeleteRolePolicy', input: { RoleName, PolicyName } })),
    { call: 'iam:DeleteRole', input: { RoleName } },
  ]
  const known = [
    ...profiles.map(BELONGINGS.profile),
    ...attached.map(BELONGINGS.attached),
    ...inline.map(BELONGINGS.inline),
  ]
  return stepOf({
    id: `remove-role:${RoleName}`,
    kind: 'remove-role',
    subject,
    change: `Delete the role ${RoleName} with its policies`,
    operations,
    reliesOn: [
      ...sameRole(role),
      factOf('role-trust', { roleName: RoleName }, documentDigest(role.trustPolicy)),
      factOf('role-inline-policy', { roleName: RoleName, policyName: POLICY_NAME }, documentDigest(QUARANTINE)),
      factOf('role-beyond', { roleName: RoleName, known: known.sort().join('\n') }, 'nothing'),
      ...lastUse(role),
    ],
    verify: [factOf('role', { roleName: RoleName }, ABSENT)],
    waitsFor: [{ step: after, days: graceDays }],
  })
}
