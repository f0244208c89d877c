/** One thing of every kind that a way may go through, for tests. */
import { EXAMPLE_ACCOUNT } from '../src/checks/example.ts'
import type { Workload } from '../src/model/snapshot.ts'
import type { HolderKind } from '../src/reach/holders.ts'

const here = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${EXAMPLE_ACCOUNT}:${resource}`

export const ARNS: Readonly<Record<HolderKind, string>> = {
  'amplify-app': here('amplify', 'apps/d1'),
  'app-runner-service': here('apprunner', 'service/web/1f'),
  'batch-job-definition': here('batch', 'job-definition/nightly:3'),
  'build-project': here('codebuild', 'project/release'),
  'container-service': here('ecs', 'service/main/web'),
  'container-task': here('ecs', 'task/main/1f'),
  'glue-dev-endpoint': here('glue', 'devEndpoint/dev'),
  'glue-job': here('glue', 'job/load'),
  'glue-session': here('glue', 'session/s-1'),
  instance: here('ec2', 'instance/i-1'),
  'lambda-function': here('lambda', 'function:report'),
  'launch-template': here('ec2', 'launch-template/lt-1'),
  'managed-instance': here('ssm', 'managed-instance/mi-1'),
  'notebook-instance': here('sagemaker', 'notebook-instance/research'),
  'saml-provider': `arn:aws:iam::${EXAMPLE_ACCOUNT}:saml-provider/okta`,
  stack: here('cloudformation', 'stack/network/1f'),
  'stack-set': here('cloudformation', 'stackset/baseline:1f'),
  'state-machine': here('states', 'stateMachine:orders'),
  'studio-domain': here('sagemaker', 'domain/d-1'),
  'studio-user-profile': here('sagemaker', 'user-profile/d-1/anna'),
  'task-definition': here('ecs', 'task-definition/web:3'),
}

/** A thing with everything that a way may need of it. */
export function oneOf(kind: HolderKind, more: Partial<Workload> = {}) {
  const isOfContainers = kind === 'container-task' || kind === 'container-service'
  return {
    // instances and providers are no workloads: something of another kind stands for them
    kind: kind === 'instance' || kind === 'saml-provider' ? ('stack-set' as const) : kind,
    arn: ARNS[kind],
    clusterArn: isOfContainers ? here('ecs', 'cluster/main') : null,
    features: ['execute-command', 'lifecycle-config', 'running'] as Workload['features'],
    ...more,
  }
}

/** Systems Manager's agent on the instance of {@link ARNS}. */
export const MANAGED = { ...oneOf('managed-instance'), arn: ARNS.instance }
