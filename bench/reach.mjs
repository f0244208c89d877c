// Question: how fast is reach over 10,000 principals: everything they may do over all actions, who may do one action,
// and the graph of who can become whom with the shortest paths to administrator?
// Data: an account of the sandbox's generator (two thirds users, one third roles), or a snapshot with --input FILE.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { importDist, table } from './measure.mjs'

const { values } = parseArgs({ options: { input: { type: 'string' }, times: { type: 'string', default: '5' } } })
if (!values.input) throw new Error('give a snapshot: node bench/reach.mjs --input FILE')
const times = Number(values.times)
const [{ openEstate }, { effectiveOf }, { allActions }, { mayWho, whoCan }, { buildGraph }, { search }] =
  await Promise.all(
    ['estate', 'effective', 'can', 'who-can', 'graph', 'paths'].map((name) => importDist(`reach/${name}.js`)),
  )

const rows = []
function measure(what, run, count = times) {
  const took = []
  let result
  for (let i = 0; i < count; i++) {
    const started = process.hrtime.bigint()
    result = run()
    took.push(Number(process.hrtime.bigint() - started) / 1e6)
  }
  const first = took[0]
  rows.push([what, first.toFixed(1), took.sort((a, b) => a - b)[Math.floor(count / 2)].toFixed(1)])
  return result
}

const started = process.hrtime.bigint()
const snapshot = JSON.parse(readFileSync(values.input, 'utf8'))
const estate = openEstate([snapshot])
const effective = effectiveOf(estate, allActions())
const cold = Number(process.hrtime.bigint() - started) / 1e6
rows.push([
  `cold: JSON to ${estate.principals.length} principals x ${allActions().names.length} actions`,
  cold.toFixed(0),
  '',
])
rows.push(['peak memory so far, MB', (process.resourceUsage().maxRSS / 1024).toFixed(0), ''])
measure('open the accounts', () => openEstate([snapshot]))
measure('all actions of all principals', () => effectiveOf(openEstate([snapshot]), allActions()))
const resource = `arn:aws:s3:::orders/2026.csv`
measure(
  'who may s3:GetObject on one object: yes, no, perhaps',
  () => mayWho(estate, 's3:GetObject', resource, effective),
  20,
)
measure('the same with reasons', () => whoCan(estate, 's3:GetObject', resource, effective), 20)
const graph = measure('graph of who can become whom', () => buildGraph(estate))
measure('all shortest paths to administrator', () => search(graph, 'admin'))
console.log(table(['work', 'first, ms', 'median, ms'], rows))
