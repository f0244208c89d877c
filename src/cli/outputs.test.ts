import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addOutputOptions, writeOutput } from './outputs.ts'

const FORMATS = ['terminal', 'json', 'csv', 'html', 'sarif'] as const

function parse(...args: string[]) {
  const command = new Command('x').exitOverride().configureOutput({ writeErr: () => {} })
  const outputs = addOutputOptions(command, FORMATS, 'terminal')
  command.parse(args, { from: 'user' })
  return outputs().map(({ format, file }) => `${format} ${file ?? '-'}`)
}

describe('--format and --output', () => {
  it.each([
    [[], ['terminal -']],
    [['--json'], ['json -']],
    [['-f', 'csv'], ['csv -']],
    [['-o', 'a.html'], ['html a.html']],
    [
      ['-o', 'a.html', '-o', 'b.csv'],
      ['html a.html', 'csv b.csv'],
    ],
    [['-f', 'sarif', '-o', 'out.txt'], ['sarif out.txt']],
    [['-o', 'out.txt', '-f', 'sarif'], ['sarif out.txt']],
    [
      ['-f', 'terminal', '-f', 'json', '-o', 'a.json'],
      ['terminal -', 'json a.json'],
    ],
    [
      ['-f', 'json', '-o', 'a', '-f', 'csv', '-o', 'b', '-f', 'terminal'],
      ['json a', 'csv b', 'terminal -'],
    ],
    [
      ['-o', 'a.html', '-f', 'csv', '-o', 'b', '--json'],
      ['html a.html', 'csv b', 'json -'],
    ],
    [['-f', 'csv', '-o', '-'], ['csv -']],
    [
      ['-f', 'terminal', '-o', 'a.html', '-o', 'a.json'],
      ['terminal -', 'html a.html', 'json a.json'],
    ],
    [
      ['-o', 'a.html', '-f', 'terminal'],
      ['html a.html', 'terminal -'],
    ],
    [['-f', 'terminal', '-o', 'a.txt'], ['terminal a.txt']],
    [['--json', '-o', 'a.json'], ['json a.json']],
    [['-o', 'a.json', '--json'], ['json a.json']],
    [['--json', '-o', 'a'], ['json a']],
    [
      ['--json', '-o', 'a.html'],
      ['json -', 'html a.html'],
    ],
    [
      ['-o', 'a.csv', '--json'],
      ['csv a.csv', 'json -'],
    ],
  ])('%j writes %j', (args, expected) => {
    expect(parse(...args)).toEqual(expected)
  })

  it.each([
    [['-o', 'report.pdf'], 'no format is known'],
    [['-o', 'report'], 'no format is known'],
    [['-f', 'pdf'], 'Formats are'],
    [['-f', 'json', '-f', 'csv'], 'two reports for standard output'],
    [['--json', '-f', 'csv'], 'two reports for standard output'],
  ])('%j is refused', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
  })
})

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
