/** Makes whole snapshots from the few fields an example cares about. */

import { FACTS } from '../model/facts.ts'
import type {
  AccessKey,
  Analyzer,
  Group,
  Instance,
  InstanceProfile,
  ManagedPolicy,
  MfaDevice,
  OidcProvider,
  Organization,
  PasswordPolicy,
  Role,
  RootUser,
  SamlProvider,
  ServerCertificate,
  ServiceSpecificCredential,
  SigningCertificate,
  Snapshot,
  SshPublicKey,
  Trail,
  User,
  Workload,
} from '../model/snapshot.ts'

/** The account of every example, and the moment it was read. */
export const EXAMPLE_ACCOUNT = '111122223333'
export const EXAMPLE_TIME = '2026-11-01T12:00:00Z'

/** A date so many days before {@link EXAMPLE_TIME}. */
export function daysAgo(days: number): string {
  return `${new Date(Date.parse(EXAMPLE_TIME) - days * 86_400_000).toISOString().slice(0, 19)}Z`
}

/** A policy with one Allow on everything. */
export function allowing(Action: readonly string[], Condition?: object) {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*', ...(Condition && { Condition }) }],
  }
}

/** A customer managed policy, as it is attached. */
export function attached(policyName: string) {
  return { policyName, policyArn: `arn:aws:iam::${EXAMPLE_ACCOUNT}:policy/${policyName}` }
}

/** The fields of an account that an example cares about; the rest is filled in, unremarkable. */
export interface AccountSketch {
  users?: (Partial<User> & { userName: string })[]
  groups?: (Partial<Group> & { groupName: string })[]
  roles?: (Partial<Role> & { roleName: string })[]
  policies?: (Partial<ManagedPolicy> & { policyName: string; document?: unknown })[]
  accessKeys?: (Partial<AccessKey> & { userName: string | null })[]
  mfaDevices?: (Partial<MfaDevice> & { userName: string | null; kind: MfaDevice['kind'] })[]
  serviceSpecificCredentials?: (Partial<ServiceSpecificCredential> & { userName: string; serviceName: string })[]
  sshPublicKeys?: (Partial<SshPublicKey> & { userName: string })[]
  signingCertificates?: (Partial<SigningCertificate> & { userName: string | null })[]
  serverCertificates?: (Partial<ServerCertificate> & { serverCertificateName: string })[]
  samlProviders?: (Partial<SamlProvider> & { arn: string })[]
  oidcProviders?: (Partial<OidcProvider> & { url: string })[]
  analyzers?: (Partial<Analyzer> & { region: string })[]
  trails?: (Partial<Trail> & { name: string })[]
  instances?: (Partial<Instance> & { instanceId: string })[]
  /** Absent: what runs with roles was not read. */
  workloads?: (Partial<Workload> & { kind: Workload['kind']; arn: string })[]
  instanceProfiles?: (Partial<InstanceProfile> & { instanceProfileName: string })[]
  root?: Partial<RootUser>
  passwordPolicy?: Partial<PasswordPolicy> | null
  organization?: Organization | null
  securityContact?: boolean | null
  regions?: string[]
  partition?: string
  /** Sources that could not be read. */
  denied?: string[]
}

