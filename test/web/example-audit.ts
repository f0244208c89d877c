/** Audits for the tests of the page: a believable one, a hostile one, and one of any size. */

import { audit } from '../../src/audit.ts'
import { type AccountSketch, daysAgo, EXAMPLE_TIME, exampleSnapshot } from '../../src/checks/example.ts'
import type { Audit, CheckSummary } from '../../src/model/audit.ts'
import { DEFAULT_CONFIG } from '../../src/model/config.ts'
import type { KeyRow } from '../../src/model/dossier.ts'
import { type Finding, SEVERITIES } from '../../src/model/finding.ts'

const TOOL = { name: 'keyreeve', version: '0.1.0' }

/** An account as the checks see it, with a gap and an accepted finding. */
export function exampleAudit(sketch: AccountSketch = EXAMPLE): Audit {
  return audit([exampleSnapshot(sketch)], {
    tool: TOOL,
    config: {
      ...DEFAULT_CONFIG,
      exceptions: [
        {
          check: 'key-age',
          subject: 'backup',
          reason: 'appliance, replaced in May',
          owner: 'storage team',
          expires: '2027-05-31',
        },
      ],
    },
  })
}

const EXAMPLE: AccountSketch = {
  users: ['ana', 'ben', 'deploy', 'backup', 'vendor', 'fresh'].map((userName) => ({ userName })),
  accessKeys: [
    {
      userName: null,
      createDate: daysAgo(2100),
      lastUsed: { date: daysAgo(700), region: 'us-east-1', serviceName: 'iam' },
    },
    { userName: 'ana', createDate: daysAgo(200) },
    { userName: 'ben', createDate: daysAgo(91), status: 'Inactive' },
    {
      userName: 'deploy',
      createDate: daysAgo(500),
      lastUsed: { date: daysAgo(0), region: 'eu-west-1', serviceName: 's3' },
    },
    {
      userName: 'backup',
      createDate: daysAgo(1200),
      lastUsed: { date: daysAgo(29), region: 'eu-west-1', serviceName: 'glacier' },
    },
    { userName: 'vendor', createDate: daysAgo(300), lastUsed: { date: null, region: null, serviceName: null } },
    { userName: 'fresh', createDate: daysAgo(3), lastUsed: { date: null, region: null, serviceName: null } },
  ],
  denied: ['iam:ListMFADevices'],
}

/** Names that try to get out of the page, as a user, a key or a policy could be called in a file made by someone else. */
export const HOSTILE_NAMES = [
  '</script><script>document.title="owned"</script>',
  '<img src=x onerror=document.title="owned">',
  '"><svg onload=document.title="owned">',
  '<!--<script>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: so it could be called
  ']]>{{7*7}}${7*7}',
  'abc\u202efdp.exe\u2066',
  'bell\u0007 escape\u001b[31m nul\u0000 c1\u009b zero\u200bwidth',
  'lone\ud800surrogate',
  'مرحبا بالعالم',
  '__proto__',
  'a'.repeat(3_000),
]

export function hostileAudit(): Audit {
  const names = HOSTILE_NAMES
  const result = generatedAudit(names.length)
  const [finding] = result.findings
  return {
    ...result,
    notes: [...names],
    accounts: result.accounts.map((account) => ({ ...account, alias: names[0]! })),
    findings: names.map((name, i) => ({
      ...finding!,
      fingerprint: String(i).padStart(24, 'f'),
      region: name,
      subject: { kind: 'user', id: `${name}${i}`, arn: `arn:aws:iam::111122223333:user/${name}`, name },
      because: name,
      evidence: [{ fact: name, value: name, source: name, asOf: name }],
      remedy: { text: name, commands: [`aws iam delete-user --user-name '${name}'`] },
      frameworks: { [name]: [name] },
    })),
    notEvaluated: names.map((name) => ({
      check: name,
      accountId: name,
      because: name,
      extent: 'all',
      notAsked: false,
    })),
    keys: names.map((name, i) => ({
      ...result.keys[0]!,
      subjectId: `${name}${i}`,
      accessKeyId: name,
      owner: { kind: 'user', name, arn: name },
    })),
  }
}

const CHECKS: readonly [id: string, group: string, title: string, kind: Finding['subject']['kind']][] = [
  ['key-unused', 'keys', 'Active access key not used for 45 days', 'access-key'],
  ['user-console-mfa', 'mfa', 'Console user without MFA', 'user'],
  ['policy-full-admin', 'policies', 'Policy allows every action on every resource', 'policy'],
  ['key-age', 'keys', 'Active access key is older than the rotation period', 'access-key'],
  ['role-unused', 'workloads', 'Role not used for 90 days', 'role'],
  ['instance-imdsv1', 'workloads', 'Instance answers IMDSv1 requests', 'instance'],
  ['user-policy-direct', 'admins', 'User has a policy of their own', 'user'],
]

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-2']

