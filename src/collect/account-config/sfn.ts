/** Step Functions: the definitions of state machines. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, NEXT_TOKEN_LOWER, named, type Subject } from './reader.ts'

const C = {
  machines: declare('sfn', 'ListStateMachines'),
  machine: declare('sfn', 'DescribeStateMachine'),
} satisfies Record<string, Call>

export const sfn: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const machines: Subject[] = []
    const onMachine = ({ stateMachineArn }: Record<string, unknown>) => named(machines, stateMachineArn)
    await reader.list(C.machines, { maxResults: 1000 }, 'stateMachines', onMachine, NEXT_TOKEN_LOWER)
    await reader.each(
      C.machine,
      machines,
      'state machine',
      ({ name }) => ({ stateMachineArn: name }),
      ({ definition, description }, { name }) => {
        reader.outlet.text(text(definition) ?? '', reader.place(name, 'definition'))
        reader.outlet.text(text(description) ?? '', reader.place(name, 'description'))
      },
    )
  },
}
