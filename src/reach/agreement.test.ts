/** Steps are found for many at once, by what policies single out: here, the engine is asked about every pair by itself. */
import { expect, it } from 'vitest'
import { randomFrom } from '../../test/reference/generate.ts'
import { EXAMPLE_ACCOUNT, exampleSnapshot } from '../checks/example.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { and, NO, or, type Tri } from '../policy/tri.ts'
import { letIn } from './admin.ts'
import { may } from './ask.ts'
import { type EstatePrincipal, openEstate } from './estate.ts'
import { buildGraph } from './graph.ts'
import { stepTo } from './steps.ts'
import { isChangeable } from './terrain.ts'
import { assumeRole } from './trust-steps.ts'

const OTHER = '444455556666'

const ACTIONS = [
  'sts:AssumeRole',
  'sts:*',
  'iam:CreateAccessKey',
  'IAM:createaccesskey',
  'iam:*AccessKey',
  'iam:Create*',
  'iam:CreateLoginProfile',
  'iam:UpdateAssumeRolePolicy',
  'iam:Update*',
  'iam:Get*',
  'iam:AddUserToGroup',
]
const NAMES = ['ana', 'ben', 'Ana', 'ci-1', 'ci-2', 'x']
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables
const PATTERNS = [
  ...NAMES,
  '*',
  'ci-*',
  '?na',
  '*a*',
  '*g',
  '????????????????',
  'ci/*',
  'a/b/*',
  'a/*/ci-1',
  '${aws:username}',
  '${aws:PrincipalTag/team}',
  '${aws:PrincipalTag/team}-*',
]
const CONDITIONS = [
  { StringEquals: { 'aws:PrincipalTag/team': 'ci' } },
  { StringNotEquals: { 'aws:PrincipalTag/team': 'ci' } },
  { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${EXAMPLE_ACCOUNT}:role/ci-*` } },
  { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${EXAMPLE_ACCOUNT}:user/*` } },
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
  { StringLike: { 'aws:username': 'a*' } },
  { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
  { StringEquals: { 'aws:PrincipalAccount': OTHER } },
  { StringEquals: { 'sts:ExternalId': 'x' } },
  { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
  { StringEquals: { 'iam:ResourceTag/team': 'ci' } },
  { Null: { 'aws:PrincipalTag/team': 'true' } },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables

/** An account of users and roles whose policies single each other out in every way. */
function randomAccount(random: () => number): Snapshot {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const some = <T>(most: number, make: (i: number) => T) =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, (_, i) => make(i))
  const arn = (what: string, account = EXAMPLE_ACCOUNT) => `arn:aws:iam::${account}:${what}`
  const resource = () => {
    const what = `${one(['user', 'role', '*'])}/${one(PATTERNS)}`
    return one(['*', arn(what), arn(what), arn(what, '*'), arn('*'), arn(what, OTHER), 'arn:*:iam::*:role/*'])
  }
  const condition = () => (random() < 0.4 ? { Condition: one(CONDITIONS) } : {})
  const effect = () => one(['Allow', 'Allow', 'Allow', 'Deny'])
  const statement = () => {
    const Effect = effect()
    // an Allow of all but a list makes administrators
    const action = Effect === 'Deny' && random() < 0.3 ? 'NotAction' : 'Action'
    return {
      Effect,
      [action]: [one(ACTIONS), ...some(1, () => one(ACTIONS))],
      [one(['Resource', 'Resource', 'NotResource'])]: [resource(), ...some(1, resource)],
      ...condition(),
    }
  }
  const document = () => ({
    Version: one(['2012-10-17', '2012-10-17', '2008-10-17']),
    Statement: [statement(), ...some(2, statement)],
  })
  const trusted = () =>
    one([
      '*',
      { AWS: EXAMPLE_ACCOUNT },
      { AWS: OTHER },
      { AWS: [arn(`user/${one(NAMES)}`, OTHER), arn(`role/${one(NAMES)}`, OTHER)] },
      { AWS: arn(`user/${one(NAMES)}`) },
      { AWS: arn(`role/${one(NAMES)}`) },
      { AWS: `arn:aws:sts::${EXAMPLE_ACCOUNT}:assumed-role/ci-1/session` },
    ])
  const door = () => ({ Effect: effect(), Principal: trusted(), Action: 'sts:AssumeRole', ...condition() })
  const common = () => ({
    path: one(['/', '/ci/', '/a/b/']),
    tags: one([{}, { team: 'ci' }, { team: 'x' }, { team: 'ana' }] as Record<string, string>[]),
    inlinePolicies: some(2, (i) => ({ policyName: `p${i}`, policyDocument: document() })),
    ...(random() < 0.2 ? { permissionsBoundary: arn('policy/bound') } : {}),
  })
  return exampleSnapshot({
    users: NAMES.slice(0, 4).map((userName) => ({ userName, ...common() })),
    roles: ['ana', 'ci-1', 'ci-2', 'x'].map((roleName) => ({
      roleName,
      ...common(),
      trustPolicy: { Version: '2012-10-17', Statement: [door(), ...some(1, door)] },
    })),
    policies: [{ policyName: 'bound', document: document() }],
  })
}

/** The same account by the other's number, and the other way round. */
function swapped(snapshot: Snapshot): Snapshot {
  const numbers: Record<string, string> = { [EXAMPLE_ACCOUNT]: OTHER, [OTHER]: EXAMPLE_ACCOUNT }
  const text = JSON.stringify(snapshot).replace(/111122223333|444455556666/g, (number) => numbers[number]!)
  return JSON.parse(text) as Snapshot
}

/** Whether one becomes the other by a call or two: users have neither keys nor passwords, and nothing runs. */
function asked(from: EstatePrincipal, to: EstatePrincipal): Tri {
  if (from.account !== to.account) return to.kind === 'role' ? assumeRole(from, to) : NO
  const on = (action: string) => may(from, { action, resource: to.arn })
  if (to.kind === 'user') return or(on('iam:CreateAccessKey'), on('iam:CreateLoginProfile'))
  const welcome = { action: 'sts:AssumeRole', resource: to.arn, resourcePolicy: letIn({ AWS: from.arn }) }
  const rewritten = isChangeable(to) ? and(on('iam:UpdateAssumeRolePolicy'), may(from, welcome)) : NO
  return or(assumeRole(from, to), rewritten)
}

it('the graph has a step exactly where the engine lets one become the other', () => {
  const random = randomFrom(20260105)
  const found = [0, 0, 0]
  for (let i = 0; i < 150; i++) {
    const accounts = [randomAccount(random), swapped(randomAccount(random))]
    const { estate, full, steps } = buildGraph(openEstate(accounts))
    const people = estate.principals.filter(({ kind, index }) => kind !== 'root' && full[index] === NO)
    for (const from of people)
      for (const to of people) {
        if (from === to) continue
        const expected = asked(from, to)
        const step = steps[from.index]!.map((it) => stepTo(it, to.index)).reduce(or, NO)
        found[expected]!++
        if (step !== expected) expect([i, from.arn, to.arn, step]).toEqual([i, from.arn, to.arn, expected])
      }
  }
  for (const count of found) expect(count).toBeGreaterThan(500)
})
