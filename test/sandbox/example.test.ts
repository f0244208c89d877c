/** The example organization and generated accounts: sound, deterministic, and as the story says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../src/audit.ts'
import { type AwsSession, openSession } from '../../src/aws/session.ts'
import { CHECKS } from '../../src/checks/index.ts'
import { isFact } from '../../src/checks/run.ts'
import { collect } from '../../src/collect/collect.ts'
import { DEFAULT_CONFIG } from '../../src/model/config.ts'
import type { Snapshot } from '../../src/model/snapshot.ts'
import { NETWORKS } from '../../src/sandbox/example/consumers.ts'
import { exampleOrganization } from '../../src/sandbox/example/example-organization.ts'
import { emptyAccount, generatedAccount } from '../../src/sandbox/example/generated-account.ts'
import { pastCalls } from '../../src/sandbox/example/past-calls.ts'
import type { SeededWorld } from '../../src/sandbox/example/seeded-world.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type Account, accountOfId, nameKey, type User, type World } from '../../src/sandbox/state.ts'
import { snapshotOfWorld } from './snapshot-of-world.ts'

const NOW = new Date('2026-11-23T14:30:00Z')

const WORLDS: [string, () => SeededWorld][] = [
  ['the example organization', () => exampleOrganization({ now: NOW })],
  ['a generated account of 1 user', () => generatedAccount({ now: NOW, users: 1 })],
  ['a generated account of 300 users', () => generatedAccount({ now: NOW, users: 300 })],
  ['the empty account', () => emptyAccount({ now: NOW })],
]

/** The world as text, whatever refers to whatever; the clock runs, so it is left out. */
function textOf({ clock: _, ...world }: World): string {
  const seen = new Map<object, number>()
  return JSON.stringify(world, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    const known = seen.get(value)
    if (known !== undefined) return `#${known}`
    seen.set(value, seen.size)
    if (value instanceof Map || value instanceof Set) return [...value]
    return value
  })
}

const accountsOf = (world: World) => [...world.accounts.values()]
const usersOf = (world: World) => accountsOf(world).flatMap(({ users }) => [...users.values()])
const rolesOf = (world: World) => accountsOf(world).flatMap(({ roles }) => [...roles.values()])

function identitiesOf(account: Account) {
  return [...account.users.values(), ...account.groups.values(), ...account.roles.values()]
}

/** Every ID of an account's that must be the only one of its kind. */
function idsOf(account: Account): string[] {
  const users = [...account.users.values()]
  return [
    ...users.flatMap((user) => [
      user.userId,
      ...user.accessKeys.map(({ accessKeyId }) => accessKeyId),
      ...user.sshPublicKeys.map(({ sshPublicKeyId }) => sshPublicKeyId),
      ...user.serviceSpecificCredentials.map((credential) => credential.serviceSpecificCredentialId),
    ]),
    ...account.root.accessKeys.map(({ accessKeyId }) => accessKeyId),
    ...[...account.groups.values()].map(({ groupId }) => groupId),
    ...[...account.roles.values()].map(({ roleId }) => roleId),
    ...[...account.policies.values()].map(({ policyId }) => policyId),
    ...[...account.instanceProfiles.values()].map(({ instanceProfileId }) => instanceProfileId),
  ]
}

function datesIn(value: unknown, seen = new Set<unknown>()): Date[] {
  if (value instanceof Date) return [value]
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  const parts = value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value)
  return parts.flatMap((part) => datesIn(part, seen))
}

