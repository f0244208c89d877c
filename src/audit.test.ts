import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audit } from './audit.ts'
import { type AccountSketch, daysAgo, exampleSnapshot } from './checks/example.ts'
import { EXAMPLE_KEY, EXAMPLE_KEY_ACCOUNT, exampleConsumer, exampleUsage } from './checks/example-usage.ts'
import { CHECKS } from './checks/index.ts'
import { type Config, DEFAULT_CONFIG } from './model/config.ts'
import { SEVERITIES } from './model/finding.ts'

const TOOL = { name: 'keyreeve', version: '0' }
const account: AccountSketch = {
  users: [{ userName: 'ana', groups: [] }, { userName: 'ben' }],
  accessKeys: [
    { userName: 'ana', accessKeyId: 'AKIAEXAMPLEANAONE', createDate: daysAgo(400) },
    { userName: 'ana', accessKeyId: 'AKIAEXAMPLEANATWO', createDate: daysAgo(300), slot: 2 },
    { userName: 'ben', accessKeyId: 'AKIAEXAMPLEBEN', createDate: daysAgo(400), status: 'Inactive' },
    { userName: null, createDate: daysAgo(2000) },
  ],
}
const run = (config: Partial<Config> = {}, sketch = account) =>
  audit([exampleSnapshot(sketch)], { tool: TOOL, config: { ...DEFAULT_CONFIG, ...config } })

describe('an audit', () => {
  it('of nothing is empty', () => {
    expect(audit([], { tool: TOOL })).toMatchObject({ findings: [], keys: [], accounts: [], collectedAt: '' })
  })

  it('is the same every time, and whatever the order of what was collected', () => {
    const snapshot = exampleSnapshot(account)
    const expected = JSON.stringify(audit([snapshot], { tool: TOOL }))
    fc.assert(
      fc.property(fc.shuffledSubarray(snapshot.accessKeys, { minLength: snapshot.accessKeys.length }), (accessKeys) => {
        expect(JSON.stringify(audit([{ ...snapshot, accessKeys }], { tool: TOOL }))).toBe(expected)
      }),
      { numRuns: 20 },
    )
  })

  it('puts the worst first, and accepted findings last', () => {
    const exceptions = [{ check: 'root-access-key', subject: '*', reason: 'r', owner: 'o', expires: '2027-01-01' }]
    const { findings } = run({ exceptions })
    const ranks = findings.map(({ status, severity }) => (status === 'open' ? 0 : 10) + SEVERITIES.indexOf(severity))
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
    expect(findings.at(-1)).toMatchObject({ check: 'root-access-key', status: 'accepted' })
  })

  it('counts open findings only', () => {
    const exceptions = [{ check: '*', subject: '*', reason: 'r', owner: 'o', expires: '2027-01-01' }]
    const { findings, summary } = run({ exceptions })
    expect(findings.length).toBeGreaterThan(0)
    expect(summary.bySeverity).toEqual({ critical: 0, high: 0, medium: 0, low: 0, info: 0 })
    expect(summary.accessKeys).toEqual({ total: 4, active: 3, inactive: 1 })
  })

  it('leaves out a check that is switched off, and takes the severity that was set', () => {
    const { findings, checks } = run({ checks: { 'root-access-key': false }, severities: { 'key-age': 'critical' } })
    expect(findings.map(({ check }) => check)).not.toContain('root-access-key')
    expect(checks['root-access-key']).toBeUndefined()
    for (const { check, severity } of findings) if (check === 'key-age') expect(severity).toBe('critical')
  })

  it('runs only the checks that are named, also one that is off by default', () => {
    const only = ['role-tags', 'key-age']
    const result = audit([exampleSnapshot({ ...account, roles: [{ roleName: 'r' }] })], { tool: TOOL, only })
    expect(new Set(result.findings.map(({ check }) => check))).toEqual(new Set(only))
    expect(result.summary.checks).toEqual({ evaluated: 2, notEvaluated: 0 })
  })

  it('every enabled check leaves a trace in every account: it was evaluated, or it says why not', () => {
    const enabled = CHECKS.filter(({ off }) => !off).length
    const { summary, notEvaluated } = run({}, { ...account, denied: ['iam:GetCredentialReport'] })
    expect(summary.checks.evaluated + summary.checks.notEvaluated).toBe(enabled)
    expect(summary.checks.notEvaluated).toBe(
      new Set(notEvaluated.filter((g) => g.extent === 'all').map((g) => g.check)).size,
    )
    expect(summary.checks.notEvaluated).toBeGreaterThan(3)
  })

  it('keeps the same fingerprints when time passes and evidence changes', () => {
    const later = { ...exampleSnapshot(account), collectedAt: '2027-03-01T00:00:00Z' }
    // root was used lately only at first
    const lasting = run().findings.filter(({ check }) => check !== 'root-used')
    const before = new Set(lasting.map(({ fingerprint }) => fingerprint))
    const after = new Set(audit([later], { tool: TOOL }).findings.map(({ fingerprint }) => fingerprint))
    for (const fingerprint of before) expect(after).toContain(fingerprint)
  })
})

