// Question: how fast is reach over 10,000 and 100,000 principals: everything they may do over all actions, one decision,
// who may do one action, the graph of who can become whom with all shortest paths, and the cheapest cut?
//   npm run build && node bench/reach.mjs [--principals 10000,100000] [--input SNAPSHOT] [--peer DIR]
// Data: accounts of the sandbox's generator (two thirds users, one third roles) with boundaries, under service control
// policies of three levels; or a snapshot of yours. What is cold is measured in a process of its own, which starts from
// the JSON.
// --peer DIR: a folder in which you installed @cloud-copilot/iam-simulate; its decisions are timed on the same requests,
// and compared. It is under the AGPL, so it comes with nothing of ours.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { importDist, table } from './measure.mjs'

const { values } = parseArgs({
  options: {
    principals: { type: 'string', default: '10000' },
    input: { type: 'string' },
    peer: { type: 'string' },
    times: { type: 'string', default: '7' },
    decisions: { type: 'string', default: '300' },
    cold: { type: 'string' },
  },
})
const times = Number(values.times)
const reach = async (...names) =>
  Object.assign({}, ...(await Promise.all(names.map((name) => importDist(`reach/${name}.js`)))))

if (values.cold) await cold(values.cold)
else await measureAll()

/** From the JSON to the answer, in this process alone. */
async function cold(file) {
  const { openEstate, effectiveOf, allActions } = await reach('estate', 'effective', 'can')
  const estate = openEstate([JSON.parse(readFileSync(file, 'utf8'))])
  const { bounds } = effectiveOf(estate, allActions())
  const megabytes = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({ principals: estate.principals.length, classes: bounds.length, megabytes }))
}

async function measureAll() {
  const scratch = mkdtempSync(join(tmpdir(), 'keyreeve-reach-'))
  const rows = []
  try {
    const sizes = values.input ? [null] : values.principals.split(',').map(Number)
    for (const size of sizes) {
      const file = values.input ?? join(scratch, `${size}.json`)
      if (size !== null) await saveAccount(size, file)
      rows.push(coldRow(file))
      if (size === null || size <= 20_000) rows.push(...(await warmRows(file)))
    }
  } finally {
    rmSync(scratch, { recursive: true })
  }
  console.log(table(['work', 'at most', 'first', 'median', ''], rows))
}

