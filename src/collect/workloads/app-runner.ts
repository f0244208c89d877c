/** App Runner services and the roles of their instances. */
import type { Workload } from '../../model/snapshot.ts'
import { text } from '../answer.ts'
import { declare } from '../run.ts'
import { inside, type WorkloadReader, workload } from './reader.ts'

const C = {
  list: declare('apprunner', 'ListServices', { option: 'workloads' }),
  get: declare('apprunner', 'DescribeService', { option: 'workloads' }),
}

export const appRunner: WorkloadReader = {
  calls: Object.values(C),
  services: ['tasks.apprunner'],
  async read(region) {
    const services = await region.list(
      C.list,
      'ServiceSummaryList',
      { token: 'NextToken' },
      ({ ServiceArn, ServiceName, Status }) => {
        const arn = text(ServiceArn)
        if (Status === 'DELETED') return undefined
        return arn === null ? null : { name: text(ServiceName) ?? arn, arn }
      },
    )
    const found: Workload[] = []
    await region.each(
      C.get,
      services,
      'service',
      ({ arn }) => ({ ServiceArn: arn }),
      (page, { arn, name }) => {
        const { InstanceRoleArn } = inside(page, 'Service', 'InstanceConfiguration')
        found.push(workload(region, 'app-runner-service', arn, name, [region.roleArn(InstanceRoleArn)]))
      },
    )
    return found
  },
}
