/** The program of a second thread, which scans its share of a repository's packs: see `second-thread.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { archiveOpener } from '../archives/index.ts'
import { MOST_SKIPPED } from '../collect-leaks.ts'
import { createScanner } from '../scanner.ts'
import { ObjectScanner } from './object-scanner.ts'
import { ObjectStore } from './object-store.ts'
import { MOST_IN_MEMORY } from './pack-walk.ts'
import { ObjectsScan } from './scan-objects.ts'
import { type Answer, keyOf, type Task } from './second-thread.ts'
import { Shares } from './shares.ts'

const task = workerData as Task
const { repository, shares, scanner, archives } = task
const skipped: Answer['skipped'] = []
const skip = (what: string, why: string) => {
  if (skipped.length < MOST_SKIPPED) skipped.push({ what, why })
}
const objectScanner = new ObjectScanner(
  createScanner({ ...scanner, fingerprintKey: () => keyOf(task, (message) => parentPort!.postMessage(message)) }),
  archives ? archiveOpener(archives) : undefined,
  skip,
)
const store = new ObjectStore(repository, MOST_IN_MEMORY)
const scan = new ObjectsScan(store, objectScanner, { skip })
// one that was replaced meanwhile is left to the first thread, which has it open
const packs = task.packs.map(({ path, count }) =>
  store.packs.find((pack) => pack.path === path && pack.count === count),
)
const answer: Answer = { part: await scan.share(packs, new Shares(shares)), skipped }
store.close()
parentPort!.postMessage(answer)
