/**
 * What IAM says of the last access to services, from the calls that the sandbox saw and the last uses in its history.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
 *
 * As AWS's, it lists the services that the policies of the identity allow (of a policy: that it allows), whether they
 * were called or not, and a call that was denied counts as well.
 */
import { randomUUID } from 'node:crypto'
import type * as iam from '@aws-sdk/client-iam'
import { matchesAction, matchesWildcard, type PolicyInput, serviceNames } from '../../../policy/index.ts'
import { documentOf, identityPolicies } from '../../authorization/policies.ts'
import type { Call, Handlers } from '../../call.ts'
import type { CallRecord } from '../../call-log.ts'
import { type Group, type ManagedPolicy, nameKey, type Role, type User, type World } from '../../state.ts'
import { invalidInput, noSuchEntity, pageOfList } from './find.ts'

type Subject = User | Role | Group | ManagedPolicy
type Granularity = 'SERVICE_LEVEL' | 'ACTION_LEVEL'

interface Job {
  accountId: string
  granularity: Granularity
  created: Date
  services: Map<string, Access>
}

interface Access {
  actions: Map<string, Use>
  /** By ARN of who called. */
  by: Map<string, Use>
}

interface Use {
  date: Date
  region: string
  arn: string
}

const jobs = new WeakMap<World, Map<string, Job>>()

function jobsOf(world: World): Map<string, Job> {
  let held = jobs.get(world)
  if (!held) {
    held = new Map()
    jobs.set(world, held)
  }
  return held
}

export const lastAccessed: Handlers<typeof iam> = {
  GenerateServiceLastAccessedDetails(call, input) {
    const subject = findSubject(call, input.Arn!)
    const JobId = randomUUID()
    jobsOf(call.world).set(JobId, {
      accountId: call.account.accountId,
      granularity: input.Granularity ?? 'SERVICE_LEVEL',
      created: call.now,
      services: accessOf(call, subject),
    })
    return { JobId }
  },

  GetServiceLastAccessedDetails(call, input) {
    const job = findJob(call, input.JobId!)
    const entries = [...job.services].sort(([a], [b]) => (a < b ? -1 : 1))
    const [found, more] = pageOfList(entries, input)
    return {
      JobStatus: 'COMPLETED',
      JobType: job.granularity,
      JobCreationDate: job.created,
      JobCompletionDate: job.created,
      ServicesLastAccessed: found.map(([namespace, access]) => {
        const last = latest([...access.by.values()])
        return {
          ServiceName: namespace,
          ServiceNamespace: namespace,
          TotalAuthenticatedEntities: access.by.size,
          ...(last && {
            LastAuthenticated: last.date,
            LastAuthenticatedEntity: last.arn,
            LastAuthenticatedRegion: last.region,
          }),
          ...(job.granularity === 'ACTION_LEVEL' &&
            access.actions.size > 0 && {
              TrackedActionsLastAccessed: [...access.actions].map(([ActionName, use]) => ({
                ActionName,
                LastAccessedTime: use.date,
                LastAccessedEntity: use.arn,
                LastAccessedRegion: use.region,
              })),
            }),
        }
      }),
      ...more,
    }
  },

  GetServiceLastAccessedDetailsWithEntities(call, input) {
    const job = findJob(call, input.JobId!)
    const access = job.services.get(input.ServiceNamespace!)
    if (!access) throw noSuchEntity(`The service ${input.ServiceNamespace} is not in the report ${input.JobId}.`)
    const [found, more] = pageOfList([...access.by], input)
    return {
      JobStatus: 'COMPLETED',
      JobCreationDate: job.created,
      JobCompletionDate: job.created,
      EntityDetailsList: found.map(([arn, use]) => ({
        EntityInfo: entityInfo(call, arn),
        LastAuthenticated: use.date,
      })),
      ...more,
    }
  },
}

function findJob(call: Call, id: string): Job {
  const job = jobsOf(call.world).get(id)
  if (job?.accountId !== call.account.accountId) throw noSuchEntity(`The report ${id} cannot be found.`)
  return job
}

function findSubject({ world, account }: Call, arn: string): Subject {
  const [, type, name] = /^arn:[^:]+:iam::(?:\d{12}|aws):(user|role|group|policy)\/(?:.+\/)?(.+)$/.exec(arn) ?? []
  if (type === undefined) throw invalidInput(`Invalid ARN: ${arn}`)
  const key = nameKey(name!)
  const found =
    type === 'user'
      ? account.users.get(key)
      : type === 'role'
        ? account.roles.get(key)
        : type === 'group'
          ? account.groups.get(key)
          : (account.policies.get(arn) ?? world.awsManagedPolicies.get(arn))
  if (found?.arn !== arn) throw noSuchEntity(`ARN ${arn} was not found.`)
  return found
}

