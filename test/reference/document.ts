/** A case as its file has it: see docs/policy.md. */
export interface CaseDocument {
  request: CaseRequest
  policies: CasePolicies
}

export interface CaseRequest {
  principal: string | { type: 'Anonymous' }
  action: string
  resource: string
  resourceAccount: string
  context: Record<string, string | string[]>
}

export interface CasePolicies {
  identity: PolicyDocument[]
  resource: PolicyDocument | null
  boundary: PolicyDocument[] | null
  session: PolicyDocument | null
  scps: LevelDocument[]
  rcps: LevelDocument[]
  endpoint: PolicyDocument | null
  managementAccount: string | null
}

export interface LevelDocument {
  level: string
  policies: PolicyDocument[]
}

export interface PolicyDocument {
  Version?: string
  Statement: StatementDocument[]
}

export interface StatementDocument {
  Effect: 'Allow' | 'Deny'
  Action?: string | string[]
  NotAction?: string | string[]
  Resource?: string | string[]
  NotResource?: string | string[]
  Principal?: '*' | PrincipalDocument
  NotPrincipal?: PrincipalDocument
  Condition?: Record<string, Record<string, string | string[]>>
}

export interface PrincipalDocument {
  AWS?: string | string[]
  Service?: string | string[]
}
