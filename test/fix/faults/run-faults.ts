/** Tries every fault at every call of every scenario, a kill at every line of the journal, and schedules by chance. */
import { newRandom, nextFraction, nextInteger, type Random } from '../../../src/sandbox/state.ts'
import { Killed, type Run, type Scenario, type Stage } from './scenario.ts'

export interface Options {
  seed: number
  /** Schedules by chance, spread over the scenarios. */
  schedules: number
  /** Every fault at every call and every line; else each nth of them. */
  every?: number
  onResult?(result: Result): void
}

export interface Result {
  scenario: string
  /** `iam:PutUserPolicy`, `line 7`, `schedule 12`. */
  point: string
  fault: string
  outcome: string
  /** What was wrong; null: passed. */
  wrong: string | null
}

/** By the name under which AWS or the network does it: the rule of the sandbox. */
const RULES: Record<string, (call: string) => string> = {
  denied: (call) => `deny:${call}:times=1`,
  throttled: (call) => `throttle:${call}:times=1`,
  '500 before': (call) => `error:${call}:times=1`,
  '500 after': (call) => `error:${call}:times=1:when=after`,
  // somebody else changes the same thing just now
  conflict: (call) => `conflict:${call}:times=1`,
  'cut before': (call) => `cut:${call}:times=1`,
  // what a timeout looks like: it took effect, and no answer came
  'cut after': (call) => `cut:${call}:times=1:when=after`,
}
const EXPIRED: Record<string, Run> = { 'expired, renewed': { renewable: true }, expired: { renewable: false } }

/** More runs than any plan needs: one that does not settle is wrong. */
const MOST_RUNS = 6

export async function runFaults(scenarios: readonly Scenario[], options: Options): Promise<Result[]> {
  const results: Result[] = []
  const add = (result: Result) => {
    results.push(result)
    options.onResult?.(result)
  }
  const every = options.every ?? 1
  const known = []
  for (const scenario of scenarios) known.push({ scenario, ...(await dryRun(scenario)) })
  for (const { scenario, wrong } of known)
    add({ scenario: scenario.name, point: 'no fault', fault: 'none', outcome: 'done', wrong })
  let turn = 0
  for (const { scenario, calls, lines } of known) {
    for (const call of calls) {
      for (const [fault, rule] of Object.entries(RULES))
        if (turn++ % every === 0) add(await tried(scenario, call, fault, { rules: [rule(call)] }))
      for (const [fault, run] of Object.entries(EXPIRED))
        if (turn++ % every === 0) add(await tried(scenario, call, fault, { run: { ...run, expireAt: call } }))
    }
    for (let line = 1; line <= lines; line++)
      for (const torn of [false, true])
        if (turn++ % every === 0)
          add(await tried(scenario, `line ${line}`, torn ? 'cut off' : 'killed', { run: { killedAt: line, torn } }))
    for (let line = 1; line <= lines; line++)
      if (turn++ % every === 0) add(await tried(scenario, `line ${line}`, 'disk full', { run: { fullAt: line } }))
  }
  const random = newRandom(options.seed)
  for (let i = 0; i < options.schedules; i++) {
    const { scenario, calls, lines } = known[nextInteger(random, known.length)]!
    add(await scheduled(scenario, calls, lines, random, i + 1))
  }
  return results
}

/** What it calls, and how many lines it writes, when nothing goes wrong. */
async function dryRun(scenario: Scenario): Promise<{ calls: string[]; lines: number; wrong: string | null }> {
  const stage = await scenario.prepare()
  try {
    // not reset: what was called is CloudTrail's history, too
    const before = stage.sandbox.calls().counts
    await stage.run()
    const calls = Object.entries(stage.sandbox.calls().counts).flatMap(([call, count]) =>
      count > (before[call] ?? 0) && stage.calls.test(call) ? [call] : [],
    )
    const wrong = await stage.check('settled')
    return { calls: calls.sort(), lines: scenario.isKilled === false ? 0 : await linesOf(scenario), wrong }
  } finally {
    await stage.close()
  }
}

