/**
 * Who issues OIDC tokens, and which claim of a token says whose it is. AWS checks the signature and the audience of a
 * token; everything else is up to the conditions of the role's trust policy.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
 */

export interface OidcIssuer {
  name: string
  /** Whether all customers of the issuer get their tokens from this URL. */
  shared: boolean
  /** Whether it signs people in, rather than workloads. */
  people: boolean
  /** The claims of which at least one must be limited. */
  claims: readonly string[]
  /** Other claims that say as much, and how much of a tenant they leave open. */
  otherClaims: Readonly<Record<string, 'tenant' | 'unit'>>
  /** What the fixed start of `sub` must hold to name one tenant (an organization, a namespace). */
  tenant: RegExp | null
  /** What it must hold to name one unit of it (a repository, a service account). */
  unit: RegExp | null
  /** Who gets in when nothing limits it. */
  anyone: string
  /** Who gets in when only the tenant is fixed. */
  wholeTenant: string
  /** A `sub` as it should be. */
  example: string | null
  /** Whether the trust policy should name the audience too. */
  audience: boolean
}

const CI: Omit<OidcIssuer, 'name' | 'anyone' | 'wholeTenant' | 'example'> = {
  shared: true,
  people: false,
  claims: ['sub'],
  otherClaims: {},
  tenant: null,
  unit: null,
  audience: true,
}

// `sub` is `repo:ORG/REPO:…`, or begins with other claims, if an organization chose so. One that begins with, say,
// `environment:` names nobody: any organization can choose that too.
const GITHUB_TENANT =
  /^(repo(sitory)?:[^/]+\/|repository_owner(_id)?:[^:]+:|repository_id:[^:]+:|job_workflow_ref:[^/]+\/)/
const GITHUB_UNIT = /^(repo(sitory)?:[^/]+\/[^:]+:|repository_id:[^:]+:|job_workflow_ref:[^/]+\/[^/]+\/)/

