/** Findings to a plan. The same findings in any order make the same plan, to the last character. */
import type { Dossier } from '../model/dossier.ts'
import type { Finding } from '../model/finding.ts'
import { type HandOver, PLAN_SCHEMA_VERSION, type Plan, STEP_KINDS, type Step } from '../model/plan.ts'
import type { Group, ManagedPolicy, Role, User } from '../model/snapshot.ts'
import { NO } from '../policy/tri.ts'
import { isAdmin } from '../reach/admin.ts'
import { type Estate, findPrincipals, openEstate } from '../reach/estate.ts'
import { digestOf } from './digest.ts'
import { changeSteps, oldDocument, placeId } from './edits.ts'
import type { Edit, Kind, Lookup, PlanInput, Proposal } from './kind.ts'
import { adminPolicies } from './kinds/admin-policies.ts'
import { directPolicies } from './kinds/groups.ts'
import { keys } from './kinds/keys.ts'
import { requireMfa } from './kinds/mfa.ts'
import { passRole } from './kinds/pass-role.ts'
import { passwordPolicy } from './kinds/password-policy.ts'
import { unattachedPolicies } from './kinds/policies.ts'
import { unusedRoles } from './kinds/quarantine.ts'
import { rootKeys } from './kinds/root-keys.ts'
import { trust } from './kinds/trust.ts'
import { unusedUsers } from './kinds/unused-users.ts'
import { widePolicies } from './kinds/wide-policies.ts'

export const KINDS: readonly Kind[] = [
  keys,
  rootKeys,
  unusedUsers,
  unusedRoles,
  unattachedPolicies,
  passwordPolicy,
  directPolicies,
  requireMfa,
  widePolicies,
  passRole,
  trust,
  adminPolicies,
]

const KIND_OF = new Map(KINDS.flatMap((kind) => kind.checks.map((check) => [check, kind] as const)))

/** A plan for the open findings of one account. */
export function makePlan(findings: readonly Finding[], input: PlanInput): Plan {
  const { snapshot } = input
  const own = findings
    .filter(({ accountId, status }) => accountId === snapshot.accountId && status === 'open')
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
  const lookup = lookupOf(input, own)
  const draft = new Draft()
  for (const finding of own) {
    const kind = KIND_OF.get(finding.check)
    draft.add(finding, kind?.propose(finding, lookup) ?? { cannot: 'there is no automatic fix: see its remedy' })
  }
  const content = { accountId: snapshot.accountId, snapshot: snapshotOf(input), ...draft.finished(lookup) }
  return { schemaVersion: PLAN_SCHEMA_VERSION, planId: digestOf(content), ...content }
}

/** Names the snapshot that a plan is of, whatever the order of its members. */
export function snapshotOf({ snapshot }: Pick<PlanInput, 'snapshot'>): Plan['snapshot'] {
  return { collectedAt: snapshot.collectedAt, digest: digestOf(snapshot) }
}

/** Proposals put together: what several findings ask for is done once, and nothing is done twice over. */
class Draft {
  readonly #steps = new Map<string, Step>()
  readonly #edits = new Map<string, { edits: Map<string, Edit>; findings: Finding[] }>()
  readonly #handOvers = new Map<string, HandOver>()
  readonly #cannot: Plan['cannot'] = []
  readonly #findings = new Map<string, Finding>()

  add(finding: Finding, proposal: Proposal): void {
    this.#findings.set(finding.fingerprint, finding)
    if ('cannot' in proposal) this.#refuse(finding, proposal.cannot, proposal.byHand)
    else if ('handOver' in proposal) this.#handOver(finding, proposal.handOver)
    else if ('edits' in proposal) this.#edit(finding, proposal.edits)
    else {
      // the last step of a proposal is the one after which the finding is gone
      const closing = proposal.stays === undefined ? proposal.steps.at(-1) : undefined
      for (const step of proposal.steps) this.#step(step, step === closing ? [finding.fingerprint] : [])
      if (proposal.stays !== undefined) this.#refuse(finding, proposal.stays)
    }
  }

