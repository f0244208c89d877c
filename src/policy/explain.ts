/** From the voices of all policies to an answer that says why. */
import { type Hit, isValidIn, type Verdict, type Voice } from './evaluate.ts'
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

function answer(decision: Decision['decision'], rest: Partial<Decision>): Decision {
  return { decision, explicit: false, blockedBy: null, conditions: [], unknown: [], because: [], ...rest }
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
  return voices(verdict).flatMap(({ source, hits }) =>
    hits.filter(({ effect, applies }) => effect === 'Allow' && applies === YES).map((hit) => reasonOf(source, hit)),
  )
}

/** What the answer hangs on: of all that is uncertain, that which can still turn it. */
function conditional(verdict: Verdict): Decision {
  const because: Reason[] = []
  const conditions = new Map<string, Dependency>()
  const unknown = new Set<string>()
  const add = (voice: Voice, effect: 'Allow' | 'Deny') => {
    for (const phrase of voice.unknown) unknown.add(phrase)
    for (const hit of voice.hits) {
      if (hit.effect !== effect || hit.applies !== MAYBE) continue
      because.push(reasonOf(voice.source, hit))
      addDoubts(hit, voice.source, verdict, conditions, unknown)
    }
  }
  for (const voice of voices(verdict)) {
    if (verdict.allow !== NO && voice.deny === MAYBE) add(voice, 'Deny')
    if (verdict.allow === MAYBE && voice.source !== 'rcp' && voice.allow === MAYBE) add(voice, 'Allow')
  }
  if (verdict.grants === MAYBE && verdict.allow === MAYBE) unknown.add('the grants of the KMS key')
  return answer('conditional', { conditions: [...conditions.values()], unknown: [...unknown], because })
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
