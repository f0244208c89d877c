import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NASTY } from '../../test/made-up-audit.ts'
import { shell } from '../checks/shell.ts'
import { printable } from './escape.ts'
import { cut, pad, padPainted, widthOf, wrap, wrapCommand } from './layout.ts'

const shown = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...NASTY)).map(printable)
const width = fc.integer({ min: 4, max: 120 })

describe('wrap', () => {
  it('breaks at spaces', () => {
    expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
  })

  it('breaks within a word only when the word is too wide', () => {
    expect(wrap('a abcdefghij b', 4)).toEqual(['a', 'abcd', 'efgh', 'ij b'])
  })

  it('makes no line wider than asked, and loses no letter', () => {
    fc.assert(
      fc.property(shown, width, (text, width) => {
        const lines = wrap(text, width)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      }),
    )
  })
})

describe('cut and pad', () => {
  it('cut says that it cut', () => {
    expect(cut('abcdef', 4)).toBe('abc…')
    expect(cut('名前名前', 5)).toBe('名前…')
    expect(cut('abcd', 4)).toBe('abcd')
  })

  it('together fill a column exactly', () => {
    fc.assert(
      fc.property(shown, width, (text, width) => {
        expect(widthOf(pad(cut(text, width), width))).toBe(width)
      }),
    )
  })

  it('a painted line is padded by what shows of it', () => {
    expect(padPainted('\u001b[31mab\u001b[39m', 4)).toBe('\u001b[31mab\u001b[39m  ')
  })

  it('cutting a name of megabytes takes no time', () => {
    const started = performance.now()
    cut('宽'.repeat(5_000_000), 80)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('wrapCommand', () => {
  it('breaks between words with a backslash', () => {
    expect(wrapCommand('aws iam delete-user --user-name ana', 30, 2)).toEqual([
      '  aws iam delete-user \\',
      '    --user-name ana',
    ])
  })

  it('is the same command for the shell, at any width', () => {
    const names = fc
      .oneof(fc.string({ unit: 'grapheme-ascii' }), fc.constantFrom("it's", `a b "c" $d \\e`, 'x'.repeat(200)))
      .filter((name) => name !== '')
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 4 }), fc.integer({ min: 24, max: 90 }), (names, width) => {
        const command = names.reduce((text, name) => `${text} ${shell`--name ${name}`}`, 'printf "%s\\n"')
        const lines = wrapCommand(command, width, 2)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
        expect(execFileSync('sh', ['-c', lines.join('\n')], { encoding: 'utf8' })).toBe(
          execFileSync('sh', ['-c', command], { encoding: 'utf8' }),
        )
      }),
      { numRuns: 60 },
    )
  })
})
