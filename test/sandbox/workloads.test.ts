import * as amplify from '@aws-sdk/client-amplify'
import * as apprunner from '@aws-sdk/client-apprunner'
import * as batch from '@aws-sdk/client-batch'
import * as cloudformation from '@aws-sdk/client-cloudformation'
import * as codebuild from '@aws-sdk/client-codebuild'
import * as ec2 from '@aws-sdk/client-ec2'
import * as ecs from '@aws-sdk/client-ecs'
import * as glue from '@aws-sdk/client-glue'
import * as lambda from '@aws-sdk/client-lambda'
import * as sagemaker from '@aws-sdk/client-sagemaker'
import * as sfn from '@aws-sdk/client-sfn'
import * as ssm from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addInstance } from '../../src/sandbox/state.ts'
import * as add from '../../src/sandbox/workloads.ts'
import { zipOf } from '../../src/sandbox/zip.ts'
import { smallWorld, start, thrown } from './start.ts'

const REGION = 'eu-west-1'
const ROLE = 'arn:aws:iam::111122223333:role/worker'

const { world, account } = smallWorld()
let stand: Awaited<ReturnType<typeof start>>
let settings: {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  maxAttempts: number
}

beforeAll(async () => {
  stand = await start({ world })
  const { endpoint, accessKeyId, secretAccessKey } = stand.sandbox
  settings = { endpoint, region: REGION, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 }
})
afterAll(() => stand.sandbox.close())

/** All pages of a paginator in one list. */
async function all<Page, Item>(pages: AsyncIterable<Page>, items: (page: Page) => Item[] | undefined): Promise<Item[]> {
  const found: Item[] = []
  for await (const page of pages) found.push(...(items(page) ?? []))
  return found
}

describe('Lambda', () => {
  it('functions come in pages of fifty, whatever is asked for', async () => {
    for (let i = 0; i < 120; i++) add.addFunction(world, account, 'us-east-2', `f-${i}`, { Role: ROLE })
    const client = new lambda.LambdaClient({ ...settings, region: 'us-east-2' })
    const first = await client.send(new lambda.ListFunctionsCommand({ MaxItems: 10_000 }))
    expect(first.Functions).toHaveLength(50)
    const found = await all(lambda.paginateListFunctions({ client }, {}), (page) => page.Functions)
    expect(new Set(found.map(({ FunctionName }) => FunctionName)).size).toBe(120)
  })

  it('a function tells its role and environment, and its code by an address of its own', async () => {
    const code = { 'index.mjs': 'export const handler = () => 1\n', 'lib/settings.json': '{"a":1}' }
    add.addFunction(world, account, REGION, 'report', { Role: ROLE, environment: { TABLE: 'orders' }, code })
    const client = new lambda.LambdaClient(settings)
    const found = await client.send(new lambda.GetFunctionCommand({ FunctionName: 'report' }))
    expect(found.Configuration).toMatchObject({ Role: ROLE, Environment: { Variables: { TABLE: 'orders' } } })
    const address = found.Code!.Location!
    const fetched = await fetch(address)
    expect(Buffer.from(await fetched.arrayBuffer())).toEqual(zipOf(code))
    expect((await fetch(address.replace(/Signature=.{4}/, 'Signature=0000'))).status).toBe(403)
    expect((await fetch(`${stand.sandbox.endpoint}/snapshots/111122223333/report`)).status).toBe(403)
    const arn = `${found.Configuration!.FunctionArn}:$LATEST`
    const configuration = await client.send(new lambda.GetFunctionConfigurationCommand({ FunctionName: arn }))
    expect(configuration.FunctionName).toBe('report')
  })

  it('a layer has its versions, newest first, each with its package', async () => {
    add.addLayer(world, account, REGION, 'shared', [{ 'a.txt': 'old' }, { 'a.txt': 'new' }])
    const client = new lambda.LambdaClient(settings)
    const { Layers } = await client.send(new lambda.ListLayersCommand({}))
    expect(Layers).toMatchObject([{ LayerName: 'shared', LatestMatchingVersion: { Version: 2 } }])
    const { LayerVersions } = await client.send(
      new lambda.ListLayerVersionsCommand({ LayerName: Layers![0]!.LayerArn }),
    )
    expect(LayerVersions!.map(({ Version }) => Version)).toEqual([2, 1])
    const found = await client.send(new lambda.GetLayerVersionCommand({ LayerName: 'shared', VersionNumber: 1 }))
    expect(found).toMatchObject({ LayerArn: Layers![0]!.LayerArn, Version: 1 })
    const bytes = Buffer.from(await (await fetch(found.Content!.Location!)).arrayBuffer())
    expect([bytes.length, bytes.includes('old')]).toEqual([found.Content!.CodeSize, true])
    const missing = await thrown(
      client.send(new lambda.GetLayerVersionCommand({ LayerName: 'shared', VersionNumber: 3 })),
    )
    expect(missing).toBeInstanceOf(lambda.ResourceNotFoundException)
  })

  it('a function from an image has no package; one that is not there is not found', async () => {
    add.addFunction(world, account, REGION, 'from-image', { Role: ROLE, imageUri: 'example.com/image:1' })
    const client = new lambda.LambdaClient(settings)
    const found = await client.send(new lambda.GetFunctionCommand({ FunctionName: 'from-image' }))
    expect(found.Code).toMatchObject({ RepositoryType: 'ECR', ImageUri: 'example.com/image:1' })
    const missing = await thrown(client.send(new lambda.GetFunctionCommand({ FunctionName: 'nothing' })))
    expect(missing).toBeInstanceOf(lambda.ResourceNotFoundException)
  })
})

