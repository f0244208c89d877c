import type { Check } from './check.ts'
import { DETAILS, keySource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { listed } from './wording.ts'

export const keyCrossAccount: Check = {
  id: 'key-cross-account',
  title: 'A key may assume roles in other accounts',
  severity: 'medium',
  group: 'keys',
  why: 'What is lost with this key is not only in this account: its user may assume roles elsewhere, and those accounts see only a session.',
  fix: 'Let people cross accounts through IAM Identity Center, and programs through a role of their own; where the key has to stay, ask for MFA or a source address in the trust policies of those roles.',
  needs: ['accessKeys', 'users', 'groups', 'policies'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html',
  ],
  *run({ dossiers }) {
    for (const dossier of dossiers) {
      const others = dossier.reach?.otherAccounts ?? []
      if (dossier.status !== 'active' || others.length === 0) continue
      const named = others.map((account) => (account === '*' ? 'any account' : account))
      yield {
        subject: keySubject(dossier),
        because: `user ${dossier.owner.name} may assume roles in ${listed(named)}`,
        evidence: [
          { fact: 'other accounts', value: named.join(', '), source: DETAILS },
          { fact: 'key status', value: 'active', source: keySource(dossier.accessKeyId) },
        ],
        commands: [`keyreeve reach can ${dossier.owner.arn} sts:AssumeRole`],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a role in another account',
        account: {
          users: [{ userName: 'kim', inlinePolicies: [inline('arn:aws:iam::444455556666:role/deploy')] }],
          accessKeys: [{ userName: 'kim', accessKeyId: 'AKIAEXAMPLEONE' }],
        },
        flags: ['AKIAEXAMPLEONE'],
      },
      {
        name: 'a role of one name in any account',
        account: {
          users: [{ userName: 'kim', inlinePolicies: [inline('arn:aws:iam::*:role/deploy')] }],
          accessKeys: [{ userName: 'kim', accessKeyId: 'AKIAEXAMPLEONE' }],
        },
        flags: ['AKIAEXAMPLEONE'],
      },
    ],
    clean: [
      {
        name: 'a role in its own account',
        account: {
          users: [{ userName: 'kim', inlinePolicies: [inline('arn:aws:iam::111122223333:role/deploy')] }],
          accessKeys: [{ userName: 'kim' }],
        },
      },
      {
        name: 'an inactive key',
        account: {
          users: [{ userName: 'kim', inlinePolicies: [inline('arn:aws:iam::444455556666:role/deploy')] }],
          accessKeys: [{ userName: 'kim', status: 'Inactive' }],
        },
      },
    ],
  },
}

// for the examples

function inline(Resource: string) {
  return {
    policyName: 'inline',
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource }] },
  }
}