  finished(lookup: Lookup): Pick<Plan, 'steps' | 'handOvers' | 'cannot'> {
    this.#makeChanges(lookup)
    this.#leaveOutWhatGoes()
    return {
      steps: inOrder([...this.#steps.values()]),
      handOvers: [...this.#handOvers.values()].sort((a, b) => (a.command.join(' ') < b.command.join(' ') ? -1 : 1)),
      cannot: this.#cannot.sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
    }
  }

  #refuse({ fingerprint, check, subject }: Finding, because: string, byHand?: readonly string[]): void {
    const name = subject.name ?? subject.id
    this.#cannot.push({ fingerprint, check, subject: name, because, ...(byHand && { byHand: [...byHand] }) })
  }

  #step(step: Step, closes: readonly string[]): void {
    const known = this.#steps.get(step.id) ?? step
    this.#steps.set(step.id, { ...known, closes: [...new Set([...known.closes, ...closes])].sort() })
  }

  /** Of several reasons the longest is said: it has the others in it. */
  #handOver({ fingerprint }: Finding, handOver: Omit<HandOver, 'closes'>): void {
    const id = handOver.command.join(' ')
    const known = this.#handOvers.get(id)
    const because = known && known.because.length >= handOver.because.length ? known.because : handOver.because
    this.#handOvers.set(id, { ...handOver, because, closes: [...(known?.closes ?? []), fingerprint].sort() })
  }

