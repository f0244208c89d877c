/**
 * The tables of Athena, in its DDL: our Parquet with its partitions projected, and the raw log files of a trail. And the
 * query that makes of raw records the columns that every question is asked of.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 */
import { KeyreeveError } from '../../model/errors.ts'
import { COLUMNS, type Column, PARTITION } from '../columns.ts'
import { versionActionOf } from '../names/actions.ts'
import { FAMILIES } from '../names/agents.ts'
import { EVENT_ACTIONS, OF_A_VERSION } from '../names/event-actions.ts'
import { partitionSql } from '../names/partitions.ts'
import { OTHER_PREFIX } from '../names/services.ts'
import { literal } from './engine.ts'

const HIVE_TYPES: Record<Column['trino'], string> = {
  varchar: 'string',
  boolean: 'boolean',
  'timestamp(3)': 'timestamp',
  date: 'date',
  'array(varchar)': 'array<string>',
}

export interface ParquetTable {
  database: string
  table: string
  /** Where the `events` folder of the store was copied to: `s3://bucket/prefix/events/`. */
  location: string
  /** The first day there may be events of; days before it are never looked for. */
  fromDay: string
}

/** The statements that describe our Parquet to Athena; each by itself, as Athena takes one at a time. */
export function parquetTableDdl({ database, table, location, fromDay }: ParquetTable): string[] {
  const folder = folderOf(location)
  const columns = COLUMNS.filter(({ name }) => name !== PARTITION).map(
    ({ name, trino }) => `  \`${name}\` ${HIVE_TYPES[trino]}`,
  )
  return [
    `CREATE DATABASE IF NOT EXISTS ${identifier(database)}`,
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${identifier(database)}.${identifier(table)} (
${columns.join(',\n')}
)
PARTITIONED BY (\`${PARTITION}\` date)
STORED AS PARQUET
LOCATION '${folder}'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.${PARTITION}.type' = 'date',
  'projection.${PARTITION}.format' = 'yyyy-MM-dd',
  'projection.${PARTITION}.range' = '${dayOf(fromDay)},NOW',
  'projection.${PARTITION}.interval' = '1',
  'projection.${PARTITION}.interval.unit' = 'DAYS',
  'storage.location.template' = '${folder}${PARTITION}=\${${PARTITION}}/'
)`,
  ]
}

export interface RawTable {
  database: string
  table: string
  /** The folder with the account IDs: `s3://bucket/prefix/AWSLogs/`, of an organization `.../AWSLogs/o-abc/`. */
  location: string
  accounts: readonly string[]
  regions: readonly string[]
  fromDay: string
}

/** The fields of a record in AWS's own table of raw logs, with the types it gives them. */
const RAW_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['eventversion', 'string'],
  [
    'useridentity',
    'struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,' +
      'sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,' +
      'sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,' +
      'ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>',
  ],
  ['eventtime', 'string'],
  ['eventsource', 'string'],
  ['eventname', 'string'],
  ['awsregion', 'string'],
  ['sourceipaddress', 'string'],
  ['useragent', 'string'],
  ['errorcode', 'string'],
  ['errormessage', 'string'],
  ['requestparameters', 'string'],
  ['responseelements', 'string'],
  ['additionaleventdata', 'string'],
  ['requestid', 'string'],
  ['eventid', 'string'],
  ['readonly', 'string'],
  ['resources', 'array<struct<arn:string,accountid:string,type:string>>'],
  ['eventtype', 'string'],
  ['apiversion', 'string'],
  ['recipientaccountid', 'string'],
  ['serviceeventdetails', 'string'],
  ['sharedeventid', 'string'],
  ['vpcendpointid', 'string'],
  ['eventcategory', 'string'],
]

