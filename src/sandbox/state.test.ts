import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accountOfId,
  addAccessKey,
  addAccount,
  addOrganization,
  addOrganizationalUnit,
  addUser,
  FULL_AWS_ACCESS,
  ID_PREFIXES,
  type IdKind,
  joinOrganization,
  newId,
  newSecret,
  newWorld,
} from './state.ts'

/** The published way to read the account out of an access key ID. */
function publishedDecoding(id: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let bits = 0n
  for (const character of id.slice(4)) bits = bits * 32n + BigInt(alphabet.indexOf(character))
  const firstSixBytes = bits >> BigInt((id.length - 4) * 5 - 48)
  return String((firstSixBytes & 0x7fffffffff80n) >> 7n).padStart(12, '0')
}

describe('identifiers', () => {
  it('every ID has its prefix, is base32 and gives its account back', () => {
    const kinds = Object.keys(ID_PREFIXES) as IdKind[]
    const accountIds = fc.integer({ min: 0, max: 999_999_999_999 }).map((n) => String(n).padStart(12, '0'))
    const world = newWorld({ seed: 1 })
    fc.assert(
      fc.property(accountIds, fc.constantFrom(...kinds), (accountId, kind) => {
        const id = newId(world, kind, accountId)
        expect(id).toMatch(
          kind === 'accessKey' || kind === 'session' ? /^A[KS]IA[A-Z2-7]{16}$/ : /^A\w{3}[A-Z2-7]{17}$/,
        )
        expect(id.startsWith(ID_PREFIXES[kind])).toBe(true)
        expect(accountOfId(id)).toBe(accountId)
        if (kind === 'accessKey') expect(publishedDecoding(id)).toBe(accountId)
      }),
    )
  })

  it('an ID without an account in it gives none', () => {
    for (const id of ['', 'AKIA', 'AKIAIOSFODNN7EXAMPLE', 'akiaq7t5m4w3x2y7q6pz', 'AKIA77777777777777777'])
      expect(accountOfId(id)).toBeNull()
  })

  it('the same seed makes the same world, another seed another', () => {
    const make = (seed: number) => {
      const world = newWorld({ seed, now: new Date('2026-11-01T00:00:00Z') })
      const account = addAccount(world)
      return addAccessKey(world, account, addUser(world, account, 'anna'))
    }
    expect(make(5)).toEqual(make(5))
    expect(make(5).accessKeyId).not.toBe(make(6).accessKeyId)
  })

  it('no ID and no secret comes twice among ten thousand', () => {
    const world = newWorld({ seed: 2 })
    const ids = Array.from({ length: 10_000 }, () => newId(world, 'accessKey', '111122223333'))
    const secrets = Array.from({ length: 10_000 }, () => newSecret(world))
    expect(new Set(ids).size).toBe(10_000)
    expect(new Set(secrets).size).toBe(10_000)
    expect(secrets.every((secret) => secret.length === 40)).toBe(true)
  })
})

describe('constructors', () => {
  it('names that differ only in case are the same name', () => {
    const world = newWorld()
    const account = addAccount(world)
    addUser(world, account, 'Anna')
    expect(() => addUser(world, account, 'anna')).toThrow('user `anna` exists already')
  })

  it('names that JavaScript objects know are names like others', () => {
    const world = newWorld()
    const account = addAccount(world)
    for (const name of ['__proto__', 'constructor', 'toString']) addUser(world, account, name)
    expect(account.users.size).toBe(3)
  })

  it('new accounts and units have FullAWSAccess attached by themselves', () => {
    const world = newWorld()
    const organization = addOrganization(world, addAccount(world))
    const unit = addOrganizationalUnit(world, 'workloads')
    const member = joinOrganization(world, addAccount(world), { name: 'prod', parentId: unit.id })
    for (const target of [organization.rootId, unit.id, member.accountId])
      expect(organization.attachments.get(target)).toContain(FULL_AWS_ACCESS)
  })
})