describe('EC2', () => {
  it('all versions of a launch template, and the newest of all', async () => {
    const userData = Buffer.from('#!/bin/sh\n').toString('base64')
    const web = add.addLaunchTemplate(world, account, REGION, 'web', [
      { IamInstanceProfile: { Name: 'web' }, UserData: userData },
      { IamInstanceProfile: { Name: 'web-2' } },
    ])
    add.addLaunchTemplate(world, account, REGION, 'worker', [{}])
    const client = new ec2.EC2Client(settings)
    const templates = await client.send(new ec2.DescribeLaunchTemplatesCommand({}))
    expect(templates.LaunchTemplates!.map(({ LaunchTemplateName }) => LaunchTemplateName)).toEqual(['web', 'worker'])
    const versions = await client.send(
      new ec2.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: web.template.LaunchTemplateId! }),
    )
    expect(versions.LaunchTemplateVersions).toMatchObject([
      { VersionNumber: 1, DefaultVersion: true, LaunchTemplateData: { UserData: userData } },
      { VersionNumber: 2, DefaultVersion: false, LaunchTemplateData: { IamInstanceProfile: { Name: 'web-2' } } },
    ])
    const newest = await client.send(new ec2.DescribeLaunchTemplateVersionsCommand({ Versions: ['$Latest'] }))
    expect(newest.LaunchTemplateVersions!.map(({ VersionNumber }) => VersionNumber)).toEqual([2, 1])
    const every = await thrown(client.send(new ec2.DescribeLaunchTemplateVersionsCommand({})))
    expect(every.name).toBe('MissingParameter')
  })

  it('user data comes in base64, once', async () => {
    const { instanceId } = addInstance(world, account, REGION, { userData: '#!/bin/sh\n', tags: { Name: 'web' } })
    const client = new ec2.EC2Client(settings)
    const asked = new ec2.DescribeInstanceAttributeCommand({ InstanceId: instanceId, Attribute: 'userData' })
    const { UserData } = await client.send(asked)
    expect(Buffer.from(UserData!.Value!, 'base64').toString()).toBe('#!/bin/sh\n')
    const filter = { Name: 'resource-id', Values: [instanceId] }
    const { Tags } = await client.send(new ec2.DescribeTagsCommand({ Filters: [filter] }))
    expect(Tags).toEqual([{ ResourceId: instanceId, ResourceType: 'instance', Key: 'Name', Value: 'web' }])
  })
})

