/**
 * Secrets Manager: secrets in versions with staging labels, as rotations need them.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 */
import type * as client from '@aws-sdk/client-secrets-manager'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { addSecret, type Secret, type SecretVersion } from '../secrets.ts'
import { randomString } from '../state.ts'
import { slice } from './tokens.ts'

const CURRENT = 'AWSCURRENT'
const PREVIOUS = 'AWSPREVIOUS'
/** Days that a deleted secret can still be restored. */
const RECOVERY_DAYS = 30

const handlers: Handlers<typeof client> = {
  CreateSecret(call, input) {
    const { secrets } = callRegion(call)
    if (secrets.has(input.Name!))
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${input.Name} already exists.`,
      )
    const secret = addSecret(call.world, call.account, call.region, input.Name!, {
      description: input.Description ?? null,
      tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key!, Value ?? ''])),
    })
    const version = hasValue(input) ? putVersion(call, secret, input, [CURRENT]) : null
    return { ARN: secret.arn, Name: secret.name, ...(version && { VersionId: version.versionId }) }
  },

  PutSecretValue(call, input) {
    const secret = find(call, input.SecretId)
    if (!hasValue(input)) throw invalid('You must provide either SecretString or SecretBinary.')
    const version = putVersion(call, secret, input, input.VersionStages ?? [CURRENT])
    return { ARN: secret.arn, Name: secret.name, VersionId: version.versionId, VersionStages: [...version.stages] }
  },

  UpdateSecret(call, input) {
    const secret = find(call, input.SecretId)
    if (input.Description !== undefined) secret.description = input.Description
    const version = hasValue(input) ? putVersion(call, secret, input, [CURRENT]) : null
    return { ARN: secret.arn, Name: secret.name, ...(version && { VersionId: version.versionId }) }
  },

  GetSecretValue(call, input) {
    const secret = find(call, input.SecretId)
    const stage = input.VersionStage ?? (input.VersionId === undefined ? CURRENT : undefined)
    const version = [...secret.versions.values()].find(
      ({ versionId, stages }) =>
        (input.VersionId === undefined || versionId === input.VersionId) && (stage === undefined || stages.has(stage)),
    )
    if (!version)
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for ${stage ? `staging label: ${stage}` : `VersionId: ${input.VersionId}`}`,
      )
    version.lastAccessed = call.now
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.versionId,
      VersionStages: [...version.stages],
      CreatedDate: version.createDate,
      ...(typeof version.value === 'string' ? { SecretString: version.value } : { SecretBinary: version.value }),
    }
  },

  DescribeSecret: (call, input) => description(findAny(call, input.SecretId)),

  ListSecrets(call, input) {
    const all = [...callRegion(call).secrets.values()].filter(
      ({ deletedDate }) => deletedDate === null || input.IncludePlannedDeletion,
    )
    const { items, next } = slice(
      all,
      input.MaxResults,
      input.NextToken,
      100,
      () => new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.'),
    )
    return { SecretList: items.map(listed), ...(next !== null && { NextToken: next }) }
  },

  ListSecretVersionIds(call, input) {
    const secret = find(call, input.SecretId)
    const all = [...secret.versions.values()].filter(({ stages }) => input.IncludeDeprecated || stages.size > 0)
    return {
      ARN: secret.arn,
      Name: secret.name,
      Versions: all.map(({ versionId, stages, createDate }) => ({
        VersionId: versionId,
        VersionStages: [...stages],
        CreatedDate: createDate,
      })),
    }
  },

  UpdateSecretVersionStage(call, input) {
    const secret = find(call, input.SecretId)
    const { VersionStage: stage = '', RemoveFromVersionId: from, MoveToVersionId: to } = input
    const holder = [...secret.versions.values()].find(({ stages }) => stages.has(stage))
    if (holder && holder.versionId !== from)
      throw invalid(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.versionId}, so you must explicitly reference that version in RemoveFromVersionId.`,
      )
    const target = to === undefined ? null : secret.versions.get(to)
    if (target === undefined)
      throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the version ${to}.`)
    if (target) moveStage(secret, stage, target)
    else holder?.stages.delete(stage)
    return { ARN: secret.arn, Name: secret.name }
  },

  DeleteSecret(call, input) {
    const secret = find(call, input.SecretId)
    if (input.ForceDeleteWithoutRecovery) {
      callRegion(call).secrets.delete(secret.name)
      return { ARN: secret.arn, Name: secret.name, DeletionDate: call.now }
    }
    secret.deletedDate = call.now
    const days = input.RecoveryWindowInDays ?? RECOVERY_DAYS
    return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(call.now.getTime() + days * 86_400_000) }
  },

  RestoreSecret(call, input) {
    const secret = findAny(call, input.SecretId)
    secret.deletedDate = null
    return { ARN: secret.arn, Name: secret.name }
  },
}

