/** Lambda functions and their execution roles. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type WorkloadReader, workload } from './reader.ts'

const functions: Call = declare('lambda', 'ListFunctions', { option: 'workloads' })

export const lambda: WorkloadReader = {
  calls: [functions],
  services: ['lambda'],
  read: (region) =>
    region.list(
      functions,
      'Functions',
      { token: 'NextMarker', input: 'Marker' },
      ({ FunctionArn, FunctionName, Role }) => {
        const arn = text(FunctionArn)
        return arn ? workload(region, 'lambda-function', arn, text(FunctionName) ?? arn, [region.roleArn(Role)]) : null
      },
    ),
}
