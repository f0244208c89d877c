/**
 * The snapshot as it would be after a plan: what was read of the account, with what the rehearsal changed. What a plan
 * cannot change, and what the sandbox would tell differently (when something was last used, what was not read), stays as
 * it was read.
 */
import type { Snapshot } from '../../model/snapshot.ts'

/**
 * @param collected of the sandbox in which the plan was carried out
 * @param except the name of the user that carried it out
 */
export function afterRehearsal(before: Snapshot, collected: Snapshot, except: string): Snapshot {
  const names = { users: 'userName', groups: 'groupName', roles: 'roleName' } as const
  const users = merged(
    before.users,
    collected.users,
    (it) => it[names.users],
    (old, now) => ({
      ...old,
      groups: now.groups,
      attachedPolicies: now.attachedPolicies,
      inlinePolicies: now.inlinePolicies,
      permissionsBoundary: now.permissionsBoundary,
    }),
  ).filter(({ userName }) => userName !== except)
  const kept = new Set(users.map(({ userName }) => userName))
  const ofKept = <T extends { userName: string | null }>(list: readonly T[]) =>
    list.filter(({ userName }) => userName === null || kept.has(userName))
  return {
    ...before,
    users,
    groups: merged(
      before.groups,
      collected.groups,
      (it) => it[names.groups],
      (old, now) => ({
        ...old,
        attachedPolicies: now.attachedPolicies,
        inlinePolicies: now.inlinePolicies,
      }),
    ),
    roles: merged(
      before.roles,
      collected.roles,
      (it) => it[names.roles],
      (old, now) => ({
        ...old,
        trustPolicy: now.trustPolicy,
        attachedPolicies: now.attachedPolicies,
        inlinePolicies: now.inlinePolicies,
        permissionsBoundary: now.permissionsBoundary,
      }),
    ),
    policies: policiesAfter(before, collected),
    ...(isRootListed(collected) && {
      root: { ...before.root, accessKeysPresent: collected.root.accessKeysPresent },
    }),
    accessKeys: keysAfter(before, collected).filter(({ userName }) => userName === null || kept.has(userName)),
    mfaDevices: ofKept(before.mfaDevices),
    serviceSpecificCredentials: ofKept(before.serviceSpecificCredentials),
    sshPublicKeys: ofKept(before.sshPublicKeys),
    signingCertificates: ofKept(before.signingCertificates),
    instanceProfiles: merged(
      before.instanceProfiles,
      collected.instanceProfiles,
      ({ instanceProfileName }) => instanceProfileName,
      (old, now) => ({ ...old, roleArns: now.roleArns }),
    ),
    passwordPolicy: collected.passwordPolicy,
  }
}

/** What was there as `change` says, in its old order; what is new behind it; what is gone left out. */
function merged<T>(
  before: readonly T[],
  now: readonly T[],
  nameOf: (item: T) => string,
  change: (old: T, now: T) => T,
) {
  const found = new Map(now.map((item) => [nameOf(item), item]))
  const old = before.flatMap((item) => {
    const same = found.get(nameOf(item))
    found.delete(nameOf(item))
    return same ? [change(item, same)] : []
  })
  return [...old, ...[...found.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))]
}

function policiesAfter(before: Snapshot, collected: Snapshot): Snapshot['policies'] {
  const seen = new Set(collected.policies.map(({ arn }) => arn))
  // AWS's own are told only where somebody has them, and never go
  const unattached = before.policies.filter(({ arn, awsManaged }) => awsManaged && !seen.has(arn))
  const now = [...collected.policies, ...unattached.map((policy) => ({ ...policy, attachmentCount: 0 }))]
  return merged(
    before.policies,
    now,
    ({ arn }) => arn,
    (old, same) => ({
      ...old,
      defaultVersionId: same.defaultVersionId,
      versions: same.versions,
      attachmentCount: same.attachmentCount,
      permissionsBoundaryUsageCount: same.permissionsBoundaryUsageCount,
    }),
  )
}

const isRootListed = ({ coverage }: Snapshot): boolean =>
  coverage.some(({ source, status }) => source === 'sts:AssumeRoot' && status === 'read')

/** Keys of which no ID is known are as they were: no step is about them. */
function keysAfter(before: Snapshot, collected: Snapshot): Snapshot['accessKeys'] {
  const now = new Map(collected.accessKeys.map((key) => [key.accessKeyId, key]))
  return before.accessKeys.flatMap((key) => {
    if (key.accessKeyId === null || (key.userName === null && !isRootListed(collected))) return [key]
    const same = now.get(key.accessKeyId)
    return same ? [{ ...key, status: same.status }] : []
  })
}
