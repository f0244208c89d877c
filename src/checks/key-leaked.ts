import type { Check } from './check.ts'
import { deactivateKey, deleteKey, lookAtKey, revokeKey } from './key-commands.ts'
import { exampleLeak, isUsable, openPlaces, placesSentence, SCAN } from './leaks.ts'
import { keySource } from './sources.ts'
import { keySubject } from './subjects.ts'

const FIX_INACTIVE =
  'Look up in CloudTrail what was done with the key while it was active, delete it, and take it out of every place.'

export const keyLeaked: Check = {
  id: 'key-leaked',
  title: 'An access key lies open, with its secret',
  severity: 'critical',
  group: 'keys',
  why: 'Whoever can read one of these places can use the key as its owner, from anywhere. Taking it out of the code does not help: it stays in the history, in copies, in backups. Only a key that does not work any more is safe.',
  fix: 'Deactivate the key now, or give its users a role or a new key first where an outage is worse than the risk. Look up in CloudTrail what was done with it, delete it, and then take it out of every place.',
  needs: ['accessKeys', 'leaks'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/securing_access-keys.html',
    'https://repost.aws/knowledge-center/potential-account-compromise',
  ],
  *run({ dossiers }) {
    for (const key of dossiers) {
      const leaks = (key.leaks ?? []).filter((leak) => isUsable(leak) && leak.hasSecret)
      const places = leaks.flatMap(openPlaces)
      if (places.length === 0) continue
      const active = key.status === 'active'
      yield {
        subject: keySubject(key),
        because: `lies with its secret in ${placesSentence(places)}; the key is ${key.status}`,
        evidence: [
          { fact: 'places', value: places.length, source: SCAN },
          { fact: 'key status', value: key.status, source: keySource(key.accessKeyId) },
        ],
        commands: active
          ? [...revokeKey(key), ...deactivateKey(key), ...lookAtKey(key)]
          : [...lookAtKey(key), ...deleteKey(key)],
        ...(!active && { severity: 'medium' as const, fix: FIX_INACTIVE }),
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'an active key in a file and in history',
        account: { users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE' }] },
        leaks: [
          exampleLeak({
            accessKeyId: 'AKIAEXAMPLEONE',
            places: [{}, { kind: 'git', path: 'deploy.sh', commit: '3f2a91c0d4', inHead: false, reachable: true }],
          }),
        ],
        flags: ['AKIAEXAMPLEONE'],
      },
      {
        name: 'an inactive key, which is less urgent',
        account: {
          users: [{ userName: 'ci' }],
          accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE', status: 'Inactive' }],
        },
        leaks: [exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE' })],
        flags: ['AKIAEXAMPLEONE'],
      },
    ],
    clean: [
      {
        name: 'keys that are in no scan',
        account: { users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE' }] },
        leaks: [exampleLeak({ accessKeyId: 'AKIAEXAMPLETWO', accountId: '444455556666' })],
      },
      {
        name: 'an ID that stands in a log, and a place with an allow comment',
        account: { users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE' }] },
        leaks: [
          exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE', class: 'identifier', hasSecret: false, evidence: 'id-only' }),
          exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE', places: [{ allowed: 'rotated, kept for a test' }] }),
        ],
      },
      {
        name: 'an ID without a secret: it opens nothing',
        account: { users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE' }] },
        leaks: [exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE', hasSecret: false, evidence: 'id-only' })],
      },
    ],
  },
}
