/**
 * A world that is as a snapshot says: to rehearse what would change an account. Users, groups, roles, policies and
 * credentials are there by their names and IDs, with secrets of the sandbox's own; of the organization what has a say on
 * the account. Nothing runs in it.
 */
import { KeyreeveError } from '../model/errors.ts'
import type { ManagedPolicy as SavedPolicy, Snapshot } from '../model/snapshot.ts'
import {
  type Account,
  addAccessKey,
  addAccount,
  addAwsManagedPolicy,
  addGroup,
  addInstanceProfile,
  addMfaDevice,
  addOidcProvider,
  addOrganization,
  addPolicy,
  addRole,
  addSamlProvider,
  addServiceSpecificCredential,
  addSigningCertificate,
  addSshPublicKey,
  addUser,
  addUserToGroup,
  documentText,
  type Group,
  type KeyHolder,
  newPassword,
  newWorld,
  type OrganizationPolicyType,
  type Partition,
  putInlinePolicy,
  type Role,
  setPasswordPolicy,
  type User,
  type World,
} from './state.ts'

export interface RehearsalWorld {
  world: World
  account: Account
  /** Whoever carries out the plan: may do everything, and is in no snapshot. */
  rehearser: KeyHolder
  /** The same in the management account, where that is another one. */
  inManagement: KeyHolder | null
  /** What of the snapshot is not in the world. */
  left: string[]
}

/** Not a name that anybody gives a user. */
export const REHEARSER = 'keyreeve-rehearsal.4b1f6a'

const PARTITIONS: readonly string[] = ['aws', 'aws-cn', 'aws-us-gov'] satisfies Partition[]

/** @throws {KeyreeveError} for a partition that the sandbox does not have */
export function worldOfSnapshot(snapshot: Snapshot): RehearsalWorld {
  const { partition, accountId, collectedAt } = snapshot
  if (!PARTITIONS.includes(partition)) throw new KeyreeveError('input', `the sandbox has no partition \`${partition}\``)
  const world = newWorld({ seed: 1, partition: partition as Partition, now: new Date(collectedAt) })
  const account = addAccount(world, {
    accountId,
    ...(snapshot.alias !== null && { alias: snapshot.alias }),
    rootPassword: snapshot.root.passwordPresent === false ? null : {},
  })
  const left: string[] = []
  addPolicies(world, account, snapshot, left)
  const groups = addGroups(world, account, snapshot)
  const users = addUsers(world, account, snapshot, groups)
  addCredentials(world, account, snapshot, users)
  const roles = addRoles(world, account, snapshot)
  addRest(world, account, snapshot, roles)
  const management = addTheOrganization(world, account, snapshot, left)
  return {
    world,
    account,
    rehearser: addRehearser(world, account),
    inManagement: management === account ? null : addRehearser(world, management),
    left,
  }
}

function addRehearser(world: World, account: Account): KeyHolder {
  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  const user = addUser(world, account, REHEARSER, { inlinePolicies: { all: document } })
  return { account, user, key: addAccessKey(world, account, user) }
}

const dateOf = (text: string | null): Date | undefined => (text === null ? undefined : new Date(text))
const created = (text: string | null) => (text === null ? {} : { createDate: new Date(text) })

function addPolicies(world: World, account: Account, { policies, users, groups, roles }: Snapshot, left: string[]) {
  for (const saved of policies) {
    const { policyName, path } = saved
    const versions = oldestFirst(saved)
    const standard = versions.find(({ isDefaultVersion }) => isDefaultVersion)
    if (!standard) {
      left.push(`the document of ${policyName}, which was not read`)
      continue
    }
    if (saved.awsManaged) {
      const document = documentOf(standard.document) as object
      addAwsManagedPolicy(world, { policyName, path, versionId: standard.versionId, document })
      continue
    }
    const policy = addPolicy(world, account, policyName, documentOf(standard.document), {
      path,
      ...created(saved.createDate),
    })
    policy.policyId = saved.policyId
    policy.updateDate = dateOf(saved.updateDate) ?? policy.createDate
    policy.versions = versions.map(({ versionId, createDate, document }) => ({
      versionId,
      createDate: dateOf(createDate) ?? policy.createDate,
      document: documentText(documentOf(document)),
    }))
    policy.defaultVersionId = standard.versionId
    policy.nextVersion = Math.max(...versions.map(({ versionId }) => Number(versionId.slice(1)))) + 1
  }
  const known = new Set(policies.map(({ arn }) => arn))
  const unknown = [...users, ...groups, ...roles]
    .flatMap(({ attachedPolicies }) => attachedPolicies.map(({ policyArn }) => policyArn))
    .filter((arn) => !known.has(arn))
  for (const arn of new Set(unknown)) left.push(`the policy ${arn}, whose document is not in the snapshot`)
}

