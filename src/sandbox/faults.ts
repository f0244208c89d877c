/**
 * Faults on demand: a call is denied, throttled, delayed, cut, truncated, answered with a 500, or told that somebody else
 * is changing the same thing, by rule.
 *
 * As text: `kind:service:action`, then settings, such as `throttle:iam:*:times=3`.
 */
import { KeyreeveError } from '../model/errors.ts'
import { newRandom, nextFraction, type Random } from './state.ts'

export const FAULT_KINDS = ['deny', 'throttle', 'delay', 'cut', 'truncate', 'error', 'conflict'] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

export interface FaultRule {
  kind: FaultKind
  /** Signing name of the service; `*` matches anything, also within a name. */
  service: string
  action: string
  region?: string
  accountId?: string
  /** Lets so many matching calls pass first. */
  after?: number
  /** Then strikes so many times; default: always. */
  times?: number
  /** Strikes with this probability (0 to 1), by a generator that `seed` starts. */
  probability?: number
  seed?: number
  /** Of `delay`: milliseconds. */
  ms?: number
  /** Of `cut` and `error`: before the call does anything, or after it took effect. */
  when?: 'before' | 'after'
}

export interface FaultTarget {
  service: string
  action: string
  region: string
  accountId: string | null
}

/** What is to happen to one call. */
export interface Strike {
  delayMs: number
  /** The first of the rules that struck, other than delays. */
  rule: FaultRule | null
}

/** Raised for a rule that cannot be understood. */
export class FaultRuleError extends KeyreeveError {
  constructor(rule: string, problem: string) {
    super('usage', `fault \`${rule}\`: ${problem}`, { hint: 'e.g. deny:iam:ListAccessKeys or throttle:iam:*:times=3' })
    this.name = 'FaultRuleError'
  }
}

export class Faults {
  readonly #rules: { rule: FaultRule; seen: number; struck: number; random: Random }[]

  /** @param services names of those that there are: a rule for another one would never strike */
  constructor(rules: Iterable<FaultRule | string> = [], services: readonly string[] | null = null) {
    this.#rules = [...rules].map((given) => {
      const rule = typeof given === 'string' ? parseFault(given) : given
      if (services && !services.some((name) => wildcard(rule.service, name)))
        throw new FaultRuleError(
          `${rule.kind}:${rule.service}:${rule.action}`,
          `the sandbox has no service \`${rule.service}\`, only ${services.join(', ')}`,
        )
      return { rule, seen: 0, struck: 0, random: newRandom(rule.seed ?? 1) }
    })
  }

  /** Counts the call against every rule, and says what is to happen to it. */
  strike(target: FaultTarget): Strike {
    const strike: Strike = { delayMs: 0, rule: null }
    for (const state of this.#rules) {
      const { rule } = state
      if (!matches(rule, target)) continue
      if (state.seen++ < (rule.after ?? 0) || state.struck >= (rule.times ?? Infinity)) continue
      if (rule.probability !== undefined && nextFraction(state.random) >= rule.probability) continue
      if (rule.kind !== 'delay' && strike.rule) continue
      state.struck++
      if (rule.kind === 'delay') strike.delayMs += rule.ms ?? 0
      else strike.rule = rule
    }
    return strike
  }
}

function matches(rule: FaultRule, { service, action, region, accountId }: FaultTarget): boolean {
  return (
    wildcard(rule.service, service) &&
    wildcard(rule.action, action) &&
    (rule.region === undefined || rule.region === region) &&
    (rule.accountId === undefined || rule.accountId === accountId)
  )
}

/** `*` matches anything, also within a name; case does not count. */
export function wildcard(pattern: string, text: string): boolean {
  if (pattern === '*') return true
  const parts = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text.toLowerCase())
}

const SETTINGS = ['region', 'account', 'after', 'times', 'probability', 'seed', 'ms', 'when'] as const

/** Reads `deny:iam:ListAccessKeys` or `delay:ec2:DescribeInstances:ms=500:region=eu-west-1`. */
export function parseFault(text: string): FaultRule {
  const wrong = (problem: string) => new FaultRuleError(text, problem)
  const [kind, service, action, ...rest] = text.split(':')
  if (!FAULT_KINDS.includes(kind as FaultKind)) throw wrong(`\`${kind}\` is none of ${FAULT_KINDS.join(', ')}`)
  if (!service || !action || action.includes('='))
    throw wrong('say it as kind:service:action, such as `deny:iam:ListUsers`')
  if (!/^[\w*-]+$/.test(service)) throw wrong(`\`${service}\` is no service`)
  if (!/^[\w*]+$/.test(action)) throw wrong(`\`${action}\` is no action`)
  const rule: FaultRule = { kind: kind as FaultKind, service, action }
  for (const setting of rest.flatMap((part) => part.split(','))) {
    const [name, value, ...more] = setting.split('=')
    if (!name || !value || more.length > 0) throw wrong(`\`${setting}\` is no setting (name=value)`)
    if (!(SETTINGS as readonly string[]).includes(name)) throw wrong(`\`${name}\` is none of ${SETTINGS.join(', ')}`)
    set(rule, name as (typeof SETTINGS)[number], value, wrong)
  }
  if (rule.kind === 'delay' && rule.ms === undefined) throw wrong('a delay needs `ms`, such as `ms=500`')
  if (rule.kind !== 'delay' && rule.ms !== undefined) throw wrong('only a delay has `ms`')
  if (rule.when !== undefined && rule.kind !== 'cut' && rule.kind !== 'error')
    throw wrong('only `cut` and `error` have `when`')
  return rule
}

function set(
  rule: FaultRule,
  name: (typeof SETTINGS)[number],
  value: string,
  wrong: (problem: string) => FaultRuleError,
): void {
  switch (name) {
    case 'region':
      rule.region = value
      return
    case 'account':
      if (!/^\d{12}$/.test(value)) throw wrong('`account` is a 12-digit number')
      rule.accountId = value
      return
    case 'when':
      if (value !== 'before' && value !== 'after') throw wrong('`when` is before or after')
      rule.when = value
      return
    case 'probability':
      if (!/^\d*\.?\d+$/.test(value) || Number(value) > 1) throw wrong('`probability` is a number from 0 to 1')
      rule.probability = Number(value)
      return
    default:
      if (!/^\d{1,9}$/.test(value)) throw wrong(`\`${name}\` is a whole number`)
      rule[name] = Number(value)
  }
}
