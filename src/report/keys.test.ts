import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { keyId, keyRow, madeUpAudit, NASTY, NOW, withStrings } from '../../test/made-up-audit.ts'
import { keyDossier, keysCsv, keysMarkdown, keysTable } from './keys.ts'

const COLOR = /\u001b\[\d+m/g
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const audit = madeUpAudit({ accounts: 2 })
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY))

function table(width: number, color = false): string {
  return keysTable(audit.keys, { width, color, audit })
}

describe('the keys table', () => {
  it('sums up on top', () => {
    expect(table(80)).toMatch(/^9 access keys, 7 active, 7 need action\n2 AWS accounts, as of 2026-11-01 12:00 UTC\n/)
  })

  it('never cuts a key ID, its check ids or its next action, at any width', () => {
    for (let width = 40; width <= 240; width++) {
      const text = table(width).replace(/\s+/g, ' ')
      for (const { accessKeyId, findings } of audit.keys) {
        if (accessKeyId) expect(text).toContain(accessKeyId)
        for (const check of findings) expect(text).toContain(check)
      }
      expect(text.replace(/[^a-z]/g, '')).toContain('deactivatethendelete')
    }
  })

  it('cuts and wraps nothing where the page has no edge', () => {
    const owner = { kind: 'user', name: 'n'.repeat(64) } as const
    const findings = Array.from({ length: 40 }, (_, i) => `check-number-${i}`)
    const rows = [...audit.keys, { ...audit.keys[0]!, owner, findings, nextAction: 'deactivate '.repeat(30).trim() }]
    const lines = keysTable(rows as typeof audit.keys, { width: Infinity, color: false, audit }).split('\n')
    expect(lines.filter((line) => /^(critical|high|medium|low|info|-) /.test(line))).toHaveLength(rows.length)
    const [long] = lines.filter((line) => line.includes(owner.name))
    expect(long).toContain(findings.join(', '))
    expect(long).toContain(`→ ${'deactivate '.repeat(30).trim()}`)
    expect(lines.join('')).not.toContain('…')
  })

  it('says at 80 columns how old each key is, when and where it was last used, what is wrong and what to do', () => {
    const one = madeUpAudit()
    expect(keysTable(one.keys, { width: 80, color: false, audit: one })).toContain(
      [
        'MED   ●  AKIAEXAMPLE000000003  ci-build-fronte…    900 d  302 d ago ecr',
        '         key-unused, key-age → deactivate',
      ].join('\n'),
    )
  })

  it('says at 160 columns everything, and aligns it', () => {
    const lines = table(160).split('\n')
    const head = lines.find((line) => line.startsWith('SEVERITY'))!
    expect(head).toMatch(
      /^SEVERITY +KEY ID +ACCOUNT +OWNER +AGE +LAST USED +SERVICE +REGION +WHAT IS WRONG → NEXT ACTION$/,
    )
    const line = lines.find((line) => line.includes(keyId(4)))!
    for (const [title, cell] of [
      ['KEY ID', keyId(4)],
      ['ACCOUNT', '444455556666'],
      ['OWNER', 'ana'],
      ['LAST USED', '1 d ago'],
      ['SERVICE', 's3'],
      ['REGION', 'us-east-1'],
      ['WHAT', 'key-age'],
    ] as const)
      expect(line.slice(head.indexOf(title))).toMatch(new RegExp(`^${cell}`))
  })

  it('keeps never used, not known and not read apart', () => {
    const text = table(160)
    expect(text).toMatch(/vendor-datadog .* never /)
    expect(text).toMatch(/bob .* not known /)
    expect(text).toMatch(/\(ID not read\) #2 .* carol .* \? .* not known/)
    expect(text).toContain('a credential report has no key IDs')
  })

  it('says that keys may be missing where neither source of them was read', () => {
    const [first] = audit.accounts
    const account = { ...first!, coverage: [] }
    expect(keysTable([], { width: 80, color: false, audit: { ...audit, accounts: [account] } })).toMatch(
      /^No access keys\n.*\nKeys may be missing: not all could be read in example \(111122223333\)\n$/,
    )
  })

  it('shows dates where it is not told when the account was read', () => {
    expect(keysTable(audit.keys.slice(2, 3), { width: 80, color: false })).toContain('2026-01-03 ecr')
  })

  it('has no line wider than the terminal, and reads the same without colour', () => {
    for (let width = 40; width <= 240; width++) {
      for (const line of table(width).split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width)
      expect(table(width, true).replace(COLOR, '').replace(/ +$/gm, '')).toBe(table(width))
    }
  })

  it('is harmless and aligned whatever the names are', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 40, max: 240 }),
        (texts, width) => {
          let i = 0
          const hostile = withStrings(audit, () => texts[i++ % texts.length]!)
          const options = { width, color: true, audit: hostile, owner: { groups: texts, mfaActive: true } }
          const text = keysTable(hostile.keys, options) + keyDossier(hostile.keys[1]!, hostile.findings, options)
          for (const line of text.replace(COLOR, '').split('\n')) {
            expect(line).not.toMatch(UNSAFE)
            expect(stringWidth(line)).toBeLessThanOrEqual(width)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('the dossier of a key', () => {
  const row = audit.keys.find(({ accessKeyId }) => accessKeyId === keyId(3))!
  const text = keyDossier(row, audit.findings, {
    width: 100,
    color: false,
    audit,
    owner: { groups: ['ci', 'dev'], mfaActive: false },
  })

  it('tells whose it is, what it did and when that was known', () => {
    expect(text).toMatch(/^AKIAEXAMPLE000000003 ─+\n/)
    expect(text).toContain('Owner        user ci-build-frontend-production\n')
    expect(text).toContain('Groups       ci, dev')
    expect(text).toContain('MFA          none')
    expect(text).toContain('Created      2024-05-15 12:00 UTC (900 days old)')
    expect(text.replace(/\s+/g, ' ')).toContain(
      '2026-01-03 12:00 UTC (302 d ago) by ecr in eu-central-1; known as of 2026-11-01 12:00 UTC',
    )
    expect(text).toContain('Next action  deactivate')
  })

  it('lists its own findings with why and commands, and no other key’s', () => {
    expect(text).toContain('FINDINGS  2 open')
    expect(text).toContain('not used since 2026-01-03 (302 days)')
    expect(text).toContain('Why key-unused matters')
    expect(text).toContain('$ aws iam update-access-key --user-name ci-build-frontend-production')
    expect(text).not.toContain('quarantine')
  })

  it('leaves out what nobody looked for', () => {
    expect(text).not.toMatch(/leak|usage|reach/i)
    expect(keyDossier(row, [], { width: 80, color: false })).not.toMatch(/Groups|MFA/)
  })

  it('does not take an unknown last use for none', () => {
    const unknown = keyRow(6, 'bob', { lastUsed: null, lastUsedKnown: false })
    const never = keyRow(6, 'bob', { lastUsed: null })
    expect(keyDossier(unknown, [], { width: 80, color: false })).toContain('Last used    not known')
    expect(keyDossier(never, [], { width: 80, color: false })).toContain('Last used    never')
  })
})

describe('keys for programs and pages', () => {
  it('CSV has a row for each key, unknown as nothing', () => {
    const rows: Record<string, string>[] = parse([...keysCsv(audit.keys)].join(''), { columns: true })
    expect(rows).toHaveLength(audit.keys.length)
    expect(rows[2]).toMatchObject({
      access_key_id: keyId(3),
      owner: 'ci-build-frontend-production',
      age_days: '900',
      findings: 'key-unused key-age',
    })
    expect(rows.find(({ owner }) => owner === 'bob')?.last_used).toBe('')
    expect(rows.find(({ owner }) => owner === 'vendor-datadog')?.last_used).toBe('never')
  })

  it('Markdown has a row of nine cells for each key', () => {
    const lines = [...keysMarkdown(audit.keys)].join('').split('\n')
    const rows = lines.filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    expect(rows).toHaveLength(audit.keys.length + 1)
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(11)
  })

  it('dates are those of the snapshot, not of the day the report is made', () => {
    expect(table(80)).toContain(NOW.slice(0, 10))
    expect(table(80)).toBe(table(80))
  })
})
