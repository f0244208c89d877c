import { homeRegion } from '../model/partition.ts'
import { keysByUser } from './by-user.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { exampleUsage } from './example-usage.ts'
import { shell } from './shell.ts'
import { lastUsedSource, REPORT } from './sources.ts'
import { rootSubject } from './subjects.ts'
import { ago, day, daysSince } from './time.ts'

/** CloudTrail may have dozens of actions. */
const MOST_NAMED = 5

export const rootUsed: Check = {
  id: 'root-used',
  title: 'The root user was used recently',
  severity: 'medium',
  group: 'root',
  why: 'Root can do everything and answers to no policy of the account. Daily work with it means that one slip, or one stolen session, costs the whole account.',
  fix: 'Find out in CloudTrail what root was used for, give that person a role, and keep root for the few tasks that need it. In an organization, do those centrally with short root sessions.',
  needs: ['rootUse'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-tasks.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html',
  ],
  *run({ snapshot, dossiers, now, thresholds, usage }) {
    const { root } = snapshot
    const evidence: { fact: string; value: string; source: string; used: string }[] = []
    if (!root.credentialReportRow) yield { unknown: 'the credential report has no row for root' }
    if (root.passwordLastUsed !== null)
      evidence.push({ fact: 'password last used', value: root.passwordLastUsed, source: REPORT, used: 'the password' })
    const source = lastUsedSource(snapshot)
    for (const { subjectId, lastUsed, lastUsedKnown } of keysByUser(dossiers).get(null) ?? []) {
      if (lastUsed)
        evidence.push({ fact: `key ${subjectId} last used`, value: lastUsed.date, source, used: `key ${subjectId}` })
      else if (!lastUsedKnown) yield { unknown: `the last use of root's key ${subjectId} is not known` }
    }
    for (const { action, lastSeen } of usage?.root ?? [])
      evidence.push({ fact: `${action} by root`, value: lastSeen, source: 'trail', used: `root (${action})` })
    const recent = evidence.filter(({ value }) => daysSince(value, now) < thresholds.rootUsedDays)
    if (recent.length === 0) return
    yield {
      subject: rootSubject(snapshot),
      because: recent
        .slice(0, MOST_NAMED)
        .map(({ used, value }) => `${used} was used ${day(value)}, ${ago(daysSince(value, now))}`)
        .join('; '),
      evidence: recent.map(({ fact, value, source }) => ({ fact, value, source })),
      commands: [
        shell`aws cloudtrail lookup-events --region ${homeRegion(snapshot.partition)} --lookup-attributes AttributeKey=Username,AttributeValue=root`,
      ],
    }
  },
  examples: {
    flagged: [
      { name: 'a sign-in of yesterday', account: { root: { passwordLastUsed: daysAgo(1) } } },
      {
        name: 'a call of root in CloudTrail',
        account: {},
        usage: exampleUsage({}, { root: [{ action: 's3:ListAllMyBuckets', calls: 2, lastSeen: daysAgo(2) }] }),
      },
      { name: 'a sign-in of 89 days ago', account: { root: { passwordLastUsed: daysAgo(89) } } },
      {
        name: 'a root key in use',
        account: {
          root: { passwordLastUsed: daysAgo(500) },
          accessKeys: [{ userName: null, lastUsed: { date: daysAgo(3), region: 'us-east-1', serviceName: 's3' } }],
        },
      },
      {
        name: 'a sign-in within a longer period that the configuration asks for',
        account: { root: { passwordLastUsed: daysAgo(120) } },
        config: { thresholds: { rootUsedDays: 365 } },
      },
    ],
    clean: [
      { name: 'a root user that was never used', account: {} },
      { name: 'a sign-in of 90 days ago', account: { root: { passwordLastUsed: daysAgo(90) } } },
      {
        name: 'a root key that was never used',
        account: { accessKeys: [{ userName: null, lastUsed: { date: null, region: null, serviceName: null } }] },
      },
    ],
  },
}
