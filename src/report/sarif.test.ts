import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { madeUpAudit, NASTY, withStrings } from '../../test/made-up-audit.ts'
import { isSarif } from '../../test/sarif-schema.ts'
import { audit } from '../audit.ts'
import { daysAgo, exampleSnapshot } from '../checks/example.ts'
import type { Audit } from '../model/audit.ts'
import { sarifReport } from './sarif.ts'

function sarif(report: Audit) {
  return JSON.parse([...sarifReport(report)].join(''))
}

describe('SARIF', () => {
  const log = sarif(madeUpAudit({ accounts: 2 }))
  const [run] = log.runs

  it.each([
    ['one account', madeUpAudit()],
    ['two accounts', madeUpAudit({ accounts: 2 })],
    ['no account', audit([], { tool: { name: 'keyreeve', version: '0' } })],
    [
      'a real account',
      audit(
        [exampleSnapshot({ users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana', createDate: daysAgo(99) }] })],
        {
          tool: { name: 'keyreeve', version: '0.1.0' },
        },
      ),
    ],
  ])('is valid by the official schema for %s', (_, report) => {
    expect(isSarif(sarif(report)), JSON.stringify(isSarif.errors?.slice(0, 5))).toBe(true)
  })

  it('the schema refuses what is no SARIF', () => {
    expect(isSarif({ version: '2.1.0', runs: [{}] })).toBe(false)
  })

  it('has a rule with help and a severity for every result', () => {
    for (const { ruleId, ruleIndex } of run.results) {
      const rule = run.tool.driver.rules[ruleIndex]
      expect(rule.id).toBe(ruleId)
      expect(rule.help.text.length).toBeGreaterThan(20)
      expect(Number(rule.properties['security-severity'])).toBeGreaterThan(0)
    }
  })

  it('turns severities into levels', () => {
    const levels = Object.fromEntries(
      run.results.map(({ level, properties }: { level: string; properties: { severity: string } }) => [
        properties.severity,
        level,
      ]),
    )
    expect(levels).toEqual({ critical: 'error', high: 'error', medium: 'warning', low: 'note', info: 'note' })
  })

  it('names the access key, and gives GitHub a relative path', () => {
    const [location] = run.results[0].locations
    expect(location.logicalLocations[0]).toEqual({
      name: 'deploy',
      fullyQualifiedName: 'arn:aws:iam::111122223333:user/deploy',
      kind: 'resource',
    })
    expect(location.physicalLocation.artifactLocation.uri).toBe('aws/111122223333/access-key/AKIAEXAMPLE000000002')
    expect(run.results[0].message.text).toContain('AKIAEXAMPLE000000002 deploy')
  })

  it('carries the fingerprint, and suppresses accepted findings only', () => {
    const suppressed = run.results.filter(({ suppressions }: { suppressions: unknown[] }) => suppressions.length > 0)
    expect(suppressed).toHaveLength(1)
    expect(suppressed[0].suppressions[0]).toEqual({
      kind: 'external',
      status: 'accepted',
      justification: 'shared screen in the lobby, read-only (facilities@example.com, until 2027-03-31)',
    })
    for (const { partialFingerprints } of run.results)
      expect(partialFingerprints['keyreeveFinding/v1']).toMatch(/^[0-9a-f]+$/)
  })

  it('notifies of what was not evaluated', () => {
    const [{ toolExecutionNotifications: notifications }] = run.invocations
    expect(notifications.map(({ level }: { level: string }) => level)).toEqual(['warning', 'warning', 'note'])
    expect(notifications[1].associatedRule.id).toBe('instance-without-role')
    expect(notifications[1].message.text).toContain('ec2:DescribeInstances in eu-west-1 was denied')
  })

  it('stays valid, with relative paths in their folder, whatever the names are', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('.', '..', ...NASTY))
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 6 }), (texts) => {
        let i = 0
        const hostile = withStrings(madeUpAudit(), () => texts[i++ % texts.length]!)
        const log = sarif({ ...hostile, findings: hostile.findings.slice(0, 12) })
        expect(isSarif(log), JSON.stringify(isSarif.errors?.slice(0, 3))).toBe(true)
        for (const { locations, message } of log.runs[0].results) {
          const { uri } = locations[0].physicalLocation.artifactLocation
          expect(new URL(uri, 'file:///root/').href).toBe(`file:///root/${uri}`)
          expect(message.text).not.toMatch(/[\p{Cc}\p{Cf}]|(?<!\\)(?:\\\\)*[[\]]/u)
        }
      }),
      { numRuns: 40 },
    )
  })
})
