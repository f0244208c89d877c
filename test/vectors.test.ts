/** Decisions with their reason in AWS's documentation: one file per subject, each case a sentence. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Expected, type PolicyCase, readCases, runCase } from '../src/policy/case.ts'
import { OPERATOR_NAMES } from '../src/policy/conditions/condition.ts'

const FOLDER = fileURLToPath(new URL('vectors/', import.meta.url))
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))

describe.each(FILES)('%s', (file) => {
  const cases = readCases(JSON.parse(readFileSync(FOLDER + file, 'utf8'))) as (PolicyCase & { expected: Expected })[]
  it.each(cases.map((item) => [item.id, item.name, item] as const))('%s: %s', (_id, _name, item) => {
    const { decision, blockedBy, conditions, unknown, because } = runCase(item)
    expect({ decision, blockedBy }).toEqual({
      decision: item.expected.decision,
      blockedBy: item.expected.blockedBy ?? blockedBy,
    })
    // every answer has its reasons, and one that hangs on something says on what
    expect(because.length).toBeGreaterThan(0)
    expect(conditions.length + unknown.length > 0).toBe(decision === 'Conditional')
  })
})

it('the vectors use every condition operator', () => {
  const text = FILES.map((file) => readFileSync(FOLDER + file, 'utf8')).join('')
  expect(OPERATOR_NAMES.filter((name) => !text.includes(`"${name}"`))).toEqual([])
})
