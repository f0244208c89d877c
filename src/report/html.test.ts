import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleAudit, generatedAudit, HOSTILE_NAMES, hostileAudit } from '../../test/web/example-audit.ts'
import type { Audit } from '../model/audit.ts'
import { DATA_PLACEHOLDER, htmlReport } from './html.ts'
import {
  DETAILS_PER_BLOCK,
  type DetailsBlock,
  detailsAt,
  FINDINGS_PER_BLOCK,
  type FindingBlock,
  findingAt,
  type Ledger,
  type PageMeta,
  readSlices,
} from './page-data.ts'

const TEMPLATE = `<!doctype html><body>before${DATA_PLACEHOLDER}after</body>`

function render(audit: Audit): string {
  return [...htmlReport(audit, TEMPLATE)].join('')
}

/** Reads a report as the page does. */
function readBlocks(html: string): (id: string) => Promise<unknown> {
  const blocks = new Map([...html.matchAll(/id="data-([\w-]+)">([^<]*)</g)].map((match) => [match[1], match[2]!]))
  return async (id) => JSON.parse(inflateSync(Buffer.from(blocks.get(id) ?? '', 'base64')).toString())
}

async function readFindings(html: string) {
  const read = readBlocks(html)
  const meta = (await read('meta')) as PageMeta
  const blocks = await readSlices<FindingBlock>(read, 'findings', meta.findings, FINDINGS_PER_BLOCK)
  const details = await readSlices<DetailsBlock>(read, 'details', meta.findings, DETAILS_PER_BLOCK)
  return Array.from({ length: meta.findings }, (_, row) => {
    const block = blocks[Math.floor(row / FINDINGS_PER_BLOCK)]!
    const i = row % FINDINGS_PER_BLOCK
    const subject = { id: block.id[i]!, name: block.name[i]! }
    const packed = details[Math.floor(row / DETAILS_PER_BLOCK)]!
    return findingAt(meta, block, i, detailsAt(packed, row % DETAILS_PER_BLOCK, subject))
  })
}

const ANYTHING = fc.oneof(
  fc.constantFrom(...HOSTILE_NAMES, '\u007f', '\u007fi', '\u007f=n', '\u007fi ab', '$&$1'),
  fc.string({ unit: 'binary' }),
)

/** The audit with every text a person outside could have chosen replaced. */
function withTexts(texts: readonly string[]): Audit {
  const audit = generatedAudit(3)
  const text = (i: number) => texts[i % texts.length]!
  return {
    ...audit,
    accounts: audit.accounts.map((account) => ({ ...account, alias: text(0), accountId: text(1) })),
    findings: audit.findings.map((finding, i) => ({
      ...finding,
      accountId: text(1),
      title: text(2),
      region: text(3),
      subject: { kind: 'user', id: text(4 + i), arn: `arn:aws:iam::1:user/${text(5 + i)}`, name: text(5 + i) },
      because: text(6),
      evidence: [{ fact: text(7), value: `${text(4 + i)} ${text(8)}`, source: text(9), asOf: text(10) }],
      remedy: { text: `${text(5 + i)} ${text(11)}`, commands: [text(12), `aws ${text(4 + i)} ${text(5 + i)}`] },
      frameworks: Object.fromEntries([[text(13), [text(14)]]]),
      accepted: { reason: text(15), owner: text(16), expires: text(17) },
    })),
    keys: audit.keys.map((key) => ({ ...key, subjectId: text(4), nextAction: text(18) })),
    notes: [text(2)],
    notEvaluated: [{ check: text(19), accountId: text(1), because: text(20), extent: 'all', notAsked: false }],
  }
}

describe('the HTML report', () => {
  test('no text of an audit can end an element or begin one', () => {
    fc.assert(
      fc.property(fc.array(ANYTHING, { minLength: 21, maxLength: 21 }), (texts) => {
        const html = render(withTexts(texts))
        expect(html.startsWith('<!doctype html><body>before')).toBe(true)
        expect(html.endsWith('after</body>')).toBe(true)
        const data = html.slice('<!doctype html><body>before'.length, -'after</body>'.length)
        expect(data).toMatch(
          /^(?:<script type="application\/octet-stream" id="data-[a-z]+(?:-\d+)?">[A-Za-z0-9+/]+=*<\/script>\n)+$/,
        )
      }),
      { numRuns: 200 },
    )
  })

  test('every finding comes out as it went in, whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ANYTHING, { minLength: 21, maxLength: 21 }), async (texts) => {
        const audit = withTexts(texts)
        expect(await readFindings(render(audit))).toEqual(audit.findings)
      }),
      { numRuns: 200 },
    )
  })

  test('keys, gaps and the coverage ledger come out as they went in', async () => {
    for (const audit of [exampleAudit(), generatedAudit(12_345), hostileAudit()]) {
      const read = readBlocks(render(audit))
      const meta = (await read('meta')) as PageMeta
      expect(await read('ledger')).toEqual({
        notEvaluated: audit.notEvaluated,
        coverage: audit.accounts.map(({ accountId, coverage }) => ({ accountId, lines: coverage })),
      } satisfies Ledger)
      expect((await readSlices<unknown[]>(read, 'keys', meta.keys, 5_000)).flat()).toEqual(audit.keys)
      expect(meta.summary).toEqual(audit.summary)
      expect(meta.notes).toEqual(audit.notes)
      expect(meta.checks).toEqual(Object.values(audit.checks))
    }
  })

  test('findings of several blocks keep their order and their details', async () => {
    const audit = generatedAudit(FINDINGS_PER_BLOCK + DETAILS_PER_BLOCK + 1)
    expect(await readFindings(render(audit))).toEqual(audit.findings)
  })

  test('an audit without findings, keys or accounts is a report too', async () => {
    const audit = { ...generatedAudit(0), accounts: [], notEvaluated: [] }
    const html = render(audit)
    expect(await readFindings(html)).toEqual([])
    expect(html.endsWith('after</body>')).toBe(true)
  })

  test('the same audit gives the same file', () => {
    expect(render(generatedAudit(500))).toBe(render(generatedAudit(500)))
  })

  test('a template without a place for the data is refused', () => {
    expect(() => [...htmlReport(exampleAudit(), '<body></body>')]).toThrow('exactly one place')
  })

  test('what to do first: one thing for each check and subject, open, medium or worse', async () => {
    const audit = exampleAudit()
    const { first } = (await readBlocks(render(audit))('meta')) as PageMeta
    expect(first.length).toBeGreaterThan(1)
    expect(new Set(first.map(({ check }) => check)).size).toBe(first.length)
    expect(first[0]).toMatchObject({ check: 'root-access-key', severity: 'critical' })
    const byFingerprint = new Map(audit.findings.map((finding) => [finding.fingerprint, finding]))
    for (const { fingerprint, severity } of first) {
      expect(byFingerprint.get(fingerprint)).toMatchObject({ status: 'open', severity })
      expect(['critical', 'high', 'medium']).toContain(severity)
    }
  })
})
