/** From a record of CloudTrail to the columns of the store, in DuckDB's SQL: one text for a batch of 10,000 records. */
import { COLUMNS, PARTITION } from '../columns.ts'
import { literal } from '../engines/engine.ts'
import { ARN_PARAMETERS, RESOURCE_RULES, type ResourceRule } from '../names/resources.ts'
import { EARLIEST } from './record.ts'
import { withoutSecrets } from './secrets-sql.ts'

/** What is kept of the JSON texts, in characters. */
const LONGEST_JSON = 32_768
const LONGEST_MESSAGE = 2_000
const LONGEST_TEXT = 1_000

/**
 * What is read of a record, as types for `json_transform`: what is missing, or of another type, becomes NULL. JSON
 * stands for a part that is kept as text.
 */
const STRUCTURE = {
  eventID: 'VARCHAR',
  eventTime: 'VARCHAR',
  eventSource: 'VARCHAR',
  eventName: 'VARCHAR',
  awsRegion: 'VARCHAR',
  sourceIPAddress: 'VARCHAR',
  userAgent: 'VARCHAR',
  errorCode: 'VARCHAR',
  errorMessage: 'VARCHAR',
  eventType: 'VARCHAR',
  eventCategory: 'VARCHAR',
  recipientAccountId: 'VARCHAR',
  vpcEndpointId: 'VARCHAR',
  readOnly: 'BOOLEAN',
  managementEvent: 'BOOLEAN',
  sessionCredentialFromConsole: 'VARCHAR',
  userIdentity: {
    type: 'VARCHAR',
    principalId: 'VARCHAR',
    arn: 'VARCHAR',
    accountId: 'VARCHAR',
    accessKeyId: 'VARCHAR',
    userName: 'VARCHAR',
    invokedBy: 'VARCHAR',
    sessionContext: {
      sessionIssuer: { arn: 'VARCHAR', userName: 'VARCHAR' },
      attributes: { creationDate: 'VARCHAR', mfaAuthenticated: 'VARCHAR' },
      ec2RoleDelivery: 'VARCHAR',
    },
  },
  resources: [{ ARN: 'VARCHAR', accountId: 'VARCHAR' }],
  requestParameters: 'JSON',
  responseElements: {
    credentials: { accessKeyId: 'VARCHAR' },
    accessKey: { accessKeyId: 'VARCHAR' },
    ConsoleLogin: 'VARCHAR',
    user: { arn: 'VARCHAR' },
    role: { arn: 'VARCHAR' },
    policy: { arn: 'VARCHAR' },
  },
  additionalEventData: 'JSON',
}

/** A list literal is no constant to DuckDB, an empty one has no type. */
const text = (path: string) => `r.${path}`
const some = (path: string) => `nullif(${text(path)}, '')`
const cut = (expression: string, longest: number) => `left(${expression}, ${longest})`

const json = (path: string) => `CAST(r.${path} AS VARCHAR)`
/** NULL where there is nothing, a note where it is too long, else without secrets. */
const keptJson = (path: string) =>
  `CASE WHEN ${json(path)} IN ('null', '{}') THEN NULL
    WHEN length(${json(path)}) > ${LONGEST_JSON} THEN '{"omitted":"longer than ${LONGEST_JSON} characters"}'
    ELSE ${withoutSecrets(json(path))} END`

const eventTime = 'TRY_CAST(r.eventTime AS TIMESTAMP)'
const IS_EVENT = `r.eventID <> '' AND r.eventSource <> '' AND r.eventName <> ''
  AND ${eventTime} >= TIMESTAMP '${EARLIEST}' AND ${eventTime} <= now()::TIMESTAMP + INTERVAL 1 DAY`

/**
 * Loads one batch into the table `loaded`, almost flat. What needs the tables of names follows in {@link EVENTS}.
 * Parameter 1: the records as UTF-8, a list in JSON.
 */
