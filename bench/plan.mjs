// Question: how long does a plan for 10,000 findings take, once the account is audited?
// Data: an account of the sandbox's generator; its findings are repeated from its own audit, not made up.
// node bench/plan.mjs [--users 6000] [--times 5]
import { parseArgs } from 'node:util'
import { importDist } from './measure.mjs'

const { values } = parseArgs({
  options: { users: { type: 'string', default: '6000' }, times: { type: 'string', default: '5' } },
})
const [
  { startSandbox },
  { generatedAccount },
  { openSession },
  { collect },
  { audit },
  { makePlan },
  { DEFAULT_CONFIG },
] = await Promise.all([
  importDist('sandbox/sandbox.js'),
  importDist('sandbox/example/generated-account.js'),
  importDist('aws/session.js'),
  importDist('collect/collect.js'),
  importDist('audit.js'),
  importDist('fix/make-plan.js'),
  importDist('model/config.js'),
])
const sandbox = await startSandbox({
  world: generatedAccount({ now: new Date(), users: Number(values.users) }),
  settings: { credentialReportDelayMs: 0 },
})
const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = sandbox
const session = await openSession({
  endpointUrl,
  region,
  credentials: { accessKeyId, secretAccessKey },
  userAgent: 'keyreeve-bench/0',
})
const snapshot = await collect(session, { toolVersion: '0.0.0', regions: [region], workloads: false })
session.close()
await sandbox.close()
const { findings, keys: dossiers } = audit([snapshot], { tool: { name: 'keyreeve', version: '0.0.0' } })
const input = { snapshot, dossiers, thresholds: DEFAULT_CONFIG.thresholds, graceDays: 14 }
const seconds = []
let plan
for (let i = 0; i < Number(values.times); i++) {
  const before = process.cpuUsage()
  plan = makePlan(findings, input)
  const { user, system } = process.cpuUsage(before)
  seconds.push((user + system) / 1e6)
}
seconds.sort((a, b) => a - b)
console.log(
  `${findings.length} findings of ${snapshot.users.length} users: ${plan.steps.length} steps, ${plan.handOvers.length} handed over, ${plan.cannot.length} not in the plan`,
)
console.log(
  `${seconds[0].toFixed(2)} to ${seconds.at(-1).toFixed(2)} CPU seconds in ${seconds.length} runs, the audit aside`,
)