/** AWS's table over raw logs, for those who have none: one partition an account, region and day. */
export function rawTableDdl({ database, table, location, accounts, regions, fromDay }: RawTable): string[] {
  const folder = folderOf(location)
  const list = (values: readonly string[], what: string, form: RegExp) => {
    const wrong = values.find((value) => !form.test(value))
    if (wrong !== undefined || values.length === 0)
      throw new KeyreeveError('usage', `the raw table needs ${what}`, { hint: 'give --accounts and --regions' })
    return values.join(',')
  }
  return [
    `CREATE DATABASE IF NOT EXISTS ${identifier(database)}`,
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${identifier(database)}.${identifier(table)} (
${RAW_COLUMNS.map(([name, type]) => `  \`${name}\` ${type}`).join(',\n')}
)
PARTITIONED BY (\`account\` string, \`region\` string, \`day\` string)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '${folder}'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '${list(accounts, 'account IDs of 12 digits', /^\d{12}$/)}',
  'projection.region.type' = 'enum',
  'projection.region.values' = '${list(regions, 'regions such as eu-west-1', /^[a-z]{2}(-[a-z]+)+-\d$/)}',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '${dayOf(fromDay).replaceAll('-', '/')},NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = '${folder}\${account}/CloudTrail/\${region}/\${day}/'
)`,
  ]
}

export interface RawQuery {
  /** See `tableName`. */
  table: string
  /** The partition column with `yyyy/MM/dd`, to open no more files than needed; null: the table has none such. */
  dayColumn: string | null
  /** Only days from this one on. */
  fromDay: string | null
}

/**
 * A query, in brackets, that gives the columns of the store from raw records in AWS's own table. Where the store is
 * better it says nothing rather than something else: resources are only those that the record names, and an address
 * is never told to be AWS's, and which roles were passed is not known.
 */
export function rawEvents({ table, dayColumn, fromDay }: RawQuery): string {
  const columns = COLUMNS.map(({ name }) => `${RAW_EXPRESSIONS[name]} AS ${name}`)
  const from = dayOf(fromDay ?? '2013-11-01')
  const bounds = [
    `eventtime >= '${from}'`,
    ...(dayColumn === null || fromDay === null ? [] : [`${identifier(dayColumn)} >= '${from.replaceAll('-', '/')}'`]),
  ]
  return `(SELECT ${columns.join(',\n    ')}
  FROM (SELECT *, ${service} AS _service
  FROM (SELECT *, ${EARLY.map(([name, expression]) => `${expression} AS ${name}`).join(',\n      ')}
    FROM ${table} WHERE ${bounds.join(' AND ')})))`
}

const identity = (path: string) => `nullif(useridentity.${path}, '')`
const request = (path: string) => `json_extract_scalar(requestparameters, '$.${path}')`
const response = (path: string) => `json_extract_scalar(responseelements, '$.${path}')`
const isIp4 = "regexp_like(sourceipaddress, '^[0-9]{1,3}([.][0-9]{1,3}){3}$')"
const isService = "(sourceipaddress = 'AWS Internal' OR regexp_like(sourceipaddress, '[.]amazonaws[.]com([.]cn)?$'))"

/** What several columns are made of. */
const EARLY: readonly (readonly [name: string, expression: string])[] = [
  ['_source', "regexp_replace(eventsource, '[.](amazonaws[.]com([.]cn)?|aws[.]internal|amazon[.]com)$', '')"],
  ['_issuer', identity('sessioncontext.sessionissuer.arn')],
  ['_arn', identity('arn')],
  ['_key', identity('accesskeyid')],
  ['_hex', 'lower(to_hex(CAST(TRY_CAST(sourceipaddress AS ipaddress) AS varbinary)))'],
  ['_account', "coalesce(nullif(recipientaccountid, ''), nullif(useridentity.accountid, ''))"],
]

const service = `CASE _source ${Object.entries(OTHER_PREFIX)
  .map(([source, prefix]) => `WHEN ${literal(source)} THEN ${literal(prefix)}`)
  .join(' ')} ELSE split_part(_source, '.', 1) END`

/** The name without a version; a name that IAM does not know is not told from one it does. */
const plainName = "regexp_replace(eventname, '(_?20[0-9]{2}_?[0-9]{2}_?[0-9]{2}(v[0-9]+)?|V[0-9]+)$', '')"
/** What other names the events of a service have, short: a query may not be longer than Athena takes. */
function actionIn(prefix: string): string {
  const events = Object.entries(EVENT_ACTIONS).filter(([event]) => event.startsWith(`${prefix}:`))
  const isOwn = events.every(([, name]) => name === null || name.startsWith(`${prefix}:`))
  const cases = events.map(([event, name]) => {
    const value = isOwn && name !== null ? name.slice(prefix.length + 1) : name
    return `WHEN ${literal(event.slice(prefix.length + 1))} THEN ${literal(value)}`
  })
  const own = `${literal(`${prefix}:`)} || `
  return `${isOwn ? own : ''}CASE ${plainName} ${cases.join(' ')} ELSE ${isOwn ? '' : own}${plainName} END`
}
const action = `CASE _service ${[...new Set(Object.keys(EVENT_ACTIONS).map((event) => event.split(':')[0]!))]
  .map((prefix) => `WHEN ${literal(prefix)} THEN ${actionIn(prefix)}`)
  .join(' ')} ELSE _service || ':' || ${plainName} END`

/** The events of S3 that ask for another action of a version. */
const ofVersion = Object.entries({
  ...OF_A_VERSION,
  ...Object.fromEntries(
    Object.entries(EVENT_ACTIONS).flatMap(([event, name]) => {
      const other = versionActionOf(name)
      return other === null ? [] : [[event, other]]
    }),
  ),
})
const versionedAction = `CASE WHEN eventsource = 's3.amazonaws.com' AND ${request('versionId')} <> '' THEN CASE eventname ${ofVersion
  .map(([event, name]) => `WHEN ${literal(event.slice('s3:'.length))} THEN ${literal(name)}`)
  .join(' ')} END END`

const agentFamily = `CASE WHEN coalesce(useragent, '') = '' THEN NULL ${FAMILIES.map(
  ([{ source, flags }, family]) =>
    `WHEN regexp_like(useragent, ${literal(flags.includes('i') ? `(?i)${source}` : source)}) THEN ${literal(family)}`,
).join(' ')} ELSE 'other' END`

const targetRole = `CASE WHEN eventsource = 'sts.amazonaws.com' THEN ${request('roleArn')} WHEN eventsource = 'iam.amazonaws.com' THEN 'arn:' || ${partitionSql('awsregion')} || ':iam::' || _account || ':role/' || ${request('roleName')} END`
const iamOnly = (expression: string) => `CASE WHEN eventsource = 'iam.amazonaws.com' THEN ${expression} END`
const arns = `transform(filter(coalesce(resources, ARRAY[]), r -> coalesce(r.arn, '') <> ''), r -> r.arn)`
// of an object, S3 names the account only with the bucket, which comes second; KMS names both keys of ReEncrypt
const otherAccount = `element_at(filter(transform(coalesce(resources, ARRAY[]), r -> r.accountid), a -> regexp_like(a, '^[0-9]{12}$') AND a <> _account), 1)`
// who comes by SAML or OIDC has an ID with colons, and no session yet
const hasSession = "coalesce(useridentity.type, '') NOT IN ('SAMLUser', 'WebIdentityUser')"
const none = (type: string) => `CAST(NULL AS ${type})`

const RAW_EXPRESSIONS: Record<string, string> = {
  event_id: 'eventid',
  event_time: 'CAST(from_iso8601_timestamp(eventtime) AS timestamp(3))',
  account_id: '_account',
  event_source: 'eventsource',
  event_name: 'eventname',
  service: '_service',
  action: `coalesce(${versionedAction}, ${action})`,
  aws_region: 'awsregion',
  source_ip: "nullif(sourceipaddress, '')",
  network: `CASE WHEN ${isService} THEN sourceipaddress WHEN ${isIp4} THEN regexp_replace(sourceipaddress, '[.][0-9]+$', '.0/24') WHEN strpos(sourceipaddress, ':') > 0 THEN ${[1, 5, 9].map((at) => `regexp_replace(substr(_hex, ${at}, 4), '^0{1,3}', '')`).join(" || ':' || ")} || '::/48' END`,
  ip_class: `CASE WHEN ${isService} THEN 'aws-service' WHEN regexp_like(sourceipaddress, '^(10[.]|127[.]|192[.]168[.]|169[.]254[.]|172[.](1[6-9]|2[0-9]|3[01])[.]|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])[.]|::1$|f[cd][0-9a-f]{2}:|fe80:)') THEN 'private' WHEN ${isIp4} OR TRY_CAST(sourceipaddress AS ipaddress) IS NOT NULL THEN 'public' END`,
  user_agent: "nullif(useragent, '')",
  agent_family: agentFamily,
  identity_type: identity('type'),
  principal_arn: `coalesce(_issuer, CASE WHEN strpos(_arn, ':assumed-role/') > 0 THEN replace(split_part(_arn, ':assumed-role/', 1), ':sts::', ':iam::') || ':role/' || split_part(split_part(_arn, ':assumed-role/', 2), '/', 1) ELSE _arn END)`,
  principal_id: `CASE WHEN ${hasSession} THEN nullif(split_part(useridentity.principalid, ':', 1), '') ELSE useridentity.principalid END`,
  session_name: `CASE WHEN strpos(_arn, ':assumed-role/') > 0 THEN nullif(regexp_extract(_arn, ':assumed-role/[^/]+/(.*)$', 1), '') WHEN ${hasSession} AND strpos(useridentity.principalid, ':') > 0 THEN nullif(substr(useridentity.principalid, strpos(useridentity.principalid, ':') + 1), '') END`,
  session_issuer_arn: '_issuer',
  access_key_id: '_key',
  key_kind:
    "CASE WHEN substr(_key, 1, 4) = 'AKIA' THEN 'long-term' WHEN substr(_key, 1, 4) = 'ASIA' THEN 'temporary' END",
  user_name: `coalesce(${identity('username')}, ${identity('sessioncontext.sessionissuer.username')})`,
  identity_account: identity('accountid'),
  mfa: `CASE WHEN eventname = 'ConsoleLogin' THEN CASE json_extract_scalar(additionaleventdata, '$.MFAUsed') WHEN 'Yes' THEN TRUE WHEN 'No' THEN FALSE END ELSE CASE useridentity.sessioncontext.attributes.mfaauthenticated WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END END`,
  session_created: `CAST(TRY(from_iso8601_timestamp(${identity('sessioncontext.attributes.creationdate')})) AS timestamp(3))`,
  ec2_delivery: 'useridentity.sessioncontext.ec2roledelivery IS NOT NULL',
  // what is invoked by the sign-in is a person in the console
  from_console: `CASE WHEN useridentity.invokedby = 'signin.amazonaws.com' THEN TRUE END`,
  invoked_by: `nullif(${identity('invokedby')}, 'signin.amazonaws.com')`,
  vpc_endpoint: "nullif(vpcendpointid, '')",
  error_code: "nullif(errorcode, '')",
  error_message: 'substr(errormessage, 1, 2000)',
  read_only: "CASE readonly WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END",
  event_type: 'eventtype',
  event_category: 'eventcategory',
  management: "eventcategory = 'Management'",
  resources: arns,
  resource: `element_at(${arns}, 1)`,
  resource_known: `cardinality(${arns}) > 0 AND NOT coalesce(eventsource = 'dynamodb.amazonaws.com' AND eventname IN ('Query', 'Scan') AND ${request('indexName')} <> '', FALSE)`,
  passed_role: none('varchar'),
  passed_roles: 'CAST(ARRAY[] AS array(varchar))',
  target_user: iamOnly(request('userName')),
  target_key: iamOnly(request('accessKeyId')),
  target_role_arn: targetRole,
  new_access_key: `coalesce(${response('credentials.accessKeyId')}, ${response('accessKey.accessKeyId')})`,
  policy_arn: `CASE WHEN eventsource IN ('iam.amazonaws.com', 'organizations.amazonaws.com') THEN ${request('policyArn')} END`,
  external_account: `coalesce(CASE WHEN useridentity.accountid <> _account THEN useridentity.accountid END, CASE WHEN nullif(split_part(${targetRole}, ':', 5), '') <> _account THEN split_part(${targetRole}, ':', 5) END, ${otherAccount})`,
  console_login_result: response('ConsoleLogin'),
  request_parameters: `CASE WHEN requestparameters IN ('null', '{}') OR length(requestparameters) > 32768 THEN NULL ELSE requestparameters END`,
  additional: `CASE WHEN additionaleventdata IN ('null', '{}') OR length(additionaleventdata) > 32768 THEN NULL ELSE additionaleventdata END`,
  day: 'CAST(substr(eventtime, 1, 10) AS date)',
}

/** A folder in S3, ending with a slash; nothing that could end the quotes it stands in. */
function folderOf(location: string): string {
  if (!/^s3:\/\/[a-z0-9][a-z0-9.-]{1,62}(\/[\w!.*()+=@ -]+)*\/?$/.test(location))
    throw new KeyreeveError('usage', 'that is no place in S3', { hint: 'write it as s3://BUCKET/PREFIX/' })
  return location.endsWith('/') ? location : `${location}/`
}

/** https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html */
function identifier(name: string): string {
  if (!/^[a-z0-9_]{1,255}$/.test(name))
    throw new KeyreeveError('usage', 'a database or table of Athena has another name', {
      hint: 'lower-case letters, digits and underscores',
    })
  return name
}

function dayOf(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day)))
    throw new KeyreeveError('usage', 'that is no day', { hint: 'write it as 2026-01-31' })
  return day
}
