/**
 * ECS: the newest task definition of every family, and what runs: services and tasks with the roles that their
 * containers have. The execution role is not among these: containers do not get its credentials.
 */
import type { Workload } from '../../model/snapshot.ts'
import { type Answer, answer, text } from '../answer.ts'
import { declare } from '../run.ts'
import { batchesOf } from './batches.ts'
import { inside, type RegionToRead, type WorkloadReader, workload } from './reader.ts'

const C = {
  families: declare('ecs', 'ListTaskDefinitionFamilies', { option: 'workloads' }),
  definition: declare('ecs', 'DescribeTaskDefinition', { option: 'workloads' }),
  clusters: declare('ecs', 'ListClusters', { option: 'workloads' }),
  services: declare('ecs', 'ListServices', { option: 'workloads' }),
  tasks: declare('ecs', 'ListTasks', { option: 'workloads' }),
  task: declare('ecs', 'DescribeTasks', { option: 'workloads' }),
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
const TASKS_AT_ONCE = 100
const PAGING = { token: 'nextToken' }
const PAGE = { maxResults: 100 }

export const ecs: WorkloadReader = {
  calls: Object.values(C),
  services: ['ecs-tasks'],
  async read(region) {
    const definitions: Definitions = new Map()
    const [, { services, tasks }] = await Promise.all([newestDefinitions(region, definitions), running(region)])
    const older = new Set(tasks.flatMap(({ definitionArn }) => definitionArn ?? []))
    for (const arn of definitions.keys()) older.delete(arn)
    if (older.size > 0) await describe(region, [...older], definitions)
    const found = distinct(tasks.map((task) => containerTask(region, task, definitions)))
    return [
      ...[...definitions].map(([arn, { name, role }]) => workload(region, 'task-definition', arn, name, [role])),
      ...found,
      ...services.map((service) => containerService(region, service, tasks, definitions)),
    ]
  },
}

type Definitions = Map<string, { name: string; role: string | null }>

async function newestDefinitions(region: RegionToRead, definitions: Definitions): Promise<void> {
  const families = await region.names(C.families, 'families', PAGING, { status: 'ACTIVE', ...PAGE })
  await describe(region, families, definitions)
}

/** By ARN, or by family: then its newest. */
async function describe(region: RegionToRead, wanted: readonly string[], definitions: Definitions): Promise<void> {
  const subjects = wanted.map((name) => ({ name }))
  const input = ({ name }: { name: string }) => ({ taskDefinition: name })
  await region.each(C.definition, subjects, 'task definition', input, (page, { name }) => {
    const { taskDefinitionArn, family, taskRoleArn } = inside(page, 'taskDefinition')
    const arn = text(taskDefinitionArn) ?? name
    definitions.set(arn, { name: text(family) ?? name, role: region.roleArn(taskRoleArn) })
  })
}

interface Task {
  arn: string
  clusterArn: string
  group: string
  definitionArn: string | null
  /** Given when it was started; goes before the definition's. */
  role: string | null
  takesCommands: boolean
}

interface Service {
  arn: string
  name: string
  clusterArn: string
}

async function running(region: RegionToRead): Promise<{ services: Service[]; tasks: Task[] }> {
  const arns = await region.names(C.clusters, 'clusterArns', PAGING, PAGE)
  const clusters = arns.map((arn) => ({ name: lastOf(arn), arn }))
  const services: Service[] = []
  const taskArns: { clusterArn: string; arn: string }[] = []
  const input = ({ arn }: { arn: string }) => ({ cluster: arn, ...PAGE })
  await Promise.all([
    region.eachPaged(C.services, clusters, 'cluster', PAGING, input, (page, { arn: clusterArn }) => {
      for (const arn of texts(page.serviceArns)) services.push({ arn, name: lastOf(arn), clusterArn })
    }),
    region.eachPaged(C.tasks, clusters, 'cluster', PAGING, input, (page, { arn: clusterArn }) => {
      for (const arn of texts(page.taskArns)) taskArns.push({ clusterArn, arn })
    }),
  ])
  const batches = clusters.flatMap(({ arn: clusterArn }) =>
    batchesOf(
      taskArns.filter((task) => task.clusterArn === clusterArn).map(({ arn }) => arn),
      TASKS_AT_ONCE,
    ).map((batch) => ({ ...batch, clusterArn })),
  )
  const tasks: Task[] = []
  await region.each(
    C.task,
    batches,
    'batch of tasks',
    ({ batch, clusterArn }) => ({ cluster: clusterArn, tasks: batch }),
    (page, { clusterArn }) => {
      for (const task of Array.isArray(page.tasks) ? page.tasks : []) {
        const read = taskOf(answer(task), clusterArn, region)
        if (read) tasks.push(read)
      }
    },
  )
  return { services, tasks }
}

function taskOf(task: Answer, clusterArn: string, region: RegionToRead): Task | null {
  const arn = text(task.taskArn)
  if (!arn) return null
  return {
    arn,
    clusterArn,
    group: text(task.group) ?? '',
    definitionArn: text(task.taskDefinitionArn),
    role: region.roleArn(inside(task, 'overrides').taskRoleArn),
    takesCommands: task.enableExecuteCommand === true,
  }
}

function roleOf({ role, definitionArn }: Task, definitions: Definitions): string | null {
  return role ?? definitions.get(definitionArn ?? '')?.role ?? null
}

function containerTask(region: RegionToRead, task: Task, definitions: Definitions): Workload {
  const { arn, group, clusterArn, takesCommands } = task
  return workload(region, 'container-task', arn, group || lastOf(arn), [roleOf(task, definitions)], {
    clusterArn,
    features: takesCommands ? ['execute-command'] : [],
  })
}

/** A thousand tasks of one service are alike but for the numbers that they are called by. */
function distinct(tasks: readonly Workload[]): Workload[] {
  const kept = new Map<string, Workload>()
  for (const task of [...tasks].sort((a, b) => (a.arn < b.arn ? -1 : 1))) {
    const key = JSON.stringify([task.clusterArn, task.name, task.roleArns, task.features])
    if (!kept.has(key)) kept.set(key, task)
  }
  return [...kept.values()]
}

function containerService(
  region: RegionToRead,
  { arn, name, clusterArn }: Service,
  tasks: readonly Task[],
  definitions: Definitions,
): Workload {
  const own = tasks.filter((task) => task.clusterArn === clusterArn && task.group === `service:${name}`)
  return workload(
    region,
    'container-service',
    arn,
    name,
    own.map((task) => roleOf(task, definitions)),
    { clusterArn, features: own.some(({ takesCommands }) => takesCommands) ? ['execute-command'] : [] },
  )
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function lastOf(arn: string): string {
  return arn.split('/').at(-1)!
}
