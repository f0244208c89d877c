/** What runs in production with roles: the shop's functions and containers, and what the platform team keeps. */
import { type Account, nameKey } from '../state.ts'
import {
  addCluster,
  addEcsService,
  addFunction,
  addLaunchTemplate,
  addManagedInstance,
  addProject,
  addStack,
  addStateMachine,
  addTaskDefinition,
} from '../workloads.ts'
import type { Draft } from './draft.ts'

const REGION = 'eu-west-1'

/** Functions by name: their role, and what their settings say. */
const FUNCTIONS: Record<string, { role: string; environment?: Record<string, string> }> = {
  'storefront-api': { role: 'storefront-lambda', environment: { ORDERS_TABLE: 'orders', STAGE: 'prod' } },
  'storefront-search': { role: 'storefront-lambda', environment: { STAGE: 'prod' } },
  'image-resize': { role: 'image-resize', environment: { BUCKET: 'meridian-customer-pictures' } },
  'mail-sender': { role: 'mail-sender' },
  // whoever may change its code may attach any policy to its role
  'ops-nightly-cleanup': { role: 'ops-automation' },
  'ops-snapshot-cleaner': { role: 'ops-snapshot-cleaner' },
}

/** Instances that Systems Manager does not reach. */
const UNMANAGED = new Set(['legacy-erp', 'picture-server', 'reports', 'load-test-7'])

export function addProductionWorkloads({ world, account, calendar }: Draft): void {
  const role = (name: string) => roleArn(account, name)
  for (const [name, { role: of, environment }] of Object.entries(FUNCTIONS))
    addFunction(world, account, REGION, name, { Role: role(of), ...(environment && { environment }) })
  addLaunchTemplate(world, account, REGION, 'storefront-web', [
    { InstanceType: 'm6g.large', IamInstanceProfile: { Name: 'storefront-web' } },
    { InstanceType: 'm7g.large', IamInstanceProfile: { Name: 'storefront-web' } },
  ])
  const definition = addTaskDefinition(world, account, REGION, 'storefront', {
    taskRoleArn: role('storefront-task'),
    executionRoleArn: role('ecs-task-execution'),
    environment: { STAGE: 'prod' },
  })
  const cluster = addCluster(world, account, REGION, 'shop')
  addEcsService(world, account, REGION, cluster, 'storefront', definition)
  addStateMachine(world, account, REGION, 'refund', { roleArn: role('refund-workflow') })
  addStack(world, account, REGION, 'shop-network', {
    CreationTime: calendar.atWork(690),
    parameters: { Cidr: '10.20.0.0/16' },
  })
  addStack(world, account, REGION, 'shop-platform', {
    CreationTime: calendar.atWork(640),
    RoleARN: role('cloudformation-execution'),
  })
  addProject(world, account, REGION, 'storefront', { serviceRole: role('codebuild-storefront') })
  for (const { regionName, instances } of account.regions.values())
    for (const { instanceId, tags, state } of instances.values())
      if (state === 'running' && !UNMANAGED.has(tags.get('Name') ?? ''))
        addManagedInstance(world, account, regionName, instanceId)
}

function roleArn(account: Account, name: string): string {
  const role = account.roles.get(nameKey(name))
  if (!role) throw new Error(`account ${account.accountId} has no role \`${name}\``)
  return role.arn
}
