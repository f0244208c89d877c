import type { FileState } from '../../src/trail/ingest/chunk.ts'

/** Of a log file that nobody reads. */
export function fileState(name: string): FileState {
  const never = () => Promise.reject(new Error('this file is not there'))
  return { file: { name, version: '1', size: 1, read: never, stream: never }, events: 0, bad: 0 }
}
