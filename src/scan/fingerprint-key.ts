/** The key of this workspace's fingerprints: made once, readable by its owner only. */
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** In the workspace folder. */
export const FINGERPRINT_KEY_FILE = 'fingerprint.key'

const HEX = /^[0-9a-f]{64}\s*$/

/** The key of a workspace; null: it has none, or it cannot be read. */
export function readFingerprintKey(workspace: string): Uint8Array | null {
  try {
    const text = readFileSync(join(workspace, FINGERPRINT_KEY_FILE), 'latin1')
    return HEX.test(text) ? Buffer.from(text.trim(), 'hex') : null
  } catch {
    return null
  }
}

/**
 * The key of a workspace, made when there is none. Several processes that make one at once end with the same key.
 * Where nothing can be written, a key for this run only.
 * @param workspace the folder, e.g. `.keyreeve`
 */
export function fingerprintKeyOf(workspace: string): { key: Uint8Array; kept: boolean } {
  const present = readFingerprintKey(workspace)
  if (present) return { key: present, kept: true }
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const key = randomBytes(32)
  const file = join(workspace, FINGERPRINT_KEY_FILE)
  const fresh = `${file}.${randomBytes(6).toString('hex')}`
  try {
    makeWorkspace(workspace)
    writeFileSync(fresh, `${key.toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
    // a link is made whole or not at all, and never takes the place of a key that another process made first
    linkSync(fresh, file)
    return { key, kept: true }
  } catch {
    const others = readFingerprintKey(workspace)
    return others ? { key: others, kept: true } : { key, kept: false }
  } finally {
    discard(fresh)
  }
}

function discard(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // its folder is none: nothing was written
  }
}

/** The folder, for its owner only, and told to git as nobody's business. */
export function makeWorkspace(workspace: string): void {
  mkdirSync(workspace, { recursive: true, mode: 0o700 })
  const ignore = join(workspace, '.gitignore')
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
}