describe('containers', () => {
  it('a family gives its newest task definition, a service and a task the one that they run', async () => {
    const client = new ecs.ECSClient(settings)
    const first = add.addTaskDefinition(world, account, REGION, 'web', { taskRoleArn: ROLE, environment: { A: '1' } })
    add.addTaskDefinition(world, account, REGION, 'web', { executionRoleArn: ROLE })
    const cluster = add.addCluster(world, account, REGION, 'shop')
    add.addEcsService(world, account, REGION, cluster, 'web', first, { enableExecuteCommand: true })
    const { families } = await client.send(new ecs.ListTaskDefinitionFamiliesCommand({ status: 'ACTIVE' }))
    expect(families).toEqual(['web'])
    const newest = await client.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: 'web' }))
    expect(newest.taskDefinition).toMatchObject({ revision: 2, executionRoleArn: ROLE })
    const older = await client.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: 'web:1' }))
    expect(older.taskDefinition!.containerDefinitions![0]!.environment).toEqual([{ name: 'A', value: '1' }])
    const { clusterArns } = await client.send(new ecs.ListClustersCommand({}))
    const { serviceArns } = await client.send(new ecs.ListServicesCommand({ cluster: clusterArns![0]! }))
    const described = new ecs.DescribeServicesCommand({ cluster: 'shop', services: serviceArns! })
    expect((await client.send(described)).services).toMatchObject([{ taskDefinition: first.taskDefinitionArn }])
    const { taskArns } = await client.send(new ecs.ListTasksCommand({ cluster: 'shop' }))
    const { tasks } = await client.send(new ecs.DescribeTasksCommand({ cluster: 'shop', tasks: taskArns! }))
    expect(tasks).toMatchObject([{ enableExecuteCommand: true, group: 'service:web' }])
    const missing = await thrown(client.send(new ecs.ListTasksCommand({ cluster: 'nothing' })))
    expect(missing).toBeInstanceOf(ecs.ClusterNotFoundException)
  })

  it('an App Runner service tells its role and environment', async () => {
    const client = new apprunner.AppRunnerClient(settings)
    add.addAppRunnerService(world, account, REGION, 'shop', { instanceRoleArn: ROLE, environment: { A: '1' } })
    const { ServiceSummaryList } = await client.send(new apprunner.ListServicesCommand({}))
    const { ServiceArn } = ServiceSummaryList![0]!
    const { Service } = await client.send(new apprunner.DescribeServiceCommand({ ServiceArn }))
    expect(Service!.InstanceConfiguration!.InstanceRoleArn).toBe(ROLE)
    expect(Service!.SourceConfiguration!.ImageRepository!.ImageConfiguration!.RuntimeEnvironmentVariables).toEqual({
      A: '1',
    })
  })

  it('a batch job definition tells its role and environment, and active ones can be asked for', async () => {
    const client = new batch.BatchClient(settings)
    add.addJobDefinition(world, account, REGION, 'nightly', { jobRoleArn: ROLE, environment: { A: '1' } })
    add.addJobDefinition(world, account, REGION, 'nightly', { status: 'INACTIVE' })
    add.addComputeEnvironment(world, account, REGION, 'spot', { serviceRole: ROLE })
    const active = await client.send(new batch.DescribeJobDefinitionsCommand({ status: 'ACTIVE' }))
    expect(active.jobDefinitions).toMatchObject([{ revision: 1, containerProperties: { jobRoleArn: ROLE } }])
    const { computeEnvironments } = await client.send(new batch.DescribeComputeEnvironmentsCommand({}))
    expect(computeEnvironments).toMatchObject([{ computeEnvironmentName: 'spot', serviceRole: ROLE }])
  })
})

describe('CloudFormation', () => {
  it('stacks tell parameters, outputs, role and template; deleted ones only by ID', async () => {
    const client = new cloudformation.CloudFormationClient(settings)
    add.addStack(world, account, REGION, 'network', {
      RoleARN: ROLE,
      parameters: { Size: '3' },
      outputs: { Vpc: 'vpc-1' },
      templateBody: '{"Resources":{"A":{}}}',
    })
    const gone = add.addStack(world, account, REGION, 'gone', { StackStatus: 'DELETE_COMPLETE' })
    const { Stacks } = await client.send(new cloudformation.DescribeStacksCommand({}))
    expect(Stacks).toMatchObject([
      {
        StackName: 'network',
        RoleARN: ROLE,
        Parameters: [{ ParameterKey: 'Size', ParameterValue: '3' }],
        Outputs: [{ OutputKey: 'Vpc', OutputValue: 'vpc-1' }],
      },
    ])
    const byId = await client.send(new cloudformation.DescribeStacksCommand({ StackName: gone.stack.StackId! }))
    expect(byId.Stacks).toHaveLength(1)
    const { TemplateBody } = await client.send(new cloudformation.GetTemplateCommand({ StackName: 'network' }))
    expect(TemplateBody).toBe('{"Resources":{"A":{}}}')
    const missing = await thrown(client.send(new cloudformation.DescribeStacksCommand({ StackName: 'nothing' })))
    expect(missing.message).toBe('Stack with id nothing does not exist')
  })

  it('stack sets tell their administration role', async () => {
    const client = new cloudformation.CloudFormationClient(settings)
    add.addStackSet(world, account, REGION, 'baseline', { AdministrationRoleARN: ROLE })
    const { Summaries } = await client.send(new cloudformation.ListStackSetsCommand({ Status: 'ACTIVE' }))
    const { StackSetName } = Summaries![0]!
    const { StackSet } = await client.send(new cloudformation.DescribeStackSetCommand({ StackSetName }))
    expect(StackSet!.AdministrationRoleARN).toBe(ROLE)
  })
})

