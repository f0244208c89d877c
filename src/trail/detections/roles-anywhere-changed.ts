import type { Detection } from './detection.ts'
import { call, user } from './example.ts'
import { didCall } from './words.ts'

const anchor = (sourceType: string, action = 'CreateTrustAnchor') =>
  call(`rolesanywhere:${action}`, user('alice'), { request: { name: 'anchor', source: { sourceType } } })

export const rolesAnywhereChanged: Detection = {
  id: 'roles-anywhere-changed',
  code: 'CT23',
  title: 'IAM Roles Anywhere opened to a certificate authority outside AWS',
  severity: 'medium',
  attack: ['T1098.001'],
  why: 'Whoever holds the key of the certificate authority can make credentials for the roles of the profile, from anywhere and for years.',
  fix: 'Check whose certificate authority it is. Disable the trust anchor if nobody knows.',
  falsePositives: ['a planned roll-out'],
  references: ['https://docs.aws.amazon.com/rolesanywhere/latest/userguide/introduction.html'],
  rule: {
    form: 'event',
    names: ['CreateTrustAnchor', 'UpdateTrustAnchor', 'CreateProfile'],
    where: `event_source = 'rolesanywhere.amazonaws.com' AND error_code IS NULL AND (event_name = 'CreateProfile' OR NOT regexp_like(coalesce(request_parameters, ''), 'AWS_ACM_PCA'))`,
  },
  because: (hit) => didCall(hit),
  examples: {
    flagged: [
      { name: 'a certificate from outside', events: [anchor('CERTIFICATE_BUNDLE')] },
      { name: 'a profile', events: [call('rolesanywhere:CreateProfile', user('alice'), { request: { name: 'p' } })] },
    ],
    clean: [
      { name: 'a certificate authority in AWS', events: [anchor('AWS_ACM_PCA')] },
      { name: 'a profile of another service', events: [call('customer-profiles:CreateProfile', user('alice'))] },
    ],
  },
}
