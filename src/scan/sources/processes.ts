/** Environment and arguments of running processes, as Linux shows them in /proc (man 5 proc). */
import { closeSync, constants, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from '../read-failure.ts'
import type { Scanner } from '../scanner.ts'
import type { BlobPlace, Hit, Sink } from '../source.ts'
import { placeOf } from './tree.ts'

export interface ProcessSink extends Sink {
  add(hits: readonly Hit[], place: BlobPlace): void
}

/** The kernel gives an environment as large as it was at the start; more than this is no environment. */
const MOST_BYTES = 4 * 1024 * 1024
const COMMAND_LINE = 'command line'

/**
 * Looks at all processes but this one. A find's `path` is `process PID (NAME)`, its `member` the variable, or
 * `command line`. Those that this user may not see are one skip.
 */
export function scanProcesses(proc: string, sink: ProcessSink, scanner: Scanner): number {
  let processes: string[]
  try {
    processes = readdirSync(proc).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  } catch (error) {
    sink.skip('environment of processes', reasonOf(error))
    return 0
  }
  const buffer = Buffer.allocUnsafeSlow(MOST_BYTES)
  const look = { buffer, sink, scanner }
  let denied = 0
  for (const pid of processes) {
    const folder = join(proc, pid)
    const place: BlobPlace = { ...placeOf(`process ${pid} (${nameOf(folder)})`), kind: 'environment' }
    lookAt(join(folder, 'cmdline'), () => COMMAND_LINE, place, look)
    if (!lookAt(join(folder, 'environ'), variableName, place, look)) denied++
  }
  if (denied > 0) sink.skip(`environment of ${denied} ${denied === 1 ? 'process' : 'processes'}`, 'permission denied')
  return processes.length
}

function nameOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'comm'), 'utf8').trim().slice(0, 64)
  } catch {
    return '?' // it has ended, and so has the rest of it
  }
}

const variableName = (assignment: string) => assignment.split('=', 1)[0]!.slice(0, 256)

/**
 * Scans values that end with zeros as lines, so that an ID and its secret in two variables are seen together; each
 * find is then placed in its own variable. False where this user may not see them.
 */
function lookAt(
  path: string,
  memberOf: (value: string) => string,
  place: BlobPlace,
  { buffer, sink, scanner }: { buffer: Buffer; sink: ProcessSink; scanner: Scanner },
): boolean {
  const bytes = readProc(path, buffer)
  if (bytes === null) return false
  const values = bytes.toString('latin1').split('\0')
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) bytes[at] = 10
  for (const hit of scanner.scan(bytes, place)) {
    let [index, start] = [0, 0]
    while (index < values.length - 1 && start + values[index]!.length < hit.offset) start += values[index++]!.length + 1
    const before = bytes.subarray(start, hit.offset).filter((byte) => byte === 10).length
    sink.add([{ ...hit, line: before + 1 }], { ...place, member: memberOf(values[index]!) })
  }
  return true
}

/** null: permission denied. A process that has ended meanwhile has no environment. */
function readProc(path: string, buffer: Buffer): Buffer | null {
  try {
    const file = openSync(path, constants.O_RDONLY)
    try {
      // its size is not known before it is read
      let length = 0
      for (let got = -1; got !== 0 && length < buffer.length; length += got) {
        got = readSync(file, buffer, length, buffer.length - length, null)
      }
      return buffer.subarray(0, length)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    return code === 'EACCES' || code === 'EPERM' ? null : Buffer.alloc(0)
  }
}
