import type { Detection } from './detection.ts'
import { call, session, user } from './example.ts'
import { DENIED } from './sql.ts'
import { didCall } from './words.ts'

export const organizationChanged: Detection = {
  id: 'organization-changed',
  code: 'CT42',
  title: 'Account left or joined the organization, was created or closed',
  severity: 'high',
  attack: ['T1666'],
  why: 'An account that leaves the organization leaves its guardrails and its central trail behind; a new one nobody knows is a place to hide.',
  fix: 'Ask the platform team. If it was not they, secure the management account first.',
  falsePositives: ['the platform team'],
  references: ['https://docs.aws.amazon.com/organizations/latest/APIReference/API_LeaveOrganization.html'],
  rule: {
    form: 'event',
    names: [
      'LeaveOrganization',
      'RemoveAccountFromOrganization',
      'InviteAccountToOrganization',
      'AcceptHandshake',
      'CreateAccount',
      'CreateAccountResult',
      'CloseAccount',
      'CloseAccountResult',
      'DeleteOrganization',
    ],
    where: `event_source = 'organizations.amazonaws.com' AND (error_code IS NULL OR ${DENIED})`,
  },
  because: (hit) => didCall(hit),
  examples: {
    flagged: [
      { name: 'an account leaves', events: [call('organizations:LeaveOrganization', user('mallory'))] },
      {
        name: 'it is not allowed to',
        events: [call('organizations:LeaveOrganization', user('mallory'), { error: 'AccessDenied' })],
      },
    ],
    clean: [
      { name: 'listing accounts', events: [call('organizations:ListAccounts', session('audit', 'x'))] },
      { name: 'a handshake of another service', events: [call('networkmanager:AcceptHandshake', user('alice'))] },
    ],
  },
}
