/** Queries of Athena, as an account holds them. */
export interface QueryExecution {
  id: string
  accountId: string
  sql: string
  workGroup: string
  /** `s3://bucket/prefix/` */
  outputLocation: string | null
  state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  reason: string | null
  submitted: Date
  completed: Date | null
  columns: { name: string; type: string }[]
  /** Values as Athena writes them; null: NULL. */
  rows: (string | null)[][]
}
