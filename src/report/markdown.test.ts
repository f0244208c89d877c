import fc from 'fast-check'
import { expect, it } from 'vitest'
import { madeUpAudit, NASTY, withStrings } from '../../test/made-up-audit.ts'
import { markdownReport } from './markdown.ts'

const text = [...markdownReport(madeUpAudit({ accounts: 2 }))].join('')

it('has a heading for each severity and check, and a row for each finding', () => {
  expect(text).toMatch(/^# keyreeve audit\n/)
  expect(text).toContain('## Critical: 2 findings')
  expect(text).toContain('### User with policies of their own (`user-policy-direct`, 45)')
  expect(text).toContain('| `AKIAEXAMPLE000000002` of `deploy` | 111122223333 |')
  expect(text.match(/^\| `service-\d+` \|/gm)).toHaveLength(45)
})

it('says what was not evaluated, and what is accepted until when', () => {
  expect(text).toMatch(/## Not evaluated[\s\S]*DescribeInstances in eu-west-1 was denied/)
  expect(text).toMatch(/## Accepted: 1 finding[\s\S]*`kiosk`[\s\S]*2027-03-31/)
})

const FENCED = /^(`{3,})sh\n[\s\S]*?\n\1$/gm

/** The report as it is, without code: what a renderer takes for markup. */
function markup(report: string): string {
  return report.replace(FENCED, '').replace(/(?<!`)(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, 'CODE')
}

it('keeps its shape whatever the names are: no HTML, no link, no broken table', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY))
  const shape = (report: string) =>
    report
      .replace(FENCED, '')
      .split('\n')
      .map((line) => (line.startsWith('| ') ? line.split(/(?<=(?<!\\)(?:\\\\)*)\|/).length : 0))
  const expected = (replace: (text: string) => string) =>
    shape([...markdownReport(withStrings(madeUpAudit({ accounts: 2 }), replace))].join(''))
  fc.assert(
    fc.property(anyText, (text) => {
      // one text for all fields: groups and gaps come out as for a harmless one
      expect(expected(() => text || 'x')).toEqual(expected(() => 'x'))
      const report = [...markdownReport(withStrings(madeUpAudit(), () => text))].join('')
      expect(markup(report).replaceAll('@<!-- -->', '').replace(/\\./g, '')).not.toMatch(/<|\]\(|www\.|https?:/i)
    }),
    { numRuns: 60 },
  )
})