  #edit(finding: Finding, edits: readonly Edit[]): void {
    for (const edit of edits) {
      const id = `${edit.place.kind} ${placeId(edit.place)}`
      const at = this.#edits.get(id) ?? { edits: new Map<string, Edit>(), findings: [] }
      this.#edits.set(id, at)
      at.edits.set(edit.key, edit)
      if (!at.findings.includes(finding)) at.findings.push(finding)
    }
  }

  #makeChanges(lookup: Lookup): void {
    const changes = [...this.#edits.values()].map(({ edits, findings }) => ({
      steps: changeSteps([...edits.values()], lookup),
      findings,
    }))
    // a finding about several documents is closed when all of them are changed
    const open = new Map<Finding, string>()
    for (const { steps, findings } of changes)
      if ('cannot' in steps) for (const finding of findings) open.set(finding, steps.cannot)
    for (const [finding, because] of open) this.#refuse(finding, because)
    for (const { steps, findings } of changes) {
      const closed = findings.filter((finding) => !open.has(finding)).map(({ fingerprint }) => fingerprint)
      if ('cannot' in steps || closed.length === 0) continue
      for (const step of steps) this.#step(step, step === steps.at(-1) ? closed : [])
    }
  }

  /**
   * What is done to a thing that another step ends is in vain, and would make that step refuse: the account would not be
   * as it was planned.
   */
  #leaveOutWhatGoes(): void {
    const of = (kinds: ReadonlySet<string>) =>
      new Map(
        [...this.#steps.values()].filter(({ kind }) => kinds.has(kind)).map((step) => [`${step.subject.arn}`, step]),
      )
    const ends = of(ENDS)
    const stopped = of(STOPS)
    for (const step of [...this.#steps.values()]) {
      if (!CHANGES.has(step.kind)) continue
      const end = ends.get(`${step.subject.arn}`)
      if (!end && !stopped.has(`${step.subject.arn}`)) continue
      this.#steps.delete(step.id)
      if (end) this.#step(end, step.closes)
      else for (const id of step.closes) this.#refuse(this.#findings.get(id)!, 'the plan puts it into quarantine first')
    }
    const awaited = new Set([...this.#steps.values()].flatMap(({ waitsFor }) => waitsFor.map(({ step }) => step)))
    // in reverse: a group waits for its policy
    for (const kind of PREPARES)
      for (const step of [...this.#steps.values()])
        if (step.kind === kind && !awaited.has(step.id)) {
          this.#steps.delete(step.id)
          for (const { step: other } of step.waitsFor) awaited.delete(other)
        }
  }
}

const ENDS: ReadonlySet<string> = new Set<Step['kind']>(['remove-user', 'remove-role', 'delete-policy'])
const STOPS: ReadonlySet<string> = new Set<Step['kind']>(['quarantine-user', 'quarantine-role'])
const CHANGES: ReadonlySet<string> = new Set<Step['kind']>([
  'move-policies-to-group',
  'require-mfa',
  'change-policy',
  'change-trust',
  'detach-policy',
])
/** Steps that are only there for others. */
const PREPARES: readonly Step['kind'][] = ['join-group', 'create-group', 'create-policy', 'drop-policy-version']

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

function lookupOf(input: PlanInput, findings: readonly Finding[]): Lookup {
  const { snapshot, dossiers } = input
  const byArn = <T extends { arn: string }>(items: readonly T[]) => new Map(items.map((item) => [item.arn, item]))
  const users: Map<string, User> = byArn(snapshot.users)
  const roles: Map<string, Role> = byArn(snapshot.roles)
  const policies: Map<string, ManagedPolicy> = byArn(snapshot.policies)
  const groups: Map<string, Group> = new Map(snapshot.groups.map((group) => [group.groupName, group]))
  const results = new Map<string, unknown>()
  const once = <T>(name: string, work: () => T): T => {
    if (!results.has(name)) results.set(name, work())
    return results.get(name) as T
  }
  const keysById = new Map(dossiers.map((dossier) => [dossier.subjectId, dossier]))
  const found = new Set(findings.map(({ check, subject }) => `${check} ${subject.id}`))
  const keysByUser = () => groupedBy(dossiers.filter(isUsers), ({ owner }) => [owner.name])
  const members = () => groupedBy(snapshot.users, (user) => user.groups)
  const holders = () =>
    groupedBy([...snapshot.users, ...snapshot.groups, ...snapshot.roles], ({ attachedPolicies }) =>
      attachedPolicies.map(({ policyArn }) => policyArn),
    )
  const bounded = () =>
    groupedBy([...snapshot.users, ...snapshot.roles], ({ permissionsBoundary }) =>
      permissionsBoundary === null ? [] : [permissionsBoundary],
    )
  const estate = (): Estate => once('estate', () => openEstate([snapshot]))
  const holdersOf = (policyArn: string) => once('holders', holders).get(policyArn) ?? []
  const membersOf = (groupName: string) => once('members', members).get(groupName) ?? []
  const lookup: Lookup = {
    ...input,
    now: Date.parse(snapshot.collectedAt),
    once,
    key: (id) => keysById.get(id),
    keysOf: (userName) => once('keys by user', keysByUser).get(userName) ?? [],
    user: (arn) => users.get(arn),
    role: (arn) => roles.get(arn),
    userNamed: (name) => once('users by name', () => byName(snapshot.users, 'userName')).get(name),
    roleNamed: (name) => once('roles by name', () => byName(snapshot.roles, 'roleName')).get(name),
    group: (name) => groups.get(name),
    membersOf,
    policy: (arn) => policies.get(arn),
    holdersOf: (policyArn) => holdersOf(policyArn).map(nameOf).sort(),
    principalsWith: (policyArn) =>
      [
        ...new Set([
          ...holdersOf(policyArn).flatMap((holder) =>
            'groupName' in holder ? membersOf(holder.groupName).map(({ arn }) => arn) : [holder.arn],
          ),
          ...(once('bounded', bounded).get(policyArn) ?? []).map(({ arn }) => arn),
        ]),
      ].sort(),
    documentAt(place) {
      const old = oldDocument(place, lookup)
      return typeof old === 'string' ? null : old.document
    },
    unchangeable(place) {
      const old = oldDocument(place, lookup)
      return typeof old === 'string' ? old : null
    },
    isFound: (check, subjectId) => found.has(`${check} ${subjectId}`),
    mayBeAdmin: (arn) =>
      once(`may be admin ${arn}`, () => findPrincipals(estate(), arn).some((principal) => isAdmin(principal) !== NO)),
  }
  return lookup
}

function isUsers({ owner }: Dossier): boolean {
  return owner.kind === 'user'
}

function groupedBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items)
    for (const key of keysOf(item)) {
      const group = groups.get(key)
      if (group) group.push(item)
      else groups.set(key, [item])
    }
  return groups
}

function byName<K extends string, T extends Record<K, string>>(items: readonly T[], key: K): Map<string, T> {
  return new Map(items.map((item) => [item[key], item]))
}

function nameOf(holder: User | Group | Role): string {
  if ('userName' in holder) return holder.userName
  return 'roleName' in holder ? holder.roleName : holder.groupName
}
