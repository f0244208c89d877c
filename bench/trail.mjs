// Question: how fast is CloudTrail read, and asked?
// Data: made-up events like real ones (1.2 KB each, 3,000 principals, 30 days), or log files of your own. Beside it, in
// the same run: DuckDB alone reading the same files into Parquet, and reading every column of the store once. Ratios
// count, not seconds.
// Usage: npm run build && node bench/trail.mjs [--events 3000000] [--folder FOLDER] [--logs FOLDER] [--skip-ingest]
//   --folder  where the made-up logs and the store are, and stay; by default they are made and removed
//   --logs    read these log files instead
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { compilePolicy, parsePolicy } from '../dist/policy/index.js'
import { COLUMN_NAMES } from '../dist/trail/columns.js'
import { detect } from '../dist/trail/detections/detect.js'
import { DETECTIONS } from '../dist/trail/detections/index.js'
import { openDuckDb } from '../dist/trail/engines/duckdb.js'
import { ingest } from '../dist/trail/ingest/ingest.js'
import { localFiles } from '../dist/trail/ingest/local-files.js'
import { consumersOf } from '../dist/trail/questions/consumers.js'
import { keyStory } from '../dist/trail/questions/key-story.js'
import { keyActivities } from '../dist/trail/questions/keys.js'
import { replay } from '../dist/trail/questions/replay.js'
import { whoIs } from '../dist/trail/questions/who.js'
import { openStore } from '../dist/trail/store.js'

const { values: flags } = parseArgs({
  options: {
    events: { type: 'string', default: '3000000' },
    folder: { type: 'string' },
    logs: { type: 'string' },
    'skip-ingest': { type: 'boolean', default: false },
  },
})
const wanted = Number(flags.events)
const folder = flags.folder ?? mkdtempSync(join(tmpdir(), 'keyreeve-bench-trail-'))
mkdirSync(folder, { recursive: true })
const DAYS = 30

let seed = 42
/** Mulberry32: the low bits of a simpler generator repeat, and so would the IDs of events. */
function random(below) {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) % below
}
const pick = (list) => list[random(list.length)]
const hex = (length) => Array.from({ length }, () => random(16).toString(16)).join('')
const CALLS = [
  ['sts', 'AssumeRole'],
  ['sts', 'GetCallerIdentity'],
  ['ec2', 'DescribeInstances'],
  ['ec2', 'DescribeVolumes'],
  ['ec2', 'CreateTags'],
  ['kms', 'Decrypt'],
  ['kms', 'GenerateDataKey'],
  ['s3', 'GetBucketAcl'],
  ['s3', 'ListBuckets'],
  ['s3', 'GetBucketPolicy'],
  ['logs', 'DescribeLogGroups'],
  ['monitoring', 'DescribeAlarms'],
  ['iam', 'GetRole'],
  ['iam', 'ListUsers'],
  ['lambda', 'GetFunction20150331v2'],
  ['ssm', 'GetParameter'],
  ['dynamodb', 'DescribeTable'],
]
const AGENTS = [
  'aws-cli/2.15.30 Python/3.11.8 Linux/5.15.0 exe/x86_64.ubuntu.22 prompt/off command/s3.ls',
  'Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.1.79 md/arch#x86_64 lang/python#3.12.2',
  'APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) aws-sdk-go-v2/1.26.0 os/linux',
  'aws-sdk-java/2.25.16 Linux/5.10.210 OpenJDK_64-Bit_Server_VM/17.0.10 Java/17.0.10',
]
const PRINCIPALS = Array.from({ length: 3000 }, (_, i) => ({
  account: String(111_122_220_000 + (i % 20)),
  user: i % 3 === 0,
  name: `svc-${i}`,
  key: `${i % 3 === 0 ? 'AKIA' : 'ASIA'}${String(i).padStart(16, 'X')}`,
  addresses: Array.from({ length: 1 + (i % 3) }, () => `198.51.${random(256)}.${random(256)}`),
  agent: AGENTS[i % AGENTS.length],
  calls: Array.from({ length: 8 }, () => pick(CALLS)),
}))

