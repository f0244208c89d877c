import { describe, expect, it } from 'vitest'
import { exampleSnapshot } from '../checks/example.ts'
import { MAYBE, type Tri, YES } from '../policy/tri.ts'
import { openEstate } from './estate.ts'
import { buildGraph } from './graph.ts'
import { hop } from './hops.ts'
import { stepTo } from './steps.ts'

const OTHER = '444455556666'

function doorFor(partition: string, Principal: unknown, Condition: object = {}, ...more: object[]) {
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition }, ...more]
  const trustPolicy = { Version: '2012-10-17', Statement }
  return buildGraph(openEstate([exampleSnapshot({ partition, roles: [{ roleName: 'door', trustPolicy }] })]))
}

/** Who from outside can enter the one role, and how sure that is. */
function entering(...door: Parameters<typeof doorFor>): Record<string, Tri> {
  const { nodes, steps } = doorFor(...door)
  const role = nodes.find(({ principal }) => principal?.kind === 'role')!
  return Object.fromEntries(
    nodes
      .filter(({ principal }) => principal === null)
      .map(({ name, index }) => [name, steps[index]!.map((step) => stepTo(step, role.index))[0]] as const)
      .filter((entry): entry is readonly [string, Tri] => entry[1] !== undefined),
  )
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
describe.each(['aws', 'aws-us-gov', 'aws-cn'])('in %s, of another account', (partition) => {
  const arnOf = (what: string, account = OTHER) => `arn:${partition}:iam::${account}:${what}`

  it('everybody enters who is let in by the account, also where a condition names it', () => {
    expect(entering(partition, { AWS: OTHER })).toEqual({ [OTHER]: YES })
    expect(entering(partition, { AWS: OTHER }, { ArnLike: { 'aws:PrincipalArn': arnOf('*') } })).toEqual({
      [OTHER]: YES,
    })
    expect(entering(partition, '*', { StringEquals: { 'aws:PrincipalAccount': OTHER } })).toEqual({ [OTHER]: YES })
  })

  it('somebody may enter where a condition, or a Deny, leaves only some of it', () => {
    const only = { ArnLike: { 'aws:PrincipalArn': arnOf('role/ci-*') } }
    expect(entering(partition, { AWS: arnOf('root') }, only)).toEqual({ [OTHER]: MAYBE })
    expect(entering(partition, '*', only)).toEqual({ [OTHER]: MAYBE })
    const spared = { ArnNotLike: { 'aws:PrincipalArn': arnOf('role/ci-*') } }
    const fence = { Effect: 'Deny', Principal: '*', Action: '*', Condition: spared }
    expect(entering(partition, { AWS: OTHER }, {}, fence)).toEqual({ [OTHER]: MAYBE })
  })

  it('nobody enters where a condition names others only', () => {
    const others = { ArnLike: { 'aws:PrincipalArn': arnOf('role/ci', '777788889999') } }
    expect(entering(partition, { AWS: OTHER }, others)).toEqual({})
  })
})

it('a step from another account says which condition it hangs on', () => {
  const graph = doorFor('aws', { AWS: OTHER }, { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${OTHER}:role/ci-*` } })
  const outsider = graph.nodes.find(({ name }) => name === OTHER)!
  const role = graph.nodes.find(({ principal }) => principal?.kind === 'role')!
  expect(hop(graph, outsider.index, role.index)).toMatchObject({
    technique: 'assume-role',
    decision: 'conditional',
    conditions: [{ operator: 'ArnLike', key: 'aws:PrincipalArn', effect: 'Allow' }],
  })
})
