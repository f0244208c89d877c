/**
 * The program of a second thread, which scans its share of a repository's packs, and reads its share of their trees: see
 * `second-thread.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { archiveOpener } from '../archives/index.ts'
import { MOST_SKIPPED } from '../collect-leaks.ts'
import { createScanner } from '../scanner.ts'
import { Arena } from './arena.ts'
import { History } from './history.ts'
import { ObjectScanner } from './object-scanner.ts'
import { ObjectStore } from './object-store.ts'
import { MOST_IN_MEMORY } from './pack-walk.ts'
import { ObjectsScan } from './scan-objects.ts'
import { type Answer, keyOf, type Task, type TreesTask } from './second-thread.ts'
import { Shares } from './shares.ts'

const task = workerData as Task
const { repository, shares, scanner, archives } = task
const skipped: Extract<Answer, { says: 'scanned' }>['skipped'] = []
const skip = (what: string, why: string) => {
  if (skipped.length < MOST_SKIPPED) skipped.push({ what, why })
}
const say = (answer: Answer, moved: ArrayBuffer[] = []) => parentPort!.postMessage(answer, moved)
const objectScanner = new ObjectScanner(
  createScanner({ ...scanner, fingerprintKey: () => keyOf(task, () => say({ says: 'key' })) }),
  archives ? archiveOpener(archives) : undefined,
  skip,
)
const store = new ObjectStore(repository, MOST_IN_MEMORY)
const scan = new ObjectsScan(store, objectScanner, { skip })
// one that was replaced meanwhile is left to the first thread, which has it open
const packs = task.packs.map(({ path, count }) =>
  store.packs.find((pack) => pack.path === path && pack.count === count),
)
say({ says: 'scanned', part: await scan.share(packs, new Shares(shares)), skipped })
parentPort!.once('message', ({ blobs, shares }: TreesTask) => {
  const history = new History(repository.oidBytes, blobs)
  const arena = Arena.open()
  const part = history.share(store, packs, arena, new Shares(shares))
  const { trees, names, read } = part
  const arrays = [trees, names.bytes, names.starts, read.base, read.number, read.start, read.pieces]
  say(
    { says: 'trees', part },
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  )
  arena.close()
  store.close()
})
