import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { jsonSchemas } from '../../src/report/schema.ts'
import { alter, FINGERPRINT, logKey, makeTrail, newKey, serveTrail, type TrailServer } from '../trail/digests.ts'
import { folderWith } from '../trail/store.ts'
import { keyreeve } from './keyreeve.ts'

const key = newKey()
const LOG = logKey('2026-01-05T02:30:00Z')

let trail: TrailServer
let folder: string
beforeAll(async () => {
  trail = await serveTrail()
  trail.keys = [{ Fingerprint: FINGERPRINT, Value: key.der }]
})
beforeEach(() => {
  trail.objects = makeTrail('2026-01-05T00:00:00Z', 4, key.privateKey)
  folder = folderWith({})
})
afterAll(() => void trail.server.close())

async function ingest(...args: string[]) {
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'CANARY',
  }
  const { code, stdout, stderr } = await keyreeve(
    ['trail', 'ingest', 's3://logs', '--json', '--endpoint-url', trail.url, ...args],
    {
      cwd: folder,
      env,
    },
  )
  const answer = JSON.parse(stdout)
  const validate = new Ajv2020({ allErrors: true }).compile(jsonSchemas({ closed: true })['trail-ingest.schema.json']!)
  expect(validate(answer), JSON.stringify(validate.errors)).toBe(true)
  expect(stdout + stderr).not.toContain('CANARY')
  return { code, answer }
}

describe('keyreeve trail ingest --verify-integrity', () => {
  it('checks what was read before without it, once', async () => {
    const { code, answer } = await ingest()
    expect(code).toBe(0)
    expect(answer).toMatchObject({ files: 4, events: 4 })
    expect(answer).not.toHaveProperty('integrity')
    const checked = await ingest('--verify-integrity')
    expect(checked.code).toBe(0)
    expect(checked.answer).toMatchObject({ files: 4, events: 0, duplicates: 4, integrity: { verified: 4, refused: 0 } })
    expect((await ingest('--verify-integrity')).answer).toMatchObject({ files: 0, unchanged: 4 })
  })

  it('leaves an altered file out of the store, and ends as an incomplete run', async () => {
    trail.objects.set(
      LOG,
      alter(trail.objects.get(LOG)!, (text) => text.replace('GetCallerIdentity', 'GetSessionToken')),
    )
    const { code, answer } = await ingest('--verify-integrity')
    expect(code).toBe(3)
    expect(answer).toMatchObject({
      files: 3,
      events: 3,
      integrity: { verified: 3, uncovered: [], refused: 1, missing: 0 },
      skipped: [{ what: `s3://logs/${LOG}`, why: 'left out: it was altered after CloudTrail delivered it' }],
    })
  })

  it('ingests what no digest covers, and ends as an incomplete run', async () => {
    for (const name of trail.objects.keys()) if (name.includes('Digest')) trail.objects.delete(name)
    const { code, answer } = await ingest('--verify-integrity')
    expect(code).toBe(3)
    expect(answer).toMatchObject({ events: 4, skipped: [], integrity: { verified: 0, uncovered: [{ files: 4 }] } })
  })

  it('needs a bucket', async () => {
    const { code, stderr } = await keyreeve(['trail', 'ingest', '.', '--verify-integrity'], { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toContain('only log files in their bucket can be verified')
  })
})
