/** What a call was about, of one record: the same as the SQL of the store makes of it. */
import { ARN_PARAMETERS, RESOURCE_RULES, type ResourceRule, separatorOf } from './resources.ts'

type Json = { [name: string]: unknown }

export interface Place {
  partition: string
  region: string
  account: string
}

/**
 * ARNs made of the parameters of a request: of the first rule that it meets.
 * @param rules as `rulesFor` names them
 */
export function builtResources(rules: string | null, request: Json, place: Place): string[] {
  for (const rule of RESOURCE_RULES) {
    if (rule.service !== rules) continue
    const arns = arnsOf(rule, request, place)
    if (arns.length > 0) return arns
  }
  return ARN_PARAMETERS.flatMap((parameter) => textsAt(request, parameter))
    .filter((value) => value.startsWith('arn:'))
    .slice(0, 1)
}

function arnsOf(rule: ResourceRule, request: Json, place: Place): string[] {
  const below = rule.below === undefined ? undefined : textsAt(request, rule.below)[0]
  return textsAt(request, rule.parameter).flatMap((value) => {
    const arn = value.startsWith('arn:') ? value : arnOf(rule, value, place)
    if (arn === null) return []
    return [below === undefined ? arn : `${arn}${separatorOf(rule)}${below}`]
  })
}

function arnOf({ service, parameter, arn }: ResourceRule, value: string, place: Place): string | null {
  // of a queue, its URL has all
  if (parameter === 'queueUrl') {
    const url = /^https?:\/\/[^/]+\/([^/]+)\/([^/]+)$/.exec(value)
    return url && `arn:${place.partition}:sqs:${place.region}:${url[1]}:${url[2]}`
  }
  if (arn === '{v}') return null
  const values = {
    p: place.partition,
    r: place.region,
    a: place.account,
    // parameters of SSM may begin with the slash that the ARN has anyway
    v: service === 'ssm' ? value.replace(/^\/+/, '') : value,
  }
  return arn.replace(/\{([prav])\}/g, (_, name: keyof typeof values) => values[name])
}

/** What stands at a path: `instancesSet.items[*].instanceId`. */
function textsAt(value: unknown, path: string): string[] {
  let values = [value]
  for (const step of path.split('.')) {
    const name = step.replace('[*]', '')
    values = values.map((of) => (typeof of === 'object' && of !== null ? (of as Json)[name] : undefined))
    if (step.endsWith('[*]')) values = values.flatMap((of) => (Array.isArray(of) ? of : []))
  }
  return values.filter((of): of is string => typeof of === 'string' && of !== '')
}

/**
 * A table is asked for with the index that is read:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function ofIndex(arns: readonly string[], action: string | null, request: Json): string[] {
  const [index] = textsAt(request, 'indexName')
  if ((action !== 'dynamodb:Query' && action !== 'dynamodb:Scan') || index === undefined) return [...arns]
  return arns.map((arn) => (arn.includes(':table/') && !arn.includes('/index/') ? `${arn}/index/${index}` : arn))
}