interface Value {
  SecretString?: string | undefined
  SecretBinary?: Uint8Array | undefined
}

function hasValue({ SecretString, SecretBinary }: Value): boolean {
  return SecretString !== undefined || SecretBinary !== undefined
}

/** Asking twice with one token makes one version, unless the value is another. */
function putVersion(
  call: Call,
  secret: Secret,
  input: Value & { ClientRequestToken?: string | undefined },
  stages: readonly string[],
): SecretVersion {
  const versionId = input.ClientRequestToken ?? randomString(call.world.random, '0123456789abcdef', 32)
  const value = input.SecretString ?? input.SecretBinary!
  const known = secret.versions.get(versionId)
  if (known) {
    if (Buffer.compare(Buffer.from(known.value as string), Buffer.from(value as string)) !== 0)
      throw new AwsError('ResourceExistsException', `A resource with the ID you requested already exists: ${versionId}`)
    return known
  }
  const version: SecretVersion = { versionId, value, stages: new Set(), createDate: call.now, lastAccessed: null }
  secret.versions.set(versionId, version)
  for (const stage of stages) moveStage(secret, stage, version)
  secret.lastChanged = call.now
  return version
}

/** A label is on one version at a time; where the current one was is the previous one. */
function moveStage(secret: Secret, stage: string, target: SecretVersion): void {
  const holder = [...secret.versions.values()].find(({ stages }) => stages.has(stage))
  if (holder === target) return
  holder?.stages.delete(stage)
  target.stages.add(stage)
  if (stage === CURRENT && holder) moveStage(secret, PREVIOUS, holder)
}

function findAny(call: Call, id: string | undefined): Secret {
  const { secrets } = callRegion(call)
  const secret = secrets.get(id ?? '') ?? [...secrets.values()].find(({ arn }) => arn === id || arn.slice(0, -7) === id)
  if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
  return secret
}

function find(call: Call, id: string | undefined): Secret {
  const secret = findAny(call, id)
  if (secret.deletedDate)
    throw new AwsError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    )
  return secret
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

function listed(secret: Secret) {
  const { VersionIdsToStages: SecretVersionsToStages, ...rest } = description(secret)
  return { ...rest, SecretVersionsToStages }
}

function description(secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description !== null && { Description: secret.description }),
    CreatedDate: secret.createDate,
    LastChangedDate: secret.lastChanged,
    ...(secret.rotationEnabled && { RotationEnabled: true }),
    ...(secret.owningService !== null && { OwningService: secret.owningService }),
    ...(secret.deletedDate && { DeletedDate: secret.deletedDate }),
    Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
    VersionIdsToStages: Object.fromEntries(
      [...secret.versions.values()]
        .filter(({ stages }) => stages.size > 0)
        .map(({ versionId, stages }) => [versionId, [...stages]]),
    ),
  }
}

export const secretsmanager: Service = {
  name: 'secretsmanager',
  actionPrefix: 'secretsmanager',
  model: { protocol: 'awsJson1_1', version: '2017-10-17' },
  targetPrefixes: ['secretsmanager'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-secrets-manager'),
    handlers: handlers as Record<string, Handler>,
  }),
}