async function linesOf(scenario: Scenario): Promise<number> {
  for (let line = 1; ; line++) {
    const stage = await scenario.prepare()
    try {
      await stage.run({ killedAt: line })
      return line - 1
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    } finally {
      await stage.close()
    }
  }
}

interface Fault {
  rules?: readonly string[]
  run?: Run
}

async function tried(
  scenario: Scenario,
  point: string,
  fault: string,
  { rules = [], run = {} }: Fault,
): Promise<Result> {
  const stage = await scenario.prepare()
  const said: string[] = []
  try {
    stage.sandbox.setFaults(rules)
    const wrong = (await oneRun(stage, run, said)) ?? (await settled(stage, said))
    return { scenario: scenario.name, point, fault, outcome: said.join(', '), wrong }
  } catch (error) {
    return { scenario: scenario.name, point, fault, outcome: said.join(', '), wrong: `it threw ${String(error)}` }
  } finally {
    await stage.close()
  }
}

/** Runs once; what is wrong then. */
async function oneRun(stage: Stage, run: Run, said: string[]): Promise<string | null> {
  try {
    said.push(await stage.run(run))
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    said.push('killed')
  }
  return stage.check('stopped')
}

/** Runs without faults until it is done. */
async function settled(stage: Stage, said: string[]): Promise<string | null> {
  stage.sandbox.setFaults([])
  for (let i = 0; i < MOST_RUNS; i++) {
    if (said.at(-1) === 'done') return stage.check('settled')
    const wrong = await oneRun(stage, {}, said)
    if (wrong) return wrong
  }
  return `after ${MOST_RUNS} runs without a fault it is not done`
}

/** Several faults and kills, one run after the other. */
async function scheduled(
  scenario: Scenario,
  calls: string[],
  lines: number,
  random: Random,
  number: number,
): Promise<Result> {
  const stage = await scenario.prepare()
  const said: string[] = []
  const plan: string[] = []
  let wrong: string | null = null
  try {
    const runs = 1 + nextInteger(random, 3)
    for (let i = 0; i < runs && wrong === null; i++) {
      const rules = Array.from({ length: nextInteger(random, 3) }, () => ruleByChance(calls, random))
      const kill = nextFraction(random) < 0.4
      const run: Run = kill
        ? { killedAt: 1 + nextInteger(random, Math.max(1, lines)), torn: nextFraction(random) < 0.5 }
        : {}
      if (nextFraction(random) < 0.2 && calls.length > 0)
        Object.assign(run, {
          expireAt: calls[nextInteger(random, calls.length)],
          renewable: nextFraction(random) < 0.5,
        })
      plan.push([...rules, JSON.stringify(run)].join(' '))
      stage.sandbox.setFaults(rules)
      wrong = await oneRun(stage, run, said)
    }
    wrong ??= await settled(stage, said)
  } catch (error) {
    wrong = `it threw ${String(error)}`
  } finally {
    await stage.close()
  }
  if (wrong) wrong += ` (${plan.join(' | ')})`
  return { scenario: scenario.name, point: `schedule ${number}`, fault: 'by chance', outcome: said.join(', '), wrong }
}

function ruleByChance(calls: readonly string[], random: Random): string {
  const names = Object.keys(RULES)
  const call = calls[nextInteger(random, calls.length)] ?? 'iam:*'
  const rule = RULES[names[nextInteger(random, names.length)]!]!(call)
  return `${rule}:after=${nextInteger(random, 4)}`
}

/** One line for each fault point: what became of each fault there. */
export function tableOf(results: readonly Result[]): string {
  const rows = new Map<string, string[]>()
  for (const { scenario, point, fault, outcome, wrong } of results) {
    const line = /^(line|schedule) /.exec(point)?.[1]
    const row = `${scenario}  ${line ? `${line}s` : point}`
    const cell = wrong ? `${fault} at ${point}: WRONG, ${wrong}` : `${fault}: ${outcome}`
    rows.set(row, [...(rows.get(row) ?? []), cell])
  }
  return [...rows]
    .map(([row, cells]) => {
      const counts = new Map<string, number>()
      for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1)
      return [row, ...[...counts].map(([cell, count]) => `    ${cell}${count > 1 ? ` (${count})` : ''}`)].join('\n')
    })
    .join('\n')
}
