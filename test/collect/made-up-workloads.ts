import { type Account, addInstanceProfile, addRole, serviceTrust, type World } from '../../src/sandbox/state.ts'
import * as add from '../../src/sandbox/workloads.ts'

/** One of everything that runs with a role, and the roles. */
export function addWorkloads(world: World, account: Account, region: string): void {
  const role = (service: string) =>
    addRole(world, account, `for-${service}`, { trustPolicy: serviceTrust(`${service}.amazonaws.com`) }).arn
  add.addFunction(world, account, region, 'report', { Role: role('lambda') })
  const profile = addInstanceProfile(world, account, 'web', { role: addRole(world, account, 'web') })
  add.addLaunchTemplate(world, account, region, 'web', [{ IamInstanceProfile: { Arn: profile.arn } }, {}])
  add.addStack(world, account, region, 'network', { RoleARN: role('cloudformation') })
  add.addStack(world, account, region, 'gone', { StackStatus: 'DELETE_COMPLETE' })
  add.addStackSet(world, account, region, 'baseline', { AdministrationRoleARN: role('cloudformation-2') })
  add.addProject(world, account, region, 'release', { serviceRole: role('codebuild') })
  const taskRole = role('ecs-tasks')
  const old = add.addTaskDefinition(world, account, region, 'shop', { taskRoleArn: taskRole })
  add.addTaskDefinition(world, account, region, 'shop')
  const cluster = add.addCluster(world, account, region, 'main')
  add.addEcsService(world, account, region, cluster, 'shop', old, { enableExecuteCommand: true })
  add.addTask(world, account, region, cluster, old, { group: 'service:shop', enableExecuteCommand: true })
  add.addJobDefinition(world, account, region, 'nightly', { jobRoleArn: taskRole })
  add.addJobDefinition(world, account, region, 'nightly', { jobRoleArn: taskRole })
  const glueRole = role('glue')
  add.addGlueJob(world, account, region, 'load', { Role: 'for-glue' })
  add.addDevEndpoint(world, account, region, 'dev', { RoleArn: glueRole })
  add.addGlueSession(world, account, region, 's-1', { Role: glueRole })
  const sagemakerRole = role('sagemaker')
  add.addNotebook(world, account, region, 'research', {
    RoleArn: sagemakerRole,
    NotebookInstanceLifecycleConfigName: 'start',
  })
  const domain = add.addDomain(world, account, region, 'lab', { DefaultUserSettings: { ExecutionRole: sagemakerRole } })
  add.addUserProfile(world, account, region, domain.DomainId!, 'anna')
  add.addStateMachine(world, account, region, 'orders', { roleArn: role('states') })
  add.addAppRunnerService(world, account, region, 'shop', { instanceRoleArn: role('tasks.apprunner') })
  add.addApp(world, account, region, 'site', { iamServiceRoleArn: role('amplify') })
  add.addManagedInstance(world, account, region, 'mi-0123456789abcdef0', { IamRole: 'for-ssm' })
  role('ssm')
}
