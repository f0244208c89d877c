/** The tag checks. They are off unless the configuration switches them on. */
import type { Subject } from '../model/finding.ts'
import type { Check, CheckInput, Flag } from './check.ts'
import { roleSubject, userSubject } from './subjects.ts'
import { IAM_DETAILS, isIdentityCenterRole, isServiceLinked } from './trust.ts'
import { listed } from './wording.ts'

const WHY =
  'Without tags nobody knows whose it is: a finding has no owner, and a cleanup has nobody to ask. Tags can also decide access, so that a missing one opens or closes something unseen.'
const FIX =
  'Put on the tags that your configuration asks for (requiredTags), best in the template that makes the resource.'

export const userTags: Check = {
  id: 'user-tags',
  title: 'A user lacks tags',
  severity: 'info',
  group: 'tags',
  off: true,
  why: WHY,
  fix: FIX,
  needs: ['users'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_users.html'],
  *run({ snapshot, config }) {
    for (const user of snapshot.users) yield* untagged(userSubject(user), user.tags, config, IAM_DETAILS)
  },
  examples: {
    flagged: [
      { name: 'a user without tags', account: { users: [{ userName: 'ana' }] } },
      {
        name: 'a user with tags that AWS made only',
        account: { users: [{ userName: 'ana', tags: { 'aws:cloudformation:stack-name': 'people' } }] },
      },
      {
        name: 'a user that lacks one of the tags asked for',
        account: { users: [{ userName: 'ana', tags: { team: 'web' } }] },
        config: { requiredTags: ['team', 'owner'] },
      },
    ],
    clean: [
      { name: 'a user with some tag', account: { users: [{ userName: 'ana', tags: { team: 'web' } }] } },
      {
        name: 'a user with all tags asked for, in another case',
        account: { users: [{ userName: 'ana', tags: { Team: 'web', Owner: 'ben' } }] },
        config: { requiredTags: ['team', 'owner'] },
      },
    ],
  },
}

export const roleTags: Check = {
  id: 'role-tags',
  title: 'A role lacks tags',
  severity: 'info',
  group: 'tags',
  off: true,
  why: WHY,
  fix: FIX,
  needs: ['roles'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_roles.html'],
  *run({ snapshot, config }) {
    for (const role of snapshot.roles)
      if (!isServiceLinked(role) && !isIdentityCenterRole(role))
        yield* untagged(roleSubject(role), role.tags, config, IAM_DETAILS)
  },
  examples: {
    flagged: [{ name: 'a role without tags', account: { roles: [{ roleName: 'app' }] } }],
    clean: [
      { name: 'a role with a tag', account: { roles: [{ roleName: 'app', tags: { team: 'web' } }] } },
      {
        name: 'a service-linked role, which AWS keeps',
        account: { roles: [{ roleName: 'AWSServiceRoleForX', path: '/aws-service-role/x.amazonaws.com/' }] },
      },
    ],
  },
}

export const analyzerTags: Check = {
  id: 'analyzer-tags',
  title: 'An access analyzer lacks tags',
  severity: 'info',
  group: 'tags',
  off: true,
  why: WHY,
  fix: FIX,
  needs: ['analyzers'],
  references: ['https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html'],
  *run({ snapshot, config }) {
    for (const { arn, name, region, tags } of snapshot.analyzers)
      for (const flag of untagged(
        { kind: 'account', id: arn, arn, name },
        tags,
        config,
        'access-analyzer:ListAnalyzers',
      ))
        yield { ...flag, region }
  },
  examples: {
    flagged: [{ name: 'an analyzer without tags', account: { analyzers: [{ region: 'us-east-1' }] } }],
    clean: [
      { name: 'an analyzer with a tag', account: { analyzers: [{ region: 'us-east-1', tags: { team: 'sec' } }] } },
    ],
  },
}

function* untagged(
  subject: Subject,
  tags: Record<string, string>,
  { requiredTags }: CheckInput['config'],
  source: string,
): Iterable<Flag> {
  // IAM takes tag keys for the same whatever their case
  const keys = new Set<string>()
  for (const key of Object.keys(tags)) if (!key.startsWith('aws:')) keys.add(key.toLowerCase())
  const missing = requiredTags.filter((key) => !keys.has(key.toLowerCase()))
  if (requiredTags.length === 0 ? keys.size > 0 : missing.length === 0) return
  yield {
    subject,
    because: requiredTags.length === 0 ? 'has no tag' : `lacks ${listed(missing)}`,
    evidence: [{ fact: 'tags', value: [...keys].join(', ') || 'none', source }],
  }
}
