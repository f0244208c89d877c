/** From a record of CloudTrail to the columns of the store, in DuckDB's SQL. */
import { COLUMNS, PARTITION } from '../columns.ts'
import { literal } from '../engines/engine.ts'
import { partitionSql } from '../names/partitions.ts'
import { ARN_PARAMETERS, RESOURCE_RULES, type ResourceRule, separatorOf } from '../names/resources.ts'
import { withoutSecrets } from './secrets-sql.ts'

/** What is kept of the JSON texts, in characters. */
const LONGEST_JSON = 32_768
const LONGEST_MESSAGE = 2_000
/** Of an address or an agent, in characters. */
export const LONGEST_TEXT = 1_000

/** Of the caller: when the session began. */
export const CREATION_DATE = 'creationDate'

/**
 * What is read of a record, as types for `json_transform`: what is missing, or of another type, becomes NULL. JSON
 * stands for a part that is kept as text. What is not here is not even handed to the database. This is what differs
 * from one record to the next.
 */
export const RECORD_PARTS = {
  eventID: 'VARCHAR',
  errorCode: 'VARCHAR',
  errorMessage: 'VARCHAR',
  vpcEndpointId: 'VARCHAR',
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

/** Who called: a caller has many records, and is read once for those that are written together. */
export const CALLER = {
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
      attributes: { [CREATION_DATE]: 'VARCHAR', mfaAuthenticated: 'VARCHAR' },
      ec2RoleDelivery: 'VARCHAR',
    },
  },
}

/** In which setting: of these there are fewer still. */
export const SETTING = {
  awsRegion: 'VARCHAR',
  eventType: 'VARCHAR',
  eventCategory: 'VARCHAR',
  recipientAccountId: 'VARCHAR',
  readOnly: 'BOOLEAN',
  managementEvent: 'BOOLEAN',
  sessionCredentialFromConsole: 'VARCHAR',
}

/** A column for each member, named by its path: a struct that a CASE parts is parted member by member. */
function flat(struct: string, members: { [name: string]: unknown }, prefix = ''): string {
  return Object.entries(members)
    .map(([name, type]) => {
      const of = `${struct}."${name}"`
      return typeof type === 'object' && !Array.isArray(type)
        ? flat(of, type as { [name: string]: unknown }, `${prefix}${name}.`)
        : `${of} AS ${text(prefix + name)}`
    })
    .join(', ')
}

/** Until about 2020, what a person did in the console was said to be invoked by this: no service that acts for others. */
const CONSOLE = 'signin.amazonaws.com'

/** A list literal is no constant to DuckDB, an empty one has no type. */
const text = (path: string) => `"${path}"`
const some = (path: string) => `nullif(${text(path)}, '')`
const cut = (expression: string, longest: number) => `left(${expression}, ${longest})`

const json = (path: string) => `CAST(${text(path)} AS VARCHAR)`
/** NULL where there is nothing, a note where it is too long, else without secrets. */
const keptJson = (path: string) =>
  `CASE WHEN ${json(path)} IN ('null', '{}') THEN NULL
    WHEN length(${json(path)}) > ${LONGEST_JSON} THEN '{"omitted":"longer than ${LONGEST_JSON} characters"}'
    ELSE ${withoutSecrets(json(path), asJson)} END`

/** Somebody may choose a text that is no JSON any more without its secret. */
const asJson = (clean: string) => `coalesce(CAST(TRY_CAST(${clean} AS JSON) AS VARCHAR), '{"omitted":"had a secret"}')`

type Expressions = readonly (readonly [name: string, expression: string])[]

const listed = (columns: Expressions) => columns.map(([name, expression]) => `${expression} AS ${name}`).join(',\n  ')

