/** CloudFormation stacks and stack sets, and the roles that they act with. */
import type { Workload } from '../../model/snapshot.ts'
import { text } from '../answer.ts'
import { declare } from '../run.ts'
import { inside, type RegionToRead, type WorkloadReader, withName, workload } from './reader.ts'

const C = {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html: of all stacks it needs both
  stacks: declare('cloudformation', 'DescribeStacks', {
    option: 'workloads',
    actions: ['cloudformation:DescribeStacks', 'cloudformation:ListStacks'],
  }),
  stackSets: declare('cloudformation', 'ListStackSets', { option: 'workloads' }),
  stackSet: declare('cloudformation', 'DescribeStackSet', { option: 'workloads' }),
}

export const cloudformation: WorkloadReader = {
  calls: Object.values(C),
  services: ['cloudformation'],
  read: async (region) => (await Promise.all([stacks(region), stackSets(region)])).flat(),
}

function stacks(region: RegionToRead): Promise<Workload[]> {
  return region.list(C.stacks, 'Stacks', { token: 'NextToken' }, ({ StackId, StackName, StackStatus, RoleARN }) => {
    const arn = text(StackId)
    if (text(StackStatus)?.startsWith('DELETE_') && StackStatus !== 'DELETE_FAILED') return undefined
    return arn ? workload(region, 'stack', arn, text(StackName) ?? arn, [region.roleArn(RoleARN)]) : null
  })
}

async function stackSets(region: RegionToRead): Promise<Workload[]> {
  const input = { Status: 'ACTIVE', MaxResults: 100 }
  const names = await region.list(C.stackSets, 'Summaries', { token: 'NextToken' }, withName('StackSetName'), input)
  const found: Workload[] = []
  await region.each(
    C.stackSet,
    names,
    'stack set',
    ({ name }) => ({ StackSetName: name }),
    (page, { name }) => {
      const { StackSetARN, AdministrationRoleARN } = inside(page, 'StackSet')
      const arn = text(StackSetARN) ?? region.arn('cloudformation', `stackset/${name}:*`)
      found.push(workload(region, 'stack-set', arn, name, [region.roleArn(AdministrationRoleARN)]))
    },
  )
  return found
}
