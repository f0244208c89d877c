/** `keyreeve trail detect` as a user runs it. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { jsonSchemas } from '../../src/report/schema.ts'
import { at, call, ELSEWHERE, keyOf, root, user } from '../../src/trail/detections/example.ts'
import { keyreeve } from './keyreeve.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-detect-'))
const secret = randomBytes(20).toString('base64')

const events = [
  call('iam:CreateGroup', root(), { time: at(0), agent: 'evil\u001b[2J' }),
  call('iam:CreateAccessKey', user('alice'), {
    time: at(0, 1),
    request: { userName: 'bob' },
    response: { accessKey: { accessKeyId: keyOf('bobnew'), userName: 'bob', secretAccessKey: secret } },
  }),
  call('cloudtrail:StopLogging', user('alice'), {
    time: at(0, 2),
    from: ELSEWHERE,
    request: { name: 'main', password: secret },
  }),
]
mkdirSync(join(folder, 'logs'))
writeFileSync(join(folder, 'logs', 'log.json'), JSON.stringify({ Records: events }))
const detect = (...args: string[]) => keyreeve(['trail', 'detect', ...args], { cwd: folder })

describe('keyreeve trail detect', () => {
  it('says what looks wrong, in JSON that its schema describes', async () => {
    const { code, stdout, stderr } = await detect('logs', '--json')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    const document = JSON.parse(stdout)
    for (const closed of [true, false]) {
      const ajv = new Ajv2020({ allErrors: true })
      addFormats.default(ajv)
      const validate = ajv.compile(jsonSchemas({ closed })['trail-detect.schema.json']!)
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
    }
    const found = document.detections.map(
      ({ code, severity }: { code: string; severity: string }) => `${code} ${severity}`,
    )
    expect(found).toEqual(['CT41 critical', 'CT01 high', 'CT13 medium'])
    expect(document.detections[0]).toMatchObject({
      events: [(events[2] as { eventID: string }).eventID],
      principal: 'arn:aws:iam::111122223333:user/alice',
    })
    expect(document.notEvaluated.map(({ code }: { code: string }) => code)).toContain('CT28')
    expect(stdout).not.toContain(secret)
  })

  it('shows them in a terminal without obeying what events say', async () => {
    const { code, stdout } = await detect('logs')
    expect(code).toBe(1)
    expect(stdout).toContain('CT13 Access key created for another user')
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toContain(secret)
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  })

  it('writes SARIF and OCSF', async () => {
    const { code } = await detect(
      'logs',
      '--format',
      'sarif',
      '--output',
      'a.sarif',
      '--format',
      'ocsf',
      '--output',
      'a.ndjson',
    )
    expect(code).toBe(1)
    const [run] = JSON.parse(readFileSync(join(folder, 'a.sarif'), 'utf8')).runs
    expect(run.results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual(['CT41', 'CT01', 'CT13'])
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId)
    const lines = readFileSync(join(folder, 'a.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatchObject({ class_uid: 2004, type_uid: 200401, severity_id: 5, status_id: 1 })
    expect(lines[0].finding_info).toMatchObject({
      analytic: { uid: 'CT41' },
      attacks: [{ technique: { uid: 'T1562' }, sub_technique: { uid: 'T1562.008' } }],
    })
  })

  it('shows what the configuration allows as allowed, with the reason, and does not fail for it', async () => {
    const allowances = ['CT41', 'CT13'].map((detection) => ({ detection, principal: 'alice', reason: 'a drill' }))
    writeFileSync(
      join(folder, 'own.yaml'),
      JSON.stringify({ allowances: [...allowances, { detection: 'CT01', account: '111122223333', reason: 'set-up' }] }),
    )
    const { code, stdout } = await detect('logs', '--json', '--config', 'own.yaml')
    expect(code).toBe(0)
    const { detections, summary } = JSON.parse(stdout)
    expect(summary.allowed).toBe(3)
    expect(
      detections.map(({ status, allowed }: { status: string; allowed: object }) => [status, allowed]),
    ).toContainEqual(['allowed', { reason: 'a drill' }])
    writeFileSync(
      join(folder, 'wrong.yaml'),
      JSON.stringify({ allowances: [{ detection: 'CT99', principal: 'alice', reason: 'x' }] }),
    )
    expect(await detect('logs', '--config', 'wrong.yaml')).toMatchObject({ code: 2, stdout: '' })
    writeFileSync(join(folder, 'all.yaml'), JSON.stringify({ allowances: [{ detection: '*', reason: 'x' }] }))
    expect((await detect('logs', '--config', 'all.yaml')).stderr).toContain('allows everything')
  })

  it('takes --since, --detection, --severity and --fail-on', async () => {
    const found = async (...args: string[]) =>
      JSON.parse((await detect('logs', '--json', ...args)).stdout).detections.length
    expect(await found('--since', at(0, 1))).toBe(2)
    expect(await found('--detection', 'CT13,root-activity')).toBe(2)
    expect(await found('--severity', 'high')).toBe(2)
    expect((await detect('logs', '--fail-on', 'none')).code).toBe(0)
    expect((await detect('logs', '--detection', 'CT13', '--fail-on', 'high')).code).toBe(0)
  })

  it('is incomplete when something could not be read, and says what', async () => {
    mkdirSync(join(folder, 'half'))
    writeFileSync(join(folder, 'half', 'log.json'), JSON.stringify({ Records: [events[0]] }))
    writeFileSync(join(folder, 'half', 'bad.json'), '{"Records":[{"eventVersion":"1.08"},')
    const { code, stdout } = await detect('half', '--json')
    expect(code).toBe(3)
    const { input } = JSON.parse(stdout)
    expect(input.rejected + input.skipped.length).toBeGreaterThan(0)
  })

  it.each([
    [['nowhere'], 'there is no `nowhere`'],
    [[], 'is empty'],
    [['logs', '--since', 'yesterday'], '--since'],
    [['logs', '--detection', 'CT55'], 'there is no detection `CT55`'],
    [['logs', '--engine', 'athena'], 'not files'],
    [['logs', '--raw', 'x'], '`--raw` needs'],
  ])('%j is refused with one clear line', async (args, message) => {
    const { code, stdout, stderr } = await detect(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('internal error')
  })
})

it('keyreeve trail ddl prints the statements for Athena', async () => {
  const { code, stdout } = await keyreeve(['trail', 'ddl', '--location', 's3://acme/keyreeve/events'])
  expect(code).toBe(0)
  expect(stdout).toContain('CREATE EXTERNAL TABLE IF NOT EXISTS keyreeve.events')
  expect(await keyreeve(['trail', 'ddl', '--location', 'nowhere'])).toMatchObject({ code: 2, stdout: '' })
})
