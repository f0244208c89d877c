/**
 * The columns of the store: one flat row an event. The same names and meanings on every engine; queries are over these
 * and never look into JSON.
 */

export interface Column {
  /** lower_snake_case */
  name: string
  duckdb: 'VARCHAR' | 'BOOLEAN' | 'TIMESTAMP' | 'DATE' | 'VARCHAR[]'
  trino: 'varchar' | 'boolean' | 'timestamp(3)' | 'date' | 'array(varchar)'
  meaning: string
}

const text = (name: string, meaning: string): Column => ({ name, duckdb: 'VARCHAR', trino: 'varchar', meaning })
const flag = (name: string, meaning: string): Column => ({ name, duckdb: 'BOOLEAN', trino: 'boolean', meaning })
const time = (name: string, meaning: string): Column => ({ name, duckdb: 'TIMESTAMP', trino: 'timestamp(3)', meaning })

/**
 * In the order of the files. Names of the record's own fields are those of AWS:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 * Unknown is null.
 */
export const COLUMNS: readonly Column[] = [
  text('event_id', 'eventID: what two sources have in common, of the same ID and time, is kept once'),
  time('event_time', 'eventTime, UTC'),
  text('account_id', 'recipientAccountId: the account whose trail has the event'),
  text('event_source', 'eventSource: s3.amazonaws.com'),
  text('event_name', 'eventName, in the spelling of CloudTrail: ListBuckets, GetFunction20150331v2'),
  text('service', 'the prefix of IAM actions: s3, cloudwatch (of monitoring.amazonaws.com)'),
  text('action', 'the IAM action that was asked for: s3:ListAllMyBuckets; null: IAM has none, or it is not known'),
  text('aws_region', 'awsRegion'),
  text('source_ip', 'sourceIPAddress: an address, or the name of an AWS service'),
  text('network', 'of source_ip: IPv4 /24 (198.51.100.0/24), IPv6 /48, or the name of the AWS service'),
  text(
    'ip_class',
    "'aws-service': a service called; 'private': RFC 1918 and the like; 'aws': an address known to be of AWS; 'public'",
  ),
  text('user_agent', 'userAgent, as the caller chose it: hostile text'),
  text('agent_family', 'what made the call: aws-cli, boto3, terraform, console, aws-service ...'),
  text('identity_type', 'userIdentity.type: IAMUser, AssumedRole, Root, AWSService, AWSAccount ...'),
  text('principal_arn', 'the user, the root user, or the role of a session'),
  text('principal_id', 'userIdentity.principalId without the name of the session: AIDA..., AROA...'),
  text('session_name', 'role session name'),
  text(
    'session_issuer_arn',
    'sessionContext.sessionIssuer.arn: the role or user whose temporary credentials these are',
  ),
  text('access_key_id', 'userIdentity.accessKeyId'),
  text('key_kind', "'long-term' (AKIA) or 'temporary' (ASIA)"),
  text('user_name', 'userIdentity.userName, or that of the session issuer'),
  text('identity_account', 'userIdentity.accountId: the account of the caller'),
  flag('mfa', 'whether the session, or the console log-in, used MFA'),
  time('session_created', 'when the temporary credentials were made'),
  flag('ec2_delivery', 'the credentials were handed out by an instance metadata service'),
  flag('from_console', 'sessionCredentialFromConsole: made by the console'),
  text('invoked_by', 'userIdentity.invokedBy: the AWS service that called for the caller'),
  text('vpc_endpoint', 'vpcEndpointId'),
  text('error_code', 'errorCode; null: the call succeeded'),
  text('error_message', 'errorMessage, without secrets, 2,000 characters at most'),
  flag('read_only', 'readOnly'),
  text('event_type', 'eventType: AwsApiCall, AwsServiceEvent, AwsConsoleSignIn ...'),
  text('event_category', 'eventCategory: Management, Data, NetworkActivity, Insight'),
  flag('management', 'managementEvent'),
  {
    name: 'resources',
    duckdb: 'VARCHAR[]',
    trino: 'array(varchar)',
    meaning: 'ARNs that the call is about; empty: none is known',
  },
  text('resource', 'the first of resources'),
  flag('resource_known', 'whether resources tells what the call was about; false where it could not be worked out'),
  text('passed_role', 'the first of passed_roles'),
  {
    name: 'passed_roles',
    duckdb: 'VARCHAR[]',
    trino: 'array(varchar)',
    meaning:
      'roles (or instance profiles) that the call hands to a service, as the request names them: it needs iam:PassRole, too',
  },
  text('target_user', 'requestParameters.userName of IAM calls'),
  text('target_key', 'requestParameters.accessKeyId of IAM calls'),
  text('target_role_arn', 'the role that is assumed (sts) or changed (iam)'),
  text('new_access_key', 'ID of the key that the call created: of credentials from STS, and of CreateAccessKey'),
  text('policy_arn', 'requestParameters.policyArn'),
  text(
    'external_account',
    'an account other than account_id that the event names: that of the caller, of the role, or of a resource',
  ),
  text('console_login_result', 'responseElements.ConsoleLogin: Success or Failure'),
  text(
    'request_parameters',
    'requestParameters as JSON, without secrets; only a note where it is longer than 32,768 characters, or no JSON any more without its secrets',
  ),
  text('additional', 'additionalEventData as JSON, without secrets; a note in the same cases'),
  {
    name: 'day',
    duckdb: 'DATE',
    trino: 'date',
    meaning: 'the day of event_time, UTC: the partition; bound every query by it',
  },
]

/** The column that the folders of the store are named after; it is not in the files. */
export const PARTITION = 'day'

export const COLUMN_NAMES: readonly string[] = COLUMNS.map(({ name }) => name)
