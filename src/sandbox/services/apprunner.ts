/** App Runner: services with their environment and role, as far as reading goes. */
import type * as client from '@aws-sdk/client-apprunner'
import { AwsError } from '../aws-error.ts'
import { callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

const PAGE = 20

const handlers: Handlers<typeof client> = {
  ListServices(call, input) {
    const invalid = () => new AwsError('InvalidRequestException', 'Invalid NextToken')
    const known = workloadsOf(callRegion(call), 'appRunnerService').values()
    const { items, next } = slice(known, input.MaxResults, input.NextToken, PAGE, invalid)
    return {
      ServiceSummaryList: items.map((service) => ({
        ServiceName: service.ServiceName,
        ServiceId: service.ServiceId,
        ServiceArn: service.ServiceArn,
        ServiceUrl: service.ServiceUrl,
        CreatedAt: service.CreatedAt,
        UpdatedAt: service.UpdatedAt,
        Status: service.Status,
      })),
      ...(next !== null && { NextToken: next }),
    }
  },

  DescribeService(call, input) {
    const found = workloadsOf(callRegion(call), 'appRunnerService').get(input.ServiceArn ?? '')
    if (!found) throw new AwsError('ResourceNotFoundException', `Service cannot be found: ${input.ServiceArn}`)
    return { Service: found }
  },
}

export const apprunner: Service = {
  name: 'apprunner',
  actionPrefix: 'apprunner',
  model: { protocol: 'awsJson1_0', version: '2020-05-15' },
  targetPrefixes: ['AppRunner'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-apprunner'),
    handlers: handlers as Record<string, Handler>,
  }),
}
