import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { deactivateKey, lastUseOfKey } from './key-commands.ts'
import { keySource, lastUsedSource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { day, days } from './time.ts'

export const keyNeverUsed: Check = {
  id: 'key-never-used',
  title: 'Active access key was never used',
  severity: 'medium',
  group: 'keys',
  why: 'Nobody needed this key since it was made, yet a copy of its secret lies somewhere, and anyone who finds it can use it.',
  fix: 'Deactivate the key and delete it. Make keys only when something is there to use them.',
  needs: ['accessKeys', 'keyLastUsed'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-22',
  ],
  *run({ snapshot, dossiers, thresholds, lookup }) {
    const source = lastUsedSource(snapshot)
    for (const dossier of dossiers) {
      const { status, ageDays, createDate, lastUsed, lastUsedKnown, subjectId, accessKeyId, owner } = dossier
      if (status !== 'active' || lastUsed) continue
      if (ageDays !== null && ageDays <= thresholds.keyNeverUsedGraceDays) continue
      if (!lastUsedKnown || ageDays === null || createDate === null) {
        yield { unknown: `the ${lastUsedKnown ? 'age' : 'last use'} of key ${subjectId} is not known` }
        continue
      }
      yield {
        subject: keySubject(dossier),
        measure: ageDays,
        ...(owner.kind === 'user' && lookup.user(owner.name)?.password?.enabled && { traits: ['console'] }),
        because: `created ${day(createDate)}, ${days(ageDays)} ago, and never used`,
        evidence: [
          { fact: 'last used', value: null, source },
          { fact: 'created', value: createDate, source: keySource(accessKeyId) },
        ],
        commands: [...lastUseOfKey(dossier), ...deactivateKey(dossier)],
      }
    }
  },
  examples: {
    flagged: [
      { name: 'a key of 8 days', account: account({ createDate: daysAgo(8) }) },
      {
        name: 'a key of 8 days after a grace of 3',
        account: account({ createDate: daysAgo(8) }),
        config: { thresholds: { keyNeverUsedGraceDays: 3 } },
      },
      {
        name: 'a key of 8 days of a user who can sign in to the console',
        account: {
          users: [
            {
              userName: 'ana',
              password: { enabled: true, lastUsed: daysAgo(1), lastChanged: daysAgo(8), nextRotation: null },
            },
          ],
          accessKeys: [{ userName: 'ana', createDate: daysAgo(8), lastUsed: never() }],
        },
      },
      {
        name: 'a root key',
        account: { accessKeys: [{ userName: null, createDate: daysAgo(100), lastUsed: never() }] },
      },
    ],
    clean: [
      { name: 'a key made yesterday', account: account({ createDate: daysAgo(1) }) },
      { name: 'a key of 7 days', account: account({ createDate: daysAgo(7) }) },
      { name: 'an inactive key', account: account({ createDate: daysAgo(100), status: 'Inactive' as const }) },
      {
        name: 'a key that was used once, long ago',
        account: account({
          createDate: daysAgo(500),
          lastUsed: { date: daysAgo(499), region: 'us-east-1', serviceName: 's3' },
        }),
      },
      {
        name: 'a key made after the credential report, whose use is not known yet',
        account: account({ createDate: daysAgo(0), lastUsed: null }),
      },
    ],
  },
}

function never() {
  return { date: null, region: null, serviceName: null }
}

function account(key: object) {
  return { users: [{ userName: 'ana' }], accessKeys: [{ userName: 'ana', lastUsed: never(), ...key }] }
}