export const LOADED_COLUMNS: readonly (readonly [name: string, expression: string])[] = [
  ['event_id', some('eventID')],
  ['event_time', `CASE WHEN ${IS_EVENT} THEN ${eventTime} ELSE error('not an event') END`],
  ['account_id', `coalesce(${some('recipientAccountId')}, ${some('userIdentity.accountId')})`],
  ['event_source', some('eventSource')],
  ['event_name', some('eventName')],
  ['aws_region', some('awsRegion')],
  ['source_ip', cut(some('sourceIPAddress'), LONGEST_TEXT)],
  ['user_agent', cut(some('userAgent'), LONGEST_TEXT)],
  ['identity_type', some('userIdentity.type')],
  ['identity_arn', some('userIdentity.arn')],
  ['principal_id', some('userIdentity.principalId')],
  ['session_issuer_arn', some('userIdentity.sessionContext.sessionIssuer.arn')],
  ['access_key_id', some('userIdentity.accessKeyId')],
  [
    'user_name',
    `coalesce(${some('userIdentity.userName')}, ${some('userIdentity.sessionContext.sessionIssuer.userName')})`,
  ],
  ['identity_account', some('userIdentity.accountId')],
  ['mfa_authenticated', text('userIdentity.sessionContext.attributes.mfaAuthenticated')],
  ['session_created', `TRY_CAST(r.userIdentity.sessionContext.attributes.creationDate AS TIMESTAMP)`],
  ['ec2_delivery', `r.userIdentity.sessionContext.ec2RoleDelivery IS NOT NULL`],
  ['from_console', `r.sessionCredentialFromConsole = 'true'`],
  ['invoked_by', some('userIdentity.invokedBy')],
  ['vpc_endpoint', some('vpcEndpointId')],
  ['error_code', some('errorCode')],
  ['error_message', withoutSecrets(cut(some('errorMessage'), LONGEST_MESSAGE))],
  ['read_only', text('readOnly')],
  ['event_type', some('eventType')],
  ['event_category', some('eventCategory')],
  ['management', `coalesce(r.managementEvent, r.eventCategory = 'Management')`],
  ['named_resources', `list_filter(list_transform(r.resources, x -> x.ARN), x -> x IS NOT NULL AND x <> '')`],
  ['resource_account', `r.resources[1].accountId`],
  [
    'answered_arn',
    `coalesce(${some('responseElements.user.arn')}, ${some('responseElements.role.arn')}, ${some('responseElements.policy.arn')})`,
  ],
  [
    'new_access_key',
    `coalesce(${some('responseElements.credentials.accessKeyId')}, ${some('responseElements.accessKey.accessKeyId')})`,
  ],
  ['console_login_result', some('responseElements.ConsoleLogin')],
  ['request_parameters', keptJson('requestParameters')],
  ['additional', keptJson('additionalEventData')],
]

/** The table that batches are loaded into. */
export const LOADED_TABLE = `CREATE TABLE loaded AS ${selectLoaded("'[]'")}`

/** Parameter 1: the records as UTF-8, a list in JSON. Fails when one of them is no event. */
// `random()`: what is known to be constant would be worked out when the statement is planned, value by value
export const LOAD = `INSERT INTO loaded ${selectLoaded('CASE WHEN random() >= 0 THEN decode($1) END')}`

function selectLoaded(records: string): string {
  return `SELECT ${LOADED_COLUMNS.map(([name, expression]) => `${expression} AS ${name}`).join(',\n  ')}
FROM (SELECT unnest(json_transform(${records}, ${literal(JSON.stringify([STRUCTURE]))})) AS r)`
}

const partition = `CASE WHEN aws_region LIKE 'cn-%' THEN 'aws-cn' WHEN aws_region LIKE 'us-gov-%' THEN 'aws-us-gov' ELSE 'aws' END`
const parameter = (path: string) => `json_extract_string(request_parameters, ${literal(`$.${path}`)})`

/** ARNs of what a call was about, made of its parameters: a list, or NULL. */
function builtResources(): string {
  const services = [...new Set(RESOURCE_RULES.map(({ service }) => service))]
  const branches = services.map((service) => {
    const rules = RESOURCE_RULES.filter((rule) => rule.service === service)
    return `WHEN ${literal(service)} THEN coalesce(${rules.map(builtBy).join(', ')})`
  })
  return `coalesce(CASE n.service ${branches.join('\n ')} END, ${generic})`
}

const generic = `CASE WHEN contains(request_parameters, '"arn:') THEN coalesce(${ARN_PARAMETERS.map(
  (name) => `[${parameter(name)}]`,
)
  .map((list) => `nullif(list_filter(${list}, x -> starts_with(x, 'arn:')), [])`)
  .join(', ')}) END`

function builtBy({ parameter: path, arn, below }: ResourceRule): string {
  const value = path.includes('[*]') ? parameter(path) : `[${parameter(path)}]`
  const rest = below ? ` || CASE WHEN ${parameter(below)} IS NULL THEN '' ELSE '/' || ${parameter(below)} END` : ''
  const made = arn
    .split(/(\{[prav]\})/)
    .filter((piece) => piece !== '')
    .map((piece) => PLACES[piece] ?? literal(piece))
    .join(' || ')
  const isQueue = path === 'queueUrl'
  const queue = `'arn:' || p || ':sqs:' || coalesce(aws_region, '') || ':' || split_part(x, '/', 4) || ':' || split_part(x, '/', 5)`
  const each = isQueue ? queue : `CASE WHEN starts_with(x, 'arn:') THEN x ELSE ${made} END${rest}`
  const filter = arn === '{v}' && !isQueue ? `x IS NOT NULL AND starts_with(x, 'arn:')` : `x IS NOT NULL AND x <> ''`
  return `nullif(list_transform(list_filter(${value}, x -> ${filter}), x -> ${each}), [])`
}

const PLACES: Record<string, string> = {
  '{p}': 'p',
  '{r}': "coalesce(aws_region, '')",
  '{a}': "coalesce(account_id, '')",
  // parameters of SSM may begin with the slash that the ARN has anyway
  '{v}': "CASE WHEN n.service = 'ssm' THEN ltrim(x, '/') ELSE x END",
}

