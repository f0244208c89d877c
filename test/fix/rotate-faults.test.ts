/**
 * Whatever goes wrong, and whenever: what reads its key from a destination can always call AWS, no key is left over, and
 * another run goes on to the end.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AppendLog } from '../../src/fix/apply/log.ts'
import type { RotatedKey } from '../../src/report/rotations.ts'
import { PARAMETER, RotateAccount, SECRET } from './rotate-account.ts'

let at: RotateAccount
afterEach(async () => {
  vi.restoreAllMocks()
  await at.stop()
})

const PROFILE = () => `profile:bot@${join(at.folder, 'credentials')}`

async function start(): Promise<void> {
  at = await new RotateAccount().start()
  const { accessKeyId, secretAccessKey } = at.oldPair
  writeFileSync(
    join(at.folder, 'credentials'),
    `[bot]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  )
  // twice a day apart, so that it has a rhythm and more than one chance
  for (let day = 0; day < 3; day++) {
    await at.consume()
    at.pass(1)
  }
}

/** A run that may go wrong in any way that is said. */
async function attempt(to: string[] = []): Promise<RotatedKey | null> {
  try {
    return await at.rotate('bot', { to, silenceDays: 2, graceDays: 1 })
  } catch (error) {
    expect(['KeyreeveError', 'Killed', 'DeliveryError']).toContain((error as Error).name)
    return null
  }
}

/** The consumer can call AWS, and no more keys are there than there may be. */
async function isWell(when: string): Promise<void> {
  expect(at.keys().length, when).toBeLessThanOrEqual(2)
  expect(await at.consume(), when).toBe('ok')
}

/** Runs again until all is done, with the consumer at work. */
async function comesToItsEnd(when: string): Promise<void> {
  let key: RotatedKey | null = null
  for (let run = 0; run < 12 && key?.outcome !== 'done'; run++) {
    key = await at.rotate('bot', {
      to: run < 3 && isOpen(key) ? [SECRET, PARAMETER] : [],
      silenceDays: 2,
      graceDays: 1,
    })
    await isWell(`${when}, later`)
    at.pass(1.01)
  }
  expect(key, when).toMatchObject({ outcome: 'done' })
  const [[left, status] = [], ...more] = at.keys()
  expect([more, status], when).toEqual([[], 'Active'])
  expect(left, when).not.toBe(at.oldKeyId)
  expect(at.current().accessKeyId, when).toBe(left)
  expect(at.secretStages().AWSPENDING, when).toBeUndefined()
}

const isOpen = (key: RotatedKey | null) => key === null || key.outcome === 'refused'

const FAULTS = {
  denied: (call: string) => `deny:${call}:times=1`,
  throttled: (call: string) => `throttle:${call}:times=1`,
  'failed before it took effect': (call: string) => `error:${call}:times=1`,
  'failed after it took effect': (call: string) => `error:${call}:times=1:when=after`,
  'cut off before it took effect': (call: string) => `cut:${call}:times=1`,
  'cut off after it took effect': (call: string) => `cut:${call}:times=1:when=after`,
  'answered with half an answer': (call: string) => `truncate:${call}:times=1`,
}

const BEGIN = [
  'sts:GetCallerIdentity',
  'iam:ListAccessKeys',
  'iam:CreateAccessKey',
  'iam:UpdateAccessKey',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
  'ssm:GetParameter',
  'ssm:DescribeParameters',
  'ssm:PutParameter',
]

