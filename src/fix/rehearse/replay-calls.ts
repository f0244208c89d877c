/** Recorded calls, asked again of the account as it would be after a plan. Only what it allows today is asked. */
import type { DeniedCall, ReplaySummary } from '../../model/rehearsal.ts'
import type { Snapshot } from '../../model/snapshot.ts'
import type { RecordedCall } from '../../model/trail.ts'
import { evaluate } from '../../policy/evaluate.ts'
import { principalOf } from '../../policy/principal.ts'
import type { Decision } from '../../policy/request.ts'
import { NO, YES } from '../../policy/tri.ts'
import { ALLOW_EVERYTHING } from '../../reach/admin.ts'
import { bestAnywhere, decide, NO_POLICIES, NOBODY } from '../../reach/ask.ts'
import { askOf } from '../../reach/can.ts'
import { type Estate, type EstatePrincipal, openEstate } from '../../reach/estate.ts'
import { entrantsOf } from '../../reach/trust.ts'

/** The condition keys that any policy of the account asks for, in lower case. */
export function conditionKeysOf(snapshot: Snapshot): string[] {
  const { users, groups, roles, policies, organization } = snapshot
  const text = JSON.stringify([users, groups, roles, policies, organization])
  return [
    ...new Set([...text.matchAll(/"((?:aws|iam|sts):\w+)[^"]*":/g)].map((match) => match[1]!.toLowerCase())),
  ].sort()
}

/** A short answer: allowed, denied or open, and by what. */
interface Answer {
  is: Decision['decision']
  because: string
}

/**
 * @param before the account as it is
 * @param after as it would be
 */
export function replayCalls(before: Snapshot, after: Snapshot, calls: readonly RecordedCall[]): ReplaySummary {
  const estates = { before: openEstate([before]), after: openEstate([after]) }
  const keys = new Map(after.accessKeys.map(({ accessKeyId, status }) => [accessKeyId, status]))
  const known = new Map(before.accessKeys.map(({ accessKeyId, status }) => [accessKeyId, status]))
  const ask = { before: memory(estates.before), after: memory(estates.after) }
  const summary: ReplaySummary = { calls: 0, unexplained: 0, denied: [], unsure: [] }
  const lists = { denied: new Map<string, DeniedCall>(), unsure: new Map<string, DeniedCall>() }
  const add = (list: Map<string, DeniedCall>, call: RecordedCall, because: string) => {
    const { principal, principalAccount, accessKeyId, action, resources, calls: count, lastSeen } = call
    const who = principal ?? `account ${principalAccount ?? 'that is not known'}`
    const resource = resources?.[0] ?? null
    const id = JSON.stringify([who, action, resource, because])
    const same = list.get(id)
    if (!same) {
      list.set(id, { principal: who, accessKeyId, action, resource, calls: count, lastSeen, because })
      return
    }
    same.calls += count
    if (lastSeen > same.lastSeen) same.lastSeen = lastSeen
  }
  for (const call of calls) {
    summary.calls += call.calls
    const dead = deadKey(call, known, keys)
    // a key that does not work today is not what the plan ends
    if (dead !== null && known.get(call.accessKeyId) !== 'Active') {
      summary.unexplained += call.calls
      continue
    }
    if (dead !== null) {
      add(lists.denied, call, dead)
      continue
    }
    const was = ask.before(call)
    const will = ask.after(call)
    if (was.is === 'denied') summary.unexplained += call.calls
    else if (will.is === 'denied') add(lists.denied, call, will.because)
    else if (will.is === 'conditional' && (was.is === 'allowed' || was.because !== will.because))
      add(lists.unsure, call, will.because)
  }
  for (const name of ['denied', 'unsure'] as const)
    summary[name] = [...lists[name].values()].sort((a, b) => b.calls - a.calls || (rank(a) < rank(b) ? -1 : 1))
  return summary
}

const rank = ({ principal, action, resource }: DeniedCall) => `${principal} ${action} ${resource}`

function deadKey(
  { accessKeyId }: RecordedCall,
  known: ReadonlyMap<string | null, string>,
  after: ReadonlyMap<string | null, string>,
): string | null {
  if (accessKeyId === null || !known.has(accessKeyId)) return null
  const status = after.get(accessKeyId)
  if (status === undefined) return `the access key ${accessKeyId} is deleted`
  return status === 'Active' ? null : `the access key ${accessKeyId} is inactive`
}

/** Asks each distinct question once. */
function memory(estate: Estate): (call: RecordedCall) => Answer {
  const answers = new Map<string, Answer>()
  return (call) => {
    const { principal, principalAccount, action, resources, context } = call
    const id = JSON.stringify([principal ?? principalAccount, action, resources, context])
    let answer = answers.get(id)
    if (!answer) {
      answer = answerTo(estate, call)
      answers.set(id, answer)
    }
    return answer
  }
}

function answerTo(estate: Estate, call: RecordedCall): Answer {
  const { principal: arn, action, resources, context } = call
  const principal = arn === null ? undefined : estate.byArn.get(arn)
  if (!principal) return fromOutside(estate, call)
  if (resources === null) return somewhere(principal, action, context)
  const answers = resources.map((resource) =>
    answerOf(decide(principal, { ...askOf(estate, principal, action, resource), context })),
  )
  return answers.find(({ is }) => is === 'denied') ?? answers.find(({ is }) => is === 'conditional') ?? answers[0]!
}

function somewhere(principal: EstatePrincipal, action: string, context: RecordedCall['context']): Answer {
  const { tri } = bestAnywhere(principal, action, context)
  if (tri === NO) return { is: 'denied', because: 'nothing allows it on any resource' }
  return { is: tri === YES ? 'allowed' : 'conditional', because: 'it is not known on what it was' }
}

/** Whoever comes from another account: only the role that is taken has a say here. */
function fromOutside(
  estate: Estate,
  { principal: arn, principalAccount, action, resources, context }: RecordedCall,
): Answer {
  const role = estate.byArn.get(resources?.[0] ?? '')
  // root cannot take a role: whoever it was, it was somebody of that account
  const principal = principalOf(arn ?? `arn:aws:iam::${principalAccount}:user/${NOBODY}`)
  const account = arn === null ? principalAccount : (/:(\d{12}):/.exec(arn)?.[1] ?? null)
  if (account !== null && estate.accounts.has(account)) return { is: 'denied', because: 'the user or role is gone' }
  if (!role && /^sts:AssumeRole/i.test(action)) return { is: 'denied', because: 'the role is gone' }
  if (!role?.trust || !principal) return UNKNOWN_CALLER
  const answer = answerOf(
    evaluate(
      {
        principal,
        action,
        resource: role.arn,
        resourceAccount: role.account.accountId,
        context,
        contextIs: 'open',
        contextKeys: 'lower',
      },
      { ...NO_POLICIES, identity: [ALLOW_EVERYTHING], resource: role.trust },
    ),
  )
  // it may have been one that the role still names
  const isNamed = () =>
    entrantsOf(role.trust).some(({ principal: named }) => 'account' in named && named.account === principalAccount)
  return arn === null && answer.is === 'denied' && isNamed() ? UNKNOWN_CALLER : answer
}

const UNKNOWN_CALLER: Answer = { is: 'conditional', because: 'who called is not known' }

function answerOf({ decision, explicit, because, conditions, unknown }: Decision): Answer {
  if (decision === 'allowed') return { is: decision, because: '' }
  if (decision === 'conditional') {
    const open = [...conditions.map(({ operator, key: name }) => `${name} ${operator}`), ...unknown]
    return { is: decision, because: `it depends on ${[...new Set(open)].sort().join(', ')}` }
  }
  const [reason] = because
  const policy = reason?.policy
  if (!policy) return { is: decision, because: 'nothing allows it' }
  const statement = reason.sid ?? (reason.statement === null ? null : String(reason.statement + 1))
  return {
    is: decision,
    because: `${explicit ? 'a Deny' : 'no Allow'} in ${policy}${statement === null ? '' : `, statement ${statement}`}`,
  }
}
