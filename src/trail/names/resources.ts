/**
 * What a call was about, where the event has no `resources`: ARNs made of the request's parameters. The templates are
 * those of each service's resource types in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */

import { actionNamed } from '../../policy/actions/actions.ts'

export interface ResourceRule {
  /** Of the action, or {@link rulesFor} it. */
  service: string
  /** Of the parameter, below `requestParameters`: `bucketName`, `instancesSet.items[*].instanceId`. */
  parameter: string
  /**
   * `{p}` partition, `{r}` region, `{a}` account, `{v}` the value. A value that is an ARN already is taken as it is.
   */
  arn: string
  /** The ARN may differ: IAM's names have no path, a secret's name no suffix. Such a resource is not called known. */
  approximate?: true
  /** A value with a colon is more than a name: `name:version`, `account:function:name`. Its ARN is not known. */
  nameOnly?: true
  /** Another parameter that is put behind: after a slash, where the ARN does not end in a colon. */
  below?: string
}

/** What stands between the ARN of a rule and what is put behind it. */
export const separatorOf = ({ arn }: ResourceRule): string => (arn.endsWith(':') ? '' : '/')

/** A set of rules of its own, for actions whose parameters mean something else than those of the others. */
const DOCUMENTS = 'ssm documents'
const LOG_STREAMS = 'logs streams'

/** Which rules an action has, by the name that they have in place of the service. */
export function rulesFor(service: string | null, action: string | null): string | null {
  if (action === null) return service
  const kinds = (actionNamed(action)?.resourceTypes ?? []).map(({ name }) => name)
  if (service === 'ssm' && kinds.includes('document') && !kinds.includes('parameter')) return DOCUMENTS
  if (service === 'logs' && kinds.includes('log-stream')) return LOG_STREAMS
  return service
}