function coldRow(file) {
  const started = process.hrtime.bigint()
  const { stdout, status, stderr } = spawnSync(
    process.execPath,
    ['--max-old-space-size=4096', fileURLToPath(import.meta.url), '--cold', file],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  const { principals, classes, megabytes } = JSON.parse(stdout)
  const goal = principals <= 20_000 ? '2 s, 300 MB' : '10 s, 1.5 GB'
  return [
    `${principals} principals x all actions, from ${(statSync(file).size / 1048576).toFixed(0)} MB of JSON`,
    goal,
    `${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB`,
    '',
    `${classes} different sets of rights`,
  ]
}

async function warmRows(file) {
  const all = await reach('estate', 'ask', 'who-can', 'can', 'graph', 'paths', 'cut')
  const { openEstate, mayWho, whoCan, buildGraph, search, cheapestCut } = all
  const snapshot = JSON.parse(readFileSync(file, 'utf8'))
  const estate = openEstate([snapshot])
  const rows = []
  const measure = (what, goal, run, { count = times, note = () => '' } = {}) => {
    const took = []
    let result
    for (let i = 0; i < count; i++) {
      const started = process.hrtime.bigint()
      result = run()
      took.push(Number(process.hrtime.bigint() - started) / 1e6)
    }
    const [first] = took
    took.sort((a, b) => a - b)
    rows.push([what, goal, ms(first), count > 1 ? ms(took[Math.floor(count / 2)]) : '', note(result)])
    return result
  }
  measure(
    'graph and all shortest paths to administrator',
    '500 ms',
    () => {
      const graph = buildGraph(openEstate([snapshot]))
      return { graph, found: search(graph, 'admin') }
    },
    {
      note: ({ found }) => `${found.any.level.filter((level) => level > 0).length} have a path`,
    },
  )
  const { graph } = { graph: buildGraph(estate) }
  measure('of these, without reading the policies', '', () => search(buildGraph(estate), 'admin'))
  const resource = 'arn:aws:s3:::generated-17/2026.csv'
  const count = (answers) =>
    `${answers.filter((tri) => tri === 2).length} yes, ${answers.filter((tri) => tri === 1).length} perhaps`
  measure('who may s3:GetObject on one object', '5 ms', () => mayWho(estate, 's3:GetObject', resource), {
    count: 50,
    note: count,
  })
  const role = estate.principals.find(({ kind }) => kind === 'role').arn
  measure('who may iam:PassRole on one role', '5 ms', () => mayWho(estate, 'iam:PassRole', role), {
    count: 50,
    note: count,
  })
  measure('who may s3:GetObject, each with its reasons', '', () => whoCan(estate, 's3:GetObject', resource), {
    note: ({ principals }) => `${principals.length} principals`,
  })
  const started = Date.now()
  measure(
    'the cheapest cut, given 30 s',
    '',
    () => cheapestCut([snapshot], graph, () => Date.now() - started < 30_000),
    {
      count: 1,
      note: ({ cut, cutIs }) => `${cut.length} statements, ${cutIs}`,
    },
  )
  rows.push(...(await decisionRows(estate, all)))
  return rows
}

function ms(milliseconds) {
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`
}

/** Requests of many kinds by many principals, the same for ours and the peer. */
function requestsOf(estate, { candidateResources }) {
  // each with a resource of its kind, for those whose policies name none
  const kinds = [
    ['s3:GetObject', () => 'arn:aws:s3:::generated-1/x'],
    ['s3:PutObject', () => 'arn:aws:s3:::generated-1/x'],
    ['iam:PassRole', (account) => `arn:aws:iam::${account}:role/generated-1`],
    ['ec2:RunInstances', (account) => `arn:aws:ec2:eu-west-1:${account}:instance/*`],
    ['dynamodb:GetItem', (account) => `arn:aws:dynamodb:eu-west-1:${account}:table/table-1`],
    ['lambda:InvokeFunction', (account) => `arn:aws:lambda:eu-west-1:${account}:function:function-1`],
  ]
  const people = estate.principals.filter(({ kind, policies }) => kind === 'user' && policies.boundary !== 'unknown')
  const wanted = Number(values.decisions)
  return Array.from({ length: wanted }, (_, i) => {
    const principal = people[Math.floor((i * people.length) / wanted)]
    const [action, otherwise] = kinds[i % kinds.length]
    const found = candidateResources(principal, action).map(({ resource }) => resource)
    const resource = found.find((arn) => arn.startsWith('arn:')) ?? otherwise(principal.account.accountId)
    return { principal, action, resource }
  })
}

async function decisionRows(estate, all) {
  const requests = requestsOf(estate, all)
  const { decide } = all
  const batch = () => requests.map(({ principal, ...ask }) => decide(principal, ask).decision)
  for (let i = 0; i < 30; i++) batch()
  const took = []
  for (let i = 0; i < 300; i++) {
    const started = process.hrtime.bigint()
    batch()
    took.push(Number(process.hrtime.bigint() - started) / 1000 / requests.length)
  }
  const first = took[0]
  took.sort((a, b) => a - b)
  const median = took[took.length >> 1]
  const rows = [
    [
      'one decision with its reasons, warm',
      '2 µs',
      `${first.toFixed(2)} µs`,
      `${median.toFixed(2)} µs`,
      `${requests.length} requests`,
    ],
  ]
  if (values.peer) rows.push(await peerRow(requests, batch(), median))
  return rows
}

async function peerRow(requests, ours, median) {
  const require = createRequire(pathToFileURL(join(values.peer, 'x.js')))
  const { runSimulation } = require('@cloud-copilot/iam-simulate')
  const written = ({ name, policy }) => ({ name, policy: documentOf(policy) })
  const simulations = requests.map(({ principal, action, resource }) => ({
    request: {
      principal: principal.arn,
      action,
      resource: { resource, accountId: principal.account.accountId },
      contextVariables: {},
    },
    identityPolicies: principal.policies.identity.map(written),
    serviceControlPolicies: principal.policies.scps.map(({ level, policies }) => ({
      orgIdentifier: level,
      policies: policies.map(written),
    })),
    resourceControlPolicies: [],
    ...(principal.policies.boundary ? { permissionBoundaryPolicies: principal.policies.boundary.map(written) } : {}),
  }))
  const took = []
  let agreed = 0
  let compared = 0
  for (let round = 0; round < 2; round++)
    for (const [i, simulation] of simulations.entries()) {
      const started = process.hrtime.bigint()
      const result = await runSimulation(simulation, {})
      if (round === 0) continue
      took.push(Number(process.hrtime.bigint() - started) / 1000)
      // it takes keys that are not told for absent, where we answer "conditional"
      if (ours[i] === 'conditional' || result.resultType === 'error') continue
      compared++
      if ((result.overallResult === 'Allowed') === (ours[i] === 'allowed')) agreed++
    }
  took.sort((a, b) => a - b)
  const theirs = took[took.length >> 1]
  return [
    'one decision of @cloud-copilot/iam-simulate',
    '',
    '',
    `${theirs.toFixed(0)} µs`,
    `${(theirs / median).toFixed(0)} times ours; agrees in ${agreed} of ${compared}`,
  ]
}

/** A policy document again, of what was parsed of it. */
function documentOf({ parsed }) {
  const element = (name, list) => (list === null ? {} : { [name]: list })
  const statements = parsed.statements.map((statement) => {
    const Condition = {}
    for (const { operator, key, values } of statement.conditions) {
      Condition[operator] ??= {}
      Condition[operator][key] = values
    }
    return {
      ...(statement.sid === null ? {} : { Sid: statement.sid }),
      Effect: statement.effect,
      ...element('Action', statement.action),
      ...element('NotAction', statement.notAction),
      ...element('Resource', statement.resource),
      ...element('NotResource', statement.notResource),
      ...(statement.conditions.length > 0 ? { Condition } : {}),
    }
  })
  return { ...(parsed.version === null ? {} : { Version: parsed.version }), Statement: statements }
}

/** An account of the generator as a snapshot, in an organization with three levels of policies. */
async function saveAccount(principals, file) {
  const { runnerImport } = await import('vite')
  const { snapshotOfWorld } = (
    await runnerImport(fileURLToPath(new URL('../test/sandbox/snapshot-of-world.ts', import.meta.url)))
  ).module
  const { generatedAccount } = await importDist('sandbox/example/generated-account.js')
  const world = generatedAccount({ now: new Date(), users: Math.round((principals * 2) / 3) })
  const [account] = world.accounts.values()
  const snapshot = snapshotOfWorld(world, account)
  const scp = (name, ...Statement) => ({
    id: `p-${name}`,
    name,
    arn: `arn:aws:organizations::aws:policy/service_control_policy/p-${name}`,
    document: { Version: '2012-10-17', Statement },
  })
  const full = scp('FullAWSAccess', { Effect: 'Allow', Action: '*', Resource: '*' })
  const trail = scp('trail', {
    Effect: 'Deny',
    Action: ['organizations:LeaveOrganization', 'cloudtrail:StopLogging', 'cloudtrail:DeleteTrail'],
    Resource: '*',
    Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/break-glass' } },
  })
  const regions = scp('regions', {
    Effect: 'Deny',
    NotAction: ['iam:*', 'sts:*', 's3:*'],
    Resource: '*',
    Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'us-east-1'] } },
  })
  const levels = [
    ['r-ab12', full, trail],
    ['ou-ab12-1', full, regions],
    [snapshot.accountId, full],
  ]
  writeFileSync(
    file,
    JSON.stringify({
      ...snapshot,
      organization: {
        id: 'o-example123',
        arn: 'arn:aws:organizations::999900001111:organization/o-example123',
        managementAccountId: '999900001111',
        path: null,
        accountIds: null,
        features: null,
        serviceControlPolicies: levels.map(([targetId, ...policies]) => ({ targetId, policies })),
        resourceControlPolicies: [],
      },
    }),
  )
}
