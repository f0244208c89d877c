import type { Detection } from './detection.ts'
import { assumeRole, at, call, OTHER_ACCOUNT, session, user } from './example.ts'
import { listOf, newPairs } from './sql.ts'
import { from, times, whoIs } from './words.ts'

export const externalAccountAssumes: Detection = {
  id: 'external-account-assumes',
  code: 'CT38',
  title: 'Role assumed from an account that did not before, or by another role that did not',
  severity: 'medium',
  attack: ['T1550.001'],
  why: 'A new account that comes in through a trust policy is a vendor or a stranger. A session that takes another role, for the first time, moves on.',
  fix: 'Ask whose account it is, and name it in `trustedAccounts` if it is known. Look at what the session did.',
  falsePositives: ['a new vendor', 'a new pipeline'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html'],
  rule: {
    form: 'query',
    kind: 'baseline',
    steps: (scope, { trustedAccounts }) => {
      const trusted = trustedAccounts.length > 0 ? ` AND external_account NOT IN ${listOf(trustedAccounts)}` : ''
      const assumed = "event_name = 'AssumeRole' AND event_source = 'sts.amazonaws.com' AND error_code IS NULL"
      const strangers = {
        // the caller's account has an event of it, too, in which the role is outside
        where: `${assumed} AND external_account = identity_account${trusted}`,
        who: 'account_id',
        what: 'external_account',
        subject: "'from ' || fresh.what",
      }
      const chains = {
        where: `${assumed} AND identity_type = 'AssumedRole' AND target_role_arn <> principal_arn`,
        who: 'principal_arn',
        what: 'target_role_arn',
      }
      return [
        newPairs({ ...strangers, knownDays: 0, since: 'caller' }, scope),
        newPairs({ ...chains, knownDays: 7, since: 'caller' }, scope),
      ]
    },
  },
  needsHistory: { days: 7, extent: 'part' },
  because: (hit) =>
    hit.subject?.startsWith('from ')
      ? `account ${hit.subject.slice(5)} assumed a role of account ${hit.accountId}${times(hit)}${from(hit)}, which it did not before`
      : {
          because: `${whoIs(hit)} assumed ${hit.subject}${times(hit)}${from(hit)}, which it did not before`,
          severity: 'low',
        },
  examples: {
    flagged: [
      { name: 'a stranger', events: [assumeRole(user('eve', OTHER_ACCOUNT), 'app')], hits: 1 },
      {
        name: 'a session takes another role than ever',
        events: [
          assumeRole(session('app', 'x'), 'reader', { time: at(0) }),
          assumeRole(session('app', 'y'), 'admin', { time: at(14) }),
        ],
        hits: 1,
      },
    ],
    clean: [
      {
        name: 'an account that is trusted',
        events: [assumeRole(user('eve', OTHER_ACCOUNT), 'app')],
        context: { trustedAccounts: [OTHER_ACCOUNT] },
      },
      {
        name: 'an own user who assumes a role elsewhere',
        events: [
          call('sts:AssumeRole', user('alice'), { request: { roleArn: `arn:aws:iam::${OTHER_ACCOUNT}:role/app` } }),
        ],
      },
      { name: 'a user of the own account', events: [assumeRole(user('alice'), 'app')] },
      {
        name: 'a session that always does',
        events: [
          assumeRole(session('app', 'x'), 'reader', { time: at(0) }),
          assumeRole(session('app', 'y'), 'reader', { time: at(14) }),
        ],
      },
    ],
  },
}
