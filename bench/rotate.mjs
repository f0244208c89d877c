// Question: is the rotation of many users limited by the request budget, or by us?
// Data: an account of users with one old key and one secret each, behind the sandbox in a process of its own, over HTTP
// on the loopback. The floor is what the budget allows: the calls of the busiest service, so many a second. The second
// line has no budget: what is left is our own work and the sandbox's.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CLI, importDist, table } from './measure.mjs'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '500' },
    rps: { type: 'string', default: '50' },
    serve: { type: 'boolean', default: false },
  },
})
const users = Number(values.users)
const rps = Number(values.rps)
const REGION = 'us-east-1'

if (values.serve) await serve()
else await measure()

async function serve() {
  const { startSandbox } = await importDist('sandbox/sandbox.js')
  const { emptyAccount } = await importDist('sandbox/example/generated-account.js')
  const { addAccessKey, addUser } = await importDist('sandbox/state.js')
  const { addSecret } = await importDist('sandbox/secrets.js')
  const now = new Date()
  const world = emptyAccount({ now })
  const [account] = world.accounts.values()
  const createDate = new Date(now.getTime() - 200 * 86_400_000)
  for (let i = 0; i < users; i++) {
    const user = addUser(world, account, `bot-${i}`, { createDate })
    const { accessKeyId, secretAccessKey } = addAccessKey(world, account, user, { createDate })
    const secret = addSecret(world, account, REGION, `bot-${i}`)
    const value = JSON.stringify({ accessKeyId, secretAccessKey })
    secret.versions.set('v1', {
      versionId: 'v1',
      value,
      stages: new Set(['AWSCURRENT']),
      createDate,
      lastAccessed: null,
    })
  }
  const sandbox = await startSandbox({ world })
  const { endpoint, accessKeyId, secretAccessKey } = sandbox
  process.send({ endpoint, accessKeyId, secretAccessKey })
  process.once('disconnect', () => process.exit())
  process.on('message', () => process.send(sandbox.calls().counts))
}

async function measure() {
  const rows = []
  for (const budget of [rps, null]) {
    const child = spawn(process.execPath, [process.argv[1], '--serve', '--users', String(users)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [{ endpoint, accessKeyId, secretAccessKey }] = await once(child, 'message')
    const folder = mkdtempSync(join(tmpdir(), 'keyreeve-bench-rotate-'))
    const settings = Array.from({ length: users }, (_, i) => `  - user: bot-${i}\n    to: [secretsmanager:bot-${i}]`)
    writeFileSync(join(folder, 'keyreeve.yaml'), `rotations:\n${settings.join('\n')}\n`)
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }
    const args = ['rotate', '--all-due', '--yes', '--json', '--regions', REGION]
    const started = performance.now()
    const { document } = await run([...args, ...(budget === null ? [] : ['--max-rps', String(budget)])], folder, env)
    const seconds = (performance.now() - started) / 1000
    child.send('counts')
    const [counts] = await once(child, 'message')
    child.kill()
    rmSync(folder, { recursive: true, force: true })
    const done = document.rotations.filter(({ phase }) => phase === 'waiting').length
    const byService = {}
    for (const [name, count] of Object.entries(counts)) {
      const [service] = name.split(':')
      byService[service] = (byService[service] ?? 0) + count
    }
    const busiest = Math.max(...Object.values(byService))
    const floor = budget === null ? null : busiest / budget
    rows.push([
      budget === null ? 'none' : `${budget}/s`,
      `${done} of ${users}`,
      Object.values(byService).reduce((sum, count) => sum + count, 0),
      Object.entries(byService)
        .map(([service, count]) => `${service} ${(count / users).toFixed(1)}`)
        .join(', '),
      seconds.toFixed(1),
      floor === null ? '' : floor.toFixed(1),
      floor === null ? '' : (seconds / floor).toFixed(2),
    ])
  }
  console.log(table(['budget', 'rotated', 'calls', 'calls a user', 'seconds', 'floor', 'x floor'], rows))
}

async function run(args, cwd, env) {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  await once(child, 'close')
  return { document: JSON.parse(text) }
}