/** Whether the rule that made the ARN makes the right one. */
function builtIsExact(): string {
  const approximate = RESOURCE_RULES.filter((rule) => rule.approximate)
  const services = [...new Set(approximate.map(({ service }) => service))]
  const branches = services.map((service) => {
    const paths = approximate.filter((rule) => rule.service === service).map((rule) => parameter(rule.parameter))
    return `WHEN ${literal(service)} THEN NOT coalesce(NOT starts_with(coalesce(${paths.join(', ')}), 'arn:'), false)`
  })
  return `CASE n.service ${branches.join('\n ')} WHEN 'kms' THEN NOT starts_with(coalesce(${parameter('keyId')}, ''), 'alias/') ELSE true END`
}

const accountOf = (arn: string) => `nullif(split_part(${arn}, ':', 5), '')`

/** What the columns are made of, besides those that are already as they should be. */
const MADE: Record<string, string> = {
  network: 'i.network',
  ip_class: 'i.ip_class',
  user_agent: 'coalesce(a.shown, e.user_agent)',
  agent_family: 'a.agent_family',
  principal_arn: `CASE
    WHEN session_issuer_arn IS NOT NULL THEN session_issuer_arn
    WHEN identity_arn LIKE 'arn:%:sts::%:assumed-role/%' THEN
      replace(split_part(identity_arn, ':assumed-role/', 1), ':sts::', ':iam::') || ':role/' || split_part(split_part(identity_arn, ':assumed-role/', 2), '/', 1)
    ELSE identity_arn END`,
  principal_id: `nullif(split_part(principal_id, ':', 1), '')`,
  session_name: `CASE WHEN identity_arn LIKE '%:assumed-role/%' THEN nullif(regexp_extract(identity_arn, ':assumed-role/[^/]+/(.*)$', 1), '')
    WHEN contains(principal_id, ':') THEN nullif(substr(principal_id, strpos(principal_id, ':') + 1), '') END`,
  key_kind: `CASE WHEN starts_with(access_key_id, 'AKIA') THEN 'long-term' WHEN starts_with(access_key_id, 'ASIA') THEN 'temporary' END`,
  mfa: `CASE WHEN event_name = 'ConsoleLogin' THEN
      CASE json_extract_string(additional, '$.MFAUsed') WHEN 'Yes' THEN true WHEN 'No' THEN false END
    ELSE CASE mfa_authenticated WHEN 'true' THEN true WHEN 'false' THEN false END END`,
  resources: `coalesce(arns, CAST([] AS VARCHAR[]))`,
  resource: `arns[1]`,
  resource_known: `arns IS NOT NULL AND known`,
  passed_role: 'passed[1]',
  passed_roles: 'coalesce(passed, CAST([] AS VARCHAR[]))',
  target_user: `CASE WHEN service = 'iam' THEN ${parameter('userName')} END`,
  target_key: `CASE WHEN service = 'iam' THEN ${parameter('accessKeyId')} END`,
  target_role_arn: 'target_role',
  policy_arn: `CASE WHEN service IN ('iam', 'organizations') THEN ${parameter('policyArn')} END`,
  external_account: `coalesce(
      CASE WHEN identity_account <> account_id THEN identity_account END,
      CASE WHEN ${accountOf('target_role')} <> account_id THEN ${accountOf('target_role')} END,
      CASE WHEN regexp_full_match(resource_account, '[0-9]{12}') AND resource_account <> account_id THEN resource_account END)`,
  [PARTITION]: 'CAST(event_time AS DATE)',
}

const COLUMNS_SQL = COLUMNS.map(({ name }) => `${MADE[name] ?? `e.${name}`} AS ${name}`).join(',\n  ')

/**
 * The events, once each, in the order of the files. The tables `names`, `addresses` and `agents` say what JavaScript
 * worked out for each distinct name, address and user agent.
 */
export const EVENTS = `SELECT ${COLUMNS_SQL}
FROM (
  SELECT *, coalesce(nullif(named_resources, []), CASE WHEN answered_arn IS NOT NULL THEN [answered_arn] END, built) AS arns,
    nullif(named_resources, []) IS NOT NULL OR answered_arn IS NOT NULL OR exact AS known
  FROM (
    SELECT n.*,
      CASE WHEN request_parameters IS NOT NULL AND len(coalesce(named_resources, [])) = 0 THEN ${builtResources()} END AS built,
      ${builtIsExact()} AS exact,
      CASE WHEN passes IS NOT NULL THEN list_filter(
        list_transform(passes, x -> json_extract_string(request_parameters, x)), x -> x IS NOT NULL AND x <> '') END AS passed,
      CASE n.service WHEN 'sts' THEN ${parameter('roleArn')}
        WHEN 'iam' THEN 'arn:' || p || ':iam::' || account_id || ':role/' || ${parameter('roleName')} END AS target_role
    FROM (
      SELECT f.*, ${partition} AS p, names.service, names.action, names.passes
      FROM loaded f LEFT JOIN names ON names.event_source = f.event_source AND names.event_name = f.event_name
    ) n
  )
) e
LEFT JOIN addresses i ON i.source_ip = e.source_ip
LEFT JOIN agents a ON a.user_agent = e.user_agent`