/** What is taken of a record, almost flat. What needs the tables of names follows in {@link eventsOf}. */
const RECORD_COLUMNS: Expressions = [
  ['event_id', some('eventID')],
  ['event_time', 'make_timestamp(CAST(micros AS BIGINT))'],
  ['created', 'CASE WHEN created > 0 THEN make_timestamp(CAST(created AS BIGINT)) END'],
  ['vpc_endpoint', some('vpcEndpointId')],
  ['error_code', some('errorCode')],
  ['error_message', withoutSecrets(cut(some('errorMessage'), LONGEST_MESSAGE))],
  ['named_resources', `list_filter(list_transform(${text('resources')}, x -> x.ARN), x -> x IS NOT NULL AND x <> '')`],
  // of an object, S3 names the account only with the bucket, which comes second; KMS names both keys of ReEncrypt
  ['resource_accounts', `list_filter(list_transform(${text('resources')}, x -> x.accountId), x -> x <> '')`],
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

const OF_CALLER = (path: string) => some(`userIdentity.${path}`)

/**
 * Some events have it without the signs within, in ISO 8601's basic notation:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
const SAID_CREATED = OF_CALLER(`sessionContext.attributes.${CREATION_DATE}`)

const CALLER_COLUMNS: Expressions = [
  ['identity_type', OF_CALLER('type')],
  ['identity_arn', OF_CALLER('arn')],
  ['principal', OF_CALLER('principalId')],
  ['session_issuer_arn', OF_CALLER('sessionContext.sessionIssuer.arn')],
  ['access_key_id', OF_CALLER('accessKeyId')],
  ['user_name', `coalesce(${OF_CALLER('userName')}, ${OF_CALLER('sessionContext.sessionIssuer.userName')})`],
  ['identity_account', OF_CALLER('accountId')],
  ['mfa_authenticated', text('userIdentity.sessionContext.attributes.mfaAuthenticated')],
  ['said_created', `coalesce(TRY_CAST(${SAID_CREATED} AS TIMESTAMP), try_strptime(${SAID_CREATED}, '%Y%m%dT%H%M%SZ'))`],
  ['ec2_delivery', `${text('userIdentity.sessionContext.ec2RoleDelivery')} IS NOT NULL`],
  ['is_from_signin', `${text('userIdentity.invokedBy')} = '${CONSOLE}'`],
  ['invoked_by', `nullif(${OF_CALLER('invokedBy')}, '${CONSOLE}')`],
]

const ROLE_SESSION = ':assumed-role/'

/**
 * Who comes by SAML or OIDC has an ID with colons, and no session yet:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
const HAS_SESSION = "coalesce(identity_type, '') NOT IN ('SAMLUser', 'WebIdentityUser')"

/** Of the columns before. */
const PRINCIPAL_COLUMNS: Expressions = [
  [
    'principal_arn',
    `CASE
    WHEN session_issuer_arn IS NOT NULL THEN session_issuer_arn
    WHEN identity_arn LIKE 'arn:%:sts::%${ROLE_SESSION}%' THEN
      replace(split_part(identity_arn, '${ROLE_SESSION}', 1), ':sts::', ':iam::') || ':role/' || split_part(split_part(identity_arn, '${ROLE_SESSION}', 2), '/', 1)
    ELSE identity_arn END`,
  ],
  ['principal_id', `CASE WHEN ${HAS_SESSION} THEN nullif(split_part(principal, ':', 1), '') ELSE principal END`],
  [
    'session_name',
    `CASE WHEN contains(identity_arn, '${ROLE_SESSION}') THEN nullif(regexp_extract(identity_arn, '(?s)${ROLE_SESSION}[^/]+/(.*)', 1), '')
    WHEN ${HAS_SESSION} AND contains(principal, ':') THEN nullif(substr(principal, strpos(principal, ':') + 1), '') END`,
  ],
  [
    'key_kind',
    "CASE WHEN starts_with(access_key_id, 'AKIA') THEN 'long-term' WHEN starts_with(access_key_id, 'ASIA') THEN 'temporary' END",
  ],
]

const SETTING_COLUMNS: Expressions = [
  ['recipient', some('recipientAccountId')],
  ['aws_region', some('awsRegion')],
  ['event_type', some('eventType')],
  ['event_category', some('eventCategory')],
  ['read_only', text('readOnly')],
  ['management', `coalesce(${text('managementEvent')}, ${text('eventCategory')} = 'Management')`],
  ['is_from_console', `${text('sessionCredentialFromConsole')} = 'true'`],
]

/** A table function: the records that a lane writes, in their order. */
export const RECORDS = 'records'

/** Another: their IDs and times. */
export const IDS = 'ids'

/** Another: the texts that they have in common, each with its number: of the callers, or of the settings. */
export const COMMON = 'common'
export type Kind = 'callers' | 'settings'
export const KINDS: readonly Kind[] = ['callers', 'settings']

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
  const isFault = (text: string, structure: object) => `TRY(${transformed(text, structure)}) IS NULL`
  return `SELECT place FROM ${RECORDS}(${lane}) r
    JOIN ${common(lane, 'callers')} w ON w.number = r.caller
    JOIN ${common(lane, 'settings')} s ON s.number = r.setting
    WHERE ${isFault('r.record', RECORD_PARTS)} OR ${isFault('w.text', CALLER)} OR ${isFault('s.text', SETTING)}`
}

