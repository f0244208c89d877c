/**
 * What runs with roles, or holds settings that credentials end up in: functions, tasks, builds, jobs, stacks and so on,
 * in AWS's own shapes, as plain data of one region. The service handlers read it, an example fills it.
 */
import { createHash } from 'node:crypto'
import type { App, Branch } from '@aws-sdk/client-amplify'
import type { Service as AppRunnerService } from '@aws-sdk/client-apprunner'
import type { ComputeEnvironmentDetail, JobDefinition } from '@aws-sdk/client-batch'
import type { Stack, StackSet } from '@aws-sdk/client-cloudformation'
import type { Project } from '@aws-sdk/client-codebuild'
import type { LaunchTemplate, LaunchTemplateVersion, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2'
import type { Cluster, Service as EcsService, Task, TaskDefinition } from '@aws-sdk/client-ecs'
import type {
  ApplicationDescription,
  ConfigurationOptionSetting,
  EnvironmentDescription,
} from '@aws-sdk/client-elastic-beanstalk'
import type { Connection, DevEndpoint, Session as GlueSession, Job } from '@aws-sdk/client-glue'
import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import type {
  DescribeDomainResponse,
  DescribeNotebookInstanceLifecycleConfigOutput,
  DescribeNotebookInstanceOutput,
  DescribeStudioLifecycleConfigResponse,
  DescribeUserProfileResponse,
} from '@aws-sdk/client-sagemaker'
import type { DescribeStateMachineOutput } from '@aws-sdk/client-sfn'
import type { DocumentIdentifier, InstanceInformation, ParameterMetadata } from '@aws-sdk/client-ssm'
import {
  type Account,
  newHexId,
  nextInteger,
  type Region,
  randomString,
  randomUuid,
  regionOf,
  secondOf,
  touch,
  type World,
} from './state.ts'
import { zipOf } from './zip.ts'

/** Everything of one region, by the name of its kind and then by what its service tells it apart by. */
export interface WorkloadKinds {
  /** By name. */
  function: LambdaFunction
  /** By name; its versions, oldest first. */
  layer: LambdaLayerVersion[]
  /** By ID. */
  launchTemplate: { template: LaunchTemplate; versions: LaunchTemplateVersion[] }
  /** By name. */
  stack: { stack: Stack; templateBody: string }
  stackSet: StackSet
  project: Project
  /** By name and revision: `web:3`. */
  taskDefinition: TaskDefinition
  /** By name. */
  cluster: Cluster
  /** By ARN. */
  ecsService: EcsService
  task: Task
  /** By name. */
  glueJob: Job
  glueConnection: Connection
  devEndpoint: DevEndpoint
  /** By ID. */
  glueSession: GlueSession
  /** By name. */
  notebook: DescribeNotebookInstanceOutput
  lifecycleConfig: DescribeNotebookInstanceLifecycleConfigOutput
  /** By ID. */
  domain: DescribeDomainResponse
  /** By domain ID and name: `d-1/anna`. */
  userProfile: DescribeUserProfileResponse
  /** By ARN. */
  stateMachine: DescribeStateMachineOutput
  appRunnerService: AppRunnerService
  jobDefinition: JobDefinition
  computeEnvironment: ComputeEnvironmentDetail
  /** By ID. */
  app: { app: App; branches: Map<string, Branch> }
  /** By name. */
  parameter: { metadata: ParameterMetadata; value: string; earlier?: { version: number; value: string }[] }
  document: { identifier: DocumentIdentifier; content: string }
  /** By instance ID. */
  managedInstance: InstanceInformation
  /** By name. */
  studioLifecycleConfig: DescribeStudioLifecycleConfigResponse
  beanstalkApplication: BeanstalkApplication
  repository: Repository
}

export type Workloads = { [Kind in keyof WorkloadKinds]?: Map<string, WorkloadKinds[Kind]> }

/** What there is of a kind; made at the first question, as most regions stay empty. */
export function workloadsOf<Kind extends keyof WorkloadKinds>(
  { workloads }: Pick<Region, 'workloads'>,
  kind: Kind,
): Map<string, WorkloadKinds[Kind]> {
  const known = workloads[kind] as Map<string, WorkloadKinds[Kind]> | undefined
  if (known) return known
  const made = new Map<string, WorkloadKinds[Kind]>()
  ;(workloads as Record<string, unknown>)[kind] = made
  return made
}

function put<Kind extends keyof WorkloadKinds>(
  world: World,
  account: Account,
  regionName: string,
  kind: Kind,
  key: string,
  value: WorkloadKinds[Kind],
): WorkloadKinds[Kind] {
  const map = workloadsOf(regionOf(account, regionName), kind)
  if (map.has(key)) throw new Error(`${kind} \`${key}\` exists already`)
  map.set(key, value)
  touch(world)
  return value
}

/** `arn:aws:lambda:eu-west-1:123456789012:function:report`: what comes after the account is given. */
function arnIn(account: Account, service: string, regionName: string, resource: string): string {
  return `arn:${account.partition}:${service}:${regionName}:${account.accountId}:${resource}`
}

// ---- Lambda

export interface LambdaFunction {
  configuration: FunctionConfiguration
  /** The deployment package, a zip file; null for a function from an image. */
  code: Uint8Array | null
  imageUri: string | null
  tags: Record<string, string>
}

export interface FunctionOptions extends Partial<FunctionConfiguration> {
  /** ARN of the execution role. */
  Role: string
  environment?: Record<string, string>
  /** The files of the package; or the package itself, as bytes. */
  code?: Record<string, string | Uint8Array> | Uint8Array
  imageUri?: string
  tags?: Record<string, string>
}

export function addFunction(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: FunctionOptions,
): LambdaFunction {
  const { environment, code: given, imageUri, tags, ...configuration } = options
  const code = imageUri
    ? null
    : given instanceof Uint8Array
      ? given
      : zipOf(given ?? { 'index.mjs': 'export const handler = async () => ({ statusCode: 204 })\n' })
  return put(world, account, regionName, 'function', name, {
    configuration: {
      FunctionName: name,
      FunctionArn: arnIn(account, 'lambda', regionName, `function:${name}`),
      ...(code ? { Runtime: 'nodejs22.x', Handler: 'index.handler' } : {}),
      CodeSize: code?.length ?? 0,
      Description: '',
      Timeout: 3,
      MemorySize: 128,
      LastModified: secondOf(world).toISOString().replace('Z', '+0000'),
      CodeSha256: createHash('sha256')
        .update(code ?? imageUri ?? '')
        .digest('base64'),
      Version: '$LATEST',
      ...(environment && { Environment: { Variables: environment } }),
      TracingConfig: { Mode: 'PassThrough' },
      RevisionId: randomUuid(world.random),
      State: 'Active',
      LastUpdateStatus: 'Successful',
      PackageType: code ? 'Zip' : 'Image',
      Architectures: ['x86_64'],
      EphemeralStorage: { Size: 512 },
      ...configuration,
    },
    code,
    imageUri: imageUri ?? null,
    tags: tags ?? {},
  })
}

export interface LambdaLayerVersion {
  arn: string
  version: number
  description: string
  createdDate: string
  /** The layer's content, a zip file. */
  code: Uint8Array
  /** Whether its policy lets every account have it. */
  isPublic: boolean
}

/** A layer; each of `versions` is the files of one, oldest first. */
export function addLayer(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  versions: readonly Record<string, string | Uint8Array>[],
  { isPublic = false }: { isPublic?: boolean } = {},
): LambdaLayerVersion[] {
  return put(
    world,
    account,
    regionName,
    'layer',
    name,
    versions.map((files, index) => ({
      arn: arnIn(account, 'lambda', regionName, `layer:${name}:${index + 1}`),
      version: index + 1,
      description: '',
      createdDate: secondOf(world).toISOString().replace('Z', '+0000'),
      code: zipOf(files),
      isPublic,
    })),
  )
}

// ---- EC2

/** A launch template; each of `versions` is the data of one, oldest first. User data is base64, as AWS keeps it. */
export function addLaunchTemplate(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  versions: readonly ResponseLaunchTemplateData[],
  options: { defaultVersion?: number; tags?: Record<string, string> } = {},
): WorkloadKinds['launchTemplate'] {
  const id = newHexId(world, 'lt')
  const createTime = secondOf(world)
  const defaultVersion = options.defaultVersion ?? 1
  const createdBy = `arn:${account.partition}:iam::${account.accountId}:root`
  return put(world, account, regionName, 'launchTemplate', id, {
    template: {
      LaunchTemplateId: id,
      LaunchTemplateName: name,
      CreateTime: createTime,
      CreatedBy: createdBy,
      DefaultVersionNumber: defaultVersion,
      LatestVersionNumber: versions.length,
      Tags: tagList(options.tags),
    },
    versions: versions.map((data, index) => ({
      LaunchTemplateId: id,
      LaunchTemplateName: name,
      VersionNumber: index + 1,
      CreateTime: createTime,
      CreatedBy: createdBy,
      DefaultVersion: index + 1 === defaultVersion,
      LaunchTemplateData: data,
    })),
  })
}

function tagList(tags: Record<string, string> = {}): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

// ---- CloudFormation

export interface StackOptions extends Partial<Stack> {
  parameters?: Record<string, string>
  outputs?: Record<string, string>
  templateBody?: string
}

export function addStack(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  { parameters = {}, outputs = {}, templateBody = '{"Resources":{}}', ...stack }: StackOptions = {},
): WorkloadKinds['stack'] {
  return put(world, account, regionName, 'stack', name, {
    stack: {
      StackId: arnIn(account, 'cloudformation', regionName, `stack/${name}/${randomUuid(world.random)}`),
      StackName: name,
      CreationTime: secondOf(world),
      StackStatus: 'CREATE_COMPLETE',
      DisableRollback: false,
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
      ...stack,
    },
    templateBody,
  })
}

export function addStackSet(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<StackSet> = {},
): StackSet {
  const id = `${name}:${randomUuid(world.random)}`
  return put(world, account, regionName, 'stackSet', name, {
    StackSetName: name,
    StackSetId: id,
    StackSetARN: arnIn(account, 'cloudformation', regionName, `stackset/${id}`),
    Status: 'ACTIVE',
    PermissionModel: 'SELF_MANAGED',
    ExecutionRoleName: 'AWSCloudFormationStackSetExecutionRole',
    TemplateBody: '{"Resources":{}}',
    Parameters: [],
    ...options,
  })
}

// ---- CodeBuild

/** `environment` are plain variables; others come with `options.environment`. */
export function addProject(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<Project> & { variables?: Record<string, string> } = {},
): Project {
  const { variables = {}, ...project } = options
  const created = secondOf(world)
  return put(world, account, regionName, 'project', name, {
    name,
    arn: arnIn(account, 'codebuild', regionName, `project/${name}`),
    source: { type: 'NO_SOURCE', buildspec: 'version: 0.2\nphases:\n  build:\n    commands:\n      - make\n' },
    artifacts: { type: 'NO_ARTIFACTS' },
    environment: {
      type: 'LINUX_CONTAINER',
      image: 'aws/codebuild/standard:7.0',
      computeType: 'BUILD_GENERAL1_SMALL',
      environmentVariables: Object.entries(variables).map(([variable, value]) => ({
        name: variable,
        value,
        type: 'PLAINTEXT',
      })),
    },
    timeoutInMinutes: 60,
    created,
    lastModified: created,
    tags: [],
    ...project,
  })
}

// ---- ECS

/** The next revision of a family. `environment` goes into its one container unless `containerDefinitions` are given. */
export function addTaskDefinition(
  world: World,
  account: Account,
  regionName: string,
  family: string,
  options: Partial<TaskDefinition> & { environment?: Record<string, string> } = {},
): TaskDefinition {
  const { environment = {}, ...definition } = options
  const known = workloadsOf(regionOf(account, regionName), 'taskDefinition')
  const revision = 1 + [...known.values()].filter((other) => other.family === family).length
  return put(world, account, regionName, 'taskDefinition', `${family}:${revision}`, {
    taskDefinitionArn: arnIn(account, 'ecs', regionName, `task-definition/${family}:${revision}`),
    family,
    revision,
    status: 'ACTIVE',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    registeredAt: secondOf(world),
    containerDefinitions: [
      {
        name: family,
        image: `${account.accountId}.dkr.ecr.${regionName}.amazonaws.com/${family}:latest`,
        essential: true,
        environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      },
    ],
    ...definition,
  })
}

export function addCluster(world: World, account: Account, regionName: string, name: string): Cluster {
  return put(world, account, regionName, 'cluster', name, {
    clusterArn: arnIn(account, 'ecs', regionName, `cluster/${name}`),
    clusterName: name,
    status: 'ACTIVE',
  })
}

/** A service of a cluster, with a task of its own running. */
export function addEcsService(
  world: World,
  account: Account,
  regionName: string,
  cluster: Cluster,
  name: string,
  taskDefinition: TaskDefinition,
  options: Partial<EcsService> = {},
): EcsService {
  const serviceArn = arnIn(account, 'ecs', regionName, `service/${cluster.clusterName}/${name}`)
  const service = put(world, account, regionName, 'ecsService', serviceArn, {
    serviceArn,
    serviceName: name,
    clusterArn: cluster.clusterArn,
    status: 'ACTIVE',
    desiredCount: 1,
    runningCount: 1,
    pendingCount: 0,
    launchType: 'FARGATE',
    taskDefinition: taskDefinition.taskDefinitionArn,
    enableExecuteCommand: false,
    createdAt: secondOf(world),
    ...options,
  })
  addTask(world, account, regionName, cluster, taskDefinition, {
    group: `service:${name}`,
    enableExecuteCommand: service.enableExecuteCommand ?? false,
  })
  return service
}

export function addTask(
  world: World,
  account: Account,
  regionName: string,
  cluster: Cluster,
  taskDefinition: TaskDefinition,
  options: Partial<Task> = {},
): Task {
  const id = randomString(world.random, '0123456789abcdef', 32)
  const taskArn = arnIn(account, 'ecs', regionName, `task/${cluster.clusterName}/${id}`)
  return put(world, account, regionName, 'task', taskArn, {
    taskArn,
    clusterArn: cluster.clusterArn,
    taskDefinitionArn: taskDefinition.taskDefinitionArn,
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    launchType: 'FARGATE',
    group: `family:${taskDefinition.family}`,
    enableExecuteCommand: false,
    createdAt: secondOf(world),
    overrides: { containerOverrides: [] },
    ...options,
  })
}

// ---- Glue

export function addGlueJob(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<Job> = {},
): Job {
  const created = secondOf(world)
  return put(world, account, regionName, 'glueJob', name, {
    Name: name,
    CreatedOn: created,
    LastModifiedOn: created,
    Command: { Name: 'glueetl', ScriptLocation: `s3://${account.accountId}-glue/${name}.py`, PythonVersion: '3' },
    DefaultArguments: {},
    GlueVersion: '5.0',
    WorkerType: 'G.1X',
    NumberOfWorkers: 2,
    ...options,
  })
}

export function addGlueConnection(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<Connection> = {},
): Connection {
  return put(world, account, regionName, 'glueConnection', name, {
    Name: name,
    ConnectionType: 'JDBC',
    ConnectionProperties: {},
    CreationTime: secondOf(world),
    ...options,
  })
}

export function addDevEndpoint(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<DevEndpoint> = {},
): DevEndpoint {
  return put(world, account, regionName, 'devEndpoint', name, {
    EndpointName: name,
    Status: 'READY',
    CreatedTimestamp: secondOf(world),
    ...options,
  })
}

export function addGlueSession(
  world: World,
  account: Account,
  regionName: string,
  id: string,
  options: Partial<GlueSession> = {},
): GlueSession {
  return put(world, account, regionName, 'glueSession', id, {
    Id: id,
    Status: 'READY',
    CreatedOn: secondOf(world),
    Command: { Name: 'glueetl', PythonVersion: '3' },
    ...options,
  })
}

// ---- SageMaker

export function addNotebook(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<DescribeNotebookInstanceOutput> = {},
): DescribeNotebookInstanceOutput {
  const created = secondOf(world)
  return put(world, account, regionName, 'notebook', name, {
    NotebookInstanceArn: arnIn(account, 'sagemaker', regionName, `notebook-instance/${name}`),
    NotebookInstanceName: name,
    NotebookInstanceStatus: 'InService',
    InstanceType: 'ml.t3.medium',
    CreationTime: created,
    LastModifiedTime: created,
    DirectInternetAccess: 'Enabled',
    RootAccess: 'Enabled',
    ...options,
  })
}

/** The scripts are text here; AWS keeps them in base64. */
export function addLifecycleConfig(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  scripts: { onCreate?: string; onStart?: string },
): DescribeNotebookInstanceLifecycleConfigOutput {
  const hook = (script: string | undefined) =>
    script === undefined ? [] : [{ Content: Buffer.from(script).toString('base64') }]
  const created = secondOf(world)
  return put(world, account, regionName, 'lifecycleConfig', name, {
    NotebookInstanceLifecycleConfigArn: arnIn(
      account,
      'sagemaker',
      regionName,
      `notebook-instance-lifecycle-config/${name}`,
    ),
    NotebookInstanceLifecycleConfigName: name,
    OnCreate: hook(scripts.onCreate),
    OnStart: hook(scripts.onStart),
    CreationTime: created,
    LastModifiedTime: created,
  })
}

export function addDomain(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<DescribeDomainResponse> = {},
): DescribeDomainResponse {
  const id = `d-${randomString(world.random, 'abcdefghijklmnopqrstuvwxyz0123456789', 12)}`
  return put(world, account, regionName, 'domain', id, {
    DomainArn: arnIn(account, 'sagemaker', regionName, `domain/${id}`),
    DomainId: id,
    DomainName: name,
    Status: 'InService',
    AuthMode: 'IAM',
    CreationTime: secondOf(world),
    ...options,
  })
}

export function addUserProfile(
  world: World,
  account: Account,
  regionName: string,
  domainId: string,
  name: string,
  options: Partial<DescribeUserProfileResponse> = {},
): DescribeUserProfileResponse {
  return put(world, account, regionName, 'userProfile', `${domainId}/${name}`, {
    DomainId: domainId,
    UserProfileArn: arnIn(account, 'sagemaker', regionName, `user-profile/${domainId}/${name}`),
    UserProfileName: name,
    Status: 'InService',
    CreationTime: secondOf(world),
    ...options,
  })
}

// ---- Step Functions

export function addStateMachine(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: { roleArn: string; definition?: object | string; type?: DescribeStateMachineOutput['type'] },
): DescribeStateMachineOutput {
  const stateMachineArn = arnIn(account, 'states', regionName, `stateMachine:${name}`)
  const definition = options.definition ?? { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }
  return put(world, account, regionName, 'stateMachine', stateMachineArn, {
    stateMachineArn,
    name,
    status: 'ACTIVE',
    definition: typeof definition === 'string' ? definition : JSON.stringify(definition),
    roleArn: options.roleArn,
    type: options.type ?? 'STANDARD',
    creationDate: secondOf(world),
  })
}

// ---- App Runner

export function addAppRunnerService(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<AppRunnerService> & { environment?: Record<string, string>; instanceRoleArn?: string } = {},
): AppRunnerService {
  const { environment, instanceRoleArn, ...service } = options
  const id = randomString(world.random, '0123456789abcdef', 32)
  const serviceArn = arnIn(account, 'apprunner', regionName, `service/${name}/${id}`)
  const created = secondOf(world)
  return put(world, account, regionName, 'appRunnerService', serviceArn, {
    ServiceName: name,
    ServiceId: id,
    ServiceArn: serviceArn,
    ServiceUrl: `${id.slice(0, 10)}.${regionName}.awsapprunner.com`,
    CreatedAt: created,
    UpdatedAt: created,
    Status: 'RUNNING',
    SourceConfiguration: {
      ImageRepository: {
        ImageIdentifier: `${account.accountId}.dkr.ecr.${regionName}.amazonaws.com/${name}:latest`,
        ImageRepositoryType: 'ECR',
        ImageConfiguration: { Port: '8080', ...(environment && { RuntimeEnvironmentVariables: environment }) },
      },
      AutoDeploymentsEnabled: false,
    },
    InstanceConfiguration: {
      Cpu: '1024',
      Memory: '2048',
      ...(instanceRoleArn !== undefined && { InstanceRoleArn: instanceRoleArn }),
    },
    AutoScalingConfigurationSummary: {},
    NetworkConfiguration: { EgressConfiguration: { EgressType: 'DEFAULT' } },
    ...service,
  })
}

// ---- Batch

export function addJobDefinition(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<JobDefinition> & { environment?: Record<string, string>; jobRoleArn?: string } = {},
): JobDefinition {
  const { environment = {}, jobRoleArn, ...definition } = options
  const known = workloadsOf(regionOf(account, regionName), 'jobDefinition')
  const revision = 1 + [...known.values()].filter((other) => other.jobDefinitionName === name).length
  const jobDefinitionArn = arnIn(account, 'batch', regionName, `job-definition/${name}:${revision}`)
  return put(world, account, regionName, 'jobDefinition', jobDefinitionArn, {
    jobDefinitionName: name,
    jobDefinitionArn,
    revision,
    status: 'ACTIVE',
    type: 'container',
    containerProperties: {
      image: 'public.ecr.aws/docker/library/busybox:latest',
      command: ['true'],
      environment: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
      ...(jobRoleArn !== undefined && { jobRoleArn }),
    },
    ...definition,
  })
}

export function addComputeEnvironment(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<ComputeEnvironmentDetail> = {},
): ComputeEnvironmentDetail {
  const computeEnvironmentArn = arnIn(account, 'batch', regionName, `compute-environment/${name}`)
  return put(world, account, regionName, 'computeEnvironment', computeEnvironmentArn, {
    computeEnvironmentName: name,
    computeEnvironmentArn,
    type: 'MANAGED',
    state: 'ENABLED',
    status: 'VALID',
    ...options,
  })
}

// ---- Amplify

/** `branches` are environment variables by branch. */
export function addApp(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: Partial<App> & { branches?: Record<string, Record<string, string>> } = {},
): WorkloadKinds['app'] {
  const { branches = {}, ...app } = options
  const appId = `d${randomString(world.random, 'abcdefghijklmnopqrstuvwxyz0123456789', 13)}`
  const appArn = arnIn(account, 'amplify', regionName, `apps/${appId}`)
  const created = secondOf(world)
  return put(world, account, regionName, 'app', appId, {
    app: {
      appId,
      appArn,
      name,
      description: '',
      repository: '',
      platform: 'WEB',
      createTime: created,
      updateTime: created,
      environmentVariables: {},
      defaultDomain: `${appId}.amplifyapp.com`,
      enableBranchAutoBuild: false,
      enableBasicAuth: false,
      ...app,
    },
    branches: new Map(
      Object.entries(branches).map(([branchName, environmentVariables]) => [
        branchName,
        {
          branchArn: `${appArn}/branches/${branchName}`,
          branchName,
          description: '',
          stage: 'PRODUCTION',
          displayName: branchName,
          enableNotification: false,
          createTime: created,
          updateTime: created,
          environmentVariables,
          enableAutoBuild: true,
          customDomains: [],
          framework: '',
          activeJobId: '1',
          totalNumberOfJobs: '1',
          enableBasicAuth: false,
          ttl: '5',
          enablePullRequestPreview: false,
        },
      ]),
    ),
  })
}

// ---- Systems Manager

/** A parameter; a `SecureString` is told in clear only to those who ask for it decrypted. */
export function addParameter(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  value: string,
  options: Partial<ParameterMetadata> = {},
): WorkloadKinds['parameter'] {
  return put(world, account, regionName, 'parameter', name, {
    metadata: {
      Name: name,
      ARN: arnIn(account, 'ssm', regionName, `parameter/${name.replace(/^\//, '')}`),
      Type: 'String',
      LastModifiedDate: secondOf(world),
      Version: 1,
      Tier: 'Standard',
      Policies: [],
      DataType: 'text',
      ...(options.Type === 'SecureString' && { KeyId: 'alias/aws/ssm' }),
      ...options,
    },
    value,
  })
}

export function addDocument(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  content: object | string,
  options: Partial<DocumentIdentifier> = {},
): WorkloadKinds['document'] {
  return put(world, account, regionName, 'document', name, {
    identifier: {
      Name: name,
      CreatedDate: secondOf(world),
      Owner: account.accountId,
      DocumentVersion: '1',
      DocumentType: 'Command',
      SchemaVersion: '2.2',
      DocumentFormat: 'JSON',
      PlatformTypes: ['Linux'],
      Tags: [],
      ...options,
    },
    content: typeof content === 'string' ? content : JSON.stringify(content),
  })
}

/** An instance (`i-…`) or another machine (`mi-…`) that Systems Manager's agent speaks for. */
export function addManagedInstance(
  world: World,
  account: Account,
  regionName: string,
  instanceId: string,
  options: Partial<InstanceInformation> = {},
): InstanceInformation {
  return put(world, account, regionName, 'managedInstance', instanceId, {
    InstanceId: instanceId,
    PingStatus: 'Online',
    LastPingDateTime: secondOf(world),
    AgentVersion: '3.3.1611.0',
    IsLatestVersion: true,
    PlatformType: 'Linux',
    PlatformName: 'Amazon Linux',
    PlatformVersion: '2023',
    ResourceType: instanceId.startsWith('mi-') ? 'ManagedInstance' : 'EC2Instance',
    IPAddress: `10.0.${nextInteger(world.random, 256)}.${1 + nextInteger(world.random, 254)}`,
    ...options,
  })
}

// ---- SageMaker Studio

export function addStudioLifecycleConfig(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  script: string,
): DescribeStudioLifecycleConfigResponse {
  const created = secondOf(world)
  return put(world, account, regionName, 'studioLifecycleConfig', name, {
    StudioLifecycleConfigArn: arnIn(account, 'sagemaker', regionName, `studio-lifecycle-config/${name}`),
    StudioLifecycleConfigName: name,
    StudioLifecycleConfigAppType: 'JupyterLab',
    StudioLifecycleConfigContent: Buffer.from(script).toString('base64'),
    CreationTime: created,
    LastModifiedTime: created,
  })
}

// ---- Elastic Beanstalk

export interface BeanstalkApplication {
  application: ApplicationDescription
  /** By name. */
  environments: Map<string, { environment: EnvironmentDescription; settings: ConfigurationOptionSetting[] }>
  /** Saved configurations, by name. */
  templates: Map<string, ConfigurationOptionSetting[]>
}

/** `environments` and `templates` are environment variables by name. */
export function addBeanstalkApplication(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  options: {
    environments?: Record<string, Record<string, string>>
    templates?: Record<string, Record<string, string>>
  } = {},
): BeanstalkApplication {
  const created = secondOf(world)
  const arn = (kind: string, path: string) => arnIn(account, 'elasticbeanstalk', regionName, `${kind}/${path}`)
  const settings = (variables: Record<string, string>): ConfigurationOptionSetting[] => [
    { Namespace: 'aws:autoscaling:launchconfiguration', OptionName: 'InstanceType', Value: 't3.micro' },
    ...Object.entries(variables).map(([OptionName, Value]) => ({
      Namespace: 'aws:elasticbeanstalk:application:environment',
      OptionName,
      Value,
    })),
  ]
  const { environments = {}, templates = {} } = options
  return put(world, account, regionName, 'beanstalkApplication', name, {
    application: {
      ApplicationArn: arn('application', name),
      ApplicationName: name,
      DateCreated: created,
      DateUpdated: created,
      ConfigurationTemplates: Object.keys(templates),
    },
    environments: new Map(
      Object.entries(environments).map(([environmentName, variables]) => [
        environmentName,
        {
          environment: {
            EnvironmentName: environmentName,
            EnvironmentId: `e-${randomString(world.random, 'abcdefghijklmnopqrstuvwxyz0123456789', 10)}`,
            EnvironmentArn: arn('environment', `${name}/${environmentName}`),
            ApplicationName: name,
            PlatformArn: `arn:${account.partition}:elasticbeanstalk:${regionName}::platform/Node.js 22 running on 64bit Amazon Linux 2023/6.6.0`,
            DateCreated: created,
            DateUpdated: created,
            Status: 'Ready',
            Health: 'Green',
          },
          settings: settings(variables),
        },
      ]),
    ),
    templates: new Map(Object.entries(templates).map(([template, variables]) => [template, settings(variables)])),
  })
}

// ---- CodeCommit

export interface Repository {
  name: string
  id: string
  arn: string
  defaultBranch: string
  createDate: Date
  /** Each branch's files, by path. */
  branches: Map<string, Map<string, Uint8Array>>
}

/** `branches` are files by path, by branch; the first branch is the default. */
export function addRepository(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  branches: Record<string, Record<string, string | Uint8Array>>,
): Repository {
  return put(world, account, regionName, 'repository', name, {
    name,
    id: randomUuid(world.random),
    arn: arnIn(account, 'codecommit', regionName, name),
    defaultBranch: Object.keys(branches)[0] ?? 'main',
    createDate: secondOf(world),
    branches: new Map(
      Object.entries(branches).map(([branch, files]) => [
        branch,
        new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content as Uint8Array)])),
      ]),
    ),
  })
}
