import type { AttachedPolicy, InlinePolicy, User } from '../model/snapshot.ts'
import { keysByUser } from './by-user.ts'
import type { Check } from './check.ts'
import { deactivateKey, deleteKey, lookAtKey, revokeKey } from './key-commands.ts'
import type { Lookup } from './lookup.ts'
import { isQuarantine } from './quarantine.ts'
import { shell } from './shell.ts'
import { DETAILS, keySource } from './sources.ts'
import { keySubject, userSubject } from './subjects.ts'

const FIX_INACTIVE =
  'Look up in CloudTrail what was done with the key while it was active, then delete it. Keep the AWS policy until no exposed key is left; it also keeps the user from activating the key again.'

export const keyQuarantined: Check = {
  id: 'key-quarantined',
  title: 'AWS says that this access key is exposed',
  severity: 'critical',
  group: 'keys',
  why: 'AWS found a key of this user in public and attached a policy that denies a few expensive actions. It is no containment: reading data and most else stays possible for whoever has the key.',
  fix: 'Deactivate the keys now, look up in CloudTrail what was done with them, then delete them. Keep the AWS policy until no exposed key is left; it also keeps the user from changing its own keys.',
  needs: ['users', 'groups'],
  references: [
    'https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html',
  ],
  *run({ snapshot, dossiers, lookup, knowledge }) {
    const keys = keysByUser(dossiers)
    const quarantinedGroups = new Set(
      snapshot.groups.filter((group) => quarantineOn(group)).map(({ groupName }) => groupName),
    )
    for (const user of snapshot.users) {
      const way = quarantineOf(user, quarantinedGroups, lookup)
      if (!way) continue
      const evidence = [{ fact: 'policy', value: way, source: DETAILS }]
      const own = keys.get(user.userName) ?? []
      if (own.length === 0)
        yield {
          subject: userSubject(user),
          because: `${way}; ${knowledge('accessKeys').known === 'all' ? 'the user has no access key left' : 'the keys of the user are not known'}`,
          evidence,
          commands: [shell`aws iam list-access-keys --user-name ${user.userName}`],
        }
      for (const key of own)
        yield {
          subject: keySubject(key),
          because: key.status === 'active' ? `${way}, and the key is active` : `${way}; the key is inactive`,
          evidence: [...evidence, { fact: 'key status', value: key.status, source: keySource(key.accessKeyId) }],
          commands:
            key.status === 'active'
              ? [...revokeKey(key), ...deactivateKey(key), ...lookAtKey(key)]
              : [...lookAtKey(key), ...deleteKey(key)],
          ...(key.status === 'inactive' && { severity: 'high' as const, fix: FIX_INACTIVE }),
        }
    }
  },
  examples: {
    flagged: [
      {
        name: 'both keys of the user, whichever was found',
        account: {
          users: [
            { userName: 'deploy', attachedPolicies: [quarantine('AWSCompromisedKeyQuarantineV3')] },
            { userName: 'ana' },
          ],
          accessKeys: [
            { userName: 'deploy', accessKeyId: 'AKIAEXAMPLEONE' },
            { userName: 'deploy', accessKeyId: 'AKIAEXAMPLETWO', slot: 2, status: 'Inactive' },
            { userName: 'ana', accessKeyId: 'AKIAEXAMPLETHREE' },
          ],
        },
        flags: ['AKIAEXAMPLEONE', 'AKIAEXAMPLETWO'],
      },
      {
        name: 'the first version of the policy',
        account: {
          users: [{ userName: 'deploy', attachedPolicies: [quarantine('AWSCompromisedKeyQuarantine')] }],
          accessKeys: [{ userName: 'deploy' }],
        },
      },
      {
        name: 'a version that did not exist when this was written',
        account: {
          users: [{ userName: 'deploy', attachedPolicies: [quarantine('AWSCompromisedKeyQuarantineV9')] }],
          accessKeys: [{ userName: 'deploy' }],
        },
      },
      {
        name: 'a quarantine through a group',
        account: {
          users: [{ userName: 'deploy', groups: ['found'] }],
          groups: [{ groupName: 'found', attachedPolicies: [quarantine('AWSCompromisedKeyQuarantineV2')] }],
          accessKeys: [{ userName: 'deploy' }],
        },
        flags: ['AKIAEXAMPLE000000001'],
      },
      {
        name: 'an inline copy of the policy',
        account: {
          users: [
            {
              userName: 'deploy',
              inlinePolicies: [{ policyName: 'AWSCompromisedKeyQuarantineV3', policyDocument: { Statement: [] } }],
            },
          ],
          accessKeys: [{ userName: 'deploy' }],
        },
      },
      {
        name: 'the user, when no key is left',
        account: { users: [{ userName: 'deploy', attachedPolicies: [quarantine('AWSCompromisedKeyQuarantineV4')] }] },
        flags: ['arn:aws:iam::111122223333:user/deploy'],
      },
    ],
    clean: [
      {
        name: 'a user without the policy',
        account: { users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana' }] },
      },
      {
        name: 'a group with the policy and without users',
        account: { groups: [{ groupName: 'found', attachedPolicies: [quarantine('AWSCompromisedKeyQuarantineV2')] }] },
      },
    ],
  },
}

/** The name of the quarantine policy on a user, and how it got there; null when there is none. */
function quarantineOf(user: User, groups: ReadonlySet<string>, lookup: Lookup): string | null {
  const direct = quarantineOn(user)
  if (direct) return direct
  const through = groups.size === 0 ? undefined : user.groups.find((name) => groups.has(name))
  const group = through === undefined ? undefined : lookup.group(through)
  return group ? `${quarantineOn(group)} through group ${through}` : null
}

function quarantineOn(holder: { attachedPolicies: AttachedPolicy[]; inlinePolicies: InlinePolicy[] }): string | null {
  return (holder.attachedPolicies.find(isQuarantine) ?? holder.inlinePolicies.find(isQuarantine))?.policyName ?? null
}

function quarantine(policyName: string) {
  return { policyName, policyArn: `arn:aws:iam::aws:policy/${policyName}` }
}
