/**
 * AWS's administrator policies are detached where nobody loses what it uses: from an empty group, from a user that has
 * the same by a group, and from a program that nobody uses, as long as another administrator is a human in use. What a
 * program in use needs instead no step can give: CloudTrail does not show reading and writing of data, and of all services
 * that would be more than a policy holds. So the plan tells what was seen, for a person to begin with.
 */
import { counted } from '../../model/numbers.ts'
import type { Fact, Step } from '../../model/plan.ts'
import type { Role, User } from '../../model/snapshot.ts'
import { actionNamed } from '../../policy/actions/actions.ts'
import { parsePolicy } from '../../policy/parse.ts'
import { evidenceGap, useOf } from '../evidence.ts'
import { ABSENT, factOf, PRESENT } from '../facts.ts'
import { daysBefore, type Kind, type Lookup, listed, type Proposal, stepOf, subjectOf } from '../kind.ts'
import { scheduledUse } from '../scheduled.ts'
import { EMERGENCY } from './quarantine.ts'

const IN_USE = 'it is in use: find out what it needs, and give it a policy of that'

export const adminPolicies: Kind = {
  checks: ['policy-full-admin'],
  propose({ subject, evidence }, lookup) {
    const policyArn = evidence.find(({ fact }) => fact === 'attached policy')?.value
    if (typeof policyArn !== 'string')
      return { cannot: 'what replaces a policy of one’s own that allows everything is for a person to say' }
    const of = subjectOf(subject)
    const { kind, name, arn } = subject
    if (kind === 'user') return fromUser(lookup.user(arn ?? ''), policyArn, of, lookup)
    if (kind === 'role') return fromRole(lookup.role(arn ?? ''), policyArn, of, lookup)
    return fromGroup(name ?? '', policyArn, of, lookup)
  },
}

function fromUser(user: User | undefined, policyArn: string, subject: Step['subject'], lookup: Lookup): Proposal {
  if (!user) return { cannot: 'the user is not in the snapshot' }
  const { userName } = user
  const group = user.groups.find((name) =>
    lookup.group(name)?.attachedPolicies.some((policy) => policy.policyArn === policyArn),
  )
  if (group !== undefined) {
    const same = [
      factOf('group-member', { userName, groupName: group }, PRESENT),
      factOf('group-policy-attached', { groupName: group, policyArn }, PRESENT),
    ]
    return {
      steps: [detach('user', userName, policyArn, subject, same, [], `which it has by the group ${group}, too`)],
    }
  }
  if (user.password?.enabled !== false) return { cannot: isIdle(user, lookup) ? EMERGENCY : IN_USE }
  if (!isIdle(user, lookup)) return whatItUses(user.arn, lookup)
  const other = humanAdmin(user.arn, policyArn, lookup)
  if (!other) return { cannot: NO_OTHER }
  const keys = lookup
    .keysOf(userName)
    .flatMap(({ accessKeyId, lastUsed, status }) =>
      accessKeyId !== null && status === 'active'
        ? [factOf('access-key-last-used', { accessKeyId }, lastUsed?.date ?? 'never')]
        : [],
    )
  return {
    steps: [
      detach('user', userName, policyArn, subject, [...keys, ...other.facts], [idleProgram(userName)], other.words),
    ],
  }
}

const NO_OTHER = 'no other administrator is seen that is a human in use: nobody must be locked out'
const idleProgram = (who: string) => ({
  who,
  evidence: 'none of its credentials was used for long; it has no password',
})

/** Whether none of its credentials was used for long, as far as that is known. */
function isIdle({ userName, password }: User, { keysOf, now, thresholds }: Lookup): boolean {
  const idle = (date: string | null | undefined) => !date || daysBefore(date, now) >= thresholds.unusedDays
  return (
    idle(password?.lastUsed) &&
    keysOf(userName).every((key) => {
      const { status, lastUsedKnown, lastUsed, ageDays } = key
      if (status !== 'active') return true
      if (!lastUsedKnown || scheduledUse(key, now) !== null) return false
      return lastUsed ? idle(lastUsed.date) : ageDays !== null && ageDays >= thresholds.unusedDays
    })
  )
}

function fromRole(role: Role | undefined, policyArn: string, subject: Step['subject'], lookup: Lookup): Proposal {
  if (!role) return { cannot: 'the role is not in the snapshot' }
  const { roleName, lastUsed, path } = role
  if (path.startsWith('/aws-reserved/'))
    return { cannot: 'IAM Identity Center keeps this role: change its permission set' }
  const { now, thresholds } = lookup
  if (lastUsed === null) return { cannot: 'whether it is in use is not known' }
  if (lastUsed.date !== null && daysBefore(lastUsed.date, now) <= thresholds.roleUnusedDays)
    return takenByServices(role) ? whatItUses(role.arn, lookup) : { cannot: IN_USE }
  if (!takenByServices(role)) return { cannot: EMERGENCY }
  const other = humanAdmin(role.arn, policyArn, lookup)
  if (!other) return { cannot: NO_OTHER }
  const unused = factOf('role-last-used', { roleName }, lastUsed.date ?? 'never')
  return {
    steps: [
      detach('role', roleName, policyArn, subject, [unused, ...other.facts], [idleProgram(roleName)], other.words),
    ],
  }
}

/** Whether only services of AWS's may take it, and no human. */
function takenByServices({ trustPolicy }: Role): boolean {
  return parsePolicy(trustPolicy).statements.every(
    ({ effect, principal }) =>
      effect !== 'Allow' || (principal !== null && principal.aws.length === 0 && principal.federated.length === 0),
  )
}

