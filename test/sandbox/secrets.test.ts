/** Where fixes put new keys. */

import { AccessAnalyzerClient, ValidatePolicyCommand } from '@aws-sdk/client-accessanalyzer'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { smallWorld, start, thrown } from './start.ts'

const { world } = smallWorld()
let stand: Awaited<ReturnType<typeof start>>
let secrets: SecretsManagerClient
let ssm: SSMClient
let analyzer: AccessAnalyzerClient

beforeAll(async () => {
  stand = await start({ world })
  const { endpoint, region, accessKeyId, secretAccessKey } = stand.sandbox
  const settings = { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 }
  secrets = new SecretsManagerClient(settings)
  ssm = new SSMClient(settings)
  analyzer = new AccessAnalyzerClient(settings)
})
afterAll(() => stand.sandbox.close())

it('a secret has versions, and the labels move as in a rotation', async () => {
  const SecretId = 'deploy/key'
  await secrets.send(
    new CreateSecretCommand({ Name: SecretId, SecretString: 'one', ClientRequestToken: 'a'.repeat(32) }),
  )
  expect((await thrown(secrets.send(new CreateSecretCommand({ Name: SecretId })))).name).toBe('ResourceExistsException')
  const value = async (VersionStage?: string) =>
    (await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString
  const token = 'b'.repeat(32)
  const put = () =>
    secrets.send(
      new PutSecretValueCommand({
        SecretId,
        SecretString: 'two',
        ClientRequestToken: token,
        VersionStages: ['AWSPENDING'],
      }),
    )
  await put()
  await put()
  expect([await value(), await value('AWSPENDING')]).toEqual(['one', 'two'])
  const other = new PutSecretValueCommand({ SecretId, SecretString: 'three', ClientRequestToken: token })
  expect((await thrown(secrets.send(other))).name).toBe('ResourceExistsException')
  const move = (RemoveFromVersionId?: string) =>
    secrets.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: token,
        RemoveFromVersionId,
      }),
    )
  expect((await thrown(move())).name).toBe('InvalidParameterException')
  await move('a'.repeat(32))
  expect([await value(), await value('AWSPREVIOUS')]).toEqual(['two', 'one'])
  const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId }))
  expect(VersionIdsToStages?.[token]).toEqual(['AWSPENDING', 'AWSCURRENT'])
})

it('a deleted secret is out of reach until it is restored', async () => {
  const SecretId = 'gone'
  await secrets.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'x' }))
  await secrets.send(new DeleteSecretCommand({ SecretId }))
  expect((await thrown(secrets.send(new GetSecretValueCommand({ SecretId })))).name).toBe('InvalidRequestException')
  expect((await secrets.send(new ListSecretsCommand({}))).SecretList?.map(({ Name }) => Name)).not.toContain(SecretId)
  await secrets.send(new RestoreSecretCommand({ SecretId }))
  expect((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('x')
})

it('a parameter is written, written over only when told to, and hidden unless decrypted', async () => {
  const Name = '/deploy/key'
  const put = (Value: string, Overwrite?: boolean) =>
    ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite }))
  expect((await put('one')).Version).toBe(1)
  expect((await thrown(put('two'))).name).toBe('ParameterAlreadyExists')
  expect((await put('two', true)).Version).toBe(2)
  const get = async (WithDecryption: boolean) =>
    (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter?.Value
  expect(await get(true)).toBe('two')
  expect(await get(false)).not.toContain('two')
  await ssm.send(new DeleteParameterCommand({ Name }))
  expect((await thrown(get(true))).name).toBe('ParameterNotFound')
})

it('a policy is looked over', async () => {
  const Statement = [{ Effect: 'Allow', Action: 's3:NoSuchThing', Resource: '*' }]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement }, null, 2)
  const { findings } = await analyzer.send(new ValidatePolicyCommand({ policyDocument, policyType: 'IDENTITY_POLICY' }))
  expect(findings).toMatchObject([{ findingType: 'WARNING', issueCode: 'UNKNOWN_ACTION' }])
  const { start: from, end } = findings![0]!.locations![0]!.span!
  expect(policyDocument.slice(from!.offset, end!.offset)).toBe('"s3:NoSuchThing"')
})
