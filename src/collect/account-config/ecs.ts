/** ECS: the variables, commands and labels of task definitions, the newest revisions of each family. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, field, NEXT_TOKEN_LOWER, named, type Subject } from './reader.ts'

const C = {
  definitions: declare('ecs', 'ListTaskDefinitions'),
  definition: declare('ecs', 'DescribeTaskDefinition'),
} satisfies Record<string, Call>

export const ecs: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const found: Subject[] = []
    const input = { status: 'ACTIVE', sort: 'DESC', maxResults: 100 }
    await reader.list(C.definitions, input, 'taskDefinitionArns', ({ name }) => named(found, name), NEXT_TOKEN_LOWER)
    found.sort((a, b) => revisionOf(b.name) - revisionOf(a.name))
    await reader.each(
      C.definition,
      reader.newest(found, ({ name }) => familyOf(name), 'revision'),
      'task definition',
      ({ name }) => ({ taskDefinition: name }),
      (answer, { name }) => {
        const definition = field(answer, 'taskDefinition')
        reader.outlet.config(definition, reader.place(text(definition.taskDefinitionArn) ?? name))
      },
    )
  },
}

/** `arn:aws:ecs:…:task-definition/web:12` is of the family `web`. */
function familyOf(arn: string): string {
  return arn.replace(/^.*\//, '').replace(/:\d+$/, '')
}

function revisionOf(arn: string): number {
  return Number(/:(\d+)$/.exec(arn)?.[1] ?? 0)
}
