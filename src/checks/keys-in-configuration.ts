/**
 * Keys in the account's own configuration: one check for each kind of place, since each has its own way out. What they
 * judge alike is here.
 */
import { gapSentence } from '../model/facts.ts'
import type { Severity, Subject } from '../model/finding.ts'
import type { Leak, LeakPlace } from '../model/leak.ts'
import type { Check, CheckInput, Flag, Unknown } from './check.ts'
import { accountPlace, exampleLeak, isUsable, openPlaces, SCAN, WHOLE_SCAN } from './leaks.ts'
import { shell } from './shell.ts'
import { listed } from './wording.ts'

interface Kind {
  id: string
  title: string
  why: string
  fix: string
  reference: string
  /** The places of this check, by service and resource of the ARN and the way within: `lambda function:report environment/A`. */
  where: RegExp
  /** The calls that look there. */
  sources: readonly string[]
  /** The next command, for the resource's ARN. */
  command?(arn: Arn): string
  example: { service: string; resource: string; member: string | null }
}

interface Arn {
  text: string
  service: string
  region: string
  accountId: string
  /** `function:report`, `task-definition/web:3`. */
  resource: string
  /** `report`, `web:3`. */
  name: string
}

const ROLE_INSTEAD =
  'Give it a role with what it needs and take the variables out; the SDKs find the role by themselves.'
const THEN_REVOKE =
  'Then deactivate the key, watch for a day that nothing fails, and delete it: old versions and backups still hold it.'

