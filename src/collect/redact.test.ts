import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { REDACTED, redactSecrets } from './redact.ts'

/** Secret access keys are 30 random bytes in base64. */
const secret = fc.uint8Array({ minLength: 30, maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('base64'))
let drawn = 0
/** Bytes that look random and are the same in every run. */
const randomBytes = (length: number) =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, () => createHash('sha256').update(String(drawn++)).digest()),
  ).subarray(0, length)
const random = () => randomBytes(30).toString('base64')

it('takes a secret access key out of any surroundings', () => {
  const before = fc.constantFrom('', ' ', '"', "'", '=', ':', 'key=', '\n', '<', '\\"', 'KEY: ', '/')
  const after = fc.constantFrom('', ' ', '"', "'", '=', ':', '\n', '<', '\\"', ',', '/')
  for (let i = 0; i < 2000; i++) {
    const key = random()
    fc.assert(
      fc.property(before, after, fc.string({ maxLength: 100 }), (left, right, text) => {
        const hidden = `${text} ${left}${key}${right} ${text}`
        expect(redactSecrets(hidden)).not.toContain(key.slice(1, -1))
      }),
      { numRuns: 5 },
    )
  }
})

it('takes out every secret of a text, and nothing else', () => {
  const texts = fc.array(fc.tuple(fc.stringMatching(/^[ a-z:"{},]{0,60}$/), fc.boolean()), { maxLength: 20 })
  fc.assert(
    fc.property(texts, (parts) => {
      const text = parts.map(([part, hide]) => ` ${part}"${hide ? random() : ''}"`).join('')
      const expected = parts.map(([part, hide]) => ` ${part}"${hide ? REDACTED : ''}"`).join('')
      expect(redactSecrets(text)).toBe(expected)
    }),
  )
})

it('finds a secret whose slashes JSON escaped', () => {
  const key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  expect(redactSecrets(`{"a":"${key.replaceAll('/', '\\/')}"}`)).toBe(`{"a":"${REDACTED}"}`)
})

it('takes out session tokens, Bedrock API keys and private keys', () => {
  const token = `IQoJb3JpZ2luX2Vj${randomBytes(120).toString('base64')}`
  const bedrock = `ABSK${randomBytes(90).toString('base64')}`
  const pem = `-----BEGIN RSA PRIVATE KEY-----\n${randomBytes(200).toString('base64')}\n-----END RSA PRIVATE KEY-----`
  for (const hidden of [token, bedrock, pem]) {
    expect(redactSecrets(`x "${hidden}" y`)).not.toContain(hidden.slice(20, 60))
  }
})

it('finds a secret in the place of a name, nearly always', () => {
  for (const before of ['arn:aws:iam::111122223333:user/', 'arn:aws:iam::111122223333:role/']) {
    const keys = Array.from({ length: 1000 }, random)
    const found = keys.filter((key) => redactSecrets(`"${before}${key}"`) === `"${before}${REDACTED}"`)
    expect(found.length).toBeGreaterThan(990)
  }
})

it('leaves names of many words, wherever somebody is meant by them', () => {
  for (const name of [
    'PlatformDataIngestKafkaTopicReaderRole12',
    'DataPipelineRole/botocore1699999999RunA/',
    'platform/DeployTheWholeThing/ServiceRole',
  ]) {
    expect(name).toHaveLength(40)
    const arn = `arn:aws:iam::111122223333:role/${name}`
    expect(redactSecrets(`{"Resource":["x","${arn}"]}`)).toContain(arn)
    expect(redactSecrets(name, true)).toBe(name)
  }
})

it.each([
  'arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup',
  'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role',
  'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef',
  'arn:aws:s3:::Bucket/DepartmentOfResearch/QuarterlyReport2026/Final',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'MyApplicationProductionDeploymentRole2026',
  'AROAEXAMPLE0000000000AROAEXAMPLE00000000',
  'com/amazonaws/services/lambda/runtime/API',
  '9e99a48a9960b14926bb7f3b02e22da2b0ab7280df',
])('leaves %s as it is', (text) => {
  expect(redactSecrets(text)).toBe(text)
  expect(redactSecrets(`{"Resource":"${text}"}`)).toBe(`{"Resource":"${text}"}`)
})

it('misses hardly any random secret', () => {
  fc.assert(
    fc.property(secret, (key) => {
      fc.pre(new Set(key).size > 12) // fast-check likes bytes that are all the same
      expect(redactSecrets(key)).toBe(REDACTED)
    }),
  )
  const missed = Array.from({ length: 20_000 }, random).filter((key) => redactSecrets(key) !== REDACTED)
  expect(missed.length).toBeLessThan(3)
})
