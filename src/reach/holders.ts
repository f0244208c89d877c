/** What runs with roles in an account, as far as it was read: the things that a way to a role may go through. */
import { type Fact, knowledgeOf } from '../model/facts.ts'
import type { Snapshot, Workload, WorkloadKind } from '../model/snapshot.ts'
import { MAYBE, NO, type Tri, YES } from '../policy/tri.ts'
import { NOBODY } from './ask.ts'
import type { EstateAccount } from './estate.ts'
import { type Pool, poolOf } from './picks.ts'
import { entrantsOf } from './trust.ts'

/** `saml-provider`: has the roles that trust it. */
export type HolderKind = WorkloadKind | 'instance' | 'saml-provider'

/** `managed`: Systems Manager's agent speaks for the instance. */
export type Need = Workload['features'][number] | 'managed'

/** Something with roles. */
export interface Holder {
  arn: string
  name: string
  /** Indexes of the principals. */
  roles: readonly number[]
  clusterArn: string | null
  has(need: Need): Tri
}

export interface Holders {
  list: readonly Holder[]
  /** By index in the list. */
  pool: Pool
  /** Clusters of those that are in one. */
  clusters: Pool
  /** Whether all of the kind were read; what is missing, in sentences. */
  known: 'all' | 'part' | 'none'
  gaps: readonly string[]
}

export type HoldersByKind = (kind: HolderKind) => Holders

/** Which fact tells of a kind, and what its ARNs look like; `*` for what differs. */
const KINDS: Record<WorkloadKind, { fact: Fact; arn: string }> = {
  'amplify-app': { fact: 'amplifyApps', arn: 'amplify:*:*:apps/*' },
  'app-runner-service': { fact: 'appRunnerServices', arn: 'apprunner:*:*:service/*' },
  'batch-job-definition': { fact: 'batchJobDefinitions', arn: 'batch:*:*:job-definition/*' },
  'build-project': { fact: 'buildProjects', arn: 'codebuild:*:*:project/*' },
  'container-service': { fact: 'containerServices', arn: 'ecs:*:*:service/*' },
  'container-task': { fact: 'containerTasks', arn: 'ecs:*:*:task/*' },
  'glue-dev-endpoint': { fact: 'glueDevEndpoints', arn: 'glue:*:*:devEndpoint/*' },
  'glue-job': { fact: 'glueJobs', arn: 'glue:*:*:job/*' },
  'glue-session': { fact: 'glueSessions', arn: 'glue:*:*:session/*' },
  'lambda-function': { fact: 'functions', arn: 'lambda:*:*:function:*' },
  'launch-template': { fact: 'launchTemplates', arn: 'ec2:*:*:launch-template/*' },
  'managed-instance': { fact: 'managedInstances', arn: 'ssm:*:*:managed-instance/*' },
  'notebook-instance': { fact: 'notebookInstances', arn: 'sagemaker:*:*:notebook-instance/*' },
  stack: { fact: 'stacks', arn: 'cloudformation:*:*:stack/*' },
  'stack-set': { fact: 'stackSets', arn: 'cloudformation:*:*:stackset/*' },
  'state-machine': { fact: 'stateMachines', arn: 'states:*:*:stateMachine:*' },
  'studio-domain': { fact: 'studioDomains', arn: 'sagemaker:*:*:domain/*' },
  'studio-user-profile': { fact: 'studioUserProfiles', arn: 'sagemaker:*:*:user-profile/*' },
  'task-definition': { fact: 'taskDefinitions', arn: 'ecs:*:*:task-definition/*' },
}

/** The holders of an account, each kind looked up when it is first asked for. */
export function holdersOf(account: EstateAccount): HoldersByKind {
  const known = new Map<HolderKind, Holders>()
  return (kind) => {
    let holders = known.get(kind)
    if (!holders) {
      holders =
        kind === 'instance' ? instances(account) : kind === 'saml-provider' ? providers(account) : read(account, kind)
      known.set(kind, holders)
    }
    return holders
  }
}

