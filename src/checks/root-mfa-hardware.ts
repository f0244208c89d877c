import { byUser } from './by-user.ts'
import type { Check } from './check.ts'
import { nobodySignsIn } from './root.ts'
import { rootSource } from './sources.ts'
import { rootSubject } from './subjects.ts'

export const rootMfaHardware: Check = {
  id: 'root-mfa-hardware',
  title: 'Root MFA can be copied or phished: it is no passkey or hardware device',
  severity: 'medium',
  group: 'root',
  why: 'The seed of a virtual MFA device can be copied from a phone or its backup, and its codes can be typed into a fake page. A security key or hardware device stays in one place.',
  fix: 'Sign in as root, register a security key (FIDO2) or a hardware device, then remove the virtual one: an attacker takes the weakest.',
  needs: ['rootMfa', 'rootMfaKind'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-6',
  ],
  *run({ snapshot }) {
    const { root } = snapshot
    if (nobodySignsIn(snapshot)) return
    const devices = byUser(snapshot.mfaDevices).get(null) ?? []
    // Hardware devices of root are in no list, so MFA that is active without a virtual device is hardware. A virtual
    // device that was never enabled is left over from a setup that was broken off.
    const weak = devices.filter(({ kind, enableDate }) => (kind === 'virtual' || kind === 'sms') && enableDate !== null)
    if (weak.length > 0)
      yield {
        subject: rootSubject(snapshot),
        because: `${weak.length === 1 ? 'a virtual MFA device' : `${weak.length} virtual MFA devices`} can sign root in`,
        evidence: weak.map(({ serialNumber }) => ({
          fact: 'virtual MFA device',
          value: serialNumber,
          source: 'iam:ListVirtualMFADevices',
        })),
      }
    else if (root.mfaActive === null) yield { unknown: 'whether root has MFA is not known' }
    else if (!root.mfaActive)
      yield {
        subject: rootSubject(snapshot),
        because: 'no MFA device at all, so no hardware device either',
        evidence: [{ fact: 'MFA active', value: false, source: rootSource(snapshot) }],
      }
  },
  examples: {
    flagged: [
      { name: 'a virtual device', account: { mfaDevices: [{ userName: null, kind: 'virtual' }] } },
      {
        name: 'a virtual device beside a passkey',
        account: {
          mfaDevices: [
            { userName: null, kind: 'passkey' },
            { userName: null, kind: 'virtual' },
          ],
        },
      },
      { name: 'no device', account: { root: { mfaActive: false } } },
    ],
    clean: [
      { name: 'MFA without a virtual device', account: {} },
      {
        name: 'a root user in AWS GovCloud (US), who cannot sign in',
        account: { partition: 'aws-us-gov', root: { mfaActive: false } },
      },
      {
        name: 'a virtual device that was never enabled',
        account: { mfaDevices: [{ userName: null, kind: 'virtual', enableDate: null }] },
      },
      { name: 'a virtual device of a user', account: { mfaDevices: [{ userName: 'ana', kind: 'virtual' }] } },
      {
        name: 'a member account whose root credentials were removed centrally',
        account: { root: { mfaActive: false, passwordPresent: false } },
      },
    ],
  },
}
