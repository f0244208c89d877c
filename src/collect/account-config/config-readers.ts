/** What is read of an account's configuration, one file a service; one line each. */
import type { Call } from '../run.ts'
import { amplify } from './amplify.ts'
import { apprunner } from './apprunner.ts'
import { batch } from './batch.ts'
import { cloudformation } from './cloudformation.ts'
import { codebuild } from './codebuild.ts'
import { codecommit } from './codecommit.ts'
import { ec2 } from './ec2.ts'
import { ecs } from './ecs.ts'
import { elasticbeanstalk } from './elasticbeanstalk.ts'
import { glue } from './glue.ts'
import { lambda } from './lambda.ts'
import type { ConfigReader } from './reader.ts'
import { sagemaker } from './sagemaker.ts'
import { sfn } from './sfn.ts'
import { ssm } from './ssm.ts'

export const CONFIG_READERS: readonly ConfigReader[] = [
  ec2,
  lambda,
  ecs,
  cloudformation,
  ssm,
  codebuild,
  codecommit,
  batch,
  glue,
  sfn,
  amplify,
  elasticbeanstalk,
  apprunner,
  sagemaker,
]

/** Every call that reading the configuration makes, beside those that find the account and its regions. */
export const ACCOUNT_CONFIG_CALLS: readonly Call[] = CONFIG_READERS.flatMap(({ calls }) => calls)
