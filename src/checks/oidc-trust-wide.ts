import type { Severity } from '../model/finding.ts'
import type { Role } from '../model/snapshot.ts'
import type { ParsedPolicy, Statement } from '../policy/parse.ts'
import { NO } from '../policy/tri.ts'
import { tokenMayEnter } from '../reach/outsiders.ts'
import type { Check, CheckInput } from './check.ts'
import { hasWildcard, type Limit, limitsOn } from './limits.ts'
import { issuerOf, issuerUrlOf, type OidcIssuer } from './oidc-issuers.ts'
import { roleSubject } from './subjects.ts'
import { IAM_DETAILS, reviewDoors, trustCommands, WEB_IDENTITY } from './trust.ts'
import { cut } from './wording.ts'

export const oidcTrustWide: Check = {
  id: 'oidc-trust-wide',
  title: 'A role trusts an OIDC issuer without saying whose tokens',
  severity: 'high',
  group: 'federation',
  why: 'An issuer such as GitHub signs tokens for all its customers. A role that asks only for a valid token, and not whose it is, opens for the workflow of any stranger; one that names only the organization opens for its most forgotten repository.',
  fix: 'Limit `sub` with StringEquals to the exact repository and branch (or project, workspace, service account) that needs the role, or with StringLike where a part must vary, and `aud` to the audience you use.',
  needs: ['roles'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html',
    'https://docs.github.com/en/actions/reference/security/oidc',
  ],
  *run(input) {
    yield* reviewDoors(input, 'federated', function* (role, known, doors) {
      const worst = new Map<string, { problem: Problem; statement: Statement }>()
      const policy = known.trust!.policy!.parsed
      for (const door of doors)
        for (const principal of door.statement.principal?.federated ?? []) {
          const { statement } = door
          const url = issuerUrlOf(principal)
          if (url === null || tokenMayEnter(known, door, principal) === NO) continue
          const problem = problemOf(url, statement, policy, input, principal)
          const before = worst.get(url)
          if (problem && (!before || RANK[problem.severity] > RANK[before.problem.severity]))
            worst.set(url, { problem, statement })
        }
      for (const [url, { problem, statement }] of worst) yield flagOf(role, url, problem, statement)
    })
  },
  examples: {
    flagged: [
      {
        name: 'a GitHub trust without a condition on sub: any repository of anyone',
        account: {
          roles: [
            githubRole('deploy', { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } }),
          ],
        },
      },
      { name: 'a sub of any repository', account: { roles: [githubRole('deploy', github('StringLike', 'repo:*'))] } },
      {
        name: 'a sub whose organization is only a beginning, which strangers can register',
        account: { roles: [githubRole('deploy', github('StringLike', 'repo:acme*'))] },
      },
      {
        name: 'a sub of every repository of the organization',
        account: { roles: [githubRole('deploy', github('StringLike', 'repo:acme/*'))] },
      },
      {
        name: 'a wildcard that StringEquals takes literally, so that nobody gets in',
        account: { roles: [githubRole('deploy', github('StringEquals', 'repo:acme/shop:*'))] },
      },
      {
        name: 'a sub that begins with the environment, which any organization can choose',
        account: { roles: [githubRole('deploy', github('StringLike', 'environment:production:*'))] },
      },
      {
        name: 'a sub under ForAllValues, which also holds when the claim is missing',
        account: { roles: [githubRole('deploy', github('ForAllValues:StringLike', 'repo:acme/shop:*'))] },
      },
      {
        name: 'a sub under IfExists',
        account: {
          roles: [githubRole('deploy', github('StringEqualsIfExists', 'repo:acme/shop:ref:refs/heads/main'))],
        },
      },
      {
        name: 'a sub that is only forbidden for some',
        account: { roles: [githubRole('deploy', github('StringNotLike', 'repo:evil/*'))] },
      },
      {
        name: 'one wide sub beside a narrow one, as either is enough',
        account: {
          roles: [githubRole('deploy', github('StringLike', 'repo:acme/shop:*', 'repo:*:ref:refs/heads/main'))],
        },
      },
      {
        name: 'a trust without an audience',
        account: {
          roles: [
            githubRole('deploy', {
              StringEquals: { 'token.actions.githubusercontent.com:sub': 'repo:acme/shop:ref:refs/heads/main' },
            }),
          ],
        },
      },
      {
        name: 'a condition on the claims of another issuer',
        account: {
          roles: [
            oidcRole('deploy', 'arn:aws:iam::111122223333:oidc-provider/gitlab.com', {
              StringEquals: {
                'token.actions.githubusercontent.com:sub': 'repo:acme/shop:ref:refs/heads/main',
                'gitlab.com:aud': 'https://gitlab.com',
              },
            }),
          ],
        },
      },
      {
        name: 'any service account of an EKS cluster',
        account: {
          roles: [
            oidcRole('pod', 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCD', {
              StringEquals: { 'oidc.eks.eu-west-1.amazonaws.com/id/ABCD:aud': 'sts.amazonaws.com' },
            }),
          ],
        },
      },
      {
        name: 'any organization of HCP Terraform',
        account: {
          roles: [
            oidcRole('plan', 'arn:aws:iam::111122223333:oidc-provider/app.terraform.io', {
              StringEquals: { 'app.terraform.io:aud': 'aws.workload.identity' },
              StringLike: { 'app.terraform.io:sub': 'organization:*:project:web:workspace:*:run_phase:*' },
            }),
          ],
        },
      },
      {
        name: 'Cognito without an identity pool',
        account: { roles: [oidcRole('app', 'cognito-identity.amazonaws.com', {})] },
      },
      {
        name: 'an identity pool that lets guests in too',
        account: {
          roles: [
            oidcRole('app', 'cognito-identity.amazonaws.com', {
              StringEquals: { 'cognito-identity.amazonaws.com:aud': 'us-east-1:12345678-abcd-1234-abcd-1234567890ab' },
            }),
          ],
        },
      },
      {
        name: 'an issuer that is not known, with neither sub nor aud',
        account: {
          roles: [
            oidcRole('app', 'arn:aws:iam::111122223333:oidc-provider/ci.example.com', {
              Bool: { 'aws:SecureTransport': 'true' },
            }),
          ],
        },
      },
    ],
    clean: [
      {
        name: 'one branch of one repository',
        account: {
          roles: [githubRole('deploy', github('StringEquals', 'repo:acme/shop:ref:refs/heads/main'))],
        },
      },
      {
        name: 'any branch of one repository',
        account: { roles: [githubRole('deploy', github('StringLike', 'repo:acme/shop:*'))] },
      },
      {
        name: 'a workflow of one repository, and a repository by its ID, in a sub of the organization’s own making',
        account: {
          roles: [
            githubRole('a', github('StringLike', 'job_workflow_ref:acme/build/.github/workflows/deploy.yml@*')),
            githubRole('b', github('StringLike', 'repository_id:123456:*')),
            githubRole('c', github('StringLike', 'repo:acme@1234/shop@5678:*')),
          ],
        },
      },
      {
        name: 'keys and operators in another case',
        account: {
          roles: [
            githubRole('deploy', {
              stringequals: {
                'Token.Actions.GithubUserContent.com:AUD': 'sts.amazonaws.com',
                'Token.Actions.GithubUserContent.com:SUB': 'repo:acme/shop:environment:production',
              },
            }),
          ],
        },
      },
      {
        name: 'a wide Allow whose other tokens a Deny takes away',
        account: {
          roles: [
            {
              roleName: 'deploy',
              trustPolicy: {
                Statement: [
                  {
                    Effect: 'Allow',
                    Principal: {
                      Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com',
                    },
                    Action: WEB_IDENTITY,
                    Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } },
                  },
                  {
                    Effect: 'Deny',
                    Principal: '*',
                    Action: 'sts:*',
                    Condition: { StringNotLike: { 'token.actions.githubusercontent.com:sub': 'repo:acme/shop:*' } },
                  },
                ],
              },
            },
          ],
        },
      },
      {
        name: 'ForAllValues together with Null: false',
        account: {
          roles: [
            githubRole('deploy', {
              'ForAllValues:StringEquals': {
                'token.actions.githubusercontent.com:sub': 'repo:acme/shop:ref:refs/heads/main',
              },
              Null: { 'token.actions.githubusercontent.com:sub': 'false' },
              StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
            }),
          ],
        },
      },
      {
        name: 'one service account of an EKS cluster',
        account: {
          roles: [
            oidcRole('pod', 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCD', {
              StringEquals: {
                'oidc.eks.eu-west-1.amazonaws.com/id/ABCD:aud': 'sts.amazonaws.com',
                'oidc.eks.eu-west-1.amazonaws.com/id/ABCD:sub': 'system:serviceaccount:web:shop',
              },
            }),
          ],
        },
      },
      {
        name: 'Pulumi, which names the organization in the audience',
        account: {
          roles: [
            oidcRole('deploy', 'arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc', {
              StringEquals: { 'api.pulumi.com/oidc:aud': 'aws:acme' },
            }),
          ],
        },
      },
      {
        name: 'any repository that gives its session two names at once, so that none gets in',
        account: {
          roles: [
            {
              roleName: 'closed',
              trustPolicy: {
                Version: '2012-10-17',
                Statement: [
                  ...githubRole('', { StringEquals: { 'sts:RoleSessionName': 'a' } }).trustPolicy.Statement,
                  {
                    Effect: 'Deny',
                    Principal: '*',
                    Action: 'sts:AssumeRoleWithWebIdentity',
                    Condition: { StringNotEquals: { 'sts:RoleSessionName': 'b' } },
                  },
                ],
              },
            },
          ],
        },
      },
      {
        name: 'a SAML trust',
        account: {
          roles: [
            {
              roleName: 'sso',
              trustPolicy: {
                Statement: [
                  {
                    Effect: 'Allow',
                    Principal: { Federated: 'arn:aws:iam::111122223333:saml-provider/okta' },
                    Action: 'sts:AssumeRoleWithSAML',
                  },
                ],
              },
            },
          ],
        },
      },
    ],
  },
}

