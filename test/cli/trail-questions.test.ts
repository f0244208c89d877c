/** What goes wrong when CloudTrail is asked: said in one clear line, with the right exit code, and nothing half written. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { rowFields } from '../../src/report/trail-schema.ts'
import { ELSEWHERE } from '../../src/trail/detections/example.ts'
import { madeUpEvent } from '../trail/made-up-event.ts'
import { folderWith } from '../trail/store.ts'
import { keyreeve, type Run } from './keyreeve.ts'

const KEY = 'AKIAIOSFODNN7EXAMPLE'
const NEVER = 'AKIANOTSEEN000000000'
const HOSTILE = '=HYPERLINK("x")|trufflehog\u001b[31m\u202eevil<img src=x onerror=alert(1)>'

let folder: string

const trail = (...args: string[]): Promise<Run> => keyreeve(['trail', ...args], { cwd: folder })

const user = (name: string, accountId: string) => ({
  userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${accountId}:user/${name}`, accountId, userName: name },
})

/** The longest name of an action in the store. */
const LONG_ACTION = 'secretsmanager:BatchGetSecretValue'

beforeAll(async () => {
  folder = folderWith({
    'log.json': [
      madeUpEvent({ userAgent: HOSTILE, eventName: 'DeleteBucket', readOnly: false, sourceIPAddress: ELSEWHERE }),
      madeUpEvent({
        eventSource: 'iam.amazonaws.com',
        eventName: 'CreateAccessKey',
        readOnly: false,
        requestParameters: { userName: HOSTILE },
        responseElements: { accessKey: { accessKeyId: 'AKIAMADEBYIT00000001' } },
      }),
      madeUpEvent({ eventName: 'GetObject', errorCode: 'AccessDenied', ...user('refused', '111122223333') }),
      madeUpEvent({ eventSource: 'secretsmanager.amazonaws.com', eventName: 'BatchGetSecretValue' }),
      madeUpEvent(user('deploy', '111122223333')),
      madeUpEvent(user('deploy', '444455556666')),
    ],
    'policy.json': JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }),
  })
  expect((await trail('ingest', 'log.json')).code).toBe(0)
})

/** A copy of the store, and its only file of events. */
function copyOfStore(name: string): { store: string; file: string; manifest: string } {
  const store = join(folder, name)
  cpSync(join(folder, '.keyreeve/trail'), store, { recursive: true })
  const found = readdirSync(store, { recursive: true, withFileTypes: true }).find(({ name: n }) =>
    n.endsWith('.parquet'),
  )!
  return { store, file: join(found.parentPath, found.name), manifest: join(store, 'manifest.json') }
}

const QUESTIONS: [string, string[]][] = [
  ['trail KEY', [KEY]],
  ['trail keys', ['keys']],
  ['trail usage', ['usage', KEY]],
  ['trail consumers', ['consumers', KEY]],
  ['trail services', ['services']],
  ['trail root', ['root']],
  ['trail errors', ['errors']],
  ['trail sessions', ['sessions', 'app']],
  ['trail replay', ['replay', '--policy', 'policy.json', '--principal', KEY]],
  ['trail detect', ['detect']],
]

describe('a store that cannot be read is said to be so', () => {
  it.each([
    ['cut off', ({ file }: { file: string }) => truncateSync(file, 700)],
    ['gone', ({ file }: { file: string }) => rmSync(file)],
    ['overwritten', ({ file }: { file: string }) => writeFileSync(file, 'not Parquet at all')],
  ])('with its file %s', async (how, damage) => {
    const copy = copyOfStore(how.replaceAll(' ', '-'))
    damage(copy)
    for (const [, args] of QUESTIONS.slice(0, 2).concat(QUESTIONS.slice(-2))) {
      const run = await trail(...args, '--store', copy.store, '--output', 'half.json')
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(
        /^keyreeve: the events cannot be read.*\n {2}if a file of the store is damaged or gone/,
      )
    }
    expect(existsSync(join(folder, 'half.json'))).toBe(false)
  })

  it('by a version that knows it not', async () => {
    const { store, manifest } = copyOfStore('later')
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"version": 1', '"version": 999'))
    const run = await trail('keys', '--store', store)
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('version')
  })

  it.each(QUESTIONS)('when %s is asked of an empty one', async (_, args) => {
    const run = await trail(...args, '--store', 'nowhere')
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('trail ingest')
  })
})

describe('a time that is none', () => {
  it.each(['nonsense', '2026-13-45', '2026-02-31', '30', '', '99999999d'])('`%s` is refused', async (since) => {
    for (const question of ['keys', 'detect']) {
      const run = await trail(question, '--since', since)
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toContain('2026-01-31')
    }
  })

  it('or has no events is no answer', async () => {
    const run = await trail('keys', '--since', '2030-01-01')
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('it has those of 2026-01-05 to 2026-01-05')
    const swapped = await trail('keys', '--since', '2026-01-06', '--until', '2026-01-01')
    expect(swapped).toMatchObject({ code: 2, stdout: '' })
    expect(swapped.stderr).toContain('--since 2026-01-06 is after --until 2026-01-01')
  })
})

