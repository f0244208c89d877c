/** Step Functions: state machines with their definitions, as far as reading goes. */
import type * as client from '@aws-sdk/client-sfn'
import { AwsError } from '../aws-error.ts'
import { callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

const handlers: Handlers<typeof client> = {
  ListStateMachines(call, input) {
    const invalid = () => new AwsError('InvalidToken', `Invalid Token: '${input.nextToken}'`)
    // 0 means: as many as usual
    const size = input.maxResults || 100
    const known = workloadsOf(callRegion(call), 'stateMachine').values()
    const { items, next } = slice(known, size, input.nextToken, 1000, invalid)
    return {
      stateMachines: items.map(({ stateMachineArn, name, type, creationDate }) => ({
        stateMachineArn,
        name,
        type,
        creationDate,
      })),
      ...(next !== null && { nextToken: next }),
    }
  },

  DescribeStateMachine(call, input) {
    const found = workloadsOf(callRegion(call), 'stateMachine').get(input.stateMachineArn ?? '')
    if (!found)
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${input.stateMachineArn}'`)
    return found
  },
}

export const sfn: Service = {
  name: 'states',
  actionPrefix: 'states',
  model: { protocol: 'awsJson1_0', version: '2016-11-23' },
  targetPrefixes: ['AWSStepFunctions'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-sfn'),
    handlers: handlers as Record<string, Handler>,
  }),
}
