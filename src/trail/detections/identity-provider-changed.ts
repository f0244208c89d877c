import type { Detection } from './detection.ts'
import { call, session, user } from './example.ts'
import { didCall } from './words.ts'

export const identityProviderChanged: Detection = {
  id: 'identity-provider-changed',
  code: 'CT22',
  title: 'SAML or OIDC identity provider created, changed or deleted',
  severity: 'medium',
  attack: ['T1484.002'],
  why: 'Whoever owns an identity provider decides who people are: it can sign in as anyone whom a role trusts through it.',
  fix: 'Check whose provider it is and which roles trust it. Delete it if nobody knows.',
  falsePositives: ['IAM Identity Center, which is not flagged', 'setting up federation'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers.html'],
  rule: {
    form: 'event',
    names: [
      'CreateSAMLProvider',
      'UpdateSAMLProvider',
      'DeleteSAMLProvider',
      'CreateOpenIDConnectProvider',
      'UpdateOpenIDConnectProviderThumbprint',
      'AddClientIDToOpenIDConnectProvider',
      'DeleteOpenIDConnectProvider',
    ],
    where:
      "error_code IS NULL AND coalesce(invoked_by, '') <> 'sso.amazonaws.com' AND strpos(coalesce(principal_arn, ''), '/AWSServiceRoleForSSO') = 0",
  },
  because: (hit) => didCall(hit),
  examples: {
    flagged: [
      {
        name: 'a new SAML provider',
        events: [call('iam:CreateSAMLProvider', user('alice'), { request: { name: 'idp' } })],
      },
      {
        name: 'a new OIDC provider',
        events: [call('iam:CreateOpenIDConnectProvider', user('alice'), { request: { url: 'https://idp.example' } })],
      },
    ],
    clean: [
      {
        name: 'IAM Identity Center',
        events: [
          call(
            'iam:CreateSAMLProvider',
            session('AWSServiceRoleForSSO', 'AWS-SSO', { path: '/aws-service-role/sso.amazonaws.com/' }),
          ),
        ],
      },
      { name: 'listing them', events: [call('iam:ListSAMLProviders', user('alice'))] },
    ],
  },
}
