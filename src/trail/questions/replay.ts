/** `trail replay`: would a proposed policy have denied calls that succeeded? Decided per distinct call, not per event. */

import type { ReplayedCall, ReplayVerdict } from '../../model/trail.ts'
import { actionNamed } from '../../policy/actions/actions.ts'
import { compilePolicy, serviceOf } from '../../policy/compile.ts'
import { evaluate } from '../../policy/evaluate.ts'
import { parsePolicy } from '../../policy/parse.ts'
import { accountOf, type Principal, principalOf } from '../../policy/principal.ts'
import type { ContextValue, Decision, PolicyInput, RequestPolicies } from '../../policy/request.ts'
import type { Row } from '../engines/engine.ts'
import { ask, IN_DAYS, number, type Question, text } from './scope.ts'
import type { Who } from './who.ts'

/** What a call was asked from, as far as policies can ask for it. Only what some condition reads is told apart. */
export const CONTEXT_COLUMNS: Readonly<Record<string, string>> = {
  'aws:sourceip': "CASE WHEN ip_class <> 'aws-service' AND vpc_endpoint IS NULL THEN source_ip END",
  'aws:requestedregion': 'aws_region',
  'aws:multifactorauthpresent': 'CAST(mfa AS varchar)',
  'aws:sourcevpce': 'vpc_endpoint',
  'aws:useragent': 'user_agent',
  'aws:viaawsservice': "CASE WHEN invoked_by IS NOT NULL THEN 'true' ELSE 'false' END",
}

const CALLS = (filter: string, columns: readonly string[]) => `
SELECT action, resource, resource_known, account_id, min(principal_arn) AS principal, passed_role,
  CASE WHEN cardinality(resources) > 1 THEN array_join(resources, chr(10)) END AS resources${columns.map((column, i) => `, ${column} AS c${i}`).join('')},
  count(*) AS calls, max(event_time) AS last_seen
FROM {{events}}
WHERE ${IN_DAYS} AND ${filter} AND error_code IS NULL AND action IS NOT NULL
GROUP BY action, resource, resource_known, account_id, passed_role, array_join(resources, chr(10)), cardinality(resources)${columns.map((column) => `, ${column}`).join('')}`

const PASSED = (filter: string) => `
SELECT 'iam:PassRole' AS action, arn AS resource, true AS resource_known, min(account_id) AS account_id,
  min(principal_arn) AS principal, count(*) AS calls, max(event_time) AS last_seen
FROM {{events}} CROSS JOIN UNNEST(passed_roles) AS r(arn)
WHERE ${IN_DAYS} AND ${filter} AND error_code IS NULL
GROUP BY arn`

export interface Replay {
  principal: string
  calls: ReplayedCall[]
  /** Events, by verdict. */
  totals: Record<ReplayVerdict, number>
}

/**
 * @param policies all identity policies that the principal would have; boundary and organization policies are taken
 *   to stay as they are, since the calls succeeded under them
 */
export async function replay(question: Question, who: Who, policies: readonly PolicyInput[]): Promise<Replay> {
  const keys = conditionKeys(policies).filter((key) => key in CONTEXT_COLUMNS)
  const rows = await ask(
    question,
    CALLS(
      who.filter,
      keys.map((key) => CONTEXT_COLUMNS[key]!),
    ),
    who.params,
  )
  const passed = await ask(question, PASSED(who.filter), who.params)
  const surroundings = new Surroundings(policies)
  const calls = [...rows, ...passed].map((row) => replayed(row, keys, policies, surroundings))
  const totals: Replay['totals'] = { 'still-allowed': 0, 'would-be-denied': 0, 'cannot-know': 0 }
  for (const call of calls) totals[call.verdict] += call.calls
  return { principal: who.label, calls: merged(calls), totals }
}

function conditionKeys(policies: readonly PolicyInput[]): string[] {
  const keys = policies.flatMap(({ policy }) =>
    policy === null
      ? []
      : policy.statements.flatMap(({ statement }) => statement.conditions.map(({ key }) => key.toLowerCase())),
  )
  return [...new Set(keys)]
}

function replayed(
  row: Row,
  keys: readonly string[],
  policies: readonly PolicyInput[],
  surroundings: Surroundings,
): ReplayedCall {
  const action = text(row.action)!
  const call = {
    action,
    resource: text(row.resource),
    calls: number(row.calls),
    lastSeen: text(row.last_seen)!,
  }
  const principal = principalOf(text(row.principal) ?? '')
  if (!principal) return { ...call, verdict: 'cannot-know', because: 'who called is not known' }
  const resources = resourcesOf(row, action)
  if (resources.includes(null)) return { ...call, ...withoutResource(policies, row, action) }
  const decisions = resources.map((resource) =>
    evaluate(
      {
        principal,
        action,
        resource: resource!,
        resourceAccount: /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource!)?.[1] ?? text(row.account_id) ?? '',
        context: contextOf(row, keys),
        contextIs: 'open',
      },
      surroundings.of(principal, action),
    ),
  )
  return { ...call, ...verdictOf(decisions) }
}

/**
 * Only the identity policies are proposed. Whatever else had a say let the call pass: boundary and organization
 * policies count as silent, and the resource's policy as one that leaves it to the account, as key and trust policies do.
 */
class Surroundings {
  readonly #policies: readonly PolicyInput[]
  readonly #known = new Map<string, RequestPolicies>()

  constructor(policies: readonly PolicyInput[]) {
    this.#policies = policies
  }

