/**
 * What AWS's services can do: 22,000 actions with their resources and condition keys.
 *
 * Packed as text, and unpacked service by service when somebody asks. `SERVICES` has a paragraph for each: its prefix;
 * its resource types as `name pattern`, separated by tabs (`-`: none); then its actions, sorted, as
 * `name,level,resource types,condition keys`. Resource types are numbers into the second line (`!`: one of them is
 * required), condition keys a number of a line in `KEY_SETS`, which holds numbers of lines in `CONDITION_KEYS`.
 * All numbers are in base 36.
 */
import { CONDITION_KEYS, KEY_SETS, SERVICES } from './packed.ts'

export interface ActionInfo {
  /** In AWS's spelling: `s3:GetObject`. */
  name: string
  accessLevel: 'List' | 'Read' | 'Write' | 'Tagging' | 'Permissions management'
  /** Empty: it is asked for `*`, and a statement that names a resource does not mean it. */
  resourceTypes: readonly ActionResourceType[]
  /** Keys that the service may send with it, beside the global ones: `s3:prefix`, `aws:ResourceTag/${TagKey}`. */
  conditionKeys: readonly string[]
}

export interface ActionResourceType extends ResourceType {
  /** A request always has one of this type. */
  required: boolean
}

export interface ResourceType {
  name: string
  /** ARNs of this type, with `*` for what differs: `arn:*:s3:::*` */
  arn: string
}

const LEVELS: Record<string, ActionInfo['accessLevel']> = {
  l: 'List',
  r: 'Read',
  w: 'Write',
  t: 'Tagging',
  p: 'Permissions management',
}

let paragraphs: Map<string, string> | undefined

function servicesByPrefix(): Map<string, string> {
  paragraphs ??= new Map(
    SERVICES.trim()
      .split('\n\n')
      .map((paragraph) => [paragraph.slice(0, paragraph.indexOf('\n')), paragraph]),
  )
  return paragraphs
}

/** Prefixes of all services, sorted. */
export function serviceNames(): string[] {
  return [...servicesByPrefix().keys()]
}

interface Service {
  resourceTypes: ResourceType[]
  prefix: string
  /** By name in lower case, without the prefix: its line, until somebody asks for it. */
  actions: Map<string, string | ActionInfo>
}

const unpacked = new Map<string, Service | null>()

function serviceNamed(prefix: string): Service | null {
  let service = unpacked.get(prefix)
  if (service === undefined) {
    const paragraph = servicesByPrefix().get(prefix)
    service = paragraph === undefined ? null : unpack(prefix, paragraph)
    // an unknown prefix comes from a policy, and there may be any number of those
    if (service) unpacked.set(prefix, service)
  }
  return service
}

function unpack(prefix: string, paragraph: string): Service {
  const [, types, ...lines] = paragraph.split('\n') as [string, string, ...string[]]
  const resourceTypes = types === '-' ? [] : types.split('\t').map(resourceTypeOf)
  const actions = new Map<string, string | ActionInfo>()
  for (const line of lines) actions.set(line.slice(0, line.indexOf(',')).toLowerCase(), line)
  return { prefix, resourceTypes, actions }
}

/** @param name in lower case, without the prefix */
function actionIn({ prefix, actions, resourceTypes }: Service, name: string): ActionInfo | null {
  const known = actions.get(name)
  if (typeof known !== 'string') return known ?? null
  const [written, level, uses, keySet] = known.split(',') as [string, string, string, string]
  const action: ActionInfo = {
    name: `${prefix}:${written}`,
    accessLevel: LEVELS[level]!,
    resourceTypes: uses === '' ? [] : uses.split('.').map((use) => usedType(use, resourceTypes)),
    conditionKeys: keySet === '' ? [] : keysOfSet(Number.parseInt(keySet, 36)),
  }
  actions.set(name, action)
  return action
}

function resourceTypeOf(text: string): ResourceType {
  const space = text.indexOf(' ')
  return { name: text.slice(0, space), arn: text.slice(space + 1) }
}

function usedType(use: string, types: readonly ResourceType[]): ActionResourceType {
  const required = use.startsWith('!')
  return { ...types[Number.parseInt(required ? use.slice(1) : use, 36)]!, required }
}

let conditionKeys: string[] | undefined
let keySets: (string | string[])[] | undefined

function keysOfSet(number: number): string[] {
  conditionKeys ??= CONDITION_KEYS.trim().split('\n')
  keySets ??= KEY_SETS.trim().split('\n') as (string | string[])[]
  const keySet = keySets[number]!
  if (typeof keySet !== 'string') return keySet
  const keys = keySet.split('.').map((key) => conditionKeys![Number.parseInt(key, 36)]!)
  keySets[number] = keys
  return keys
}

/** @param action in any case; null: AWS is not known to have it (it may be new) */
export function actionNamed(action: string): ActionInfo | null {
  const colon = action.indexOf(':')
  const service = serviceNamed(action.slice(0, colon).toLowerCase())
  return service && actionIn(service, action.slice(colon + 1).toLowerCase())
}

/** Actions of one service, sorted; empty for a service that is not known. */
export function actionsOf(service: string): ActionInfo[] {
  const known = serviceNamed(service.toLowerCase())
  return known === null ? [] : [...known.actions.keys()].map((name) => actionIn(known, name)!)
}

/** Types of resources that one service has. */
export function resourceTypesOf(service: string): readonly ResourceType[] {
  return serviceNamed(service.toLowerCase())?.resourceTypes ?? []
}

let names: string[] | undefined

/** Names of all actions, in AWS's spelling, by service and then by name. */
export function actionNames(): readonly string[] {
  names ??= [...servicesByPrefix()].flatMap(([prefix, paragraph]) =>
    paragraph
      .split('\n')
      .slice(2)
      .map((line) => `${prefix}:${line.slice(0, line.indexOf(','))}`),
  )
  return names
}

/**
 * The resource under which AWS asks for an action: `*` where the action knows no resources, whatever was meant.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function askedResource(action: string, resource: string): string {
  return actionNamed(action)?.resourceTypes.length === 0 ? '*' : resource
}
