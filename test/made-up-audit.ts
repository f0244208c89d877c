/** Audits for the tests of the reports: made up, the same in every run, and independent of what the checks find. */
import type { Audit, AuditedAccount, CheckSummary } from '../src/model/audit.ts'
import type { KeyRow } from '../src/model/dossier.ts'
import type { Finding, NotEvaluated, Severity, Subject } from '../src/model/finding.ts'

export const NOW = '2026-11-01T12:00:00Z'
const ACCOUNTS = ['111122223333', '444455556666'] as const

function daysAgo(days: number): string {
  return new Date(Date.parse(NOW) - days * 86_400_000).toISOString().replace('.000Z', 'Z')
}

const CHECKS: CheckSummary[] = [
  check('root-access-key', 'The root user has an access key', 'critical', 'root'),
  check('key-quarantined', 'AWS has quarantined an exposed access key', 'critical', 'keys'),
  check('user-console-mfa', 'User with a console password but no MFA', 'high', 'mfa'),
  check('key-unused', 'Active access key not used for 45 days', 'medium', 'keys'),
  check('key-age', 'Active access key is older than the rotation period', 'medium', 'keys'),
  check('instance-imdsv1', 'Instance answers to IMDSv1', 'medium', 'workloads'),
  check('group-empty', 'Group without members', 'low', 'admins'),
  check('user-policy-direct', 'User with policies of their own', 'low', 'admins'),
  check('access-analyzer-missing', 'Region without an external access analyzer', 'info', 'account'),
]

function check(id: string, title: string, severity: Severity, group: string): CheckSummary {
  return {
    id,
    title,
    severity,
    group,
    why: `Why ${id} matters: whoever holds it can do more than anybody remembers having allowed, and nobody looks.`,
    fix: `What to do about ${id}: find out who needs it, give them a role, and remove it when nothing has failed.`,
    references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html'],
  }
}

/** One finding; everything but the check can be chosen. */
export function finding(id: string, subject: Subject, more: Partial<Finding> = {}): Finding {
  const about = CHECKS.find((check) => check.id === id)!
  return {
    fingerprint: Buffer.from(`${id} ${more.accountId ?? ''} ${subject.id}`)
      .toString('hex')
      .slice(0, 200),
    check: id,
    title: about.title,
    severity: about.severity,
    status: 'open',
    accountId: ACCOUNTS[0],
    region: null,
    subject,
    because: 'not used since 2026-01-03 (302 days)',
    evidence: [{ fact: 'last used', value: daysAgo(302), source: 'iam:GetCredentialReport', asOf: daysAgo(0) }],
    remedy: { text: about.fix, commands: [] },
    frameworks: { 'cis-aws-5.0': ['1.11'], 'security-hub': ['IAM.8', 'IAM.22'] },
    accepted: null,
    ...more,
  }
}

export function keyId(number: number): string {
  return `AKIAEXAMPLE${String(number).padStart(9, '0')}`
}

export function userSubject(name: string, account: string = ACCOUNTS[0]): Subject {
  const arn = `arn:aws:iam::${account}:user/${name}`
  return { kind: 'user', id: arn, arn, name }
}

export function keySubject(number: number, name: string, account: string = ACCOUNTS[0]): Subject {
  return { kind: 'access-key', id: keyId(number), arn: `arn:aws:iam::${account}:user/${name}`, name }
}

export function keyRow(number: number, name: string, more: Partial<KeyRow> = {}): KeyRow {
  return {
    accessKeyId: keyId(number),
    subjectId: keyId(number),
    accountId: ACCOUNTS[0],
    owner: { kind: 'user', name, arn: `arn:aws:iam::${ACCOUNTS[0]}:user/${name}` },
    status: 'active',
    createDate: daysAgo(20),
    ageDays: 20,
    lastUsed: { date: daysAgo(1), service: 's3', region: 'us-east-1' },
    lastUsedKnown: true,
    leaks: null,
    usage: null,
    reach: null,
    findings: [],
    severity: null,
    nextAction: 'none',
    ...more,
  }
}

