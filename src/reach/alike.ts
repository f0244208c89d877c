/** Answers that many principals have in common, worked out once for all of whom the same statements say the same. */
import { NO, type Tri, YES } from '../policy/tri.ts'
import { ADMIN_ACTIONS, canBecomeAdmin } from './admin.ts'
import { bestAnywhere } from './ask.ts'
import { boundOn, type Effective, likeness } from './effective.ts'
import type { EstatePrincipal } from './estate.ts'
import { NOTHING, type Pick, type Pool, pickOf } from './picks.ts'
import type { Terrain } from './terrain.ts'

/** What a graph is built on. */
export interface Ground {
  effective: Effective
  /** By account. */
  terrain: ReadonlyMap<string, Terrain>
  /** Answers by what they are about: see `remembered`. */
  answers: Map<unknown, Map<unknown, unknown>>
}

/**
 * The answers about something that were given before, to be looked up and added to by the caller. What they are about
 * is one thing that stays the same and is of this use alone, such as a way or a pool.
 */
export function remembered<Key, Answer>({ answers }: Ground, about: unknown): Map<Key, Answer> {
  let found = answers.get(about)
  if (!found) {
    found = new Map()
    answers.set(about, found)
  }
  return found as Map<Key, Answer>
}

/** An answer that hangs on some actions alone: once for all of whom the same is said of these. */
export function alike<Answer extends object | number>(
  principal: EstatePrincipal,
  actions: string | readonly string[],
  ground: Ground,
  known: Map<number, Answer>,
  make: () => Answer,
): Answer {
  const like = likeness(ground.effective, principal, actions)
  if (like === null) return make()
  let answer = known.get(like)
  if (answer === undefined) {
    answer = make()
    known.set(like, answer)
  }
  return answer
}

/** The same number for principals that are alike in everything. */
export function kindOf({ index }: EstatePrincipal, { effective }: Ground): number {
  const number = effective.classOf[index]!
  return effective.isShared[number] ? number : -1 - index
}

/** An answer about everything that a principal may do. */
export function alikeInAll<Answer extends object | number>(
  principal: EstatePrincipal,
  ground: Ground,
  known: Map<number, Answer>,
  make: () => Answer,
): Answer {
  const kind = kindOf(principal, ground)
  let answer = known.get(kind)
  if (answer === undefined) {
    answer = make()
    known.set(kind, answer)
  }
  return answer
}

/** What a principal would be if it had a policy that allows everything. */
export function ceilingOf(principal: EstatePrincipal, ground: Ground): Tri {
  const known = remembered<number, Tri>(ground, ceilingOf)
  return alike(principal, ADMIN_ACTIONS, ground, known, () => canBecomeAdmin(principal))
}

/** Whether it may do something to some resource, whichever. */
export function somewhere(principal: EstatePrincipal, action: string, ground: Ground): Tri {
  const bound = boundOn(ground.effective, principal, action)
  if (bound !== 1) return bound === 0 ? NO : YES
  return alike(principal, action, ground, remembered(ground, action), () => bestAnywhere(principal, action).tri)
}

/**
 * The targets of an action in a pool.
 * @param context condition keys that the one who asks can choose
 */
export function pickAlike(
  principal: EstatePrincipal,
  pool: Pool,
  action: string,
  ground: Ground,
  context?: Readonly<Record<string, string>>,
): Pick {
  if (boundOn(ground.effective, principal, action) === 0) return NOTHING
  const known = picksIn(pool, context ? `${action} ${Object.values(context).join()}` : action, ground)
  return alike(principal, action, ground, known, () =>
    pickOf(principal, pool, { action, ...(context ? { context } : {}) }),
  )
}

/** Picks in a pool by what was asked, and then by likeness. */
export function picksIn(pool: Pool, asked: string, ground: Ground): Map<number, Pick> {
  const byQuestion = remembered<string, Map<number, Pick>>(ground, pool)
  let known = byQuestion.get(asked)
  if (!known) {
    known = new Map()
    byQuestion.set(asked, known)
  }
  return known
}
