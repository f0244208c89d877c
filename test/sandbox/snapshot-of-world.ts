/**
 * The snapshot of an account as it is in the sandbox's world, without any call: what a collector should find who is not
 * root. Written as plainly as possible, as a second opinion on the way over the wire.
 */
import { FACTS } from '../../src/model/facts.ts'
import type { Organization, OrganizationPolicyLevel, Snapshot, Trail, Workload } from '../../src/model/snapshot.ts'
import {
  type Account,
  type ManagedPolicy,
  type MfaDevice,
  nowOf,
  type Region,
  type RootUser,
  rootArn,
  type User,
  type World,
  type Trail as WorldTrail,
} from '../../src/sandbox/state.ts'
import type { WorkloadKinds } from '../../src/sandbox/workloads.ts'

export function snapshotOfWorld(world: World, account: Account): Snapshot {
  const { accountId, partition, root } = account
  const users = [...account.users.values()]
  const owners: { userName: string | null; userArn: string; holder: RootUser | User }[] = [
    { userName: null, userArn: rootArn(account), holder: root },
    ...users.map((user) => ({ userName: user.userName, userArn: user.arn, holder: user })),
  ]
  const roles = [...account.roles.values()]
  const regions = [...account.regions.values()].filter(({ optStatus }) => optStatus !== 'DISABLED')
  const policyUse = usesOf(account)
  const now = nowOf(world)
  return {
    schemaVersion: 1,
    tool: { name: 'keyreeve', version: '0.0.0' },
    collectedAt: iso(now),
    collectedAtFrom: 'clock',
    complete: true,
    accountId,
    partition,
    alias: account.alias,
    callerArn: null,
    organization: organizationOf(world, account),
    summary: null,
    securityContact: account.alternateContacts.SECURITY !== undefined,
    // what does not expire is not said to expire softly or hard
    passwordPolicy: account.passwordPolicy && {
      ...account.passwordPolicy,
      hardExpiry: account.passwordPolicy.maxPasswordAge === null ? null : account.passwordPolicy.hardExpiry,
    },
    root: {
      arn: rootArn(account),
      passwordPresent: root.password !== null,
      passwordLastUsed: isoOrNull(root.password?.lastUsed ?? null),
      accessKeysPresent: root.accessKeys.length > 0,
      mfaActive: root.mfaDevices.length > 0,
      signingCertificatesPresent: root.signingCertificates.length > 0,
      credentialReportRow: true,
    },
    users: users.map((user) => ({
      ...identityOf(user),
      userName: user.userName,
      userId: user.userId,
      tags: Object.fromEntries(user.tags),
      groups: user.groups.map(({ groupName }) => groupName),
      permissionsBoundary: user.permissionsBoundary,
      password: {
        enabled: user.password !== null,
        lastUsed: isoOrNull(user.password?.lastUsed ?? null),
        lastChanged: isoOrNull(user.password?.lastChanged ?? null),
        nextRotation: nextRotation(user, account),
      },
      mfaActive: user.mfaDevices.length > 0,
    })),
    groups: [...account.groups.values()].map((group) => ({
      ...identityOf(group),
      groupName: group.groupName,
      groupId: group.groupId,
    })),
    roles: roles.map((role) => ({
      ...identityOf(role),
      roleName: role.roleName,
      roleId: role.roleId,
      tags: Object.fromEntries(role.tags),
      trustPolicy: JSON.parse(role.trustPolicy),
      permissionsBoundary: role.permissionsBoundary,
      lastUsed: { date: isoOrNull(role.lastUsed?.date ?? null), region: role.lastUsed?.region ?? null },
    })),
    policies: [
      ...account.policies.values(),
      ...[...world.awsManagedPolicies.values()].filter(({ arn }) => policyUse.attached(arn) > 0),
    ].map((policy) => ({
      ...managedPolicyOf(policy),
      awsManaged: !account.policies.has(policy.arn),
      attachmentCount: policyUse.attached(policy.arn),
      permissionsBoundaryUsageCount: policyUse.boundary(policy.arn),
    })),
    accessKeys: owners.flatMap(({ userName, userArn, holder }) =>
      holder.accessKeys.map((key, i) => ({
        // only root can list root's keys
        accessKeyId: userName === null ? null : key.accessKeyId,
        slot: i === 0 ? (1 as const) : (2 as const),
        userName,
        userArn,
        status: key.status,
        createDate: iso(key.createDate),
        lastUsed: {
          date: isoOrNull(key.lastUsed?.date ?? null),
          region: key.lastUsed?.region ?? null,
          serviceName: key.lastUsed?.service ?? null,
        },
      })),
    ),
    mfaDevices: [...account.mfaDevices.values()]
      .filter(({ owner, kind }) => kind === 'virtual' || isAskedFor(owner))
      .map(({ serialNumber, owner, kind, enableDate }) => ({
        serialNumber,
        userName: owner === 'root' || owner === null ? null : owner.userName,
        kind,
        enableDate: isoOrNull(enableDate),
      })),
    serviceSpecificCredentials: users.flatMap(({ userName, serviceSpecificCredentials }) =>
      serviceSpecificCredentials.map((credential) => ({
        serviceSpecificCredentialId: credential.serviceSpecificCredentialId,
        userName,
        serviceName: credential.serviceName,
        status: credential.status,
        createDate: iso(credential.createDate),
        expirationDate: isoOrNull(credential.expirationDate),
      })),
    ),
    sshPublicKeys: users.flatMap(({ userName, sshPublicKeys }) =>
      sshPublicKeys.map(({ sshPublicKeyId, status, uploadDate }) => ({
        sshPublicKeyId,
        userName,
        status,
        uploadDate: iso(uploadDate),
      })),
    ),
    signingCertificates: owners.flatMap(({ userName, userArn, holder }) =>
      holder.signingCertificates.map(({ status, uploadDate }, i) => ({
        userName,
        userArn,
        slot: i === 0 ? (1 as const) : (2 as const),
        active: status === 'Active',
        lastRotated: iso(uploadDate),
      })),
    ),
    serverCertificates: [...account.serverCertificates.values()].map((certificate) => ({
      arn: certificate.arn,
      serverCertificateName: certificate.serverCertificateName,
      serverCertificateId: certificate.serverCertificateId,
      uploadDate: iso(certificate.uploadDate),
      expiration: iso(certificate.expiration),
    })),
    samlProviders: [...account.samlProviders.values()].map(({ arn, createDate, validUntil }) => ({
      arn,
      createDate: iso(createDate),
      validUntil: iso(validUntil),
    })),
    oidcProviders: [...account.oidcProviders.values()].map(({ arn, url, clientIds, createDate }) => ({
      arn,
      url,
      clientIds,
      createDate: iso(createDate),
    })),
    instanceProfiles: [...account.instanceProfiles.values()].map((profile) => ({
      arn: profile.arn,
      instanceProfileName: profile.instanceProfileName,
      roleArns: profile.roles.map(({ arn }) => arn),
    })),
    regions: regions.map(({ regionName }) => regionName),
    analyzers: regions.flatMap(({ regionName, analyzers }) =>
      [...analyzers.values()].map(({ arn, analyzerName, type, status, tags }) => ({
        arn,
        name: analyzerName,
        type,
        status,
        region: regionName,
        tags: Object.fromEntries(tags),
      })),
    ),
    trails: trailsOf(world, account),
    instances: regions.flatMap(({ regionName, instances }) =>
      [...instances.values()]
        .filter(({ state }) => state !== 'terminated')
        .map((instance) => ({
          instanceId: instance.instanceId,
          region: regionName,
          arn: `arn:${partition}:ec2:${regionName}:${accountId}:instance/${instance.instanceId}`,
          state: instance.state,
          launchTime: iso(instance.launchTime),
          instanceProfileArn: instance.instanceProfile?.arn ?? null,
          httpTokens: instance.metadataOptions.httpTokens,
          httpEndpoint: instance.metadataOptions.httpEndpoint,
          tags: Object.fromEntries(instance.tags),
        })),
    ),
    workloads: regions.flatMap((region) => workloadsIn(region, account)),
    coverage: [...new Set<string>(Object.values(FACTS).flat(2))].map((source) => ({
      source,
      region: null,
      status: 'read' as const,
      asOf: iso(now),
      detail: null,
    })),
  }
}

