/** From the voices of all policies to an answer that says why. */
import { type Hit, isValidIn, reaches, type Verdict, type Voice } from './evaluate.ts'
import { accountOf, type PrincipalMatch } from './principal.ts'
import type { Decision, Dependency, Reason, Source } from './request.ts'
import { MAYBE, NO, YES } from './tri.ts'

export function explain(verdict: Verdict): Decision {
  const { allow, deny } = verdict
  if (deny === YES) return denied(verdict)
  if (allow === NO) return notAllowed(verdict)
  if (allow === YES && deny === NO)
    return answer('allowed', { because: verdict.rule ? [DEFAULT] : reasonsToAllow(verdict) })
  return conditional(verdict)
}

function answer(
  decision: Decision['decision'],
  { explicit = false, blockedBy = null, conditions = [], unknown = [], because = [] }: Partial<Decision>,
): Decision {
  return { decision, explicit, blockedBy, conditions, unknown, because }
}

const DEFAULT: Reason = { source: 'default', policy: null, sid: null, statement: null }

function reasonOf(source: Source, { policy, statement: { statement } }: Hit): Reason {
  return { source, policy, sid: statement.sid, statement: statement.index }
}

/** In the order in which AWS's own messages name them. */
function voices(verdict: Verdict): Voice[] {
  const { rcps, scps, endpoint, resource, identity, boundary, session } = verdict
  return [...rcps, ...scps, endpoint, resource, identity, boundary, session]
}

function denied(verdict: Verdict): Decision {
  const because: Reason[] = []
  let blockedBy: Source | null = null
  for (const { source, hits } of voices(verdict))
    for (const hit of hits)
      if (hit.effect === 'Deny' && hit.applies === YES) {
        if ((source === 'scp' || source === 'rcp') && verdict.serviceLinked !== NO) continue
        blockedBy ??= source
        because.push(reasonOf(source, hit))
      }
  return answer('denied', { explicit: true, blockedBy, because })
}

function notAllowed(verdict: Verdict): Decision {
  const voice = verdict.rule === null ? silentVoice(verdict) : null
  const blockedBy = voice?.source ?? 'default'
  return answer('denied', {
    blockedBy,
    because: [{ source: blockedBy, policy: voice?.policy ?? null, sid: null, statement: null }],
  })
}

/** The policy that would have to allow, and doesn't; null when no policy allows at all. */
function silentVoice(verdict: Verdict): Voice | null {
  const { grant, endpoint, scps, identity, boundary, session, resource, crossAccount, resourceMustAgree } = verdict
  if (grant !== NO) {
    const scp = scps.find(({ allow }) => allow === NO)
    return scp ?? endpoint
  }
  const named = resource.direct !== NO || resource.role !== NO || resource.account !== NO
  if (identity.allow === NO && resource.role === NO) return named ? identity : null
  if (boundary.allow === NO) return boundary
  if (session.allow === NO) return session
  if ((crossAccount || resourceMustAgree) && !named) return resource
  return identity.allow === NO ? identity : null
}

function reasonsToAllow(verdict: Verdict): Reason[] {
  // the root user needs no policy
  const because: Reason[] = verdict.question.request.principal.type === 'Root' ? [DEFAULT] : []
  for (const { source, hits } of voices(verdict))
    for (const hit of hits) if (hit.effect === 'Allow' && hit.applies === YES) because.push(reasonOf(source, hit))
  return because
}

/** What the answer hangs on: of all that is uncertain, that which can still turn it. */
function conditional(verdict: Verdict): Decision {
  const doubts = new Doubts(verdict)
  if (verdict.deny === MAYBE) addDenials(verdict, doubts)
  if (verdict.allow === MAYBE) {
    const { endpoint, scps, grant, serviceLinked } = verdict
    doubts.addAllow(endpoint)
    for (const scp of scps) {
      if (scp.allow === YES) continue
      doubts.addAllow(scp)
      if (serviceLinked !== MAYBE) continue
      doubts.addUnknown(SERVICE_LINKED)
      doubts.because.push({ source: 'scp', policy: scp.policy, sid: null, statement: null })
    }
    if (grant === MAYBE) addGrant(verdict, doubts)
  }
  return answer('conditional', {
    conditions: [...doubts.conditions.values()],
    unknown: [...doubts.unknown],
    because: each(doubts.because),
  })
}

/** Each once: a statement whose effect cannot be read may both allow and deny. */
function each(reasons: readonly Reason[]): Reason[] {
  return reasons.filter(
    (reason, i) =>
      !reasons
        .slice(0, i)
        .some(
          (other) =>
            other.source === reason.source && other.policy === reason.policy && other.statement === reason.statement,
        ),
  )
}

const SERVICE_LINKED = 'whether the role is a service-linked role'