const KINDS: readonly Kind[] = [
  {
    id: 'instance-key-in-user-data',
    title: 'An access key lies in user data',
    why: 'User data is no place for secrets: every process on the instance reads it from the metadata service, and so does everybody with ec2:DescribeInstanceAttribute or ec2:DescribeLaunchTemplateVersions.',
    fix: `Attach an instance profile and take the key out of the user data. Old versions of a launch template keep it: delete them. ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html',
    where: /^ec2 (instance|launch-template)\/\S+ (version \d+\/)?user data/,
    sources: [
      'ec2:DescribeInstances',
      'ec2:DescribeInstanceAttribute',
      'ec2:DescribeLaunchTemplates',
      'ec2:DescribeLaunchTemplateVersions',
    ],
    command: ({ resource, name, region }) =>
      resource.startsWith('instance/')
        ? shell`aws ec2 describe-iam-instance-profile-associations --filters Name=instance-id,Values=${name} --region ${region}`
        : shell`aws ec2 describe-launch-template-versions --launch-template-id ${name} --region ${region} --query LaunchTemplateVersions[].VersionNumber`,
    example: { service: 'ec2', resource: 'instance/i-0000000000000000a', member: 'user data' },
  },
  {
    id: 'function-key-in-environment',
    title: 'An access key lies in the environment of a Lambda function',
    why: 'Variables of a function are shown to everybody with lambda:GetFunction or lambda:ListFunctions, in the console too, and every published version keeps them.',
    fix: `${ROLE_INSTEAD} Published versions keep theirs: delete those. ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html',
    where: /^lambda function:\S+ (version \d+\/)?environment\//,
    sources: ['lambda:ListFunctions'],
    command: ({ name, region }) =>
      shell`aws lambda get-function-configuration --function-name ${name} --region ${region} --query Role`,
    example: { service: 'lambda', resource: 'function:report', member: 'environment/AWS_ACCESS_KEY_ID' },
  },
  {
    id: 'function-key-in-code',
    title: "An access key lies in a Lambda function's code",
    why: 'Code of a function can be fetched by everybody with lambda:GetFunction, and it is a copy: the key is in the repository and in the build as well.',
    fix: `Take the key out of the code and let the function use its role. Look for it in the repository, too. ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html',
    where: /^lambda function:\S+ (version \d+\/)?code/,
    sources: ['lambda:ListFunctions', 'lambda:GetFunction'],
    command: ({ name, region }) =>
      shell`aws lambda get-function-configuration --function-name ${name} --region ${region} --query Role`,
    example: { service: 'lambda', resource: 'function:report', member: 'code!/settings.py' },
  },
  {
    id: 'task-key-in-definition',
    title: 'An access key lies in a task or job definition',
    why: 'Task definitions of ECS and job definitions of AWS Batch are shown to everybody who may describe them, and their revisions cannot be changed: the key stays in each.',
    fix: `Give the task a role (taskRoleArn, jobRoleArn) and register a revision without the key; deregister the old ones. ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html',
    where: /^(ecs task-definition|batch job-definition)\//,
    sources: ['ecs:ListTaskDefinitions', 'ecs:DescribeTaskDefinition', 'batch:DescribeJobDefinitions'],
    command: ({ service, name, region, text }) =>
      service === 'ecs'
        ? shell`aws ecs describe-task-definition --task-definition ${name} --region ${region} --query taskDefinition.taskRoleArn`
        : shell`aws batch describe-job-definitions --job-definitions ${text} --region ${region} --query jobDefinitions[].containerProperties.jobRoleArn`,
    example: {
      service: 'ecs',
      resource: 'task-definition/web:3',
      member: 'containerDefinitions/web/environment/AWS_ACCESS_KEY_ID',
    },
  },
  {
    id: 'build-key-in-project',
    title: 'An access key lies in a CodeBuild project',
    why: 'Plain variables and build specifications of a project are shown to everybody with codebuild:BatchGetProjects, and builds print their environment into logs.',
    fix: `Let the project use its service role; what must be a secret belongs in Secrets Manager or in a SecureString parameter. ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/codebuild/latest/userguide/change-project.html',
    where: /^codebuild project\//,
    sources: ['codebuild:ListProjects', 'codebuild:BatchGetProjects'],
    command: ({ name, region }) =>
      shell`aws codebuild batch-get-projects --names ${name} --region ${region} --query projects[].serviceRole`,
    example: {
      service: 'codebuild',
      resource: 'project/build',
      member: 'environment/environmentVariables/AWS_ACCESS_KEY_ID',
    },
  },
  {
    id: 'stack-key-in-the-open',
    title: "An access key lies in a CloudFormation stack's parameters, outputs or template",
    why: 'Parameters without NoEcho, outputs and templates are shown to everybody who may describe stacks. An output with a secret access key is the usual case: the stack made the key, and hands it to everybody.',
    fix: `Let the stack make a role instead of a user with a key. Where a key must be, put its secret into Secrets Manager within the template. ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html',
    where: /^cloudformation (stack|stackset)\//,
    sources: [
      'cloudformation:DescribeStacks',
      'cloudformation:GetTemplate',
      'cloudformation:ListStackSets',
      'cloudformation:DescribeStackSet',
    ],
    command: ({ text, region, resource }) =>
      resource.startsWith('stack/')
        ? shell`aws cloudformation describe-stack-resources --stack-name ${text} --region ${region} --query StackResources[?ResourceType==\`AWS::IAM::AccessKey\`].LogicalResourceId`
        : shell`aws cloudformation describe-stack-set --stack-set-name ${resource.slice('stackset/'.length)} --region ${region} --query StackSet.Status`,
    example: { service: 'cloudformation', resource: 'stack/cdn/0a1b', member: 'outputs/SecretAccessKey' },
  },
  {
    id: 'parameter-key-in-clear',
    title: 'An access key lies in a parameter that is not encrypted',
    why: 'A parameter of type String is shown to everybody with ssm:GetParameter; a SecureString needs the permission to decrypt as well, and every look is in CloudTrail.',
    fix: `Let what reads the parameter use a role. Until then make it a SecureString under another name, and delete this one: its history keeps the value. ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-securestring.html',
    where: /^ssm parameter\//,
    sources: ['ssm:DescribeParameters', 'ssm:GetParameters'],
    command: ({ resource, region }) => {
      const name = resource.slice('parameter'.length)
      return shell`aws ssm get-parameter-history --name ${name} --region ${region} --query Parameters[].[Version,LastModifiedUser]`
    },
    example: { service: 'ssm', resource: 'parameter/shop/aws_access_key_id', member: null },
  },
  {
    id: 'repository-key-in-codecommit',
    title: 'An access key lies in a CodeCommit repository',
    why: 'Everybody with codecommit:GitPull has it, and so has every clone. It stays in the history after it is taken out of the files.',
    fix: `Take the key out and let what uses it have a role. Scan a clone for its whole history. ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/securing_access-keys.html',
    where: /^codecommit /,
    sources: ['codecommit:ListRepositories', 'codecommit:ListBranches', 'codecommit:GetFolder', 'codecommit:GetBlob'],
    command: ({ resource, region }) =>
      shell`git clone --mirror codecommit::${region}://${resource} && keyreeve scan ${`${resource}.git`}`,
    example: { service: 'codecommit', resource: 'shop', member: 'main/.env' },
  },
  {
    id: 'resource-key-in-settings',
    title: 'An access key lies in the settings of a resource',
    why: 'Settings, scripts and tags are shown to everybody who may describe the resource, and copied wherever it is: into logs, backups, inventories.',
    fix: `${ROLE_INSTEAD} ${THEN_REVOKE}`,
    reference: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html',
    where:
      /^(amplify|apprunner|elasticbeanstalk|glue|sagemaker|states) |^ssm document\/|^ec2 \S+ tags\/|^lambda function:\S+ (?!.*(environment\/|code))|^lambda function:\S+ $/,
    sources: [
      'amplify:ListApps',
      'amplify:ListBranches',
      'apprunner:ListServices',
      'apprunner:DescribeService',
      'elasticbeanstalk:DescribeApplications',
      'elasticbeanstalk:DescribeEnvironments',
      'elasticbeanstalk:DescribeConfigurationSettings',
      'glue:GetJobs',
      'glue:GetConnections',
      'glue:GetDevEndpoints',
      'sagemaker:ListNotebookInstanceLifecycleConfigs',
      'sagemaker:DescribeNotebookInstanceLifecycleConfig',
      'sagemaker:ListStudioLifecycleConfigs',
      'sagemaker:DescribeStudioLifecycleConfig',
      'states:ListStateMachines',
      'states:DescribeStateMachine',
      'ssm:ListDocuments',
      'ssm:GetDocument',
      'ec2:DescribeTags',
    ],
    example: {
      service: 'elasticbeanstalk',
      resource: 'environment/shop/prod',
      member: 'environment/AWS_ACCESS_KEY_ID',
    },
  },
]