const KEYS: KeyRow[] = [
  keyRow(1, '<root_account>', {
    owner: { kind: 'root', name: '<root_account>', arn: `arn:aws:iam::${ACCOUNTS[0]}:root` },
    createDate: daysAgo(3100),
    ageDays: 3100,
    lastUsed: { date: daysAgo(300), service: 's3', region: 'us-east-1' },
    nextAction: 'deactivate and delete: root needs no key',
  }),
  keyRow(2, 'deploy', {
    createDate: daysAgo(412),
    ageDays: 412,
    lastUsed: { date: daysAgo(0), service: 'secretsmanager', region: 'ap-southeast-2' },
    findings: ['key-quarantined', 'key-age', 'key-of-console-user'],
    severity: 'critical',
    nextAction: 'revoke now: AWS says this key is exposed',
  }),
  keyRow(3, 'ci-build-frontend-production', {
    createDate: daysAgo(900),
    ageDays: 900,
    lastUsed: { date: daysAgo(302), service: 'ecr', region: 'eu-central-1' },
    findings: ['key-unused', 'key-age'],
    severity: 'medium',
    nextAction: 'deactivate',
  }),
  keyRow(4, 'ana', {
    accountId: ACCOUNTS[1],
    ageDays: 140,
    createDate: daysAgo(140),
    findings: ['key-age'],
    severity: 'medium',
    nextAction: 'rotate, or replace by a role',
  }),
  keyRow(5, 'vendor-datadog', {
    ageDays: 95,
    createDate: daysAgo(95),
    lastUsed: null,
    findings: ['key-never-used'],
    severity: 'medium',
    nextAction: 'deactivate, then delete',
  }),
  keyRow(6, 'bob', {
    status: 'inactive',
    ageDays: 500,
    createDate: daysAgo(500),
    lastUsed: null,
    lastUsedKnown: false,
    findings: ['key-inactive-kept'],
    severity: 'low',
    nextAction: 'delete',
  }),
  keyRow(7, 'carol', {
    accessKeyId: null,
    subjectId: `arn:aws:iam::${ACCOUNTS[0]}:user/carol#2`,
    createDate: null,
    ageDays: null,
    lastUsed: null,
    lastUsedKnown: false,
  }),
  keyRow(8, 'backup', { status: 'inactive', nextAction: 'delete after the grace period' }),
  keyRow(9, 'terraform'),
]

/** An audit of one account or two, with everything a report has to show. */
export function madeUpAudit({
  accounts = 1,
  extra = [],
  keys = KEYS,
}: {
  accounts?: 1 | 2
  extra?: Finding[]
  keys?: KeyRow[]
} = {}): Audit {
  const ids = ACCOUNTS.slice(0, accounts)
  const findings = [...FINDINGS, ...extra].filter(({ accountId }) => ids.some((id) => id === accountId))
  const rows = keys.filter(({ accountId }) => ids.some((id) => id === accountId))
  const active = rows.filter(({ status }) => status === 'active').length
  const bySeverity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity, status } of findings) if (status === 'open') bySeverity[severity]++
  return {
    tool: { name: 'keyreeve', version: '0.1.0' },
    collectedAt: NOW,
    accounts: ids.map(account),
    findings,
    notEvaluated: NOT_EVALUATED.filter(({ accountId }) => ids.some((id) => id === accountId)),
    notes: ['the exception for group-empty expired on 2026-10-01'],
    keys: rows,
    checks: Object.fromEntries(CHECKS.map((check) => [check.id, check])),
    summary: {
      bySeverity,
      accessKeys: { total: rows.length, active, inactive: rows.length - active },
      checks: { evaluated: CHECKS.length * accounts - 3, notEvaluated: 3 },
    },
  }
}

function account(accountId: string, i: number): AuditedAccount {
  return {
    accountId,
    alias: i === 0 ? 'example' : 'sandbox-of-the-data-platform-team',
    partition: 'aws',
    collectedAt: NOW,
    collectedAtFrom: i === 0 ? 'clock' : 'file-time',
    complete: i > 0,
    coverage: [
      { source: 'iam:GetAccountAuthorizationDetails', region: null, status: 'read', asOf: NOW, detail: null },
      { source: 'iam:GetCredentialReport', region: null, status: 'read', asOf: daysAgo(0), detail: null },
      {
        source: 'ec2:DescribeInstances',
        region: 'eu-west-1',
        status: 'denied',
        asOf: null,
        detail: 'AccessDenied; an explicit deny in a service control policy',
      },
      { source: 'account:GetAlternateContact', region: null, status: 'absent', asOf: null, detail: null },
    ],
  }
}

const NOT_EVALUATED: NotEvaluated[] = [
  {
    check: 'instance-imdsv1',
    accountId: ACCOUNTS[0],
    because:
      'ec2:DescribeInstances in eu-west-1 was denied (AccessDenied; an explicit deny in a service control policy)',
    extent: 'part',
    notAsked: false,
  },
  {
    check: 'instance-without-role',
    accountId: ACCOUNTS[0],
    because:
      'ec2:DescribeInstances in eu-west-1 was denied (AccessDenied; an explicit deny in a service control policy)',
    extent: 'all',
    notAsked: false,
  },
  {
    check: 'security-contact-missing',
    accountId: ACCOUNTS[0],
    because: 'account:GetAlternateContact was not read',
    extent: 'all',
    notAsked: true,
  },
]

