import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { paintSecrets } from './redact-bytes.ts'

const painted = (text: string) => {
  const bytes = Buffer.from(text)
  paintSecrets(bytes)
  return bytes.toString()
}

it('leaves roles, sessions and users of many words their names', () => {
  for (const name of ['PlatformDataIngestKafkaTopicReaderRole12', 'role/DataPipelineRole/KinesisConsumer202']) {
    expect(name).toHaveLength(40)
    for (const record of [
      `{"userIdentity":{"arn":"arn:aws:sts::111122223333:assumed-${name}","type":"AssumedRole"}}`,
      `{"userIdentity":{"arn":"arn:aws:iam::111122223333:role/${name}"}}`,
      `{"requestParameters":{"roleName":"${name}"}}`,
      `{"responseElements":"{\\"roleName\\":\\"${name}\\"}"}`,
    ])
      expect(painted(record)).toBe(record)
  }
})

it('paints over secrets, also where a name stands', () => {
  const secrets = Array.from({ length: 500 }, (_, i) =>
    createHash('sha256').update(String(i)).digest().subarray(0, 30).toString('base64'),
  )
  const missed = (record: (secret: string) => string) =>
    secrets.filter((secret) => painted(record(secret)).includes(secret)).length
  expect(missed((secret) => `{"requestParameters":{"value":"${secret}"}}`)).toBe(0)
  expect(missed((secret) => `{"requestParameters":{"userName":"${secret}"}}`)).toBeLessThan(5)
})
