/** What a call asked for, read from its request parameters, where SQL cannot judge it. */
import { covers } from '../../policy/match.ts'
import { type ParsedPolicy, parsePolicy, type Statement } from '../../policy/parse.ts'
import type { Hit } from './detection.ts'

/** The request parameters; null when there are none, or when they were too long to be kept whole. */
export function requestOf({ request }: Hit): Record<string, unknown> | null {
  if (request === null) return null
  try {
    const value: unknown = JSON.parse(request)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** The policy document that a call put somewhere; null when it cannot be read. */
export function policyIn(hit: Hit, ...names: readonly string[]): ParsedPolicy | null {
  const request = requestOf(hit)
  const text = names.map((name) => request?.[name]).find((value) => typeof value === 'string')
  if (typeof text !== 'string') return null
  try {
    return parsePolicy(JSON.parse(text))
  } catch {
    return null
  }
}

/** With these on every resource, a principal can give itself the rest, or read what others keep. */
const POWERFUL = [
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:UpdateLoginProfile',
  'iam:AttachUserPolicy',
  'iam:AttachGroupPolicy',
  'iam:AttachRolePolicy',
  'iam:PutUserPolicy',
  'iam:PutGroupPolicy',
  'iam:PutRolePolicy',
  'iam:CreatePolicyVersion',
  'iam:SetDefaultPolicyVersion',
  'iam:AddUserToGroup',
  'iam:UpdateAssumeRolePolicy',
  'iam:PassRole',
  'sts:AssumeRole',
  'secretsmanager:GetSecretValue',
  'organizations:LeaveOrganization',
]

export interface WideGrant {
  /** `everything`, or the powerful actions. */
  what: string
  isEverything: boolean
}

/** Everything that an account of any partition can have. */
const EVERYTHING = ['aws', 'aws-cn', 'aws-us-gov'].map((partition) => `arn:${partition}:*:*:*:*`)

/** What a document allows on all resources that makes its holder powerful, whatever else it says. */
export function wideGrantOf(policy: ParsedPolicy): WideGrant | null {
  const allows = policy.statements.filter(({ effect, resource, notResource }) => {
    return (
      effect === 'Allow' &&
      (resource?.some((pattern) => EVERYTHING.some((arn) => covers(pattern, arn))) ?? notResource !== null)
    )
  })
  if (allows.some(({ action }) => action?.some((pattern) => /^[*?]*\*[*?]*(:[*?]*)?$/.test(pattern))))
    return { what: 'everything', isEverything: true }
  const granted = POWERFUL.filter((action) => allows.some((statement) => allowsAction(statement, action)))
  return granted.length === 0 ? null : { what: granted.join(', '), isEverything: false }
}

function allowsAction({ action, notAction }: Statement, wanted: string): boolean {
  const name = wanted.toLowerCase()
  if (action) return action.some((pattern) => covers(pattern.toLowerCase(), name))
  return notAction !== null && !notAction.some((pattern) => covers(pattern.toLowerCase(), name))
}

/** The keys by which a statement lets in the own organization only. */
const OWN_ORGANIZATION = /^aws:(principalorgid|principalorgpaths)$/i

/** Whom a trust policy lets in from outside: account IDs, or `*`; with whether a condition fences it. */
export function outsidersIn(policy: ParsedPolicy, ours: readonly string[]): { who: string; fenced: boolean }[] {
  const found = new Map<string, boolean>()
  for (const { effect, principal, notPrincipal, conditions } of policy.statements) {
    if (effect !== 'Allow' || conditions.some(({ key }) => OWN_ORGANIZATION.test(key))) continue
    const names = notPrincipal || principal?.everyone ? ['*'] : (principal?.aws ?? [])
    for (const name of names) {
      const account = /^\d{12}$/.test(name) ? name : (/^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(name)?.[1] ?? null)
      const who = name === '*' ? '*' : account
      if (who === null || ours.includes(who)) continue
      const fenced = conditions.length > 0
      found.set(who, fenced && (found.get(who) ?? true))
    }
  }
  return [...found].map(([who, fenced]) => ({ who, fenced }))
}
