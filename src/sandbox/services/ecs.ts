/** ECS: task definitions, clusters, services and tasks, as far as reading goes. */
import type * as client from '@aws-sdk/client-ecs'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

interface Paged {
  maxResults?: number | undefined
  nextToken?: string | undefined
}

const handlers: Handlers<typeof client> = {
  ListTaskDefinitionFamilies(call, input) {
    const families = new Set(
      definitions(call)
        .filter(({ status }) => (input.status ?? 'ACTIVE') === 'ALL' || status === (input.status ?? 'ACTIVE'))
        .flatMap(({ family = '' }) => (family.startsWith(input.familyPrefix ?? '') ? [family] : [])),
    )
    const { items, ...more } = page([...families].sort(), input, 100)
    return { families: items, ...more }
  },

  ListTaskDefinitions(call, input) {
    const found = definitions(call).filter(
      ({ family, status }) =>
        (!input.familyPrefix || family === input.familyPrefix) && status === (input.status ?? 'ACTIVE'),
    )
    const { items, ...more } = page(found, input, 100)
    return { taskDefinitionArns: items.map(({ taskDefinitionArn }) => taskDefinitionArn!), ...more }
  },

  /** By ARN, `family:revision` or family: then the newest that is active. */
  DescribeTaskDefinition(call, input) {
    const name = (input.taskDefinition ?? '').split('task-definition/').at(-1)!
    const [family, revision] = name.split(':')
    const found = definitions(call)
      .filter((candidate) => candidate.family === family)
      .filter((candidate) => (revision ? String(candidate.revision) === revision : candidate.status === 'ACTIVE'))
      .sort((a, b) => b.revision! - a.revision!)[0]
    if (!found) throw new AwsError('ClientException', 'Unable to describe task definition.')
    return { taskDefinition: found, ...(input.include?.includes('TAGS') && { tags: [] }) }
  },

  ListClusters(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'cluster').values(), input, 100)
    return { clusterArns: items.map(({ clusterArn }) => clusterArn!), ...more }
  },

  DescribeClusters(call, input) {
    const asked = new Set((input.clusters ?? ['default']).map(nameOf))
    const found = [...workloadsOf(callRegion(call), 'cluster').values()].filter((c) => asked.has(c.clusterName!))
    return { clusters: found, failures: [] }
  },

  ListServices(call, input) {
    const clusterArn = clusterOf(call, input.cluster)
    const found = [...workloadsOf(callRegion(call), 'ecsService').values()].filter((s) => s.clusterArn === clusterArn)
    const { items, ...more } = page(found, { maxResults: 10, ...input }, 100)
    return { serviceArns: items.map(({ serviceArn }) => serviceArn!), ...more }
  },

  DescribeServices(call, input) {
    const clusterArn = clusterOf(call, input.cluster)
    if ((input.services ?? []).length > 10) throw invalid('Services cannot have more than 10 elements.')
    const asked = new Set((input.services ?? []).map(nameOf))
    const services = [...workloadsOf(callRegion(call), 'ecsService').values()].filter(
      (service) => service.clusterArn === clusterArn && asked.has(service.serviceName!),
    )
    return { services, failures: [] }
  },

  ListTasks(call, input) {
    const clusterArn = clusterOf(call, input.cluster)
    const wanted = input.desiredStatus ?? 'RUNNING'
    const found = [...workloadsOf(callRegion(call), 'task').values()].filter(
      (task) =>
        task.clusterArn === clusterArn &&
        task.desiredStatus === wanted &&
        (!input.serviceName || task.group === `service:${input.serviceName}`),
    )
    const { items, ...more } = page(found, input, 100)
    return { taskArns: items.map(({ taskArn }) => taskArn!), ...more }
  },

  DescribeTasks(call, input) {
    clusterOf(call, input.cluster)
    if ((input.tasks ?? []).length > 100) throw invalid('Tasks cannot have more than 100 elements.')
    const asked = new Set((input.tasks ?? []).map(nameOf))
    const tasks = [...workloadsOf(callRegion(call), 'task').values()].filter((t) => asked.has(nameOf(t.taskArn!)))
    return { tasks, failures: [] }
  },
}

function definitions(call: Call): client.TaskDefinition[] {
  return [...workloadsOf(callRegion(call), 'taskDefinition').values()]
}

/** The last part of an ARN, or the name itself. */
function nameOf(reference: string): string {
  return reference.split('/').at(-1)!
}

function clusterOf(call: Call, reference = 'default'): string {
  const cluster = workloadsOf(callRegion(call), 'cluster').get(nameOf(reference))
  if (!cluster) throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
  return cluster.clusterArn!
}

function page<Value>(list: Iterable<Value>, { maxResults, nextToken }: Paged, limit: number) {
  const { items, next } = slice(list, maxResults, nextToken, limit, () => invalid('Invalid token'))
  return { items, ...(next !== null && { nextToken: next }) }
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

export const ecs: Service = {
  name: 'ecs',
  actionPrefix: 'ecs',
  model: { protocol: 'awsJson1_1', version: '2014-11-13' },
  targetPrefixes: ['AmazonEC2ContainerServiceV20141113'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-ecs'),
    handlers: handlers as Record<string, Handler>,
  }),
}
