/**
 * `service:*` is replaced by what was used. Only proof counts: what CloudTrail would not show (calls to data, actions that
 * leave no event, and what is asked for within another call) stays allowed.
 */
import { counted } from '../../model/numbers.ts'
import { type ActionInfo, actionNamed, actionsOf } from '../../policy/actions/actions.ts'
import { eventOf } from '../../policy/actions/events.ts'
import { evidenceGap, useOf } from '../evidence.ts'
import { type Edit, type Kind, type Lookup, listed, type Place, type PolicyObject } from '../kind.ts'
import { asElement, isAllow, mapStatements, placesOf, principalsOf, valuesOf } from '../statements.ts'

export const widePolicies: Kind = {
  checks: ['policy-service-wildcard', 'policy-full-cloudtrail', 'policy-full-kms'],
  propose({ subject }, lookup) {
    const gap = evidenceGap(lookup)
    if (gap) return { cannot: gap }
    const edits: Edit[] = []
    for (const place of placesOf(subject, lookup)) {
      const problem = lookup.unchangeable(place)
      if (problem) return { cannot: problem }
      const arns = principalsOf(place, lookup)
      const answers = servicesOf(place, lookup).map((service) => narrowing(place, service, arns, lookup))
      for (const answer of answers) {
        if ('cannot' in answer) return answer
        edits.push(answer)
      }
    }
    return edits.length > 0
      ? { edits }
      : { cannot: 'it allows more than the whole of a service: that is narrowed by hand' }
  },
}

/** The services of which an Allow of the document has every action. */
function servicesOf(place: Place, lookup: Lookup): string[] {
  const document = lookup.documentAt(place)
  const patterns = (document?.Statement ?? []).filter(isAllow).flatMap(({ Action }) => valuesOf(Action))
  return [...new Set(patterns.flatMap((pattern) => wholeService(pattern) ?? []))].sort()
}

function wholeService(pattern: string): string | null {
  return /^([a-z0-9-]+):\*+$/i.exec(pattern)?.[1]?.toLowerCase() ?? null
}

function narrowing(place: Place, service: string, arns: string[], lookup: Lookup): Edit | { cannot: string } {
  const { from, to } = lookup.recorded!
  const all = actionsOf(service)
  if (all.length === 0) return { cannot: `the actions of ${service} are not known` }
  const uses = useOf(arns, lookup).flatMap(({ actions }) => actions)
  const own = uses.filter(({ action }) => action.toLowerCase().startsWith(`${service}:`))
  const strange = own.find(({ action }) => actionNamed(action) === null)
  if (strange) return { cannot: `which permission ${strange.action} takes, which was called, is not known` }
  const used = new Set(own.map(({ action }) => actionNamed(action)!.name))
  const needed = neededBy(used, all)
  const kept = all
    .map(({ name }) => name)
    .filter((name) => used.has(name) || needed.has(name) || eventOf(name) !== 'management-event')
  const wide = all.length - kept.length
  if (wide === 0) return { cannot: `every action of ${service} was used, or would not be seen in CloudTrail` }
  return {
    place,
    key: `narrow ${service}`,
    what: narrowedText(service, kept.length, used.size),
    apply: (document) => narrowed(document, service, kept),
    reliesOn: [],
    mayBreak: [
      {
        who: arns.length > 0 ? listed(arns.map((arn) => arn.slice(arn.lastIndexOf(':') + 1))) : 'nobody has it today',
        evidence: `from ${from} to ${to} CloudTrail has ${used.size > 0 ? `only ${listed([...used].sort(), 8)}` : 'no call'} of ${service} by them; what comes more seldom would be denied`,
      },
    ],
  }
}

/**
 * What the used actions ask for within their own call, so that CloudTrail has no event of it: the tags of what is made,
 * and what AWS's pages of these calls name.
 */
function neededBy(used: ReadonlySet<string>, all: readonly ActionInfo[]): Set<string> {
  const calls = all.filter(({ name }) => used.has(name))
  const makesTagged = calls.some(({ conditionKeys }) => conditionKeys.some((key) => key.startsWith('aws:RequestTag/')))
  const tagging = all.filter(
    ({ name, accessLevel }) => accessLevel === 'Tagging' && !/:(?:Un|Remove|Delete)/.test(name),
  )
  return new Set([
    ...(makesTagged ? tagging.map(({ name }) => name) : []),
    ...calls.flatMap(({ name }) => WITHIN[name] ?? []),
  ])
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
 * https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html
 */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  's3:CreateBucket': [
    's3:PutBucketAcl',
    's3:PutBucketObjectLockConfiguration',
    's3:PutBucketOwnershipControls',
    's3:PutBucketVersioning',
  ],
  'kms:CreateKey': ['kms:PutKeyPolicy'],
  'kms:ReplicateKey': ['kms:CreateKey', 'kms:PutKeyPolicy'],
  'lambda:CreateFunction': ['lambda:GetLayerVersion'],
  'lambda:UpdateFunctionConfiguration': ['lambda:GetLayerVersion'],
}

/** `s3:* becomes 43 actions: 3 that were used, and 40 that CloudTrail would not show`. */
function narrowedText(service: string, kept: number, used: number): string {
  if (kept === 0) return `${service}:* goes: none of its actions was used, and CloudTrail would show each`
  const unseen = kept - used
  const parts = [
    used > 0 ? `${used} that ${used === 1 ? 'was' : 'were'} used` : 'none was used',
    ...(unseen > 0 ? [`${unseen} that CloudTrail would not show`] : []),
  ]
  return `${service}:* becomes ${counted(kept, 'action')}: ${parts.join(', and ')}`
}

function narrowed(document: PolicyObject, service: string, kept: readonly string[]): PolicyObject {
  return mapStatements(document, (statement) => {
    const actions = valuesOf(statement.Action)
    if (!isAllow(statement) || !actions.some((pattern) => wholeService(pattern) === service)) return [statement]
    const rest = actions.filter((pattern) => wholeService(pattern) !== service)
    const next = [...new Set([...rest, ...kept])]
    // a statement without actions is no statement
    return next.length === 0 ? [] : [{ ...statement, Action: asElement(next) }]
  })
}
