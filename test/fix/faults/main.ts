/** `npm run faults`: prints what became of every fault, and closes with how many passed. */
import { planScenarios } from './plan-scenarios.ts'
import { revokeScenarios } from './revoke-scenarios.ts'
import { rotateScenarios } from './rotate-scenarios.ts'
import { runFaults, tableOf } from './run-faults.ts'
import type { Scenario } from './scenario.ts'

/** What makes scenarios. */
export const SOURCES: readonly (() => Promise<Scenario[]>)[] = [planScenarios, rotateScenarios, revokeScenarios]

export async function main({
  seed,
  schedules,
  only,
}: {
  seed: number
  schedules: number
  only?: string
}): Promise<boolean> {
  const all = (await Promise.all(SOURCES.map((source) => source()))).flat()
  const scenarios = only === undefined ? all : all.filter(({ name }) => name.includes(only))
  const started = Date.now()
  let count = 0
  const results = await runFaults(scenarios, {
    seed,
    schedules,
    onResult: ({ scenario, point, fault, wrong }) => {
      if (wrong) process.stderr.write(`${scenario}, ${point}, ${fault}: ${wrong}\n`)
      if (++count % 100 === 0 && process.stderr.isTTY) process.stderr.write(`${count} tried\r`)
    },
  })
  const failed = results.filter(({ wrong }) => wrong !== null).length
  process.stdout.write(`${tableOf(results)}\n\n`)
  process.stdout.write(
    `${scenarios.length} scenarios, seed ${seed}, ${schedules} schedules by chance, ${Math.round((Date.now() - started) / 1000)} s\n`,
  )
  process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`)
  return failed === 0
}
