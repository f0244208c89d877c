import { describe, expect, it } from 'vitest'
import { FaultRuleError, Faults, parseFault } from './faults.ts'

const call = { service: 'iam', action: 'ListUsers', region: 'us-east-1', accountId: '111122223333' }

describe('parseFault', () => {
  it('reads kind, service, action and settings', () => {
    expect(parseFault('deny:iam:ListAccessKeys')).toEqual({ kind: 'deny', service: 'iam', action: 'ListAccessKeys' })
    expect(parseFault('delay:ec2:Describe*:ms=500:region=eu-west-1')).toEqual({
      kind: 'delay',
      service: 'ec2',
      action: 'Describe*',
      ms: 500,
      region: 'eu-west-1',
    })
    expect(parseFault('cut:access-analyzer:*:when=after,times=2,after=1,probability=0.5,seed=9')).toMatchObject({
      kind: 'cut',
      when: 'after',
      times: 2,
      after: 1,
      probability: 0.5,
      seed: 9,
    })
  })

  it.each([
    ['explode:iam:ListUsers', '`explode` is none of deny, throttle'],
    ['deny', 'say it as kind:service:action'],
    ['deny:iam', 'say it as kind:service:action'],
    ['deny:iam:times=3', 'say it as kind:service:action'],
    ['deny:iam:List Users', '`List Users` is no action'],
    ['deny:iam:ListUsers:often=1', '`often` is none of region, account'],
    ['deny:iam:ListUsers:times', '`times` is no setting'],
    ['deny:iam:ListUsers:times=-1', '`times` is a whole number'],
    ['deny:iam:ListUsers:probability=2', '`probability` is a number from 0 to 1'],
    ['deny:iam:ListUsers:account=12', '`account` is a 12-digit number'],
    ['deny:iam:ListUsers:when=after', 'only `cut` and `error` have `when`'],
    ['delay:iam:ListUsers', 'a delay needs `ms`'],
    ['deny:iam:ListUsers:ms=5', 'only a delay has `ms`'],
  ])('%s is refused with a sentence', (rule, message) => {
    expect(() => parseFault(rule)).toThrow(FaultRuleError)
    expect(() => parseFault(rule)).toThrow(message)
  })
})

describe('Faults', () => {
  it('a rule for a service that is not there is refused, with the names of those that are', () => {
    const services = ['iam', 'access-analyzer']
    for (const rule of ['deny:iamm:ListUsers', 'deny:ima*:*'])
      expect(() => new Faults([rule], services)).toThrow(/has no service `.*`, only iam, access-analyzer$/)
    for (const rule of ['deny:*:ListUsers', 'deny:IAM:ListUsers', 'deny:access-*:*'])
      expect(() => new Faults([rule], services)).not.toThrow()
  })

  it('a rule strikes the calls that it names and no others', () => {
    const faults = new Faults(['deny:iam:List*:region=us-east-1:account=111122223333'])
    expect(faults.strike(call).rule?.kind).toBe('deny')
    for (const other of [
      { ...call, service: 'sts' },
      { ...call, action: 'GetUser' },
      { ...call, region: 'eu-west-1' },
      { ...call, accountId: null },
    ])
      expect(faults.strike(other).rule).toBeNull()
  })

  it('`after` lets calls pass first and `times` ends it', () => {
    const faults = new Faults(['throttle:iam:*:after=1:times=2'])
    const struck = Array.from({ length: 5 }, () => faults.strike(call).rule !== null)
    expect(struck).toEqual([false, true, true, false, false])
  })

  it('a probability strikes about as often as it says, and the same way for the same seed', () => {
    const run = (seed: number) => {
      const faults = new Faults([`error:*:*:probability=0.3:seed=${seed}`])
      return Array.from({ length: 1000 }, () => faults.strike(call).rule !== null)
    }
    const share = run(1).filter(Boolean).length / 1000
    expect(share).toBeGreaterThan(0.25)
    expect(share).toBeLessThan(0.35)
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })

  it('delays add up and go with another fault', () => {
    const faults = new Faults(['delay:iam:*:ms=20', 'delay:*:*:ms=5', 'deny:iam:*', 'cut:iam:*'])
    expect(faults.strike(call)).toMatchObject({ delayMs: 25, rule: { kind: 'deny' } })
  })
})
