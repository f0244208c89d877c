/** What IAM demands of the members of its inputs, by their names: one table, because a name means the same everywhere. */
import { validationError } from './find.ts'

interface Constraint {
  pattern?: RegExp
  /** As IAM words it. */
  patternText?: string
  min?: number
  max?: number
  /** Of numbers. */
  atLeast?: number
  atMost?: number
  oneOf?: readonly string[]
}

const NAME = { pattern: /^[\w+=,.@-]+$/, patternText: '[\\w+=,.@-]+', min: 1 }
const PATH: Constraint = {
  pattern: /^(\/|\/[\x21-\x7e]+\/)$/,
  patternText: '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)',
  min: 1,
  max: 512,
}
const ARN: Constraint = { min: 20, max: 2048 }
const DESCRIPTION: Constraint = {
  pattern: /^[\t\n\r\x20-\x7e\xa1-\xff]*$/,
  patternText: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
  max: 1000,
}
const DOCUMENT: Constraint = {
  pattern: /^[\t\n\r\x20-\xff]+$/,
  patternText: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
  min: 1,
  max: 131_072,
}
const KEY_ID: Constraint = { pattern: /^\w+$/, patternText: '[\\w]+', min: 16, max: 128 }

const CONSTRAINTS: Record<string, Constraint> = {
  UserName: { ...NAME, max: 128 },
  NewUserName: { ...NAME, max: 64 },
  GroupName: { ...NAME, max: 128 },
  NewGroupName: { ...NAME, max: 128 },
  RoleName: { ...NAME, max: 64 },
  PolicyName: { ...NAME, max: 128 },
  InstanceProfileName: { ...NAME, max: 128 },
  ServerCertificateName: { ...NAME, max: 128 },
  NewServerCertificateName: { ...NAME, max: 128 },
  VirtualMFADeviceName: { ...NAME, max: 226 },
  Name: { pattern: /^[\w._-]+$/, patternText: '[\\w._-]+', min: 1, max: 128 },
  Path: PATH,
  NewPath: PATH,
  PathPrefix: { pattern: /^\/[\x21-\x7e]*$/, patternText: '\\u002F[\\u0021-\\u007F]*', min: 1, max: 512 },
  MaxItems: { atLeast: 1, atMost: 1000 },
  Marker: { min: 1, max: 2048 },
  PolicyArn: ARN,
  PermissionsBoundary: ARN,
  SAMLProviderArn: ARN,
  OpenIDConnectProviderArn: ARN,
  PolicyDocument: DOCUMENT,
  AssumeRolePolicyDocument: DOCUMENT,
  Description: DESCRIPTION,
  AccessKeyId: KEY_ID,
  CertificateId: { ...KEY_ID, min: 24 },
  SSHPublicKeyId: { ...KEY_ID, min: 20 },
  ServiceSpecificCredentialId: { ...KEY_ID, min: 20 },
  SerialNumber: { pattern: /^[\w+=/:,.@-]+$/, patternText: '[\\w+=/:,.@-]+', min: 9, max: 256 },
  AuthenticationCode1: { pattern: /^\d+$/, patternText: '[\\d]+', min: 6, max: 6 },
  AuthenticationCode2: { pattern: /^\d+$/, patternText: '[\\d]+', min: 6, max: 6 },
  AccountAlias: {
    pattern: /^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$/,
    patternText: '(?!\\d{12}$)[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]',
  },
  VersionId: { pattern: /^v[1-9][0-9]*(\.[A-Za-z0-9-]*)?$/, patternText: 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?' },
  MaxSessionDuration: { atLeast: 3600, atMost: 43_200 },
  MinimumPasswordLength: { atLeast: 6, atMost: 128 },
  MaxPasswordAge: { atLeast: 1, atMost: 1095 },
  PasswordReusePrevention: { atLeast: 1, atMost: 24 },
  CredentialAgeDays: { atLeast: 1, atMost: 36_600 },
  Password: { min: 1, max: 128 },
  Scope: { oneOf: ['All', 'AWS', 'Local'] },
  PolicyUsageFilter: { oneOf: ['PermissionsPolicy', 'PermissionsBoundary'] },
  EntityFilter: { oneOf: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] },
  AssignmentStatus: { oneOf: ['Assigned', 'Unassigned', 'Any'] },
  Status: { oneOf: ['Active', 'Inactive'] },
  Encoding: { oneOf: ['SSH', 'PEM'] },
}

const TAG_KEY: Constraint = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u,
  patternText: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+',
  min: 1,
  max: 128,
}
const TAG_VALUE: Constraint = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
  patternText: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*',
  max: 256,
}

/** Throws IAM's ValidationError with everything that is wrong. */
export function validateIam(input: Record<string, unknown>): void {
  const problems: string[] = []
  for (const [name, value] of Object.entries(input)) {
    const constraint = Object.hasOwn(CONSTRAINTS, name) ? CONSTRAINTS[name] : undefined
    if (constraint) problems.push(...violations(memberName(name), value, constraint))
    if (name === 'Tags' && Array.isArray(value)) problems.push(...tagViolations(value))
    if (name === 'Filter' && Array.isArray(value))
      for (const [index, entry] of value.entries())
        problems.push(...violations(`filter.${index + 1}.member`, entry, CONSTRAINTS.EntityFilter!))
  }
  if (problems.length === 0) return
  const count = `${problems.length} validation error${problems.length > 1 ? 's' : ''} detected`
  throw validationError(`${count}: ${problems.join('; ')}`)
}

function tagViolations(tags: unknown[]): string[] {
  return tags.flatMap((tag, index) => {
    const { Key, Value } = tag as { Key?: unknown; Value?: unknown }
    const at = `tags.${index + 1}.member`
    const missing =
      Key === undefined ? [`Value null at '${at}.key' failed to satisfy constraint: Member must not be null`] : []
    return [...missing, ...violations(`${at}.key`, Key, TAG_KEY), ...violations(`${at}.value`, Value, TAG_VALUE)]
  })
}

function violations(name: string, value: unknown, constraint: Constraint): string[] {
  if (value === undefined) return []
  const { pattern, patternText, min, max, atLeast, atMost, oneOf } = constraint
  const shown = name === 'password' ? '***' : String(value).slice(0, 256)
  const fails = (demand: string) => [
    `Value '${shown}' at '${name}' failed to satisfy constraint: Member must ${demand}`,
  ]
  if (typeof value === 'number') {
    if (atLeast !== undefined && value < atLeast) return fails(`have value greater than or equal to ${atLeast}`)
    if (atMost !== undefined && value > atMost) return fails(`have value less than or equal to ${atMost}`)
    return []
  }
  if (typeof value !== 'string') return []
  if (oneOf && !oneOf.includes(value)) return fails(`satisfy enum value set: [${oneOf.join(', ')}]`)
  const length = [...value].length
  if (min !== undefined && length < min) return fails(`have length greater than or equal to ${min}`)
  if (max !== undefined && length > max) return fails(`have length less than or equal to ${max}`)
  if (pattern && !pattern.test(value)) return fails(`satisfy regular expression pattern: ${patternText}`)
  return []
}

function memberName(name: string): string {
  return /^[A-Z]{2}/.test(name) ? name : name.charAt(0).toLowerCase() + name.slice(1)
}
