/** Glue: jobs, development endpoints and interactive sessions with their roles. */
import type { WorkloadKind } from '../../model/snapshot.ts'
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type RegionToRead, type WorkloadReader, workload } from './reader.ts'

const C = {
  jobs: declare('glue', 'GetJobs', { option: 'workloads' }),
  endpoints: declare('glue', 'GetDevEndpoints', { option: 'workloads' }),
  sessions: declare('glue', 'ListSessions', { option: 'workloads' }),
}

export const glue: WorkloadReader = {
  calls: Object.values(C),
  services: ['glue'],
  read: async (region) =>
    (
      await Promise.all([
        things(region, C.jobs, 'Jobs', 'glue-job', { name: 'Name', role: 'Role', path: 'job' }),
        things(region, C.endpoints, 'DevEndpoints', 'glue-dev-endpoint', {
          name: 'EndpointName',
          role: 'RoleArn',
          path: 'devEndpoint',
        }),
        things(region, C.sessions, 'Sessions', 'glue-session', { name: 'Id', role: 'Role', path: 'session' }),
      ])
    ).flat(),
}

/** What Glue calls the name and the role, and what its ARN begins with. */
interface Fields {
  name: string
  role: string
  path: string
}

function things(region: RegionToRead, call: Call, list: string, kind: WorkloadKind, fields: Fields) {
  return region.list(
    call,
    list,
    { token: 'NextToken' },
    (thing) => {
      const name = text(thing[fields.name])
      if (!name) return null
      // jobs have no state of their own
      if (kind !== 'glue-job' && !/^(READY|PROVISIONING)$/.test(text(thing.Status) ?? 'READY')) return undefined
      return workload(region, kind, region.arn('glue', `${fields.path}/${name}`), name, [
        region.roleArn(thing[fields.role]),
      ])
    },
    { MaxResults: 1000 },
  )
}
