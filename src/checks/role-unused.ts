import { counted } from '../model/numbers.ts'
import type { Role } from '../model/snapshot.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { roleSubject } from './subjects.ts'
import { day, days, daysSince } from './time.ts'
import { IAM_DETAILS, isIdentityCenterRole, isServiceLinked } from './trust.ts'
import { listed } from './wording.ts'

export const roleUnused: Check = {
  id: 'role-unused',
  title: 'Role not used for 90 days',
  severity: 'low',
  group: 'workloads',
  why: 'A role nobody uses keeps its permissions and its trust. Whoever finds a way in has one more place to go, and nobody would notice.',
  fix: 'Ask the owner; if nobody needs it, first deny it everything (an inline Deny on *), wait for a month, as some jobs run monthly, then delete it.',
  needs: ['roles'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html',
  ],
  *run({ snapshot, now, thresholds }) {
    const limit = thresholds.roleUnusedDays
    const unknown: string[] = []
    for (const role of snapshot.roles) {
      if (isServiceLinked(role)) continue
      const { lastUsed, createDate } = role
      if (lastUsed?.date) {
        const idle = daysSince(lastUsed.date, now)
        if (idle > limit) yield flagOf(role, `not used since ${day(lastUsed.date)} (${days(idle)})`, lastUsed.date)
        continue
      }
      const age = createDate === null ? null : daysSince(createDate, now)
      if (age !== null && age <= limit) continue
      if (lastUsed === null || age === null) unknown.push(role.roleName)
      // AWS keeps the last use for 400 days
      else
        yield flagOf(
          role,
          age > 400 ? 'not used for 400 days or more' : `never used since it was made, ${days(age)} ago`,
          null,
        )
    }
    if (unknown.length > 0)
      yield { unknown: `the last use of ${counted(unknown.length, 'role')} is not known (${listed(unknown)})` }
  },
  examples: {
    flagged: [
      {
        name: 'a role last used 91 days ago',
        account: { roles: [{ roleName: 'old', lastUsed: { date: daysAgo(91), region: 'us-east-1' } }] },
      },
      {
        name: 'a role of a year that was never used',
        account: { roles: [{ roleName: 'old', createDate: daysAgo(365), lastUsed: { date: null, region: null } }] },
      },
      {
        name: 'a role that the threshold calls unused',
        account: { roles: [{ roleName: 'old', lastUsed: { date: daysAgo(40), region: 'us-east-1' } }] },
        config: { thresholds: { roleUnusedDays: 30 } },
      },
    ],
    clean: [
      {
        name: 'a role used 90 days ago',
        account: { roles: [{ roleName: 'app', lastUsed: { date: daysAgo(90), region: 'us-east-1' } }] },
      },
      {
        name: 'a new role that was not used yet',
        account: { roles: [{ roleName: 'new', createDate: daysAgo(20), lastUsed: { date: null, region: null } }] },
      },
      {
        name: 'a service-linked role, which AWS keeps',
        account: {
          roles: [
            {
              roleName: 'AWSServiceRoleForSupport',
              path: '/aws-service-role/support.amazonaws.com/',
              lastUsed: { date: null, region: null },
            },
          ],
        },
      },
    ],
  },
}

function flagOf(role: Role, because: string, lastUsed: string | null) {
  return {
    subject: roleSubject(role),
    because,
    evidence: [
      { fact: 'last used', value: lastUsed, source: IAM_DETAILS },
      { fact: 'created', value: role.createDate, source: IAM_DETAILS },
    ],
    ...(isIdentityCenterRole(role)
      ? { fix: 'IAM Identity Center keeps this role: remove the assignment of the permission set to this account.' }
      : { commands: [shell`aws iam generate-service-last-accessed-details --arn ${role.arn}`] }),
  }
}
