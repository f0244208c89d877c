// Question: how long do all detections take over a store of CloudTrail events, beside DuckDB reading every column of the
// same files once?
// Data: a store of `keyreeve trail ingest`, given with --store FOLDER.

import { parseArgs } from 'node:util'
import { importDist, table } from './measure.mjs'

const { values } = parseArgs({ options: { store: { type: 'string' }, slowest: { type: 'string', default: '10' } } })
if (!values.store) throw new Error('give a store of `keyreeve trail ingest`: node bench/detect.mjs --store FOLDER')
const [{ openStore }, { openDuckDb }, { COLUMN_NAMES }, { detect }, { DETECTIONS }] = await Promise.all(
  ['store', 'engines/duckdb', 'columns', 'detections/detect', 'detections/index'].map((name) =>
    importDist(`trail/${name}.js`),
  ),
)

const store = await openStore(values.store)
const engine = await openDuckDb(store)
const rows = []

async function timed(run) {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const result = await run()
  const { user, system } = process.cpuUsage(cpu)
  return { result, ms: performance.now() - started, cpuMs: (user + system) / 1000 }
}

const options = { since: null, allowances: [], trustedAccounts: [], decoyKeys: [] }
const floor = await timed(() => engine.query(`SELECT ${COLUMN_NAMES.map((name) => `min(${name})`)} FROM {{events}}`))
const all = await timed(() => detect(engine, { ...options, detections: DETECTIONS }))
const single = DETECTIONS.filter(({ rule }) => rule.form === 'event')
const events = await timed(() => detect(engine, { ...options, detections: single }))
const line = (what, { ms, cpuMs }) => rows.push([what, ms.toFixed(0), cpuMs.toFixed(0), (ms / floor.ms).toFixed(1)])
line(`every column of ${store.events} events, once`, floor)
line(`all ${DETECTIONS.length} detections: ${all.result.detections.length} found`, all)
line(`the ${single.length} of single events, in one pass`, events)
const each = []
for (const detection of DETECTIONS)
  if (detection.rule.form !== 'event')
    each.push([detection, await timed(() => detect(engine, { ...options, detections: [detection] }))])
each.sort(([, a], [, b]) => b.ms - a.ms)
for (const [{ code, id }, took] of each.slice(0, Number(values.slowest))) line(`${code} ${id}`, took)
console.log(table(['work', 'ms', 'CPU ms', 'times the floor'], rows))
await engine.close()
