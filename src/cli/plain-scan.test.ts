import { expect, it } from 'vitest'
import { scanCommand } from './commands/scan.ts'
import { plainScan } from './plain-scan.ts'

/** What commander makes of it. */
function byCommander(args: readonly string[]) {
  let scan: { paths: string[]; flags: object } | undefined
  scanCommand()
    .action((paths: string[], { json, ...flags }) => {
      scan = { paths: paths.length > 0 ? paths : ['.'], flags }
    })
    .parse(args, { from: 'user' })
  return scan
}

const SWITCHES = ['--no-history', '--no-gitignore', '--no-archives', '--no-encodings', '--no-snapshot', '--no-save']

it('paths and switches mean what they mean to commander, in any order', () => {
  const calls: string[][] = [[], ['src'], ['src', '.env'], ['']]
  for (let chosen = 1; chosen < 1 << SWITCHES.length; chosen++) {
    const switches = SWITCHES.filter((_, i) => chosen & (1 << i))
    calls.push(switches, ['src', ...switches, '.env'], [...switches.reverse(), ...switches, 'src'])
  }
  for (const args of calls) {
    const { format, ...scan } = plainScan(args)!
    expect({ args, ...scan }).toEqual({ args, ...byCommander(args) })
    expect(format).toBe('terminal')
    expect(plainScan(['--json', ...args])).toEqual({ ...scan, format: 'json' })
  }
})

it('all else is left to commander', () => {
  for (const args of [
    ['--help'],
    ['-'],
    ['--'],
    ['-v', 'src'],
    ['src', '--since', 'HEAD'],
    ['--no-such'],
    ['--no-history=x'],
    ['--json', '--json'],
    ['--json', '-f', 'csv'],
    ['install-hook'],
    ['help'],
    ['constructor', '--__proto__'],
  ])
    expect(plainScan(args)).toBeNull()
  expect(plainScan(['constructor'])?.paths).toEqual(['constructor'])
})