describe.each(Object.entries(FAULTS))('a call %s', (name, rule) => {
  it.each(BEGIN)('%s, while the key is made and delivered', async (call) => {
    await start()
    // the first of them belongs to the questions before anything is changed, and the later ones do not
    for (const after of call === 'iam:CreateAccessKey' ? [0] : [0, 2]) {
      at.sandbox.setFaults([`${rule(call)}:after=${after}`])
      await attempt([SECRET, PARAMETER])
      at.sandbox.setFaults([])
      await isWell(`${call} ${name} after ${after}`)
    }
    if (name.includes('after')) await comesToItsEnd(`${call} ${name}`)
    else expect(await at.rotate('bot', { to: [SECRET, PARAMETER] })).toMatchObject({ phase: 'waiting' })
  })

  it.each(['iam:UpdateAccessKey', 'iam:ListAccessKeys', 'iam:DeleteAccessKey', 'cloudtrail:LookupEvents'])(
    '%s, while the old key goes',
    async (call) => {
      await start()
      await attempt([SECRET, PARAMETER])
      for (let run = 0; run < 6; run++) {
        at.pass(1.01)
        await isWell(`${call} ${name}`)
        at.sandbox.setFaults([`${rule(call)}:after=${run % 3}`])
        await attempt()
        at.sandbox.setFaults([])
      }
      if (at.keys().length > 1) await comesToItsEnd(`${call} ${name}`)
      else await isWell(`${call} ${name}, at the end`)
    },
  )
})

it('an answer that is lost twice over, when the SDK asks again by itself, leaves no key behind', async () => {
  await start()
  const { openSession } = await import('../../src/aws/session.ts')
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = at.sandbox
  const credentials = { accessKeyId, secretAccessKey }
  const session = await openSession({ endpointUrl, region, credentials, userAgent: 'keyreeve/0', maxAttempts: 2 })
  at.sandbox.setFaults(['cut:iam:CreateAccessKey:times=1:when=after'])
  const key = await at.rotate('bot', { to: [SECRET] }, { session })
  session.close()
  expect(key.outcome).toBe('refused')
  expect(at.keys()).toEqual([[at.oldKeyId, 'Active']])
})

it('a key that somebody else makes at that moment is not taken for ours', async () => {
  await start()
  at.sandbox.setFaults(['cut:iam:CreateAccessKey:times=1'])
  let theirs = ''
  at.wait = async () => {
    if (theirs !== '') return
    const { AccessKey } = await at.session.call('iam', 'CreateAccessKey', { UserName: 'bot' })
    const { AccessKeyId, SecretAccessKey } = AccessKey as { AccessKeyId: string; SecretAccessKey: string }
    theirs = AccessKeyId
    await at.consume('theirs/1', { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey })
  }
  const key = await at.rotate('bot', { to: [SECRET] })
  expect(key).toMatchObject({ outcome: 'stopped' })
  expect(key.because).toContain(`the key ${theirs} of bot appeared meanwhile`)
  expect(at.keys()).toContainEqual([theirs, 'Active'])
})

it('credentials that end half-way: others go on from there', async () => {
  for (const at_ of ['creating a key', 'proving', 'delivering to the secret', 'delivering to the parameter']) {
    await start()
    const mine = at.world.accessKeys.get(at.sandbox.accessKeyId)!.key
    const push = at.events.push.bind(at.events)
    at.events.push = (text: string) => {
      if (text.includes(at_)) mine.status = 'Inactive'
      return push(text)
    }
    await attempt([SECRET, PARAMETER])
    expect(mine.status, at_).toBe('Inactive')
    mine.status = 'Active'
    at.events.push = push
    await isWell(at_)
    await comesToItsEnd(at_)
    if (at_ !== 'delivering to the parameter') await at.stop()
  }
})

describe('a crash at any line of the journal', () => {
  class Killed extends Error {
    override name = 'Killed'
  }

  /** Dies instead of writing its nth line. */
  function killedAt(line: number): { written(): number } {
    let written = 0
    const add = AppendLog.prototype.add
    vi.spyOn(AppendLog.prototype, 'add').mockImplementation(function (this: AppendLog<object>, entry) {
      if (++written > line) throw new Killed('killed')
      add.call(this, entry)
    })
    return { written: () => written }
  }

  it('while the key is made and delivered: nobody is locked out, and it comes to its end', async () => {
    for (let line = 0, total = 1; line < total; line++) {
      await start()
      const count = killedAt(line)
      const key = await attempt([SECRET, PARAMETER, PROFILE()])
      total = key === null ? line + 2 : line
      expect(count.written()).toBeGreaterThan(0)
      vi.restoreAllMocks()
      await isWell(`killed at line ${line}`)
      await comesToItsEnd(`killed at line ${line}`)
      if (line + 1 < total) await at.stop()
    }
  })

  it('while the old key goes: nobody is locked out, and it comes to its end', async () => {
    for (let line = 0; line < 7; line++) {
      await start()
      await attempt([SECRET, PARAMETER])
      for (let run = 0; run < 5; run++) {
        await isWell(`killed at line ${line}`)
        at.pass(1.01)
        killedAt(line % 4)
        await attempt()
        vi.restoreAllMocks()
      }
      if (at.keys().length > 1) await comesToItsEnd(`killed at line ${line}`)
      if (line < 6) await at.stop()
    }
  })
})

