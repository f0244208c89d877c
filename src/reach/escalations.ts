/**
 * The ways from what a principal may do to what another may do. Data: `graph.ts` knows how each kind is tried.
 *
 * Ids such as `lambda-001` are those of pathfinding.cloud, so that findings can be looked up there; names without a
 * number are ours. Actions that only help to look around are not needed, and not here.
 */

/** Creates something that runs with a role: needs iam:PassRole on the role, which must trust the service. */
export interface PassRoleWay {
  kind: 'pass-role'
  id: string
  title: string
  /** Services one of which the role must trust; the first that it trusts is the one it is passed to. */
  services: readonly string[]
  /** On whatever resource: the one who attacks chooses it. */
  actions: readonly string[]
  /** An instance gets its role through an instance profile. */
  instanceProfile?: true
}

/** Makes something that is there already, and has a role, do as it is told. */
export interface ExistingWay {
  kind: 'existing'
  id: string
  title: string
  services: readonly string[]
  actions: readonly string[]
  /** What has the role: `a Lambda function`. It was not collected, so whether there is one is not known. */
  holder: string
  /** The holder is an EC2 instance, and those are collected; all actions are then on the instance, but for these. */
  onInstance?: readonly string[]
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

function passRole(
  id: string,
  title: string,
  services: string | readonly string[],
  actions: string,
  more: Pick<PassRoleWay, 'instanceProfile'> = {},
): PassRoleWay {
  return {
    kind: 'pass-role',
    id,
    title,
    services: (typeof services === 'string' ? [services] : services).map((name) => `${name}.amazonaws.com`),
    actions: actions.split(' '),
    ...more,
  }
}

function existing(
  id: string,
  title: string,
  service: string,
  actions: string,
  holder: string,
  onInstance?: readonly string[],
): ExistingWay {
  return {
    kind: 'existing',
    id,
    title,
    services: [`${service}.amazonaws.com`],
    actions: actions.split(' '),
    holder,
    ...(onInstance ? { onInstance } : {}),
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
    { instanceProfile: true },
  ),
  passRole(
    'ec2-replace-instance-profile',
    'exchanges the role of a running instance, and opens a session on it',
    'ec2',
    'ec2:ReplaceIamInstanceProfileAssociation ssm:StartSession',
    { instanceProfile: true },
  ),
  passRole(
    'autoscaling-launch-configuration',
    'lets an Auto Scaling group start instances with the role',
    'ec2',
    'autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup',
    { instanceProfile: true },
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
  ),
  passRole(
    'cloudformation-change-role',
    'updates an existing stack, with the role',
    'cloudformation',
    'cloudformation:UpdateStack',
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
  ),
  passRole('codepipeline-create', 'creates a pipeline with the role', 'codepipeline', 'codepipeline:CreatePipeline'),
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
  passRole('glue-001', 'creates a Glue development endpoint with the role', 'glue', 'glue:CreateDevEndpoint'),
  passRole('glue-003', 'creates a Glue job with the role, and starts it', 'glue', 'glue:CreateJob glue:StartJobRun'),
  passRole(
    'glue-004',
    'creates a Glue job with the role, and a trigger for it',
    'glue',
    'glue:CreateJob glue:CreateTrigger',
  ),
  passRole('glue-005', 'gives an existing Glue job the role, and starts it', 'glue', 'glue:UpdateJob glue:StartJobRun'),
  passRole(
    'glue-006',
    'gives an existing Glue job the role, and a trigger',
    'glue',
    'glue:UpdateJob glue:CreateTrigger',
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
  ),
  passRole(
    'scheduler-create',
    'makes a schedule that calls AWS with the role',
    'scheduler',
    'scheduler:CreateSchedule',
  ),
  passRole(
    'events-target',
    'makes a rule whose targets are called with the role',
    'events',
    'events:PutRule events:PutTargets',
  ),
  passRole('ssm-automation', 'runs an automation with the role', 'ssm', 'ssm:StartAutomationExecution'),
  passRole(
    'ssm-automation-document',
    'writes an automation of its own and runs it with the role',
    'ssm',
    'ssm:CreateDocument ssm:StartAutomationExecution',
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
    'amplify-app',
    'builds an Amplify app with the role',
    'amplify',
    'amplify:CreateApp amplify:CreateBranch amplify:StartJob',
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
    'a Lambda function',
  ),
  existing(
    'lambda-004',
    'changes the code of a Lambda function that has the role, and invokes it',
    'lambda',
    'lambda:UpdateFunctionCode lambda:InvokeFunction',
    'a Lambda function',
  ),
  existing(
    'lambda-005',
    'changes the code of a Lambda function that has the role, and lets itself invoke it',
    'lambda',
    'lambda:UpdateFunctionCode lambda:AddPermission',
    'a Lambda function',
  ),
  existing(
    'lambda-layer',
    'puts a layer of its own under a Lambda function that has the role',
    'lambda',
    'lambda:UpdateFunctionConfiguration',
    'a Lambda function',
  ),
  existing(
    'apprunner-002',
    'changes an App Runner service that has the role',
    'tasks.apprunner',
    'apprunner:UpdateService',
    'an App Runner service',
  ),
  existing(
    'bedrock-002',
    'runs code in a code interpreter that has the role',
    'bedrock-agentcore',
    'bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter',
    'a code interpreter',
  ),
  existing(
    'cloudformation-002',
    'updates a stack that has the role',
    'cloudformation',
    'cloudformation:UpdateStack',
    'a stack',
  ),
  existing(
    'cloudformation-005',
    'changes a stack that has the role, through a change set',
    'cloudformation',
    'cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet',
    'a stack',
  ),
  existing(
    'codebuild-002',
    'starts a build, with other commands, of a project that has the role',
    'codebuild',
    'codebuild:StartBuild',
    'a build project',
  ),
  existing(
    'codebuild-003',
    'starts a batch, with other commands, of a project that has the role',
    'codebuild',
    'codebuild:StartBuildBatch',
    'a build project',
  ),
  existing(
    'codebuild-project',
    'changes the commands of a build project that has the role',
    'codebuild',
    'codebuild:UpdateProject',
    'a build project',
  ),
  existing(
    'ecs-execute-command',
    'opens a shell in a container that has the role',
    'ecs-tasks',
    'ecs:ExecuteCommand',
    'a container task',
  ),
  existing(
    'glue-002',
    'puts its own SSH key on a Glue development endpoint that has the role',
    'glue',
    'glue:UpdateDevEndpoint',
    'a development endpoint',
  ),
  existing(
    'glue-session-statement',
    'runs code in an open Glue session that has the role',
    'glue',
    'glue:RunStatement',
    'a Glue session',
  ),
  existing(
    'sagemaker-004',
    'opens a notebook instance that has the role',
    'sagemaker',
    'sagemaker:CreatePresignedNotebookInstanceUrl',
    'a notebook instance',
  ),
  existing(
    'sagemaker-005',
    'lets a notebook instance that has the role run a script when it starts',
    'sagemaker',
    'sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance',
    'a notebook instance',
  ),
  existing(
    'sagemaker-studio',
    'opens a Studio domain that has the role',
    'sagemaker',
    'sagemaker:CreatePresignedDomainUrl',
    'a Studio user profile',
  ),
  existing(
    'ec2-004',
    'changes the launch template of a group whose instances have the role',
    'ec2',
    'ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate',
    'an Auto Scaling group with a launch template',
  ),
  existing('ssm-001', 'opens a session on an instance that has the role', 'ec2', 'ssm:StartSession', 'an instance', []),
  existing('ssm-002', 'runs a command on an instance that has the role', 'ec2', 'ssm:SendCommand', 'an instance', []),
  existing(
    'ec2instanceconnect-003',
    'puts its own SSH key on an instance that has the role',
    'ec2',
    'ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances',
    'an instance',
    ['ec2:DescribeInstances'],
  ),
  existing(
    'ec2-002',
    'changes what an instance that has the role runs when it starts',
    'ec2',
    'ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances',
    'an instance',
    [],
  ),
  existing(
    'ec2-serial-console',
    'opens the serial console of an instance that has the role',
    'ec2',
    'ec2-instance-connect:SendSerialConsoleSSHPublicKey',
    'an instance',
    [],
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
    'iam:DetachUserPolicy',
    'iam:DetachRolePolicy',
    'iam:DetachGroupPolicy',
    'iam:DeleteUserPolicy',
    'iam:DeleteRolePolicy',
    'iam:DeleteGroupPolicy',
    'iam:CreateInstanceProfile',
    'iam:AddRoleToInstanceProfile',
    'iam:UpdateSAMLProvider',
  ]),
]
