import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { finding, keySubject, madeUpAudit, NASTY, withStrings } from '../../test/made-up-audit.ts'
import { csvReport } from './csv.ts'

function table(text: string): Record<string, string>[] {
  return parse(text, { columns: true })
}

it('has a row for each finding and for each check that could not be evaluated', () => {
  const audit = madeUpAudit({ accounts: 2 })
  const rows = table([...csvReport(audit)].join(''))
  expect(rows).toHaveLength(audit.findings.length + audit.notEvaluated.length)
  expect(rows[0]).toMatchObject({
    severity: 'critical',
    status: 'open',
    check: 'key-quarantined',
    account_id: '111122223333',
    subject_id: 'AKIAEXAMPLE000000002',
    subject_name: 'deploy',
    frameworks: 'cis-aws-5.0 1.11; security-hub IAM.8 IAM.22',
  })
  expect(rows.filter(({ status }) => status?.startsWith('not-evaluated'))).toHaveLength(3)
  expect(rows.find(({ status }) => status === 'accepted')).toMatchObject({
    accepted_by: 'facilities@example.com',
    accepted_until: '2027-03-31',
  })
})

it('ends every line as RFC 4180 wants it', () => {
  const text = [...csvReport(madeUpAudit())].join('')
  expect(text.endsWith('\r\n')).toBe(true)
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
})

it('never holds a formula or a control character, whatever the names are', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY))
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 8 }), (texts) => {
      let i = 0
      const hostile = withStrings(madeUpAudit({ accounts: 2 }), () => texts[i++ % texts.length]!)
      const text = [...csvReport(hostile)].join('')
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      const rows = table(text)
      expect(rows).toHaveLength(hostile.findings.length + hostile.notEvaluated.length)
      for (const row of rows) for (const cell of Object.values(row)) expect(cell).not.toMatch(/^\s*[=+\-@\t\r|%]/)
    }),
    { numRuns: 40 },
  )
})

it('streams a large report', () => {
  const one = finding('key-age', keySubject(1, 'ana'))
  const chunks = [...csvReport({ ...madeUpAudit(), findings: Array.from({ length: 5_000 }, () => one) })]
  expect(chunks.length).toBeGreaterThanOrEqual(10)
})
