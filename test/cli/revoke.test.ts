/** The command in an emergency, against the sandbox: what it prints, writes and exits with, and what it never shows. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { lock } from 'proper-lockfile'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Incident, incident as incidentSchema } from '../../src/model/incident.ts'
import { jsonSchemas } from '../../src/report/schema.ts'
import { addAccessKey, addRole, addUser } from '../../src/sandbox/state.ts'
import {
  ACCOUNT,
  ADMIN,
  assume,
  type Credentials,
  type Leaky,
  leakyAccount,
  newFolder,
  steal,
  works,
} from '../fix/revoke-account.ts'
import { manage } from '../fix/revoke-organization.ts'
import { keyreeve, untilFileHolds } from './keyreeve.ts'

const isDryRun = new Ajv2020({ strict: false }).compile(jsonSchemas({ closed: true })['revoke-dry-run.schema.json']!)

let leaky: Leaky
let stolen: Record<string, Credentials>
let folder: string

beforeAll(async () => {
  leaky = await leakyAccount()
  stolen = await steal(leaky)
  folder = newFolder()
})
afterAll(() => leaky.close())

const envOf = ({ accessKeyId, secretAccessKey, sessionToken }: Credentials) => ({
  AWS_ENDPOINT_URL: leaky.sandbox.endpoint,
  AWS_REGION: leaky.sandbox.region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
})
const revoke = (args: string[], { as = leaky.sandbox as Credentials, cwd = folder, during = ignoring } = {}) =>
  keyreeve(['revoke', ...args], { cwd, env: envOf(as), during: (child) => void during(child) })
/** Nobody types. */
const ignoring = (child: ChildProcess): unknown => child.stdin!.end()

const quick = ['--yes', '--window', '0', '--regions', 'us-east-1']
const incidents = (cwd = folder) => join(cwd, '.keyreeve', 'incidents')
const filesOf = (id: string, cwd = folder) =>
  readdirSync(join(incidents(cwd), id)).map((name) => join(incidents(cwd), id, name))
/** The journals of a key's incidents; a command that has just begun may not have written them yet. */
const journalsOf = ({ accessKeyId }: Credentials) =>
  (existsSync(incidents()) ? readdirSync(incidents()) : [])
    .filter((name) => name.endsWith(accessKeyId))
    .map((name) => join(incidents(), name, 'journal'))

/** A user with a key of its own, so that one test does not see another's. */
function newKey(name: string): Credentials {
  return addAccessKey(
    leaky.world,
    leaky.account,
    addUser(leaky.world, leaky.account, name, { attachedPolicies: [ADMIN] }),
  )
}

function secretsIn(text: string, credentials: readonly Credentials[]): string[] {
  return credentials
    .flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, ...(sessionToken ? [sessionToken] : [])])
    .filter((secret) => text.includes(secret) || text.includes(secret.slice(0, 20)))
}

it('stops the key and everything that came of it, and says so in a file, without a secret', async () => {
  const { code, stdout, stderr } = await revoke(
    [leaky.key.accessKeyId, ...quick, '--json', '--and-what-it-made', '--prove-with-stdin'],
    { during: (child) => child.stdin!.end(leaky.key.secretAccessKey) },
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const incident = incidentSchema.parse(JSON.parse(stdout)) as Incident
  expect(incident.state).toBe('contained')
  expect(incident.firstDenyMs).toBeGreaterThan(0)
  expect(incident.proofs.map(({ result }) => result)).toEqual(incident.proofs.map(() => 'proven'))
  expect(incident.proofs.map(({ how }) => how)).toContain('s3:ListBuckets with the key itself')
  expect(incident.measures.map(({ id }) => id)).toContain(`deactivate-key:${stolen['new key']!.accessKeyId}`)
  expect(incident.roles).toContainEqual({
    arn: `arn:aws:iam::${ACCOUNT}:role/untouched`,
    because: 'could-assume',
    cut: false,
  })
  for (const credentials of Object.values(stolen)) expect(await works(leaky, credentials)).toBe(false)
  const files = filesOf(incident.incidentId)
  expect(files.map((file) => file.split('/').at(-1)).sort()).toEqual(['incident.json', 'incident.md', 'journal'])
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600)
  const all = [stdout, ...files.map((file) => readFileSync(file, 'utf8'))].join('\n')
  expect(secretsIn(all, [...Object.values(stolen), leaky.sandbox])).toEqual([])
})

