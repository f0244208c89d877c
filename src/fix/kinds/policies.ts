/** Policies that nobody has. */
import { documentDigest } from '../digest.ts'
import { ABSENT, factOf, versionsText } from '../facts.ts'
import { type Kind, stepOf, subjectOf } from '../kind.ts'

export const unattachedPolicies: Kind = {
  checks: ['policy-unattached'],
  propose({ subject }, { policy: find }) {
    const policy = find(subject.arn ?? subject.id)
    if (!policy) return { cannot: 'the policy is not in the snapshot' }
    const standard = policy.versions.find(({ isDefaultVersion }) => isDefaultVersion)
    if (!standard) return { cannot: 'its document was not read' }
    const { arn: PolicyArn, policyName, path } = policy
    const of = { policyArn: PolicyArn }
    const others = policy.versions.filter(({ isDefaultVersion }) => !isDefaultVersion)
    const digest = documentDigest(standard.document)
    return {
      steps: [
        stepOf({
          id: `delete-policy:${PolicyArn}`,
          kind: 'delete-policy',
          subject: subjectOf(subject),
          change: `Delete the policy ${policyName}, which nobody has`,
          operations: [
            ...others.map(({ versionId: VersionId }) => ({
              call: 'iam:DeletePolicyVersion',
              input: { PolicyArn, VersionId },
            })),
            { call: 'iam:DeletePolicy', input: { PolicyArn } },
          ],
          reliesOn: [
            factOf('policy-attachments', of, '0'),
            factOf('policy-document', of, digest),
            // with one more it could not be deleted, and the others would be gone
            factOf('policy-versions', of, versionsText(policy.versions)),
          ],
          mayBreak: [
            { who: 'templates and scripts that name it', evidence: 'AWS does not know of those' },
            {
              who: 'whoever takes it back',
              evidence: 'its older versions, its description and its tags are not made again',
            },
          ],
          verify: [factOf('policy', of, ABSENT)],
          undo: {
            operations: [
              {
                call: 'iam:CreatePolicy',
                input: {
                  PolicyName: policyName,
                  Path: path,
                  PolicyDocument:
                    typeof standard.document === 'string' ? standard.document : JSON.stringify(standard.document),
                },
              },
            ],
            verify: [factOf('policy-document', of, digest)],
          },
        }),
      ],
    }
  },
}
