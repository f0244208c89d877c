// Does the engine agree with the slow, obvious evaluator of test/reference/, on as many random requests as you like?
//   npm run build && node bench/policy-agree.mjs [--requests 2000000] [--seed 1] [--workers 1]
// Each worker has a seed of its own, counted up from the first. Exit code 1 at a disagreement, with the seed and the
// case.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { runnerImport } from 'vite'
import { importDist } from './measure.mjs'

if (isMainThread) await main()
else parentPort.postMessage(await compare(workerData))

async function main() {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: '1' },
    },
  })
  const workers = Number(values.workers)
  const parts = Array.from({ length: workers }, (_, i) => ({
    seed: Number(values.seed) + i,
    requests: Math.floor((Number(values.requests) + i) / workers),
  }))
  const results = await Promise.all(parts.map((part) => (workers === 1 ? compare(part) : inWorker(part))))
  const outcomes = {}
  for (const result of results)
    for (const [outcome, count] of Object.entries(result.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count
  const disagreements = results.reduce((sum, result) => sum + result.disagreements, 0)
  if (disagreements > 0) process.exitCode = 1
  for (const { examples } of results) for (const example of examples) console.log(JSON.stringify(example))
  const { user } = process.cpuUsage()
  const seeds = parts.map(({ seed }) => seed).join(', ')
  console.log(
    `${values.requests} requests (seed ${seeds}): ${disagreements} disagreements, ${(user / 1e6).toFixed(0)} CPU s`,
  )
  console.log(outcomes)
}

function inWorker(part) {
  return new Promise((resolve, reject) => {
    new Worker(fileURLToPath(import.meta.url), { workerData: part }).once('message', resolve).once('error', reject)
  })
}

async function compare({ seed, requests }) {
  const reference = async (name) =>
    (await runnerImport(fileURLToPath(new URL(`../test/reference/${name}.ts`, import.meta.url)))).module
  const { Generator } = await reference('generate')
  const { referenceDecision } = await reference('reference')
  const { outcomeOf, readCases } = await importDist('policy/case.js')
  const { evaluate } = await importDist('policy/evaluate.js')

  const generator = new Generator(seed)
  const outcomes = {}
  const examples = []
  let disagreements = 0
  for (let i = 0; i < requests; i++) {
    const question = generator.case()
    const [{ request, policies }] = readCases(question)
    const outcome = outcomeOf(evaluate(request, policies))
    const expected = referenceDecision(question)
    outcomes[expected] = (outcomes[expected] ?? 0) + 1
    if (outcome === expected) continue
    disagreements++
    if (examples.length < 3) examples.push({ seed, number: i, outcome, expected, question })
  }
  return { outcomes, disagreements, examples }
}
