/** The services that the sandbox has; one line each. */
import type { Service } from '../call.ts'
import { accessAnalyzer } from './access-analyzer.ts'
import { account } from './account.ts'
import { amplify } from './amplify.ts'
import { apprunner } from './apprunner.ts'
import { athena } from './athena.ts'
import { batch } from './batch.ts'
import { cloudformation } from './cloudformation.ts'
import { cloudtrail } from './cloudtrail.ts'
import { codebuild } from './codebuild.ts'
import { codecommit } from './codecommit.ts'
import { ec2 } from './ec2.ts'
import { ecs } from './ecs.ts'
import { elasticbeanstalk } from './elasticbeanstalk.ts'
import { glue } from './glue.ts'
import { iam } from './iam.ts'
import { lambda } from './lambda.ts'
import { organizations } from './organizations.ts'
import { s3 } from './s3.ts'
import { sagemaker } from './sagemaker.ts'
import { secretsmanager } from './secretsmanager.ts'
import { sfn } from './sfn.ts'
import { ssm } from './ssm.ts'
import { sts } from './sts.ts'

export const SERVICES: readonly Service[] = [
  iam,
  sts,
  organizations,
  account,
  ec2,
  cloudtrail,
  accessAnalyzer,
  amplify,
  apprunner,
  athena,
  batch,
  cloudformation,
  codebuild,
  codecommit,
  ecs,
  elasticbeanstalk,
  glue,
  lambda,
  s3,
  sagemaker,
  secretsmanager,
  sfn,
  ssm,
]