describe.each(WORLDS)('%s', (_, make) => {
  const world = make()

  it('is the same for the same seed and time', () => {
    expect(textOf(make())).toBe(textOf(world))
  })

  it('hands out an active key of an administrator', () => {
    const { account, user, key } = world.administrator
    expect(key.status).toBe('Active')
    expect(world.accessKeys.get(key.accessKeyId)).toBe(world.administrator)
    expect(world.accounts.get(account.accountId)).toBe(account)
    const attached = [user!, ...user!.groups].flatMap(({ attachedPolicies }) => [...attachedPolicies])
    expect(attached).toContain('arn:aws:iam::aws:policy/AdministratorAccess')
    expect(user!.permissionsBoundary).toBeNull()
  })

  it('attaches only policies that exist, at most ten of them', () => {
    for (const account of accountsOf(world)) {
      const known = (arn: string) => account.policies.has(arn) || world.awsManagedPolicies.has(arn)
      for (const { arn, attachedPolicies } of identitiesOf(account)) {
        expect(
          [...attachedPolicies].filter((policy) => !known(policy)),
          arn,
        ).toEqual([])
        expect(attachedPolicies.size, arn).toBeLessThanOrEqual(10)
      }
      for (const { arn, permissionsBoundary } of [...account.users.values(), ...account.roles.values()])
        expect(permissionsBoundary === null || known(permissionsBoundary), `boundary of ${arn}`).toBe(true)
    }
  })

  it('knows of each membership on both sides', () => {
    for (const account of accountsOf(world)) {
      for (const user of account.users.values()) {
        expect(user.groups.length).toBeLessThanOrEqual(10)
        for (const group of user.groups) {
          expect(account.groups.get(nameKey(group.groupName))).toBe(group)
          expect(group.members.has(user)).toBe(true)
        }
      }
      for (const group of account.groups.values())
        for (const member of group.members) expect(member.groups).toContain(group)
    }
  })

  it('keeps the limits of IAM: names, keys, devices, credentials, versions, profiles', () => {
    for (const account of accountsOf(world)) {
      for (const user of account.users.values()) {
        expect(user.userName).toMatch(/^[\w+=,.@-]{1,64}$/)
        expect(user.path).toMatch(/^\/([\u0021-\u007e]+\/)?$/)
        expect(user.accessKeys.length).toBeLessThanOrEqual(2)
        expect(user.mfaDevices.length).toBeLessThanOrEqual(8)
        expect(user.tags.size).toBeLessThanOrEqual(50)
        for (const value of user.tags.values()) expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u)
        const services = user.serviceSpecificCredentials.map(({ serviceName }) => serviceName)
        for (const service of services)
          expect(services.filter((other) => other === service).length).toBeLessThanOrEqual(2)
      }
      expect(account.root.accessKeys.length).toBeLessThanOrEqual(2)
      for (const { groupName } of account.groups.values()) expect(groupName).toMatch(/^[\w+=,.@-]{1,128}$/)
      for (const role of account.roles.values()) {
        expect(role.roleName).toMatch(/^[\w+=,.@-]{1,64}$/)
        expect(role.description ?? '').toMatch(/^[\u0009\u000a\u000d\u0020-\u007e\u00a1-\u00ff]*$/)
      }
      for (const policy of account.policies.values()) {
        expect(policy.policyName).toMatch(/^[\w+=,.@-]{1,128}$/)
        expect(policy.versions.length).toBeLessThanOrEqual(5)
        expect(policy.versions.map(({ versionId }) => versionId)).toContain(policy.defaultVersionId)
      }
      for (const { roles } of account.instanceProfiles.values()) {
        expect(roles.length).toBeLessThanOrEqual(1)
        for (const role of roles) expect(account.roles.get(nameKey(role.roleName))).toBe(role)
      }
    }
  })

  it('has policy documents that parse and are not too long', () => {
    const statementsOf = (document: string): unknown[] => {
      const { Version, Statement } = JSON.parse(document) as { Version: string; Statement: unknown[] }
      expect(Version).toBe('2012-10-17')
      return Statement
    }
    for (const account of accountsOf(world)) {
      for (const { arn, inlinePolicies } of identitiesOf(account))
        for (const document of inlinePolicies.values()) expect(statementsOf(document).length, arn).toBeGreaterThan(0)
      for (const { roleName, trustPolicy } of account.roles.values()) {
        expect(statementsOf(trustPolicy).length, roleName).toBeGreaterThan(0)
        expect(trustPolicy.length, roleName).toBeLessThanOrEqual(2048)
      }
    }
    for (const { policyName, versions } of [
      ...world.awsManagedPolicies.values(),
      ...accountsOf(world).flatMap(({ policies }) => [...policies.values()]),
    ])
      for (const { document } of versions) {
        expect(statementsOf(document).length, policyName).toBeGreaterThan(0)
        expect(document.length, policyName).toBeLessThanOrEqual(6144)
      }
    for (const { name, content } of world.organization?.policies.values() ?? []) {
      expect(statementsOf(content).length, name).toBeGreaterThan(0)
      expect(content.length, name).toBeLessThanOrEqual(5120)
    }
  })

  it('gives every ID once, with its account in it', () => {
    const ids = accountsOf(world).flatMap(idsOf)
    expect(new Set(ids).size).toBe(ids.length)
    for (const account of accountsOf(world))
      for (const id of idsOf(account)) expect(accountOfId(id)).toBe(account.accountId)
    for (const [id, { account, user, key }] of world.accessKeys) {
      expect(id).toMatch(/^AKIA[A-Z2-7]{16}$/)
      expect(key.accessKeyId).toBe(id)
      expect((user ?? account.root).accessKeys).toContain(key)
    }
    const held = accountsOf(world).flatMap(({ root, users }) =>
      [root, ...users.values()].flatMap(({ accessKeys }) => accessKeys),
    )
    expect(held.length).toBe(world.accessKeys.size)
  })

  it('has nothing that happens in the future or before its owner', () => {
    for (const user of usersOf(world)) {
      const { userName, createDate, password, accessKeys, mfaDevices } = user
      for (const date of datesIn([createDate, password, accessKeys, mfaDevices.map(({ enableDate }) => enableDate)])) {
        expect(date.getTime(), userName).toBeLessThanOrEqual(NOW.getTime())
        expect(date.getTime(), userName).toBeGreaterThanOrEqual(createDate.getTime())
      }
      for (const key of accessKeys)
        if (key.lastUsed) expect(key.lastUsed.date.getTime(), userName).toBeGreaterThanOrEqual(key.createDate.getTime())
    }
    for (const { roleName, createDate, lastUsed } of rolesOf(world)) {
      expect(createDate.getTime(), roleName).toBeLessThanOrEqual(NOW.getTime())
      if (!lastUsed) continue
      expect(lastUsed.date.getTime(), roleName).toBeLessThanOrEqual(NOW.getTime())
      expect(lastUsed.date.getTime(), roleName).toBeGreaterThanOrEqual(createDate.getTime())
    }
  })
})