  of(principal: Principal, action: string): RequestPolicies {
    const account = accountOf(principal)
    const isTrust = /^sts:AssumeRole/i.test(action)
    const key = `${isTrust} ${account}`
    let around = this.#known.get(key)
    if (!around) {
      around = this.#around(account, isTrust)
      this.#known.set(key, around)
    }
    return around
  }

  #around(account: string | null, isTrust: boolean): RequestPolicies {
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: account },
      Action: '*',
      ...(isTrust ? {} : { Resource: '*' }),
    }
    const delegates = { Version: '2012-10-17', Statement: [statement] }
    return {
      identity: this.#policies,
      boundary: null,
      session: null,
      scps: [],
      rcps: [],
      resource: { name: "the resource's policy", policy: compilePolicy(parsePolicy(delegates)) },
      endpoint: null,
    }
  }
}

/** The resources that the action may be asked for; null: it is asked for one, and which is not known. */
export function resourcesOf(row: Row, action: string): (string | null)[] {
  const types = actionNamed(action)?.resourceTypes ?? []
  if (types.length === 0) return ['*']
  if (row.resource_known !== true) return [null]
  const arns = (text(row.resources) ?? text(row.resource) ?? '').split('\n').filter((arn) => arn !== '')
  const fitting = arns.filter((arn) => types.some((type) => fits(type.arn, arn)))
  return fitting.length > 0 ? fitting : [null]
}

const expressions = new Map<string, RegExp>()

function fits(pattern: string, arn: string): boolean {
  let expression = expressions.get(pattern)
  if (!expression) {
    const text = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
    expression = new RegExp(`^${text}$`, 's')
    expressions.set(pattern, expression)
  }
  return expression.test(arn)
}

function contextOf(row: Row, keys: readonly string[]): Record<string, ContextValue> {
  return Object.fromEntries(
    keys.flatMap((key, i) => {
      const value = text(row[`c${i}`])
      return value === null ? [] : [[key, value]]
    }),
  )
}

function verdictOf(decisions: readonly Decision[]): { verdict: ReplayVerdict; because: string } {
  const denied = decisions.find(({ decision }) => decision === 'denied')
  if (denied)
    return {
      verdict: 'would-be-denied',
      because: denied.explicit ? `a Deny in ${denied.because[0]?.policy ?? 'the policy'}` : 'nothing allows it',
    }
  const open = decisions.find(({ decision }) => decision === 'conditional')
  if (open)
    return {
      verdict: 'cannot-know',
      because: [...open.conditions.map(({ key, operator }) => `${key} ${operator}`), ...open.unknown].join(', '),
    }
  return { verdict: 'still-allowed', because: reasonOf(decisions[0]!) }
}

/** Where it is not known what a call was about, only what holds for every resource is certain. */
function withoutResource(
  policies: readonly PolicyInput[],
  row: Row,
  action: string,
): { verdict: ReplayVerdict; because: string } {
  const lower = action.toLowerCase()
  const statements = policies.flatMap(({ policy }) => policy?.statements ?? [])
  const touching = statements.filter(({ actions }) => actions === null || actions.matches(lower, serviceOf(lower)))
  if (policies.some(({ policy }) => policy === null)) return UNKNOWN_RESOURCE
  const allows = touching.filter(({ effect }) => effect !== 'Deny')
  const denies = touching.filter(({ effect }) => effect !== 'Allow')
  if (allows.length === 0) return { verdict: 'would-be-denied', because: 'nothing allows it' }
  const isWide = (of: (typeof touching)[number]) =>
    of.understood && of.effect !== null && of.statement.resource?.includes('*') === true && of.conditions.length === 0
  if (denies.length === 0 && allows.some(isWide))
    return { verdict: 'still-allowed', because: 'allowed on every resource' }
  if (denies.some(isWide)) return { verdict: 'would-be-denied', because: 'a Deny on every resource' }
  return row.resource === null
    ? UNKNOWN_RESOURCE
    : { verdict: 'cannot-know', because: 'the event does not say the full ARN of the resource' }
}

const UNKNOWN_RESOURCE = { verdict: 'cannot-know', because: 'the event does not say on which resource' } as const

function reasonOf({ because }: Decision): string {
  const [reason] = because
  if (!reason || reason.policy === null) return 'allowed'
  return `${reason.policy}${reason.statement === null ? '' : `, statement ${reason.statement + 1}`}`
}

/** One line for what differs only in the context, and has one verdict. */
function merged(calls: readonly ReplayedCall[]): ReplayedCall[] {
  const byKey = new Map<string, ReplayedCall>()
  for (const call of calls) {
    const key = [call.action, call.resource, call.verdict, call.because].join('\n')
    const known = byKey.get(key)
    if (!known) byKey.set(key, { ...call })
    else {
      known.calls += call.calls
      if (call.lastSeen > known.lastSeen) known.lastSeen = call.lastSeen
    }
  }
  const rank = { 'would-be-denied': 0, 'cannot-know': 1, 'still-allowed': 2 } as const
  return [...byKey.values()].sort(
    (a, b) =>
      rank[a.verdict] - rank[b.verdict] ||
      b.calls - a.calls ||
      compare(a.action, b.action) ||
      compare(a.resource ?? '', b.resource ?? '') ||
      compare(a.because, b.because),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** What an answer takes for granted. */
export const ASSUMPTIONS: readonly string[] = [
  'permissions boundary, organization policies and the policies of resources stay as they are and let the calls pass',
  'what a resource policy alone allows today is asked of the new policy all the same',
]
