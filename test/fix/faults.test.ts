/** A share of `npm run faults`: each scenario, some of the faults. */
import { expect, it } from 'vitest'
import { planScenarios } from './faults/plan-scenarios.ts'
import { revokeScenarios } from './faults/revoke-scenarios.ts'
import { rotateScenarios } from './faults/rotate-scenarios.ts'
import { runFaults } from './faults/run-faults.ts'

it('whatever goes wrong, the account is as it was or as it is to be, and the next run goes on', async () => {
  const scenarios = [...(await planScenarios()), ...(await rotateScenarios()), ...(await revokeScenarios())]
  expect(scenarios.length).toBeGreaterThan(20)
  const results = await runFaults(scenarios, { seed: 1, schedules: 25, every: 29 })
  expect(results.filter(({ wrong }) => wrong !== null)).toEqual([])
  expect(results.length).toBeGreaterThan(80)
}, 900_000)
