/** A secret in every field of every input, and in the environment: it appears in no output, error or file. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { keyreeve } from './cli/keyreeve.ts'
import { accountDetails, credentialReport, mapStrings } from './cli/saved-account.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-canary-'))
let planted = 0
/** Another secret access key for each place, so that a leak tells where it comes from. */
function canary(): string {
  return createHash('sha256').update(`canary ${planted++}`).digest().subarray(0, 30).toString('base64')
}
const canaries: string[] = []
const plant = () => {
  const secret = canary()
  canaries.push(secret)
  return secret
}

const everywhere = (text: string) => `${text} ${plant()}`
const fields = {
  ...mapStrings(accountDetails(), (text) =>
    /^arn:|^A[A-Z]{3}EX|^20\d\d-|^v1$|^\/$|^(Allow|2012-10-17)$/.test(text) ? text : everywhere(text),
  ),
  SecretAccessKey: plant(),
  Credentials: { SecretAccessKey: plant(), SessionToken: plant() },
}
const withUnknownFields = {
  ...fields,
  UserDetailList: fields.UserDetailList.map((user) => ({
    ...user,
    Password: plant(),
    AccessKey: { SecretAccessKey: plant() },
  })),
}
const details = join(folder, 'details.json')
writeFileSync(details, JSON.stringify(withUnknownFields))
const encoded = join(folder, 'encoded.json')
writeFileSync(
  encoded,
  JSON.stringify(withUnknownFields, (key, value) =>
    /Document$/.test(key) ? encodeURIComponent(JSON.stringify(value)) : value,
  ),
)
const report = join(folder, 'report.csv')
writeFileSync(
  report,
  credentialReport()
    .split('\n')
    .map((line, i) => (line === '' ? line : `${line},${i === 0 ? 'secret_access_key' : plant()}`))
    .join('\n'),
)
const env = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMPLE00', AWS_SECRET_ACCESS_KEY: plant(), AWS_SESSION_TOKEN: plant() }

function leaked(text: string): string[] {
  return canaries.filter((secret) =>
    [secret, secret.slice(0, 20), secret.slice(20), encodeURIComponent(secret)].some((part) => text.includes(part)),
  )
}

it.each(['terminal', 'json', 'ndjson', 'csv', 'markdown', 'sarif', 'ocsf', 'html'])('audit as %s', async (format) => {
  for (const file of [details, encoded]) {
    const output = join(folder, `audit.${format}`)
    const { code, stdout, stderr } = await keyreeve(
      ['audit', '--snapshot', file, report, '--format', format, '--output', output],
      { env },
    )
    expect([1, 3]).toContain(code)
    const text = readFileSync(output, 'utf8')
    const packed = [...text.matchAll(/[A-Za-z0-9+/]{200,}={0,2}/g)].map(([base64]) => {
      try {
        return gunzipSync(Buffer.from(base64, 'base64')).toString()
      } catch {
        return ''
      }
    })
    expect(leaked([text, ...packed, stdout, stderr].join('\n'))).toEqual([])
    expect(text.length).toBeGreaterThan(1000)
  }
})

it.each(['terminal', 'json', 'csv', 'markdown'])('keys as %s', async (format) => {
  const { stdout, stderr } = await keyreeve(['keys', '--snapshot', details, report, '--format', format], { env })
  expect(leaked(stdout + stderr)).toEqual([])
})

it('errors about broken files', async () => {
  const whole = readFileSync(details, 'utf8')
  for (const text of [
    whole.slice(0, -20),
    `${plant()}`,
    `{"a": ${plant()}}`,
    `user,arn\n${plant()}`,
    `{"UserDetailList": "${plant()}"}`,
    `{"schemaVersion": 1, "accountId": "${plant()}"}`,
  ]) {
    const broken = join(folder, 'broken.json')
    writeFileSync(broken, text)
    const { code, stdout, stderr } = await keyreeve(['audit', '--snapshot', broken], { env })
    expect(code).toBe(2)
    expect(leaked(stdout + stderr)).toEqual([])
  }
})

it('errors of AWS calls, of configuration files and of credential processes', async () => {
  const home = mkdtempSync(join(tmpdir(), 'keyreeve-canary-home-'))
  const config = join(home, 'config')
  const secret = plant()
  const cases: [string, Record<string, string>][] = [
    ['', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }],
    [`[default]\naws_access_key_id = AKIAEXAMPLEEXAMPLE00\naws_secret_access_key = ${secret}\n[broken`, {}],
    [`[profile p]\ncredential_process = sh -c 'echo ${secret}; echo ${secret} >&2; exit 1'`, { AWS_PROFILE: 'p' }],
    [`[profile p]\ncredential_process = echo ${secret}`, { AWS_PROFILE: 'p' }],
  ]
  for (const [text, extra] of cases) {
    writeFileSync(config, text)
    const files = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: config }
    const { code, stdout, stderr } = await keyreeve(['audit', '--region', 'us-east-1'], {
      env: text === '' ? { ...env, ...extra } : { ...files, ...extra, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    })
    expect([2, 3]).toContain(code)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(leaked(stdout + stderr)).toEqual([])
  }
})

it('leaves no other file behind', () => {
  for (const file of readdirSync(folder))
    expect(file).toMatch(/^(details|encoded|broken)\.json$|^report\.csv$|^audit\.\w+$/)
})
