/** Hive's DDL, which is Athena's, in Trino's words: as much of it as keyreeve writes. */

interface HiveTable {
  name: string
  database: string
  columns: [name: string, type: string][]
  partitions: [name: string, type: string][]
  storage: 'parquet' | 'cloudtrail'
  location: string
  properties: Record<string, string>
}

/** Trino's statements for one of Athena's. What is neither CREATE EXTERNAL TABLE nor CREATE DATABASE is the same in both. */
export function hiveToTrino(sql: string, database: string): string[] {
  const statement = sql.trim().replace(/;$/, '')
  const create = /^CREATE DATABASE IF NOT EXISTS\s+`?(\w+)`?$/i.exec(statement)
  if (create) return [`CREATE SCHEMA IF NOT EXISTS hive.${create[1]} WITH (location = 'local:///${create[1]}-schema')`]
  if (!/^CREATE EXTERNAL TABLE/i.test(statement)) return [statement]
  const table = parseTable(statement, database)
  return table.storage === 'cloudtrail' ? recordTable(table) : [trinoTable(table, 'PARQUET')]
}

/**
 * AWS's reader of CloudTrail's files gives a row for each record; Trino has none such. So the files are a table of one
 * list each, and the table that was asked for is a view that takes the lists apart.
 */
function recordTable(table: HiveTable): string[] {
  const { name, database, columns, partitions } = table
  const record = columns.map(([column, type]) => `${column}:${type}`).join(',')
  const files = {
    ...table,
    name: `${name}_files`,
    columns: [['records', `array<struct<${record}>>`]] as [string, string][],
  }
  const names = columns.map(([column]) => `"${column}"`)
  const view = `CREATE OR REPLACE VIEW hive.${database}.${name} AS
SELECT ${[...names, ...partitions.map(([column]) => `"${column}"`)].join(', ')}
FROM hive.${database}.${files.name} CROSS JOIN UNNEST(records) AS r(${names.join(', ')})`
  return [trinoTable(files, 'OPENX_JSON'), view]
}

function parseTable(statement: string, current: string): HiveTable {
  const found =
    /^CREATE EXTERNAL TABLE(?: IF NOT EXISTS)?\s+(?:`?(\w+)`?\.)?`?(\w+)`?\s*\((.*?)\n\)\s*PARTITIONED BY \((.*?)\)\s*(.*?)\s*LOCATION '([^']+)'\s*TBLPROPERTIES \((.*)\)$/is.exec(
      statement,
    )
  if (!found) throw new Error('FAILED: ParseException: not a table as keyreeve describes one')
  const [, database = current, name, columns, partitions, storage, location, properties] = found as unknown as string[]
  return {
    name: name!,
    database,
    columns: columnsOf(columns!),
    partitions: columnsOf(partitions!),
    storage: storageOf(storage!),
    location: location!,
    properties: Object.fromEntries(
      [...properties!.matchAll(/'([^']+)'\s*=\s*'([^']*)'/g)].map(([, key, value]) => [key!, value!]),
    ),
  }
}

function storageOf(text: string): HiveTable['storage'] {
  if (/STORED AS PARQUET/i.test(text)) return 'parquet'
  if (text.includes('com.amazon.emr.cloudtrail.CloudTrailInputFormat')) return 'cloudtrail'
  throw new Error('FAILED: SemanticException: only Parquet and CloudTrail log files are known here')
}

/** `a string, b struct<c:string,d:array<string>>`, parted at the outer commas. */
function columnsOf(text: string): [string, string][] {
  return parted(text).map((column) => {
    const [, name, type] = /^`?(\w+)`?\s+(.+)$/s.exec(column)!
    return [name!, type!]
  })
}

function parted(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const character of text) {
    if (character === '<' || character === '(') depth++
    if (character === '>' || character === ')') depth--
    if (character === ',' && depth === 0) {
      parts.push(part.trim())
      part = ''
    } else part += character
  }
  return [...parts, part.trim()].filter((piece) => piece !== '')
}

const SIMPLE: Record<string, string> = { string: 'varchar', int: 'integer', timestamp: 'timestamp(3)' }

function trinoType(hive: string): string {
  const type = hive.trim().toLowerCase()
  const array = /^array\s*<(.*)>$/s.exec(type)
  if (array) return `array(${trinoType(array[1]!)})`
  const map = /^map\s*<(.*)>$/s.exec(type)
  if (map) return `map(${parted(map[1]!).map(trinoType).join(', ')})`
  const struct = /^struct\s*<(.*)>$/s.exec(type)
  if (!struct) return SIMPLE[type] ?? type
  const fields = parted(struct[1]!).map((field) => {
    const at = field.indexOf(':')
    return `${field.slice(0, at).trim()} ${trinoType(field.slice(at + 1))}`
  })
  return `row(${fields.join(', ')})`
}

function trinoTable({ name, database, columns, partitions, location, properties }: HiveTable, format: string): string {
  const path = (uri: string) => uri.replace(/^s3:\/\//, 'local:///')
  const columnLines = columns.map(([column, type]) => `  "${column}" ${trinoType(type)}`)
  const partitionLines = partitions.map(
    ([column, type]) => `  "${column}" ${trinoType(type)}${projection(column, properties)}`,
  )
  const options = [
    `format = '${format}'`,
    `external_location = '${path(location)}'`,
    `partitioned_by = ARRAY[${partitions.map(([column]) => `'${column}'`).join(', ')}]`,
    'partition_projection_enabled = true',
    `partition_projection_location_template = '${path(properties['storage.location.template']!)}'`,
  ]
  return `CREATE TABLE IF NOT EXISTS hive.${database}.${name} (\n${[...columnLines, ...partitionLines].join(',\n')}\n) WITH (\n  ${options.join(',\n  ')}\n)`
}

function projection(column: string, properties: Record<string, string>): string {
  const of = (name: string) => properties[`projection.${column}.${name}`]
  const list = (text: string) =>
    `ARRAY[${text
      .split(',')
      .map((item) => `'${item.trim()}'`)
      .join(', ')}]`
  const parts = [`partition_projection_type = '${of('type')?.toUpperCase()}'`]
  if (of('format')) parts.push(`partition_projection_format = '${of('format')}'`)
  if (of('range')) parts.push(`partition_projection_range = ${list(of('range')!)}`)
  if (of('values')) parts.push(`partition_projection_values = ${list(of('values')!)}`)
  if (of('interval')) parts.push(`partition_projection_interval = ${of('interval')}`)
  if (of('interval.unit')) parts.push(`partition_projection_interval_unit = '${of('interval.unit')}'`)
  return ` WITH (${parts.join(', ')})`
}
