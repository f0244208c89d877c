/** An account with a key and its secret in everything that `scan --account` reads. */
import {
  type Account,
  addAccount,
  addInstance,
  newRandom,
  newWorld,
  type Random,
  randomString,
  type World,
} from '../../src/sandbox/state.ts'
import * as add from '../../src/sandbox/workloads.ts'

export const REGION = 'eu-west-1'
const ROLE = 'arn:aws:iam::111122223333:role/worker'

export interface Planted {
  /** What it lies in: `lambda environment`. */
  what: string
  accessKeyId: string
  secretAccessKey: string
}

export interface PlantedAccount {
  world: World
  account: Account
  planted: Planted[]
}

export function plantedAccount(): PlantedAccount {
  const world = newWorld({
    seed: 11,
    awsManagedPolicies: [
      {
        policyName: 'AdministratorAccess',
        document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      },
    ],
  })
  const account = addAccount(world, { accountId: '111122223333' })
  const planted: Planted[] = []
  const random = newRandom(99)
  const plant = (what: string): Planted => {
    const pair = { what, ...newPair(random) }
    planted.push(pair)
    return pair
  }
  const variables = (what: string) => {
    const { accessKeyId, secretAccessKey } = plant(what)
    return { LOG_LEVEL: 'info', AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  }
  const script = (what: string) => {
    const { accessKeyId, secretAccessKey } = plant(what)
    return `#!/bin/sh\nexport AWS_ACCESS_KEY_ID=${accessKeyId}\nexport AWS_SECRET_ACCESS_KEY=${secretAccessKey}\nrun\n`
  }
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const inJson = (what: string) => {
    const { accessKeyId, secretAccessKey } = plant(what)
    return { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey }
  }

  addInstance(world, account, REGION, { userData: script('instance user data'), tags: variables('instance tags') })
  addInstance(world, account, 'us-east-1', { userData: script('user data in another region') })
  add.addLaunchTemplate(world, account, REGION, 'web', [
    { UserData: base64(script('launch template, old version')) },
    { UserData: base64(script('launch template, new version')) },
  ])
  const [borrowed] = add.addLayer(
    world,
    addAccount(world, { accountId: '444455556666' }),
    REGION,
    'agent',
    [{ 'settings.sh': script('layer of another account') }],
    { isPublic: true },
  )
  add.addFunction(world, account, REGION, 'report', {
    Role: ROLE,
    Layers: [{ Arn: borrowed!.arn }],
    environment: variables('function environment'),
    code: { 'index.mjs': 'export const handler = () => 1\n', 'lib/settings.sh': script('function code') },
  })
  add.addLayer(world, account, REGION, 'shared', [
    { 'python/settings.sh': script('layer, old version') },
    { 'python/settings.sh': script('layer, new version') },
  ])
  add.addTaskDefinition(world, account, REGION, 'web', { environment: variables('task definition') })
  add.addJobDefinition(world, account, REGION, 'nightly', { environment: variables('job definition') })
  add.addGlueJob(world, account, REGION, 'etl', { DefaultArguments: variables('glue job') })
  add.addGlueConnection(world, account, REGION, 'kafka', {
    ConnectionProperties: variables('glue connection') as never,
  })
  add.addDevEndpoint(world, account, REGION, 'dev', { Arguments: variables('glue endpoint') })
  add.addProject(world, account, REGION, 'build', {
    variables: variables('build project'),
    source: { type: 'NO_SOURCE', buildspec: script('build specification') },
  })
  add.addRepository(world, account, REGION, 'shop', {
    main: { 'README.md': '# Shop\n', 'deploy/prod/env.sh': script('repository, main') },
    next: { 'README.md': '# Shop\n', 'env.sh': script('repository, next') },
  })
  add.addStack(world, account, REGION, 'network', {
    parameters: variables('stack parameters'),
    outputs: variables('stack outputs'),
    templateBody: script('stack template'),
  })
  add.addStackSet(world, account, REGION, 'baseline', { TemplateBody: script('stack set template') })
  for (const [name, value] of Object.entries(variables('parameters')))
    add.addParameter(world, account, REGION, `/shop/${name}`, value)
  add.addParameter(world, account, REGION, '/shop/HIDDEN', plant('secure string').secretAccessKey, {
    Type: 'SecureString',
  })
  add.addDocument(world, account, REGION, 'restart', { mainSteps: [inJson('document')] })
  add.addStateMachine(world, account, REGION, 'orders', { roleArn: ROLE, definition: inJson('state machine') })
  add.addApp(world, account, REGION, 'site', {
    environmentVariables: variables('amplify app'),
    branches: { main: variables('amplify branch') },
  })
  add.addBeanstalkApplication(world, account, REGION, 'legacy', {
    environments: { prod: variables('beanstalk environment') },
    templates: { saved: variables('beanstalk template') },
  })
  add.addAppRunnerService(world, account, REGION, 'api', { environment: variables('app runner') })
  add.addLifecycleConfig(world, account, REGION, 'setup', {
    onCreate: script('notebook, on create'),
    onStart: script('notebook, on start'),
  })
  add.addStudioLifecycleConfig(world, account, REGION, 'studio', script('studio'))
  return { world, account, planted }
}

function newPair(random: Random): Pick<Planted, 'accessKeyId' | 'secretAccessKey'> {
  const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return {
    accessKeyId: `AKIA${randomString(random, 'QRSTUV', 1)}${randomString(random, base32, 15)}`,
    secretAccessKey: randomString(random, `${base32}abcdefghijklmnopqrstuvwxyz0189+/`, 40),
  }
}