/** The kinds of workloads that the example has. */
function workloadsIn({ regionName: region, workloads }: Region, account: Account): Workload[] {
  const all = <Kind extends keyof WorkloadKinds>(kind: Kind) => [
    ...((workloads[kind] as Map<string, WorkloadKinds[Kind]> | undefined) ?? new Map<string, never>()).values(),
  ]
  const one = (
    kind: Workload['kind'],
    arn: string | undefined,
    name: string | undefined,
    role: string | undefined,
    more: Partial<Workload> = {},
  ): Workload => ({
    kind,
    arn: arn!,
    name: name!,
    region,
    roleArns: role ? [role] : [],
    clusterArn: null,
    features: [],
    ...more,
  })
  const ec2 = (what: string) => `arn:${account.partition}:ec2:${region}:${account.accountId}:${what}`
  const roleOfTask = (definition: string | undefined) =>
    all('taskDefinition').find(({ taskDefinitionArn }) => taskDefinitionArn === definition)?.taskRoleArn
  return [
    ...all('function').map(({ configuration: { FunctionArn, FunctionName, Role } }) =>
      one('lambda-function', FunctionArn, FunctionName, Role),
    ),
    ...all('launchTemplate').map(({ template, versions }) => {
      const names = versions.map(({ LaunchTemplateData }) => LaunchTemplateData?.IamInstanceProfile?.Name)
      const [profile] = [...account.instanceProfiles.values()].filter((p) => names.includes(p.instanceProfileName))
      const arn = ec2(`launch-template/${template.LaunchTemplateId}`)
      return one('launch-template', arn, template.LaunchTemplateName, profile?.roles[0]?.arn)
    }),
    ...all('stack').map(({ stack }) => one('stack', stack.StackId, stack.StackName, stack.RoleARN)),
    ...all('project').map(({ arn, name, serviceRole }) => one('build-project', arn, name, serviceRole)),
    ...all('stateMachine').map(({ stateMachineArn, name, roleArn }) =>
      one('state-machine', stateMachineArn, name, roleArn),
    ),
    ...all('taskDefinition').map(({ taskDefinitionArn, family, taskRoleArn }) =>
      one('task-definition', taskDefinitionArn, family, taskRoleArn),
    ),
    ...all('task').map(({ taskArn, group, clusterArn, taskDefinitionArn, enableExecuteCommand }) =>
      one('container-task', taskArn, group, roleOfTask(taskDefinitionArn), {
        clusterArn: clusterArn!,
        features: enableExecuteCommand ? ['execute-command'] : [],
      }),
    ),
    ...all('ecsService').map(({ serviceArn, serviceName, clusterArn, taskDefinition, enableExecuteCommand }) =>
      one('container-service', serviceArn, serviceName, roleOfTask(taskDefinition), {
        clusterArn: clusterArn!,
        features: enableExecuteCommand ? ['execute-command'] : [],
      }),
    ),
    ...all('managedInstance').map(({ InstanceId, PingStatus }) =>
      one('managed-instance', ec2(`instance/${InstanceId}`), InstanceId, undefined, {
        features: PingStatus === 'Online' ? ['running'] : [],
      }),
    ),
  ]
}