interface Problem {
  severity: Severity
  because: string
  /** What the policy says of the claims, as evidence. */
  claims: string
  issuer: OidcIssuer
}

const RANK: Record<Severity, number> = { critical: 4, high: 3, medium: 2, low: 1, info: 0 }

function flagOf(role: Role, url: string, { severity, because, claims, issuer }: Problem, statement: Statement) {
  return {
    subject: roleSubject(role),
    because,
    severity,
    evidence: [
      { fact: 'trusts', value: url, source: IAM_DETAILS },
      {
        fact: statement.sid ? `conditions of statement ${statement.sid}` : 'conditions',
        value: claims,
        source: IAM_DETAILS,
      },
    ],
    ...(issuer.example
      ? {
          fix: `Limit \`${url}:sub\` to what needs the role, such as \`${issuer.example}\`, and \`${url}:aud\` to your audience. Check with the consumer's next run.`,
        }
      : {}),
    commands: trustCommands(role),
    distinguish: url,
  }
}

function problemOf(
  url: string,
  statement: Statement,
  policy: ParsedPolicy,
  { snapshot }: CheckInput,
  principal: string,
): Problem | null {
  const { issuer, known } = issuerOf(url)
  const limits = (claim: string) => limitsOn(`${url}:${claim}`, statement, policy, WEB_IDENTITY)
  const claims = describe(statement, url)
  const problem = (severity: Severity, because: string): Problem => ({ severity, because, claims, issuer })
  const widths = [
    ...issuer.claims.map((claim) => widthOf(limits(claim), issuer, claim)),
    ...Object.entries(issuer.otherClaims).map(([claim, opens]) =>
      atLeast(widthOf(limits(claim), issuer, claim), opens),
    ),
  ]
  const width = widths.reduce((a, b) => (ORDER[b.opens] < ORDER[a.opens] ? b : a))
  const wanted = issuer.claims.map((claim) => `\`${claim}\``).join(' or ')
  const audience = limits('aud').some((limit) => widthOf([limit], issuer, 'aud').opens !== 'any')

  if (width.opens === 'nothing')
    return problem(
      'low',
      `asks for \`${cut(width.value ?? '', 160)}\` with an operator that takes \`*\` literally: no token of ${issuer.name} matches, so the trust is broken`,
    )
  if (width.opens === 'any') {
    const who =
      width.value === null
        ? `nothing limits ${wanted}: ${issuer.anyone} gets in`
        : `${wanted} may be \`${cut(width.value ?? '', 160)}\`: ${issuer.anyone} gets in, if the name fits`
    return problem(issuer.shared ? 'critical' : known ? 'medium' : audience ? 'low' : 'high', who)
  }
  if (width.passesWhenMissing)
    return problem('medium', `${wanted} is limited by a condition that also holds when the claim is missing`)
  if (width.opens === 'tenant')
    return problem(
      issuer.shared ? 'medium' : 'low',
      `lets in ${issuer.wholeTenant}: \`${cut(width.value ?? '', 160)}\``,
    )
  if (url.toLowerCase() === 'cognito-identity.amazonaws.com' && limits('amr').length === 0)
    return problem('medium', 'nothing limits `amr`, so guests of the identity pool get in like users who signed in')
  if (issuer.audience && !audience) {
    const clients = snapshot.oidcProviders.find(({ arn }) => arn === principal)?.clientIds
    // AWS itself demands that the audience is one of the provider's
    return clients?.length === 1
      ? problem(
          'info',
          `nothing limits \`aud\`; only ${clients[0]} gets in, as long as the provider has no other audience`,
        )
      : problem('low', 'nothing limits `aud`: tokens made for other audiences of the provider get in')
  }
  return null
}

