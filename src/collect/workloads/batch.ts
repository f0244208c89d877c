/** AWS Batch: job definitions with the roles that their containers have. */
import type { Workload } from '../../model/snapshot.ts'
import { type Answer, answer, text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { inside, type WorkloadReader, workload } from './reader.ts'

const definitions: Call = declare('batch', 'DescribeJobDefinitions', { option: 'workloads' })

export const batch: WorkloadReader = {
  calls: [definitions],
  services: ['ecs-tasks'],
  async read(region) {
    const found = await region.list(
      definitions,
      'jobDefinitions',
      { token: 'nextToken' },
      (definition) => {
        const arn = text(definition.jobDefinitionArn)
        if (!arn) return null
        const roles = rolesOf(definition).map((role) => region.roleArn(role))
        return workload(region, 'batch-job-definition', arn, text(definition.jobDefinitionName) ?? arn, roles)
      },
      { status: 'ACTIVE', maxResults: 100 },
    )
    return newestOfAlike(found)
  },
}

/** Of a container, of the nodes of a parallel job, of the containers of a task. */
function rolesOf(definition: Answer): unknown[] {
  const nodes = list(inside(definition, 'nodeProperties').nodeRangeProperties)
  const tasks = [definition, ...nodes].flatMap((part) => list(inside(part, 'ecsProperties').taskProperties))
  return [
    inside(definition, 'containerProperties').jobRoleArn,
    ...nodes.map((node) => inside(node, 'container').jobRoleArn),
    ...tasks.map(({ taskRoleArn }) => taskRoleArn),
  ]
}

function list(value: unknown): Answer[] {
  return Array.isArray(value) ? value.map(answer) : []
}

/** Revisions stay active for ever: of those with the same roles the newest will do. */
function newestOfAlike(definitions: readonly Workload[]): Workload[] {
  const kept = new Map<string, Workload>()
  for (const definition of definitions) {
    const key = JSON.stringify([definition.name, definition.roleArns])
    const other = kept.get(key)
    if (!other || revisionOf(other) < revisionOf(definition)) kept.set(key, definition)
  }
  return [...kept.values()]
}

function revisionOf({ arn }: Workload): number {
  return Number(/:(\d{1,9})$/.exec(arn)?.[1] ?? 0)
}