const common = (lane: number, kind: Kind) => `${COMMON}(${lane}, ${KINDS.indexOf(kind)})`

const transformed = (text: string, structure: object) =>
  `json_transform(decode(${text}), ${literal(JSON.stringify(structure))})`

/** Parameters that columns are made of, besides those of {@link RESOURCE_RULES}. */
const PARAMETERS: { [service: string]: readonly string[] } = { iam: ['accessKeyId'], organizations: ['policyArn'] }

const isList = (rule: ResourceRule) => rule.parameter.includes('[*]')

/** What a rule asks for: of a list, the whole of it, to see whether there is one. */
const askedBy = (rule: ResourceRule) => (isList(rule) ? rule.parameter.split(/[.[]/)[0]! : rule.parameter)

/** The parameters of each service that are asked for. */
const ASKED = new Map(Object.entries(PARAMETERS).map(([service, paths]) => [service, new Set(paths)]))
for (const rule of RESOURCE_RULES) {
  const asked = ASKED.get(rule.service) ?? new Set()
  ASKED.set(rule.service, asked)
  asked.add(askedBy(rule))
  if (rule.below) asked.add(rule.below)
}

const extracted = (paths: string) => `json_extract_string(request_parameters, ${paths})`

/** The values of all that is asked for, so that the parameters are parsed once. */
function askedValues(): string {
  const branches = [...ASKED].map(([service, paths]) => {
    const list = [...paths].map((path) => literal(`$.${path}`)).join(', ')
    return `WHEN ${literal(service)} THEN ${extracted(`[${list}]`)}`
  })
  return `CASE rules ${branches.join('\n ')} END`
}

/** One of those, where the rules are these. */
const parameter = (rules: string, path: string) => `asked[${[...ASKED.get(rules)!].indexOf(path) + 1}]`

const rulesOf = (name: string) => RESOURCE_RULES.filter(({ service }) => service === name)

/** ARNs of what a call was about, made of its parameters: a list, or NULL. The first rule counts that the request meets. */
function builtResources(): string {
  const services = [...new Set(RESOURCE_RULES.map(({ service }) => service))]
  const branches = services.map(
    (service) => `WHEN ${literal(service)} THEN CASE ${rulesOf(service).map(builtBy).join('\n ')} END`,
  )
  const anyArn = ARN_PARAMETERS.map((name) => extracted(literal(`$.${name}`))).map(
    (value) => `WHEN starts_with(${value}, 'arn:') THEN [${value}]`,
  )
  return `coalesce(CASE rules ${branches.join('\n ')} END,
    CASE WHEN contains(request_parameters, '"arn:') THEN CASE ${anyArn.join('\n ')} END END)`
}

/** Of a queue, its URL has all. */
const QUEUE = 'queueUrl'

/** The branches for one rule. */
function builtBy(rule: ResourceRule): string {
  const value = parameter(rule.service, askedBy(rule))
  if (isList(rule)) {
    const values = `list_filter(${extracted(literal(`$.${rule.parameter}`))}, x -> x <> '')`
    return `WHEN ${value} IS NOT NULL AND len(${values}) > 0 THEN list_transform(${values}, x -> CASE WHEN starts_with(x, 'arn:') THEN x ELSE ${arnOf(rule, 'x')} END)`
  }
  const below = rule.below
    ? ` || coalesce('${separatorOf(rule)}' || nullif(${parameter(rule.service, rule.below)}, ''), '')`
    : ''
  const given = `WHEN starts_with(${value}, 'arn:') THEN [${value}${below}]`
  if (rule.parameter === QUEUE)
    return `${given} WHEN regexp_full_match(${value}, 'https?://[^/]+/[^/]+/[^/]+') THEN
      ['arn:' || p || ':sqs:' || region || ':' || split_part(${value}, '/', 4) || ':' || split_part(${value}, '/', 5)]`
  return rule.arn === '{v}' ? given : `${given} WHEN ${value} <> '' THEN [${arnOf(rule, value)}${below}]`
}

/** The ARN that a rule makes of a value. */
function arnOf({ service, arn }: ResourceRule, value: string): string {
  const places: { [place: string]: string } = {
    p: 'p',
    r: 'region',
    a: 'account',
    // parameters of SSM may begin with the slash that the ARN has anyway
    v: service === 'ssm' ? `ltrim(${value}, '/')` : value,
  }
  const parts = arn.split(/[{}]/).map((part, i) => (i % 2 === 1 ? places[part]! : part && literal(part)))
  return parts.filter((part) => part !== '').join(' || ')
}

/** Whether the rule that made the ARN makes the right one. */
function builtIsExact(): string {
  const services = [...new Set(RESOURCE_RULES.map(({ service }) => service))]
  const branches = services.flatMap((service) => {
    const valuesOf = (rules: readonly ResourceRule[]) => rules.map((rule) => parameter(service, askedBy(rule)))
    const approximate = valuesOf(rulesOf(service).filter((rule) => rule.approximate))
    const faults = [
      ...(approximate.length > 0 ? [`NOT starts_with(coalesce(${approximate.join(', ')}), 'arn:')`] : []),
      ...valuesOf(rulesOf(service).filter((rule) => rule.nameOnly)).map(
        (value) => `(contains(${value}, ':') AND NOT starts_with(${value}, 'arn:'))`,
      ),
    ].map((fault) => `coalesce(${fault}, false)`)
    return faults.length > 0 ? [`WHEN ${literal(service)} THEN NOT (${faults.join(' OR ')})`] : []
  })
  return `CASE rules ${branches.join('\n ')} WHEN 'kms' THEN NOT starts_with(coalesce(${parameter('kms', 'keyId')}, ''), 'alias/') ELSE true END`
}

/**
 * A table is asked for with the index that is read:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
function ofIndex(arns: string): string {
  const index = extracted("'$.indexName'")
  return `CASE WHEN action IN ('dynamodb:Query', 'dynamodb:Scan') AND contains(request_parameters, '"indexName"') THEN
      CASE WHEN ${index} <> '' THEN list_transform(${arns},
        x -> CASE WHEN contains(x, ':table/') AND NOT contains(x, '/index/') THEN x || '/index/' || ${index} ELSE x END)
      ELSE ${arns} END
    ELSE ${arns} END`
}

const accountOf = (arn: string) => `nullif(split_part(${arn}, ':', 5), '')`

/** What the columns are made of, besides those that are already as they should be. */
const MADE: Record<string, string> = {
  action: `CASE WHEN version_action IS NOT NULL THEN
      CASE WHEN ${extracted("'$.versionId'")} <> '' THEN version_action ELSE action END ELSE action END`,
  network: 'i.network',
  ip_class: 'i.ip_class',
  source_ip: 'i.source_ip',
  user_agent: 'a.user_agent',
  agent_family: 'a.agent_family',
  mfa: `CASE WHEN event_name = 'ConsoleLogin' THEN
      CASE json_extract_string(additional, '$.MFAUsed') WHEN 'Yes' THEN true WHEN 'No' THEN false END
    ELSE CASE mfa_authenticated WHEN 'true' THEN true WHEN 'false' THEN false END END`,
  resources: `coalesce(arns, CAST([] AS VARCHAR[]))`,
  resource: `arns[1]`,
  resource_known: `arns IS NOT NULL AND known`,
  passed_role: 'passed[1]',
  passed_roles: 'coalesce(passed, CAST([] AS VARCHAR[]))',
  target_user: `CASE WHEN service = 'iam' THEN ${parameter('iam', 'userName')} END`,
  target_key: `CASE WHEN service = 'iam' THEN ${parameter('iam', 'accessKeyId')} END`,
  target_role_arn: 'target_role',
  policy_arn: `CASE service WHEN 'iam' THEN ${parameter('iam', 'policyArn')} WHEN 'organizations' THEN ${parameter('organizations', 'policyArn')} END`,
  external_account: `coalesce(
      CASE WHEN identity_account <> account_id THEN identity_account END,
      CASE WHEN ${accountOf('target_role')} <> account_id THEN ${accountOf('target_role')} END,
      CASE WHEN len(resource_accounts) > 0 THEN list_filter(resource_accounts,
        x -> x <> account_id AND regexp_full_match(x, '[0-9]{12}'))[1] END)`,
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
  return `SELECT ${COLUMNS_SQL}
FROM (
  SELECT *, ${ofIndex('coalesce(nullif(named_resources, []), CASE WHEN answered_arn IS NOT NULL THEN [answered_arn] END, built)')} AS arns,
    nullif(named_resources, []) IS NOT NULL OR answered_arn IS NOT NULL OR exact AS known
  FROM (
    SELECT *,
      CASE WHEN is_unnamed THEN ${builtResources()} END AS built,
      CASE WHEN is_unnamed THEN ${builtIsExact()} ELSE true END AS exact,
      CASE WHEN passes IS NOT NULL THEN list_filter(
        list_transform(passes, x -> json_extract_string(request_parameters, x)), x -> x IS NOT NULL AND x <> '') END AS passed,
      CASE service WHEN 'sts' THEN ${parameter('sts', 'roleArn')}
        WHEN 'iam' THEN 'arn:' || p || ':iam::' || account_id || ':role/' || ${parameter('iam', 'roleName')} END AS target_role
    FROM (
      SELECT *, coalesce(account_id, '') AS account,
        CASE WHEN is_unnamed OR service IN ('sts', 'iam', 'organizations') THEN ${askedValues()} END AS asked
      FROM (
        SELECT f.*, c.* EXCLUDE (number), w.* EXCLUDE (number), s.* EXCLUDE (number),
          request_parameters IS NOT NULL AND len(coalesce(named_resources, [])) = 0 AS is_unnamed,
          coalesce(recipient, identity_account) AS account_id, coalesce(created, said_created) AS session_created,
          is_from_console OR is_from_signin AS from_console
        FROM (
          SELECT call, address, agent, caller, setting, ${listed(RECORD_COLUMNS)}
          FROM (${flatOf(`${RECORDS}(${lane})`, 'record', RECORD_PARTS)})
        ) f
        LEFT JOIN calls c ON c.number = f.call
        LEFT JOIN (
          SELECT *, ${listed(PRINCIPAL_COLUMNS)}
          FROM (SELECT number, ${listed(CALLER_COLUMNS)} FROM (${flatOf(common(lane, 'callers'), 'text', CALLER)}))
        ) w ON w.number = f.caller
        LEFT JOIN (
          SELECT *, ${partitionSql('aws_region')} AS p, coalesce(aws_region, '') AS region
          FROM (SELECT number, ${listed(SETTING_COLUMNS)} FROM (${flatOf(common(lane, 'settings'), 'text', SETTING)}))
        ) s ON s.number = f.setting
      )
    )
  )
) e
LEFT JOIN addresses i ON i.number = e.address
LEFT JOIN agents a ON a.number = e.agent`
}

/** Of a table function, its other columns and those of a text that it gives. */
function flatOf(table: string, column: string, structure: { [name: string]: unknown }): string {
  return `SELECT * EXCLUDE (r), ${flat('r', structure)}
    FROM (SELECT * EXCLUDE (${column}), ${transformed(column, structure)} AS r FROM ${table})`
}
