/** Accounts that try to fool us: each a file with a sentence on what is wrong in it, or only looks so. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type AccountSketch, exampleSnapshot } from '../../src/checks/example.ts'
import { canDo } from '../../src/reach/can.ts'
import { cheapestCut } from '../../src/reach/cut.ts'
import { findPrincipals, openEstate, statementId } from '../../src/reach/estate.ts'
import { buildGraph } from '../../src/reach/graph.ts'
import { pathsAnswer } from '../../src/reach/paths.ts'

interface Account {
  sentence: string
  account: AccountSketch
  answers: {
    /** By name: how it reaches administrator; `admin`: it is one; null: it does not. */
    reach: Record<string, 'allowed' | 'conditional' | 'admin' | null>
    /** The first step's. */
    technique?: Record<string, string>
    hops?: Record<string, number>
    can?: [principal: string, action: string, resource: string | null, decision: string][]
  }
}

const ACCOUNTS = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.json'))
  .map((file) => [file, JSON.parse(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')) as Account] as const)

it('there are thirty accounts and more', () => {
  expect(ACCOUNTS.length).toBeGreaterThanOrEqual(30)
})

describe.each(ACCOUNTS)('%s', (_, { sentence, account, answers }) => {
  const snapshot = exampleSnapshot(account)
  const estate = openEstate([snapshot])
  const graph = buildGraph(estate)
  const one = (name: string) => {
    const [principal, ...more] = findPrincipals(estate, name)
    expect(more).toEqual([])
    return principal!
  }

  it(sentence, () => {
    for (const [name, expected] of Object.entries(answers.reach)) {
      const principal = one(name)
      if (expected === 'admin') {
        expect(graph.full[principal.index], name).toBe(2)
        continue
      }
      const { paths } = pathsAnswer(graph, { from: [principal], to: 'admin' })
      expect(paths[0]?.decision ?? null, name).toBe(expected)
      for (const { hops } of paths)
        for (const { decision, conditions, unknown, because } of hops) {
          expect(because.length, 'every step has a reason').toBeGreaterThan(0)
          if (decision === 'conditional') expect(conditions.length + unknown.length).toBeGreaterThan(0)
        }
      if (answers.technique?.[name]) expect(paths[0]!.hops[0]!.technique).toBe(answers.technique[name])
      if (answers.hops?.[name]) expect(paths[0]!.hops).toHaveLength(answers.hops[name])
    }
    for (const [name, action, resource, decision] of answers.can ?? [])
      expect(canDo(estate, one(name), action, resource).decision, `${name} ${action} ${resource}`).toBe(decision)
  })

  it('the cut closes every path', () => {
    const { cut, cutIs } = cheapestCut([snapshot], graph)
    if (cutIs === 'incomplete') return
    const without = new Set(cut.map(({ policy, statement }) => statementId(policy, statement)))
    const after = buildGraph(openEstate([snapshot], { without }))
    const { paths } = pathsAnswer(after, { from: null, to: 'admin' })
    expect(paths.filter(({ from }) => estate.byArn.has(from)).map(({ from }) => from)).toEqual([])
  })
})
