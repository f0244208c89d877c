/** Step Functions state machines and the roles that they call AWS with. */
import type { Workload } from '../../model/snapshot.ts'
import { text } from '../answer.ts'
import { declare } from '../run.ts'
import { type WorkloadReader, workload } from './reader.ts'

const C = {
  list: declare('sfn', 'ListStateMachines', { option: 'workloads' }),
  // without its definition, which is not looked at
  get: declare('sfn', 'DescribeStateMachine', { option: 'workloads' }),
}

export const stepFunctions: WorkloadReader = {
  calls: Object.values(C),
  services: ['states'],
  async read(region) {
    const machines = await region.list(
      C.list,
      'stateMachines',
      { token: 'nextToken' },
      ({ name, stateMachineArn }) => {
        const arn = text(stateMachineArn)
        return arn === null ? null : { name: text(name) ?? arn, arn }
      },
      { maxResults: 1000 },
    )
    const found: Workload[] = []
    await region.each(
      C.get,
      machines,
      'state machine',
      ({ arn }) => ({ stateMachineArn: arn, includedData: 'METADATA_ONLY' }),
      (page, { arn, name }) => {
        found.push(workload(region, 'state-machine', arn, name, [region.roleArn(page.roleArn)]))
      },
    )
    return found
  },
}
