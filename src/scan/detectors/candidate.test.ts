import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomSecret, seeded } from '../../../test/scan/generate.ts'
import { mayBeInPieces, worthALook } from './candidate.ts'

const worth = (text: string) => worthALook(Buffer.from(text, 'latin1'), text.toLowerCase().lastIndexOf('cret'))

describe('a name is worth a close look', () => {
  const secret = randomSecret(seeded(5))
  const hex = (prefix: string, digits: number) =>
    [...secret].map((c) => prefix + c.charCodeAt(0).toString(16).padStart(digits, '0')).join('')

  it.each([
    ['plainly', secret],
    ['in quotes, over lines', `:\n\n  "${secret}"`],
    ['behind an escape', `\\": \\n\\"${secret}\\"`],
    ['behind an escaped line end', `\\n${secret}\\n`],
    ['after a percent escape', `%3D${secret}%26`],
    [
      'with a percent escape inside',
      `=${secret.slice(0, 20)}%${secret.charCodeAt(20).toString(16)}${secret.slice(21)}`,
    ],
    ['in hexadecimal escapes', hex('\\x', 2)],
    ['in Unicode escapes', hex('\\u', 4)],
    ['in percent escapes', hex('%', 2)],
    ['in two literals', ` = "${secret.slice(0, 17)}" + "${secret.slice(17)}"; x = 1`],
    ['in a line that goes on', `=${secret.slice(0, 17)}\\\n   ${secret.slice(17)}`],
    [
      'in three literals of a list',
      `= "".join(["${secret.slice(0, 9)}", "${secret.slice(9, 30)}", "${secret.slice(30)}"])`,
    ],
    ['in base64', `: ${Buffer.from(secret).toString('base64')}`],
    ['in base64 of text', `: ${Buffer.from(`a = ${secret}, and more of it`).toString('base64')}`],
  ])('%s', (_, value) => expect(worth(`aws_secret${value}\n`)).toBe(true))

  it.each([
    ['nothing after it', ''],
    ['a hash', ` = "${'0a3f9b12'.repeat(5)}"`],
    ['39 characters', `=${secret.slice(1)}`],
    ['41 characters', `=${secret}A`],
    ['words', ' of it all, as in "these words" and others; and so on, for more than forty characters in all'],
    ['a value behind another', `=${secret}${secret} ${secret}`],
    ['an escape of nothing in a path', '=C:\\nowhere\\anything\\somewhere_else'],
  ])('not with %s', (_, value) => expect(worth(`aws_secret${value}\n`)).toBe(false))
})

describe('the beginning of an ID is worth a close look', () => {
  const worthy = (text: string) => worthALook(Buffer.from(text, 'latin1'), text.indexOf('AKIA'))

  it.each([
    ['whole', 'AKIAQ3NIQLJVU4R6EOAS'],
    ['in two literals', '"AKIA" + "Q3NIQLJVU4R6EOAS"'],
    ['in literals over lines', `"AKIAQ3NI" \\\n   "QLJVU4R6" +\n\n\tf"EOAS"`],
    ['in a list', '["AKIA", "Q3NIQLJV", "U4R6EOAS"]'],
    ['in a line that goes on', 'AKIAQ3NIQLJVU\\\n   4R6EOAS'],
    ['with an octal escape', 'AKIAQ3NIQLJVU4R6EO\\101S"'],
    ['with an entity that is escaped', 'AKIAQ3NIQLJVU4R6EO&amp;#65;S'],
    ['with percent escapes', 'AKIA%51%33NIQLJVU4R6EO%41S'],
    ['with escapes of quotes', 'AKIA\\u0022 + \\u0022Q3NIQLJVU4R6EOAS'],
  ])('%s', (_, text) => expect(worthy(text)).toBe(true))

  it.each([
    ['in a list of prefixes', '{"AKIA", "ASIA", "ABIA"}\n\nfunc main() { return }'],
    ['as a word', '"AKIA": "Access key of sixteen more CHARACTERSATLEAST"'],
  ])('not %s', (_, text) => expect(worthy(text)).toBe(false))
})

describe('the end of an escape is worth a close look', () => {
  it.each([
    ['&#065;KIA', 3, true],
    ['\\u0041\\u004b', 3, true],
    ['\\101\\113', 1, true],
    ['key = 1065;', 7, false],
    ['a_101\\n', 2, false],
  ])('%s: from %i, %s', (text, at, worthwhile) => expect(worthALook(Buffer.from(text), at)).toBe(worthwhile))
})

it('a name is worth a look as far as it reaches, and further for base64 of text', () => {
  const secret = randomSecret(seeded(6))
  const lines = (value: string) =>
    worth(`secret:\n  foo {\n  bar;\n  baz "${value.slice(0, 20)}" + "${value.slice(20)}"`)
  expect(lines(secret)).toBe(false)
  expect(worth(`secret:\n  foo {\n  "${secret.slice(0, 20)}" + "${secret.slice(20)}"`)).toBe(true)
  // lines' ends within literals that are put together do not count
  expect(worth(`secret =\n "${[...secret.matchAll(/.{5}/g)].join('" +\n "')}"`)).toBe(true)
  expect(worth(`secret\n\n\n\n${secret}\n`)).toBe(false)
  expect(worth(`kind: Secret\n\n\n\ndata: ${Buffer.from(`a = ${secret}, and more of it`).toString('base64')}\n`)).toBe(
    true,
  )
})

it('what may be in pieces is told as by a look at every character', () => {
  const slow = (text: string) => {
    let length = 0
    let run = 0
    for (const character of text) {
      if (/[A-Za-z0-9+/]/.test(character)) {
        run++
        if (++length >= 40) return true
        continue
      }
      if (!/["'`\\^%&= \t\r\n.|#;x~<>(){}$,@_-]/.test(character) || (run > 2 && !/["'`\\^%&=]/.test(character)))
        length = 0
      run = 0
    }
    return false
  }
  const piece = fc.constantFrom(
    'a',
    'AB',
    'abc',
    'a+b/1',
    'Z'.repeat(13),
    '"',
    "' + '",
    '\\\n',
    ' ',
    '. ',
    '!',
    ', f"',
    '(',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(5), (pieces, from) => {
      const text = pieces.join('')
      expect(mayBeInPieces(Buffer.from(text), from, text.length)).toBe(slow(text.slice(from)))
    }),
    { numRuns: 1000 },
  )
})
