import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NASTY } from '../../../test/made-up-audit.ts'
import { isSarif } from '../../../test/sarif-schema.ts'
import { FILE_PLACE, randomKeyId, seeded } from '../../../test/scan/generate.ts'
import type { LeakPlace } from '../../model/leak.ts'
import type { AssessedLeak, ScanReport } from '../../model/scan-report.ts'
import { jsonSchemas } from '../schema.ts'
import { leaksCsv } from './csv.ts'
import { leaksJson, leaksNdjson } from './json.ts'
import { leaksMarkdown } from './markdown.ts'
import { leaksSarif } from './sarif.ts'
import { leaksTerminal } from './terminal.ts'

const place = (more: Partial<LeakPlace> = {}): LeakPlace => ({
  ...FILE_PLACE,
  line: 3,
  column: 7,
  encodings: [],
  allowed: null,
  ...more,
})
const leak = (more: Partial<AssessedLeak> = {}): AssessedLeak => ({
  fingerprint: 'f'.repeat(32),
  kind: 'long-term',
  accessKeyId: randomKeyId(seeded(5), 'AKIA', '123456789012'),
  accountId: '123456789012',
  class: 'plausible',
  reason: 'looks like one',
  evidence: 'pair',
  hasSecret: true,
  secretFingerprint: 'a'.repeat(32),
  hasSessionToken: false,
  expiration: null,
  inAccount: null,
  places: [place({ path: 'src/a.py' }), place({ kind: 'git', path: 'old.py', commit: 'c'.repeat(40), inHead: false })],
  severity: 'critical',
  status: 'open',
  suppressedBecause: null,
  nextAction: 'Deactivate it now.',
  commands: ['aws iam update-access-key'],
  ...more,
})
const report = (...leaks: AssessedLeak[]): ScanReport => ({
  tool: { name: 'keyreeve', version: '0.1.0' },
  scanned: { files: 2, blobs: 3, bytes: 1234567, leftOut: 4, skipped: [{ what: 'b', why: 'permission denied' }] },
  leaks,
  comparedWith: [],
})
const suppressed = leak({ status: 'suppressed', suppressedBecause: 'placeholder: EXAMPLE', severity: 'info' })
const text = (chunks: Iterable<string>) => [...chunks].join('')
const validate = new Ajv2020({ allErrors: true }).compile(jsonSchemas({ closed: true })['scan.schema.json']!)
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY))
const hostile = fc.tuple(anyText, anyText, anyText).map(([path, member, author]) =>
  report(
    leak({
      otherHalf: { fingerprint: 'e'.repeat(32), file: path },
      places: [place({ path, member, author, commit: 'c'.repeat(40), allowed: author })],
    }),
    suppressed,
  ),
)

describe('a scan', () => {
  it('is JSON as its schema tells, with nothing beyond it', () => {
    fc.assert(
      fc.property(hostile, (made) => {
        const document = JSON.parse(text(leaksJson(made)))
        expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
        expect(document.leaks).toEqual(JSON.parse(JSON.stringify(made.leaks)))
      }),
      { numRuns: 50 },
    )
  })

  it('is valid SARIF with a result for each place', () => {
    fc.assert(
      fc.property(hostile, (made) => {
        expect(isSarif(JSON.parse(text(leaksSarif(made)))), JSON.stringify(isSarif.errors?.slice(0, 3))).toBe(true)
      }),
      { numRuns: 20 },
    )
    const { results } = JSON.parse(text(leaksSarif(report(leak(), suppressed)))).runs[0]
    expect(results).toHaveLength(4)
    expect(results[0]).toMatchObject({ ruleId: 'leaked-access-key', level: 'error', suppressions: [] })
    expect(results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'src/a.py' },
      region: { startLine: 3, startColumn: 7 },
    })
    expect(results[2].suppressions).toMatchObject([{ status: 'accepted', justification: 'placeholder: EXAMPLE' }])
  })

  it('is CSV with a row for each place and each thing skipped', () => {
    const rows: Record<string, string>[] = parse(text(leaksCsv(report(leak(), suppressed))), { columns: true })
    expect(rows.map(({ status, path }) => [status, path])).toEqual([
      ['open', 'src/a.py'],
      ['open', 'old.py'],
      ['suppressed', 'src/a.py'],
      ['suppressed', 'old.py'],
      ['skipped', 'b'],
    ])
  })

  it('is NDJSON that ends with its sum', () => {
    const lines = text(leaksNdjson(report(leak(), suppressed)))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ kind }) => kind)).toEqual(['leak', 'leak', 'skipped', 'summary'])
    expect(lines.at(-1)).toMatchObject({ open: 1, suppressed: 1, skipped: 1, files: 2 })
  })

  it('is text with the place, the next action, what is suppressed and what was not looked at', () => {
    const shown = leaksTerminal(report(leak(), suppressed), { width: 100, color: false })
    for (const part of [
      '1 leaked AWS credential: 1 critical',
      'src/a.py:3:7',
      'no longer in HEAD',
      'Next: Deactivate it now.',
      '1 suppressed: 1 placeholder',
      'b: permission denied',
      '4 left out by .gitignore',
      '1.2 MB',
    ])
      expect(shown).toContain(part)
    expect(leaksTerminal(report(), { width: 80, color: false })).toContain('No leaked AWS credentials found.')
    const halves = { evidence: 'id-only', otherHalf: { fingerprint: 'e'.repeat(32), file: 'secret.txt' } } as const
    expect(leaksTerminal(report(leak(halves)), { width: 200, color: false })).toContain(
      'long-term key of account 123456789012, without its secret, which is probably in secret.txt beside it',
    )
  })

  it('obeys no control character and no markup of a hostile name, and keeps to the width', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(40, 100), (made, width) => {
        const shown = leaksTerminal(made, { width, color: false })
        expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
        expect(text(leaksMarkdown(made))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
      }),
      { numRuns: 50 },
    )
  })
})
