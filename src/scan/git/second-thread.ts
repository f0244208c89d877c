/**
 * A second thread for the history of a large repository. Each thread takes the next entries of the packs that nobody
 * has, and makes and scans all that hangs on them. What it gives back has no secrets: which findings stand in which
 * objects. When there are any, both read the trees that may lead to them in the same way.
 *
 * It needs the key of the fingerprints only if it finds a secret, and a key is made, and kept on disk, only then: so it
 * asks the first thread, and waits.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Limits } from '../archives/index.ts'
import type { ScannerOptions } from '../scanner.ts'
import type { TreesPart } from './history.ts'
import type { Pack } from './pack.ts'
import type { Repository } from './repository.ts'
import type { ScannedPart, SecondThread } from './scan-objects.ts'
import type { Shares } from './shares.ts'

/**
 * Smaller packs, in bytes, are as fast by one thread: the other has to start, to read the index, and to get its code
 * compiled first.
 */
const WORTH_IT = 64 * 1024 * 1024
const LONGEST_KEY = 1024

/** What a second thread needs to scan as the first does. */
export interface SecondThreadOptions {
  /** The compiled `walk-thread.js`. */
  program: URL
  scanner: Pick<ScannerOptions, 'canaryAccounts' | 'encodings'>
  fingerprintKey: ScannerOptions['fingerprintKey']
  /** Limits of archives; null: they are not opened. */
  archives: Partial<Limits> | null
  /** Packs of together fewer bytes are for one thread. */
  worthIt?: number
  /** By default, as many as the machine has for this process. */
  processors?: number
}

/** What the second thread is given. */
export interface Task {
  repository: Repository
  /** As the first thread has them. */
  packs: { path: string; count: number }[]
  shares: SharedArrayBuffer
  scanner: SecondThreadOptions['scanner']
  archives: SecondThreadOptions['archives']
  key: SharedArrayBuffer
}

/** What it says: that it needs the key, then what it has found, then what it has read when it was asked for that. */
export type Answer =
  | { says: 'key' }
  | { says: 'scanned'; part: ScannedPart; skipped: { what: string; why: string }[] }
  | { says: 'trees'; part: TreesPart }

/** What it is asked for in the end, when something was found. */
export interface TreesTask {
  /** In which something was found. */
  blobs: readonly string[]
  shares: SharedArrayBuffer
}

/** Null where it would not be faster. */
export function startSecondThread(
  repository: Repository,
  packs: readonly Pack[],
  shares: Shares,
  skip: (what: string, why: string) => void,
  options: SecondThreadOptions,
): SecondThread | null {
  const bytes = packs.reduce((sum, { file }) => sum + file.size, 0)
  if (bytes < (options.worthIt ?? WORTH_IT) || (options.processors ?? availableParallelism()) < 2) return null
  const { program, scanner, fingerprintKey, archives } = options
  const key = new SharedArrayBuffer(8 + LONGEST_KEY)
  if (typeof fingerprintKey !== 'function') giveKey(key, fingerprintKey)
  const task: Task = {
    repository,
    packs: packs.map(({ path, count }) => ({ path, count })),
    shares: shares.memory,
    scanner,
    archives,
    key,
  }
  const worker = new Worker(program, { workerData: task })
  const answer = <Says extends 'scanned' | 'trees'>(says: Says) => {
    return awaitedLater(
      new Promise<Extract<Answer, { says: Says }>>((resolve, reject) => {
        worker.on('message', (message: Answer) => {
          if (message.says === says) resolve(message as Extract<Answer, { says: Says }>)
        })
        worker.on('error', reject)
        worker.on('exit', () => reject(new Error('the second thread ended before it was done')))
      }),
    )
  }
  worker.on('message', ({ says }: Answer) => {
    if (says === 'key') giveKey(key, (fingerprintKey as () => Uint8Array)())
  })
  const trees = answer('trees')
  const part = awaitedLater(
    answer('scanned').then(({ part, skipped }) => {
      for (const { what, why } of skipped) skip(what, why)
      return part
    }),
  )
  return {
    part,
    trees: (blobs, shares) => {
      worker.postMessage({ blobs, shares: shares.memory } satisfies TreesTask)
      return awaitedLater(trees.then(({ part }) => part))
    },
    stop: () => void worker.terminate(),
  }
}

/** Each thread does its own share before it waits for the other: until then, that the other failed is no error of anybody. */
function awaitedLater<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {})
  return answer
}

const GIVEN = 1

/** Before the key lies whether it is given, and how long it is. */
function giveKey(memory: SharedArrayBuffer, key: Uint8Array): void {
  const head = new Int32Array(memory, 0, 2)
  new Uint8Array(memory, 8).set(key)
  head[1] = key.length
  Atomics.store(head, 0, GIVEN)
  Atomics.notify(head, 0)
}

/** In the second thread: waits until the first has given it. */
export function keyOf({ key }: Task, ask: () => void): Uint8Array {
  const head = new Int32Array(key, 0, 2)
  if (Atomics.load(head, 0) !== GIVEN) ask()
  Atomics.wait(head, 0, 0)
  return Uint8Array.from(new Uint8Array(key, 8, head[1]))
}
