import { expect, it } from 'vitest'
import { FILE_PLACE, plantedPair, randomKeyId, seeded } from '../../test/scan/generate.ts'
import { exampleSnapshot } from '../checks/example.ts'
import type { Leak } from '../model/leak.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { assess } from './assess.ts'
import { createLeakCollector } from './collect-leaks.ts'
import { joinAccounts } from './in-account.ts'
import { createScanner } from './scanner.ts'

const random = seeded(4)
const empty = exampleSnapshot({ users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci' }, { userName: null }] })
const ACCOUNT = empty.accountId
const id = randomKeyId(random, 'AKIA', ACCOUNT)
const { secret } = plantedPair(random)
const [userKey, rootKey] = empty.accessKeys

function leaksIn(text: string): Leak[] {
  const collector = createLeakCollector(createScanner({ fingerprintKey: new Uint8Array(32) }))
  collector.blob(Buffer.from(text), FILE_PLACE)
  return collector.leaks()
}
const withKey = (change: Partial<Snapshot['accessKeys'][number]>): Snapshot => ({
  ...empty,
  accessKeys: [{ ...userKey!, accessKeyId: id, ...change }],
})
const joined = (text: string, ...snapshots: Snapshot[]) => joinAccounts(leaksIn(text), snapshots)[0]!.inAccount
const pair = `${id}:${secret}`

it('an active key with its secret is critical, and its owner is named', () => {
  expect(joined(pair, withKey({ status: 'Active' }))).toEqual({
    accountId: ACCOUNT,
    status: 'active',
    owner: userKey!.userArn,
    severity: 'critical',
  })
})

it('an active key without its secret is high, an inactive one medium', () => {
  expect(joined(id, withKey({ status: 'Active' }))).toMatchObject({ severity: 'high' })
  expect(joined(pair, withKey({ status: 'Inactive' }))).toMatchObject({ status: 'inactive', severity: 'medium' })
})

it('a key that the account does not have is unknown only when all keys were read', () => {
  const other = withKey({ accessKeyId: randomKeyId(random, 'AKIA', ACCOUNT) })
  expect(joined(pair, other)).toMatchObject({ status: 'unknown-key', severity: 'low' })
  expect(joined(pair, withKey({ accessKeyId: null }))).toBeNull()
  expect(joined(pair, { ...other, coverage: [] })).toBeNull()
})

it('an account says nothing of the keys of another', () => {
  expect(joined(`${randomKeyId(random, 'AKIA', '999900001111')}:${secret}`, withKey({}))).toBeNull()
})

it('names the commands that stop the key of a user, and none for root', () => {
  const next = (snapshot: Snapshot) =>
    assess(joinAccounts(leaksIn(pair), [snapshot]), { now: '2026-01-01T00:00:00Z' })[0]!
  expect(next(withKey({ status: 'Active' })).commands).toEqual([
    `keyreeve revoke ${id}`,
    `aws iam update-access-key --access-key-id ${id} --status Inactive --user-name ci`,
  ])
  const root = next(withKey({ ...rootKey!, accessKeyId: id }))
  expect(root.nextAction).toContain('root')
  expect(root.commands.join()).not.toContain('update-access-key')
  expect(
    next(withKey({ status: 'Active', userArn: `arn:aws:iam::${ACCOUNT}:user/a;rm -rf` })).commands.join(),
  ).not.toContain(';rm')
})

it('temporary credentials that are over, examples and bait are no reason to act', () => {
  const asia = randomKeyId(random, 'ASIA', ACCOUNT)
  const open = (text: string) => assess(leaksIn(text), { now: '2026-11-28T17:00:00Z' })[0]!
  expect(
    open(`{"AccessKeyId":"${asia}","SecretAccessKey":"${secret}","Expiration":"2026-11-28T16:00:00Z"}`),
  ).toMatchObject({ severity: 'low', status: 'open', expiration: '2026-11-28T16:00:00Z' })
  expect(open(randomKeyId(random, 'AKIA', '534261010715'))).toMatchObject({ class: 'canary', status: 'suppressed' })
  expect(open(`AKIA${'IOSFODNN7'}EXAMPLE`)).toMatchObject({ severity: 'info', status: 'suppressed' })
})
