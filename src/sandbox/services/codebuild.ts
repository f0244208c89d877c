/** CodeBuild: build projects with their environment, as far as reading goes. */
import type * as client from '@aws-sdk/client-codebuild'
import { AwsError } from '../aws-error.ts'
import { callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

const PAGE = 100

const handlers: Handlers<typeof client> = {
  ListProjects(call, input) {
    const names = [...workloadsOf(callRegion(call), 'project').keys()].sort()
    if (input.sortOrder === 'DESCENDING') names.reverse()
    const { items, next } = slice(names, undefined, input.nextToken, PAGE, () => invalid('Invalid next token'))
    return { projects: items, ...(next !== null && { nextToken: next }) }
  },

  BatchGetProjects(call, input) {
    const names = input.names ?? []
    if (names.length === 0 || names.length > PAGE) throw invalid(`Between 1 and ${PAGE} names can be asked for`)
    const known = workloadsOf(callRegion(call), 'project')
    const wanted = names.map((name) => name.split(':project/').at(-1)!)
    return {
      projects: wanted.flatMap((name) => known.get(name) ?? []),
      projectsNotFound: wanted.filter((name) => !known.has(name)),
    }
  },
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidInputException', message)
}

export const codebuild: Service = {
  name: 'codebuild',
  actionPrefix: 'codebuild',
  model: { protocol: 'awsJson1_1', version: '2016-10-06' },
  targetPrefixes: ['CodeBuild_20161006'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-codebuild'),
    handlers: handlers as Record<string, Handler>,
  }),
}