/** More would be no policy: 6,144 characters are all that AWS takes. */
const MOST_ACTIONS = 150

/** What a program that is an administrator was seen to do, as the beginning of a policy. */
function whatItUses(arn: string, lookup: Lookup): Proposal {
  const gap = evidenceGap(lookup)
  if (gap) return { cannot: IN_USE, byHand: [`The plan cannot tell what it uses: ${gap}.`] }
  const { from, to } = lookup.recorded!
  const seen = useOf([arn], lookup).flatMap(({ actions }) => actions.map(({ action }) => action))
  const named = [...new Set(seen.flatMap((action) => actionNamed(action)?.name ?? []))].sort()
  const strange = [...new Set(seen.filter((action) => actionNamed(action) === null))].sort()
  if (named.length === 0 && strange.length === 0)
    return {
      cannot: IN_USE,
      byHand: [`CloudTrail has no management event of it from ${from} to ${to}: ${LAST_ACCESSED(arn)}`],
    }
  return {
    cannot: IN_USE,
    byHand: [
      `From ${from} to ${to} CloudTrail saw it use ${counted(named.length, 'action')}: ${listed(named, MOST_ACTIONS)}. A policy of its own begins with these.`,
      ...(strange.length > 0 ? [`Which permission it took is not known of: ${listed(strange)}.`] : []),
      `Reading and writing data (objects, items, messages) and what comes more seldom is not in there: ${LAST_ACCESSED(arn)}`,
      'Before anything is detached: keyreeve trail replay says which of its calls the new policy would deny.',
    ],
  }
}

const LAST_ACCESSED = (arn: string) =>
  `aws iam generate-service-last-accessed-details --arn ${arn} tells which services it has called at all.`

function fromGroup(groupName: string, policyArn: string, subject: Step['subject'], lookup: Lookup): Proposal {
  if (lookup.membersOf(groupName).length > 0) return { cannot: 'its members may need it: find out what they use' }
  return {
    steps: [
      detach(
        'group',
        groupName,
        policyArn,
        subject,
        [factOf('group-members', { groupName }, 'none')],
        [],
        'as nobody is in it',
      ),
    ],
  }
}

interface OtherAdmin {
  facts: Fact[]
  words: string
}

/** A human in use who has the same policy, in a way that can be asked again before anything is detached. */
function humanAdmin(except: string, policyArn: string, lookup: Lookup): OtherAdmin | null {
  const all = lookup.once(`human administrators by ${policyArn}`, () => humanAdmins(policyArn, lookup))
  return all.find(({ arn }) => arn !== except)?.way ?? null
}

function humanAdmins(policyArn: string, lookup: Lookup): { arn: string; way: OtherAdmin }[] {
  const { snapshot } = lookup
  const has = (held: { attachedPolicies: readonly { policyArn: string }[] } | undefined) =>
    held?.attachedPolicies.some((policy) => policy.policyArn === policyArn) ?? false
  const users = snapshot.users.flatMap((user) => {
    const { arn, userName, password } = user
    // never one that is itself idle, so that no two of a plan stand for each other
    if (!password?.enabled || isIdle(user, lookup)) return []
    const words = `while ${userName} is an administrator, too`
    if (has(user))
      return [{ arn, way: { words, facts: [factOf('user-policy-attached', { userName, policyArn }, PRESENT)] } }]
    const groupName = user.groups.find((name) => has(lookup.group(name)))
    if (groupName === undefined) return []
    const facts = [
      factOf('group-member', { userName, groupName }, PRESENT),
      factOf('group-policy-attached', { groupName, policyArn }, PRESENT),
    ]
    return [{ arn, way: { words, facts } }]
  })
  const roles = snapshot.roles
    .filter(({ path }) => path.startsWith('/aws-reserved/sso.amazonaws.com/'))
    .filter(has)
    .map(({ arn, roleName }) => ({
      arn,
      way: {
        words: `while ${roleName} is an administrator, too`,
        facts: [factOf('role-policy-attached', { roleName, policyArn }, PRESENT)],
      },
    }))
  return [...users, ...roles].sort((a, b) => (a.arn < b.arn ? -1 : 1))
}

const CALLS = {
  user: { name: 'UserName', of: 'userName', suffix: 'UserPolicy', fact: 'user-policy-attached' },
  group: { name: 'GroupName', of: 'groupName', suffix: 'GroupPolicy', fact: 'group-policy-attached' },
  role: { name: 'RoleName', of: 'roleName', suffix: 'RolePolicy', fact: 'role-policy-attached' },
} as const

function detach(
  kind: keyof typeof CALLS,
  name: string,
  policyArn: string,
  subject: Step['subject'],
  facts: readonly Fact[],
  mayBreak: Step['mayBreak'],
  words: string,
): Step {
  const call = CALLS[kind]
  const input = { [call.name]: name, PolicyArn: policyArn }
  const attached = (value: string) => factOf(call.fact, { [call.of]: name, policyArn }, value)
  return stepOf({
    id: `detach-policy:${kind}/${name}/${policyArn.slice(policyArn.lastIndexOf('/') + 1)}`,
    kind: 'detach-policy',
    subject,
    change: `Detach ${policyArn.slice(policyArn.lastIndexOf('/') + 1)} from the ${kind} ${name}, ${words}`,
    operations: [{ call: `iam:Detach${call.suffix}`, input }],
    reliesOn: [attached(PRESENT), ...facts],
    mayBreak,
    verify: [attached(ABSENT)],
    undo: { operations: [{ call: `iam:Attach${call.suffix}`, input }], verify: [attached(PRESENT)] },
  })
}
