import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonValues, scanValue } from './json-text.ts'

const messageOf = (text: string) => {
  try {
    parseJsonValues(text, '`f`')
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('no error')
}

describe('JSON from a file', () => {
  it('is one value, or several in a row', () => {
    expect(parseJsonValues(' {"a":1} ', '`f`')).toEqual([{ a: 1 }])
    expect(parseJsonValues('{"a":1}\n{"b":"}{"}[]', '`f`')).toEqual([{ a: 1 }, { b: '}{' }, []])
  })

  it('that is cut off says where it ends, wherever the cut is', () => {
    const text = '{"a": [1, true, null, "x\\u00e9\\n", {"b": -1.5e3}], "secret": "CANARY"}'
    for (let end = 1; end < text.length; end++) {
      const message = messageOf(text.slice(0, end))
      expect(message, text.slice(0, end)).toMatch(/^`f` is cut off: it ends within its JSON, in line 1, column \d+$/)
      expect(message).not.toContain('CANARY')
    }
  })

  it('that is wrong says in which line and column, and never what is there', () => {
    expect(messageOf('{"a": 1,\n  "CANARY" 2}')).toBe('`f` is not JSON: unexpected character in line 2, column 12')
    expect(messageOf('{"a": 1,}')).toBe('`f` is not JSON: unexpected character in line 1, column 9')
    expect(messageOf('[1,]')).toBe('`f` is not JSON: unexpected character in line 1, column 4')
    expect(messageOf('[1}')).toBe('`f` is not JSON: unexpected character in line 1, column 3')
    expect(messageOf("{'CANARY': 1}")).toBe('`f` is not JSON: unexpected character in line 1, column 2')
    expect(messageOf('{"a": 1} x')).toBe('`f` is not JSON: unexpected character in line 1, column 10')
  })

  it('that nests a million deep is no problem for the scanner', () => {
    const deep = '['.repeat(1_000_000)
    expect(scanValue(deep, 0)).toEqual({ end: 1_000_000, problem: 'ended' })
  })

  it('is scanned to the same end that JSON.stringify gave it', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent)
        // A bare number goes on for as long as there are digits.
        expect(scanValue(`${text} tail`, 0)).toEqual({ end: text.length, problem: null })
      }),
    )
  })

  it('is taken or refused as JSON.parse does it', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-0.5e2',
      'true',
      'null',
      ' ',
      '"',
      '\\',
      '01',
    )
    fc.assert(
      fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
        const text = tokens.join('')
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        const { end, problem } = scanValue(text, 0)
        expect(problem === null && text.slice(end).trim() === '').toBe(isJson)
      }),
      { numRuns: 2_000 },
    )
  })
})
