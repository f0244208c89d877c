/**
 * The prefix of a service's IAM actions, of the name that CloudTrail has for it. Most are the first part of
 * `eventSource`; these are not. Of each service's page in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const OTHER_PREFIX: Readonly<Record<string, string>> = {
  monitoring: 'cloudwatch',
  email: 'ses',
  tagging: 'tag',
  'servicecatalog-appregistry': 'servicecatalog',
  'runtime.sagemaker': 'sagemaker',
  'api.sagemaker': 'sagemaker',
  'api.pricing': 'pricing',
  'models.lex': 'lex',
  'runtime.lex': 'lex',
  'models-v2-lex': 'lex',
  'runtime-v2-lex': 'lex',
  'data.iot': 'iot',
  iotdata: 'iot',
  'streams.dynamodb': 'dynamodb',
  'data-jobs-iot': 'iotjobsdata',
  'ops.apigateway': 'apigateway',
  'transcribe-streaming': 'transcribe',
  'participant.connect': 'connect',
  'bedrock-agent': 'bedrock',
  'bedrock-runtime': 'bedrock',
  'bedrock-agent-runtime': 'bedrock',
  cloudhsmv2: 'cloudhsm',
  'application-insights': 'applicationinsights',
  'catalog.marketplace': 'aws-marketplace',
  'metering-marketplace': 'aws-marketplace',
  'entitlement-marketplace': 'aws-marketplace',
  'discovery-marketplace': 'aws-marketplace',
  'mturk-requester': 'mechanicalturk',
  'personalize-runtime': 'personalize',
  'personalize-events': 'personalize',
  'query.timestream': 'timestream',
  'ingest.timestream': 'timestream',
  'dynamodb-streams': 'dynamodb',
  rdsdata: 'rds-data',
  cloudcontrolapi: 'cloudformation',
  appstream2: 'appstream',
  appconfigdata: 'appconfig',
  forecastquery: 'forecast',
  'memory-db': 'memorydb',
  'mail-manager': 'ses',
  'migrationhub-config': 'mgh',
  'bedrock-data-automation': 'bedrock',
  'bedrock-data-automation-runtime': 'bedrock',
  'bedrock-agentcore-control': 'bedrock-agentcore',
  'identity-chime': 'chime',
  'media-pipelines-chime': 'chime',
  'meetings-chime': 'chime',
  'messaging-chime': 'chime',
  'voice-chime': 'chime',
  'metering.marketplace': 'aws-marketplace',
  'entitlement.marketplace': 'aws-marketplace',
}

/** `s3.amazonaws.com` is `s3`; null without a source. */
export function servicePrefix(eventSource: string | null): string | null {
  if (eventSource === null || eventSource === '') return null
  const name = eventSource.replace(/\.(?:amazonaws\.com(?:\.cn)?|aws\.internal|amazon\.com)$/, '')
  if (Object.hasOwn(OTHER_PREFIX, name)) return OTHER_PREFIX[name]!
  return name.includes('.') ? name.slice(0, name.indexOf('.')) : name
}