function oldestFirst({ versions }: SavedPolicy) {
  return [...versions].sort((a, b) => Number(a.versionId.slice(1)) - Number(b.versionId.slice(1)))
}

function documentOf(document: unknown): object | string {
  return typeof document === 'string' ? document : ((document ?? {}) as object)
}

type Holder = Snapshot['users'][number] | Snapshot['groups'][number] | Snapshot['roles'][number]

/** Names may be `__proto__`, so that objects are no place for them. */
function giveInline(world: World, to: User | Group | Role, { inlinePolicies }: Holder): void {
  for (const { policyName, policyDocument } of inlinePolicies)
    putInlinePolicy(world, to, policyName, documentOf(policyDocument))
}

const identity = ({ path, createDate, attachedPolicies }: Holder) => ({
  path,
  ...created(createDate),
  attachedPolicies: attachedPolicies.map(({ policyArn }) => policyArn),
})

function addGroups(world: World, account: Account, snapshot: Snapshot): Map<string, Group> {
  return new Map(
    snapshot.groups.map((saved) => {
      const group = addGroup(world, account, saved.groupName, identity(saved))
      group.groupId = saved.groupId
      giveInline(world, group, saved)
      return [saved.groupName, group]
    }),
  )
}

function addUsers(world: World, account: Account, snapshot: Snapshot, groups: Map<string, Group>): Map<string, User> {
  return new Map(
    snapshot.users.map((saved) => {
      const { userName, userId, tags, permissionsBoundary, password } = saved
      const user = addUser(world, account, userName, { ...identity(saved), permissionsBoundary })
      user.userId = userId
      user.tags = new Map(Object.entries(tags))
      if (password?.enabled)
        user.password = newPassword(user.createDate, {
          lastUsed: dateOf(password.lastUsed) ?? null,
          ...(password.lastChanged !== null && { lastChanged: new Date(password.lastChanged) }),
        })
      for (const name of saved.groups) {
        const group = groups.get(name)
        if (group) addUserToGroup(world, user, group)
      }
      giveInline(world, user, saved)
      return [userName, user]
    }),
  )
}

function addCredentials(world: World, account: Account, snapshot: Snapshot, users: Map<string, User>): void {
  for (const { accessKeyId, userName, status, createDate, lastUsed } of snapshot.accessKeys) {
    const user = userName === null ? null : users.get(userName)
    if (user === undefined) continue
    addAccessKey(world, account, user, {
      ...(accessKeyId !== null && { accessKeyId }),
      status: status === 'Active' ? 'Active' : 'Inactive',
      ...created(createDate),
      lastUsed: lastUsed?.date
        ? { date: new Date(lastUsed.date), service: lastUsed.serviceName ?? 'N/A', region: lastUsed.region ?? 'N/A' }
        : null,
    })
  }
  for (const { serialNumber, userName, kind, enableDate } of snapshot.mfaDevices) {
    const owner = userName === null ? 'root' : users.get(userName)
    if (owner === undefined || kind === 'sms') continue
    const enabled = dateOf(enableDate)
    addMfaDevice(world, account, owner, { serialNumber, kind, ...(enabled && { enableDate: enabled }) })
  }
  for (const saved of snapshot.serviceSpecificCredentials) {
    const user = users.get(saved.userName)
    if (!user) continue
    const credential = addServiceSpecificCredential(world, account, user, saved.serviceName, {
      status: saved.status,
      ...created(saved.createDate),
      expirationDate: dateOf(saved.expirationDate) ?? null,
    })
    credential.serviceSpecificCredentialId = saved.serviceSpecificCredentialId
  }
  for (const { sshPublicKeyId, userName, status, uploadDate } of snapshot.sshPublicKeys) {
    const user = users.get(userName)
    if (!user) continue
    const key = addSshPublicKey(world, account, user, {
      status: status === 'Active' ? 'Active' : 'Inactive',
      uploadDate: dateOf(uploadDate) ?? user.createDate,
    })
    key.sshPublicKeyId = sshPublicKeyId
  }
  for (const { userName, active } of snapshot.signingCertificates) {
    const user = userName === null ? null : users.get(userName)
    if (user !== undefined) addSigningCertificate(world, account, user, { status: active ? 'Active' : 'Inactive' })
  }
}