/** Devices that are not virtual take a call for each user; who has a virtual one is known to have MFA. */
function isAskedFor(owner: MfaDevice['owner']): boolean {
  return owner !== null && owner !== 'root' && owner.mfaDevices.every(({ kind }) => kind !== 'virtual')
}

function nextRotation({ password }: User, { passwordPolicy }: Account): string | null {
  if (!password || !passwordPolicy?.maxPasswordAge) return null
  return iso(new Date(password.lastChanged.getTime() + passwordPolicy.maxPasswordAge * 86_400_000))
}

function iso(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

function isoOrNull(date: Date | null): string | null {
  return date === null ? null : iso(date)
}

function identityOf(identity: {
  arn: string
  path: string
  createDate: Date
  attachedPolicies: Set<string>
  inlinePolicies: Map<string, string>
}) {
  return {
    arn: identity.arn,
    path: identity.path,
    createDate: iso(identity.createDate),
    attachedPolicies: [...identity.attachedPolicies].map((policyArn) => ({
      policyArn,
      policyName: policyArn.slice(policyArn.lastIndexOf('/') + 1),
    })),
    inlinePolicies: [...identity.inlinePolicies].map(([policyName, text]) => ({
      policyName,
      policyDocument: JSON.parse(text),
    })),
  }
}

function managedPolicyOf(policy: ManagedPolicy) {
  return {
    arn: policy.arn,
    policyName: policy.policyName,
    policyId: policy.policyId,
    path: policy.path,
    createDate: iso(policy.createDate),
    updateDate: iso(policy.updateDate),
    defaultVersionId: policy.defaultVersionId,
    versions: [...policy.versions].reverse().map(({ versionId, createDate, document }) => ({
      versionId,
      isDefaultVersion: versionId === policy.defaultVersionId,
      createDate: iso(createDate),
      document: JSON.parse(document),
    })),
  }
}

function usesOf(account: Account) {
  const count = (arns: Iterable<string>) => {
    const counts = new Map<string, number>()
    for (const arn of arns) counts.set(arn, (counts.get(arn) ?? 0) + 1)
    return (arn: string) => counts.get(arn) ?? 0
  }
  const bounded = [...account.users.values(), ...account.roles.values()]
  return {
    attached: count([...bounded, ...account.groups.values()].flatMap(({ attachedPolicies }) => [...attachedPolicies])),
    boundary: count(bounded.flatMap(({ permissionsBoundary }) => permissionsBoundary ?? [])),
  }
}

/** The account's own trails, and the organization's. */
function trailsOf(world: World, account: Account): Trail[] {
  const management = world.organization && world.accounts.get(world.organization.managementAccountId)
  const trailsIn = (of: Account) => [...of.regions.values()].flatMap(({ trails }) => [...trails.values()])
  const organizations = management && management !== account ? trailsIn(management) : []
  return [...trailsIn(account), ...organizations.filter(({ isOrganizationTrail }) => isOrganizationTrail)].map(trailOf)
}

function trailOf(trail: WorldTrail): Trail {
  return {
    trailArn: trail.arn,
    name: trail.name,
    homeRegion: trail.homeRegion,
    isMultiRegionTrail: trail.isMultiRegionTrail,
    isOrganizationTrail: trail.isOrganizationTrail,
    logFileValidationEnabled: trail.logFileValidationEnabled,
    isLogging: trail.isLogging,
    managementEvents: 'all',
    s3BucketName: trail.s3BucketName,
    kmsKeyId: trail.kmsKeyId,
  }
}

/** What the account may know of its organization: most of it is for the management account and delegated administrators. */
function organizationOf({ organization }: World, { accountId }: Account): Organization | null {
  if (!organization?.accounts.has(accountId)) return null
  const insider =
    organization.managementAccountId === accountId ||
    [...organization.delegatedAdministrators.values()].some((accounts) => accounts.has(accountId))
  const path: NonNullable<Organization['path']> = [{ id: accountId, name: accountId, type: 'account' }]
  for (let id = organization.accounts.get(accountId)!.parentId; ; ) {
    const unit = organization.units.get(id)
    path.unshift({ id, name: unit?.name ?? 'Root', type: unit ? 'organizational-unit' : 'root' })
    if (!unit) break
    id = unit.parentId
  }
  const levels = (type: string): OrganizationPolicyLevel[] =>
    path.map(({ id }) => ({
      targetId: id,
      policies: [...(organization.attachments.get(id) ?? [])]
        .map((policyId) => organization.policies.get(policyId)!)
        .filter((policy) => policy.type === type)
        .map(({ id: policyId, arn, name, content }) => ({ id: policyId, arn, name, document: JSON.parse(content) })),
    }))
  return {
    id: organization.id,
    arn: organization.arn,
    managementAccountId: organization.managementAccountId,
    path: insider ? path : null,
    accountIds: insider ? [...organization.accounts.keys()] : null,
    serviceControlPolicies: insider ? levels('SERVICE_CONTROL_POLICY') : null,
    resourceControlPolicies: insider ? levels('RESOURCE_CONTROL_POLICY') : null,
    features: organization.managementAccountId === accountId ? [...organization.features] : null,
  }
}
