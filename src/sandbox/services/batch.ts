/** Batch: job definitions and compute environments, as far as reading goes. */
import type * as client from '@aws-sdk/client-batch'
import { AwsError } from '../aws-error.ts'
import { callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

interface Paged {
  maxResults?: number | undefined
  nextToken?: string | undefined
}

const handlers: Handlers<typeof client> = {
  DescribeJobDefinitions(call, input) {
    const asked = input.jobDefinitions ?? []
    const found = [...workloadsOf(callRegion(call), 'jobDefinition').values()].filter(
      (definition) =>
        (!input.status || definition.status === input.status) &&
        (!input.jobDefinitionName || definition.jobDefinitionName === input.jobDefinitionName) &&
        (asked.length === 0 ||
          asked.includes(definition.jobDefinitionArn!) ||
          asked.includes(`${definition.jobDefinitionName}:${definition.revision}`)),
    )
    const { items, ...more } = page(found, input)
    return { jobDefinitions: items, ...more }
  },

  DescribeComputeEnvironments(call, input) {
    const asked = input.computeEnvironments ?? []
    const found = [...workloadsOf(callRegion(call), 'computeEnvironment').values()].filter(
      ({ computeEnvironmentArn, computeEnvironmentName }) =>
        asked.length === 0 || asked.includes(computeEnvironmentArn!) || asked.includes(computeEnvironmentName!),
    )
    const { items, ...more } = page(found, input)
    return { computeEnvironments: items, ...more }
  },
}

function page<Value>(list: Iterable<Value>, { maxResults, nextToken }: Paged) {
  const invalid = () => new AwsError('ClientException', 'Invalid nextToken')
  const { items, next } = slice(list, maxResults, nextToken, 100, invalid)
  return { items, ...(next !== null && { nextToken: next }) }
}

export const batch: Service = {
  name: 'batch',
  actionPrefix: 'batch',
  model: { protocol: 'restJson1', version: '2016-08-10' },
  targetPrefixes: [],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-batch'),
    handlers: handlers as Record<string, Handler>,
  }),
}
