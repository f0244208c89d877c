/** Runs the examples of every check: they are its test. */
import { describe, expect, it } from 'vitest'
import { buildDossiers } from '../dossiers.ts'
import { DEFAULT_CONFIG } from '../model/config.ts'
import { FACTS } from '../model/facts.ts'
import type { Check, Example } from './check.ts'
import { exampleSnapshot } from './example.ts'
import { brokenControls, FRAMEWORKS } from './frameworks.ts'
import { CHECKS } from './index.ts'
import { type CheckResults, runChecks } from './run.ts'

function run(check: Check, { account, config = {}, ...other }: Omit<Example, 'name'>): CheckResults {
  const { leaks = null, accountScan = null, usage = null } = other
  const snapshot = exampleSnapshot(account)
  return runChecks(
    [check],
    { snapshot, dossiers: buildDossiers(snapshot, { world: null, leaks, usage }), leaks, accountScan, usage },
    {
      ...DEFAULT_CONFIG,
      ...config,
      checks: { [check.id]: true },
      thresholds: { ...DEFAULT_CONFIG.thresholds, ...config.thresholds },
    },
    brokenControls,
  )
}

it('every check has an id of its own', () => {
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length)
})

describe.each(CHECKS.map((check) => [check.id, check] as const))('%s', (_, check) => {
  it('explains itself', () => {
    expect(check.why.length).toBeGreaterThan(40)
    expect(check.fix.length).toBeGreaterThan(20)
    expect(check.references.length).toBeGreaterThan(0)
    expect(check.needs.length).toBeGreaterThan(0)
    expect(check.examples.flagged.length).toBeGreaterThan(0)
    expect(check.examples.clean.length).toBeGreaterThan(0)
  })

  it.each(check.examples.flagged.map((example) => [example.name, example] as const))('flags %s', (_, example) => {
    const { findings } = run(check, example)
    if (example.flags) expect(findings.map(({ subject }) => subject.id).sort()).toEqual([...example.flags].sort())
    else expect(findings.length).toBeGreaterThan(0)
    for (const finding of findings) {
      expect(finding.because).toMatch(/^[^\n]+$/)
      expect(finding.evidence.length).toBeGreaterThan(0)
      for (const { source, asOf } of finding.evidence)
        if (source !== 'scan' && source !== 'trail') expect(asOf, `${source} is in the ledger`).not.toBeNull()
    }
    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(findings.length)
  })

  it('has an example for every control that it answers', () => {
    const listed = (controls: Record<string, string[]> = {}) =>
      Object.entries(controls).flatMap(([framework, all]) => all.map((control) => `${framework} ${control}`))
    const broken = check.examples.flagged.flatMap((example) =>
      run(check, example).findings.flatMap(({ frameworks }) => listed(frameworks)),
    )
    expect([...new Set(broken)].sort()).toEqual(listed(FRAMEWORKS[check.id]).sort())
  })

  it.each(check.examples.clean.map((example) => [example.name, example] as const))('is silent on %s', (_, example) => {
    const { findings, notEvaluated } = run(check, example)
    expect(findings).toEqual([])
    expect(notEvaluated).toEqual([])
  })

  it('is not evaluated when nothing was read', () => {
    const denied = [...new Set<string>(Object.values(FACTS).flat(2))]
    for (const example of [...check.examples.flagged, ...check.examples.clean]) {
      const { findings, notEvaluated } = run(check, { account: { ...example.account, denied } })
      expect(findings).toEqual([])
      expect(notEvaluated).toMatchObject([{ check: check.id, extent: 'all' }])
    }
  })
})
