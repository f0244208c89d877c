/** All that tests write lies in one folder, which is removed when they have ended. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-tests-'))
  chmodSync(folder, 0o755) // some tests go on as another user
  process.env.TMPDIR = folder // of the processes, too, that run the tests
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
