import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonSyntaxError, placesIn, readJson } from './json-text.ts'
import { parsePolicyText } from './policy-text.ts'

describe('reading JSON', () => {
  it('agrees with JSON.parse on whatever is JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 4 }), (text, indent) => {
        const wanted = JSON.parse(text)
        const spaced = JSON.stringify(wanted, null, indent)
        expect(JSON.parse(JSON.stringify(readJson(spaced).value))).toEqual(JSON.parse(spaced))
      }),
    )
  })

  it('agrees with JSON.parse on whatever is none', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"',
        '1',
        '-',
        '0',
        '.',
        'e',
        'true',
        'nul',
        '\\',
        ' ',
        '\n',
      ),
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('')
        const accepts = (read: (text: string) => unknown) => {
          try {
            read(text)
            return true
          } catch (error) {
            expect(error).toBeInstanceOf(read === readJson ? JsonSyntaxError : SyntaxError)
            return false
          }
        }
        expect(accepts(readJson)).toBe(accepts(JSON.parse))
      }),
      { numRuns: 2_000 },
    )
  })

  it('finds places', () => {
    const placeOf = placesIn('ab\ncd\r\n\ne')
    expect([0, 1, 2, 3, 5, 7, 8].map(placeOf)).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 1, column: 3 },
      { line: 2, column: 1 },
      { line: 2, column: 3 },
      { line: 3, column: 1 },
      { line: 4, column: 1 },
    ])
  })
})

describe('a key that is there twice leaves its statement not understood', () => {
  const doubtful = (statement: string) =>
    parsePolicyText(`{"Version": "2012-10-17", "Statement": [${statement}]}`).policy
  it.each<[string, string, string]>([
    ['the action', '{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Action": "ec2:*"}', 'Action'],
    [
      'an operator',
      '{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"a:b": "true"}, "Bool": {}}}',
      'Condition',
    ],
    [
      'a condition key',
      '{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"a:b": "true", "a:b": "false"}}}',
      'Condition',
    ],
    [
      'a kind of principal',
      '{"Effect": "Allow", "Action": "s3:*", "Principal": {"AWS": "*", "AWS": "111122223333"}}',
      'Principal',
    ],
  ])('%s', (_, statement, element) => {
    expect(doubtful(statement).statements[0]).toMatchObject({ understood: false, doubtful: [element] })
  })

  it('and a second list of statements leaves the document so', () => {
    expect(parsePolicyText('{"Version": "2012-10-17", "Statement": [], "Statement": []}').policy.understood).toBe(false)
  })

  it('but says nothing of a document without', () => {
    const { policy, textProblems } = parsePolicyText(
      '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}',
    )
    expect({ understood: policy.understood, problems: policy.problems, textProblems }).toEqual({
      understood: true,
      problems: [],
      textProblems: [],
    })
  })
})
