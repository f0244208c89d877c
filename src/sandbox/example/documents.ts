/** Policy documents in few words. */

export interface PolicyStatement {
  Sid?: string
  Effect: 'Allow' | 'Deny'
  Action?: string | readonly string[]
  NotAction?: string | readonly string[]
  Resource?: string | readonly string[]
  NotResource?: string | readonly string[]
  Principal?: string | Record<string, string | readonly string[]>
  Condition?: Condition
}

export type Condition = Record<string, Record<string, string | readonly string[]>>

export interface PolicyDocument {
  Version: '2012-10-17'
  Statement: PolicyStatement[]
}

export function policyOf(...statements: PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements }
}

export function allow(
  action: string | readonly string[],
  resource: string | readonly string[] = '*',
  condition?: Condition,
): PolicyStatement {
  return { Effect: 'Allow', Action: action, Resource: resource, ...(condition && { Condition: condition }) }
}

export function deny(
  action: string | readonly string[],
  resource: string | readonly string[] = '*',
  condition?: Condition,
): PolicyStatement {
  return { Effect: 'Deny', Action: action, Resource: resource, ...(condition && { Condition: condition }) }
}

/** `actionsOf('s3', 'GetObject PutObject')`: `s3:GetObject`, `s3:PutObject`. */
export function actionsOf(service: string, names: string): string[] {
  return names.split(' ').map((name) => `${service}:${name}`)
}

/** Who may assume a role. */
export function trustOf(...statements: PolicyStatement[]): PolicyDocument {
  return policyOf(...statements)
}

export function trustService(service: string | readonly string[], condition?: Condition): PolicyStatement {
  return assume('sts:AssumeRole', { Service: service }, condition)
}

export function trustAws(principal: string | readonly string[], condition?: Condition): PolicyStatement {
  return assume('sts:AssumeRole', { AWS: principal }, condition)
}

export function trustOidc(providerArn: string, condition?: Condition): PolicyStatement {
  return assume('sts:AssumeRoleWithWebIdentity', { Federated: providerArn }, condition)
}

export function trustSaml(providerArn: string): PolicyStatement {
  return assume(
    ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
    { Federated: providerArn },
    { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
  )
}

function assume(
  action: string | string[],
  principal: Record<string, string | readonly string[]>,
  condition?: Condition,
): PolicyStatement {
  return { Effect: 'Allow', Principal: principal, Action: action, ...(condition && { Condition: condition }) }
}
