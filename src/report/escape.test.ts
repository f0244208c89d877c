import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NASTY } from '../../test/made-up-audit.ts'
import { csvCell, markdownCode, markdownText, printable, printableCommand } from './escape.ts'

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...NASTY))

describe('printable', () => {
  it('leaves ordinary names of any language as they are', () => {
    for (const name of ['deploy', 'Ana María', 'Zoë', '李雷', 'Ελένη', 'user+tag=1,@x.y', 'ünï'])
      expect(printable(name)).toBe(name)
  })

  it('shows what a terminal would obey', () => {
    expect(printable('a\u001b[31mb\nc\td\u202ee')).toBe('a\\x1b[31mb\\nc\\td\\u{202e}e')
    expect(printable('\u009b31m')).toBe('\\x9b31m')
    expect(printable('\ud800')).toBe('\\u{d800}')
  })

  it('lets no combining marks pile up', () => {
    expect(printable('z\u0300\u0301\u0302\u0303')).toBe('z\u0300\u0301')
  })

  it('never yields a control, format or surrogate character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u3164]/u)
        expect(printableCommand(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u3164]/u)
      }),
    )
  })
})

describe('csvCell', () => {
  it.each(['=1', '+1', '-1', '@x', '\t=1', '\r=1', '  =1', '\u00a0=1', '＝1', '|calc'])('disarms %j', (text) => {
    expect(csvCell(text)).not.toMatch(/^\s*[=+\-@|＝＋－＠]/)
  })

  it('leaves numbers and ordinary text alone', () => {
    expect(csvCell(-5)).toBe('-5')
    expect(csvCell('deploy-user')).toBe('deploy-user')
    expect(csvCell(null)).toBe('')
  })

  it('never begins like a formula', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(csvCell(text)).not.toMatch(/^\s*[=+\-@|%\t\r＝＋－＠]/)
      }),
    )
  })
})

describe('markdownText', () => {
  it('leaves a sentence readable', () => {
    expect(markdownText('created 2024-05-15, 900 days ago (limit 90)')).toBe(
      'created 2024-05-15, 900 days ago (limit 90)',
    )
  })

  it('makes no link, mention, image or HTML', () => {
    expect(markdownText('[a](b)')).toBe('\\[a\\](b)')
    expect(markdownText('<b>')).toBe('\\<b\\>')
    expect(markdownText('https://x www.x')).toBe('https\\://x www\\.x')
    expect(markdownText('@octocat')).toBe('@<!-- -->octocat')
  })

  it('never leaves a special character unescaped, and never a second line', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const escaped = markdownText(text)
          .replaceAll('@<!-- -->', '@')
          .replace(/\\[\\`*_{}[\]<>|~#&!$:.+)=-]/g, '')
        expect(escaped).not.toMatch(/[\\`*_{}[\]<>|~#&!$:\n\r]|www\.|@[\w-]+\b(?<!@[\w-]*)/i)
      }),
    )
  })
})

describe('markdownCode', () => {
  it('cannot be left by backticks', () => {
    expect(markdownCode('a`b')).toBe('`` a`b ``')
    expect(markdownCode('```')).toBe('```` ``` ````')
  })

  it('keeps a table cell together', () => {
    expect(markdownCode('a\\|b|c', true)).toBe('`a\\\\\\|b\\|c`')
    fc.assert(
      fc.property(anyText, (text) => {
        expect(markdownCode(text, true)).not.toMatch(/(?<=(?<!\\)(?:\\\\)*)\||[\n\r]/)
      }),
    )
  })

  it('opens and closes with a run of backticks that its content does not hold', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const code = markdownCode(text)
        const fence = /^`+/.exec(code)![0]
        const content = code.slice(fence.length, -fence.length)
        expect(content.match(/`+/g) ?? []).not.toContain(fence)
        expect(content).not.toMatch(/^`|`$/)
      }),
    )
  })
})
