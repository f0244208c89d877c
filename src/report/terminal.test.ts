import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { finding, keySubject, madeUpAudit, NASTY, userSubject, withStrings } from '../../test/made-up-audit.ts'
import { audit } from '../audit.ts'
import { daysAgo, exampleSnapshot } from '../checks/example.ts'
import { terminalReport } from './terminal.ts'

const COLOR = /\u001b\[\d+m/g
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY))

const PUBLIC = { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }] }

describe('the terminal report', () => {
  const text = terminalReport(madeUpAudit(), { width: 80, color: false })

  it('begins with the account, its time and the counts', () => {
    expect(text).toMatch(/^keyreeve audit of AWS account example \(111122223333\)\nAs of 2026-11-01 12:00 UTC/)
    expect(text).toContain('2 critical   4 high   3 medium   46 low   1 info')
    expect(text).toContain('8 access keys: 6 active, 2 inactive')
    expect(text).toContain('Note: the exception for group-empty expired on 2026-10-01')
  })

  it('wraps nothing where the page has no edge', () => {
    const endless = terminalReport(madeUpAudit(), { width: Infinity, color: false })
    const words = (of: string) => of.replace(/─+/g, '').replace(/ \\\n/g, ' ').split(/\s+/).filter(Boolean)
    expect(words(endless)).toEqual(words(terminalReport(madeUpAudit(), { width: 240, color: false })))
    for (const { because, remedy } of madeUpAudit().findings.slice(0, 3))
      for (const whole of [because, ...remedy.commands.slice(0, 1)]) expect(endless).toContain(whole)
    const why = Object.values(madeUpAudit().checks).find((check) => check.why.length > 110)?.why
    if (why) expect(endless.split('\n')).toContain(`  ${why}`)
  })

  it('says what to do first, worst first, with a command and each subject once', () => {
    const first = text.slice(text.indexOf('DO THESE FIRST'), text.indexOf('CRITICAL  2 findings'))
    expect(first).toMatch(/1\. critical .*quarantined[\s\S]*--status Inactive[\s\S]*2\. critical .*root/)
    expect(first).toContain('and 3 more like it, below')
    expect(first).toContain('4. medium    Active access key is older')
    expect(first).not.toContain('Active access key not used')
  })

  it('says what each of the first things asks for, not only by commands that look', () => {
    const things = audit(
      [
        exampleSnapshot({
          users: [
            { userName: 'ana', password: { enabled: true, lastUsed: null, lastChanged: null, nextRotation: null } },
          ],
          roles: [{ roleName: 'feed', trustPolicy: PUBLIC }],
        }),
      ],
      { tool: { name: 'keyreeve', version: '0' }, only: ['user-console-mfa', 'role-trust-public'] },
    )
    const all = terminalReport(things, { width: 240, color: false })
    const first = all.slice(all.indexOf('DO THESE FIRST'), all.indexOf('CRITICAL'))
    for (const { remedy } of things.findings) expect(first.replaceAll(/\s+/g, ' ')).toContain(remedy.text)
    expect(first).toMatch(/get-role .* > trust\.json\n.*EDITOR.* trust\.json\n.*update-assume-role-policy/)
  })

  it('lists the first subjects of a check and counts the rest', () => {
    expect(text).toContain('service-08')
    expect(text).not.toContain('service-09')
    expect(text).toContain('and 37 more: keyreeve audit --check user-policy-direct')
  })

  it('lists every subject when it is verbose, or when it is about one check', () => {
    expect(terminalReport(madeUpAudit(), { width: 80, color: false, verbose: true })).toContain('service-45')
    const { checks, ...rest } = madeUpAudit()
    const one = { ...rest, checks: { 'user-policy-direct': checks['user-policy-direct']! } }
    expect(terminalReport(one, { width: 80, color: false })).toContain('service-45')
  })

  it('names the call that was denied once, with the checks that it blinds', () => {
    expect(text.match(/was denied/g)).toHaveLength(1)
    expect(text).toContain('not evaluated: instance-without-role; only in part: instance-imdsv1')
    expect(text).toMatch(/Not asked for, or not in the files given: account:GetAlternateContact\n.*security-contact/)
  })

  it('shows accepted findings with their owner and expiry, apart from the open ones', () => {
    expect(text).toMatch(/ACCEPTED {2}1 finding[\s\S]*kiosk[\s\S]*until 2027-03-31, by facilities@example\.com/)
    expect(text.slice(0, text.indexOf('ACCEPTED'))).not.toContain('kiosk')
  })

  it('ends with a verdict', () => {
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /Open: 2 critical, 4 high, 3 medium, 46 low and 1 info\. 3 checks could not be evaluated and 1 check saw only a part\. $/,
    )
  })

  it('never says that nothing was found without saying what could not be seen', () => {
    const snapshot = exampleSnapshot({ denied: ['iam:ListAccessKeys', 'iam:GetCredentialReport'] })
    const result = audit([snapshot], { tool: { name: 'keyreeve', version: '0' }, only: ['key-age'] })
    const text = terminalReport(result, { width: 80, color: false })
    expect(text).toContain('Nothing found by 0 checks. 1 check could not be evaluated.')
    expect(text).toContain('iam:ListAccessKeys was denied')
  })

  it('says so when the time is only that of a file', () => {
    const snapshot = { ...exampleSnapshot({}), collectedAtFrom: 'file-time' as const }
    const result = audit([snapshot], { tool: { name: 'keyreeve', version: '0' } })
    expect(terminalReport(result, { width: 120, color: false })).toContain("by the file's date")
  })

  it('heads the subjects with their account when there are several', () => {
    const text = terminalReport(madeUpAudit({ accounts: 2 }), { width: 80, color: false })
    expect(text).toContain('keyreeve audit of 2 AWS accounts')
    expect(text).toMatch(
      /ACCOUNTS[\s\S]*example \(111122223333\)[\s\S]*sandbox-of-the-data-platform-team \(444455556666\)/,
    )
    expect(text).toMatch(/\n {2}sandbox-of-the-data-platform-team \(444455556666\)\n {4}• AKIAEXAMPLE000000004 ana/)
  })

  it('calls root by its name', () => {
    const snapshot = exampleSnapshot({ accessKeys: [{ userName: null }] })
    const result = audit([snapshot], { tool: { name: 'keyreeve', version: '0' }, only: ['root-access-key'] })
    expect(terminalReport(result, { width: 80, color: false })).not.toContain('<root_account>')
  })

  it('counts what is below the severity asked for', () => {
    const text = terminalReport(madeUpAudit(), { width: 80, color: false, minSeverity: 'high' })
    expect(text).toContain('50 findings below high not listed.')
    expect(text).not.toContain('MEDIUM')
  })

  it('reports a real audit with the key ID as the subject', () => {
    const snapshot = exampleSnapshot({
      users: [{ userName: 'ana' }],
      accessKeys: [{ userName: 'ana', createDate: daysAgo(200) }],
    })
    const result = audit([snapshot], { tool: { name: 'keyreeve', version: '0' }, only: ['key-age'] })
    expect(terminalReport(result, { width: 80, color: false })).toContain('AKIAEXAMPLE000000001 ana')
  })

  it('reads the same without colour', () => {
    for (const width of [40, 80, 160]) {
      const options = { width, verbose: true }
      const colored = terminalReport(madeUpAudit({ accounts: 2 }), { ...options, color: true })
      expect(colored).toMatch(COLOR)
      expect(colored.replace(COLOR, '')).toBe(
        terminalReport(madeUpAudit({ accounts: 2 }), { ...options, color: false }),
      )
    }
  })

  it('has no line wider than the terminal at any width', () => {
    const hostile = NASTY.map((name, i) =>
      finding('user-console-mfa', userSubject(`${i}${name}`), {
        because: name,
        remedy: { text: name, commands: [`aws iam get-user --user-name '${name.replaceAll("'", '')}'`] },
      }),
    )
    const report = madeUpAudit({
      accounts: 2,
      extra: [...hostile, finding('key-age', keySubject(99, 'x'.repeat(128)))],
    })
    for (let width = 40; width <= 200; width += 7)
      for (const line of terminalReport(report, { width, color: false, verbose: true }).split('\n'))
        expect(stringWidth(line), line).toBeLessThanOrEqual(width)
  })

  it('yields no control character and no wide line, whatever is in the account', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 40, max: 200 }),
        fc.boolean(),
        (texts, width, color) => {
          let i = 0
          const hostile = withStrings(madeUpAudit({ accounts: 2 }), () => texts[i++ % texts.length]!)
          const lines = terminalReport(hostile, { width, color, verbose: i % 2 === 0 })
            .replace(COLOR, '')
            .split('\n')
          for (const line of lines) {
            expect(line).not.toMatch(UNSAFE)
            expect(stringWidth(line)).toBeLessThanOrEqual(width)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})
