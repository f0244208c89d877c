import { describe, expect, it } from 'vitest'
import { partitionOf } from '../model/partition.ts'
import { checkedRegion, resolveRegion } from './region.ts'

describe('the region', () => {
  it('comes from the flag, then the environment, then the profile', () => {
    const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' }
    expect(resolveRegion('eu-west-3', env, { region: 'eu-north-1' })).toBe('eu-west-3')
    expect(resolveRegion(undefined, env, { region: 'eu-north-1' })).toBe('eu-west-1')
    expect(resolveRegion(undefined, { ...env, AWS_REGION: '' }, {})).toBe('eu-west-2')
    expect(resolveRegion(undefined, {}, { region: 'eu-north-1' })).toBe('eu-north-1')
    expect(resolveRegion(undefined, {}, {})).toBe('us-east-1')
  })

  it('must look like one: it becomes part of a host name', () => {
    for (const region of [
      'us-east-1',
      'us-gov-west-1',
      'cn-north-1',
      'ap-southeast-7',
      'us-iso-east-1',
      'eusc-de-east-1',
    ])
      expect(checkedRegion(region)).toBe(region)
    for (const region of [
      '',
      'us-east',
      'us-east-1.evil.example',
      'us-east-1/..',
      'x@evil.example',
      'US-EAST-1',
      'a'.repeat(99),
    ])
      expect(() => checkedRegion(region)).toThrow(/is no AWS region$/)
  })

  it('tells the partition', () => {
    expect(['eu-west-1', 'cn-north-1', 'us-gov-east-1', 'us-isob-east-1', 'eusc-de-east-1'].map(partitionOf)).toEqual([
      'aws',
      'aws-cn',
      'aws-us-gov',
      'aws-iso-b',
      'aws-eusc',
    ])
  })
})
