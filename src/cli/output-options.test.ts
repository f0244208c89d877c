import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addOutputOptions } from './output-options.ts'

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
