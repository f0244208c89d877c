import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeOutput } from './outputs.ts'

describe('writing a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-outputs-'))

  it('writes every chunk, for the owner only', async () => {
    const file = join(folder, 'a.json')
    await writeOutput(
      file,
      Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`),
    )
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(10_001)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('leaves the old file whole, and nothing else, when a report fails half-way', async () => {
    const file = join(folder, 'b.json')
    writeFileSync(file, 'old')
    function* failing() {
      yield 'x'.repeat(100_000)
      throw new Error('half-way')
    }
    await expect(writeOutput(file, failing())).rejects.toThrow('cannot write')
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readdirSync(folder).sort()).toEqual(['a.json', 'b.json'])
  })

  it('says where it could not write', async () => {
    await expect(writeOutput(join(folder, 'no', 'such', 'c.json'), ['x'])).rejects.toThrow(/cannot write .*ENOENT/)
  })
})
