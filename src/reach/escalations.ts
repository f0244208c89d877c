/**
 * The ways from what a principal may do to what another may do. Data: `graph.ts` knows how each kind is tried.
 *
 * Ids such as `lambda-001` are those of pathfinding.cloud, so that findings can be looked up there; names without a
 * number are ours. Actions that only help to look around are not needed, and not here. Services that take a role only to
 * move data (DataSync, Database Migration Service, Transfer Family) or to call one fixed operation are no way to
 * become the role, and not here either.
 */
import type { HolderKind, Need } from './holders.ts'

/** Where the actions of a way must be allowed, when not on whatever resource: on a thing that is there. */
export interface OnSomething {
  /** The kind of thing; null: one that is not collected, so that whether there is one is not known. */
  holder: HolderKind | null
  /** `a Lambda function` */
  what: string
  /** Those of the actions that are on something else than the thing. */
  elsewhere?: readonly string[]
  /** Those of the actions that are on the thing's cluster, too. */
  onCluster?: readonly string[]
  /** What the thing must have for it. */
  needs?: readonly Need[]
  /** A policy of the thing's own may let other accounts do it. */
  acrossAccounts?: true
  /** What else is not known, of the thing named at the end: `whether … starts instances from`. */
  doubt?: string
}

/** Creates something that runs with a role: needs iam:PassRole on the role, which must trust the service. */
export interface PassRoleWay {
  kind: 'pass-role'
  id: string
  title: string
  /** Services one of which the role must trust; the first that it trusts is the one it is passed to. */
  services: readonly string[]
  /** On whatever resource, which the one who attacks chooses; or on the thing that the role is given to. */
  actions: readonly string[]
  /** An instance gets its role through an instance profile. */
  instanceProfile?: true
  /** What must be there already, whatever its role. */
  onto?: OnSomething
}

/** Makes something that is there already, and has a role, do as it is told. */
export interface ExistingWay extends OnSomething {
  kind: 'existing'
  id: string
  title: string
  /** The one that the role must trust; none for a provider that it trusts. */
  service: string | null
  actions: readonly string[]
}

/** Gets credentials of a user; all actions are on that user. */
export interface UserWay {
  kind: 'user'
  id: string
  title: string
  actions: readonly string[]
  /** Which users it works on. */
  of: 'room-for-a-key' | 'two-keys' | 'no-password' | 'password' | 'password-and-mfa'
}

/** Gives somebody more: all policies of a group, a user, a role. */
export interface GrantWay {
  kind: 'grant'
  id: string
  title: string
  action: string
  on: 'user' | 'role' | 'group' | 'policy'
  /** Attaches a policy: the best one is AWS's own for administrators. */
  attaches?: true
}

export type EscalationWay = PassRoleWay | ExistingWay | UserWay | GrantWay

/** `a Lambda function` */
export const HOLDER_NAMES: Readonly<Record<HolderKind, string>> = {
  'amplify-app': 'an Amplify app',
  'app-runner-service': 'an App Runner service',
  'batch-job-definition': 'a batch job definition',
  'build-project': 'a build project',
  'container-service': 'a container service',
  'container-task': 'a container task',
  'glue-dev-endpoint': 'a development endpoint',
  'glue-job': 'a Glue job',
  'glue-session': 'a Glue session',
  instance: 'an instance',
  'lambda-function': 'a Lambda function',
  'launch-template': 'a launch template',
  'managed-instance': 'a machine that Systems Manager manages',
  'notebook-instance': 'a notebook instance',
  'saml-provider': 'a SAML provider',
  stack: 'a stack',
  'stack-set': 'a stack set',
  'state-machine': 'a state machine',
  'studio-domain': 'a Studio domain',
  'studio-user-profile': 'a Studio user profile',
  'task-definition': 'a task definition',
}

type More = Omit<OnSomething, 'holder' | 'what'>

/** A kind that is collected, or the words for one that is not. */
function something(holder: HolderKind | { unread: string }, more: More): OnSomething {
  return typeof holder === 'string'
    ? { holder, what: HOLDER_NAMES[holder], ...more }
    : { holder: null, what: holder.unread, ...more }
}

/** As trust policies name a service: in China, some have names of their own, such as `ec2.amazonaws.com.cn`. */
export function namesOfService(service: string): string[] {
  return [service, `${service}.cn`]
}

function passRole(
  id: string,
  title: string,
  services: string | readonly string[],
  actions: string,
  more: { instanceProfile?: true; onto?: HolderKind | { unread: string } } & More = {},
): PassRoleWay {
  const { instanceProfile, onto, ...rest } = more
  return {
    kind: 'pass-role',
    id,
    title,
    services: (typeof services === 'string' ? [services] : services).flatMap((name) =>
      namesOfService(`${name}.amazonaws.com`),
    ),
    actions: actions.split(' '),
    ...(instanceProfile ? { instanceProfile } : {}),
    ...(onto ? { onto: something(onto, rest) } : {}),
  }
}

