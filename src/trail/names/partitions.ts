/** The partition of a region, as events tell it. */
import { PARTITION_PREFIXES } from '../../model/partition.ts'

/** In SQL that every engine takes. */
export function partitionSql(column: string): string {
  const branches = PARTITION_PREFIXES.map(
    ([prefix, partition]) => `WHEN ${column} LIKE '${prefix}%' THEN '${partition}'`,
  )
  return `CASE ${branches.join(' ')} ELSE 'aws' END`
}
