/**
 * Eventual consistency: a change is made at once and seen later, by who signs, by policies and by every reading.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 *
 * There are two worlds: the true one, which writes change, and the one that is seen. Each write is done again in the
 * seen world when its time has come, with the same chance, so that identifiers and secrets are the same in both.
 */
import type { Call, Caller } from './call.ts'
import { nameKey, type SessionPrincipal, type World } from './state.ts'

interface Change {
  /** In the machine's time, ms. */
  visibleAt: number
  random: World['random']
  again: (seen: World) => void
}

export class Consistency {
  readonly #truth: World
  readonly #delayMs: number
  readonly #seen: World
  #pending: Change[] = []

  constructor(truth: World, delayMs: number) {
    this.#truth = truth
    this.#delayMs = delayMs
    this.#seen = delayMs > 0 ? copyOf(truth) : truth
  }

  /** The world as it is seen now. */
  seen(): World {
    const now = Date.now()
    let due = 0
    while (due < this.#pending.length && this.#pending[due]!.visibleAt <= now) due++
    for (const change of this.#pending.splice(0, due)) this.#redo(change)
    return this.#seen
  }

  /**
   * Makes a change in the true world, and in the one that is seen when its time has come.
   * @param call as it is in the seen world
   * @param lasts whether it takes time to be seen; new sessions are good at once
   */
  write<Output>(call: Call, lasts: boolean, change: (call: Call) => Output): Output {
    if (this.#truth === this.#seen) return change(call)
    const random: World['random'] = [...this.#truth.random]
    const again = (seen: World) => void change(callIn(seen, call))
    const visibleAt = lasts ? Date.now() + this.#delayMs : 0
    try {
      return change(callIn(this.#truth, call))
    } finally {
      if (lasts) this.#pending.push({ visibleAt, random, again })
      else this.#redo({ visibleAt, random, again })
    }
  }

  #redo({ random, again }: Change): void {
    const own: World['random'] = [...this.#seen.random]
    this.#seen.random.splice(0, random.length, ...random)
    try {
      again(this.#seen)
    } catch {
      // what failed in the true world fails here as well
    } finally {
      this.#seen.random.splice(0, own.length, ...own)
    }
  }
}

function copyOf(world: World): World {
  const { clock, awsManagedPolicies, ...rest } = world
  // the clock is the same for both, and nobody changes AWS's own policies
  return { ...structuredClone(rest), clock, awsManagedPolicies }
}

/** The same call in another world. */
function callIn(world: World, call: Call): Call {
  const account = world.accounts.get(call.account.accountId) ?? call.account
  return { ...call, world, account, caller: callerIn(world, call.caller) }
}

/** Whoever is gone in that world acts as it was: the call was let in before that was seen. */
function callerIn(world: World, caller: Caller): Caller {
  const account = world.accounts.get(caller.account.accountId) ?? caller.account
  const session = caller.session && (world.sessions.get(caller.accessKeyId) ?? caller.session)
  return { ...caller, account, session, principal: principalIn(account, caller.principal) }
}

function principalIn(account: Caller['account'], principal: SessionPrincipal): SessionPrincipal {
  switch (principal.kind) {
    case 'user':
      return { ...principal, user: account.users.get(nameKey(principal.user.userName)) ?? principal.user }
    case 'assumed-role':
      return { ...principal, role: account.roles.get(nameKey(principal.role.roleName)) ?? principal.role }
    case 'federated-user':
      return {
        ...principal,
        user: principal.user && (account.users.get(nameKey(principal.user.userName)) ?? principal.user),
      }
    case 'web-identity':
      return { ...principal, provider: account.oidcProviders.get(principal.provider.arn) ?? principal.provider }
    case 'root':
      return principal
  }
}