function existing(
  id: string,
  title: string,
  service: string | null,
  actions: string,
  holder: HolderKind | { unread: string },
  more: More = {},
): ExistingWay {
  return {
    kind: 'existing',
    id,
    title,
    service: service === null ? null : `${service}.amazonaws.com`,
    actions: actions.split(' '),
    ...something(holder, more),
  }
}

export const ESCALATIONS: readonly EscalationWay[] = [
  // ---- more rights for a user, a group, a role
  {
    kind: 'grant',
    id: 'iam-007',
    title: 'writes an inline policy into a user',
    action: 'iam:PutUserPolicy',
    on: 'user',
  },
  {
    kind: 'grant',
    id: 'iam-008',
    title: 'attaches a policy to a user',
    action: 'iam:AttachUserPolicy',
    on: 'user',
    attaches: true,
  },
  {
    kind: 'grant',
    id: 'iam-005',
    title: 'writes an inline policy into a role',
    action: 'iam:PutRolePolicy',
    on: 'role',
  },
  {
    kind: 'grant',
    id: 'iam-009',
    title: 'attaches a policy to a role',
    action: 'iam:AttachRolePolicy',
    on: 'role',
    attaches: true,
  },
  {
    kind: 'grant',
    id: 'iam-011',
    title: 'writes an inline policy into a group',
    action: 'iam:PutGroupPolicy',
    on: 'group',
  },
  {
    kind: 'grant',
    id: 'iam-010',
    title: 'attaches a policy to a group',
    action: 'iam:AttachGroupPolicy',
    on: 'group',
    attaches: true,
  },
  {
    kind: 'grant',
    id: 'iam-001',
    title: 'makes a new version of an attached policy',
    action: 'iam:CreatePolicyVersion',
    on: 'policy',
  },

  // ---- credentials of a user
  {
    kind: 'user',
    id: 'iam-002',
    title: 'creates an access key for the user',
    actions: ['iam:CreateAccessKey'],
    of: 'room-for-a-key',
  },
  {
    kind: 'user',
    id: 'iam-003',
    title: 'deletes one access key of the user and creates another',
    actions: ['iam:CreateAccessKey', 'iam:DeleteAccessKey'],
    of: 'two-keys',
  },
  {
    kind: 'user',
    id: 'iam-004',
    title: 'gives the user a console password',
    actions: ['iam:CreateLoginProfile'],
    of: 'no-password',
  },
  {
    kind: 'user',
    id: 'iam-006',
    title: "changes the user's console password",
    actions: ['iam:UpdateLoginProfile'],
    of: 'password',
  },
  {
    kind: 'user',
    id: 'password-without-mfa',
    title: "changes the user's console password and switches its MFA off",
    actions: ['iam:UpdateLoginProfile', 'iam:DeactivateMFADevice'],
    of: 'password-and-mfa',
  },

  // ---- something new that runs with a role
  passRole(
    'lambda-001',
    'creates a Lambda function with the role, and invokes it',
    'lambda',
    'lambda:CreateFunction lambda:InvokeFunction',
  ),
  passRole(
    'lambda-002',
    'creates a Lambda function with the role, and lets an event source invoke it',
    'lambda',
    'lambda:CreateFunction lambda:CreateEventSourceMapping',
  ),
  passRole(
    'lambda-006',
    'creates a Lambda function with the role, and lets itself invoke it',
    'lambda',
    'lambda:CreateFunction lambda:AddPermission',
  ),
  passRole(
    'lambda-function-url',
    'creates a Lambda function with the role, and gives it a URL',
    'lambda',
    'lambda:CreateFunction lambda:CreateFunctionUrlConfig lambda:AddPermission',
  ),
  passRole(
    'lambda-change-role',
    'gives an existing Lambda function the role and other code',
    'lambda',
    'lambda:UpdateFunctionConfiguration lambda:UpdateFunctionCode lambda:InvokeFunction',
    { onto: 'lambda-function' },
  ),
  // https://docs.aws.amazon.com/lambda/latest/dg/microvms-security.html
  passRole(
    'lambda-microvm',
    'starts a MicroVM of its own with the role',
    'lambda',
    'lambda:CreateMicrovmImage lambda:RunMicrovm',
  ),
  passRole('ec2-001', 'starts an instance with the role', 'ec2', 'ec2:RunInstances', { instanceProfile: true }),
  passRole('ec2-003', 'requests a spot instance with the role', 'ec2', 'ec2:RequestSpotInstances', {
    instanceProfile: true,
  }),
  passRole('ec2-spot-fleet', 'requests a fleet of spot instances with the role', 'ec2', 'ec2:RequestSpotFleet', {
    instanceProfile: true,
  }),
  passRole(
    'ec2-fleet',
    'starts a fleet of instances with the role, from a launch template',
    'ec2',
    'ec2:CreateFleet ec2:CreateLaunchTemplate ec2:RunInstances',
    { instanceProfile: true },
  ),
  passRole(
    'ec2-instance-profile',
    'gives a running instance the role, and opens a session on it',
    'ec2',
    'ec2:AssociateIamInstanceProfile ssm:StartSession',
    { instanceProfile: true, onto: 'instance', needs: ['managed'] },
  ),
  passRole(
    'ec2-replace-instance-profile',
    'exchanges the role of a running instance, and opens a session on it',
    'ec2',
    'ec2:ReplaceIamInstanceProfileAssociation ssm:StartSession',
    { instanceProfile: true, onto: 'instance', needs: ['managed'] },
  ),
  passRole(
    'autoscaling-launch-configuration',
    'lets an Auto Scaling group start instances with the role',
    'ec2',
    'autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup',
    { instanceProfile: true },
  ),
  passRole(
    'autoscaling-change-group',
    'lets an existing Auto Scaling group start instances with the role',
    'ec2',
    'autoscaling:CreateLaunchConfiguration autoscaling:UpdateAutoScalingGroup',
    {
      instanceProfile: true,
      onto: { unread: 'an Auto Scaling group' },
      elsewhere: ['autoscaling:CreateLaunchConfiguration'],
    },
  ),
  passRole(
    'ecs-001',
    'runs a container service with the role on a cluster of its own',
    'ecs-tasks',
    'ecs:CreateCluster ecs:RegisterTaskDefinition ecs:CreateService',
  ),
  passRole(
    'ecs-002',
    'runs a container task with the role on a cluster of its own',
    'ecs-tasks',
    'ecs:CreateCluster ecs:RegisterTaskDefinition ecs:RunTask',
  ),
  passRole(
    'ecs-003',
    'runs a container service with the role',
    'ecs-tasks',
    'ecs:RegisterTaskDefinition ecs:CreateService',
  ),
  passRole('ecs-004', 'runs a container task with the role', 'ecs-tasks', 'ecs:RegisterTaskDefinition ecs:RunTask'),
  passRole(
    'ecs-005',
    'starts a container task with the role on an instance',
    'ecs-tasks',
    'ecs:RegisterTaskDefinition ecs:StartTask',
  ),
  passRole(
    'ecs-update-service',
    'gives an existing container service a task definition with the role',
    'ecs-tasks',
    'ecs:RegisterTaskDefinition ecs:UpdateService',
    { onto: 'container-service', elsewhere: ['ecs:RegisterTaskDefinition'] },
  ),
  passRole(
    'ecs-run-task-override',
    'runs an existing task definition with other commands and the role',
    'ecs-tasks',
    'ecs:RunTask',
    { onto: 'task-definition' },
  ),
  passRole(
    'ecs-express-service',
    'creates a container service in express mode with the role',
    'ecs-tasks',
    'ecs:CreateExpressGatewayService',
  ),
  passRole('batch-job', 'runs a batch job with the role', 'ecs-tasks', 'batch:RegisterJobDefinition batch:SubmitJob'),
  passRole(
    'apprunner-001',
    'creates an App Runner service with the role',
    'tasks.apprunner',
    'apprunner:CreateService',
  ),
  passRole(
    'bedrock-001',
    'creates a code interpreter with the role, and runs code in it',
    'bedrock-agentcore',
    'bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter',
  ),
  passRole('cloudformation-001', 'creates a stack with the role', 'cloudformation', 'cloudformation:CreateStack'),
  passRole(
    'cloudformation-003',
    'creates a stack set with the role',
    'cloudformation',
    'cloudformation:CreateStackSet cloudformation:CreateStackInstances',
  ),
  passRole(
    'cloudformation-004',
    'changes a stack set, with the role',
    'cloudformation',
    'cloudformation:UpdateStackSet',
    { onto: 'stack-set' },
  ),
  passRole(
    'cloudformation-change-role',
    'updates an existing stack, with the role',
    'cloudformation',
    'cloudformation:UpdateStack',
    { onto: 'stack' },
  ),
  passRole(
    'cloudcontrol-create',
    'creates a resource through the Cloud Control API with the role',
    'cloudformation',
    'cloudformation:CreateResource',
  ),
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RegisterType.html: its handlers run with the role
  passRole(
    'cloudformation-register-type',
    'registers a resource type of its own that runs with the role, and creates one of it',
    'resources.cloudformation',
    'cloudformation:RegisterType cloudformation:CreateStack',
  ),
  passRole(
    'servicecatalog-launch',
    'launches a product of its own, with the role as launch role',
    'servicecatalog',
    'servicecatalog:CreatePortfolio servicecatalog:CreateProduct servicecatalog:AssociateProductWithPortfolio servicecatalog:AssociatePrincipalWithPortfolio servicecatalog:CreateConstraint servicecatalog:ProvisionProduct',
  ),
  passRole(
    'codebuild-001',
    'creates a build project with the role, and starts it',
    'codebuild',
    'codebuild:CreateProject codebuild:StartBuild',
  ),
  passRole(
    'codebuild-004',
    'creates a build project with the role, and starts a batch',
    'codebuild',
    'codebuild:CreateProject codebuild:StartBuildBatch',
  ),
  passRole(
    'codebuild-change-role',
    'gives an existing build project the role, and starts it',
    'codebuild',
    'codebuild:UpdateProject codebuild:StartBuild',
    { onto: 'build-project' },
  ),
  passRole('codepipeline-create', 'creates a pipeline with the role', 'codepipeline', 'codepipeline:CreatePipeline'),
  passRole(
    'codepipeline-change',
    'gives an existing pipeline the role and other steps',
    'codepipeline',
    'codepipeline:UpdatePipeline',
    { onto: { unread: 'a pipeline' } },
  ),
  passRole(
    'datapipeline-001',
    'creates a data pipeline with the role, and starts it',
    ['datapipeline', 'elasticmapreduce'],
    'datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline',
  ),
  passRole(
    'emr-cluster',
    'starts an EMR cluster whose instances have the role',
    ['ec2', 'elasticmapreduce'],
    'elasticmapreduce:RunJobFlow',
    { instanceProfile: true },
  ),
  passRole(
    'emr-serverless',
    'runs an EMR Serverless job with the role',
    'emr-serverless',
    'emr-serverless:CreateApplication emr-serverless:StartJobRun',
  ),
  passRole(
    'emr-serverless-job',
    'runs a job with the role in an existing EMR Serverless application',
    'emr-serverless',
    'emr-serverless:StartJobRun',
    { onto: { unread: 'an EMR Serverless application' } },
  ),
  passRole('glue-001', 'creates a Glue development endpoint with the role', 'glue', 'glue:CreateDevEndpoint'),
  passRole('glue-003', 'creates a Glue job with the role, and starts it', 'glue', 'glue:CreateJob glue:StartJobRun'),
  passRole(
    'glue-004',
    'creates a Glue job with the role, and a trigger for it',
    'glue',
    'glue:CreateJob glue:CreateTrigger',
  ),
  passRole(
    'glue-005',
    'gives an existing Glue job the role, and starts it',
    'glue',
    'glue:UpdateJob glue:StartJobRun',
    {
      onto: 'glue-job',
    },
  ),
  passRole(
    'glue-006',
    'gives an existing Glue job the role, and a trigger',
    'glue',
    'glue:UpdateJob glue:CreateTrigger',
    { onto: 'glue-job', elsewhere: ['glue:CreateTrigger'] },
  ),
  passRole(
    'glue-session',
    'opens an interactive Glue session with the role',
    'glue',
    'glue:CreateSession glue:RunStatement',
  ),
  passRole(
    'sagemaker-001',
    'creates a notebook instance with the role',
    'sagemaker',
    'sagemaker:CreateNotebookInstance',
  ),
  passRole('sagemaker-002', 'runs a training job with the role', 'sagemaker', 'sagemaker:CreateTrainingJob'),
  passRole('sagemaker-003', 'runs a processing job with the role', 'sagemaker', 'sagemaker:CreateProcessingJob'),
  passRole(
    'sagemaker-tuning-job',
    'runs a tuning job with the role',
    'sagemaker',
    'sagemaker:CreateHyperParameterTuningJob',
  ),
  passRole(
    'sagemaker-transform-job',
    'runs a container of its own as a model with the role',
    'sagemaker',
    'sagemaker:CreateModel sagemaker:CreateTransformJob',
  ),
  passRole(
    'sagemaker-endpoint',
    'serves a container of its own as a model with the role',
    'sagemaker',
    'sagemaker:CreateModel sagemaker:CreateEndpointConfig sagemaker:CreateEndpoint',
  ),
  passRole(
    'sagemaker-pipeline',
    'runs a pipeline with the role',
    'sagemaker',
    'sagemaker:CreatePipeline sagemaker:StartPipelineExecution',
  ),
  passRole(
    'sagemaker-user-profile',
    'opens Studio as a new user who has the role',
    'sagemaker',
    'sagemaker:CreateUserProfile sagemaker:CreatePresignedDomainUrl',
    { onto: 'studio-domain', elsewhere: ['sagemaker:CreateUserProfile', 'sagemaker:CreatePresignedDomainUrl'] },
  ),
  passRole(
    'sagemaker-domain',
    'makes a Studio domain, and opens it as a user who has the role',
    'sagemaker',
    'sagemaker:CreateDomain sagemaker:CreateUserProfile sagemaker:CreatePresignedDomainUrl',
  ),
  passRole(
    'sagemaker-change-user-profile',
    'gives an existing user of Studio the role, and opens it as that user',
    'sagemaker',
    'sagemaker:UpdateUserProfile sagemaker:CreatePresignedDomainUrl',
    { onto: 'studio-user-profile' },
  ),
  passRole(
    'sagemaker-change-notebook-role',
    'gives an existing notebook instance the role, and opens it',
    'sagemaker',
    'sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl',
    { onto: 'notebook-instance' },
  ),
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterLifeCycleConfig.html
  passRole(
    'sagemaker-cluster',
    'starts a HyperPod cluster that runs a script of its own with the role',
    'sagemaker',
    'sagemaker:CreateCluster',
  ),
  passRole(
    'states-create',
    'creates a state machine with the role, and starts it',
    'states',
    'states:CreateStateMachine states:StartExecution',
  ),
  passRole(
    'states-change-role',
    'gives an existing state machine the role and other steps, and starts it',
    'states',
    'states:UpdateStateMachine states:StartExecution',
    { onto: 'state-machine' },
  ),
  passRole('states-test-state', 'tests a single step with the role', 'states', 'states:TestState'),
  passRole(
    'scheduler-create',
    'makes a schedule that calls AWS with the role',
    'scheduler',
    'scheduler:CreateSchedule',
  ),
  passRole(
    'scheduler-change',
    'lets an existing schedule call AWS with the role',
    'scheduler',
    'scheduler:UpdateSchedule',
    { onto: { unread: 'a schedule' } },
  ),
  passRole(
    'events-target',
    'makes a rule whose targets are called with the role',
    'events',
    'events:PutRule events:PutTargets',
  ),
  passRole(
    'events-target-of-rule',
    'gives an existing rule a target that is called with the role',
    'events',
    'events:PutTargets',
    { onto: { unread: 'an EventBridge rule' } },
  ),
  passRole('ssm-automation', 'runs an automation with the role', 'ssm', 'ssm:StartAutomationExecution'),
  passRole(
    'ssm-automation-document',
    'writes an automation of its own and runs it with the role',
    'ssm',
    'ssm:CreateDocument ssm:StartAutomationExecution',
  ),
  passRole(
    'ssm-maintenance-window',
    'lets a maintenance window run an automation with the role',
    'ssm',
    'ssm:CreateMaintenanceWindow ssm:RegisterTaskWithMaintenanceWindow',
  ),
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateActivation.html
  passRole(
    'ssm-activation',
    'registers a machine of its own, which gets credentials of the role',
    'ssm',
    'ssm:CreateActivation',
  ),
  passRole(
    'ssm-change-machine-role',
    'gives a machine outside EC2 the role, and opens a session on it',
    'ssm',
    'ssm:UpdateManagedInstanceRole ssm:StartSession',
    { onto: 'managed-instance', needs: ['running'] },
  ),
  passRole(
    'rolesanywhere-profile',
    'lets certificates of its own authority become the role',
    'rolesanywhere',
    'rolesanywhere:CreateTrustAnchor rolesanywhere:CreateProfile',
  ),
  passRole(
    'cognito-identity-pool',
    'lets an identity pool give the role to its users',
    'cognito-identity',
    'cognito-identity:CreateIdentityPool cognito-identity:SetIdentityPoolRoles',
  ),
  passRole(
    'cognito-identity-pool-roles',
    'lets an existing identity pool give the role to its users',
    'cognito-identity',
    'cognito-identity:SetIdentityPoolRoles',
    { onto: { unread: 'an identity pool' } },
  ),
  // https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html: any action of a service, with the role
  passRole(
    'apigateway-integration',
    'makes an API whose requests call AWS with the role',
    'apigateway',
    'apigateway:POST apigateway:PUT',
  ),
  // https://docs.aws.amazon.com/appsync/latest/APIReference/API_AwsIamConfig.html: requests signed with the role
  passRole(
    'appsync-data-source',
    'makes a GraphQL API whose requests call AWS with the role',
    'appsync',
    'appsync:CreateGraphqlApi appsync:StartSchemaCreation appsync:CreateDataSource appsync:CreateResolver',
  ),
  passRole(
    'amplify-app',
    'builds an Amplify app with the role',
    'amplify',
    'amplify:CreateApp amplify:CreateBranch amplify:StartJob',
  ),
  passRole(
    'elasticbeanstalk-environment',
    'starts an Elastic Beanstalk environment whose instances have the role',
    'ec2',
    'elasticbeanstalk:CreateApplication elasticbeanstalk:CreateApplicationVersion elasticbeanstalk:CreateEnvironment',
    { instanceProfile: true },
  ),
  passRole(
    'eks-pod-identity',
    'gives the role to pods of a cluster, and makes itself administrator of the cluster',
    'pods.eks',
    'eks:CreatePodIdentityAssociation eks:CreateAccessEntry eks:AssociateAccessPolicy',
    { onto: { unread: 'an EKS cluster' } },
  ),
  passRole(
    'iot-role-alias',
    'lets a device of its own get credentials of the role',
    'credentials.iot',
    'iot:CreateRoleAlias iot:CreateKeysAndCertificate iot:CreatePolicy iot:AttachPolicy',
  ),
  passRole(
    'gamelift-fleet',
    'runs a game server of its own with the role',
    'gamelift',
    'gamelift:CreateBuild gamelift:CreateFleet',
  ),
  passRole(
    'deadline-queue',
    'makes a Deadline Cloud queue with the role, and asks it for credentials',
    'credentials.deadline',
    'deadline:CreateFarm deadline:CreateQueue deadline:AssumeQueueRoleForUser',
  ),
  passRole(
    'bedrock-agent-runtime',
    'runs a container of its own as an agent with the role',
    'bedrock-agentcore',
    'bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:InvokeAgentRuntime',
  ),
  passRole(
    'bedrock-change-agent-runtime',
    'gives an existing agent the role and a container of its own, and runs it',
    'bedrock-agentcore',
    'bedrock-agentcore:UpdateAgentRuntime bedrock-agentcore:InvokeAgentRuntime',
    { onto: { unread: 'an agent runtime' } },
  ),
  // https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/harness-environment.html
  passRole(
    'bedrock-harness',
    'creates an agent harness with the role, and runs commands in it',
    'bedrock-agentcore',
    'bedrock-agentcore:CreateHarness bedrock-agentcore:InvokeAgentRuntimeCommand',
  ),
  passRole(
    'airflow-environment',
    'creates an Airflow environment whose tasks run with the role',
    ['airflow-env', 'airflow'],
    'airflow:CreateEnvironment',
  ),
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_mwaa-serverless.html
  passRole(
    'airflow-serverless-workflow',
    'runs an Airflow workflow of its own, without an environment, with the role',
    'airflow-serverless',
    'airflow-serverless:CreateWorkflow airflow-serverless:StartWorkflowRun',
  ),
  passRole(
    'flink-application',
    'runs a Flink application of its own with the role',
    'kinesisanalytics',
    'kinesisanalytics:CreateApplication kinesisanalytics:StartApplication',
  ),
  passRole('braket-job', 'runs a hybrid job with the role', 'braket', 'braket:CreateJob'),
  passRole(
    'athena-spark-workgroup',
    'runs Spark code with the role',
    'athena',
    'athena:CreateWorkGroup athena:StartSession athena:StartCalculationExecution',
  ),
  passRole(
    'appstream-fleet',
    'opens a desktop whose instances have the role',
    'appstream',
    'appstream:CreateFleet appstream:StartFleet appstream:CreateStack appstream:AssociateFleet appstream:CreateStreamingURL',
  ),
  passRole(
    'imagebuilder',
    'builds an image on an instance with the role',
    'ec2',
    'imagebuilder:CreateComponent imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImage',
    { instanceProfile: true },
  ),

  // ---- something that is there, and has a role
  existing(
    'lambda-003',
    'changes the code of a Lambda function that has the role',
    'lambda',
    'lambda:UpdateFunctionCode',
    'lambda-function',
    { acrossAccounts: true },
  ),
  existing(
    'lambda-004',
    'changes the code of a Lambda function that has the role, and invokes it',
    'lambda',
    'lambda:UpdateFunctionCode lambda:InvokeFunction',
    'lambda-function',
    { acrossAccounts: true },
  ),
  existing(
    'lambda-005',
    'changes the code of a Lambda function that has the role, and lets itself invoke it',
    'lambda',
    'lambda:UpdateFunctionCode lambda:AddPermission',
    'lambda-function',
    { acrossAccounts: true },
  ),
  // a layer, or a variable such as NODE_OPTIONS, brings code of one's own into it
  existing(
    'lambda-layer',
    'puts a layer of its own under a Lambda function that has the role',
    'lambda',
    'lambda:UpdateFunctionConfiguration',
    'lambda-function',
    { acrossAccounts: true },
  ),
  existing(
    'apprunner-002',
    'changes an App Runner service that has the role',
    'tasks.apprunner',
    'apprunner:UpdateService',
    'app-runner-service',
  ),
  existing(
    'bedrock-002',
    'runs code in a code interpreter that has the role',
    'bedrock-agentcore',
    'bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter',
    { unread: 'a code interpreter' },
  ),
  existing(
    'bedrock-agent-command',
    'runs a command in an agent that has the role',
    'bedrock-agentcore',
    'bedrock-agentcore:InvokeAgentRuntimeCommand',
    { unread: 'an agent runtime' },
  ),
  existing(
    'bedrock-agent-shell',
    'opens a shell in an agent that has the role',
    'bedrock-agentcore',
    'bedrock-agentcore:InvokeAgentRuntimeCommandShell',
    { unread: 'an agent runtime' },
  ),
  existing(
    'cloudformation-002',
    'updates a stack that has the role',
    'cloudformation',
    'cloudformation:UpdateStack',
    'stack',
  ),
  existing(
    'cloudformation-005',
    'changes a stack that has the role, through a change set',
    'cloudformation',
    'cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet',
    'stack',
  ),
  existing(
    'codebuild-002',
    'starts a build, with other commands, of a project that has the role',
    'codebuild',
    'codebuild:StartBuild',
    'build-project',
  ),
  existing(
    'codebuild-003',
    'starts a batch, with other commands, of a project that has the role',
    'codebuild',
    'codebuild:StartBuildBatch',
    'build-project',
  ),
  existing(
    'codebuild-project',
    'changes the commands of a build project that has the role',
    'codebuild',
    'codebuild:UpdateProject',
    'build-project',
  ),
  existing(
    'codebuild-sandbox',
    'runs commands in a sandbox of a build project that has the role',
    'codebuild',
    'codebuild:StartSandbox codebuild:StartCommandExecution',
    'build-project',
    { elsewhere: ['codebuild:StartCommandExecution'] },
  ),
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
  existing(
    'ecs-execute-command',
    'opens a shell in a container that has the role',
    'ecs-tasks',
    'ecs:ExecuteCommand',
    'container-task',
    { onCluster: ['ecs:ExecuteCommand'], needs: ['execute-command'] },
  ),
  existing(
    'ecs-ssm-session',
    'opens a session, past ECS, in a container that has the role',
    'ecs-tasks',
    'ssm:StartSession',
    'container-task',
    { needs: ['execute-command'] },
  ),
  existing(
    'ecs-enable-execute-command',
    'allows shells in a container service that has the role, and opens one',
    'ecs-tasks',
    'ecs:UpdateService ecs:ExecuteCommand',
    'container-service',
    { elsewhere: ['ecs:ExecuteCommand'] },
  ),
  // the commands of a job definition can be overridden, and the role needs no passing
  existing(
    'batch-submit-job',
    'submits a job, with other commands, by a definition that has the role',
    'ecs-tasks',
    'batch:SubmitJob',
    'batch-job-definition',
  ),
  existing(
    'glue-002',
    'puts its own SSH key on a Glue development endpoint that has the role',
    'glue',
    'glue:UpdateDevEndpoint',
    'glue-dev-endpoint',
  ),
  existing(
    'glue-session-statement',
    'runs code in an open Glue session that has the role',
    'glue',
    'glue:RunStatement',
    'glue-session',
  ),
  // https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html: arguments name modules to load
  existing(
    'glue-job-arguments',
    'starts a Glue job that has the role, with modules of its own',
    'glue',
    'glue:StartJobRun',
    'glue-job',
  ),
  existing(
    'sagemaker-004',
    'opens a notebook instance that has the role',
    'sagemaker',
    'sagemaker:CreatePresignedNotebookInstanceUrl',
    'notebook-instance',
    { needs: ['running'] },
  ),
  existing(
    'sagemaker-start-notebook',
    'starts a notebook instance that has the role, and opens it',
    'sagemaker',
    'sagemaker:StartNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl',
    'notebook-instance',
  ),
  existing(
    'sagemaker-005',
    'lets a notebook instance that has the role run a script when it starts',
    'sagemaker',
    'sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance',
    'notebook-instance',
    { elsewhere: ['sagemaker:CreateNotebookInstanceLifecycleConfig'] },
  ),
  existing(
    'sagemaker-lifecycle-config',
    'changes the script that a notebook instance that has the role runs when it starts',
    'sagemaker',
    'sagemaker:UpdateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:StartNotebookInstance',
    'notebook-instance',
    { elsewhere: ['sagemaker:UpdateNotebookInstanceLifecycleConfig'], needs: ['lifecycle-config'] },
  ),
  existing(
    'sagemaker-studio',
    'opens Studio as a user who has the role',
    'sagemaker',
    'sagemaker:CreatePresignedDomainUrl',
    'studio-user-profile',
  ),
  existing(
    'sagemaker-space-session',
    'opens a session in a Studio space that has the role',
    'sagemaker',
    'sagemaker:StartSession',
    { unread: 'a Studio space' },
  ),
  existing(
    'states-change-steps',
    'gives a state machine that has the role other steps, and starts it',
    'states',
    'states:UpdateStateMachine states:StartExecution',
    'state-machine',
  ),
  existing(
    'amplify-update-app',
    'changes how an Amplify app that has the role is built, and builds it',
    'amplify',
    'amplify:UpdateApp amplify:StartJob',
    'amplify-app',
    { elsewhere: ['amplify:StartJob'] },
  ),
  existing(
    'ec2-004',
    'changes the launch template of a group whose instances have the role',
    'ec2',
    'ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate',
    'launch-template',
    { doubt: 'whether a group starts instances from launch template' },
  ),
  existing('ssm-001', 'opens a session on an instance that has the role', 'ec2', 'ssm:StartSession', 'instance', {
    needs: ['managed'],
  }),
  existing('ssm-002', 'runs a command on an instance that has the role', 'ec2', 'ssm:SendCommand', 'instance', {
    needs: ['managed'],
  }),
  existing(
    'ssm-association',
    'has commands run, again and again, on an instance that has the role',
    'ec2',
    'ssm:CreateAssociation',
    'instance',
    { needs: ['managed'] },
  ),
  existing(
    'ssm-session-hybrid',
    'opens a session on a machine outside EC2 that has the role',
    'ssm',
    'ssm:StartSession',
    'managed-instance',
    { needs: ['running'] },
  ),
  existing(
    'ssm-command-hybrid',
    'runs a command on a machine outside EC2 that has the role',
    'ssm',
    'ssm:SendCommand',
    'managed-instance',
    { needs: ['running'] },
  ),
  existing(
    'ec2instanceconnect-003',
    'puts its own SSH key on an instance that has the role',
    'ec2',
    'ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances',
    'instance',
    { elsewhere: ['ec2:DescribeInstances'] },
  ),
  existing(
    'ec2-002',
    'changes what an instance that has the role runs when it starts',
    'ec2',
    'ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances',
    'instance',
  ),
  existing(
    'ec2-serial-console',
    'opens the serial console of an instance that has the role',
    'ec2',
    'ec2-instance-connect:SendSerialConsoleSSHPublicKey',
    'instance',
  ),
  existing(
    'ec2-replace-root-volume',
    'replaces the root volume of an instance that has the role by its own',
    'ec2',
    'ec2:CreateReplaceRootVolumeTask',
    'instance',
  ),
  existing(
    'elasticbeanstalk-update',
    'deploys to an Elastic Beanstalk environment whose instances have the role',
    'ec2',
    'elasticbeanstalk:CreateApplicationVersion elasticbeanstalk:UpdateEnvironment',
    { unread: 'an Elastic Beanstalk environment' },
  ),
  existing(
    'codedeploy-deployment',
    'deploys to an instance that has the role',
    'ec2',
    'codedeploy:CreateDeployment codedeploy:RegisterApplicationRevision codedeploy:GetDeploymentConfig',
    { unread: 'an instance that CodeDeploy deploys to' },
  ),
  existing(
    'emr-add-step',
    'adds a step to an EMR cluster whose instances have the role',
    'ec2',
    'elasticmapreduce:AddJobFlowSteps',
    { unread: 'an EMR cluster' },
  ),
  existing(
    'eks-access-entry',
    'makes itself administrator of an EKS cluster with a pod that has the role',
    'pods.eks',
    'eks:CreateAccessEntry eks:AssociateAccessPolicy',
    { unread: 'a pod of an EKS cluster' },
  ),
  existing(
    'iot-existing-role-alias',
    'lets a device of its own get credentials of a role that has an alias',
    'credentials.iot',
    'iot:CreateKeysAndCertificate iot:CreatePolicy iot:AttachPolicy',
    { unread: 'an IoT role alias' },
  ),
  existing(
    'gamelift-access',
    'opens a session on a GameLift fleet that has the role',
    'gamelift',
    'gamelift:GetComputeAccess',
    { unread: 'a GameLift fleet' },
  ),
  existing(
    'deadline-queue-role',
    'asks Deadline Cloud for the credentials of a queue that has the role',
    'credentials.deadline',
    'deadline:AssumeQueueRoleForUser',
    { unread: 'a Deadline Cloud queue' },
  ),
  existing(
    'appstream-streaming-url',
    'opens a desktop of a fleet that has the role',
    'appstream',
    'appstream:CreateStreamingURL',
    { unread: 'an AppStream fleet' },
  ),
  existing(
    'flink-change-code',
    'changes the code of a Flink application that has the role',
    'kinesisanalytics',
    'kinesisanalytics:UpdateApplication',
    { unread: 'a Flink application' },
  ),
  existing(
    'athena-spark-session',
    'runs Spark code in a workgroup that has the role',
    'athena',
    'athena:StartSession athena:StartCalculationExecution',
    { unread: 'an Athena workgroup for Spark' },
  ),
  existing(
    'rolesanywhere-trust-anchor',
    'lets certificates of its own authority become the role',
    'rolesanywhere',
    'rolesanywhere:CreateTrustAnchor',
    { unread: 'a Roles Anywhere profile' },
  ),
  existing(
    'rolesanywhere-change-trust-anchor',
    'exchanges the authority whose certificates become the role',
    'rolesanywhere',
    'rolesanywhere:UpdateTrustAnchor',
    { unread: 'a Roles Anywhere profile' },
  ),
  existing(
    'iam-saml-provider',
    'exchanges the metadata of the SAML provider that the role trusts, and signs in by its own',
    null,
    'iam:UpdateSAMLProvider',
    'saml-provider',
  ),
]

