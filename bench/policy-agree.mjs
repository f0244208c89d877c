// Does the engine agree with the slow, obvious evaluator of test/reference/, on as many random requests as you like?
//   npm run build && node bench/policy-agree.mjs [--requests 2000000] [--seed 1]
// Exit code 1 at a disagreement, with the seed and the case.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { importDist } from './measure.mjs'

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const reference = async (name) =>
  (await runnerImport(fileURLToPath(new URL(`../test/reference/${name}.ts`, import.meta.url)))).module
const { Generator } = await reference('generate')
const { referenceDecision } = await reference('reference')
const { outcomeOf, readCases } = await importDist('policy/case.js')
const { evaluate } = await importDist('policy/evaluate.js')

const requests = Number(values.requests)
const generator = new Generator(Number(values.seed))
const outcomes = {}
let disagreements = 0
for (let i = 0; i < requests; i++) {
  const question = generator.case()
  const [{ request, policies }] = readCases(question)
  const outcome = outcomeOf(evaluate(request, policies))
  const expected = referenceDecision(question)
  outcomes[expected] = (outcomes[expected] ?? 0) + 1
  if (outcome === expected) continue
  disagreements++
  process.exitCode = 1
  if (disagreements <= 3) console.log(JSON.stringify({ number: i, outcome, expected, question }))
}
const seconds = process.cpuUsage().user / 1e6
console.log(`${requests} requests (seed ${values.seed}): ${disagreements} disagreements, ${seconds.toFixed(0)} CPU s`)
console.log(outcomes)
