import { describe, expect, it } from 'vitest'
import { actionNamed, actionNames, actionsOf, askedResource, resourceTypesOf, serviceNames } from './actions.ts'

describe('the packed actions', () => {
  it('are all there, sorted, and each can be looked up', () => {
    const names = actionNames()
    expect(names.length).toBeGreaterThan(20_000)
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
    for (const service of serviceNames()) {
      const own = actionsOf(service).map(({ name }) => name)
      expect(own.length, service).toBeGreaterThan(0)
      expect(
        [...own].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
        service,
      ).toEqual(own)
    }
    expect(
      serviceNames()
        .flatMap((service) => actionsOf(service))
        .map(({ name }) => name),
    ).toEqual(names)
  })

  it('know levels, resources and condition keys', () => {
    expect(actionNamed('S3:getobject')).toMatchObject({ name: 's3:GetObject', accessLevel: 'Read' })
    expect(actionNamed('s3:GetObject')!.resourceTypes.map(({ arn }) => arn)).toContain('arn:*:s3:::*/*')
    expect(actionNamed('iam:PassRole')).toMatchObject({ resourceTypes: [{ name: 'role', required: true }] })
    expect(actionNamed('iam:PassRole')!.conditionKeys).toContain('iam:PassedToService')
    expect(actionNamed('iam:PutUserPolicy')!.accessLevel).toBe('Permissions management')
    expect(actionNamed('s3:ListAllMyBuckets')!.resourceTypes).toEqual([])
    expect(resourceTypesOf('iam').map(({ name }) => name)).toContain('role')
  })

  it('have no action by a name that only JavaScript knows', () => {
    for (const name of ['s3:constructor', 'constructor:x', '__proto__:x', 'x', ''])
      expect(actionNamed(name), name).toBeNull()
  })

  it('an action without resources is asked for *', () => {
    expect(askedResource('s3:ListAllMyBuckets', 'arn:aws:s3:::b')).toBe('*')
    expect(askedResource('s3:ListBucket', 'arn:aws:s3:::b')).toBe('arn:aws:s3:::b')
    expect(askedResource('s3:NotYetKnown', 'arn:aws:s3:::b')).toBe('arn:aws:s3:::b')
  })
})