describe('the example organization', () => {
  const world = exampleOrganization({ now: NOW })
  const production = world.administrator.account
  const user = (userName: string): User => production.users.get(userName)!
  const keyOf = (userName: string, i = 0) => user(userName).accessKeys[i]!
  const daysSince = (date: Date) => (NOW.getTime() - date.getTime()) / 86_400_000

  it('is another one for another seed', () => {
    const other = exampleOrganization({ now: NOW, seed: 2 })
    expect(other.administrator.key.accessKeyId).not.toBe(world.administrator.key.accessKeyId)
    expect(other.administrator.account.users.size).toBe(production.users.size)
  })

  it('moves with the time it is made for', () => {
    const later = exampleOrganization({ now: new Date(NOW.getTime() + 365 * 86_400_000) })
    const key = later.administrator.account.users.get('brightlane-export')!.accessKeys[0]!
    expect(key.createDate.getTime() - keyOf('brightlane-export').createDate.getTime()).toBeGreaterThan(360 * 86_400_000)
  })

  it('has an audited account of believable size', () => {
    expect(production.alias).toBe('meridian-prod')
    expect(production.users.size).toBeGreaterThanOrEqual(55)
    expect(production.roles.size).toBeGreaterThanOrEqual(45)
    expect(production.groups.size).toBeGreaterThanOrEqual(12)
    expect(production.policies.size).toBeGreaterThanOrEqual(38)
    const keys = [...world.accessKeys.values()].filter(({ account }) => account === production)
    expect(keys.length).toBeGreaterThanOrEqual(60)
    const instances = [...production.regions.values()].filter((region) => region.instances.size > 0)
    expect(instances.length).toBe(3)
  })

  it('says of every used key who uses it, in agreement with its last use', () => {
    const consumersOf = (id: string) => world.consumers.filter(({ accessKeyId }) => accessKeyId === id)
    for (const [id, { key, user: owner }] of world.accessKeys) {
      const seen = consumersOf(id).map(({ lastSeen }) => lastSeen.getTime())
      expect(seen.length > 0, owner?.userName ?? 'root').toBe(key.lastUsed !== null)
      if (key.lastUsed) expect(Math.max(...seen)).toBe(key.lastUsed.date.getTime())
    }
    for (const { firstSeen, lastSeen, network, who, actions } of world.consumers) {
      expect(firstSeen.getTime(), who).toBeLessThanOrEqual(lastSeen.getTime())
      expect(NETWORKS[network].cidrs.length).toBeGreaterThan(0)
      for (const action of actions) expect(action).toMatch(/^[a-z0-9-]+:\w+$/)
    }
  })

  it('shows in its past calls who uses a key and how often, up to the last use', () => {
    const calls = pastCalls(world, NOW)
    expect(calls).toEqual(pastCalls(exampleOrganization({ now: NOW }), NOW))
    const earliest = NOW.getTime() - 200 * 86_400_000
    const of = (id: string) => calls.filter(({ accessKeyId }) => accessKeyId === id)
    let recent = 0
    for (const [id, { key }] of world.accessKeys) {
      if (!key.lastUsed || key.lastUsed.date.getTime() < earliest) continue
      recent++
      const last = of(id).at(-1)!.time.getTime()
      expect(Math.abs(last - key.lastUsed.date.getTime())).toBeLessThan(1000)
    }
    expect(recent).toBeGreaterThan(30)
    // three people with one key, at work at the same time
    const shared = of(user('data-science').accessKeys[0]!.accessKeyId)
    const morning = shared.filter(({ time }) => time.toISOString().slice(0, 13) === '2026-10-28T09')
    expect(new Set(morning.map(({ userAgent, sourceIp }) => `${userAgent} ${sourceIp}`)).size).toBe(3)
    const reconcile = of(user('billing-reconcile').accessKeys[0]!.accessKeyId)
    expect(reconcile.map(({ time }) => time.toISOString().slice(8, 16))).toEqual(reconcile.map(() => '01T04:12'))
    expect(reconcile.length).toBeGreaterThanOrEqual(3)
    for (const { time, accountId } of calls) {
      expect(time.getTime()).toBeLessThanOrEqual(NOW.getTime())
      expect(world.accounts.has(accountId!)).toBe(true)
    }
  })

  it('lets ci-deploy pass any role to Lambda, and ops-automation change ops-* roles', () => {
    const document = (name: string) =>
      [...production.policies.values()].find(({ policyName }) => policyName === name)!.versions.at(-1)!.document
    expect(user('ci-deploy').attachedPolicies.size).toBe(1)
    expect(document('ci-deploy')).toMatch(/"Action":"iam:PassRole","Resource":"\*"/)
    expect(document('ci-deploy')).toContain('lambda:CreateFunction')
    const role = production.roles.get('ops-automation')!
    expect(role.trustPolicy).toContain('lambda.amazonaws.com')
    expect(document('ops-automation')).toContain(`arn:aws:iam::${production.accountId}:role/ops-*`)
    // no shorter way: nothing that Lambda may become is an administrator by itself
    for (const { trustPolicy, attachedPolicies } of production.roles.values())
      if (trustPolicy.includes('"lambda.amazonaws.com"'))
        expect([...attachedPolicies].filter((arn) => /AdministratorAccess|IAMFullAccess|PowerUser/.test(arn))).toEqual(
          [],
        )
    const consumers = world.consumers.filter(({ accessKeyId }) => accessKeyId === keyOf('ci-deploy').accessKeyId)
    expect(consumers.map(({ network, known }) => [network, known])).toEqual([
      ['githubActions', true],
      ['unknownHosting', false],
    ])
  })

  it('has one key that three people share', () => {
    const consumers = world.consumers.filter(({ accessKeyId }) => accessKeyId === keyOf('data-science').accessKeyId)
    expect(new Set(consumers.map(({ who }) => who)).size).toBe(3)
    expect(new Set(consumers.map(({ network }) => network)).size).toBe(3)
  })

  it('has a vendor with a key, and a forgotten root key', () => {
    expect(keyOf('brightlane-export').status).toBe('Active')
    const [key] = production.root.accessKeys
    expect(key!.status).toBe('Active')
    expect(daysSince(key!.lastUsed!.date)).toBeGreaterThan(4 * 365)
  })

  it('uses a monthly key on the first of the month, whatever the day', () => {
    for (const now of [
      '2026-11-23T14:30:00Z',
      '2026-03-01T04:12:08Z',
      '2026-03-01T04:12:09Z',
      '2027-01-01T00:00:00Z',
    ]) {
      const then = exampleOrganization({ now: new Date(now) })
      const use = (name: string) => then.administrator.account.users.get(name)!.accessKeys[0]!.lastUsed!.date
      for (const date of [use('billing-reconcile'), use('vat-filing')]) {
        expect(date.getUTCDate(), now).toBe(1)
        expect(date.getTime()).toBeLessThanOrEqual(Date.parse(now))
      }
      expect(use('vat-filing').getUTCMonth() % 3).toBe(0)
    }
  })

  it('holds leila.farahani back by a boundary without IAM', () => {
    const { attachedPolicies, permissionsBoundary } = user('leila.farahani')
    expect(attachedPolicies).toContain('arn:aws:iam::aws:policy/AdministratorAccess')
    const boundary = production.policies.get(permissionsBoundary!)!.versions.at(-1)!.document
    expect(boundary).not.toMatch(/"iam:(\*|Attach|Put|Create)/)
  })

  it('has the other accounts of the story, one of them suspended', () => {
    const { organization } = world
    expect(organization!.accounts.size).toBe(9)
    expect([...organization!.accounts.values()].filter(({ status }) => status === 'SUSPENDED').length).toBe(1)
    for (const account of accountsOf(world))
      if (organization!.accounts.get(account.accountId)!.status === 'ACTIVE') {
        const trust = account.roles.get('meridian-audit')!.trustPolicy
        expect(trust).toContain(`arn:aws:iam::${production.accountId}:root`)
      }
  })
})

describe('a generated account', () => {
  it('grows in proportion', () => {
    for (const users of [20, 200, 2000]) {
      const { administrator, accessKeys } = generatedAccount({ now: NOW, users })
      const { account } = administrator
      expect(account.users.size).toBe(users)
      expect(account.roles.size).toBe(users / 2)
      expect(account.policies.size).toBe(Math.round(users * 0.3))
      expect(accessKeys.size / users).toBeGreaterThan(1.2)
      expect(accessKeys.size / users).toBeLessThan(1.8)
    }
  })

  it('is made in seconds, also of 10,000 users', () => {
    const start = performance.now()
    const { account } = generatedAccount({ now: NOW, users: 10_000 }).administrator
    expect(account.users.size).toBe(10_000)
    // it takes about one; the machine may be busy
    expect(performance.now() - start).toBeLessThan(8_000)
  })

  it('refuses a number that is none', () => {
    for (const users of [0, -1, 1.5, Number.NaN])
      expect(() => generatedAccount({ now: NOW, users })).toThrow(RangeError)
  })
})

// ---- what an audit makes of it

const TOOL = { name: 'keyreeve', version: '0.0.0' }
/** What is off by default is on here: it has to find something, too. */
const EVERY_CHECK = { ...DEFAULT_CONFIG, checks: Object.fromEntries(CHECKS.map(({ id }) => [id, true])) }

/** The accounts that can be audited, by alias. */
function snapshotsOf(world: World): Map<string, Snapshot> {
  return new Map(
    accountsOf(world)
      .filter(({ accountId }) => world.organization!.accounts.get(accountId)!.status === 'ACTIVE')
      .map((account) => [account.alias!, snapshotOfWorld(world, account)]),
  )
}

/** Everything that a finding could be about, by the name that findings show. */
function subjectsIn(snapshot: Snapshot): Set<string> {
  return new Set([
    snapshot.alias ?? snapshot.accountId,
    '<root_account>',
    ...snapshot.users.map(({ userName }) => userName),
    ...snapshot.groups.map(({ groupName }) => groupName),
    ...snapshot.roles.map(({ roleName }) => roleName),
    ...snapshot.policies.map(({ policyName }) => policyName),
    ...snapshot.serverCertificates.map(({ serverCertificateName }) => serverCertificateName),
    ...snapshot.samlProviders.map(({ arn }) => arn.slice(arn.indexOf('/') + 1)),
    ...snapshot.instances.map(({ tags, instanceId }) => tags.Name ?? instanceId),
    ...snapshot.analyzers.map(({ name, region }) => `${name} in ${region}`),
  ])
}

const PRODUCTION = 'meridian-prod'
const FENNEL = 'fennel-shop'
const SANDBOX = 'meridian-sandbox'

/** For each check: an account, what the check finds there, and what it is silent on. Keys by their owner. */
const FINDS: Record<string, [account: string, found: string[], passed: string[]]> = {
  'root-access-key': [PRODUCTION, ['<root_account>'], []],
  'root-mfa': [FENNEL, ['<root_account>'], []],
  'root-mfa-hardware': [PRODUCTION, ['<root_account>'], []],
  'root-used': [FENNEL, ['<root_account>'], []],
  'root-signing-certificate': [FENNEL, ['<root_account>'], []],
  'user-console-mfa': [PRODUCTION, ['ben.whitaker', 'tevita.fonoti'], ['liam.byrne', 'camille.roux', 'ci-deploy']],
  'user-mfa-phishing-resistant': [PRODUCTION, ['breakglass-1', 'camille.roux'], ['noor.haddad', 'liam.byrne']],
  'admin-mfa': [PRODUCTION, ['mateo.quispe', 'terraform-legacy'], ['noor.haddad', 'breakglass-1', 'ben.whitaker']],
  'admin-user': [PRODUCTION, ['ingrid.solberg', 'terraform-legacy'], ['leila.farahani', 'ci-deploy', 'kwame.mensah']],
  'admin-count': [PRODUCTION, [PRODUCTION], []],
  'user-policy-direct': [PRODUCTION, ['ci-deploy', 'leila.farahani'], ['liam.byrne', 'data-science']],
  'user-without-group': [PRODUCTION, ['ci-deploy', 'brightlane-export'], ['liam.byrne', 'warehouse-sync']],
  'group-empty': [PRODUCTION, ['ops-2020', 'pilot-team'], ['admins', 'developers']],
  'key-age': [PRODUCTION, ['brightlane-export', 'terraform-legacy'], ['noor.haddad', 'legacy-ftp', 'warehouse-sync']],
  'key-unused': [PRODUCTION, ['vat-filing', 'piotr.nowak'], ['billing-reconcile', 'ci-deploy', 'legacy-ftp']],
  'key-never-used': [PRODUCTION, ['grafana-dashboards', 'duc.nguyen'], ['sofia.marques', 'ci-deploy']],
  'key-two-active': [PRODUCTION, ['inventory-api', 'jun.park'], ['warehouse-sync', 'ravi.menon', 'liam.byrne']],
  'key-inactive-kept': [PRODUCTION, ['legacy-ftp', 'piotr.nowak'], ['ravi.menon', 'warehouse-sync']],
  'key-of-console-user': [PRODUCTION, ['tomasz.zielinski'], ['ci-deploy', 'warehouse-sync', 'marek.dvorak']],
  'key-quarantined': [PRODUCTION, ['image-resize-legacy'], ['ci-deploy', 'warehouse-sync']],
  'service-credential-old': [PRODUCTION, ['fatima.elmasri', 'oskar.lindqvist'], ['log-shipper', 'assistant-bedrock']],
  'ssh-key-old': [PRODUCTION, ['codecommit-mirror', 'oskar.lindqvist'], ['jun.park']],
  'signing-certificate-active': [PRODUCTION, ['piotr.nowak'], ['assistant-bedrock']],
  'server-certificate-expired': [PRODUCTION, ['shop-2021', 'partners-2025'], ['shop-2026']],
  'user-unused': [PRODUCTION, ['hiroshi.sato', 'piotr.nowak'], ['liam.byrne', 'ana.petrova', 'billing-reconcile']],
  'user-dead': [PRODUCTION, ['pilot-bot', 'legacy-ftp'], ['assistant-bedrock', 'codecommit-mirror', 'liam.byrne']],
  'password-unused': [PRODUCTION, ['ana.petrova'], ['kwame.mensah', 'ingrid.solberg', 'ci-deploy']],
  'password-policy-missing': [FENNEL, [FENNEL], []],
  'password-policy-length': [PRODUCTION, [PRODUCTION], []],
  'password-policy-reuse': [SANDBOX, [SANDBOX], []],
  'password-policy-expiry': [PRODUCTION, [PRODUCTION], []],
  'password-policy-uppercase': [SANDBOX, [SANDBOX], []],
  'password-policy-lowercase': [SANDBOX, [SANDBOX], []],
  'password-policy-symbol': [PRODUCTION, [PRODUCTION], []],
  'password-policy-number': [SANDBOX, [SANDBOX], []],
  'federation-missing': [FENNEL, [FENNEL], []],
  'oidc-trust-wide': [
    PRODUCTION,
    ['github-publish-assets', 'github-deploy-infra', 'reports-pod', 'terraform-cloud-apply'],
    ['github-deploy-storefront', 'payments-pod', 'terraform-cloud-plan', 'okta-developer'],
  ],
  'saml-provider-expired': [PRODUCTION, ['okta-2019'], ['okta']],
  'instance-without-role': [PRODUCTION, ['legacy-erp', 'picture-server'], ['bastion', 'eks-node-a']],
  'instance-imdsv1': [PRODUCTION, ['bastion', 'legacy-erp'], ['storefront-web-1', 'picture-server']],
  'role-unused': [PRODUCTION, ['load-test', 'migration-2023'], ['storefront-web', 'AWSServiceRoleForOrganizations']],
  'role-trust-public': [PRODUCTION, ['partner-feed-reader'], ['shared-artifacts', 'storefront-web']],
  'role-trust-third-party-without-external-id': [
    PRODUCTION,
    ['parcelwise-tracking'],
    ['northbeam-monitoring', 'migration-2023', 'fennel-catalogue-import', 'OrganizationAccountAccessRole'],
  ],
  'role-trust-unknown-account': [PRODUCTION, ['migration-2023'], ['fennel-catalogue-import', 'meridian-audit']],
  'role-trust-deleted-principal': [PRODUCTION, ['dms-migration'], ['support-cases', 'meridian-audit']],
  'role-confused-deputy': [
    PRODUCTION,
    ['refund-workflow', 'codebuild-storefront'],
    ['nightly-scheduler', 'vpc-flow-logs', 'storefront-web'],
  ],
  'policy-full-admin': [PRODUCTION, ['legacy-automation', 'admins'], ['data-platform-builder', 'media-team-storage']],
  'policy-service-wildcard': [
    PRODUCTION,
    ['media-team-storage'],
    ['orders-table', 'developer-base', 'storefront-deploy'],
  ],
  'policy-notaction-allow': [PRODUCTION, ['data-platform-builder'], ['mfa-self-service', 'orders-table']],
  'policy-passrole-wildcard': [PRODUCTION, ['ci-deploy', 'eks-operator'], ['storefront-deploy', 'infra-deploy']],
  'policy-assume-any-role': [PRODUCTION, ['cross-account-operator'], ['staging-deployer']],
  'policy-unattached': [PRODUCTION, ['developer-2021', 'redshift-trial'], ['ci-deploy', 'contractor-boundary']],
  'policy-full-cloudtrail': [PRODUCTION, ['audit-log-admin'], ['developer-base', 'orders-table']],
  'policy-full-kms': [PRODUCTION, ['crypto-admin'], ['payment-secrets-read']],
  'policy-cloudshell-full': [PRODUCTION, ['tomasz.zielinski'], ['adaeze.okafor', 'platform', 'okta-developer']],
  'admin-shadow': [PRODUCTION, ['ops-automation'], ['ci-deploy', 'qa-runner']],
  'privilege-escalation': [PRODUCTION, ['ci-deploy'], ['ops-automation', 'qa-runner']],
  'passrole-unfenced': [PRODUCTION, ['ci-deploy'], ['AWSServiceRoleForSSO', 'ops-automation']],
  'key-cross-account': [PRODUCTION, ['qa-runner', 'jun.park'], ['warehouse-sync', 'ci-deploy']],
  'key-without-mfa-condition': [PRODUCTION, ['ci-deploy', 'terraform-legacy'], ['warehouse-sync', 'log-shipper']],
  'access-analyzer-missing': [PRODUCTION, [PRODUCTION], []],
  'trail-missing': [FENNEL, [FENNEL], []],
  'support-role-missing': [FENNEL, [FENNEL], []],
  'security-contact-missing': [FENNEL, [FENNEL], []],
  'user-tags': [PRODUCTION, ['pilot-bot', 'piotr.nowak'], ['ci-deploy', 'liam.byrne']],
  'role-tags': [PRODUCTION, ['redshift-trial', 'load-test'], ['storefront-web', 'AWSServiceRoleForSupport']],
  'analyzer-tags': [PRODUCTION, ['external-access in us-east-1'], ['external-access in eu-west-1']],
}

/** Checks that need nothing but the account. */
const OF_ACCOUNT_DATA = CHECKS.filter(({ needs }) => needs.every(isFact))

/** What an audit of every account says, with every check on. */
function auditOf(now: Date) {
  const world = exampleOrganization({ now })
  const snapshots = snapshotsOf(world)
  const { findings, notEvaluated } = audit([...snapshots.values()], { tool: TOOL, config: EVERY_CHECK })
  /** Names of what a check finds in an account. */
  const foundBy = (check: string, { accountId }: Snapshot): Set<string> =>
    new Set(
      findings
        .filter((finding) => finding.check === check && finding.accountId === accountId)
        .map(({ subject: { name, id }, region }) =>
          check === 'analyzer-tags' ? `${name} in ${region}` : (name ?? id),
        ),
    )
  return { world, snapshots, findings, notEvaluated, foundBy }
}

describe('an audit of the example organization', () => {
  const { world, snapshots, findings, notEvaluated, foundBy } = auditOf(NOW)
  const production = snapshots.get(PRODUCTION)!

  it('evaluates every check in every account, but for those that a scan or CloudTrail answers', () => {
    expect(notEvaluated.filter(({ otherEvidence }) => !otherEvidence)).toEqual([])
    const others = CHECKS.filter(({ needs }) => !needs.every(isFact)).map(({ id }) => id)
    expect(new Set(notEvaluated.map(({ check }) => check))).toEqual(new Set(others))
  })

  it.each(OF_ACCOUNT_DATA.map(({ id }) => id))('%s finds something and passes something', (check) => {
    const finding = [...snapshots.values()].filter((snapshot) => foundBy(check, snapshot).size > 0)
    expect(finding.length).toBeGreaterThan(0)
    const [alias, found, passed] = FINDS[check] ?? ['', [], []]
    expect(alias, 'has a line in the table above').not.toBe('')

    const snapshot = snapshots.get(alias)!
    const actual = foundBy(check, snapshot)
    expect([...actual]).toEqual(expect.arrayContaining(found))
    expect([...actual].filter((name) => passed.includes(name))).toEqual([])
    const all = subjectsIn(snapshot)
    expect([...found, ...passed].filter((name) => !all.has(name))).toEqual([])
    // what is one to an account passes in another
    if (passed.length === 0) expect(finding.length).toBeLessThan(snapshots.size)
  })

  it('shows most of it in the account that is audited unless another is asked for', () => {
    const silent = OF_ACCOUNT_DATA.filter(({ id }) => foundBy(id, production).size === 0)
    expect(silent.length).toBeLessThanOrEqual(14)
    const critical = findings.filter(
      ({ severity, accountId }) => severity === 'critical' && accountId === production.accountId,
    )
    expect(critical.length).toBeGreaterThanOrEqual(4)
    expect(critical.length).toBeLessThanOrEqual(12)
  })

  it('leaves some keys without a finding', () => {
    const flagged = new Set(
      findings.filter(({ subject }) => subject.kind === 'access-key').map(({ subject }) => subject.id),
    )
    for (const name of ['warehouse-sync', 'log-shipper', 'shop-tills', 'returns-portal'])
      for (const { accessKeyId } of world.administrator.account.users.get(name)!.accessKeys)
        expect(flagged.has(accessKeyId), name).toBe(false)
  })

  it.each([
    '2026-12-05T23:59:59Z', // Saturday
    '2026-12-06T00:00:00Z',
    '2026-12-07T07:31:00Z',
    '2027-01-01T00:00:00Z',
    '2028-02-29T12:00:00Z',
    '2028-08-31T18:00:01Z',
  ])('says the same on %s', (now) => {
    const then = auditOf(new Date(now))
    for (const [check, [alias, found, passed]] of Object.entries(FINDS)) {
      const actual = then.foundBy(check, then.snapshots.get(alias)!)
      // for half a quarter the quarterly job looks alive
      const always = found.filter((name) => name !== 'vat-filing')
      expect([...actual], check).toEqual(expect.arrayContaining(always))
      expect(
        [...actual].filter((name) => passed.includes(name)),
        check,
      ).toEqual([])
    }
  })
})

describe('the example organization over HTTP', () => {
  let sandbox: Sandbox
  let session: AwsSession
  beforeAll(async () => {
    // the clocks of client and server are the machine's: what is signed must be of now
    sandbox = await startSandbox({
      world: exampleOrganization({ now: new Date() }),
      settings: { credentialReportDelayMs: 0 },
    })
    const { endpoint, region, accessKeyId, secretAccessKey } = sandbox
    session = await openSession({
      endpointUrl: endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      userAgent: 'keyreeve-test/0',
    })
  })
  afterAll(async () => {
    session?.close()
    await sandbox?.close()
  })

  const accountNamed = (alias: string) => accountsOf(sandbox.world).find((account) => account.alias === alias)!

  it('starts in production, as its administrator', () => {
    expect(sandbox.accountId).toBe(accountNamed(PRODUCTION).accountId)
  })

  it.each([PRODUCTION, 'meridian-management', FENNEL])('%s is collected as it is', async (alias) => {
    const account = accountNamed(alias)
    const own = alias === PRODUCTION
    const visitor = own ? session : await session.withRole(`arn:aws:iam::${account.accountId}:role/meridian-audit`)
    const snapshot = await collect(visitor, { toolVersion: '0.0.0', sshKeys: true })
    if (!own) visitor.close()
    const gaps = snapshot.coverage
      .filter(({ status }) => status !== 'read')
      .map(({ source, status }) => `${source} ${status}`)
    expect(gaps.filter((gap) => !gap.endsWith(' unsupported'))).toEqual([])
    expect(comparable(snapshot)).toEqual(comparable(snapshotOfWorld(sandbox.world, account)))
  })
})

/** What has to agree: not when and how it was read, nor the order in which AWS lists things. */
function comparable(snapshot: Snapshot): unknown {
  const { tool: _, collectedAt, collectedAtFrom, callerArn, coverage, complete, summary, ...rest } = snapshot
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items = value.map(sorted)
      // statements and their lists have an order; lists of things are sorted by what they say
      return items.every((item) => typeof item === 'object')
        ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
        : items
    }
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, sorted(item)]),
    )
  }
  return sorted(rest)
}
