/** Rotations against the sandbox, from the first question to the deleted key, in a time that the tests set. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { addAccessKey, attachPolicy } from '../../src/sandbox/state.ts'
import { workloadsOf } from '../../src/sandbox/workloads.ts'
import { ago, PARAMETER, REGION, RotateAccount, SECRET } from './rotate-account.ts'

let at: RotateAccount

beforeEach(async () => {
  at = await new RotateAccount().start()
})
afterEach(() => at.stop())

describe('a rotation', () => {
  it('goes from create to delete, and its consumer never notices', async () => {
    for (let day = 0; day < 5; day++) {
      expect(await at.consume()).toBe('ok')
      at.pass(1)
    }
    const first = await at.rotate('bot', { to: [SECRET, PARAMETER] })
    expect(first).toMatchObject({ outcome: 'waits', phase: 'waiting' })
    expect(first.because).toContain('not seen with the new key yet: boto3')
    expect(at.keys()).toEqual([
      [at.oldKeyId, 'Active'],
      [first.newAccessKeyId, 'Active'],
    ])
    expect(at.current()).toMatchObject({ accessKeyId: first.newAccessKeyId, note: 'ours' })
    expect(at.secretStages()).toEqual({ AWSCURRENT: first.newAccessKeyId, AWSPREVIOUS: at.oldKeyId })

    for (let day = 0; day < 3; day++) {
      expect(await at.consume()).toBe('ok')
      at.pass(1)
    }
    const second = await at.rotate('bot')
    expect(second).toMatchObject({ outcome: 'waits', phase: 'inactive', waitsDays: 7 })
    expect(at.keys()[0]).toEqual([at.oldKeyId, 'Inactive'])
    expect(await at.consume()).toBe('ok')

    at.pass(7.1)
    expect(await at.rotate('bot')).toMatchObject({ outcome: 'done', phase: 'ended' })
    expect(at.keys()).toEqual([[first.newAccessKeyId, 'Active']])
    expect(await at.consume()).toBe('ok')
  })

  it('waits for the consumer that comes once a month', async () => {
    for (const day of [0, 30, 61]) {
      at.pass(day === 0 ? 0 : day === 30 ? 30 : 31)
      await at.consume('terraform/1.9')
    }
    await at.rotate('bot', { to: [SECRET] })
    at.pass(20)
    const waiting = await at.rotate('bot')
    expect(waiting).toMatchObject({ outcome: 'waits', phase: 'waiting' })
    expect(waiting.because).toContain('terraform')
    at.pass(12)
    await at.consume('terraform/1.9')
    at.pass(4)
    expect(await at.rotate('bot')).toMatchObject({ phase: 'inactive' })
  })

  it('says that it stands on the last use alone where CloudTrail cannot be read, and waits longer', async () => {
    at.sandbox.setFaults(['deny:cloudtrail:*'])
    await at.consume()
    const first = await at.rotate('bot', { to: [SECRET] })
    expect(first.because).toContain('CloudTrail could not be read')
    expect(first.because).toContain('silent for 35 days')
    await at.consume()
    at.pass(34)
    expect(await at.rotate('bot')).toMatchObject({ phase: 'waiting' })
    await at.consume()
    at.pass(1.1)
    const second = await at.rotate('bot')
    expect(second).toMatchObject({ phase: 'inactive' })
    expect(second.because).toContain('what is not watched')
  })

  it('activates the old key again when a call with it fails, and says whose', async () => {
    const old = at.oldPair
    await at.consume()
    await at.rotate('bot', { to: [SECRET], silenceDays: 2 })
    await at.consume()
    at.pass(4)
    expect(await at.rotate('bot')).toMatchObject({ phase: 'inactive' })
    at.pass(0.1)
    expect(await at.consume('aws-sdk-java/2.0', old)).toBe('InvalidClientTokenId')
    const broken = await at.rotate('bot')
    expect(broken).toMatchObject({ outcome: 'stopped', phase: 'waiting' })
    expect(broken.because).toMatch(/still used: iam:ListUsers from 127\.0\.0\.1 by aws-sdk-java .*InvalidClientTokenId/)
    expect(at.keys()[0]).toEqual([at.oldKeyId, 'Active'])
    expect(await at.consume('aws-sdk-java/2.0', old)).toBe('ok')
    expect((await at.rotate('bot')).because).toContain('aws-sdk-java')
  })

  it('leaves it inactive when that is asked for, and still says whose calls fail', async () => {
    const old = at.oldPair
    await at.rotate('bot', { to: [SECRET], silenceDays: 0 })
    expect(await at.rotate('bot')).toMatchObject({ phase: 'inactive' })
    at.pass(0.1)
    await at.consume('curl/8', old)
    expect(await at.rotate('bot', { keepInactive: true })).toMatchObject({ outcome: 'stopped', phase: 'inactive' })
    expect(at.keys()[0]).toEqual([at.oldKeyId, 'Inactive'])
  })

  it('of the key that it runs with goes on with the new one, and does not stop the old one under itself', async () => {
    const own = await at.sessionOf(at.oldPair, 'keyreeve/0')
    const first = await at.rotate('bot', { to: [SECRET] }, { session: own })
    expect(first).toMatchObject({ outcome: 'waits', phase: 'waiting' })
    at.pass(100)
    const again = await at.rotate('bot', {}, { session: own })
    expect(again.because).toContain('this run itself uses the key')
    expect(at.keys()[0]).toEqual([at.oldKeyId, 'Active'])
    own.close()
  })
})

it('a parameter keeps its KMS key and its tier, also when it is put back', async () => {
  const { metadata } = workloadsOf(at.account.regions.get(REGION)!, 'parameter').get('/bot/key')!
  Object.assign(metadata, { KeyId: 'arn:aws:kms:us-east-1:111122223333:key/own', Tier: 'Advanced' })
  const now = () => workloadsOf(at.account.regions.get(REGION)!, 'parameter').get('/bot/key')!.metadata
  const own = { KeyId: 'arn:aws:kms:us-east-1:111122223333:key/own', Tier: 'Advanced' }
  await at.rotate('bot', { to: [PARAMETER] })
  expect(now()).toMatchObject({ ...own, Version: 2 })
  await at.rotate('bot', { abort: true })
  expect(now()).toMatchObject({ ...own, Version: 3 })
})

it('another destination than the one agreed on is no silent matter, and neither is a name that nobody has', async () => {
  await at.rotate('bot', { to: [SECRET] })
  const other = await at.rotate('bot', { to: [PARAMETER] })
  expect(other).toMatchObject({ outcome: 'refused', because: expect.stringContaining(`is under way, to ${SECRET}`) })
  expect(await at.rotate('bot', { to: [SECRET] })).toMatchObject({ outcome: 'waits' })
  expect(await at.rotate('nobody', { to: [SECRET] })).toMatchObject({
    because: expect.stringContaining('the account has no user nobody'),
  })
})

describe('nothing is changed', () => {
  const unchanged = async (because: RegExp, options = { to: [SECRET] }) => {
    const before = at.keys()
    const key = await at.rotate('bot', options)
    expect(key).toMatchObject({ outcome: 'refused' })
    expect(key.because).toMatch(because)
    expect(at.keys()).toEqual(before)
    expect(at.current().accessKeyId).toBe(at.oldKeyId)
  }

  it('where AWS has quarantined the user', async () => {
    const quarantine = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV4'
    attachPolicy(at.world, at.bot, quarantine)
    await unchanged(/quarantined.*keyreeve revoke/)
  })
  it('where the end of it would be denied', async () => {
    at.sandbox.setFaults(['deny:iam:DeleteAccessKey'])
    await unchanged(/may not finish it: iam:DeleteAccessKey/)
  })
  it('where a destination is not there', () =>
    unchanged(/the secret nothing .* is not there \(ResourceNotFound.*make it first/, {
      to: ['secretsmanager:nothing'],
    }))
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
  it('where the secret has a rotation of its own, is managed by a service, or is being changed', async () => {
    const secret = at.account.regions.get('us-east-1')!.secrets.get('bot')!
    secret.rotationEnabled = true
    await unchanged(/has a rotation of its own.*cancel-rotate-secret --secret-id bot/)
    secret.rotationEnabled = false
    secret.owningService = 'rds'
    await unchanged(/managed by another service/)
    secret.owningService = null
    const version = { versionId: 'v-half', value: '{}', stages: new Set(['AWSPENDING']), createDate: ago(1) }
    secret.versions.set('v-half', { ...version, lastAccessed: null })
    await unchanged(/AWSPENDING: somebody is changing it/)
  })
  it('where nothing says where the key goes', () => unchanged(/nothing says where/, { to: [] }))
  it('where a destination holds a key of somebody else, unless that is meant', async () => {
    const secret = at.account.regions.get('us-east-1')!.secrets.get('bot')!.versions.get('v-old')!
    secret.value = JSON.stringify({ accessKeyId: 'AKIAOFSOMEBODYELSE00', secretAccessKey: 'theirs' })
    const key = await at.rotate('bot', { to: [SECRET] })
    expect(key).toMatchObject({ outcome: 'refused', because: expect.stringContaining('AKIAOFSOMEBODYELSE00') })
    expect(at.keys()).toHaveLength(1)
    expect(await at.rotate('bot', { to: [SECRET], overwrite: true })).toMatchObject({ phase: 'waiting' })
  })
  it('where both keys are in use', async () => {
    await at.consume()
    addAccessKey(at.world, at.account, at.bot, {
      createDate: ago(300),
      lastUsed: { date: ago(1), service: 's3', region: 'us-east-1' },
    })
    await unchanged(/two keys, and IAM allows no third.*may be in use/)
  })
  it('in a dry run, at any point', async () => {
    expect(await at.rotate('bot', { to: [SECRET], isDryRun: true })).toMatchObject({ outcome: 'would' })
    await at.rotate('bot', { to: [SECRET], silenceDays: 1 })
    for (const then of ['deactivate', 'delete']) {
      at.pass(8)
      const before = [at.keys(), at.journalText()]
      const key = await at.rotate('bot', { isDryRun: true })
      expect(key).toMatchObject({ outcome: 'would', because: expect.stringContaining(then) })
      expect([at.keys(), at.journalText()]).toEqual(before)
      await at.rotate('bot')
    }
  })
})

describe('a second key', () => {
  it('that nobody uses makes room: deactivated, watched, deleted, and then there is room', async () => {
    const idle = addAccessKey(at.world, at.account, at.bot, { createDate: ago(300) }).accessKeyId
    await at.consume()
    const refused = await at.rotate('bot', { to: [SECRET] })
    expect(refused.because).toContain(`${idle} is idle by this evidence`)
    const retiring = await at.rotate('bot', { to: [SECRET], makeRoom: true })
    expect(retiring).toMatchObject({ mode: 'retire', accessKeyId: idle, phase: 'inactive', outcome: 'waits' })
    at.pass(8)
    expect(await at.rotate('bot')).toMatchObject({ outcome: 'done', accessKeyId: idle })
    expect(at.keys()).toEqual([[at.oldKeyId, 'Active']])
    expect(await at.rotate('bot', { to: [SECRET] })).toMatchObject({ mode: 'rotate', phase: 'waiting' })
  })
})

describe('somebody else', () => {
  it('deletes the new key: the old one is activated again, and that is said', async () => {
    await at.rotate('bot', { to: [SECRET], silenceDays: 0 })
    const { newAccessKeyId } = await at.rotate('bot')
    await at.session.call('iam', 'DeleteAccessKey', { UserName: 'bot', AccessKeyId: newAccessKeyId })
    const key = await at.rotate('bot')
    expect(key).toMatchObject({ outcome: 'stopped' })
    expect(key.because).toContain('somebody else has deleted the new key')
    expect(at.keys()).toEqual([[at.oldKeyId, 'Active']])
  })
  it('deletes the old key: that is the end', async () => {
    await at.rotate('bot', { to: [SECRET] })
    await at.session.call('iam', 'DeleteAccessKey', { UserName: 'bot', AccessKeyId: at.oldKeyId })
    expect(await at.rotate('bot')).toMatchObject({
      outcome: 'done',
      because: expect.stringContaining('somebody else'),
    })
  })
  it('activates the old key again: it is not deleted', async () => {
    await at.rotate('bot', { to: [SECRET], silenceDays: 1 })
    at.pass(3)
    expect(await at.rotate('bot')).toMatchObject({ phase: 'inactive' })
    await at.session.call('iam', 'UpdateAccessKey', { UserName: 'bot', AccessKeyId: at.oldKeyId, Status: 'Active' })
    at.pass(8)
    await at.rotate('bot')
    expect(at.keys().map(([id]) => id)).toContain(at.oldKeyId)
  })
  it('deletes the user with its keys: that is the end, which AWS does not tell of a key that is no more', async () => {
    const { newAccessKeyId } = await at.rotate('bot', { to: [SECRET] })
    for (const AccessKeyId of [at.oldKeyId, newAccessKeyId])
      await at.session.call('iam', 'DeleteAccessKey', { UserName: 'bot', AccessKeyId })
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
    await at.session.call('iam', 'DetachUserPolicy', { UserName: 'bot', PolicyArn })
    await at.session.call('iam', 'DeleteUser', { UserName: 'bot' })
    const stopped = { outcome: 'stopped', because: expect.stringContaining('no user bot any more') }
    expect(await at.rotate('bot')).toMatchObject(stopped)
    const ended = { outcome: 'done', phase: 'ended', because: expect.stringContaining('bot is gone') }
    expect(await at.rotate('bot', { abort: true })).toMatchObject(ended)
  })
  it('renames the user: its keys work on, so the rotation is not over', async () => {
    await at.rotate('bot', { to: [SECRET] })
    await at.session.call('iam', 'UpdateUser', { UserName: 'bot', NewUserName: 'robot' })
    const renamed = { outcome: 'stopped', because: expect.stringContaining('bot is called robot now') }
    expect(await at.rotate('bot')).toMatchObject(renamed)
    expect(await at.rotate('bot', { abort: true })).toMatchObject(renamed)
    await at.session.call('iam', 'UpdateUser', { UserName: 'robot', NewUserName: 'bot' })
    expect(await at.rotate('bot')).toMatchObject({ outcome: 'waits', phase: 'waiting' })
  })
})

it('an old key that may not be deleted is watched on, and there is a way back to it', async () => {
  for (let day = 0; day < 4; day++) {
    await at.consume()
    at.pass(1)
  }
  const fresh = await at.rotate('bot', { to: [SECRET], silenceDays: 2 })
  await at.consume()
  at.pass(3)
  expect(await at.rotate('bot')).toMatchObject({ phase: 'inactive' })
  at.pass(8)
  at.sandbox.setFaults(['deny:iam:DeleteAccessKey'])
  const refused = { outcome: 'stopped', phase: 'inactive', because: expect.stringContaining('DeleteAccessKey') }
  expect(await at.rotate('bot')).toMatchObject(refused)
  at.sandbox.setFaults([])
  expect(await at.rotate('bot', { abort: true })).toMatchObject({ outcome: 'aborted' })
  expect(at.keys()).toEqual([
    [at.oldKeyId, 'Active'],
    [fresh.newAccessKeyId, 'Active'],
  ])
})

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html: fewer than there are, even when there are more
it('keys that come on a second page are not taken for gone', async () => {
  await at.rotate('bot', { to: [SECRET] })
  const { call } = at.session
  at.session.call = (async (service, operation, input, options) =>
    operation === 'ListAccessKeys' && !('Marker' in input)
      ? { AccessKeyMetadata: [], IsTruncated: true, Marker: 'more' }
      : call.call(at.session, service, operation, { ...input, Marker: undefined }, options)) as typeof call
  expect(await at.rotate('bot')).toMatchObject({ outcome: 'waits', phase: 'waiting' })
})

it('a new key that is not listed yet was deleted by nobody', async () => {
  const { call } = at.session
  at.session.call = (async (service, operation, input, options) => {
    const answer = await call.call(at.session, service, operation, input, options)
    if (operation !== 'ListAccessKeys') return answer
    const keys = answer.AccessKeyMetadata as { AccessKeyId: string }[]
    return { ...answer, AccessKeyMetadata: keys.filter(({ AccessKeyId }) => AccessKeyId === at.oldKeyId) }
  }) as typeof call
  expect(await at.rotate('bot', { to: [SECRET] })).toMatchObject({ outcome: 'waits', phase: 'waiting' })
})

describe('going back', () => {
  it('puts every destination back and deletes a new key that nobody has used', async () => {
    const { newAccessKeyId } = await at.rotate('bot', { to: [SECRET, PARAMETER] })
    expect(await at.rotate('bot', { abort: true })).toMatchObject({ outcome: 'aborted' })
    expect(at.keys()).toEqual([[at.oldKeyId, 'Active']])
    expect(at.current().accessKeyId).toBe(at.oldKeyId)
    expect(at.journalText()).toContain(newAccessKeyId)
    expect(await at.consume()).toBe('ok')
  })
  it('keeps what somebody has changed beside the key in a secret or parameter since', async () => {
    await at.rotate('bot', { to: [SECRET, PARAMETER] })
    const changed = JSON.stringify({ ...at.current(), note: 'theirs', port: 5432 })
    await at.session.call('secretsmanager', 'PutSecretValue', { SecretId: 'bot', SecretString: changed })
    await at.session.call('ssm', 'PutParameter', { Name: '/bot/key', Overwrite: true, Value: changed })
    expect(await at.rotate('bot', { abort: true })).toMatchObject({ outcome: 'aborted' })
    const wanted = { ...at.oldPair, note: 'theirs', port: 5432 }
    expect(at.current()).toEqual(wanted)
    const parameter = { Name: '/bot/key', WithDecryption: true }
    const { Parameter } = await at.session.call('ssm', 'GetParameter', parameter)
    expect(JSON.parse((Parameter as { Value: string }).Value)).toEqual(wanted)
    expect(at.keys()).toEqual([[at.oldKeyId, 'Active']])
  })
  it('from an inactive old key, and a new key that is in use is retired, not deleted', async () => {
    await at.rotate('bot', { to: [SECRET], silenceDays: 1 })
    const fresh = at.current()
    at.pass(3)
    await at.consume()
    expect(await at.rotate('bot')).toMatchObject({ phase: 'inactive' })
    expect(await at.rotate('bot', { abort: true })).toMatchObject({ outcome: 'aborted' })
    expect(at.keys()).toEqual([
      [at.oldKeyId, 'Active'],
      [fresh.accessKeyId, 'Active'],
    ])
    expect(at.current().accessKeyId).toBe(at.oldKeyId)
    expect(await at.rotate(fresh.accessKeyId)).toMatchObject({ mode: 'retire', outcome: 'waits' })
  })
})

it('a new key that AWS does not know everywhere yet is waited for', async () => {
  await at.stop()
  // the sandbox's servers learn of a key only as time passes, and that does only where it is waited for
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
  at = await new RotateAccount().start({ consistencyDelayMs: 400 })
  at.wait = async () => void pass(100)
  const key = await at.rotate('bot', { to: [SECRET] })
  expect(key).toMatchObject({ outcome: 'waits', phase: 'waiting' })
  expect(at.sandbox.calls().records.map(({ errorCode }) => errorCode)).toContain('InvalidClientTokenId')
  pass(500)
  expect(await at.consume()).toBe('ok')
})
