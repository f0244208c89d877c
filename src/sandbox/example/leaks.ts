/**
 * Where the shop's keys lie in its own account: in user data (`legacy-erp`, told with the instances), environments, code,
 * templates and parameters. For each there is a neighbour that does it right.
 */
import { type Account, nameKey, type World } from '../state.ts'
import {
  addBeanstalkApplication,
  addFunction,
  addLaunchTemplate,
  addParameter,
  addProject,
  addRepository,
  addStack,
  addTaskDefinition,
} from '../workloads.ts'

const REGION = 'eu-west-1'
const SYDNEY = 'ap-southeast-2'

/** Puts keys of the account's users where somebody once put them. */
export function plantLeaks(world: World, account: Account): void {
  const keyOf = (userName: string) => account.users.get(nameKey(userName))!.accessKeys.at(-1)!
  const variables = (userName: string, region = REGION) => ({
    AWS_ACCESS_KEY_ID: keyOf(userName).accessKeyId,
    AWS_DEFAULT_REGION: region,
    AWS_SECRET_ACCESS_KEY: keyOf(userName).secretAccessKey,
  })
  const roleArn = (name: string) => account.roles.get(nameKey(name))!.arn

  addFunction(world, account, REGION, 'returns-portal', {
    Role: roleArn('storefront-lambda'),
    Runtime: 'nodejs18.x',
    environment: { LOG_LEVEL: 'info', TABLE: 'returns', ...variables('returns-portal') },
  })
  addFunction(world, account, REGION, 'catalogue-search', {
    Role: roleArn('storefront-lambda'),
    Runtime: 'python3.12',
    Handler: 'indexer.handler',
    environment: { DOMAIN: 'catalogue' },
    code: {
      'indexer.py':
        'from settings import session\n\n\ndef handler(event, context):\n    return session.client("es").meta.region_name\n',
      'settings.py': `import boto3

session = boto3.Session(
    aws_access_key_id="${keyOf('search-indexer').accessKeyId}",
    aws_secret_access_key="${keyOf('search-indexer').secretAccessKey}",
    region_name="eu-west-1",
)
`,
    },
  })
  addFunction(world, account, REGION, 'storefront-basket', {
    Role: roleArn('storefront-lambda'),
    environment: { TABLE: 'baskets', LOG_LEVEL: 'info' },
  })

  const jenkins = variables('jenkins')
  const script = (lines: string) => Buffer.from(`#!/bin/bash\nset -e\n${lines}\n`).toString('base64')
  addLaunchTemplate(
    world,
    account,
    REGION,
    'jenkins-agent',
    [
      {
        InstanceType: 'm5.large',
        UserData: script(
          `export AWS_ACCESS_KEY_ID=${jenkins.AWS_ACCESS_KEY_ID}\nexport AWS_SECRET_ACCESS_KEY=${jenkins.AWS_SECRET_ACCESS_KEY}\naws s3 cp s3://meridian-build/agent.jar .\njava -jar agent.jar`,
        ),
      },
      { InstanceType: 'm7g.large', UserData: script('aws s3 cp s3://meridian-build/agent.jar .\njava -jar agent.jar') },
    ],
    { defaultVersion: 2 },
  )

  addTaskDefinition(world, account, REGION, 'shop-mailer', {
    taskRoleArn: roleArn('storefront-task'),
    executionRoleArn: roleArn('ecs-task-execution'),
    environment: { SENDER: 'orders@meridian-outfitters.example', ...variables('ses-smtp') },
  })
  addTaskDefinition(world, account, REGION, 'storefront', {
    taskRoleArn: roleArn('storefront-task'),
    executionRoleArn: roleArn('ecs-task-execution'),
    environment: { STAGE: 'production' },
  })

  addProject(world, account, REGION, 'translations', {
    serviceRole: roleArn('codebuild-storefront'),
    variables: variables('translation-sync'),
  })

  for (const [name, value] of Object.entries(variables('inventory-api', SYDNEY)))
    addParameter(world, account, SYDNEY, `/shop/inventory/${name.toLowerCase()}`, value)
  addParameter(world, account, SYDNEY, '/shop/inventory/database-password', 'kept by KMS', { Type: 'SecureString' })

  const refresh = keyOf('cdn-refresh')
  addStack(world, account, 'us-east-1', 'cdn-refresh', {
    outputs: { AccessKeyId: refresh.accessKeyId, SecretAccessKey: refresh.secretAccessKey },
    templateBody: JSON.stringify(
      {
        Resources: {
          User: { Type: 'AWS::IAM::User', Properties: { UserName: 'cdn-refresh' } },
          Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'User' } } },
        },
        Outputs: {
          AccessKeyId: { Value: { Ref: 'Key' } },
          SecretAccessKey: { Value: { 'Fn::GetAtt': ['Key', 'SecretAccessKey'] } },
        },
      },
      null,
      2,
    ),
  })

  addBeanstalkApplication(world, account, REGION, 'old-shop', {
    environments: { 'old-shop-pictures': { PHP_VERSION: '7.4', ...variables('image-resize-legacy') } },
  })

  addRepository(world, account, REGION, 'shop-dns', {
    main: {
      'README.md': '# Addresses of the shops\n\nRun `update.py` from the office.\n',
      'update.py': 'import boto3\n\nroute53 = boto3.Session(profile_name="dns").client("route53")\n',
      '.aws/credentials': `[dns]
aws_access_key_id = ${keyOf('dns-updater').accessKeyId}
aws_secret_access_key = ${keyOf('dns-updater').secretAccessKey}
`,
    },
  })
}
