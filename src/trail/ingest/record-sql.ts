/** From a record of CloudTrail to the columns of the store, in DuckDB's SQL. */
import { COLUMNS, PARTITION } from '../columns.ts'
import { literal } from '../engines/engine.ts'
import { ARN_PARAMETERS, RESOURCE_RULES, type ResourceRule } from '../names/resources.ts'
import { withoutSecrets } from './secrets-sql.ts'

/** What is kept of the JSON texts, in characters. */
const LONGEST_JSON = 32_768
const LONGEST_MESSAGE = 2_000
/** Of an address or an agent, in characters. */
export const LONGEST_TEXT = 1_000

/**
 * What is read of a record, as types for `json_transform`: what is missing, or of another type, becomes NULL. JSON
 * stands for a part that is kept as text. What is not here is not even handed to the database. The identity is the
 * first object: the module that looks records through knows it so.
 */
export const STRUCTURE = {
  eventID: 'VARCHAR',
  awsRegion: 'VARCHAR',
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
/** Until about 2020, what a person did in the console was said to be invoked by this: no service that acts for others. */
const CONSOLE = 'signin.amazonaws.com'
const some = (path: string) => `nullif(${text(path)}, '')`
const cut = (expression: string, longest: number) => `left(${expression}, ${longest})`

const json = (path: string) => `CAST(r.${path} AS VARCHAR)`
/** NULL where there is nothing, a note where it is too long, else without secrets. */
const keptJson = (path: string) =>
  `CASE WHEN ${json(path)} IN ('null', '{}') THEN NULL
    WHEN length(${json(path)}) > ${LONGEST_JSON} THEN '{"omitted":"longer than ${LONGEST_JSON} characters"}'
    ELSE ${withoutSecrets(json(path))} END`

/** What is taken of a record, almost flat. What needs the tables of names follows in {@link eventsOf}. */
const LOADED_COLUMNS: readonly (readonly [name: string, expression: string])[] = [
  ['event_id', some('eventID')],
  ['event_time', 'make_timestamp(CAST(micros AS BIGINT))'],
  ['call', 'call'],
  ['address', 'address'],
  ['agent', 'agent'],
  ['account_id', `coalesce(${some('recipientAccountId')}, ${some('userIdentity.accountId')})`],
  ['aws_region', some('awsRegion')],
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
  ['from_console', `r.sessionCredentialFromConsole = 'true' OR r.userIdentity.invokedBy = '${CONSOLE}'`],
  ['invoked_by', `nullif(${some('userIdentity.invokedBy')}, '${CONSOLE}')`],
  ['vpc_endpoint', some('vpcEndpointId')],
  ['error_code', some('errorCode')],
  ['error_message', withoutSecrets(cut(some('errorMessage'), LONGEST_MESSAGE))],
  ['read_only', text('readOnly')],
  ['event_type', some('eventType')],
  ['event_category', some('eventCategory')],
  ['management', `coalesce(r.managementEvent, r.eventCategory = 'Management')`],
  ['named_resources', `list_filter(list_transform(r.resources, x -> x.ARN), x -> x IS NOT NULL AND x <> '')`],
  // of an object, S3 names the account only with the bucket, which comes second
  ['resource_account', `list_filter(list_transform(r.resources, x -> x.accountId), x -> x <> '')[1]`],
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

/** A table function: the records that a lane writes, in their order. */
export const RECORDS = 'records'

/** Another: their IDs and times. */
export const IDS = 'ids'

/**
 * Records of a lane that are in the files already, by their places: those of which the same ID at the same time is
 * there. CloudTrail delivers an event again as it was; an ID that comes with another time is not known, whatever the
 * order and the number of events that are written together.
 */
export function knownOf(lane: number, files: readonly string[], first: number, last: number): string {
  // the second of the two is held in memory
  return `SELECT place FROM (SELECT event_id, event_time FROM read_parquet([${files.map(literal).join(', ')}], hive_partitioning = false)
    WHERE event_time >= make_timestamp(${first}) AND event_time <= make_timestamp(${last})) known
    JOIN ${IDS}(${lane}) ids ON decode(ids.id) = known.event_id AND make_timestamp(CAST(ids.micros AS BIGINT)) = known.event_time`
}

/** Records of a lane that the database does not understand, by their places. */
export function faultsOf(lane: number): string {
  return `SELECT place FROM ${RECORDS}(${lane}) WHERE TRY(${transformed('decode(record)')}) IS NULL`
}

const transformed = (record: string) => `json_transform(${record}, ${literal(JSON.stringify(STRUCTURE))})`

const partition = `CASE WHEN aws_region LIKE 'cn-%' THEN 'aws-cn' WHEN aws_region LIKE 'us-gov-%' THEN 'aws-us-gov' ELSE 'aws' END`
const parameter = (path: string) => `json_extract_string(request_parameters, ${literal(`$.${path}`)})`

/** Between a template and its value. */
const SEPARATOR = 'chr(31)'
/** Of the rules for all services, which come last. */
const LAST = 99

/**
 * The first rule whose parameter the request has: its number among those of the service, its template and the value, as
 * one text. The statement is planned often, and that takes the longer the more there is in it: so what is done with
 * them stands only once, in {@link madeOf}.
 */
function foundResource(): string {
  const services = [...new Set(RESOURCE_RULES.map(({ service }) => service))]
  const branches = services.map((service) => {
    const found = rulesOf(service).flatMap((rule, i) => (isList(rule) ? [] : [foundBy(rule, i)]))
    return `WHEN ${literal(service)} THEN coalesce(${[...found, 'NULL'].join(', ')})`
  })
  const anyArn = ARN_PARAMETERS.map((name) => foundBy({ service: '', parameter: name, arn: '{v}' }, LAST))
  return `coalesce(CASE n.rules ${branches.join('\n ')} END,
    CASE WHEN contains(request_parameters, '"arn:') THEN coalesce(${anyArn.join(', ')}) END)`
}

const rulesOf = (name: string) => RESOURCE_RULES.filter(({ service }) => service === name)
const isList = (rule: ResourceRule) => rule.parameter.includes('[*]')

function foundBy(rule: ResourceRule, number: number): string {
  const value = parameter(rule.parameter)
  const wanted = rule.arn === '{v}' && rule.parameter !== QUEUE ? `starts_with(${value}, 'arn:')` : `${value} <> ''`
  const template = `${String(number).padStart(2, '0')}${templateOf(rule)}`
  return `CASE WHEN ${wanted} THEN ${literal(template)} || ${SEPARATOR} || ${value} END`
}

/** Of a queue, its URL has all. */
const QUEUE = 'queueUrl'
const QUEUE_TEMPLATE = 'arn:{p}:sqs:{r}:'
const templateOf = ({ parameter: path, arn, below }: ResourceRule) =>
  path === QUEUE ? QUEUE_TEMPLATE : below ? `${arn}${separatorOf(arn)}{${below}}` : arn
const separatorOf = (arn: string) => (arn.endsWith(':') ? '' : '/')

const found = (part: 1 | 2) => `split_part(found, ${SEPARATOR}, ${part})`
const BELOW = RESOURCE_RULES.flatMap(({ arn, below }) =>
  below === undefined ? [] : [{ below, separator: separatorOf(arn) }],
)

/** The ARN of what {@link foundResource} found. */
function madeOf(template: string, value: string): string {
  const known = [
    ['{p}', 'p'],
    ['{r}', "coalesce(aws_region, '')"],
    ['{a}', "coalesce(account_id, '')"],
  ].reduce((made, [place, by]) => `replace(${made}, '${place}', ${by})`, template)
  // parameters of SSM may begin with the slash that the ARN has anyway
  const made = `replace(${known}, '{v}', CASE WHEN service = 'ssm' THEN ltrim(${value}, '/') ELSE ${value} END)`
  return `CASE WHEN starts_with(${value}, 'arn:') THEN ${value} ELSE ${made} END`
}

/** ARNs of what a call was about, made of its parameters: a list, or NULL. */
function builtResources(): string {
  // a value may have the separator in it
  const value = `substr(found, strpos(found, ${SEPARATOR}) + 1)`
  const template = `substr(${found(1)}, 3)`
  const scalar = `[CASE WHEN ${template} = '${QUEUE_TEMPLATE}'
      THEN ${madeOf(template, "''")} || split_part(${value}, '/', 4) || ':' || split_part(${value}, '/', 5)
    ELSE ${BELOW.reduce(
      (made, { below, separator }) =>
        `CASE WHEN ends_with(${template}, '${separator}{${below}}')
          THEN ${madeOf(`left(${template}, -${below.length + separator.length + 2})`, value)} || coalesce('${separator}' || ${parameter(below)}, '')
          ELSE ${made} END`,
      madeOf(template, value),
    )} END]`
  const lists = [...new Set(RESOURCE_RULES.filter(isList).map(({ service }) => service))].map((service) => {
    const inOrder = rulesOf(service).flatMap((rule, i) =>
      isList(rule)
        ? [
            `CASE WHEN found < '${String(i).padStart(2, '0')}' THEN ${scalar} END`,
            `nullif(list_transform(list_filter(${parameter(rule.parameter)}, x -> x IS NOT NULL AND x <> ''),
              x -> ${madeOf(literal(rule.arn), 'x')}), [])`,
          ]
        : [],
    )
    return `WHEN ${literal(service)} THEN coalesce(${inOrder.join(', ')}, CASE WHEN found IS NOT NULL THEN ${scalar} END)`
  })
  return `CASE rules ${lists.join('\n ')} ELSE CASE WHEN found IS NOT NULL THEN ${scalar} END END`
}

/** Whether the rule that made the ARN makes the right one. */
function builtIsExact(): string {
  const approximate = RESOURCE_RULES.filter((rule) => rule.approximate)
  const names = RESOURCE_RULES.filter((rule) => rule.nameOnly)
  const services = [...new Set([...approximate, ...names].map(({ service }) => service))]
  const branches = services.map((service) => {
    const pathsOf = (rules: readonly ResourceRule[]) =>
      rules.filter((rule) => rule.service === service).map((rule) => parameter(rule.parameter.replace('[*]', '')))
    const faults = [
      ...(pathsOf(approximate).length > 0
        ? [`NOT starts_with(coalesce(${pathsOf(approximate).join(', ')}), 'arn:')`]
        : []),
      ...pathsOf(names).map((path) => `(contains(${path}, ':') AND NOT starts_with(${path}, 'arn:'))`),
    ]
    return `WHEN ${literal(service)} THEN NOT (${faults.map((fault) => `coalesce(${fault}, false)`).join(' OR ')})`
  })
  return `CASE rules ${branches.join('\n ')} WHEN 'kms' THEN NOT starts_with(coalesce(${parameter('keyId')}, ''), 'alias/') ELSE true END`
}

/**
 * A table is asked for with the index that is read:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
function ofIndex(arns: string): string {
  const index = parameter('indexName')
  return `CASE WHEN action IN ('dynamodb:Query', 'dynamodb:Scan') AND ${index} <> '' THEN list_transform(${arns},
      x -> CASE WHEN contains(x, ':table/') AND NOT contains(x, '/index/') THEN x || '/index/' || ${index} ELSE x END)
    ELSE ${arns} END`
}

const accountOf = (arn: string) => `nullif(split_part(${arn}, ':', 5), '')`

const ROLE_AND_SESSION = `substr(identity_arn, strpos(identity_arn, ':assumed-role/') + ${':assumed-role/'.length})`

/** What the columns are made of, besides those that are already as they should be. */
const MADE: Record<string, string> = {
  action: `CASE WHEN version_action IS NOT NULL AND ${parameter('versionId')} <> '' THEN version_action ELSE action END`,
  network: 'i.network',
  ip_class: 'i.ip_class',
  source_ip: 'i.source_ip',
  user_agent: 'a.user_agent',
  agent_family: 'a.agent_family',
  principal_arn: `CASE
    WHEN session_issuer_arn IS NOT NULL THEN session_issuer_arn
    WHEN identity_arn LIKE 'arn:%:sts::%:assumed-role/%' THEN
      replace(split_part(identity_arn, ':assumed-role/', 1), ':sts::', ':iam::') || ':role/' || split_part(split_part(identity_arn, ':assumed-role/', 2), '/', 1)
    ELSE identity_arn END`,
  principal_id: `nullif(split_part(principal_id, ':', 1), '')`,
  session_name: `CASE WHEN contains(identity_arn, ':assumed-role/') THEN
      CASE WHEN strpos(${ROLE_AND_SESSION}, '/') > 1 THEN nullif(substr(${ROLE_AND_SESSION}, strpos(${ROLE_AND_SESSION}, '/') + 1), '') END
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

/** What JavaScript works out for each call, address and user agent, by its number. */
export const NAMES = `
  CREATE TABLE calls (number INTEGER, event_source VARCHAR, event_name VARCHAR, service VARCHAR, rules VARCHAR, action VARCHAR, version_action VARCHAR, passes VARCHAR[]);
  CREATE TABLE addresses (number INTEGER, source_ip VARCHAR, network VARCHAR, ip_class VARCHAR);
  CREATE TABLE agents (number INTEGER, user_agent VARCHAR, agent_family VARCHAR);`

/** The events of a lane. One row comes of each record, in their order. */
export function eventsOf(lane: number): string {
  return EVENTS.replace(`${RECORDS}(0)`, `${RECORDS}(${lane})`)
}

const EVENTS = `SELECT ${COLUMNS_SQL}
FROM (
  SELECT *, ${ofIndex('coalesce(nullif(named_resources, []), CASE WHEN answered_arn IS NOT NULL THEN [answered_arn] END, built)')} AS arns,
    nullif(named_resources, []) IS NOT NULL OR answered_arn IS NOT NULL OR exact AS known
  FROM (
    SELECT *,
      CASE WHEN is_unnamed THEN ${builtResources()} END AS built,
      CASE WHEN is_unnamed THEN ${builtIsExact()} ELSE true END AS exact,
      CASE WHEN passes IS NOT NULL THEN list_filter(
        list_transform(passes, x -> json_extract_string(request_parameters, x)), x -> x IS NOT NULL AND x <> '') END AS passed,
      CASE service WHEN 'sts' THEN ${parameter('roleArn')}
        WHEN 'iam' THEN 'arn:' || p || ':iam::' || account_id || ':role/' || ${parameter('roleName')} END AS target_role
    FROM (
     SELECT n.*, CASE WHEN is_unnamed THEN ${foundResource()} END AS found
     FROM (
      SELECT f.*, request_parameters IS NOT NULL AND len(coalesce(named_resources, [])) = 0 AS is_unnamed,
        ${partition} AS p, c.event_source, c.event_name, c.service, c.rules, c.action, c.version_action, c.passes
      FROM (
        SELECT ${LOADED_COLUMNS.map(([name, expression]) => `${expression} AS ${name}`).join(',\n  ')}
        FROM (SELECT micros, call, address, agent, ${transformed('decode(record)')} AS r FROM ${RECORDS}(0))
      ) f LEFT JOIN calls c ON c.number = f.call
     ) n
    )
  )
) e
LEFT JOIN addresses i ON i.number = e.address
LEFT JOIN agents a ON a.number = e.agent`
