/** The example organization and generated accounts: sound, deterministic, and as the story says. */
import { describe, expect, it } from 'vitest'
import { NETWORKS } from '../../src/sandbox/example/consumers.ts'
import { exampleOrganization } from '../../src/sandbox/example/example-organization.ts'
import { emptyAccount, generatedAccount } from '../../src/sandbox/example/generated-account.ts'
import type { SeededWorld } from '../../src/sandbox/example/seeded-world.ts'
import { type Account, accountOfId, nameKey, type User, type World } from '../../src/sandbox/state.ts'

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
