/** Findings to a plan. The same findings in any order make the same plan, to the last character. */
import { createHash } from 'node:crypto'
import type { Finding } from '../model/finding.ts'
import { PLAN_SCHEMA_VERSION, type Plan, STEP_KINDS, type Step } from '../model/plan.ts'
import type { Group, ManagedPolicy, Role, User } from '../model/snapshot.ts'
import { NO } from '../policy/tri.ts'
import { isAdmin } from '../reach/admin.ts'
import { type Estate, findPrincipals, openEstate } from '../reach/estate.ts'
import { digestOf } from './digest.ts'
import type { Kind, Lookup, PlanInput } from './kind.ts'
import { directPolicies } from './kinds/groups.ts'
import { keys } from './kinds/keys.ts'
import { passwordPolicy } from './kinds/password-policy.ts'
import { unattachedPolicies } from './kinds/policies.ts'
import { unusedRoles, unusedUsers } from './kinds/quarantine.ts'
import { rootKeys } from './kinds/root-keys.ts'

export const KINDS: readonly Kind[] = [
  keys,
  rootKeys,
  unusedUsers,
  unusedRoles,
  unattachedPolicies,
  passwordPolicy,
  directPolicies,
]

const KIND_OF = new Map(KINDS.flatMap((kind) => kind.checks.map((check) => [check, kind] as const)))

/** A plan for the open findings of one account. */
export function makePlan(findings: readonly Finding[], input: PlanInput): Plan {
  const { snapshot } = input
  const lookup = lookupOf(input)
  const steps = new Map<string, Step>()
  const cannot: Plan['cannot'] = []
  const own = findings.filter(({ accountId, status }) => accountId === snapshot.accountId && status === 'open')
  for (const finding of [...own].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))) {
    const refuse = (because: string) => {
      const { fingerprint, check, subject } = finding
      cannot.push({ fingerprint, check, subject: subject.name ?? subject.id, because })
    }
    const kind = KIND_OF.get(finding.check)
    if (!kind) {
      refuse('there is no automatic fix: see its remedy')
      continue
    }
    const proposal = kind.propose(finding, lookup)
    if ('cannot' in proposal) {
      refuse(proposal.cannot)
      continue
    }
    // the last step of a proposal is the one after which the finding is gone
    proposal.steps.forEach((step, i) => {
      const known = steps.get(step.id) ?? step
      const closes = i === proposal.steps.length - 1 ? [finding.fingerprint] : []
      steps.set(step.id, { ...known, closes: [...new Set([...known.closes, ...closes])].sort() })
    })
  }
  const content = {
    accountId: snapshot.accountId,
    snapshot: {
      collectedAt: snapshot.collectedAt,
      digest: createHash('sha256').update(JSON.stringify(snapshot)).digest('hex').slice(0, 16),
    },
    steps: inOrder([...steps.values()]),
    cannot,
  }
  return { schemaVersion: PLAN_SCHEMA_VERSION, planId: digestOf(content), ...content }
}

/** Whether the plan is as it was made. */
export function isUnchanged({ schemaVersion: _, planId, ...content }: Plan): boolean {
  return digestOf(content) === planId
}

/** By kind and subject, but each after what it waits for. */
function inOrder(steps: readonly Step[]): Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const ordered = new Set<Step>()
  const place = (step: Step): void => {
    if (ordered.has(step)) return
    for (const { step: other } of step.waitsFor) {
      const before = byId.get(other)
      if (before) place(before)
    }
    ordered.add(step)
  }
  const rank = ({ kind, id }: Step) => `${String(STEP_KINDS.indexOf(kind)).padStart(2, '0')} ${id}`
  for (const step of [...steps].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))) place(step)
  return [...ordered]
}

function lookupOf(input: PlanInput): Lookup {
  const { snapshot, dossiers } = input
  const byArn = <T extends { arn: string }>(items: readonly T[]) => new Map(items.map((item) => [item.arn, item]))
  const keysById = new Map(dossiers.map((dossier) => [dossier.subjectId, dossier]))
  const users: Map<string, User> = byArn(snapshot.users)
  const roles: Map<string, Role> = byArn(snapshot.roles)
  const policies: Map<string, ManagedPolicy> = byArn(snapshot.policies)
  let estate: Estate | undefined
  const groups: Map<string, Group> = new Map(snapshot.groups.map((group) => [group.groupName, group]))
  return {
    ...input,
    now: Date.parse(snapshot.collectedAt),
    key: (id) => keysById.get(id),
    user: (arn) => users.get(arn),
    role: (arn) => roles.get(arn),
    group: (name) => groups.get(name),
    policy: (arn) => policies.get(arn),
    mayBeAdmin(arn) {
      estate ??= openEstate([snapshot])
      return findPrincipals(estate, arn).some((principal) => isAdmin(principal) !== NO)
    },
  }
}
