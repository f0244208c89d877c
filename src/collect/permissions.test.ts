import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ACCOUNT_CONFIG_CALLS } from './account-config/config-readers.ts'
import { ALL_CALLS, accountScanPolicy, auditRole, collectionPolicy } from './permissions.ts'

describe('the collection policy', () => {
  it('is what the collectors call, sorted, and reads only', () => {
    const { Version, Statement } = collectionPolicy()
    const [statement] = Statement
    expect(Version).toBe('2012-10-17')
    expect(statement!.Resource).toBe('*')
    expect(statement!.Action).toEqual([...new Set(statement!.Action)].sort())
    // GenerateCredentialReport makes AWS write a report; it changes nothing of the account.
    for (const action of statement!.Action)
      expect(action).toMatch(/^[a-z0-9-]+:(Get|List|Describe|BatchGet)[A-Za-z]+$|^iam:GenerateCredentialReport$/)
    expect(statement!.Action).toContain('iam:GetAccountAuthorizationDetails')
    expect(statement!.Action).toContain('account:GetAlternateContact')
    expect(statement!.Action).toContain('access-analyzer:ListAnalyzers')
  })

  it('has what an option needs only with the option', () => {
    expect(collectionPolicy().Statement[0]!.Action).not.toContain('iam:ListSSHPublicKeys')
    expect(collectionPolicy({ sshKeys: true }).Statement[0]!.Action).toContain('iam:ListSSHPublicKeys')
    expect(collectionPolicy().Statement[0]!.Action).toContain('lambda:ListFunctions')
    expect(collectionPolicy({ workloads: false }).Statement[0]!.Action).not.toContain('lambda:ListFunctions')
  })

  it('lets the management account look at root’s keys only with the option, and do nothing else as root', () => {
    expect(collectionPolicy().Statement).toHaveLength(1)
    const [read, root] = collectionPolicy({ rootKeys: true }).Statement
    expect(read!.Action).not.toContain('sts:AssumeRoot')
    expect(root).toMatchObject({
      Action: ['sts:AssumeRoot'],
      Resource: '*',
      Condition: { StringLike: { 'sts:TaskPolicyArn': 'arn:*:iam::aws:policy/root-task/IAMAuditRootUserCredentials' } },
    })
  })

  it('has what scanning the account needs only when that is wanted, and nothing of it writes or decrypts', () => {
    const plain = collectionPolicy().Statement[0]!.Action
    const both = collectionPolicy({ scanAccount: true }).Statement[0]!.Action
    const scan = accountScanPolicy().Statement[0]!.Action
    expect(plain).not.toContain('lambda:GetFunction')
    expect(both).toEqual([...new Set([...plain, ...scan])].sort())
    expect(scan).toContain('ec2:DescribeRegions')
    for (const action of scan) expect(action).toMatch(/^[a-z0-9-]+:(Get|List|Describe|BatchGet)[A-Za-z]+$/)
    // the limit of an inline policy of a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(JSON.stringify(collectionPolicy({ scanAccount: true, sshKeys: true })).length).toBeLessThan(10_240)
  })

  it('names calls that the SDK has', async () => {
    for (const { service, operation } of [...ALL_CALLS, ...ACCOUNT_CONFIG_CALLS]) {
      const name = service === 'elasticbeanstalk' ? 'elastic-beanstalk' : service
      const sdk: object = await import(`@aws-sdk/client-${name}`)
      expect(sdk, service).toHaveProperty(`${operation}Command`)
    }
  })
})

/** CloudFormation's short forms (`!Ref X`) as `{ Ref: X }`. */
const customTags = ['Ref', 'Sub', 'GetAtt', 'If', 'Not', 'Equals'].flatMap((name) => [
  { tag: `!${name}`, resolve: (value: string) => ({ [name]: value }) },
  {
    tag: `!${name}`,
    collection: 'seq' as const,
    resolve: (value: { toJSON(): unknown }) => ({ [name]: value.toJSON() }),
  },
])

describe('the audit role', () => {
  it('is a CloudFormation template with the same policy', () => {
    const template = parse(auditRole('cloudformation', { trustedAccountId: '111122223333', externalId: 'x-1' }), {
      customTags: customTags as never,
    })
    expect(template.Parameters.TrustedAccountId.Default).toBe('111122223333')
    expect(template.Parameters.ExternalId.Default).toBe('x-1')
    const { Properties } = template.Resources.KeyreeveAudit
    expect(Properties.Policies[0].PolicyDocument).toEqual(collectionPolicy())
    const [trust] = Properties.AssumeRolePolicyDocument.Statement
    expect(trust).toMatchObject({
      Action: 'sts:AssumeRole',
      Principal: { AWS: { Sub: expect.stringMatching(/^arn:\$\{AWS::Partition\}:iam::\$\{TrustedAccountId\}:root$/) } },
    })
    expect(JSON.stringify(trust.Condition)).toContain('"sts:ExternalId"')
  })

  it('asks for the account where none is given', () => {
    const template = parse(auditRole('cloudformation'), { customTags: customTags as never })
    expect(template.Parameters.TrustedAccountId).not.toHaveProperty('Default')
    expect(auditRole('terraform')).toMatch(
      /variable "trusted_account_id" \{\n {2}type {8}= string\n {2}description = "[^"]+"\n\}/,
    )
  })

  it('is Terraform with the same policy, its brackets and quotes closed', () => {
    for (const options of [{}, { trustedAccountId: '111122223333', externalId: 'x-1', sshKeys: true }]) {
      const hcl = auditRole('terraform', options)
      const actions = [...hcl.matchAll(/^ {8}"([^"]+)",$/gm)].map(([, action]) => action)
      expect(actions).toEqual(collectionPolicy(options).Statement[0]!.Action)
      const open: string[] = []
      for (const char of hcl.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/^#.*$/gm, '')) {
        if ('{[('.includes(char)) open.push(char)
        if ('}])'.includes(char)) expect(open.pop()).toBe('{[('['}])'.indexOf(char)])
        expect(char).not.toBe('"')
      }
      expect(open).toEqual([])
      expect(hcl.includes('sts:ExternalId')).toBe('externalId' in options)
    }
  })

  it('takes nothing that could be more than an account ID or an external ID', () => {
    expect(() => auditRole('terraform', { trustedAccountId: '1111"' })).toThrow('the trusted account is no account ID')
    for (const externalId of ['a"b', '$' + '{x}', "x'y", 'a\nb', 'x'])
      expect(() => auditRole('cloudformation', { externalId })).toThrow('the external ID is none that AWS accepts')
  })
})
