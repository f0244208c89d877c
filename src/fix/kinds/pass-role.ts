/**
 * `iam:PassRole` to any service becomes `iam:PassRole` to the services that the roles trust: a role works with no other,
 * so that nothing breaks today.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
import { knowledgeOf } from '../../model/facts.ts'
import { matchesAction, overlap } from '../../policy/match.ts'
import { parsePolicy } from '../../policy/parse.ts'
import { useOf } from '../evidence.ts'
import { type Edit, type Kind, type Lookup, listed, type Place, type PolicyObject } from '../kind.ts'
import {
  asElement,
  conditionKeys,
  isAllow,
  mapStatements,
  placesOf,
  principalsOf,
  type StatementObject,
  valuesOf,
  withCondition,
  withoutSid,
} from '../statements.ts'

const PASS_ROLE = 'iam:PassRole'
const KEY = 'iam:PassedToService'
const SID = 'KeyreevePassRole'

export const passRole: Kind = {
  checks: ['policy-passrole-wildcard', 'passrole-unfenced'],
  propose({ subject }, lookup) {
    const { known, gaps } = knowledgeOf('roles', lookup.snapshot)
    if (known !== 'all') return { cannot: `which services the roles trust is not known: ${gaps[0]}` }
    const edits: Edit[] = []
    for (const place of placesOf(subject, lookup)) {
      const problem = lookup.unchangeable(place)
      if (problem) return { cannot: problem }
      const passing = (lookup.documentAt(place)?.Statement ?? []).filter(isOpen)
      if (passing.length === 0) continue
      if (passing.some(({ Action }) => valuesOf(Action).includes('*')))
        return { cannot: 'it allows every action: a fence around one of them is none' }
      const services = servicesFor(passing, lookup)
      if (services.length === 0) return { cannot: 'no role that it may pass trusts a service: take iam:PassRole away' }
      edits.push(fence(place, services, lookup))
    }
    return edits.length > 0 ? { edits } : { cannot: 'the statement that passes was not found: it is no plain Allow' }
  },
}

/** An Allow of PassRole that names no service. */
function isOpen(statement: StatementObject): boolean {
  return (
    isAllow(statement) &&
    valuesOf(statement.Action).some((pattern) => matchesAction(pattern, PASS_ROLE)) &&
    !conditionKeys(statement).has(KEY.toLowerCase())
  )
}

/** What an open statement may pass; all, where it only says what not. */
function rolesOf({ Resource, NotResource }: StatementObject): string[] {
  return NotResource === undefined ? valuesOf(Resource) : ['*']
}

/** A role that trusts a service in one region is passed to the service. */
function passedTo(service: string): string[] {
  const [, name, suffix] = /^([\w-]+)\.[a-z]{2}(?:-[a-z]+)+-\d(\.amazonaws\.com(?:\.cn)?)$/.exec(service) ?? []
  return name === undefined ? [service] : [service, `${name}${suffix}`]
}

/** The services that the roles trust which the statements may pass. */
function servicesFor(passing: readonly StatementObject[], lookup: Lookup): string[] {
  const resources = passing.flatMap(rolesOf)
  const trusted = lookup.once('services that roles trust', () =>
    lookup.snapshot.roles.map(({ arn, trustPolicy }) => ({
      arn,
      services: parsePolicy(trustPolicy).statements.flatMap(({ effect, principal }) =>
        effect === 'Allow' ? (principal?.service ?? []) : [],
      ),
    })),
  )
  const found = trusted
    // a variable may stand for anything
    .filter(({ arn }) => resources.some((pattern) => overlap(pattern.replaceAll(/\$\{[^}]*\}/g, '*'), arn)))
    .flatMap(({ services }) => services.flatMap(passedTo))
  return [...new Set(found)].sort()
}

function fence(place: Place, services: string[], lookup: Lookup): Edit {
  const passed = useOf(principalsOf(place, lookup), lookup).flatMap(({ principalArn, passedRoles }) =>
    passedRoles.map(({ roleArn, calls, lastSeen }) => ({
      who: principalArn.slice(principalArn.lastIndexOf(':') + 1),
      evidence: `it passed ${roleArn.slice(roleArn.lastIndexOf('/') + 1)} in ${calls} calls, last on ${lastSeen.slice(0, 10)}, which it still may`,
    })),
  )
  return {
    place,
    key: 'fence iam:PassRole',
    what: `${PASS_ROLE} only to ${listed(services, 8)}`,
    apply: (document) => fenced(document, services),
    reliesOn: [],
    mayBreak: [
      {
        who: 'whoever passes a role to another service',
        evidence: 'no role that may be passed trusts another today; one that comes later has to be named here',
      },
      ...passed,
    ],
  }
}

/**
 * Where the action stands by its name, it gets a statement of its own; from a pattern it is taken away by a Deny, for the
 * roles that the pattern is about: others may be passed by other statements, to other services.
 */
function fenced(document: PolicyObject, services: readonly string[]): PolicyObject {
  const value = asElement(services)
  const byPattern = new Set<string>()
  const changed = mapStatements(document, (statement) => {
    if (!isOpen(statement)) return [statement]
    const actions = valuesOf(statement.Action)
    const rest = actions.filter((action) => action.toLowerCase() !== PASS_ROLE.toLowerCase())
    if (rest.some((pattern) => matchesAction(pattern, PASS_ROLE))) {
      for (const resource of rolesOf(statement)) byPattern.add(resource)
      return [statement]
    }
    const own = withCondition({ ...withoutSid(statement), Action: PASS_ROLE }, 'StringEquals', KEY, value)
    if (rest.length === 0) return [{ ...own, ...(statement.Sid === undefined ? {} : { Sid: statement.Sid }) }]
    return [{ ...statement, Action: asElement(rest) }, own]
  })
  if (byPattern.size === 0 || changed.Statement.some(({ Sid }) => Sid === SID)) return changed
  const deny = {
    Sid: SID,
    Effect: 'Deny',
    Action: PASS_ROLE,
    Resource: asElement(byPattern.has('*') ? ['*'] : [...byPattern].sort()),
    Condition: { StringNotEquals: { [KEY]: value } },
  }
  return { ...changed, Statement: [...changed.Statement, deny] }
}
