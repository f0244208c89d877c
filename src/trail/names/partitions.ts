/** The partition of a region, as events tell it: of those that have customers who may use this. */
const BY_PREFIX = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
] as const

export function partitionOfRegion(region: string | null): string {
  return BY_PREFIX.find(([prefix]) => region?.startsWith(prefix))?.[1] ?? 'aws'
}

/** The same of a column, in SQL that every engine takes. */
export function partitionSql(column: string): string {
  const branches = BY_PREFIX.map(([prefix, partition]) => `WHEN ${column} LIKE '${prefix}%' THEN '${partition}'`)
  return `CASE ${branches.join(' ')} ELSE 'aws' END`
}
