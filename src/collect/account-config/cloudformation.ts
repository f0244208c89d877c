/**
 * CloudFormation: parameters, outputs and templates of stacks and stack sets. A parameter with `NoEcho` comes as
 * asterisks, and a template is read as it was handed in.
 */
import { type Answer, isAnswer, text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, field, named, type Reader, type Subject } from './reader.ts'

const C = {
  stacks: declare('cloudformation', 'DescribeStacks'),
  template: declare('cloudformation', 'GetTemplate'),
  stackSets: declare('cloudformation', 'ListStackSets'),
  stackSet: declare('cloudformation', 'DescribeStackSet'),
} satisfies Record<string, Call>

export const cloudformation: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const stacks: Subject[] = []
    await reader.list(C.stacks, {}, 'Stacks', (stack) => {
      const id = text(stack.StackId)
      if (!id) return
      stacks.push({ name: id })
      settings(reader, stack, id)
      const { Parameters: _, Outputs: __, ...rest } = stack
      reader.outlet.config(rest, reader.place(id))
    })
    await reader.each(
      C.template,
      stacks,
      'stack',
      ({ name }) => ({ StackName: name, TemplateStage: 'Original' }),
      ({ TemplateBody }, { name }) => template(reader, TemplateBody, name),
    )
    const sets: Subject[] = []
    await reader.list(C.stackSets, { Status: 'ACTIVE' }, 'Summaries', ({ StackSetName }) => named(sets, StackSetName))
    await reader.each(
      C.stackSet,
      sets,
      'stack set',
      ({ name }) => ({ StackSetName: name }),
      (answer, { name }) => {
        const set = field(answer, 'StackSet')
        const path = text(set.StackSetARN) ?? reader.arn('cloudformation', `stackset/${name}`)
        settings(reader, set, path)
        template(reader, set.TemplateBody, path)
      },
    )
  },
}

/** Parameters and outputs, by name. */
function settings(reader: Reader, stack: Answer, path: string): void {
  const variables = (list: unknown, folder: string, kind: 'Parameter' | 'Output') =>
    (Array.isArray(list) ? list.filter(isAnswer) : []).map((entry) => {
      const name = text(entry[`${kind}Key`]) ?? ''
      const value = text(entry[`${kind}Value`]) ?? ''
      return { name, value, place: reader.place(path, folder, name) }
    })
  // In one: an ID may be a parameter, and its secret an output.
  reader.outlet.variables([
    ...variables(stack.Parameters, 'parameters', 'Parameter'),
    ...variables(stack.Outputs, 'outputs', 'Output'),
  ])
}

function template(reader: Reader, body: unknown, path: string): void {
  if (body === undefined || body === null) return
  reader.outlet.text(typeof body === 'string' ? body : JSON.stringify(body, null, 1), reader.place(path, 'template'))
}
