import { byUser } from './by-user.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { userSubject } from './subjects.ts'

const PASSWORD = { enabled: true, lastUsed: daysAgo(2), lastChanged: daysAgo(30), nextRotation: null }

export const userMfaPhishingResistant: Check = {
  id: 'user-mfa-phishing-resistant',
  title: 'MFA of a console user can be phished',
  severity: 'low',
  group: 'mfa',
  why: 'A six-digit code can be typed into a fake sign-in page, which uses it within seconds. A passkey or security key answers only to the real page.',
  fix: 'Let the user register a passkey or security key (FIDO2), then remove the other devices.',
  needs: ['passwords', 'mfaDevices'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_fido.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_fido_supported_configurations.html',
  ],
  *run({ snapshot, knowledge }) {
    const devices = byUser(snapshot.mfaDevices)
    const allDevicesKnown = knowledge('mfaDevices').known === 'all'
    for (const user of snapshot.users) {
      if (!user.password?.enabled) continue
      const own = devices.get(user.userName) ?? []
      if (own.some(({ kind }) => kind === 'passkey')) continue
      if (!allDevicesKnown || (own.length === 0 && user.mfaActive)) {
        if (own.length > 0 || user.mfaActive !== false)
          yield { unknown: `not every MFA device of ${user.userName} is known` }
        continue
      }
      // without any device it is a matter of MFA at all, not of its kind
      if (own.length === 0) continue
      yield {
        subject: userSubject(user),
        because: `${own.length === 1 ? 'the only device is' : own.length === 2 ? 'both devices are' : `all ${own.length} devices are`} ${[...new Set(own.map(({ kind }) => KINDS[kind]))].join(' and ')}`,
        evidence: own.map(({ kind, serialNumber }) => ({
          fact: `${kind} MFA device`,
          value: serialNumber,
          source: kind === 'virtual' ? 'iam:ListVirtualMFADevices' : 'iam:ListMFADevices',
        })),
        commands: [shell`aws iam list-mfa-devices --user-name ${user.userName}`],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'only a virtual device',
        account: {
          users: [{ userName: 'ana', password: PASSWORD, mfaActive: true }],
          mfaDevices: [{ userName: 'ana', kind: 'virtual' }],
        },
      },
      {
        name: 'a hardware device that shows codes, and a telephone',
        account: {
          users: [{ userName: 'ana', password: PASSWORD, mfaActive: true }],
          mfaDevices: [
            { userName: 'ana', kind: 'hardware' },
            { userName: 'ana', kind: 'sms' },
          ],
        },
      },
    ],
    clean: [
      {
        name: 'a passkey beside a virtual device',
        account: {
          users: [{ userName: 'ana', password: PASSWORD, mfaActive: true }],
          mfaDevices: [
            { userName: 'ana', kind: 'virtual' },
            { userName: 'ana', kind: 'passkey' },
          ],
        },
      },
      { name: 'no MFA at all', account: { users: [{ userName: 'ana', password: PASSWORD }] } },
      {
        name: 'a virtual device of a user without a password',
        account: {
          users: [{ userName: 'deploy', mfaActive: true }],
          mfaDevices: [{ userName: 'deploy', kind: 'virtual' }],
        },
      },
    ],
  },
}

const KINDS = {
  virtual: 'virtual',
  hardware: 'hardware that shows codes',
  sms: 'text messages',
  passkey: 'a passkey',
} as const
