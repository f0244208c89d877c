// Question: how many calls and seconds does collecting an account take beside the plan that asks for each entity?
// Data: a generated account behind the sandbox, over HTTP on the loopback. The other plan is what audit tools do:
// nine calls for each user, four for each role, three for each group, two for each policy, one after another except
// for tags and roles, ten at a time. Both use the same SDK against the same endpoint, without a request budget.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import * as iam from '@aws-sdk/client-iam'
import { CLI, importDist, table } from './measure.mjs'

const { values } = parseArgs({ options: { users: { type: 'string', default: '1000' } } })
const users = Number(values.users)
const { openSession } = await importDist('aws/session.js')
const { collect } = await importDist('collect/collect.js')

// in a process of its own, as AWS would be
const sandbox = spawn(process.execPath, [CLI, 'sandbox', '--port', '0', '--users', String(users), '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const { endpoint, region, accessKeyId, secretAccessKey } = JSON.parse(String((await once(sandbox.stdout, 'data'))[0]))
const credentials = { accessKeyId, secretAccessKey }

async function measure(work) {
  const started = performance.now()
  const result = await work()
  return { seconds: (performance.now() - started) / 1000, ...result }
}

const collectOnce = async () => {
  const session = await openSession({ endpointUrl: endpoint, region, credentials, userAgent: 'bench' })
  const snapshot = await collect(session, { toolVersion: '0' })
  session.close()
  const counts = [...session.calls]
  const sum = (entries) => entries.reduce((total, [, n]) => total + n, 0)
  return { snapshot, iamCalls: sum(counts.filter(([name]) => name.startsWith('iam:'))), all: sum(counts) }
}
// Both plans are measured warm: what Node.js loads and compiles at first, on both sides of the wire, is no matter of
// the plan. Twelve thousand calls warm themselves up; nine hundred have to be made a few times.
const cold = await measure(collectOnce)
for (let i = 0; i < 3; i++) await collectOnce()
const runs = []
for (let i = 0; i < 3; i++) runs.push(await measure(collectOnce))
const [, ours] = runs.sort((a, b) => a.seconds - b.seconds)

const perEntity = await measure(async () => {
  const client = new iam.IAMClient({ endpoint, region, credentials })
  let calls = 0
  const count = (next) => (args) => {
    calls++
    return next(args)
  }
  client.middlewareStack.add(count, { step: 'finalizeRequest', priority: 'low' })
  const send = (name, input = {}) =>
    // biome-ignore lint/performance/noDynamicNamespaceImportAccess: nothing bundles this
    client.send(new iam[`${name}Command`](input)).catch((error) => ({ error: error.name }))
  const all = async (paginate, field) => {
    const items = []
    for await (const page of paginate({ client, pageSize: 100 }, {})) items.push(...page[field])
    return items
  }
  const tenAtATime = async (items, work) => {
    const queue = items.values()
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (const item of queue) await work(item)
      }),
    )
  }
  const userList = await all(iam.paginateListUsers, 'Users')
  const roleList = await all(iam.paginateListRoles, 'Roles')
  const groupList = await all(iam.paginateListGroups, 'Groups')
  const policyList = await all(iam.paginateListPolicies, 'Policies')
  for (const { UserName, Arn } of userList) {
    await send('GetLoginProfile', { UserName })
    await send('ListMFADevices', { UserName })
    await send('ListAttachedUserPolicies', { UserName })
    const { PolicyNames = [] } = await send('ListUserPolicies', { UserName })
    for (const PolicyName of PolicyNames) await send('GetUserPolicy', { UserName, PolicyName })
    await send('ListServiceSpecificCredentials', { UserName })
    await send('ListAccessKeys', { UserName })
    const { JobId } = await send('GenerateServiceLastAccessedDetails', { Arn })
    await send('GetServiceLastAccessedDetails', { JobId: JobId ?? '0'.repeat(36) })
  }
  await tenAtATime(userList, ({ UserName }) => send('ListUserTags', { UserName }))
  for (const { RoleName } of roleList) {
    await send('ListAttachedRolePolicies', { RoleName })
    const { PolicyNames = [] } = await send('ListRolePolicies', { RoleName })
    for (const PolicyName of PolicyNames) await send('GetRolePolicy', { RoleName, PolicyName })
  }
  await tenAtATime(roleList, ({ RoleName }) => send('GetRole', { RoleName }))
  await tenAtATime(roleList, ({ RoleName }) => send('ListRoleTags', { RoleName }))
  for (const { GroupName } of groupList) {
    await send('GetGroup', { GroupName })
    await send('ListAttachedGroupPolicies', { GroupName })
    const { PolicyNames = [] } = await send('ListGroupPolicies', { GroupName })
    for (const PolicyName of PolicyNames) await send('GetGroupPolicy', { GroupName, PolicyName })
  }
  for (const { Arn, DefaultVersionId } of policyList) {
    await send('GetPolicyVersion', { PolicyArn: Arn, VersionId: DefaultVersionId })
    if (!Arn.includes('::aws:')) await send('ListPolicyTags', { PolicyArn: Arn })
  }
  client.destroy()
  return { iamCalls: calls, all: calls }
})
sandbox.kill()

const { users: U, roles: R, groups: G, policies: P, accessKeys, mfaDevices } = ours.snapshot
const withKeys = new Set(accessKeys.map(({ userName }) => userName)).size
const nonVirtual = new Set(
  mfaDevices.filter(({ kind, userName }) => kind !== 'virtual' && userName).map(({ userName }) => userName),
).size
const bound = Math.ceil((U.length + R.length + G.length + P.length) / 1000) + 16 + withKeys + nonVirtual
console.log(
  `${U.length} users, ${R.length} roles, ${G.length} groups, ${P.length} policies, ${withKeys} users with keys\n`,
)
console.log(
  table(
    ['plan', 'IAM calls', 'all calls', 's'],
    [
      ['keyreeve collect, the first time', cold.iamCalls, cold.all, cold.seconds.toFixed(2)],
      ['keyreeve collect, warm', ours.iamCalls, ours.all, ours.seconds.toFixed(2)],
      ['entity by entity', perEntity.iamCalls, perEntity.all, perEntity.seconds.toFixed(2)],
      [
        'ratio to warm',
        (perEntity.iamCalls / ours.iamCalls).toFixed(1),
        '',
        (perEntity.seconds / ours.seconds).toFixed(1),
      ],
    ],
  ),
)
console.log(`\nbound on IAM calls: ${bound} (${ours.iamCalls <= bound ? 'held' : 'BROKEN'})`)
process.exitCode = ours.iamCalls <= bound ? 0 : 1
