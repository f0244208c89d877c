// Question: what becomes of an account when a plan is carried out and anything goes wrong anywhere?
// Every AWS call of every kind of step meets every fault, every line of the journal a kill, and then schedules by chance.
// npm run faults -- --seed 1 --schedules 2000 [--only change-policy]
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createServer } from 'vite'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
process.env.AWS_EC2_METADATA_DISABLED = 'true'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    schedules: { type: 'string', default: '2000' },
    only: { type: 'string' },
  },
})
const seed = Number(values.seed)
const schedules = Number(values.schedules)
if (!Number.isInteger(seed) || !Number.isInteger(schedules) || schedules < 0) {
  console.error('--seed and --schedules are whole numbers')
  process.exit(2)
}
const main = fileURLToPath(new URL('../test/fix/faults/main.ts', import.meta.url))
// the tests are TypeScript, which not every Node.js runs by itself
const server = await createServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
})
try {
  const { main: run } = await server.ssrLoadModule(main)
  if (!(await run({ seed, schedules, ...(values.only && { only: values.only }) }))) process.exitCode = 1
} finally {
  await server.close()
}
