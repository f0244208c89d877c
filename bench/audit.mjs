// Question: how long does `keyreeve audit --snapshot` take beside JSON.parse of the same file, with how much memory,
// and does it grow in step with the account?
//   npm run build && node bench/audit.mjs [--users 1000,10000] [--save DIR | --input DIR] [--times 3]
// Data: accounts of the sandbox's generator, saved in the AWS CLI's own format (kept in DIR with --save), or files of
// yours with --input DIR. What is going on is told on stderr; an account of 100,000 users takes some minutes.

import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CLI, fastestInTurns, importDist, table } from './measure.mjs'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000,10000' },
    input: { type: 'string', multiple: true },
    save: { type: 'string' },
    times: { type: 'string', default: '3' },
  },
})
const times = Number(values.times)
const scratch = values.save ?? mkdtempSync(join(tmpdir(), 'keyreeve-audit-'))

const started = Date.now()
function tell(what) {
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}\n`)
}

/** Saves a generated account as the AWS CLI would: account details and the credential report. */
async function saveAccount(users) {
  const [
    { startSandbox },
    { generatedAccount },
    { IAMClient, paginateGetAccountAuthorizationDetails, GenerateCredentialReportCommand, GetCredentialReportCommand },
  ] = await Promise.all([
    importDist('sandbox/sandbox.js'),
    importDist('sandbox/example/generated-account.js'),
    import('@aws-sdk/client-iam'),
  ])
  const folder = join(scratch, String(users))
  mkdirSync(folder, { recursive: true })
  tell(`making an account of ${users} users`)
  const sandbox = await startSandbox({ world: generatedAccount({ now: new Date(), users }), port: 0 })
  const { accessKeyId, secretAccessKey, endpoint, region } = sandbox
  const client = new IAMClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  const lists = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [] }
  for await (const page of paginateGetAccountAuthorizationDetails({ client, pageSize: 1000 }, {}))
    for (const [name, list] of Object.entries(lists)) for (const item of page[name] ?? []) list.push(item)
  const decode = (_, value) =>
    typeof value === 'string' && value.startsWith('%7B') ? JSON.parse(decodeURIComponent(value)) : value
  const stream = createWriteStream(join(folder, 'authorization-details.json'))
  let separator = '{'
  for (const [name, list] of Object.entries(lists)) {
    stream.write(`${separator}"${name}": [`)
    for (const [i, item] of list.entries()) {
      const chunk = `${i ? ',' : ''}\n${JSON.stringify(JSON.parse(JSON.stringify(item), decode), null, 1)}`
      if (!stream.write(chunk)) await once(stream, 'drain')
    }
    stream.write(']')
    separator = ',\n'
  }
  stream.end('}\n')
  await once(stream, 'close')
  while ((await client.send(new GenerateCredentialReportCommand({}))).State !== 'COMPLETE')
    await new Promise((r) => setTimeout(r, 200))
  writeFileSync(join(folder, 'credential-report.csv'), (await client.send(new GetCredentialReportCommand({}))).Content)
  client.destroy()
  await sandbox.close()
  return folder
}

const folders = values.input ?? []
if (folders.length === 0) for (const users of values.users.split(',')) folders.push(await saveAccount(Number(users)))

const rows = []
for (const folder of folders) {
  const details = join(folder, 'authorization-details.json')
  const report = join(folder, 'credential-report.csv')
  if (!existsSync(details)) throw new Error(`${details} is missing`)
  const programs = {
    parse: ['-e', `JSON.parse(require('node:fs').readFileSync(${JSON.stringify(details)}, 'utf8'))`],
    terminal: [CLI, 'audit', '--snapshot', details, report, '--format', 'terminal'],
    json: [CLI, 'audit', '--snapshot', details, report, '--format', 'json'],
  }
  tell(`measuring ${folder}`)
  const { parse, ...ours } = fastestInTurns(times, programs, tell)
  for (const [format, { seconds, cpuSeconds, peakMegabytes, code }] of Object.entries(ours)) {
    if (code !== 1 && code !== 3) throw new Error(`audit ended with ${code}`)
    rows.push([
      folder.split('/').at(-1),
      (statSync(details).size / 1048576).toFixed(0),
      format,
      seconds.toFixed(2),
      cpuSeconds.toFixed(2),
      peakMegabytes.toFixed(0),
      parse.seconds.toFixed(2),
      (seconds / parse.seconds).toFixed(1),
    ])
  }
}
console.log(table(['users', 'MB of JSON', 'format', 's', 'CPU s', 'peak MB', 'node + JSON.parse, s', 'ratio'], rows))
if (!values.save) rmSync(scratch, { recursive: true })