function event(time) {
  const who = PRINCIPALS[Math.floor((random(1000) / 1000) ** 2.5 * PRINCIPALS.length)]
  const [service, name] = pick(who.calls)
  const { account } = who
  const root = `arn:aws:iam::${account}`
  return {
    eventVersion: '1.09',
    userIdentity: who.user
      ? {
          type: 'IAMUser',
          principalId: `AIDA${who.name}`,
          arn: `${root}:user/${who.name}`,
          accountId: account,
          accessKeyId: who.key,
          userName: who.name,
        }
      : {
          type: 'AssumedRole',
          principalId: `AROA${who.name}:s`,
          arn: `arn:aws:sts::${account}:assumed-role/${who.name}/s`,
          accountId: account,
          accessKeyId: who.key,
          sessionContext: {
            sessionIssuer: {
              type: 'Role',
              principalId: `AROA${who.name}`,
              arn: `${root}:role/${who.name}`,
              accountId: account,
              userName: who.name,
            },
            attributes: { creationDate: time, mfaAuthenticated: 'false' },
          },
        },
    eventTime: time,
    eventSource: `${service}.amazonaws.com`,
    eventName: name,
    awsRegion: 'eu-west-1',
    sourceIPAddress: pick(who.addresses),
    userAgent: who.agent,
    ...(random(25) === 0
      ? { errorCode: 'AccessDenied', errorMessage: `User is not authorized to perform ${service}:${name}` }
      : {}),
    requestParameters:
      service === 's3'
        ? { bucketName: `bucket-${random(50)}`, Host: 's3.amazonaws.com' }
        : service === 'sts'
          ? { roleArn: `${root}:role/svc-${random(300)}`, roleSessionName: 's' }
          : { maxResults: 100, filterSet: { items: [{ name: 'tag:Name', valueSet: { items: [{ value: hex(8) }] } }] } },
    responseElements:
      service === 'sts'
        ? { credentials: { accessKeyId: `ASIA${hex(16)}`, sessionToken: hex(240), expiration: time } }
        : null,
    requestID: `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
    eventID: `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${service}.eu-west-1.amazonaws.com`,
    },
  }
}

function generate(logs, total, perFile) {
  mkdirSync(logs, { recursive: true })
  for (let done = 0, file = 0; done < total; file++) {
    const count = Math.min(perFile, total - done)
    const moment = Date.UTC(2026, 0, 1) + Math.floor((done / total) * DAYS * 86_400_000)
    const records = Array.from({ length: count }, () =>
      event(new Date(moment + random(300) * 1000).toISOString().replace(/\.\d+/, '')),
    )
    const stamp = new Date(moment).toISOString().replace(/[-:]/g, '').slice(0, 13)
    writeFileSync(
      join(logs, `111122220000_CloudTrail_eu-west-1_${stamp}Z_${file}.json.gz`),
      gzipSync(JSON.stringify({ Records: records })),
    )
    done += count
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
const RECORD = {
  eventVersion: 'VARCHAR',
  userIdentity: {
    type: 'VARCHAR',
    principalId: 'VARCHAR',
    arn: 'VARCHAR',
    accountId: 'VARCHAR',
    accessKeyId: 'VARCHAR',
    userName: 'VARCHAR',
    invokedBy: 'VARCHAR',
    sessionContext: {
      sessionIssuer: {
        type: 'VARCHAR',
        principalId: 'VARCHAR',
        arn: 'VARCHAR',
        accountId: 'VARCHAR',
        userName: 'VARCHAR',
      },
      attributes: { creationDate: 'VARCHAR', mfaAuthenticated: 'VARCHAR' },
      ec2RoleDelivery: 'VARCHAR',
    },
  },
  eventTime: 'TIMESTAMP',
  eventSource: 'VARCHAR',
  eventName: 'VARCHAR',
  awsRegion: 'VARCHAR',
  sourceIPAddress: 'VARCHAR',
  userAgent: 'VARCHAR',
  errorCode: 'VARCHAR',
  errorMessage: 'VARCHAR',
  requestParameters: 'JSON',
  responseElements: 'JSON',
  additionalEventData: 'JSON',
  requestID: 'VARCHAR',
  eventID: 'VARCHAR',
  readOnly: 'BOOLEAN',
  resources: 'JSON',
  eventType: 'VARCHAR',
  managementEvent: 'BOOLEAN',
  recipientAccountId: 'VARCHAR',
  sharedEventID: 'VARCHAR',
  vpcEndpointId: 'VARCHAR',
  eventCategory: 'VARCHAR',
  sessionCredentialFromConsole: 'VARCHAR',
  tlsDetails: { tlsVersion: 'VARCHAR', cipherSuite: 'VARCHAR', clientProvidedHostHeader: 'VARCHAR' },
}

function structOf(fields) {
  const types = Object.entries(fields).map(
    ([name, type]) => `"${name}" ${typeof type === 'string' ? type : structOf(type)}`,
  )
  return `STRUCT(${types.join(', ')})`
}

async function timed(name, work, { per, goal } = {}) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - wall) / 1000
  const cpuSeconds = (user + system) / 1e6
  const rate = per
    ? `, ${Math.round(per / seconds).toLocaleString('en')} events/s, ${((cpuSeconds / per) * 1e6).toFixed(1)} CPU µs/event`
    : ''
  const wish = goal ? `  (goal: ${goal})` : ''
  console.log(`${name.padEnd(36)} ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} CPU s${rate}${wish}`)
  return { result, seconds, cpuSeconds }
}
const megabytes = () => Math.round(process.resourceUsage().maxRSS / 1024)

const logs = flags.logs ?? join(folder, 'logs')
const small = join(folder, 'small')
if (!flags.logs && !existsSync(logs)) await timed('generate', async () => generate(logs, wanted, 1600))
if (!existsSync(small)) generate(small, 100_000, 10)
const store = join(folder, 'store')

if (!flags['skip-ingest']) {
  const { files } = await localFiles([logs])
  rmSync(store, { recursive: true, force: true })
  const own = await timed('ingest', () => ingest(store, files), { goal: '100,000 events/s' })
  const { events } = own.result
  console.log(
    `  ${events} events, ${Math.round(events / own.seconds).toLocaleString('en')} events/s, peak ${megabytes()} MB (goal: 1,000)`,
  )

  // every field of a record, typed, as the store is made of them; nothing is derived, sorted, compared or taken out
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB', preserve_insertion_order: 'false' })
  const duck = await instance.connect()
  const floor = await timed(
    'DuckDB alone, the same files',
    () =>
      duck.run(`COPY (SELECT unnest(r.Records, recursive := true) FROM read_json('${logs}/**/*.gz',
          maximum_object_size = 64000000, columns = {Records: '${structOf(RECORD)}[]'}) r)
        TO '${join(folder, 'floor.parquet')}' (FORMAT parquet, COMPRESSION zstd)`),
    { per: events },
  )
  instance.closeSync()
  console.log(`CPU of ingest / DuckDB alone: ${(own.cpuSeconds / floor.cpuSeconds).toFixed(2)} (goal: 1.3)`)

  const smallStore = join(folder, 'small-store')
  rmSync(smallStore, { recursive: true, force: true })
  const smallFiles = (await localFiles([small])).files
  const few = await timed(`ingest ${smallFiles.length} small files`, () => ingest(smallStore, smallFiles), {
    goal: '5 s',
  })
  console.log(`  ${few.result.events} events`)
}

const opened = await openStore(store)
const engine = await openDuckDb(opened)
const question = { engine, within: opened.days }
const [{ key }] = await engine.query(
  "SELECT access_key_id AS key FROM {{events}} WHERE key_kind = 'long-term' GROUP BY access_key_id ORDER BY count(*) DESC LIMIT 1",
)
await timed('one key over 30 days', async () => consumersOf(question, await whoIs(question, key)), { goal: '0.2 s' })
const { result: keys } = await timed('overview of all keys', () => keyActivities(question), { goal: '1.5 s' })
console.log(`  ${keys.length} keys`)
await timed('story of the busiest key', () => keyStory(question, key))
const policy = compilePolicy(
  parsePolicy({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:*', 'ec2:Describe*'], Resource: '*' }],
  }),
)
await timed(
  'replay of everything',
  () =>
    replay(question, { filter: 'principal_arn IS NOT NULL', params: {}, label: 'all', kind: 'principal' }, [
      { name: 'proposed', policy },
    ]),
  { goal: '5 s' },
)
const floor = await timed('every column of the store, once', () =>
  engine.query(`SELECT ${COLUMN_NAMES.map((name) => `min(${name})`)} FROM {{events}}`),
)
const all = await timed(
  `all ${DETECTIONS.length} detections`,
  () => detect(engine, { detections: DETECTIONS, since: null, allowances: [], trustedAccounts: [], decoyKeys: [] }),
  { goal: '10 s' },
)
console.log(
  `  ${all.result.detections.length} found; ${(all.cpuSeconds / floor.cpuSeconds).toFixed(1)} times the CPU of every column once`,
)
await engine.close()
if (flags.folder === undefined) rmSync(folder, { recursive: true, force: true })