describe('builds and jobs', () => {
  it('a build project tells its role and environment', async () => {
    const client = new codebuild.CodeBuildClient(settings)
    add.addProject(world, account, REGION, 'release', { serviceRole: ROLE, variables: { A: '1' } })
    const { projects: names } = await client.send(new codebuild.ListProjectsCommand({}))
    const found = await client.send(new codebuild.BatchGetProjectsCommand({ names: [...names!, 'nothing'] }))
    expect(found.projects).toMatchObject([
      { name: 'release', serviceRole: ROLE, environment: { environmentVariables: [{ name: 'A', value: '1' }] } },
    ])
    expect(found.projectsNotFound).toEqual(['nothing'])
  })

  it('Glue tells jobs with arguments, connections without passwords when asked so, endpoints and sessions', async () => {
    const client = new glue.GlueClient(settings)
    add.addGlueJob(world, account, REGION, 'load', { Role: ROLE, DefaultArguments: { '--table': 'orders' } })
    add.addGlueConnection(world, account, REGION, 'db', {
      ConnectionProperties: { USERNAME: 'a', PASSWORD: 'made-up' },
    })
    add.addDevEndpoint(world, account, REGION, 'dev', { RoleArn: ROLE })
    add.addGlueSession(world, account, REGION, 's-1', { Role: ROLE })
    const { Jobs } = await client.send(new glue.GetJobsCommand({}))
    expect(Jobs).toMatchObject([{ Name: 'load', Role: ROLE, DefaultArguments: { '--table': 'orders' } }])
    const hidden = await client.send(new glue.GetConnectionsCommand({ HidePassword: true }))
    expect(hidden.ConnectionList![0]!.ConnectionProperties).toEqual({ USERNAME: 'a' })
    expect((await client.send(new glue.GetDevEndpointsCommand({}))).DevEndpoints).toMatchObject([{ RoleArn: ROLE }])
    expect((await client.send(new glue.ListSessionsCommand({}))).Sessions).toMatchObject([{ Id: 's-1', Role: ROLE }])
  })

  it('a state machine tells its role and definition', async () => {
    const client = new sfn.SFNClient(settings)
    add.addStateMachine(world, account, REGION, 'orders', { roleArn: ROLE })
    const { stateMachines } = await client.send(new sfn.ListStateMachinesCommand({}))
    const { stateMachineArn } = stateMachines![0]!
    const found = await client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }))
    expect(found.roleArn).toBe(ROLE)
    expect(JSON.parse(found.definition!)).toHaveProperty('StartAt')
    const other = new sfn.DescribeStateMachineCommand({ stateMachineArn: `${stateMachineArn}-2` })
    expect((await thrown(client.send(other))).name).toBe('StateMachineDoesNotExist')
  })

  it('SageMaker tells notebooks, their start scripts, domains and user profiles', async () => {
    const client = new sagemaker.SageMakerClient(settings)
    add.addNotebook(world, account, REGION, 'research', { RoleArn: ROLE })
    add.addLifecycleConfig(world, account, REGION, 'start', { onStart: 'echo hello\n' })
    const { DomainId } = add.addDomain(world, account, REGION, 'lab', { DefaultUserSettings: { ExecutionRole: ROLE } })
    add.addUserProfile(world, account, REGION, DomainId!, 'anna', { UserSettings: { ExecutionRole: ROLE } })
    const { NotebookInstances } = await client.send(new sagemaker.ListNotebookInstancesCommand({}))
    const [{ NotebookInstanceName } = {}] = NotebookInstances!
    const asked = new sagemaker.DescribeNotebookInstanceCommand({ NotebookInstanceName })
    expect((await client.send(asked)).RoleArn).toBe(ROLE)
    const { OnStart } = await client.send(
      new sagemaker.DescribeNotebookInstanceLifecycleConfigCommand({ NotebookInstanceLifecycleConfigName: 'start' }),
    )
    expect(Buffer.from(OnStart![0]!.Content!, 'base64').toString()).toBe('echo hello\n')
    const domain = await client.send(new sagemaker.DescribeDomainCommand({ DomainId }))
    expect(domain.DefaultUserSettings!.ExecutionRole).toBe(ROLE)
    const { UserProfiles } = await client.send(new sagemaker.ListUserProfilesCommand({ DomainIdEquals: DomainId }))
    expect(UserProfiles).toMatchObject([{ DomainId, UserProfileName: 'anna' }])
  })

  it('an Amplify app and its branches tell their environment', async () => {
    const client = new amplify.AmplifyClient(settings)
    add.addApp(world, account, REGION, 'site', {
      iamServiceRoleArn: ROLE,
      environmentVariables: { A: '1' },
      branches: { main: { B: '2' } },
    })
    const { apps } = await client.send(new amplify.ListAppsCommand({}))
    expect(apps).toMatchObject([{ iamServiceRoleArn: ROLE, environmentVariables: { A: '1' } }])
    const { branches } = await client.send(new amplify.ListBranchesCommand({ appId: apps![0]!.appId }))
    expect(branches).toMatchObject([{ branchName: 'main', environmentVariables: { B: '2' } }])
  })
})

