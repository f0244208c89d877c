import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { finding, keySubject, madeUpAudit, NASTY, withStrings } from '../../test/made-up-audit.ts'
import { audit } from '../audit.ts'
import { daysAgo, exampleSnapshot } from '../checks/example.ts'
import type { Audit } from '../model/audit.ts'
import type { KeyRow } from '../model/dossier.ts'
import { findingJson, jsonReport, keysJson } from './json.ts'
import { ndjsonReport } from './ndjson.ts'
import { type auditDocument, jsonSchemas, type keysDocument } from './schema.ts'

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY))
const FOLDER = new URL('../../schemas/', import.meta.url)

function published(name: string) {
  return new Ajv2020({ allErrors: true }).compile(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')))
}

/** The same schemas, refusing fields that they do not tell of. */
function closed(name: string) {
  return new Ajv2020({ allErrors: true }).compile(jsonSchemas({ closed: true })[name]!)
}

function parsed(chunks: Iterable<string>): unknown {
  return JSON.parse([...chunks].join(''))
}

const REAL = audit(
  [
    exampleSnapshot({
      users: [{ userName: 'ana' }],
      accessKeys: [{ userName: 'ana', createDate: daysAgo(200) }, { userName: null }],
      denied: ['ec2:DescribeInstances'],
    }),
  ],
  { tool: { name: 'keyreeve', version: '0.1.0' } },
)

describe('the published schemas', () => {
  it.each([
    ...['audit', 'keys', 'snapshot', 'policy-decision', 'policy-test', 'policy-lint'],
    ...['reach-can', 'reach-summary', 'reach-who-can', 'reach-paths'],
  ])('schemas/%s.schema.json is what the code says', (name) => {
    const file = `${name}.schema.json`
    expect(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(jsonSchemas()[file])),
    )
  })

  it('have the types of the model', () => {
    type Findings = z.infer<typeof auditDocument>['findings']
    type Keys = z.infer<typeof keysDocument>['keys']
    // these lines are the test: they do not compile when the model and the schema part
    const findings: Findings = REAL.findings satisfies Audit['findings']
    const keys: Keys = REAL.keys satisfies KeyRow[]
    expect(findings.length + keys.length).toBeGreaterThan(0)
  })

  it('hold for the snapshot of an example', () => {
    expect(published('snapshot.schema.json')(exampleSnapshot({}))).toBe(true)
  })
})

describe('audit --json', () => {
  it.each([
    ['made up', madeUpAudit({ accounts: 2 })],
    ['real', REAL],
    ['empty', audit([], { tool: { name: 'keyreeve', version: '0' } })],
  ])('follows its schema for an audit that is %s, and says nothing besides', (_, report) => {
    for (const validate of [published('audit.schema.json'), closed('audit.schema.json')])
      expect(validate(parsed(jsonReport(report))), JSON.stringify(validate.errors)).toBe(true)
  })

  it('is faithful: every string comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 8 }), (texts) => {
        let i = 0
        const hostile = withStrings(madeUpAudit(), () => texts[i++ % texts.length]!)
        const document = parsed(jsonReport(hostile)) as Audit
        expect(document.findings).toEqual(hostile.findings)
        expect(document.notEvaluated).toEqual(hostile.notEvaluated)
        expect(document.accounts).toEqual(hostile.accounts)
      }),
      { numRuns: 40 },
    )
  })

  it('streams a large report in chunks of bounded size', () => {
    const one = finding('key-age', keySubject(1, 'ana'))
    const report = { ...madeUpAudit(), findings: Array.from({ length: 20_000 }, () => one) }
    let chunks = 0
    let length = 0
    for (const chunk of jsonReport(report)) {
      chunks++
      length += chunk.length
      expect(chunk.length).toBeLessThan(128 * 1024)
    }
    expect(chunks).toBeGreaterThan(length / (128 * 1024))
  })
})

describe('keys --json', () => {
  it.each([
    ['made up', madeUpAudit({ accounts: 2 }).keys],
    ['real', REAL.keys],
    ['none', []],
  ])('follows its schema for keys that are %s', (_, keys) => {
    for (const validate of [published('keys.schema.json'), closed('keys.schema.json')])
      expect(validate(parsed(keysJson(keys))), JSON.stringify(validate.errors)).toBe(true)
  })
})

describe('NDJSON', () => {
  const lines = [...ndjsonReport(madeUpAudit())]
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

  it('has a line for each finding, gap and account, and ends with the summary', () => {
    const { findings, notEvaluated } = madeUpAudit()
    const kinds = lines.map(({ kind }) => kind)
    expect(kinds).toEqual([
      ...findings.map(() => 'finding'),
      ...notEvaluated.map(() => 'not-evaluated'),
      'account',
      'summary',
    ])
    expect(lines[0]).toMatchObject(findings[0]!)
  })

  it('keeps a line to itself whatever the names are', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const hostile = withStrings(madeUpAudit(), () => text)
        for (const line of [...ndjsonReport(hostile)].join('').trimEnd().split('\n'))
          expect(() => JSON.parse(line)).not.toThrow()
      }),
      { numRuns: 40 },
    )
  })
})

it('a finding is written as JSON.stringify would write it', () => {
  const json = findingJson()
  for (const finding of [
    ...madeUpAudit().findings,
    ...withStrings(madeUpAudit(), (text) => `${text}${NASTY}`).findings,
  ])
    expect(json(finding)).toBe(JSON.stringify(finding))
})