function addDenials(verdict: Verdict, doubts: Doubts): void {
  for (const voice of voices(verdict)) {
    const ofOrganization = voice.source === 'scp' || voice.source === 'rcp'
    if (voice.deny === MAYBE) doubts.add(voice, 'Deny')
    if (ofOrganization && voice.deny !== NO && verdict.serviceLinked === MAYBE) {
      doubts.addUnknown(SERVICE_LINKED)
      for (const hit of voice.hits)
        if (hit.effect === 'Deny' && hit.applies === YES) doubts.because.push(reasonOf(voice.source, hit))
    }
  }
}

/** Follows each way to a grant that is still open: see `weigh`. */
function addGrant(verdict: Verdict, doubts: Doubts): void {
  const { identity, boundary, session, resource, crossAccount, resourceMustAgree, question } = verdict
  if (verdict.grants === MAYBE) {
    doubts.addUnknown('the grants of the KMS key')
    doubts.because.push({ source: 'resource-policy', policy: resource.policy, sid: null, statement: null })
  }
  const limits = () => {
    doubts.addAllow(boundary)
    doubts.addAllow(session)
  }
  const withinLimits = boundary.allow !== NO && session.allow !== NO
  if (accountOf(question.request.principal) === null) {
    doubts.addAllow(resource, ['direct'])
    return
  }
  const { direct, role, account } = resource
  if (crossAccount) {
    if (identity.allow === NO || !withinLimits || (direct === NO && role === NO && account === NO)) return
    doubts.addAllow(identity)
    limits()
    if (direct !== YES && role !== YES && account !== YES) doubts.addAllow(resource, ['direct', 'role', 'account'])
    return
  }
  if (direct !== NO) doubts.addAllow(resource, ['direct'])
  if (!withinLimits) return
  if (role !== NO) {
    if (role !== YES) doubts.addAllow(resource, ['role'])
    limits()
  }
  if (identity.allow !== NO && (!resourceMustAgree || account !== NO)) {
    doubts.addAllow(identity)
    limits()
    if (resourceMustAgree && account !== YES) doubts.addAllow(resource, ['account'])
  }
}

/** Collects what is not known, each once. */
class Doubts {
  readonly conditions = new Map<string, Dependency>()
  readonly unknown = new Set<string>()
  readonly because: Reason[] = []
  readonly #verdict: Verdict
  readonly #seen = new Set<Hit>()
  readonly #heard = new Set<Voice>()

  constructor(verdict: Verdict) {
    this.#verdict = verdict
  }

  addUnknown(phrase: string): void {
    this.unknown.add(phrase)
  }

  /** What an uncertain Allow hangs on; `ways`: only as far as a resource's policy allows in one of these ways. */
  addAllow(voice: Voice, ways?: readonly (keyof PrincipalMatch)[]): void {
    if (voice.allow === MAYBE || ways) this.add(voice, 'Allow', ways)
  }

  add(voice: Voice, effect: 'Allow' | 'Deny', ways?: readonly (keyof PrincipalMatch)[]): void {
    if (voice.unknown.length > 0 && !this.#heard.has(voice)) {
      this.#heard.add(voice)
      for (const phrase of voice.unknown) this.unknown.add(phrase)
      this.because.push({ source: voice.source, policy: voice.policy, sid: null, statement: null })
    }
    for (const hit of voice.hits) {
      if (hit.effect !== effect || this.#seen.has(hit)) continue
      const applies = ways ? Math.max(...ways.map((way) => hit.ways?.[way] ?? NO)) : hit.applies
      if (applies !== MAYBE) continue
      this.#seen.add(hit)
      this.because.push(reasonOf(voice.source, hit))
      addDoubts(hit, voice.source, this.#verdict, this.conditions, this.unknown)
    }
  }
}

/** Why it can't be said whether a statement applies. */
function addDoubts(
  { policy, statement, effect }: Hit,
  source: Source,
  { question }: Verdict,
  conditions: Map<string, Dependency>,
  unknown: Set<string>,
): void {
  const place = `statement ${statement.statement.index + 1} of ${policy}`
  if (!statement.understood || !isValidIn(statement, source)) unknown.add(`${place}, which is not understood`)
  else if (reaches(statement, source, effect, question) === MAYBE) unknown.add(`whether ${place} means the caller`)
  if (statement.resources?.matches(question.request.resource, question.context) === MAYBE)
    unknown.add(`the policy variables in the resource of ${place}`)
  for (const condition of statement.conditions) {
    if (condition.holds(question.context) !== MAYBE) continue
    if (condition.doubt !== null) unknown.add(`${condition.doubt} in ${place}`)
    else {
      const { operator, key, values } = condition.clause
      conditions.set(JSON.stringify([effect, operator, key, values]), { operator, key, values, effect })
    }
  }
}
