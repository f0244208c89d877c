import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FINGERPRINT_KEY_FILE, fingerprintKeyOf, readFingerprintKey } from './fingerprint-key.ts'

const folder = () => join(mkdtempSync(join(tmpdir(), 'keyreeve-key-')), '.keyreeve')

it('is made once, for its owner only, and out of the reach of git', () => {
  const workspace = folder()
  expect(readFingerprintKey(workspace)).toBeNull()
  const { key, kept } = fingerprintKeyOf(workspace)
  expect(kept).toBe(true)
  expect(key).toHaveLength(32)
  expect(Buffer.from(fingerprintKeyOf(workspace).key)).toEqual(Buffer.from(key))
  expect(statSync(join(workspace, FINGERPRINT_KEY_FILE)).mode & 0o777).toBe(0o600)
  expect(statSync(workspace).mode & 0o777).toBe(0o700)
  expect(readFileSync(join(workspace, '.gitignore'), 'utf8')).toBe('*\n')
  expect(readdirSync(workspace).sort()).toEqual(['.gitignore', FINGERPRINT_KEY_FILE])
})

it('where nothing can be written, there is a key for the run', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'keyreeve-key-')), 'a-file')
  writeFileSync(file, '')
  const { key, kept } = fingerprintKeyOf(join(file, '.keyreeve'))
  expect(kept).toBe(false)
  expect(key).toHaveLength(32)
})
