/** Glue: jobs, connections, development endpoints and interactive sessions, as far as reading goes. */
import type * as client from '@aws-sdk/client-glue'
import { AwsError } from '../aws-error.ts'
import { callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

interface Paged {
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

const handlers: Handlers<typeof client> = {
  GetJobs(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'glueJob').values(), input, 1000)
    return { Jobs: items, ...more }
  },

  GetJob(call, input) {
    const found = workloadsOf(callRegion(call), 'glueJob').get(input.JobName ?? '')
    if (!found) throw new AwsError('EntityNotFoundException', `Job ${input.JobName} not found.`)
    return { Job: found }
  },

  GetConnections(call, input) {
    const found = [...workloadsOf(callRegion(call), 'glueConnection').values()].map((connection) =>
      input.HidePassword ? withoutPassword(connection) : connection,
    )
    const { items, ...more } = page(found, input, 1000)
    return { ConnectionList: items, ...more }
  },

  GetDevEndpoints(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'devEndpoint').values(), input, 1000)
    return { DevEndpoints: items, ...more }
  },

  ListSessions(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'glueSession').values(), input, 1000)
    return { Ids: items.map(({ Id }) => Id!), Sessions: items, ...more }
  },
}

function withoutPassword(connection: client.Connection): client.Connection {
  const { PASSWORD: _, ...properties } = connection.ConnectionProperties ?? {}
  return { ...connection, ConnectionProperties: properties }
}

function page<Value>(list: Iterable<Value>, { MaxResults, NextToken }: Paged, limit: number) {
  const invalid = () => new AwsError('InvalidInputException', 'The continuation token is invalid')
  const { items, next } = slice(list, MaxResults, NextToken, limit, invalid)
  return { items, ...(next !== null && { NextToken: next }) }
}

export const glue: Service = {
  name: 'glue',
  actionPrefix: 'glue',
  model: { protocol: 'awsJson1_1', version: '2017-03-31' },
  targetPrefixes: ['AWSGlue'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-glue'),
    handlers: handlers as Record<string, Handler>,
  }),
}
