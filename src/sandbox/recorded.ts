/**
 * What CloudTrail keeps of a call's input and output: names as it spells them, no secrets, no long texts.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import type { RecordedResource } from './call-log.ts'

type Members = Record<string, unknown>

/** Members whose values no record may hold, whatever the service; of tags and the like the value is harmless. */
const SECRET = /secret|password|privatekey|token|plaintext|userdata|^environment$/i
const SECRET_AT_TOP = /^value$/i
/** Named like them, and only a name or an address. */
const HARMLESS = /^(secretid|nexttoken|continuationtoken|clienttoken|clientrequesttoken)$/i
/** As the service prints it where a value was. */
const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS'
const MAX_LENGTH = 20_000

/** Names that a service spells otherwise than with a small first letter. */
const RENAMED: Record<string, Record<string, string>> = { s3: { Bucket: 'bucketName', Key: 'key' } }

export function recordedMembers(service: string, members: Members): object | null {
  const shaped = shape(members, RENAMED[service] ?? {}, 0) as object
  if (Object.keys(shaped).length === 0) return null
  const size = JSON.stringify(shaped).length
  return size > MAX_LENGTH ? { omitted: true, originalSize: size, reason: 'too large' } : shaped
}

function shape(value: unknown, renamed: Record<string, string>, depth: number): unknown {
  if (depth > 12) return HIDDEN
  if (value instanceof Date) return dateText(value)
  if (Array.isArray(value)) return value.map((item) => shape(item, renamed, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const shaped: Members = {}
  for (const [name, part] of Object.entries(value)) {
    if (part === undefined || part === null || part instanceof Uint8Array) continue
    const said = Object.hasOwn(renamed, name) ? renamed[name]! : name.charAt(0).toLowerCase() + name.slice(1)
    const isSecret = (SECRET.test(name) && !HARMLESS.test(name)) || (depth === 0 && SECRET_AT_TOP.test(name))
    if (!isSecret) shaped[said] = shape(part, renamed, depth + 1)
    else if (typeof part === 'boolean') shaped[said] = part
    // of new keys AWS keeps no trace of the secret at all
    else if (name !== 'SecretAccessKey') shaped[said] = HIDDEN
  }
  return shaped
}

/** `Nov 1, 2026 12:00:00 PM`, as CloudTrail writes dates in parameters. */
function dateText(date: Date): string {
  const text = date.toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
  return text.replace(/^(\w+ \d+, \d+), /, '$1 ').replaceAll('\u202f', ' ')
}

/** Members that name a resource, and its type. */
const TYPES: Record<string, string> = {
  AccessKeyId: 'AWS::IAM::AccessKey',
  Bucket: 'AWS::S3::Bucket',
  GroupName: 'AWS::IAM::Group',
  InstanceProfileName: 'AWS::IAM::InstanceProfile',
  PolicyArn: 'AWS::IAM::Policy',
  RoleArn: 'AWS::IAM::Role',
  RoleName: 'AWS::IAM::Role',
  SecretId: 'AWS::SecretsManager::Secret',
  SerialNumber: 'AWS::IAM::MFADevice',
  UserName: 'AWS::IAM::User',
}

/** What a call was about, by the names in its input and output. */
export function recordedResources(partition: string, ...sources: Members[]): RecordedResource[] {
  const found = new Map<string, RecordedResource>()
  const visit = (members: Members, depth: number) => {
    for (const [name, value] of Object.entries(members)) {
      if (typeof value === 'string' && Object.hasOwn(TYPES, name))
        found.set(`${TYPES[name]} ${value}`, { type: TYPES[name]!, name: value })
      else if (isPlain(value) && depth < 3) visit(value, depth + 1)
    }
  }
  for (const members of sources) {
    visit(members, 0)
    if (typeof members.Bucket !== 'string') continue
    const arn = `arn:${partition}:s3:::${members.Bucket}`
    for (const key of keysIn(members)) {
      const name = `${arn}/${key}`
      found.set(name, { type: 'AWS::S3::Object', name })
    }
  }
  return [...found.values()]
}

/** Keys of objects that a call of S3's names. */
function keysIn({ Key, Delete }: Members): string[] {
  const several = (Delete as { Objects?: Members[] } | undefined)?.Objects ?? []
  return [Key, ...several.map((object) => object.Key)].filter((key) => typeof key === 'string')
}

function isPlain(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