describe('what the configuration allows', () => {
  const configured = (settings: object) => writeFileSync(join(folder, 'own.yaml'), JSON.stringify(settings))
  const story = async (): Promise<{ status: string; allowed: object | null; because: string }[]> =>
    JSON.parse((await trail(KEY, '--config', 'own.yaml', '--json')).stdout).alarms

  it('stands apart in the story of a key, with the reason', async () => {
    configured({ allowances: [{ detection: 'attack-tool', accessKey: KEY, reason: 'our own scanner' }] })
    const alarms = await story()
    expect(alarms.map(({ status }) => status)).toEqual(['open', 'allowed'])
    expect(alarms[1]!.allowed).toEqual({ reason: 'our own scanner' })
    const { stdout } = await trail(KEY, '--config', 'own.yaml')
    expect(stdout).toMatch(/WHAT LOOKS WRONG {2}1 alarm\b.*ALLOWED {2}1 alarm\b.*: our own\s+scanner/s)
  })

  it('is the same there as among detections', async () => {
    configured({ allowances: [{ detection: '*', accessKey: KEY, reason: 'a drill' }] })
    expect((await story()).map(({ status }) => status)).toEqual(['allowed', 'allowed'])
    expect((await trail(KEY, '--config', 'own.yaml')).stdout).toContain('WHAT LOOKS WRONG  only what is allowed')
    configured({ allowances: [{ detection: '*', accessKey: KEY, reason: 'a drill', expires: '2026-01-04' }] })
    expect((await story()).map(({ status }) => status)).toEqual(['open', 'open'])
    configured({ allowances: [{ detection: 'CT99', accessKey: KEY, reason: 'a drill' }] })
    expect(await trail(KEY, '--config', 'own.yaml')).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('who is not there', () => {
  it.each([
    ['a key', NEVER],
    ['an ARN', 'arn:aws:iam::111122223333:user/nobody'],
    ['a name', 'nobody'],
  ])('%s is in no event, which is not the same as harmless', async (_, who) => {
    for (const args of [
      ['usage', who],
      ['consumers', who],
      ['sessions', who],
      ['replay', '--policy', 'policy.json', '--principal', who],
    ]) {
      const run = await trail(...args)
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(/in no event|in the events|no call that was let through/)
    }
  })

  it('has nothing to replay when every call was denied', async () => {
    const run = await trail('replay', '--policy', 'policy.json', '--principal', 'refused')
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('made no call that was let through')
  })

  it('is asked for again when there are several of that name', async () => {
    const run = await trail('usage', 'deploy')
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain(
      'is several: arn:aws:iam::111122223333:user/deploy, arn:aws:iam::444455556666:user/deploy',
    )
  })
})

describe('who is named otherwise', () => {
  it.each([[KEY], ['usage', KEY], ['consumers', KEY]])(
    '`%s` of a key in small letters is the same',
    async (...args) => {
      const lower = args.map((word) => (word === KEY ? KEY.toLowerCase() : word))
      expect((await trail(...lower, '--json')).stdout).toBe((await trail(...args, '--json')).stdout)
    },
  )

  it('a user is not a key, and the answer says where to ask', async () => {
    const run = await trail('arn:aws:iam::111122223333:user/ci')
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('keyreeve trail usage')
  })
})

describe('hostile text in events does no harm', () => {
  it.each([
    ['in the story of a key', [KEY]],
    ['in its story at length', [KEY, '--verbose']],
    ['among its consumers', ['consumers', KEY]],
    ['among the actions', ['usage', KEY]],
    ['in a replay', ['replay', '--policy', 'policy.json', '--principal', KEY]],
    ['among detections', ['detect', '--verbose']],
    ['in CSV', ['consumers', KEY, '--format', 'csv']],
    ['in CSV of a replay', ['replay', '--policy', 'policy.json', '--principal', KEY, '--format', 'csv']],
  ])('%s', async (_, args) => {
    const { stdout } = await trail(...args)
    expect(stdout.length).toBeGreaterThan(50)
    expect(/[\u001b\u202e]/.test(stdout)).toBe(false)
    // a cell that begins with a sign is a formula to a spreadsheet
    if (args.includes('csv')) expect(stdout).not.toMatch(/(^|[,"\n])=HYPER/)
  })

  it('to the terminal in documents for programs, which have it as it is otherwise', async () => {
    for (const args of [
      ['consumers', KEY, '--json'],
      ['detect', '--format', 'ocsf'],
      ['detect', '--format', 'json'],
    ]) {
      const { stdout } = await trail(...args)
      expect(stdout).toContain('\\u001b[31m\u202eevil')
      expect(stdout.includes('\u001b')).toBe(false)
    }
  })

  it('in the messages of SARIF, which people are shown', async () => {
    const { runs } = JSON.parse((await trail('detect', '--format', 'sarif')).stdout)
    const messages = runs[0].results.map(({ message }: { message: { text: string } }) => message.text)
    expect(messages.join()).toContain('evil')
    expect(/[\u001b\u202e]/.test(messages.join())).toBe(false)
  })
})

it.each(['44', '60', '80'])('an action is named in full on a page of %s columns', async (COLUMNS) => {
  const { stdout } = await keyreeve(['trail', 'usage', KEY], { cwd: folder, env: { COLUMNS } })
  expect(stdout.replace(/\n +/g, '')).toContain(LONG_ACTION)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(Number(COLUMNS))
})

it('a list in CSV has its header, also where it has no rows', async () => {
  const headerOf = async (...args: string[]) => {
    const { code, stdout } = await trail(...args, '--format', 'csv')
    expect(code).toBe(0)
    return stdout.split('\r\n')
  }
  for (const question of ['keys', 'services', 'errors'])
    expect((await headerOf(question))[0]).toBe(rowFields(question).join(','))
  expect(await headerOf('root')).toEqual([rowFields('uses').join(','), ''])
  expect(rowFields('uses').length).toBeGreaterThan(8)
})
