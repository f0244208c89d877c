import { counted } from '../model/numbers.ts'
import type { Check } from './check.ts'
import { shell } from './shell.ts'
import { policySubject } from './subjects.ts'
import { IAM_DETAILS } from './trust.ts'
import { listed } from './wording.ts'

export const policyUnattached: Check = {
  id: 'policy-unattached',
  title: 'A policy of ours is attached to nobody',
  severity: 'info',
  group: 'policies',
  why: 'A policy nobody has is easily attached by mistake, for its name promises what it no longer says; and whoever may attach policies can pick from it.',
  fix: 'Save the document if it may be wanted again, then delete the policy with all its versions.',
  needs: ['policies', 'users', 'roles', 'groups'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-delete.html'],
  *run({ snapshot, lookup }) {
    const boundaries = new Set<string>()
    for (const principals of [snapshot.users, snapshot.roles])
      for (const { permissionsBoundary } of principals) if (permissionsBoundary) boundaries.add(permissionsBoundary)
    const unknown: string[] = []
    for (const policy of snapshot.policies) {
      const { arn, awsManaged, attachmentCount, permissionsBoundaryUsageCount, defaultVersionId, versions } = policy
      if (awsManaged || attachmentCount || permissionsBoundaryUsageCount) continue
      if (boundaries.has(arn) || lookup.attachedTo(arn).length > 0) continue
      if (attachmentCount === null) {
        unknown.push(policy.policyName)
        continue
      }
      yield {
        subject: policySubject(policy),
        because: 'attached to no user, group or role, and nobody’s boundary',
        evidence: [
          { fact: 'attachments', value: attachmentCount, source: IAM_DETAILS },
          { fact: 'uses as a boundary', value: permissionsBoundaryUsageCount ?? 0, source: IAM_DETAILS },
        ],
        commands: [
          shell`aws iam get-policy-version --policy-arn ${arn} --version-id ${defaultVersionId}`,
          ...versions
            .filter(({ isDefaultVersion }) => !isDefaultVersion)
            .map(({ versionId }) => shell`aws iam delete-policy-version --policy-arn ${arn} --version-id ${versionId}`),
          shell`aws iam delete-policy --policy-arn ${arn}`,
        ],
      }
    }
    if (unknown.length > 0)
      yield { unknown: `who has ${counted(unknown.length, 'policy', 'policies')} is not known (${listed(unknown)})` }
  },
  examples: {
    flagged: [
      {
        name: 'a policy without attachments',
        account: { policies: [{ policyName: 'old', attachmentCount: 0 }] },
        flags: ['arn:aws:iam::111122223333:policy/old'],
      },
    ],
    clean: [
      { name: 'an attached policy', account: { policies: [{ policyName: 'used', attachmentCount: 2 }] } },
      {
        name: 'a boundary',
        account: { policies: [{ policyName: 'fence', attachmentCount: 0, permissionsBoundaryUsageCount: 1 }] },
      },
      {
        name: 'a policy that a role has, although the count says nobody',
        account: {
          policies: [{ policyName: 'used', attachmentCount: 0 }],
          roles: [
            {
              roleName: 'app',
              attachedPolicies: [{ policyName: 'used', policyArn: 'arn:aws:iam::111122223333:policy/used' }],
            },
          ],
        },
      },
      {
        name: 'a policy that AWS wrote',
        account: { policies: [{ policyName: 'ReadOnlyAccess', awsManaged: true, attachmentCount: 0 }] },
      },
    ],
  },
}