/** In order: the first that the request has says what the call was about. */
export const RESOURCE_RULES: readonly ResourceRule[] = [
  { service: 's3', parameter: 'bucketName', below: 'key', arn: 'arn:{p}:s3:::{v}' },
  { service: 'sts', parameter: 'roleArn', arn: '{v}' },
  { service: 'iam', parameter: 'userName', arn: 'arn:{p}:iam::{a}:user/{v}', approximate: true },
  { service: 'iam', parameter: 'roleName', arn: 'arn:{p}:iam::{a}:role/{v}', approximate: true },
  { service: 'iam', parameter: 'groupName', arn: 'arn:{p}:iam::{a}:group/{v}', approximate: true },
  { service: 'iam', parameter: 'policyArn', arn: '{v}' },
  { service: 'iam', parameter: 'instanceProfileName', arn: 'arn:{p}:iam::{a}:instance-profile/{v}', approximate: true },
  { service: 'iam', parameter: 'policyName', arn: 'arn:{p}:iam::{a}:policy/{v}', approximate: true },
  { service: 'iam', parameter: 'sAMLProviderArn', arn: '{v}' },
  { service: 'iam', parameter: 'openIDConnectProviderArn', arn: '{v}' },
  { service: 'lambda', parameter: 'functionName', arn: 'arn:{p}:lambda:{r}:{a}:function:{v}', nameOnly: true },
  { service: 'lambda', parameter: 'layerName', arn: 'arn:{p}:lambda:{r}:{a}:layer:{v}' },
  { service: 'lambda', parameter: 'resource', arn: '{v}' },
  { service: 'dynamodb', parameter: 'tableName', arn: 'arn:{p}:dynamodb:{r}:{a}:table/{v}' },
  { service: 'dynamodb', parameter: 'resourceArn', arn: '{v}' },
  { service: 'sqs', parameter: 'queueUrl', arn: '{v}' },
  { service: 'sqs', parameter: 'queueName', arn: 'arn:{p}:sqs:{r}:{a}:{v}' },
  { service: 'sns', parameter: 'topicArn', arn: '{v}' },
  { service: 'sns', parameter: 'targetArn', arn: '{v}' },
  { service: 'sns', parameter: 'name', arn: 'arn:{p}:sns:{r}:{a}:{v}' },
  {
    service: 'secretsmanager',
    parameter: 'secretId',
    arn: 'arn:{p}:secretsmanager:{r}:{a}:secret:{v}',
    approximate: true,
  },
  { service: 'secretsmanager', parameter: 'name', arn: 'arn:{p}:secretsmanager:{r}:{a}:secret:{v}', approximate: true },
  { service: 'ssm', parameter: 'documentName', arn: 'arn:{p}:ssm:{r}:{a}:document/{v}', approximate: true },
  { service: 'ssm', parameter: 'name', arn: 'arn:{p}:ssm:{r}:{a}:parameter/{v}', nameOnly: true },
  { service: 'ssm', parameter: 'names[*]', arn: 'arn:{p}:ssm:{r}:{a}:parameter/{v}', nameOnly: true },
  { service: 'ssm', parameter: 'path', arn: 'arn:{p}:ssm:{r}:{a}:parameter/{v}' },
  { service: 'ssm', parameter: 'instanceIds[*]', arn: 'arn:{p}:ec2:{r}:{a}:instance/{v}' },
  { service: 'ssm', parameter: 'target', arn: 'arn:{p}:ec2:{r}:{a}:instance/{v}', approximate: true },
  // AWS's own documents are of no account
  { service: DOCUMENTS, parameter: 'documentName', arn: 'arn:{p}:ssm:{r}:{a}:document/{v}', approximate: true },
  { service: DOCUMENTS, parameter: 'name', arn: 'arn:{p}:ssm:{r}:{a}:document/{v}', approximate: true },
  { service: 'kms', parameter: 'keyId', arn: 'arn:{p}:kms:{r}:{a}:key/{v}' },
  // all but tags are asked for with what follows the group's name:
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
  { service: 'logs', parameter: 'logGroupName', arn: 'arn:{p}:logs:{r}:{a}:log-group:{v}:log-stream:' },
  {
    service: LOG_STREAMS,
    parameter: 'logGroupName',
    below: 'logStreamName',
    arn: 'arn:{p}:logs:{r}:{a}:log-group:{v}:log-stream:',
  },
  { service: 'ecr', parameter: 'repositoryName', arn: 'arn:{p}:ecr:{r}:{a}:repository/{v}' },
  { service: 'ecs', parameter: 'cluster', arn: 'arn:{p}:ecs:{r}:{a}:cluster/{v}' },
  {
    service: 'cloudformation',
    parameter: 'stackName',
    arn: 'arn:{p}:cloudformation:{r}:{a}:stack/{v}/*',
    approximate: true,
  },
  { service: 'ec2', parameter: 'instancesSet.items[*].instanceId', arn: 'arn:{p}:ec2:{r}:{a}:instance/{v}' },
  { service: 'ec2', parameter: 'instanceId', arn: 'arn:{p}:ec2:{r}:{a}:instance/{v}' },
  { service: 'ec2', parameter: 'volumeId', arn: 'arn:{p}:ec2:{r}:{a}:volume/{v}' },
  { service: 'ec2', parameter: 'snapshotId', arn: 'arn:{p}:ec2:{r}::snapshot/{v}' },
  { service: 'ec2', parameter: 'groupId', arn: 'arn:{p}:ec2:{r}:{a}:security-group/{v}' },
  { service: 'ec2', parameter: 'networkInterfaceId', arn: 'arn:{p}:ec2:{r}:{a}:network-interface/{v}' },
  { service: 'ec2', parameter: 'imageId', arn: 'arn:{p}:ec2:{r}::image/{v}' },
  { service: 'ec2', parameter: 'keyName', arn: 'arn:{p}:ec2:{r}:{a}:key-pair/{v}' },
  { service: 'ec2', parameter: 'subnetId', arn: 'arn:{p}:ec2:{r}:{a}:subnet/{v}' },
  { service: 'ec2', parameter: 'vpcId', arn: 'arn:{p}:ec2:{r}:{a}:vpc/{v}' },
  { service: 'rds', parameter: 'dBInstanceIdentifier', arn: 'arn:{p}:rds:{r}:{a}:db:{v}' },
  { service: 'rds', parameter: 'dBClusterIdentifier', arn: 'arn:{p}:rds:{r}:{a}:cluster:{v}' },
  { service: 'rds', parameter: 'dBSnapshotIdentifier', arn: 'arn:{p}:rds:{r}:{a}:snapshot:{v}' },
  { service: 'eks', parameter: 'clusterName', arn: 'arn:{p}:eks:{r}:{a}:cluster/{v}' },
  { service: 'eks', parameter: 'name', arn: 'arn:{p}:eks:{r}:{a}:cluster/{v}' },
  { service: 'states', parameter: 'stateMachineArn', arn: '{v}' },
  { service: 'states', parameter: 'executionArn', arn: '{v}' },
  { service: 'kinesis', parameter: 'streamName', arn: 'arn:{p}:kinesis:{r}:{a}:stream/{v}' },
  { service: 'firehose', parameter: 'deliveryStreamName', arn: 'arn:{p}:firehose:{r}:{a}:deliverystream/{v}' },
  { service: 'cloudtrail', parameter: 'name', arn: 'arn:{p}:cloudtrail:{r}:{a}:trail/{v}' },
  { service: 'cloudtrail', parameter: 'trailName', arn: 'arn:{p}:cloudtrail:{r}:{a}:trail/{v}' },
  { service: 'athena', parameter: 'workGroup', arn: 'arn:{p}:athena:{r}:{a}:workgroup/{v}' },
  { service: 'codebuild', parameter: 'projectName', arn: 'arn:{p}:codebuild:{r}:{a}:project/{v}' },
  { service: 'codecommit', parameter: 'repositoryName', arn: 'arn:{p}:codecommit:{r}:{a}:{v}' },
  { service: 'cloudwatch', parameter: 'alarmName', arn: 'arn:{p}:cloudwatch:{r}:{a}:alarm:{v}' },
  { service: 'elasticloadbalancing', parameter: 'loadBalancerArn', arn: '{v}' },
  { service: 'elasticloadbalancing', parameter: 'targetGroupArn', arn: '{v}' },
  { service: 'elasticloadbalancing', parameter: 'listenerArn', arn: '{v}' },
  { service: 'acm', parameter: 'certificateArn', arn: '{v}' },
  { service: 'route53', parameter: 'hostedZoneId', arn: 'arn:{p}:route53:::hostedzone/{v}' },
  { service: 'cognito-idp', parameter: 'userPoolId', arn: 'arn:{p}:cognito-idp:{r}:{a}:userpool/{v}' },
  { service: 'guardduty', parameter: 'detectorId', arn: 'arn:{p}:guardduty:{r}:{a}:detector/{v}' },
]

/** For services without a rule: parameters that hold an ARN of what the call is about. */
export const ARN_PARAMETERS: readonly string[] = ['resourceArn', 'resourceARN', 'arn', 'aRN', 'targetArn']