it('going on with an incident looks again, and taking it back ends it', async () => {
  const again = await revoke([leaky.key.accessKeyId, ...quick, '--no-second-look'])
  expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' })
  expect(again.stdout).toContain('Left to do')
  const [id, ...more] = readdirSync(incidents()).filter((name) => name.endsWith(leaky.key.accessKeyId))
  expect(more).toEqual([])
  const undone = await revoke(['--undo', id!, '--yes', '--measure', 'deny-user:deploy'])
  expect({ code: undone.code, stderr: undone.stderr }).toEqual({ code: 0, stderr: '' })
  expect(leaky.account.users.get('deploy')!.inlinePolicies.size).toBe(1)
  const rest = await revoke(['--undo', join(incidents(), id!), '--yes', '--json'])
  expect(rest.code).toBe(0)
  expect(JSON.parse(rest.stdout)).toMatchObject({ state: 'undone' })
  expect(leaky.key.status).toBe('Active')
  expect(leaky.account.users.get('deploy')!.inlinePolicies.size).toBe(0)
})

it('--dry-run shows what would be done, changes nothing and writes nothing', async () => {
  const key = newKey('dry')
  const cwd = newFolder()
  const { code, stdout } = await revoke([key.accessKeyId, '--dry-run', '--json'], { cwd })
  expect(code).toBe(0)
  expect(isDryRun(JSON.parse(stdout)), JSON.stringify(isDryRun.errors)).toBe(true)
  expect(JSON.parse(stdout).planned.map(({ id }: { id: string }) => id)).toEqual([
    `deactivate-key:${key.accessKeyId}`,
    'deny-user:dry',
    'cut-user-sessions:dry',
  ])
  expect(await works(leaky, key)).toBe(true)
  expect(existsSync(join(cwd, '.keyreeve'))).toBe(false)
})

describe('what can be named', () => {
  it('a user: all its keys', async () => {
    const key = newKey('somebody')
    const { code, stdout } = await revoke([`arn:aws:iam::${ACCOUNT}:user/somebody`, ...quick, '--no-second-look'])
    expect(code, stdout).toBe(0)
    expect(await works(leaky, key)).toBe(false)
  })

  it('a temporary key: the sessions of its role, and those that came of them; its user is not touched', async () => {
    // two keys are all that a user can have
    const extra = { UserName: 'deploy', AccessKeyId: stolen['new key']!.accessKeyId }
    await leaky.session.call('iam', 'DeleteAccessKey', extra)
    const stolenAgain = await steal(withKey('temporary'))
    const session = stolenAgain['assumed role']!
    const { code, stdout } = await revoke([session.accessKeyId, ...quick, '--no-second-look', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).subject).toMatchObject({ kind: 'session', roleName: 'build' })
    expect(await works(leaky, session)).toBe(false)
    expect(await works(leaky, stolenAgain['chained role']!)).toBe(false)
    expect(await works(leaky, stolenAgain.key!)).toBe(true)
  })

  it('a temporary key that was not used yet', async () => {
    const session = await assume(leaky.session, 'untouched')
    const { code, stdout } = await revoke([session.accessKeyId, '--dry-run', '--json', '--regions', 'us-east-1'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).planned.map(({ id }: { id: string }) => id)).toEqual(['cut-role-sessions:untouched'])
  })

  it('a role: its sessions', async () => {
    addRole(leaky.world, leaky.account, 'lone', {
      trustPolicy: JSON.parse(leaky.account.roles.get('build')!.trustPolicy as string),
      attachedPolicies: [ADMIN],
    })
    const { code, stdout } = await revoke([`arn:aws:iam::${ACCOUNT}:role/lone`, ...quick, '--no-second-look'])
    expect({ code, stdout }).toMatchObject({ code: 0 })
    expect(leaky.account.roles.get('lone')!.inlinePolicies.size).toBe(1)
  })

  it('a key of root: what only root can do is left to do', async () => {
    const key = addAccessKey(leaky.world, leaky.account, null)
    const { code, stdout } = await revoke([key.accessKeyId, ...quick, '--no-second-look'])
    expect(code).toBe(3)
    expect(stdout).toContain('Sign in as root and delete the key')
  })

  function withKey(name: string): Leaky {
    return { ...leaky, key: { ...leaky.key, ...newKey(name) } }
  }
})

