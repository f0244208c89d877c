/**
 * A secret of Secrets Manager, by staging labels: the new key is put as AWSPENDING and read back, and only then
 * AWSCURRENT moves to it; AWSPREVIOUS stays on what was current.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
 */
import { randomUUID } from 'node:crypto'
import { shell } from '../../model/shell.ts'
import { type AwsAccess, ask, becomesSo } from './aws-call.ts'
import { DeliveryError, type Destination, type Held, isSame, type KeyPair } from './destination.ts'
import { keyIn, withKey, withKeyOf } from './key-document.ts'

const CURRENT = 'AWSCURRENT'
const PENDING = 'AWSPENDING'

interface Version {
  id: string
  text: string
}

/** @param secretId name or ARN */
export function secretsManager(
  uri: string,
  { secretId, region }: { secretId: string; region: string | undefined },
  aws: AwsAccess,
): Destination {
  const name = `the secret ${secretId} of Secrets Manager`
  const call = (operation: string, input: object) =>
    ask(aws, name, ['secretsmanager', operation, { SecretId: secretId, ...input }, region])
  const read = async (which: object): Promise<Version> => {
    const { VersionId, SecretString } = await call('GetSecretValue', which)
    if (typeof SecretString !== 'string')
      throw new DeliveryError(`${name} holds bytes, and not JSON`, { isUnchanged: true })
    return { id: String(VersionId), text: SecretString }
  }
  const current = () => read({ VersionStage: CURRENT })
  const makeCurrent = async (versionId: string): Promise<void> => {
    const now = await current()
    if (now.id === versionId) return
    await call('UpdateSecretVersionStage', {
      VersionStage: CURRENT,
      RemoveFromVersionId: now.id,
      MoveToVersionId: versionId,
    })
  }
  const notThere = () => new DeliveryError(`${name} does not hold what was put there`)
  return {
    uri,
    name,
    isReadable: true,
    async look() {
      const version = await current()
      if (withKey(version.text, { accessKeyId: '', secretAccessKey: '' }) === null)
        throw new DeliveryError(`${name} holds something else than JSON with members`, {
          isUnchanged: true,
          hint: 'give the key a secret of its own',
        })
      return { pair: keyIn(version.text), before: version }
    },
    /** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
    async isOurs() {
      const { RotationEnabled, OwningService, VersionIdsToStages } = await call('DescribeSecret', {})
      if (typeof OwningService === 'string' && OwningService !== '')
        throw new DeliveryError(`${name} is managed by another service of AWS's, which alone changes it`, {
          isUnchanged: true,
          hint: 'give the key a secret of its own',
        })
      if (RotationEnabled === true)
        throw new DeliveryError(`${name} has a rotation of its own, which would replace the key at its next run`, {
          isUnchanged: true,
          hint: `give the key a secret of its own, or turn that off: ${shell`aws secretsmanager cancel-rotate-secret --secret-id ${secretId}`}`,
        })
      const pending = Object.values((VersionIdsToStages ?? {}) as Record<string, string[]>).some(
        (stages) => stages.includes(PENDING) && !stages.includes(CURRENT),
      )
      if (pending)
        throw new DeliveryError(
          `${name} has a version that is AWSPENDING: somebody is changing it, or stopped half-way`,
          {
            isUnchanged: true,
            hint: `look at it, and take the label from it: ${shell`aws secretsmanager list-secret-version-ids --secret-id ${secretId}`}`,
          },
        )
    },
    async deliver({ key }, held, note) {
      const before = held.before as Version
      const versionId = randomUUID()
      note(before.id)
      await call('PutSecretValue', {
        ClientRequestToken: versionId,
        SecretString: withKey(before.text, key),
        VersionStages: [PENDING],
      })
      const holds = async (stage: object, pair: KeyPair) => {
        const { SecretString } = await call('GetSecretValue', stage)
        return typeof SecretString === 'string' && isSame(keyIn(SecretString), pair)
      }
      if (!(await becomesSo(aws, () => holds({ VersionId: versionId }, key)))) throw notThere()
      if ((await current()).id !== before.id) throw new DeliveryError(`${name} was changed by somebody else meanwhile`)
      await makeCurrent(versionId)
      if (!(await becomesSo(aws, () => holds({ VersionStage: CURRENT }, key)))) throw notThere()
      // the label would tell a rotation function that something is under way
      await call('UpdateSecretVersionStage', { VersionStage: PENDING, RemoveFromVersionId: versionId })
      return 'read-back'
    },
    async putBack(held: Held | null, undo: string | null) {
      const versionId = undo ?? (held?.before as Version | undefined)?.id
      if (versionId === undefined) throw new DeliveryError(`${name}: its earlier version is not known`)
      const now = await current()
      const before = (await read({ VersionId: versionId })).text
      const key = keyIn(now.text)
      // what somebody has changed beside the key since is theirs, and would be lost with the label
      if (now.id !== versionId && key !== null && withKey(before, key) !== now.text) {
        const text = withKeyOf(before, now.text)
        await call('PutSecretValue', { ClientRequestToken: randomUUID(), SecretString: text })
        await becomesSo(aws, async () => (await current()).text === text)
        return
      }
      await becomesSo(aws, async () => {
        await makeCurrent(versionId)
        return (await current()).id === versionId
      })
    },
    async tidy(newKeyId) {
      const { VersionIdsToStages } = await call('DescribeSecret', {})
      const versions = Object.entries((VersionIdsToStages ?? {}) as Record<string, string[]>)
      for (const [id] of versions.filter(([, stages]) => stages.includes(PENDING))) {
        const { SecretString } = await call('GetSecretValue', { VersionId: id })
        if (typeof SecretString === 'string' && keyIn(SecretString)?.accessKeyId === newKeyId)
          await call('UpdateSecretVersionStage', { VersionStage: PENDING, RemoveFromVersionId: id })
      }
    },
  }
}
