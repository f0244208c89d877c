/** Amplify apps: the role that builds them, and the one that their servers run with. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type WorkloadReader, workload } from './reader.ts'

const apps: Call = declare('amplify', 'ListApps', { option: 'workloads' })

export const amplify: WorkloadReader = {
  calls: [apps],
  services: ['amplify'],
  read: (region) =>
    region.list(
      apps,
      'apps',
      { token: 'nextToken' },
      ({ appArn, name, iamServiceRoleArn, computeRoleArn }) => {
        const arn = text(appArn)
        if (!arn) return null
        const roles = [region.roleArn(iamServiceRoleArn), region.roleArn(computeRoleArn)]
        return workload(region, 'amplify-app', arn, text(name) ?? arn, roles)
      },
      { maxResults: 50 },
    ),
}