/** So many findings over 40 accounts, worst first, with a key for every third. The same in every run. */
export function generatedAudit(size: number): Audit {
  const random = mulberry32(7)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const accountIds = Array.from({ length: Math.min(40, Math.max(1, Math.ceil(size / 50))) }, (_, i) =>
    String(100_000_000_000 + i * 7_919_113),
  )
  const checks: Record<string, CheckSummary> = Object.fromEntries(
    CHECKS.map(([id, group, title], i) => [
      id,
      {
        id,
        title,
        group,
        severity: SEVERITIES[i % 4]!,
        why: `What follows from it: ${title.toLowerCase()}.`,
        fix: 'Look who needs it, and take it away.',
        references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html'],
      },
    ]),
  )
  const keys: KeyRow[] = []
  const findings = Array.from({ length: size }, (_, i): Finding => {
    const number = i % CHECKS.length
    const [check, , title, kind] = CHECKS[number]!
    const accountId = accountIds[i % accountIds.length]!
    const name = `${pick(['deploy', 'backup', 'etl', 'ana', 'vendor', 'ci'])}-${Math.floor(random() * size)}`
    const keyId = `AKIA${Array.from({ length: 16 }, () => pick([...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'])).join('')}`
    const arn = `arn:aws:iam::${accountId}:${kind === 'access-key' ? 'user' : kind}/${name}`
    const days = Math.floor(46 + random() * 1500)
    const severity = SEVERITIES[number % 5]!
    if (i % 3 === 0)
      keys.push({
        accessKeyId: keyId,
        subjectId: keyId,
        accountId,
        owner: { kind: 'user', name, arn },
        status: random() < 0.8 ? 'active' : 'inactive',
        createDate: daysAgo(days + 20),
        ageDays: days + 20,
        lastUsed:
          random() < 0.2
            ? null
            : { date: daysAgo(days), service: pick(['s3', 'ec2', 'sts', 'iam']), region: pick(REGIONS) },
        lastUsedKnown: true,
        leaks: null,
        usage: null,
        reach: null,
        findings: kind === 'access-key' ? [check] : [],
        severity: kind === 'access-key' ? severity : null,
        nextAction: kind === 'access-key' ? 'deactivate' : 'none',
      })
    return {
      fingerprint: Array.from({ length: 24 }, () => pick([...'0123456789abcdef'])).join(''),
      check,
      title,
      severity,
      status: i % 50 === 49 ? 'accepted' : 'open',
      accountId,
      region: kind === 'instance' ? pick(REGIONS) : null,
      subject: { kind, id: kind === 'access-key' ? keyId : arn, arn, name },
      because: `not used since ${daysAgo(days).slice(0, 10)} (${days} days; limit 45)`,
      evidence: [
        { fact: 'last used', value: daysAgo(days), source: 'iam:GetAccessKeyLastUsed', asOf: EXAMPLE_TIME },
        { fact: 'created', value: daysAgo(days + 20), source: 'iam:ListAccessKeys', asOf: EXAMPLE_TIME },
      ],
      remedy: {
        text: 'Deactivate it, wait, and delete it when nothing has failed.',
        commands:
          kind === 'access-key'
            ? [
                `aws iam update-access-key --user-name ${name} --access-key-id ${keyId} --status Inactive`,
                `aws iam delete-access-key --user-name ${name} --access-key-id ${keyId}`,
              ]
            : [`aws iam tag-${kind} --${kind}-name ${name} --tags Key=review,Value=due`],
      },
      frameworks: { 'cis-aws-5.0': [`1.${number + 8}`], 'security-hub': [`IAM.${number + 1}`] },
      accepted: i % 50 === 49 ? { reason: 'known', owner: 'platform', expires: '2027-01-31' } : null,
    }
  }).sort(
    (a, b) =>
      Number(a.status === 'accepted') - Number(b.status === 'accepted') ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  )
  const bySeverity = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity, status } of findings) if (status === 'open') bySeverity[severity]++
  keys.sort((a, b) => rank(a) - rank(b))
  const active = keys.filter(({ status }) => status === 'active').length
  return {
    tool: TOOL,
    collectedAt: EXAMPLE_TIME,
    accounts: accountIds.map((accountId, i) => ({
      accountId,
      alias: `team-${i}`,
      partition: 'aws',
      collectedAt: EXAMPLE_TIME,
      collectedAtFrom: 'clock',
      complete: i !== 0,
      coverage: ['iam:ListUsers', 'iam:GetCredentialReport', 'ec2:DescribeInstances'].map((source, j) => ({
        source,
        region: j === 2 ? 'us-east-1' : null,
        status: i === 0 && j === 2 ? 'denied' : 'read',
        asOf: EXAMPLE_TIME,
        detail: i === 0 && j === 2 ? 'AccessDenied: not authorized to perform ec2:DescribeInstances' : null,
      })),
    })),
    findings,
    notes: [],
    notEvaluated: [
      {
        check: 'instance-imdsv1',
        accountId: accountIds[0]!,
        because: 'ec2:DescribeInstances was denied in us-east-1',
        extent: 'all',
        notAsked: false,
      },
    ],
    keys,
    checks,
    summary: {
      bySeverity,
      accessKeys: { total: keys.length, active, inactive: keys.length - active },
      checks: { evaluated: CHECKS.length * accountIds.length - 1, notEvaluated: 1 },
    },
  }
}

function rank({ severity }: KeyRow): number {
  return severity === null ? SEVERITIES.length : SEVERITIES.indexOf(severity)
}

/** A small seeded random number generator. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