/** One check for each kind of place. */
export const KEYS_IN_CONFIGURATION: readonly Check[] = KINDS.map(checkOf)

function checkOf(kind: Kind): Check {
  const { id, title, why, fix, reference, example } = kind
  const place = accountPlace(example.service, example.resource, example.member)
  const account = { users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE' }] }
  return {
    id,
    title,
    severity: 'high',
    group: 'workloads',
    why,
    fix,
    needs: ['leaks', 'accountScan'],
    references: [reference],
    run: (input) => judge(kind, input),
    examples: {
      flagged: [
        {
          name: 'an active key of the account',
          account,
          leaks: [exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE', places: [place] })],
          accountScan: WHOLE_SCAN,
          flags: [subjectOf(arnOf(place.path!)!).id],
        },
        {
          name: 'a key of another account, and a secret without its ID',
          account,
          leaks: [
            exampleLeak({ accessKeyId: 'AKIAEXAMPLETWO', accountId: '444455556666', places: [place] }),
            exampleLeak({ kind: 'secret', accountId: null, evidence: 'named-secret', places: [{ ...place, line: 2 }] }),
          ],
          accountScan: WHOLE_SCAN,
          flags: [subjectOf(arnOf(place.path!)!).id],
        },
      ],
      clean: [
        {
          name: 'a key in a file only, and an example in the configuration',
          account,
          leaks: [
            exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE' }),
            exampleLeak({ accessKeyId: 'AKIAEXAMPLETWO', class: 'placeholder', places: [place] }),
          ],
          accountScan: WHOLE_SCAN,
        },
        {
          name: 'the same in another account',
          account,
          leaks: [
            exampleLeak({
              accessKeyId: 'AKIAEXAMPLEONE',
              places: [{ ...place, path: place.path!.replace(/:\d{12}:/, ':444455556666:') }],
            }),
          ],
          accountScan: WHOLE_SCAN,
        },
      ],
    },
  }
}

function* judge(kind: Kind, { snapshot, leaks, accountScan, dossiers }: CheckInput): Iterable<Flag | Unknown> {
  const active = new Set(dossiers.flatMap(({ accessKeyId, status }) => (status === 'active' ? [accessKeyId] : [])))
  const found = new Map<string, { arn: Arn; leaks: Map<Leak, LeakPlace[]> }>()
  for (const leak of (leaks ?? []).filter(isUsable))
    for (const place of openPlaces(leak)) {
      const arn = place.kind === 'account' ? arnOf(place.path) : null
      if (!arn || arn.accountId !== snapshot.accountId) continue
      if (!kind.where.test(`${arn.service} ${arn.resource} ${place.member ?? ''}`)) continue
      const entry = found.get(arn.text) ?? { arn, leaks: new Map() }
      entry.leaks.set(leak, [...(entry.leaks.get(leak) ?? []), place])
      found.set(arn.text, entry)
    }
  for (const { arn, leaks } of found.values()) yield flagOf(kind, arn, leaks, active)
  for (const line of accountScan ?? [])
    if (kind.sources.includes(line.source) && !['read', 'absent', 'unsupported'].includes(line.status))
      yield { unknown: gapSentence(line) }
}

function flagOf(kind: Kind, arn: Arn, leaks: ReadonlyMap<Leak, LeakPlace[]>, active: ReadonlySet<string | null>): Flag {
  const all = [...leaks.keys()]
  const ids = all.flatMap(({ accessKeyId }) => accessKeyId ?? [])
  const works = all.filter(({ accessKeyId, hasSecret }) => hasSecret && accessKeyId !== null && active.has(accessKeyId))
  const members = [...new Set([...leaks.values()].flat().map(({ member }) => member ?? 'its text'))]
  const what = ids.length > 0 ? listed(ids) : 'a secret access key'
  const state = works.length > 0 ? `; ${works.length === 1 ? 'the key is' : 'keys are'} active in this account` : ''
  // That the key works is the key's own finding; this one is about the place.
  const severity: Severity = all.some(({ hasSecret }) => hasSecret) ? 'high' : 'low'
  return {
    subject: subjectOf(arn),
    region: arn.region,
    because: `${what} in ${listed(members)}${state}`,
    evidence: [
      { fact: 'access keys', value: ids.join(', ') || null, source: SCAN },
      { fact: 'with the secret', value: all.some(({ hasSecret }) => hasSecret), source: SCAN },
    ],
    severity,
    ...(kind.command ? { commands: [kind.command(arn)] } : {}),
  }
}

function subjectOf({ text, service, resource, name }: Arn): Subject {
  if (service === 'ec2' && resource.startsWith('instance/'))
    return { kind: 'instance', id: name, arn: text, name: null }
  return { kind: 'resource', id: text, arn: text, name }
}

function arnOf(text: string): Arn | null {
  const match = /^arn:[^:]*:([^:]*):([^:]*):(\d{12})?:(.+)$/.exec(text)
  if (!match) return null
  const [, service = '', region = '', accountId = '', resource = ''] = match
  return { text, service, region, accountId, resource, name: resource.replace(/^[a-z-]+[:/]/i, '') }
}
