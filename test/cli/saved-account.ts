/** A small account as the AWS CLI saves it, made at run time, to be changed and broken by tests. */

export const ACCOUNT = '111122223333'
const iam = (what: string) => `arn:aws:iam::${ACCOUNT}:${what}`
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

/** What `aws iam get-account-authorization-details` prints. */
export function accountDetails() {
  return {
    UserDetailList: [
      {
        Path: '/',
        UserName: 'ana',
        UserId: 'AIDAEXAMPLE0000000001',
        Arn: iam('user/ana'),
        CreateDate: '2025-01-10T09:00:00+00:00',
        UserPolicyList: [
          { PolicyName: 'everything', PolicyDocument: document({ Effect: 'Allow', Action: '*', Resource: '*' }) },
        ],
        GroupList: ['Admins'],
        AttachedManagedPolicies: [{ PolicyName: 'Deploy', PolicyArn: iam('policy/Deploy') }],
        Tags: [{ Key: 'team', Value: 'platform' }],
      },
      {
        Path: '/',
        UserName: 'ben',
        UserId: 'AIDAEXAMPLE0000000002',
        Arn: iam('user/ben'),
        CreateDate: '2025-02-10T09:00:00+00:00',
        GroupList: [],
        AttachedManagedPolicies: [],
        Tags: [],
      },
    ],
    GroupDetailList: [
      {
        Path: '/',
        GroupName: 'Admins',
        GroupId: 'AGPAEXAMPLE0000000001',
        Arn: iam('group/Admins'),
        CreateDate: '2025-01-01T09:00:00+00:00',
        GroupPolicyList: [],
        AttachedManagedPolicies: [
          { PolicyName: 'AdministratorAccess', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
        ],
      },
    ],
    RoleDetailList: [
      {
        Path: '/',
        RoleName: 'ci',
        RoleId: 'AROAEXAMPLE0000000001',
        Arn: iam('role/ci'),
        CreateDate: '2025-01-01T09:00:00+00:00',
        AssumeRolePolicyDocument: document({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }),
        InstanceProfileList: [],
        RolePolicyList: [],
        AttachedManagedPolicies: [],
        Tags: [],
        RoleLastUsed: { LastUsedDate: '2026-10-01T09:00:00+00:00', Region: 'us-east-1' },
      },
    ],
    Policies: [
      {
        PolicyName: 'AdministratorAccess',
        PolicyId: 'ANPAEXAMPLE0000000002',
        Arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        Path: '/',
        DefaultVersionId: 'v1',
        AttachmentCount: 1,
        PermissionsBoundaryUsageCount: 0,
        IsAttachable: true,
        CreateDate: '2015-02-06T18:39:46+00:00',
        UpdateDate: '2015-02-06T18:39:46+00:00',
        PolicyVersionList: [
          {
            Document: document({ Effect: 'Allow', Action: '*', Resource: '*' }),
            VersionId: 'v1',
            IsDefaultVersion: true,
            CreateDate: '2015-02-06T18:39:46+00:00',
          },
        ],
      },
      {
        PolicyName: 'Deploy',
        PolicyId: 'ANPAEXAMPLE0000000001',
        Arn: iam('policy/Deploy'),
        Path: '/',
        DefaultVersionId: 'v1',
        AttachmentCount: 1,
        PermissionsBoundaryUsageCount: 0,
        IsAttachable: true,
        CreateDate: '2025-01-01T09:00:00+00:00',
        UpdateDate: '2025-01-01T09:00:00+00:00',
        PolicyVersionList: [
          {
            Document: document({ Sid: 'Pass', Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' }),
            VersionId: 'v1',
            IsDefaultVersion: true,
            CreateDate: '2025-01-01T09:00:00+00:00',
          },
        ],
      },
    ],
  }
}

const COLUMNS =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated'

/** What `aws iam get-credential-report` holds. */
export function credentialReport(): string {
  return [
    COLUMNS,
    `<root_account>,${iam('root')},2020-01-01T00:00:00+00:00,not_supported,2026-10-20T10:00:00+00:00,not_supported,not_supported,false,true,2020-02-01T00:00:00+00:00,2021-01-01T00:00:00+00:00,us-east-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
    `ana,${iam('user/ana')},2025-01-10T09:00:00+00:00,true,2026-10-30T10:00:00+00:00,2026-01-01T00:00:00+00:00,N/A,false,true,2025-01-11T09:00:00+00:00,2026-10-30T10:00:00+00:00,eu-west-1,s3,true,2025-06-11T09:00:00+00:00,N/A,N/A,N/A,false,N/A,false,N/A`,
    `ben,${iam('user/ben')},2025-02-10T09:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
    '',
  ].join('\n')
}

/** The same value with every string in it, keys aside, changed. */
export function mapStrings<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change)) as T
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)])) as T
  return value
}