describe('the keys', () => {
  it('come worst first, root before all, each with what is wrong and the next action', () => {
    const { keys } = run()
    expect(keys).toHaveLength(4)
    expect(keys[0]).toMatchObject({ owner: { kind: 'root' }, severity: 'critical' })
    expect(keys[0]!.nextAction).toContain('root needs no key')
    for (const { findings, severity, nextAction } of keys) {
      expect(nextAction).not.toBe('')
      expect(findings.length > 0).toBe(severity !== null)
    }
  })

  it('an accepted finding asks for no action', () => {
    const exceptions = [{ check: '*', subject: '*', reason: 'r', owner: 'o', expires: '2027-01-01' }]
    const ana = run({ exceptions }).keys.find(({ accessKeyId }) => accessKeyId === 'AKIAEXAMPLEANAONE')
    expect(ana).toMatchObject({ findings: [], severity: null, nextAction: 'none' })
  })

  it('never asks to revoke an exposed key that is inactive: it is ended, what it did is the question', () => {
    const policyName = 'AWSCompromisedKeyQuarantineV3'
    const { keys } = run(
      {},
      {
        users: [
          { userName: 'ana', attachedPolicies: [{ policyName, policyArn: `arn:aws:iam::aws:policy/${policyName}` }] },
        ],
        accessKeys: [
          { userName: 'ana', accessKeyId: 'AKIAEXAMPLEACTIVE' },
          { userName: 'ana', accessKeyId: 'AKIAEXAMPLEENDED', slot: 2, status: 'Inactive' },
        ],
      },
    )
    expect(keys.map(({ nextAction }) => nextAction)).toEqual([
      'revoke now: AWS says this key is exposed',
      'look up what it did, then delete',
    ])
  })

  it('never asks to deactivate a key that waits for the next run of its job', () => {
    const account = exampleSnapshot({
      ...EXAMPLE_KEY_ACCOUNT,
      accessKeys: [
        {
          userName: 'ana',
          accessKeyId: EXAMPLE_KEY,
          createDate: daysAgo(80),
          lastUsed: { date: daysAgo(60), region: 'eu-west-1', serviceName: 's3' },
        },
      ],
    })
    const nextOf = (cadence: 'quarterly' | 'once') => {
      const consumers = [exampleConsumer({ cadence, lastSeen: daysAgo(60) })]
      const usage = [exampleUsage({ lastSeen: daysAgo(60), consumers })]
      return audit([account], { tool: TOOL, usage }).keys[0]
    }
    expect(nextOf('quarterly')).toMatchObject({
      findings: ['key-unused', 'key-silent-but-scheduled'],
      nextAction: 'move its scheduled job to a role',
    })
    expect(nextOf('once')).toMatchObject({ findings: ['key-unused'], nextAction: 'deactivate' })
  })

  it('a key of the same ID in two accounts has only the findings of its own', () => {
    const one = exampleSnapshot({
      users: [{ userName: 'ana' }],
      accessKeys: [{ userName: 'ana', accessKeyId: 'AKIAEXAMPLESAME', createDate: daysAgo(400) }],
    })
    const fresh = { ...one.accessKeys[0]!, createDate: daysAgo(1) }
    const two = { ...one, accountId: '999900009999', accessKeys: [fresh] }
    const { keys } = audit([one, two], { tool: TOOL, only: ['key-age'] })
    expect(keys.map(({ accountId, findings }) => [accountId, findings])).toEqual([
      ['111122223333', ['key-age']],
      ['999900009999', []],
    ])
  })
})
