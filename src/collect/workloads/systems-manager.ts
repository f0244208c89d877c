/** Instances that Systems Manager's agent speaks for: those of EC2, and other machines with a role of their own. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type WorkloadReader, workload } from './reader.ts'

const managed: Call = declare('ssm', 'DescribeInstanceInformation', { option: 'workloads' })

export const systemsManager: WorkloadReader = {
  calls: [managed],
  services: ['ec2', 'ssm'],
  read: (region) =>
    region.list(
      managed,
      'InstanceInformationList',
      { token: 'NextToken' },
      ({ InstanceId, Name, ComputerName, IamRole, PingStatus }) => {
        const id = text(InstanceId)
        if (!id) return null
        const isOther = id.startsWith('mi-')
        const arn = isOther ? region.arn('ssm', `managed-instance/${id}`) : region.arn('ec2', `instance/${id}`)
        const name = text(Name) || text(ComputerName) || id
        return workload(region, 'managed-instance', arn, name, isOther ? [region.roleArn(IamRole)] : [], {
          features: PingStatus === 'Online' ? ['running'] : [],
        })
      },
      { MaxResults: 50 },
    ),
}
