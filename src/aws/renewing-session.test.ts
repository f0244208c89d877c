import { describe, expect, it } from 'vitest'
import { renewingSession } from './renewing-session.ts'
import type { AwsSession } from './session.ts'

const expired = () => Object.assign(new Error('expired'), { name: 'ExpiredTokenException' })

/** Answers with its name, until it has ended. */
function fake(name: string, state: { ended: boolean; closed?: boolean }): AwsSession {
  const session = {
    region: 'us-east-1',
    partition: 'aws',
    calls: new Map(),
    async call() {
      if (state.ended) throw expired()
      return { name }
    },
    withRole: async (arn: string) => fake(`${name} ${arn}`, state),
    close() {
      state.closed = true
    },
  }
  return session as unknown as AwsSession
}

describe('a session whose credentials end', () => {
  it('gets new ones once for all calls that are under way, and makes each of them once more', async () => {
    const old = { ended: true, closed: false }
    let opened = 0
    const session = renewingSession(fake('old', old), {
      async reopen() {
        opened++
        return fake('new', { ended: false })
      },
    })
    const answers = await Promise.all([1, 2, 3].map(() => session.call('iam', 'ListUsers', {})))
    expect(answers).toEqual([{ name: 'new' }, { name: 'new' }, { name: 'new' }])
    expect(opened).toBe(1)
    session.close()
    expect(old.closed).toBe(true)
  })

  it('throws what AWS said where there are no new ones, and asks for them again at the next call', async () => {
    let opened = 0
    const session = renewingSession(fake('old', { ended: true }), {
      async reopen() {
        if (opened++ === 0) throw new Error('nobody has signed in')
        return fake('new', { ended: false })
      },
    })
    await expect(session.call('iam', 'ListUsers', {})).rejects.toThrow('expired')
    expect(await session.call('iam', 'ListUsers', {})).toEqual({ name: 'new' })
  })

  it('does not renew for any other error', async () => {
    const first = fake('old', { ended: false })
    first.call = async () => {
      throw Object.assign(new Error('no'), { name: 'AccessDenied' })
    }
    const session = renewingSession(first, { reopen: () => Promise.reject(new Error('not to be called')) })
    await expect(session.call('iam', 'ListUsers', {})).rejects.toThrow('no')
  })

  it('assumes a role again with the new ones', async () => {
    const old = { ended: false }
    const session = renewingSession(fake('old', old), { reopen: async () => fake('new', { ended: false }) })
    const role = await session.withRole('arn:aws:iam::111122223333:role/x')
    expect(await role.call('iam', 'ListUsers', {})).toEqual({ name: 'old arn:aws:iam::111122223333:role/x' })
    old.ended = true
    expect(await role.call('iam', 'ListUsers', {})).toEqual({ name: 'new arn:aws:iam::111122223333:role/x' })
  })
})