/**
 * Ids of a grant to somebody else together with the way to become them, where pathfinding.cloud names the pair.
 * Keys are `grant + way`.
 */
export const PAIRS: Readonly<Record<string, string>> = {
  'iam-009 + assume-role': 'iam-014',
  'iam-008 + iam-002': 'iam-015',
  'iam-008 + iam-003': 'iam-015',
  'iam-001 + assume-role': 'iam-016',
  'iam-005 + assume-role': 'iam-017',
  'iam-007 + iam-002': 'iam-018',
  'iam-007 + iam-003': 'iam-018',
  'iam-009 + iam-012': 'iam-019',
  'iam-001 + iam-012': 'iam-020',
  'iam-005 + iam-012': 'iam-021',
}

/** Everything that the graph asks about. */
export const ESCALATION_ACTIONS: readonly string[] = [
  ...new Set([
    ...ESCALATIONS.flatMap((way) => ('actions' in way ? way.actions : [way.action])),
    'sts:AssumeRole',
    'iam:PassRole',
    'iam:UpdateAssumeRolePolicy',
    'iam:AddUserToGroup',
    'iam:RemoveUserFromGroup',
    'iam:SetDefaultPolicyVersion',
    'iam:DeleteUserPermissionsBoundary',
    'iam:DeleteRolePermissionsBoundary',
    'iam:PutUserPermissionsBoundary',
    'iam:PutRolePermissionsBoundary',
    'iam:CreateRole',
    'iam:CreateUser',
    'iam:DetachUserPolicy',
    'iam:DetachRolePolicy',
    'iam:DetachGroupPolicy',
    'iam:DeleteUserPolicy',
    'iam:DeleteRolePolicy',
    'iam:DeleteGroupPolicy',
    'iam:CreateInstanceProfile',
    'iam:AddRoleToInstanceProfile',
    'sso:CreateAccountAssignment',
  ]),
]