function read(account: EstateAccount, kind: WorkloadKind): Holders {
  const { snapshot } = account
  const roleByArn = indexesOf(account)
  const list = (snapshot.workloads ?? [])
    .filter((workload) => workload.kind === kind)
    .map(
      ({ arn, name, roleArns, clusterArn, features }): Holder => ({
        arn,
        name,
        roles: roleArns.flatMap((role) => roleByArn.get(role) ?? []),
        clusterArn,
        has: (need) => (features.some((feature) => feature === need) ? YES : NO),
      }),
    )
  const { fact, arn } = KINDS[kind]
  return made(account, list, arn, knowledgeOfKind(snapshot, fact))
}

function instances(account: EstateAccount): Holders {
  const { snapshot } = account
  const roleByArn = indexesOf(account)
  const profiles = new Map(snapshot.instanceProfiles.map(({ arn, roleArns }) => [arn, roleArns]))
  const managed = new Map(
    (snapshot.workloads ?? [])
      .filter(({ kind }) => kind === 'managed-instance')
      .map(({ arn, features }): [string, Tri] => [arn, features.includes('running') ? YES : MAYBE]),
  )
  const isKnown = knowledgeOfKind(snapshot, 'managedInstances').known === 'all'
  const list = snapshot.instances
    .filter(({ state }) => state !== 'terminated' && state !== 'shutting-down')
    .map(
      ({ arn, instanceId, instanceProfileArn }): Holder => ({
        arn,
        name: instanceId,
        roles: (profiles.get(instanceProfileArn ?? '') ?? []).flatMap((role) => roleByArn.get(role) ?? []),
        clusterArn: null,
        has: (need) => (need === 'managed' ? (managed.get(arn) ?? (isKnown ? NO : MAYBE)) : NO),
      }),
    )
  const { known, gaps } = knowledgeOf('instances', snapshot)
  return made(account, list, 'ec2:*:*:instance/*', { known, gaps })
}

/** They are known from the roles that trust them. */
function providers(account: EstateAccount): Holders {
  const roles = new Map<string, number[]>()
  for (const { trust, index } of account.roles)
    for (const { kind, name } of entrantsOf(trust))
      if (kind === 'saml' && name.includes(`:${account.accountId}:`))
        roles.set(name, [...(roles.get(name) ?? []), index])
  const list = [...roles].map(
    ([arn, trusting]): Holder => ({
      arn,
      name: arn.split('/').at(-1)!,
      roles: trusting,
      clusterArn: null,
      has: () => NO,
    }),
  )
  return made(account, list, 'iam::*:saml-provider/*', { known: 'all', gaps: [] })
}

function made(
  { partition, accountId }: EstateAccount,
  list: readonly Holder[],
  pattern: string,
  knowledge: Pick<Holders, 'known' | 'gaps'>,
): Holders {
  const clusterArns = [...new Set(list.flatMap(({ clusterArn }) => clusterArn ?? []))]
  return {
    list,
    pool: poolLike(
      list.map(({ arn }, key) => ({ key, arn })),
      pattern,
    ),
    clusters: poolLike(
      clusterArns.map((arn, key) => ({ key, arn })),
      'ecs:*:*:cluster/*',
    ),
    ...knowledge,
  }

  function poolLike(targets: Pool['targets'], of: string): Pool {
    const [service, , , ...rest] = of.split(':')
    const region = service === 'iam' ? ['', ''] : ['*', 'us-east-1']
    const all = (where: string) => `arn:${partition}:${service}:${where}:${accountId}:${rest.join(':')}`
    const pool = poolOf(targets, all(region[0]!))
    pool.nobody = all(region[1]!).replace(/\*$/, NOBODY)
    return pool
  }
}

const indexes = new WeakMap<EstateAccount, ReadonlyMap<string, number>>()

/** Indexes of an account's roles, by ARN; the same for every kind of thing. */
function indexesOf(account: EstateAccount): ReadonlyMap<string, number> {
  let found = indexes.get(account)
  if (!found) {
    found = new Map(account.roles.map(({ arn, index }) => [arn, index]))
    indexes.set(account, found)
  }
  return found
}

/** A service that is not offered in a region has nothing there: that is no gap. */
function knowledgeOfKind(snapshot: Snapshot, fact: Fact): Pick<Holders, 'known' | 'gaps'> {
  if (!snapshot.workloads) return { known: 'none', gaps: ['what runs with roles was not read'] }
  const coverage = snapshot.coverage.map((line) =>
    line.status === 'unsupported' ? { ...line, status: 'read' as const } : line,
  )
  const { known, gaps } = knowledgeOf(fact, { coverage })
  return { known, gaps }
}
