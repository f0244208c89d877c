/**
 * What a hook runs first: ends with 0 when what is staged certainly has nothing in it, and with 1 when `scan --staged`
 * is to look, and to tell. It loads next to nothing, as every commit waits for it.
 */
import { formatOf, HEAD_BYTES } from '../scan/archives/format.ts'
import { ObjectStore } from '../scan/git/object-store.ts'
import { findRepository } from '../scan/git/repository.ts'
import { stagedFiles } from '../scan/git/staged.ts'
import { createScanner } from '../scan/scanner.ts'
import type { BlobPlace } from '../scan/source.ts'

/** Larger ones are for the scan that takes its time. */
const MOST_BYTES = 16 * 1024 * 1024
// what is found is looked at again, so fingerprints are for nobody
const SCANNER = createScanner({ fingerprintKey: new Uint8Array(32) })

process.exitCode = isClean() ? 0 : 1

function isClean(): boolean {
  try {
    const repository = findRepository('.')
    if (!repository) return false
    const store = new ObjectStore(repository, MOST_BYTES)
    return stagedFiles(repository).every(({ oid, path }) => {
      const bytes = store.read(oid)?.bytes
      if (!bytes || formatOf(bytes.subarray(0, HEAD_BYTES), '') !== null) return false
      return SCANNER.scan(bytes, { path, member: null } as BlobPlace).length === 0
    })
  } catch {
    return false // the scan will say what is wrong
  }
}