/** How many a limit lets in; `nothing`: its values match no token. */
type Opens = 'nothing' | 'unit' | 'tenant' | 'any'
const ORDER: Record<Opens, number> = { nothing: 0, unit: 1, tenant: 2, any: 3 }

interface Width {
  opens: Opens
  /** The value that opens most; null: no limit. */
  value: string | null
  passesWhenMissing: boolean
}

/** All limits hold at once: the narrowest counts. Within one, any value will do: the widest counts. */
function widthOf(limits: readonly Limit[], issuer: OidcIssuer, claim: string): Width {
  let narrowest: Width = { opens: 'any', value: null, passesWhenMissing: false }
  for (const { values, wildcards, passesWhenMissing } of limits) {
    let widest: Width = { opens: 'nothing', value: values[0] ?? '', passesWhenMissing }
    for (const value of values) {
      const opens = opensOf(value, wildcards, issuer, claim)
      if (ORDER[opens] > ORDER[widest.opens]) widest = { opens, value, passesWhenMissing }
    }
    if (
      narrowest.value === null ||
      ORDER[widest.opens] < ORDER[narrowest.opens] ||
      (widest.opens === narrowest.opens && !widest.passesWhenMissing)
    )
      narrowest = widest
  }
  return narrowest
}

function opensOf(value: string, wildcards: boolean, issuer: OidcIssuer, claim: string): Opens {
  if (!hasWildcard(value)) return 'unit'
  if (!wildcards) return value.includes('*') ? 'nothing' : 'unit'
  const fixed = value.slice(0, value.search(/[*?]/))
  if (claim !== 'sub' || !issuer.tenant) return fixed === '' ? 'any' : 'unit'
  if (!issuer.tenant.test(fixed)) return 'any'
  return issuer.unit && !issuer.unit.test(fixed) ? 'tenant' : 'unit'
}