function accessOf(call: Call, subject: Subject): Map<string, Access> {
  const services = new Map<string, Access>()
  for (const namespace of servicesAllowed(policiesOf(call, subject))) {
    services.set(namespace, { actions: new Map(), by: new Map() })
  }
  for (const arn of callersOf(call, subject))
    for (const [namespace, action, use] of usesOf(call, arn)) {
      const access = services.get(namespace)
      if (!access) continue
      if (action !== null) keepLatest(access.actions, action, use)
      keepLatest(access.by, arn, use)
    }
  return services
}

function keepLatest(uses: Map<string, Use>, key: string, use: Use): void {
  const known = uses.get(key)
  if (!known || known.date < use.date) uses.set(key, use)
}

function latest(uses: readonly Use[]): Use | undefined {
  return uses.reduce<Use | undefined>((last, use) => (last && last.date >= use.date ? last : use), undefined)
}

function policiesOf({ world, account }: Call, subject: Subject): PolicyInput[] {
  if (!('policyId' in subject)) return identityPolicies(world, account, subject)
  const version = subject.versions.find(({ versionId }) => versionId === subject.defaultVersionId)!
  return [{ name: subject.arn, policy: documentOf(version.document) }]
}

/** Services of which something is allowed, before conditions, boundaries and what an organization forbids. */
function servicesAllowed(policies: readonly PolicyInput[]): Set<string> {
  const allowed = new Set<string>()
  for (const { policy } of policies)
    for (const { effect, statement } of policy?.statements ?? []) {
      if (effect !== 'Allow') continue
      for (const service of serviceNames())
        if (
          statement.notAction === null
            ? (statement.action ?? []).some((pattern) => reachesService(pattern, service))
            : !statement.notAction.some((pattern) => matchesAction(pattern, `${service}:*`))
        )
          allowed.add(service)
    }
  return allowed
}

function reachesService(pattern: string, service: string): boolean {
  const colon = pattern.indexOf(':')
  return colon < 0 ? pattern === '*' : matchesWildcard(pattern.slice(0, colon).toLowerCase(), service)
}

/** ARNs of the users and roles that a report on the subject tells of. */
function callersOf(call: Call, subject: Subject): string[] {
  const { account } = call
  if ('groupId' in subject) return [...subject.members].map(({ arn }) => arn)
  if (!('policyId' in subject)) return [subject.arn]
  const holds = ({ attachedPolicies }: { attachedPolicies: Set<string> }) => attachedPolicies.has(subject.arn)
  const users = [...account.users.values()].filter((user) => holds(user) || user.groups.some(holds))
  const roles = [...account.roles.values()].filter(holds)
  return [...users, ...roles].map(({ arn }) => arn)
}

function usesOf(call: Call, arn: string): [namespace: string, action: string | null, Use][] {
  const { account, log } = call
  const history = [...account.users.values(), ...account.roles.values()].filter((held) => held.arn === arn)
  return [
    ...history.flatMap((held): [string, null, Use][] =>
      'accessKeys' in held
        ? held.accessKeys.flatMap(({ lastUsed }): [string, null, Use][] =>
            lastUsed ? [[lastUsed.service, null, { date: lastUsed.date, region: lastUsed.region, arn }]] : [],
          )
        : [],
    ),
    ...log.records
      .filter((record) => record.accountId === account.accountId && callerOf(record) === arn)
      .map((record): [string, string, Use] => [
        record.service,
        record.action,
        { date: record.time, region: record.region, arn },
      ]),
  ]
}

/** The user, or the role behind a session. */
function callerOf({ identity }: CallRecord): string | null {
  return identity?.role?.arn ?? identity?.arn ?? null
}

function entityInfo({ account }: Call, arn: string) {
  const held = [...account.users.values(), ...account.roles.values()].find((candidate) => candidate.arn === arn)!
  const user = 'userId' in held
  return {
    Arn: arn,
    Name: user ? held.userName : held.roleName,
    Type: user ? ('USER' as const) : ('ROLE' as const),
    Id: user ? held.userId : held.roleId,
    Path: held.path,
  }
}
