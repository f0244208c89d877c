import { YES } from '../policy/tri.ts'
import { actionList, type Bound, boundOf, has, policyReader } from '../reach/action-bits.ts'
import { bestAnywhere } from '../reach/ask.ts'
import type { EstatePrincipal } from '../reach/estate.ts'
import { RISKS } from '../reach/risks.ts'
import type { Check } from './check.ts'
import { DETAILS, keySource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { listed } from './wording.ts'

/** What a stolen key should not be able to do by itself. */
const GUARDED = actionList([...RISKS['permission-management'], ...RISKS.destruction, ...RISKS['audit-tampering']])

/** A key's own requests have no MFA: the keys are absent. */
const WITHOUT_MFA = { 'aws:multifactorauthpresent': null, 'aws:multifactorauthage': null }

export const keyWithoutMfaCondition: Check = {
  id: 'key-without-mfa-condition',
  title: 'A key does dangerous things without MFA',
  severity: 'low',
  group: 'keys',
  why: 'Nothing asks for a second factor when this key changes permissions, destroys data or switches logs off: the key alone is enough, wherever it ends up. A condition written with Bool instead of BoolIfExists asks sessions only, and lets the key pass.',
  fix: 'Deny what is sensitive with BoolIfExists on aws:MultiFactorAuthPresent = false for people; for programs, use a role with short-term credentials that may do less.',
  needs: ['accessKeys', 'users', 'groups', 'policies'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent',
  ],
  *run({ dossiers, world }) {
    const { estate, ground } = world.graph()
    const { classOf, isShared } = ground.effective
    const read = policyReader(GUARDED)
    const known = new Map<string, string[]>()
    for (const dossier of dossiers) {
      const owner = estate.byArn.get(dossier.owner.arn)
      if (dossier.status !== 'active' || owner?.kind !== 'user') continue
      const number = classOf[owner.index]!
      const key = isShared[number] ? `${number}` : `own ${owner.index}`
      let actions = known.get(key)
      if (!actions) {
        actions = doneAlone(owner, boundOf(owner.policies, read, GUARDED))
        known.set(key, actions)
      }
      if (actions.length === 0) continue
      yield {
        subject: keySubject(dossier),
        because: `without MFA this key may ${listed(actions.slice(0, 3))}${actions.length > 3 ? ' and more' : ''}`,
        evidence: [
          { fact: 'allowed without MFA', value: actions.join(', '), source: DETAILS },
          { fact: 'key status', value: 'active', source: keySource(dossier.accessKeyId) },
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'nothing asks for MFA',
        account: {
          users: [{ userName: 'kim', inlinePolicies: [inline([{ Action: ['ec2:*', 'kms:*'], Resource: '*' }])] }],
          accessKeys: [{ userName: 'kim', accessKeyId: 'AKIAEXAMPLEONE' }],
        },
        flags: ['AKIAEXAMPLEONE'],
      },
      {
        name: 'a Deny with Bool, which a key passes',
        account: {
          users: [
            {
              userName: 'kim',
              inlinePolicies: [
                inline([
                  { Action: 'ec2:*', Resource: '*' },
                  {
                    Effect: 'Deny',
                    Action: '*',
                    Resource: '*',
                    Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
                  },
                ]),
              ],
            },
          ],
          accessKeys: [{ userName: 'kim', accessKeyId: 'AKIAEXAMPLEONE' }],
        },
        flags: ['AKIAEXAMPLEONE'],
      },
    ],
    clean: [
      {
        name: 'a Deny with BoolIfExists',
        account: {
          users: [
            {
              userName: 'kim',
              inlinePolicies: [
                inline([
                  { Action: 'ec2:*', Resource: '*' },
                  {
                    Effect: 'Deny',
                    Action: '*',
                    Resource: '*',
                    Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
                  },
                ]),
              ],
            },
          ],
          accessKeys: [{ userName: 'kim' }],
        },
      },
      {
        name: 'nothing dangerous',
        account: {
          users: [{ userName: 'kim', inlinePolicies: [inline([{ Action: 's3:GetObject', Resource: '*' }])] }],
          accessKeys: [{ userName: 'kim' }],
        },
      },
    ],
  },
}

/** The first few of the guarded actions that need no MFA. */
function doneAlone(owner: EstatePrincipal, { sure, maybe }: Bound): string[] {
  const found: string[] = []
  for (const [i, action] of GUARDED.written.entries()) {
    if (found.length > 5) break
    if (!has(maybe, i)) continue
    const tri = has(sure, i) ? YES : bestAnywhere(owner, action, WITHOUT_MFA).tri
    if (tri === YES) found.push(action)
  }
  return found
}

// for the examples

function inline(statements: object[]) {
  return {
    policyName: 'inline',
    policyDocument: {
      Version: '2012-10-17',
      Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
    },
  }
}
