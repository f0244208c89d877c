// Question: how long does it take from the command `keyreeve revoke` until the first call that denies, and until the
// key itself is refused? With a snapshot in the workspace and without, beside `node -e 0`.
// Data: a generated account behind the sandbox, over HTTP on the loopback, with a delay on every answer as from afar.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as iam from '@aws-sdk/client-iam'
import * as sts from '@aws-sdk/client-sts'
import { CLI, medianOf, runNode, table } from './measure.mjs'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000' },
    times: { type: 'string', default: '5' },
    'delay-ms': { type: 'string', default: '100' },
  },
})
const sandbox = spawn(
  process.execPath,
  [CLI, 'sandbox', '--port', '0', '--users', values.users, '--fault', `delay:*:*:ms=${values['delay-ms']}`, '--json'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const { endpoint, region, accessKeyId, secretAccessKey } = JSON.parse(String((await once(sandbox.stdout, 'data'))[0]))
const env = {
  ...process.env,
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
}
const admin = new iam.IAMClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })

/** Revokes a new key, while somebody goes on calling with it. */
async function revokeOnce(cwd, name) {
  await admin.send(new iam.CreateUserCommand({ UserName: name }))
  const { AccessKey: key } = await admin.send(new iam.CreateAccessKeyCommand({ UserName: name }))
  const thief = new sts.STSClient({
    endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey },
  })
  await thief.send(new sts.GetCallerIdentityCommand({}))
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [CLI, 'revoke', key.AccessKeyId, '--yes', '--window', '0', '--no-second-look'],
    {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  let refusedMs = null
  while (refusedMs === null) {
    const asked = performance.now() - started
    await thief.send(new sts.GetCallerIdentityCommand({})).catch(() => {
      refusedMs = asked
    })
  }
  const [code] = await ended
  if (code !== 0) throw new Error(`revoke ended with ${code}`)
  const folder = join(cwd, '.keyreeve', 'incidents')
  const id = readdirSync(folder).find((entry) => entry.endsWith(key.AccessKeyId))
  const { firstDenyMs } = JSON.parse(readFileSync(join(folder, id, 'incident.json'), 'utf8'))
  return { firstDenyMs, refusedMs, allMs: performance.now() - started }
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]

async function measure(what, cwd) {
  const runs = []
  for (let i = 0; i < Number(values.times); i++)
    runs.push(await revokeOnce(cwd, `leaky-${what.replaceAll(' ', '-')}-${i}`))
  const of = (name) => Math.round(median(runs.map((run) => run[name])))
  return [what, of('firstDenyMs'), of('refusedMs'), of('allMs')]
}

const floor = medianOf(Number(values.times), () => runNode(['-e', '0']))
const without = mkdtempSync(join(tmpdir(), 'keyreeve-bench-'))
const withOne = mkdtempSync(join(tmpdir(), 'keyreeve-bench-'))
const rows = [await measure('without a snapshot', without)]
const collected = spawn(process.execPath, [CLI, 'collect', '--no-workloads'], { cwd: withOne, env, stdio: 'ignore' })
await once(collected, 'exit')
rows.push(await measure('with a snapshot', withOne))
console.log(
  `${values.users} users, ${values['delay-ms']} ms for every call, median of ${values.times}; node -e 0: ${Math.round(floor.seconds * 1000)} ms`,
)
console.log(
  table(['', 'first denying call answered, ms', 'first call of the key that was refused, ms', 'everything, ms'], rows),
)
for (const folder of [without, withOne]) rmSync(folder, { recursive: true })
sandbox.kill()
if (rows.some(([, first]) => first > 2000)) {
  console.error('the first denying call came after more than 2 s')
  process.exitCode = 1
}
