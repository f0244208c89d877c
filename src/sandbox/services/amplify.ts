/** Amplify: apps and branches with their environment, as far as reading goes. */
import type * as client from '@aws-sdk/client-amplify'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { type WorkloadKinds, workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

interface Paged {
  maxResults?: number | undefined
  nextToken?: string | undefined
}

const PAGE = 50

const handlers: Handlers<typeof client> = {
  ListApps(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'app').values(), input)
    return { apps: items.map(({ app }) => app), ...more }
  },

  GetApp: (call, input) => ({ app: find(call, input.appId).app }),

  ListBranches(call, input) {
    const { items, ...more } = page(find(call, input.appId).branches.values(), input)
    return { branches: items, ...more }
  },
}

function find(call: Call, appId: string | undefined): WorkloadKinds['app'] {
  const found = workloadsOf(callRegion(call), 'app').get(appId ?? '')
  if (!found) throw new AwsError('NotFoundException', `App ${appId} not found.`, 404)
  return found
}

function page<Value>(list: Iterable<Value>, { maxResults, nextToken }: Paged) {
  const invalid = () => new AwsError('BadRequestException', 'Invalid nextToken')
  // 0 means: as many as usual
  const { items, next } = slice(list, maxResults || undefined, nextToken, PAGE, invalid)
  return { items, ...(next !== null && { nextToken: next }) }
}

export const amplify: Service = {
  name: 'amplify',
  actionPrefix: 'amplify',
  model: { protocol: 'restJson1', version: '2017-07-25' },
  targetPrefixes: [],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-amplify'),
    handlers: handlers as Record<string, Handler>,
  }),
}
