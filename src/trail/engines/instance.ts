/** Opens the embedded DuckDB the one way that is safe here. */
import type { DuckDBInstance } from '@duckdb/node-api'

export interface InstanceOptions {
  /** For all that it holds at once, in megabytes. */
  memoryMegabytes: number
  threads: number
  /** Where it puts what does not fit in memory; null: nowhere, and the query fails instead. */
  spillFolder: string | null
}

/**
 * An in-memory database. It never downloads or loads an extension, and what it reads besides the files that we name is
 * nothing: there is no SQL from outside.
 */
export async function openInstance({
  memoryMegabytes,
  threads,
  spillFolder,
}: InstanceOptions): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    memory_limit: `${memoryMegabytes}MB`,
    threads: String(threads),
    preserve_insertion_order: 'false',
    temp_directory: spillFolder ?? '',
    // tables in memory are gone soon: to compress them at a commit takes longer than it saves
    checkpoint_threshold: '1TB',
    // the files are local: the system has in memory what was read of them
    enable_external_file_cache: 'false',
  })
  const connection = await instance.connect()
  // many queries over the same files: what each file has is read once
  await connection.run("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL parquet_metadata_cache = true")
  connection.closeSync()
  return instance
}
