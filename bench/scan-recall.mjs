// How many planted credentials does the scanner find, in which carriers, and what does it take for one that is none?
// Data: made-up pairs (test/scan/carriers.ts, carriers-folders.ts), new ones for each seed.  node bench/scan-recall.mjs [pairs a carrier] [seed]
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const [rounds = 100, seed = 1] = process.argv.slice(2).map(Number)
const { module } = await runnerImport(fileURLToPath(new URL('../test/scan/recall.ts', import.meta.url)))
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`)

row('carrier', 'planted', 'IDs found', 'pairs found', 'found, not planted')
row('---', '---:', '---:', '---:', '---:')
const carriers = [...module.recall(rounds, seed), ...module.folderRecall(rounds, seed)]
for (const { name, planted, ids, pairs, others } of carriers) row(name, planted, ids, pairs, others)
const sum = (list, key) => list.reduce((total, item) => total + item[key], 0)
row('**all**', sum(carriers, 'planted'), sum(carriers, 'ids'), sum(carriers, 'pairs'), sum(carriers, 'others'))

console.log()
row('look-alike', 'tried', 'false alarms')
row('---', '---:', '---:')
const alarms = [...module.falseAlarms(rounds, seed), ...module.folderFalseAlarms(rounds, seed)]
for (const { name, tried, alarms: wrong } of alarms) row(name, tried, wrong.length)
row(
  '**all**',
  sum(alarms, 'tried'),
  alarms.reduce((total, { alarms: wrong }) => total + wrong.length, 0),
)
if (
  carriers.some((c) => c.ids !== c.planted || c.pairs !== c.planted || c.others) ||
  alarms.some((a) => a.alarms.length)
)
  process.exitCode = 1
