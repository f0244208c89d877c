import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildDossiers } from '../dossiers.ts'
import { DEFAULT_CONFIG } from '../model/config.ts'
import { parsePolicy } from '../policy/parse.ts'
import { exampleSnapshot } from './example.ts'
import { CHECKS } from './index.ts'
import { limitsOn } from './limits.ts'
import { issuerOf, issuerUrlOf } from './oidc-issuers.ts'
import { runChecks } from './run.ts'
import { accountOf, isUniqueId } from './trust.ts'
import { isEveryAction, isWide } from './wide-grants.ts'

it('the account of a principal is known in every partition and spelling', () => {
  expect(accountOf('arn:aws:iam::111122223333:root')).toBe('111122223333')
  expect(accountOf('arn:aws-cn:sts::111122223333:assumed-role/x/y')).toBe('111122223333')
  expect(accountOf('111122223333')).toBe('111122223333')
  for (const none of ['*', 'arn:aws:iam::*:root', 'AROAJQABLZS4A3QDU576Q', 'arn:aws:iam', '', '1111222233334'])
    expect(accountOf(none), none).toBeNull()
  expect(isUniqueId('AIDAJQABLZS4A3QDU576Q')).toBe(true)
  expect(isUniqueId('arn:aws:iam::111122223333:user/AIDAJQABLZS4A3QDU576Q')).toBe(false)
})

it('an issuer is told from the provider, and SAML is none', () => {
  expect(issuerUrlOf('arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB')).toBe(
    'oidc.eks.eu-west-1.amazonaws.com/id/AB',
  )
  expect(issuerUrlOf('accounts.google.com')).toBe('accounts.google.com')
  expect(issuerUrlOf('arn:aws:iam::111122223333:saml-provider/okta')).toBeNull()
  expect(issuerOf('token.actions.githubusercontent.com').issuer.shared).toBe(true)
  expect(issuerOf('token.actions.githubusercontent.com/acme').issuer.shared).toBe(false)
  expect(issuerOf('evil-gitlab.com').known).toBe(false)
  expect(issuerOf('gitlab.com.evil.example').known).toBe(false)
})

describe('limits', () => {
  const of = (Condition: object, deny?: object) => {
    const allow = { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole', Condition }
    const policy = parsePolicy({ Statement: deny ? [allow, { Effect: 'Deny', Action: 'sts:*', ...deny }] : [allow] })
    return limitsOn('aws:PrincipalOrgID', policy.statements[0]!, policy, 'sts:AssumeRole')
  }

  it('come from conditions in any case, and say what they let pass', () => {
    expect(of({ stringequals: { 'AWS:principalorgid': 'o-1' } })).toEqual([
      { values: ['o-1'], wildcards: false, passesWhenMissing: false },
    ])
    expect(of({ StringLikeIfExists: { 'aws:PrincipalOrgID': 'o-1' } })[0]?.passesWhenMissing).toBe(true)
    expect(of({ 'ForAllValues:StringLike': { 'aws:PrincipalOrgID': 'o-1' } })[0]?.passesWhenMissing).toBe(true)
    expect(of({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgID': 'o-1' } })[0]?.passesWhenMissing).toBe(false)
  })

  it('do not come from what only excludes', () => {
    expect(of({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } })).toEqual([])
    expect(of({ Null: { 'aws:PrincipalOrgID': 'false' } })).toEqual([])
  })

  it('come from a Deny of all others, if it is about the same principals', () => {
    const Condition = { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } }
    expect(of({}, { Principal: '*', Condition })).toHaveLength(1)
    expect(of({}, { Principal: { AWS: '111122223333' }, Condition })).toEqual([])
  })
})

describe('width', () => {
  it('knows every spelling of all actions', () => {
    for (const all of ['*', '*:*', '**', '*:**', '?*:*']) expect(isEveryAction(all), all).toBe(true)
    for (const some of ['s3:*', 's*:*', '*:Get*', '?:?', 'iam:PassRole', ''])
      expect(isEveryAction(some), some).toBe(false)
  })

  it('keeps every resource that could stand for all, and drops what names something', () => {
    for (const wide of [
      '*',
      'arn:*',
      'arn:aws:s3:::*',
      'arn:aws:iam::*:role/*',
      'arn:aws:kms:*:1:*',
      'arn:aws:iam::1:r*',
    ])
      expect(isWide(wide), wide).toBe(true)
    for (const narrow of ['arn:aws:s3:::shop/*', 'arn:aws:iam::1:role/app-*', 'arn:aws:iam::1:user/*'])
      expect(isWide(narrow), narrow).toBe(false)
  })
})

describe('whatever the documents', () => {
  const condition = fc.constantFrom(
    {},
    { StringEquals: { 'aws:PrincipalOrgID': 'o-example123' } },
    { StringLike: { 'sts:ExternalId': '*' } },
    { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  )
  const trustStatement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Principal: fc.constantFrom('*', { AWS: '444455556666' }, { AWS: ['arn:aws:iam::777788889999:role/x', '*'] }),
    Action: fc.constantFrom('sts:AssumeRole', 'sts:*', '*'),
    Condition: condition,
  })
  const identityStatement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.constantFrom('*', 'iam:*', 'iam:PassRole', 's3:*', ['kms:*', 'sts:AssumeRole'], 'cloudtrail:*'),
    Resource: fc.constantFrom('*', 'arn:aws:iam::*:role/*', 'arn:aws:s3:::*', 'arn:aws:s3:::shop/*'),
    Condition: condition,
  })
  const judged = CHECKS.filter(({ group }) => group === 'trust' || group === 'policies')
  const findings = (trust: object[], identity: object[]) => {
    const snapshot = exampleSnapshot({
      roles: [{ roleName: 'r', trustPolicy: { Statement: trust } }],
      policies: [{ policyName: 'p', document: { Statement: identity } }],
    })
    const results = runChecks(judged, { snapshot, dossiers: buildDossiers(snapshot) }, DEFAULT_CONFIG, () => ({}))
    expect(results.notEvaluated).toEqual([])
    return results.findings.map(({ fingerprint }) => fingerprint).sort()
  }
  const documents = [fc.array(trustStatement, { maxLength: 4 }), fc.array(identityStatement, { maxLength: 4 })] as const

  it('the order of statements does not change what is found', () => {
    fc.assert(
      fc.property(...documents, (trust, identity) => {
        expect(findings([...trust].reverse(), [...identity].reverse())).toEqual(findings(trust, identity))
      }),
    )
  })

  it('a further Deny never adds a finding', () => {
    fc.assert(
      fc.property(...documents, trustStatement, identityStatement, (trust, identity, denyTrust, denyAction) => {
        const before = new Set(findings(trust, identity))
        const after = findings(
          [...trust, { ...denyTrust, Effect: 'Deny' }],
          [...identity, { ...denyAction, Effect: 'Deny' }],
        )
        for (const finding of after) expect(before).toContain(finding)
      }),
    )
  })

  it('a Deny of everything to everyone leaves nothing', () => {
    fc.assert(
      fc.property(...documents, (trust, identity) => {
        const nothing = findings(
          [...trust, { Effect: 'Deny', Principal: '*', Action: '*' }],
          [...identity, { Effect: 'Deny', Action: '*', Resource: '*' }],
        )
        expect(nothing).toEqual([])
      }),
    )
  })
})
