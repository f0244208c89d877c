import { counted } from '../model/numbers.ts'
import type { Check } from './check.ts'
import { issuerOf } from './oidc-issuers.ts'
import { accountSubject } from './subjects.ts'
import { IAM_DETAILS, isIdentityCenterRole } from './trust.ts'
import { listed } from './wording.ts'

/** One or two users with a password may be kept for the day when federation fails. */
const EMERGENCY_USERS = 2

export const federationMissing: Check = {
  id: 'federation-missing',
  title: 'People sign in as IAM users, not through federation',
  severity: 'medium',
  group: 'federation',
  why: 'An IAM user with a password lives in one account only: nobody removes it there when the person leaves the company, and it brings long-term credentials with it. With federation, one place decides who gets in, and every session ends by itself.',
  fix: 'Set up IAM Identity Center with your identity provider (or a SAML provider in IAM), give people roles through it, then remove their passwords and keys. Keep one or two emergency users.',
  needs: ['users', 'passwords', 'roles', 'samlProviders', 'oidcProviders'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html',
    'https://docs.aws.amazon.com/singlesignon/latest/userguide/what-is.html',
  ],
  *run({ snapshot }) {
    const people = snapshot.users.filter(({ password }) => password?.enabled)
    if (people.length === 0) return
    const federated =
      snapshot.samlProviders.length > 0 ||
      snapshot.oidcProviders.some(({ url }) => issuerOf(url.replace(/^https:\/\//, '')).issuer.people) ||
      snapshot.roles.some(isIdentityCenterRole)
    if (federated) return
    yield {
      subject: accountSubject(snapshot),
      because: `${counted(people.length, 'user')} with a console password (${listed(people.map(({ userName }) => userName))}), and no SAML provider, Identity Center role or OIDC provider for people`,
      ...(people.length <= EMERGENCY_USERS ? { severity: 'low' as const } : {}),
      evidence: [
        { fact: 'users with a password', value: people.length, source: 'iam:GetCredentialReport' },
        { fact: 'SAML providers', value: 0, source: 'iam:ListSAMLProviders' },
        { fact: 'roles of Identity Center', value: 0, source: IAM_DETAILS },
        { fact: 'OIDC providers', value: snapshot.oidcProviders.length, source: 'iam:ListOpenIDConnectProviders' },
      ],
    }
  },
  examples: {
    flagged: [
      {
        name: 'people with passwords and no federation at all',
        account: { users: ['ana', 'ben', 'chi'].map(person) },
        flags: ['111122223333'],
      },
      {
        name: 'people with passwords where only GitHub and EKS are federated',
        account: {
          users: ['ana', 'ben', 'chi'].map(person),
          oidcProviders: [
            { url: 'token.actions.githubusercontent.com' },
            { url: 'oidc.eks.eu-west-1.amazonaws.com/id/ABCD' },
          ],
        },
      },
    ],
    clean: [
      { name: 'users without passwords', account: { users: [{ userName: 'ci' }] } },
      {
        name: 'a SAML provider',
        account: {
          users: ['ana', 'ben', 'chi'].map(person),
          samlProviders: [{ arn: 'arn:aws:iam::111122223333:saml-provider/okta' }],
        },
      },
      {
        name: 'roles of Identity Center',
        account: {
          users: ['ana', 'ben', 'chi'].map(person),
          roles: [
            { roleName: 'AWSReservedSSO_Admin_0123456789abcdef', path: '/aws-reserved/sso.amazonaws.com/eu-west-1/' },
          ],
        },
      },
      {
        name: 'an OIDC provider that may sign people in',
        account: { users: ['ana', 'ben', 'chi'].map(person), oidcProviders: [{ url: 'login.example.com' }] },
      },
    ],
  },
}

// for the examples

function person(userName: string) {
  return { userName, password: { enabled: true, lastUsed: null, lastChanged: null, nextRotation: null } }
}