const FINDINGS: Finding[] = [
  finding('key-quarantined', keySubject(2, 'deploy'), {
    because: 'AWSCompromisedKeyQuarantineV3 is attached to user deploy',
    remedy: {
      text: 'Deactivate the key now, read in CloudTrail what it did, and rotate everything it could read.',
      commands: [
        `aws iam update-access-key --user-name deploy --access-key-id ${keyId(2)} --status Inactive`,
        `aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${keyId(2)}`,
      ],
    },
  }),
  finding(
    'root-access-key',
    {
      kind: 'root',
      id: `arn:aws:iam::${ACCOUNTS[0]}:root`,
      arn: `arn:aws:iam::${ACCOUNTS[0]}:root`,
      name: '<root_account>',
    },
    { because: 'an active key, last used 2026-01-05' },
  ),
  ...['ana', 'bob', 'carol', 'dave'].map((name) =>
    finding('user-console-mfa', userSubject(name), {
      because: 'a console password, last used 2026-10-30, and no MFA device',
    }),
  ),
  finding('key-age', keySubject(3, 'ci-build-frontend-production'), {
    because: 'created 2024-05-15, 900 days ago (limit 90)',
    remedy: {
      text: 'Create a second key, move every consumer to it, deactivate the old key, and delete it when nothing has failed.',
      commands: [
        'aws iam create-access-key --user-name ci-build-frontend-production',
        `aws iam update-access-key --user-name ci-build-frontend-production --access-key-id ${keyId(3)} --status Inactive`,
      ],
    },
  }),
  finding('key-age', keySubject(4, 'ana', ACCOUNTS[1]), {
    accountId: ACCOUNTS[1],
    because: 'created 2026-06-14, 140 days ago (limit 90)',
  }),
  finding('key-unused', keySubject(3, 'ci-build-frontend-production'), {
    remedy: {
      text: 'Deactivate the key; delete it when nothing has failed.',
      commands: [
        `aws iam update-access-key --user-name ci-build-frontend-production --access-key-id ${keyId(3)} --status Inactive`,
      ],
    },
  }),
  finding(
    'instance-imdsv1',
    {
      kind: 'instance',
      id: 'i-0123456789abcdef0',
      arn: `arn:aws:ec2:us-east-1:${ACCOUNTS[0]}:instance/i-0123456789abcdef0`,
      name: null,
    },
    { region: 'us-east-1', because: 'session tokens are optional' },
  ),
  ...Array.from({ length: 45 }, (_, i) =>
    finding('user-policy-direct', userSubject(`service-${String(i + 1).padStart(2, '0')}`), {
      because: `${(i % 3) + 1} policies attached to the user`,
    }),
  ),
  finding('group-empty', {
    kind: 'group',
    id: `arn:aws:iam::${ACCOUNTS[0]}:group/contractors-of-2019-who-have-all-left-by-now`,
    arn: `arn:aws:iam::${ACCOUNTS[0]}:group/contractors-of-2019-who-have-all-left-by-now`,
    name: 'contractors-of-2019-who-have-all-left-by-now',
  }),
  finding(
    'access-analyzer-missing',
    { kind: 'account', id: ACCOUNTS[0], arn: null, name: 'example' },
    { region: 'eu-west-1', because: 'no active analyzer of type ACCOUNT or ORGANIZATION' },
  ),
  finding('user-console-mfa', userSubject('kiosk'), {
    status: 'accepted',
    because: 'a console password and no MFA device',
    accepted: {
      reason: 'shared screen in the lobby, read-only',
      owner: 'facilities@example.com',
      expires: '2027-03-31',
    },
  }),
]

/** Fields that the model fixes; everything else may come from whoever can name a user. */
const FIXED = new Set([
  'severity',
  'status',
  'kind',
  'extent',
  'collectedAtFrom',
  'fingerprint',
  'checks',
  'bySeverity',
])

/** The audit with every free string replaced, even those that should never be hostile: dates, ARNs, check ids. */
export function withStrings<T>(value: T, replace: (text: string) => string): T {
  if (typeof value === 'string') return replace(value) as T
  if (Array.isArray(value)) return value.map((item) => withStrings(item, replace)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, FIXED.has(key) ? item : withStrings(item, replace)]),
  ) as T
}

/** What people have put into names to break reports. */
export const NASTY = [
  '\u001b[2J\u001b]0;owned\u0007',
  '\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007',
  "=cmd|' /C calc'!A0",
  '+1+1',
  '-2+3',
  '@SUM(1)',
  '\t=1',
  '\r=1',
  '  =1',
  '"a",="b"',
  '<script>alert(1)</script>',
  '</script><!--',
  '[x](javascript:alert(1))',
  '![x](https://evil.example/p.png)',
  '`` ` ```',
  '| a | b |\n| --- | --- |',
  '# heading\n\n---',
  '@everyone www.evil.example https://evil.example a@b.example',
  '\u202eevil\u2066x\u2069',
  '\u200b\u200d\ufeff\u00ad',
  'z\u0300\u0301\u0302\u0303\u0304\u0305\u0306',
  '名前ユーザー😀👨‍👩‍👧‍👦🏳️‍🌈',
  '\ud800 lone \udc00',
  '\u0000\u0001\u007f\u0085\u009b31m',
  '../../etc/passwd',
  '%2e%2e/{0}[1]\\',
  "'; rm -rf / #",
  '',
  ' ',
  'x'.repeat(10_000),
  '宽'.repeat(10_000),
  `${'a\n'.repeat(500)}`,
]