/** The whole snapshot of a sketch. Every source counts as read unless `denied` names it. */
export function exampleSnapshot(sketch: AccountSketch): Snapshot {
  const partition = sketch.partition ?? 'aws'
  const iamArn = (what: string) => `arn:${partition}:iam::${EXAMPLE_ACCOUNT}:${what}`
  const sources = new Set<string>(Object.values(FACTS).flat(2))
  return {
    schemaVersion: 1,
    tool: { name: 'keyreeve', version: '0.0.0' },
    collectedAt: EXAMPLE_TIME,
    collectedAtFrom: 'clock',
    complete: !sketch.denied?.length,
    accountId: EXAMPLE_ACCOUNT,
    partition,
    alias: 'example',
    callerArn: iamArn('role/audit'),
    organization: sketch.organization ?? null,
    summary: null,
    securityContact: sketch.securityContact === undefined ? true : sketch.securityContact,
    passwordPolicy: sketch.passwordPolicy === null ? null : { ...STRONG_PASSWORD_POLICY, ...sketch.passwordPolicy },
    root: {
      arn: iamArn('root'),
      passwordPresent: true,
      passwordLastUsed: null,
      accessKeysPresent: sketch.accessKeys?.some(({ userName }) => userName === null) ?? false,
      mfaActive: true,
      signingCertificatesPresent: false,
      credentialReportRow: true,
      ...sketch.root,
    },
    users: (sketch.users ?? []).map((user, i) => ({
      userId: `AIDAEXAMPLE${String(i).padStart(10, '0')}`,
      arn: iamArn(`user/${user.userName}`),
      path: '/',
      createDate: daysAgo(400),
      tags: {},
      groups: [],
      attachedPolicies: [],
      inlinePolicies: [],
      permissionsBoundary: null,
      password: { enabled: false, lastUsed: null, lastChanged: null, nextRotation: null },
      mfaActive: false,
      ...user,
    })),
    groups: (sketch.groups ?? []).map((group, i) => ({
      groupId: `AGPAEXAMPLE${String(i).padStart(10, '0')}`,
      arn: iamArn(`group/${group.groupName}`),
      path: '/',
      createDate: daysAgo(400),
      attachedPolicies: [],
      inlinePolicies: [],
      ...group,
    })),
    roles: (sketch.roles ?? []).map((role, i) => ({
      roleId: `AROAEXAMPLE${String(i).padStart(10, '0')}`,
      arn: iamArn(`role${role.path ?? '/'}${role.roleName}`),
      path: '/',
      createDate: daysAgo(400),
      tags: {},
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      attachedPolicies: [],
      inlinePolicies: [],
      permissionsBoundary: null,
      lastUsed: { date: daysAgo(1), region: 'us-east-1' },
      ...role,
    })),
    policies: (sketch.policies ?? []).map(({ document, ...policy }, i) => ({
      arn: policy.awsManaged
        ? `arn:${partition}:iam::aws:policy/${policy.policyName}`
        : iamArn(`policy/${policy.policyName}`),
      policyId: `ANPAEXAMPLE${String(i).padStart(10, '0')}`,
      path: '/',
      awsManaged: false,
      createDate: daysAgo(400),
      updateDate: daysAgo(400),
      attachmentCount: 1,
      permissionsBoundaryUsageCount: 0,
      defaultVersionId: 'v1',
      versions: [
        {
          versionId: 'v1',
          isDefaultVersion: true,
          createDate: daysAgo(400),
          document: document ?? { Version: '2012-10-17', Statement: [] },
        },
      ],
      ...policy,
    })),
    accessKeys: (sketch.accessKeys ?? []).map((key, i) => ({
      accessKeyId: `AKIAEXAMPLE${String(i + 1).padStart(9, '0')}`,
      slot: 1,
      userArn: iamArn(key.userName === null ? 'root' : `user/${key.userName}`),
      status: 'Active',
      createDate: daysAgo(10),
      lastUsed: { date: daysAgo(1), region: 'us-east-1', serviceName: 's3' },
      ...key,
    })),
    mfaDevices: (sketch.mfaDevices ?? []).map((device) => ({
      serialNumber: iamArn(`mfa/${device.userName ?? 'root-account-mfa-device'}`),
      enableDate: daysAgo(300),
      ...device,
    })),
    serviceSpecificCredentials: (sketch.serviceSpecificCredentials ?? []).map((credential, i) => ({
      serviceSpecificCredentialId: `ACCAEXAMPLE${String(i).padStart(10, '0')}`,
      status: 'Active',
      createDate: daysAgo(10),
      expirationDate: null,
      ...credential,
    })),
    sshPublicKeys: (sketch.sshPublicKeys ?? []).map((key, i) => ({
      sshPublicKeyId: `APKAEXAMPLE${String(i).padStart(10, '0')}`,
      status: 'Active',
      uploadDate: daysAgo(10),
      ...key,
    })),
    signingCertificates: (sketch.signingCertificates ?? []).map((certificate) => ({
      userArn: iamArn(certificate.userName === null ? 'root' : `user/${certificate.userName}`),
      slot: 1,
      active: true,
      lastRotated: daysAgo(100),
      ...certificate,
    })),
    serverCertificates: (sketch.serverCertificates ?? []).map((certificate, i) => ({
      arn: iamArn(`server-certificate/${certificate.serverCertificateName}`),
      serverCertificateId: `ASCAEXAMPLE${String(i).padStart(10, '0')}`,
      uploadDate: daysAgo(100),
      expiration: daysAgo(-200),
      ...certificate,
    })),
    samlProviders: (sketch.samlProviders ?? []).map((provider) => ({
      createDate: daysAgo(100),
      validUntil: daysAgo(-1000),
      ...provider,
    })),
    oidcProviders: (sketch.oidcProviders ?? []).map((provider) => ({
      arn: iamArn(`oidc-provider/${provider.url}`),
      clientIds: ['sts.amazonaws.com'],
      createDate: daysAgo(100),
      ...provider,
    })),
    instanceProfiles: (sketch.instanceProfiles ?? []).map((profile) => ({
      arn: iamArn(`instance-profile/${profile.instanceProfileName}`),
      roleArns: [],
      ...profile,
    })),
    regions: sketch.regions ?? ['us-east-1'],
    analyzers: (sketch.analyzers ?? []).map((analyzer) => ({
      arn: `arn:${partition}:access-analyzer:${analyzer.region}:${EXAMPLE_ACCOUNT}:analyzer/${analyzer.name ?? 'external'}`,
      name: 'external',
      type: 'ACCOUNT',
      status: 'ACTIVE',
      tags: {},
      ...analyzer,
    })),
    trails: (sketch.trails ?? []).map((trail) => ({
      trailArn: `arn:${partition}:cloudtrail:us-east-1:${EXAMPLE_ACCOUNT}:trail/${trail.name}`,
      homeRegion: 'us-east-1',
      isMultiRegionTrail: true,
      isOrganizationTrail: false,
      logFileValidationEnabled: true,
      isLogging: true,
      managementEvents: 'all',
      s3BucketName: 'example-trail',
      kmsKeyId: null,
      ...trail,
    })),
    instances: (sketch.instances ?? []).map((instance) => {
      const region = instance.region ?? 'us-east-1'
      return {
        region,
        arn: `arn:${partition}:ec2:${region}:${EXAMPLE_ACCOUNT}:instance/${instance.instanceId}`,
        state: 'running',
        launchTime: daysAgo(100),
        instanceProfileArn: iamArn('instance-profile/app'),
        httpTokens: 'required',
        httpEndpoint: 'enabled',
        tags: {},
        ...instance,
      }
    }),
    ...(sketch.workloads && {
      workloads: sketch.workloads.map((workload) => ({
        name: workload.arn.split(/[:/]/).at(-1)!,
        region: 'us-east-1',
        roleArns: [],
        clusterArn: null,
        features: [],
        ...workload,
      })),
    }),
    coverage: [...sources].sort().map((source) => ({
      source,
      region: null,
      status: sketch.denied?.includes(source) ? ('denied' as const) : ('read' as const),
      asOf: EXAMPLE_TIME,
      detail: null,
    })),
  }
}

const STRONG_PASSWORD_POLICY: PasswordPolicy = {
  minimumPasswordLength: 14,
  requireSymbols: true,
  requireNumbers: true,
  requireUppercaseCharacters: true,
  requireLowercaseCharacters: true,
  allowUsersToChangePassword: true,
  maxPasswordAge: 90,
  passwordReusePrevention: 24,
  hardExpiry: false,
}