describe('Systems Manager', () => {
  it('parameters come by path, ten at a time; what is encrypted only to who asks for it', async () => {
    const client = new ssm.SSMClient(settings)
    for (let i = 0; i < 12; i++) add.addParameter(world, account, REGION, `/shop/${i}`, `value ${i}`)
    add.addParameter(world, account, REGION, '/shop/deep/er', 'made-up', { Type: 'SecureString' })
    add.addParameter(world, account, REGION, 'plain', 'at the root')
    const byPath = (input: ssm.GetParametersByPathCommandInput) =>
      all(ssm.paginateGetParametersByPath({ client }, input), (page) => page.Parameters)
    expect(await byPath({ Path: '/shop' })).toHaveLength(12)
    expect(await byPath({ Path: '/' })).toMatchObject([{ Name: 'plain' }])
    const everything = await byPath({ Path: '/', Recursive: true })
    expect(everything).toHaveLength(14)
    const secret = ({ Name }: ssm.Parameter) => Name === '/shop/deep/er'
    expect(everything.find(secret)!.Value).not.toContain('made-up')
    expect((await byPath({ Path: '/', Recursive: true, WithDecryption: true })).find(secret)!.Value).toBe('made-up')
    const described = await all(ssm.paginateDescribeParameters({ client }, {}), (page) => page.Parameters)
    expect(described).toHaveLength(14)
  })

  it('documents tell their content, and managed instances who speaks for them', async () => {
    const client = new ssm.SSMClient(settings)
    add.addDocument(world, account, REGION, 'patch', { schemaVersion: '2.2' })
    add.addManagedInstance(world, account, REGION, 'mi-0123456789abcdef0', { IamRole: 'hybrid' })
    const { DocumentIdentifiers } = await client.send(
      new ssm.ListDocumentsCommand({ Filters: [{ Key: 'Owner', Values: ['Self'] }] }),
    )
    expect(DocumentIdentifiers).toMatchObject([{ Name: 'patch' }])
    const { Content } = await client.send(new ssm.GetDocumentCommand({ Name: 'patch' }))
    expect(Content).toBe('{"schemaVersion":"2.2"}')
    const { InstanceInformationList } = await client.send(new ssm.DescribeInstanceInformationCommand({}))
    expect(InstanceInformationList).toMatchObject([{ InstanceId: 'mi-0123456789abcdef0', IamRole: 'hybrid' }])
  })
})
