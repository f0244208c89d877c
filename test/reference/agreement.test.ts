/** The engine and the second opinion, asked the same questions. */
import { expect, it } from 'vitest'
import { outcomeOf, readCases } from '../../src/policy/case.ts'
import { evaluate } from '../../src/policy/evaluate.ts'
import { Generator } from './generate.ts'
import { referenceDecision } from './reference.ts'

it('the engine and a slow, obvious evaluator agree on 20,000 random requests', () => {
  const generator = new Generator(20_260_101)
  const outcomes = new Map<string, number>()
  for (let i = 0; i < 20_000; i++) {
    const question = generator.case()
    const [{ request, policies }] = readCases(question) as [ReturnType<typeof readCases>[0]]
    const outcome = outcomeOf(evaluate(request, policies))
    const expected = referenceDecision(question)
    if (outcome !== expected) expect({ ...question, outcome }).toEqual({ ...question, outcome: expected })
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  // every outcome has its share, or the agreement would say little
  for (const outcome of ['Allowed', 'ImplicitlyDenied', 'ExplicitlyDenied'])
    expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(2_000)
})
