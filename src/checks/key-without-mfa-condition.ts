import { counted } from '../model/numbers.ts'
import type { RiskClass } from '../model/reach.ts'
import { YES } from '../policy/tri.ts'
import { actionList, has } from '../reach/action-bits.ts'
import { bestAnywhere } from '../reach/ask.ts'
import { likeness } from '../reach/effective.ts'
import type { EstatePrincipal } from '../reach/estate.ts'
import type { World } from '../reach/key-reach.ts'
import { RISKS } from '../reach/risks.ts'
import type { Check, Example, Flag } from './check.ts'
import { ownersOf, unreadPolicies } from './escalation.ts'
import { lookAtKey } from './key-commands.ts'
import { keySource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { IAM_DETAILS } from './trust.ts'
import { listed } from './wording.ts'

/**
 * What nobody should do by accident, or by a key that was found. Reading data is left out: that is what most keys of
 * programs are for, and programs have no MFA.
 */
const CLASSES: readonly RiskClass[] = ['permission-management', 'audit-tampering', 'destruction', 'resource-exposure']
const ACTIONS: readonly (readonly [RiskClass, string])[] = CLASSES.flatMap((risk) =>
  RISKS[risk].map((action) => [risk, action] as const),
)

const LIST = actionList(ACTIONS.map(([, action]) => action))

/** A request that is signed with a long-term key has no such key in its context. */
const WITHOUT_MFA = { 'aws:multifactorauthpresent': null }

export const keyWithoutMfaCondition: Check = {
  id: 'key-without-mfa-condition',
  title: 'Access key that may change rights, logs or data without MFA',
  severity: 'low',
  group: 'keys',
  why: 'Requests that are signed with an access key carry no MFA, so the key alone is enough. A condition on aws:MultiFactorAuthPresent makes the owner ask for a session with MFA first. With BoolIfExists the condition does not: the key is absent from such requests, and what is absent passes.',
  fix: 'Demand MFA for these actions: Bool with aws:MultiFactorAuthPresent true in the Allow, or a Deny with BoolIfExists false. For a program, which has no MFA, take these actions away, or give it a role.',
  needs: ['accessKeys', ...(['users', 'groups', 'roles', 'policies'] as const)],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent',
  ],
  *run({ world, snapshot, dossiers }) {
    const account = world.estate().accounts.get(snapshot.accountId)
    if (!account) return
    yield* unreadPolicies(account)
    const judge = judgeIn(world)
    for (const { dossier, principal } of ownersOf(dossiers, world)) {
      const found = judge(principal)
      if (!found) continue
      yield {
        subject: keySubject(dossier),
        because: found.because,
        severity: found.severity,
        evidence: [...found.evidence, { fact: 'key status', value: 'active', source: keySource(dossier.accessKeyId) }],
        commands: lookAtKey(dossier),
      }
    }
  },
  examples: {
    flagged: [
      of('rights, without a condition', { Action: 'iam:*' }),
      of('a condition that what is absent passes', {
        Action: ['iam:AttachUserPolicy'],
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } },
      }),
      of(
        'a Deny that looks for the key, which is absent',
        { Action: 'cloudtrail:*' },
        {
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
        },
      ),
      of('deleting data', { Action: 'dynamodb:DeleteTable' }),
    ],
    clean: [
      of('MFA for all of it', {
        Action: 'iam:*',
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      }),
      of(
        'a Deny of everything without MFA',
        { Action: '*' },
        {
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
        },
      ),
      of('an age of the MFA, which nobody without it has', {
        Action: 'iam:*',
        Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } },
      }),
      of('reading only', { Action: ['s3:GetObject', 'dynamodb:Query'] }),
      {
        name: 'an inactive key',
        account: {
          users: [userOf({ Action: 'iam:*' })],
          accessKeys: [{ userName: 'ana', status: 'Inactive' }],
        },
      },
    ],
  },
}

/** What a finding says of everybody whom the same policies say the same of these actions. */
type Judgement = Required<Pick<Flag, 'because' | 'severity' | 'evidence'>>

/** Judges principals; those of a class once for all, unless a policy speaks of who they are. null: no finding. */
function judgeIn(world: World): (principal: EstatePrincipal) => Judgement | null {
  const { classOf, isShared } = world.effective(LIST)
  const known = new Map<string, boolean>()
  const byClass = new Map<number, Judgement | null>()
  return (principal) => {
    const number = classOf[principal.index]!
    let judgement = byClass.get(number)
    if (judgement === undefined) {
      judgement = judgementOf(allowedWithoutMfa(principal, world, known))
      if (isShared[number]) byClass.set(number, judgement)
    }
    return judgement
  }
}

function judgementOf(found: readonly (typeof ACTIONS)[number][]): Judgement | null {
  if (found.length === 0) return null
  const classes = [...new Set(found.map(([risk]) => risk))]
  const actions = found.map(([, action]) => action)
  return {
    because: `without MFA it may do ${listed(actions)}`,
    severity: classes.includes('permission-management') ? 'medium' : 'low',
    evidence: [
      { fact: 'allowed without MFA', value: counted(actions.length, 'sensitive action'), source: IAM_DETAILS },
      { fact: 'kinds', value: classes.join(', '), source: IAM_DETAILS },
    ],
  }
}

/** @param known answers that others with the same policies got */
function allowedWithoutMfa(
  principal: EstatePrincipal,
  world: World,
  known: Map<string, boolean>,
): (typeof ACTIONS)[number][] {
  const sensitive = world.effective(LIST)
  const { sure, maybe } = sensitive.bounds[sensitive.classOf[principal.index]!]!
  return ACTIONS.filter(([, action]) => {
    const bit = sensitive.list.numberOf(action)
    if (!has(maybe, bit)) return false
    if (has(sure, bit)) return true
    const like = likeness(sensitive, principal, action)
    const key = `${action} ${like ?? `own ${principal.index}`}`
    let answer = known.get(key)
    if (answer === undefined) {
      answer = bestAnywhere(principal, action, WITHOUT_MFA).tri === YES
      known.set(key, answer)
    }
    return answer
  })
}

// for the examples

function userOf(statement: object, ...more: object[]) {
  return {
    userName: 'ana',
    inlinePolicies: [
      {
        policyName: 'own',
        policyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Resource: '*', ...statement }, ...more],
        },
      },
    ],
  }
}

function of(name: string, statement: object, ...more: object[]): Example {
  return { name, account: { users: [userOf(statement, ...more)], accessKeys: [{ userName: 'ana' }] } }
}
