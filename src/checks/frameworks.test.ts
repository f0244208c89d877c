import { describe, expect, it } from 'vitest'
import { brokenControls, FRAMEWORK_NAMES, FRAMEWORKS, UNANSWERED } from './frameworks.ts'
import { CHECKS } from './index.ts'

/** `1.1` to `1.22`. */
const numbered = (section: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${section}.${from + i}`)

/** Every control of the IAM section; those that the benchmark calls automated are marked below. */
const CONTROLS: Record<string, string[]> = {
  'cis-aws-3.0': numbered('1', 1, 22),
  'cis-aws-4.0.1': numbered('1', 1, 22),
  'cis-aws-5.0': numbered('1', 1, 21),
  'cis-aws-6.0': numbered('2', 1, 21),
  'cis-aws-7.0': [...numbered('2.1', 1, 6), ...numbered('2', 2, 21)],
  'aws-security-hub': numbered('IAM', 1, 28),
}

const AUTOMATED: Record<string, string[]> = {
  'cis-aws-3.0': [...numbered('1', 4, 17), '1.19', '1.20'],
  'cis-aws-4.0.1': ['1.4', '1.5', ...numbered('1', 8, 10), ...numbered('1', 12, 20)],
  'cis-aws-5.0': ['1.3', '1.4', ...numbered('1', 7, 9), ...numbered('1', 11, 19)],
  'cis-aws-6.0': ['2.3', '2.4', ...numbered('2', 7, 9), ...numbered('2', 11, 19)],
  'cis-aws-7.0': ['2.4', '2.5', ...numbered('2', 8, 18)],
  'aws-security-hub': numbered('IAM', 1, 28),
}

const ids = new Set(CHECKS.map(({ id }) => id))

const checksFor = (framework: string, control: string) =>
  Object.entries(FRAMEWORKS)
    .filter(([, controls]) => controls[framework]?.includes(control))
    .map(([check]) => check)

describe.each(Object.keys(CONTROLS))('%s', (framework) => {
  it('has a check for every automated control', () => {
    const missing = AUTOMATED[framework]!.filter((control) => checksFor(framework, control).length === 0)
    expect(missing).toEqual([])
  })

  it('has a check, or a reason why not, for every other control', () => {
    const excused = new Set(UNANSWERED.filter((entry) => entry.framework === framework).map(({ control }) => control))
    const missing = CONTROLS[framework]!.filter(
      (control) => checksFor(framework, control).length === 0 && !excused.has(control),
    )
    expect(missing).toEqual([])
    for (const control of excused) expect(checksFor(framework, control), `${control} is answered after all`).toEqual([])
  })
})

it('names only checks that exist', () => {
  expect(Object.keys(FRAMEWORKS).filter((check) => !ids.has(check))).toEqual([])
})

it('uses only frameworks that have a name', () => {
  const used = new Set([
    ...Object.values(FRAMEWORKS).flatMap((controls) => Object.keys(controls)),
    ...UNANSWERED.map(({ framework }) => framework),
  ])
  expect([...used].sort()).toEqual(Object.keys(FRAMEWORK_NAMES).sort())
})

it('does not lose a trailing zero: 1.1 and 1.10 are different controls', () => {
  expect(FRAMEWORKS['user-console-mfa']?.['cis-aws-3.0']).toEqual(['1.10'])
  expect(FRAMEWORKS['key-never-used']?.['cis-aws-5.0']).toEqual(['1.10', '1.11'])
  expect(checksFor('cis-aws-5.0', '1.1')).toEqual([])
})

it('moves the numbers with the versions of the benchmark', () => {
  expect(FRAMEWORKS['key-age']).toMatchObject({
    'cis-aws-3.0': ['1.14'],
    'cis-aws-4.0.1': ['1.14'],
    'cis-aws-5.0': ['1.13'],
    'cis-aws-6.0': ['2.13'],
    'cis-aws-7.0': ['2.12'],
    'aws-security-hub': ['IAM.3'],
  })
})

it('does not claim CIS 7.0 for a second active key, which it no longer asks about', () => {
  expect(FRAMEWORKS['key-two-active']).not.toHaveProperty('cis-aws-7.0')
})

// https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html: IAM.22 counts from 45 days, IAM.8 from 90
it.each([
  ['key-unused', { measure: 45 }, ['IAM.22'], ['1.11']],
  ['key-unused', { measure: 89 }, ['IAM.22'], ['1.11']],
  ['key-unused', { measure: 90 }, ['IAM.8', 'IAM.22'], ['1.11']],
  // a limit that the configuration made stricter breaks no control
  ['key-unused', { measure: 30 }, undefined, undefined],
  ['user-unused', { measure: 60 }, ['IAM.22'], ['1.11']],
  ['password-unused', { measure: 100 }, ['IAM.8', 'IAM.22'], ['1.11']],
  ['key-never-used', { measure: 8 }, undefined, undefined],
  ['key-never-used', { measure: 8, traits: ['console'] }, undefined, ['1.10']],
  ['key-never-used', { measure: 45 }, ['IAM.22'], ['1.11']],
  ['key-age', { measure: 91 }, ['IAM.3'], ['1.13']],
  ['key-age', { measure: 31 }, undefined, undefined],
  // IAM.7 asks for 8 characters, IAM.10 (PCI DSS) for 7, the last 4 passwords, and a change after 90 days
  ['password-policy-length', { measure: 12 }, ['IAM.15'], ['1.7']],
  ['password-policy-length', { measure: 7 }, ['IAM.7', 'IAM.15'], ['1.7']],
  ['password-policy-length', { measure: 6 }, ['IAM.7', 'IAM.10', 'IAM.15'], ['1.7']],
  ['password-policy-reuse', { measure: 5 }, ['IAM.16'], ['1.8']],
  ['password-policy-reuse', { measure: 0 }, ['IAM.10', 'IAM.16'], ['1.8']],
  ['password-policy-expiry', { measure: Infinity }, ['IAM.10', 'IAM.17'], undefined],
  ['password-policy-expiry', { measure: 75 }, undefined, undefined],
  // IAM.1 and IAM.21 judge customer managed policies, CIS those that are attached
  ['policy-full-admin', { traits: ['customer-managed'] }, ['IAM.1'], undefined],
  ['policy-full-admin', { traits: ['attached'] }, undefined, ['1.15']],
  ['policy-service-wildcard', { traits: ['attached'] }, undefined, undefined],
  ['policy-service-wildcard', { traits: ['customer-managed'] }, ['IAM.21'], undefined],
  ['trail-missing', { traits: ['untrailed', 'unrecorded'] }, ['CloudTrail.1', 'CloudTrail.3'], ['3.1']],
  ['trail-missing', { traits: ['unvalidated'] }, ['CloudTrail.4'], ['3.2']],
] as const)('%s of %j breaks %j of Security Hub, and %j of CIS 5.0', (check, flag, securityHub, cis) => {
  const broken = brokenControls(check, flag as Parameters<typeof brokenControls>[1])
  expect([broken['aws-security-hub'], broken['cis-aws-5.0']]).toEqual([securityHub, cis])
})