function atLeast(width: Width, opens: 'tenant' | 'unit'): Width {
  return width.opens === 'unit' && opens === 'tenant' ? { ...width, opens } : width
}

/** The statement's conditions on the issuer's claims, in one line. */
function describe({ conditions }: Statement, url: string): string {
  const own = conditions.filter(({ key }) => key.toLowerCase().startsWith(`${url.toLowerCase()}:`))
  if (own.length === 0) return 'none'
  const clauses = own.map(
    ({ operator, key, values }) => `${operator} ${key.slice(url.length + 1)}: ${values.join(', ')}`,
  )
  return cut(clauses.join('; '), 500)
}

// for the examples

function oidcRole(roleName: string, federated: string, condition: object) {
  return {
    roleName,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Federated: federated }, Action: WEB_IDENTITY, Condition: condition }],
    },
  }
}

function githubRole(roleName: string, condition: object) {
  return oidcRole(roleName, 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com', condition)
}

/** A condition on `sub`, and the usual one on `aud`. */
function github(operator: string, ...sub: string[]) {
  const audience = { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' }
  const subject = { 'token.actions.githubusercontent.com:sub': sub }
  return operator === 'StringEquals'
    ? { StringEquals: { ...audience, ...subject } }
    : { StringEquals: audience, [operator]: subject }
}