function addRoles(world: World, account: Account, snapshot: Snapshot): Map<string, Role> {
  return new Map(
    snapshot.roles.map((saved) => {
      const { roleName, roleId, arn, tags, trustPolicy, permissionsBoundary, lastUsed } = saved
      const role = addRole(world, account, roleName, {
        ...identity(saved),
        trustPolicy: documentOf(trustPolicy),
        permissionsBoundary,
        lastUsed: lastUsed?.date ? { date: new Date(lastUsed.date), region: lastUsed.region ?? 'us-east-1' } : null,
      })
      role.roleId = roleId
      role.tags = new Map(Object.entries(tags))
      giveInline(world, role, saved)
      return [arn, role]
    }),
  )
}

function addRest(world: World, account: Account, snapshot: Snapshot, roles: Map<string, Role>): void {
  for (const { instanceProfileName, arn, roleArns } of snapshot.instanceProfiles) {
    const role = roles.get(roleArns[0] ?? '')
    const path = arn.slice(arn.indexOf('/'), arn.lastIndexOf('/') + 1)
    addInstanceProfile(world, account, instanceProfileName, { path, ...(role && { role }) })
  }
  if (snapshot.passwordPolicy) {
    const { hardExpiry, ...policy } = snapshot.passwordPolicy
    setPasswordPolicy(world, account, { ...policy, hardExpiry: hardExpiry ?? false })
  }
  for (const { arn } of snapshot.samlProviders) addSamlProvider(world, account, arn.slice(arn.lastIndexOf('/') + 1))
  for (const { url, clientIds } of snapshot.oidcProviders)
    addOidcProvider(world, account, url, { ...(clientIds && { clientIds }) })
}

/** The organization, as far as it has a say on the account. Its management account. */
function addTheOrganization(world: World, account: Account, { organization }: Snapshot, left: string[]): Account {
  if (!organization) return account
  const { managementAccountId, path, serviceControlPolicies, resourceControlPolicies } = organization
  const management =
    managementAccountId === account.accountId ? account : addAccount(world, { accountId: managementAccountId })
  const made = addOrganization(world, management)
  Object.assign(made, { id: organization.id, arn: organization.arn })
  for (const feature of ['RootCredentialsManagement', 'RootSessions'] as const) made.features.add(feature)
  const fullAccess = made.attachments.get(made.rootId)!
  const [root, ...below] = path ?? [{ id: made.rootId }, { id: account.accountId, name: 'account', type: 'account' }]
  made.rootId = root!.id
  made.attachments.set(made.rootId, fullAccess)
  for (const member of made.accounts.values()) member.parentId = made.rootId
  let parentId = made.rootId
  for (const { id, name, type } of below.filter((it) => 'type' in it) as NonNullable<typeof path>) {
    if (type === 'organizational-unit') {
      made.units.set(id, { id, arn: `${organization.arn}/${id}`, name, parentId })
      made.attachments.set(id, new Set(fullAccess))
      parentId = id
    }
  }
  if (management !== account)
    made.accounts.set(account.accountId, {
      ...made.accounts.get(managementAccountId)!,
      accountId: account.accountId,
      name: 'account',
      parentId,
    })
  made.attachments.set(account.accountId, new Set(fullAccess))
  if (serviceControlPolicies === null)
    left.push("the organization's policies, which only its management account can read")
  const levels = [
    ['SERVICE_CONTROL_POLICY', serviceControlPolicies],
    ['RESOURCE_CONTROL_POLICY', resourceControlPolicies],
  ] as const
  for (const [type, list] of levels) for (const level of list ?? []) attachLevel(world, type, level)
  return management
}

type Level = NonNullable<NonNullable<Snapshot['organization']>['serviceControlPolicies']>[number]

/** What the snapshot says is attached there, in place of what every organization begins with. */
function attachLevel(world: World, type: OrganizationPolicyType, { targetId, policies }: Level): void {
  const organization = world.organization!
  const others = [...(organization.attachments.get(targetId) ?? [])].filter(
    (id) => organization.policies.get(id)?.type !== type,
  )
  organization.attachments.set(targetId, new Set([...others, ...policies.map(({ id }) => id)]))
  for (const { id, arn, name, document } of policies)
    organization.policies.set(id, {
      id,
      arn,
      name,
      description: '',
      type,
      awsManaged: false,
      content: documentText(documentOf(document)),
    })
}