describe('a delivery that fails', () => {
  it('puts back those before it and removes the new key: nothing has changed', async () => {
    await start()
    for (const rule of [
      'deny:ssm:PutParameter',
      'error:ssm:PutParameter:times=1:when=after',
      'deny:secretsmanager:PutSecretValue',
    ]) {
      at.sandbox.setFaults([rule])
      const key = await attempt([SECRET, PARAMETER])
      expect(key).toMatchObject({ outcome: 'refused', phase: 'ended' })
      expect(key!.because).toContain('nothing has changed')
      at.sandbox.setFaults([])
      expect(at.keys()).toEqual([[at.oldKeyId, 'Active']])
      expect(at.current().accessKeyId).toBe(at.oldKeyId)
      const answer = await at.session.call('ssm', 'GetParameter', { Name: '/bot/key', WithDecryption: true })
      expect((answer.Parameter as { Value: string }).Value).toContain(at.oldKeyId)
    }
  })

  it('after a program that cannot be taken back: that gets the old key again, which another destination told', async () => {
    await start()
    const got = join(at.folder, 'got.json')
    writeFileSync(
      join(at.folder, 'deploy'),
      `#!${process.execPath}\nrequire('node:fs').writeFileSync(${JSON.stringify(got)}, require('node:fs').readFileSync(0))\n`,
      { mode: 0o700 },
    )
    const key = await attempt([SECRET, `command:${join(at.folder, 'deploy')}`, 'command:false'])
    expect(key).toMatchObject({ outcome: 'refused' })
    expect(at.keys()).toEqual([[at.oldKeyId, 'Active']])
    const { readFileSync } = await import('node:fs')
    expect(JSON.parse(readFileSync(got, 'utf8'))).toMatchObject(at.oldPair)
  })

  it('after a program alone: the new key stays, that is said, and `--again` makes another one', async () => {
    await start()
    writeFileSync(join(at.folder, 'flaky'), `#!/bin/sh\ncat >/dev/null\ntest -f ${at.folder}/up\n`, { mode: 0o700 })
    const to = ['command:true', `command:${join(at.folder, 'flaky')}`]
    const key = await attempt(to)
    expect(key).toMatchObject({ outcome: 'stopped', phase: 'taking-back' })
    expect(key!.because).toContain('Both keys work')
    expect(at.keys()).toHaveLength(2)
    expect(await attempt()).toMatchObject({ outcome: 'stopped', phase: 'taking-back' })
    writeFileSync(join(at.folder, 'up'), '')
    const again = await at.rotate('bot', { again: true })
    expect(again).toMatchObject({ outcome: 'waits', phase: 'waiting' })
    expect(again.newAccessKeyId).not.toBe(key!.newAccessKeyId)
    expect(at.keys().map(([id]) => id)).toEqual([at.oldKeyId, again.newAccessKeyId])
  })
})

it('no secret is in a journal, an event or what a run says, whatever went wrong', async () => {
  await start()
  const said: unknown[] = []
  for (const rule of [
    'truncate:iam:CreateAccessKey',
    'error:ssm:PutParameter:when=after',
    'cut:sts:GetCallerIdentity:after=1',
    '',
  ]) {
    at.sandbox.setFaults(rule === '' ? [] : [rule])
    said.push(await attempt([SECRET, PARAMETER, PROFILE()]))
  }
  const secrets = [...at.world.accessKeys.values()].map(({ key }) => key.secretAccessKey)
  const text = at.journalText() + at.events.join('\n') + JSON.stringify(said)
  expect(said.at(-1)).toMatchObject({ phase: 'waiting' })
  for (const secret of secrets) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(secret.slice(0, 20))
  }
})