describe('what is refused with one clear line', () => {
  it.each([
    [['not-a-key'], 'neither an access key ID nor the ARN'],
    [[], 'which key?'],
    [['AKIAIOSFODNN7EXAMPLE'], '`, whose account its ID does not tell: no user of it was found (AccessDenied)'],
    [['AKIAUFED4XHJRTDZPDRL', '--yes'], 'belongs to account 285891934675'],
    [['ASIAUFED4XHJRTDZPDRL', '--yes'], 'no event of CloudTrail tells'],
    [['--undo', 'nothing', '--yes'], 'there is no incident'],
    [['AKIAUFED4XHJRTDZPDRL', '--prove-with-stdin'], 'needs `--yes`'],
    [['AKIAUFED4XHJRTDZPDRL', '--organization', '--keep-user'], 'denies the user everything'],
  ])('%j', async (args, message) => {
    const cwd = newFolder()
    const { code, stdout, stderr } = await revoke([...args, '--regions', 'us-east-1'], { cwd })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.split('\n').filter((line) => line.startsWith('keyreeve:'))).toHaveLength(1)
    expect(stderr).toContain(message)
  })

  it('without a terminal to ask on', async () => {
    const key = newKey('unasked')
    const { code, stderr } = await revoke([key.accessKeyId])
    expect(code).toBe(2)
    expect(stderr).toContain('Deactivate the access key')
    expect(await works(leaky, key)).toBe(true)
  })

  it('oneself, unless it is meant', async () => {
    const key = newKey('myself')
    const { code, stderr } = await revoke([key.accessKeyId, ...quick], { as: key })
    expect(code).toBe(2)
    expect(stderr).toContain('--even-me')
    expect(await works(leaky, key)).toBe(true)
  })

  it('a second run at once on the same key', async () => {
    const key = newKey('twice')
    mkdirSync(incidents(), { recursive: true })
    const release = await lock(join(incidents(), key.accessKeyId), { realpath: false })
    const { code, stderr } = await revoke([key.accessKeyId, ...quick])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('another run works on') })
    await release()
  })
})

describe('whatever goes wrong', () => {
  it('with rights to nothing but asking whose key it is: what a person with more rights would run', async () => {
    const key = newKey('stuck')
    leaky.sandbox.setFaults(['deny:iam:Update*', 'deny:iam:Put*', 'deny:iam:Attach*', 'deny:cloudtrail:*'])
    const { code, stdout } = await revoke([key.accessKeyId, ...quick, '--no-second-look'])
    leaky.sandbox.setFaults([])
    expect(code).toBe(3)
    expect(stdout).toContain('INCOMPLETE')
    expect(stdout).toContain(`aws iam update-access-key --user-name stuck --access-key-id ${key.accessKeyId}`)
  })

  it('killed with signal 9 after its first calls: the next run goes on with the same incident', async () => {
    const key = newKey('killed')
    leaky.sandbox.setFaults(['delay:cloudtrail:*:ms=3000'])
    const { code } = await revoke([key.accessKeyId, ...quick], {
      during: async (child) => {
        await untilFileHolds('"answer"', () => journalsOf(key)[0])
        child.kill('SIGKILL')
      },
    })
    expect(code).toBeNull()
    leaky.sandbox.setFaults([])
    // after five seconds its lock is let go
    rmSync(join(incidents(), `${key.accessKeyId}.lock`), { recursive: true })
    const again = await revoke([key.accessKeyId, ...quick, '--no-second-look', '--json'])
    expect(again.code).toBe(0)
    expect(journalsOf(key)).toHaveLength(1)
    expect(await works(leaky, key)).toBe(false)
  })
})