/** By the URL, in order. */
const ISSUERS: readonly (readonly [start: string | RegExp, issuer: OidcIssuer])[] = [
  [
    // an enterprise can have a URL of its own below this one
    /^token\.actions\.githubusercontent\.com\/./,
    {
      ...CI,
      name: 'GitHub Actions (enterprise)',
      shared: false,
      tenant: GITHUB_TENANT,
      unit: GITHUB_UNIT,
      anyone: 'any repository of the enterprise',
      wholeTenant: 'every repository of an organization',
      example: 'repo:ORGANIZATION/REPOSITORY:ref:refs/heads/main',
    },
  ],
  [
    'token.actions.githubusercontent.com',
    {
      ...CI,
      name: 'GitHub Actions',
      otherClaims: {
        repository: 'unit',
        repository_id: 'unit',
        job_workflow_ref: 'unit',
        repository_owner: 'tenant',
        repository_owner_id: 'tenant',
        enterprise_id: 'tenant',
      },
      tenant: GITHUB_TENANT,
      unit: GITHUB_UNIT,
      anyone: 'any GitHub repository of anyone',
      wholeTenant: 'every repository of an organization, also new and forgotten ones',
      example: 'repo:ORGANIZATION/REPOSITORY:ref:refs/heads/main',
    },
  ],
  [
    'gitlab.com',
    {
      ...CI,
      name: 'GitLab',
      tenant: /^project_path:[^/]+\//,
      unit: /^project_path:[^/]+\/[^:]+:/,
      anyone: 'any GitLab project of anyone',
      wholeTenant: 'every project of a group',
      example: 'project_path:GROUP/PROJECT:ref_type:branch:ref:main',
    },
  ],
  [
    'app.terraform.io',
    {
      ...CI,
      name: 'HCP Terraform',
      tenant: /^organization:[^:]+:/,
      unit: /^organization:[^:]+:project:[^:]+:/,
      anyone: 'any workspace of any organization of HCP Terraform',
      wholeTenant: 'every project of an organization',
      example: 'organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:apply',
    },
  ],
  [
    'agent.buildkite.com',
    {
      ...CI,
      name: 'Buildkite',
      tenant: /^organization:[^:]+:/,
      unit: /^organization:[^:]+:pipeline:[^:]+:/,
      anyone: 'any pipeline of any Buildkite organization',
      wholeTenant: 'every pipeline of an organization',
      example: 'organization:ORGANIZATION:pipeline:PIPELINE:ref:refs/heads/main:*',
    },
  ],
  [
    /^oidc\.circleci\.com\/org\//,
    {
      ...CI,
      name: 'CircleCI',
      shared: false, // the URL names the organization
      tenant: /^org\/[^/]+\/project\/[^/]+\//,
      anyone: 'any project of the CircleCI organization',
      wholeTenant: 'every user of a project',
      example: 'org/ORGANIZATION_ID/project/PROJECT_ID/user/*',
    },
  ],
  [
    /^api\.bitbucket\.org\/2\.0\/workspaces\//,
    {
      ...CI,
      name: 'Bitbucket Pipelines',
      shared: false, // the URL names the workspace
      tenant: /^\{?[0-9a-fA-F-]{36}\}?[:*]?/,
      anyone: 'any repository of the Bitbucket workspace',
      wholeTenant: 'every environment of a repository',
      example: '{REPOSITORY_UUID}:*',
    },
  ],
  [
    /^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/id\//,
    {
      ...CI,
      name: 'an EKS cluster',
      shared: false,
      tenant: /^system:serviceaccount:[^:]+:/,
      unit: /^system:serviceaccount:[^:]+:./,
      anyone: 'any pod of the cluster',
      wholeTenant: 'every service account of a namespace',
      example: 'system:serviceaccount:NAMESPACE:SERVICE_ACCOUNT',
    },
  ],
  [
    'oidc.vercel.com',
    {
      ...CI,
      name: 'Vercel',
      claims: ['sub', 'aud'],
      tenant: /^owner:[^:]+:/,
      unit: /^owner:[^:]+:project:[^:]+:/,
      anyone: 'any project of any Vercel team',
      wholeTenant: 'every project of a team',
      example: 'owner:TEAM:project:PROJECT:environment:production',
    },
  ],
  [
    /^oidc\.vercel\.com\/./,
    {
      ...CI,
      name: 'Vercel',
      shared: false, // the URL names the team
      claims: ['sub', 'aud'],
      tenant: /^owner:[^:]+:project:[^:]+:/,
      anyone: 'any project of the Vercel team',
      wholeTenant: 'every environment of a project',
      example: 'owner:TEAM:project:PROJECT:environment:production',
    },
  ],
  ...(
    [
      ['oidc.codefresh.io', 'Codefresh', 'sub'],
      ['scalr.io', 'Scalr', 'sub'],
      ['vstoken.actions.githubusercontent.com', 'GitHub Actions (old URL)', 'sub'],
      ['oidc-configuration.audit-log.githubusercontent.com', 'GitHub audit log streaming', 'sub'],
      ['studio.datachain.ai/api', 'DVC Studio', 'sub'],
      ['tokens.cloud.shisho.dev', 'Shisho Cloud', 'sub'],
      ['proidc.upbound.io', 'Upbound', 'sub'],
      ['api.pulumi.com/oidc', 'Pulumi Cloud', 'aud'],
      ['sandboxes.cloud', 'sandboxes.cloud', 'aud'],
    ] as const
  ).map(
    ([url, name, claim]) =>
      [
        url,
        {
          ...CI,
          name,
          claims: [claim],
          tenant: null,
          anyone: `any customer of ${name}`,
          wholeTenant: 'a whole organization',
          example: null,
          audience: claim !== 'aud',
        },
      ] as const,
  ),
  [
    'accounts.google.com',
    {
      ...CI,
      name: 'Google',
      people: true,
      claims: ['aud', 'sub', 'oaud', 'email'],
      tenant: null,
      anyone: 'anyone with a Google account',
      wholeTenant: 'a whole domain',
      example: null,
      audience: false,
    },
  ],
  [
    'cognito-identity.amazonaws.com',
    {
      ...CI,
      name: 'Amazon Cognito',
      claims: ['aud', 'sub'],
      tenant: null,
      anyone: 'anyone with an identity pool in any AWS account',
      wholeTenant: 'a whole identity pool',
      example: null,
      audience: false,
    },
  ],
  ...(
    [
      ['www.amazon.com', 'Login with Amazon', ['app_id', 'user_id']],
      ['graph.facebook.com', 'Facebook', ['app_id', 'id']],
    ] as const
  ).map(
    ([url, name, claims]) =>
      [
        url,
        {
          ...CI,
          name,
          people: true,
          claims,
          tenant: null,
          anyone: `anyone with an account there, through any app`,
          wholeTenant: 'every user of an app',
          example: null,
          audience: false,
        },
      ] as const,
  ),
]

/** What is known of an issuer; an unknown one is taken for somebody's own, whose `sub` names a workload or a person. */
export function issuerOf(url: string): { issuer: OidcIssuer; known: boolean } {
  const host = url.toLowerCase()
  for (const [start, issuer] of ISSUERS)
    if (typeof start === 'string' ? host === start : start.test(host)) return { issuer, known: true }
  return {
    known: false,
    issuer: {
      ...CI,
      name: url,
      shared: false,
      people: true, // it may be a company's own sign-in
      anyone: 'anyone to whom the issuer gives a token',
      wholeTenant: 'a whole organization',
      example: null,
      audience: false,
    },
  }
}

/** The issuer that a federated principal stands for, without `https://`; null for SAML. */
export function issuerUrlOf(principal: string): string | null {
  if (!principal.startsWith('arn:')) return principal.includes('saml') ? null : principal
  const at = principal.indexOf(':oidc-provider/')
  return at === -1 ? null : principal.slice(at + ':oidc-provider/'.length)
}
