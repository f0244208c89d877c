/** Glue: the arguments of jobs, the properties of connections, and development endpoints. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import type { ConfigReader } from './reader.ts'

const C = {
  jobs: declare('glue', 'GetJobs'),
  connections: declare('glue', 'GetConnections'),
  endpoints: declare('glue', 'GetDevEndpoints'),
} satisfies Record<string, Call>

export const glue: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const put = (entry: Record<string, unknown>, kind: string, name: unknown) =>
      reader.outlet.config(entry, reader.place(reader.arn('glue', `${kind}/${text(name) ?? ''}`)))
    await Promise.all([
      reader.list(C.jobs, { MaxResults: 1000 }, 'Jobs', (job) => put(job, 'job', job.Name)),
      // The password of a database is none of our business.
      reader.list(C.connections, { HidePassword: true, MaxResults: 1000 }, 'ConnectionList', (connection) =>
        put(connection, 'connection', connection.Name),
      ),
      reader.list(C.endpoints, { MaxResults: 1000 }, 'DevEndpoints', (endpoint) =>
        put(endpoint, 'devEndpoint', endpoint.EndpointName),
      ),
    ])
  },
}