it('whose credentials end half-way: new ones are got from the process of the profile, and it goes on', async () => {
  const key = newKey('renewed')
  addRole(leaky.world, leaky.account, 'responder', {
    trustPolicy: JSON.parse(leaky.account.roles.get('build')!.trustPolicy as string),
    attachedPolicies: [ADMIN],
  })
  const home = newFolder()
  const given = join(home, 'given.json')
  const giveOut = async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await assume(leaky.session, 'responder')
    const document = {
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    }
    writeFileSync(given, JSON.stringify(document))
    return accessKeyId
  }
  const first = await giveOut()
  writeFileSync(join(home, 'config'), `[profile responder]\nregion = us-east-1\ncredential_process = cat ${given}\n`)
  leaky.sandbox.setFaults(['delay:cloudtrail:*:ms=1500'])
  const { code, stdout } = await keyreeve(
    ['revoke', key.accessKeyId, ...quick, '--no-second-look', '--json', '--profile', 'responder'],
    {
      cwd: folder,
      env: { AWS_ENDPOINT_URL: leaky.sandbox.endpoint, AWS_CONFIG_FILE: join(home, 'config') },
      during: (child) => {
        child.stdin!.end()
        void (async () => {
          await untilFileHolds('"answer"', () => journalsOf(key)[0])
          await giveOut()
          leaky.world.sessions.get(first)!.expiration = new Date(0)
        })()
      },
    },
  )
  leaky.sandbox.setFaults([])
  expect(JSON.parse(stdout)).toMatchObject({ state: 'contained', gaps: [] })
  expect(code).toBe(0)
  expect(await works(leaky, key)).toBe(false)
})

it('from the management account: a service control policy first, and the rest by a role in the member', async () => {
  const key = newKey('member')
  const management = await manage(leaky)
  addRole(leaky.world, leaky.account, 'OrganizationAccountAccessRole', {
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::999988887777:root' }, Action: 'sts:AssumeRole' }],
    },
    attachedPolicies: [ADMIN],
  })
  const client = await management.client('iam')
  const as = await client.config.credentials()
  // what came of it is in the events of the member, and not in those of who asks
  const session = await assume(leaky.as(key), 'build')
  const planned = async (...args: string[]) =>
    JSON.parse((await revoke([...args, '--dry-run', '--json', '--regions', 'us-east-1'], { as })).stdout).planned.map(
      ({ id }: { id: string }) => id,
    )
  // it would deny all of the role or user, of which only sessions or the key are to go
  expect(await planned(session.accessKeyId)).toEqual(['cut-role-sessions:build'])
  expect(await planned(`arn:aws:iam::${ACCOUNT}:role/build`)).toEqual(['cut-role-sessions:build'])
  expect(await planned(key.accessKeyId, '--keep-user')).toEqual([
    `deactivate-key:${key.accessKeyId}`,
    'cut-user-sessions:member',
  ])
  const { code, stdout, stderr } = await revoke([key.accessKeyId, ...quick, '--no-second-look', '--json'], { as })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout).measures.map(({ id, state }: { id: string; state: string }) => `${id} ${state}`)).toEqual(
    expect.arrayContaining([
      `deny-by-scp:${ACCOUNT} done`,
      'deny-user:member done',
      `deactivate-key:${key.accessKeyId} done`,
      'cut-role-sessions:build done',
    ]),
  )
  expect(await works(leaky, session)).toBe(false)
  expect(await works(leaky, key)).toBe(false)
  management.close()
})
