import type { Dossier } from '../model/dossier.ts'
import { rootSignsIn } from '../model/partition.ts'
import { keysByUser } from './by-user.ts'
import type { Check, Flag } from './check.ts'
import { daysAgo } from './example.ts'
import { lookAtKey } from './key-commands.ts'
import { keySource, lastUsedSource, SUMMARY, wasRead } from './sources.ts'
import { keySubject, rootSubject } from './subjects.ts'
import { day } from './time.ts'

export const rootAccessKey: Check = {
  id: 'root-access-key',
  title: 'The root user has an access key',
  severity: 'critical',
  group: 'root',
  why: 'A root access key opens everything in the account, cannot be limited by any policy of the account, and nothing needs it.',
  fix: 'Find out who uses the key and give that consumer a role. Then sign in as root, deactivate the key, watch, and delete it. In an organization, remove the root credentials of member accounts centrally.',
  needs: ['rootKeys'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user_manage_delete-key.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html',
  ],
  *run({ snapshot, dossiers }) {
    const keys = keysByUser(dossiers).get(null) ?? []
    const { accessKeysPresent } = snapshot.root
    if (keys.length === 0) {
      if (accessKeysPresent)
        yield {
          subject: rootSubject(snapshot),
          because: 'the account summary counts a root access key; whether it is active is not known',
          evidence: [
            {
              fact: 'root access key present',
              value: true,
              source: wasRead(snapshot, SUMMARY) ? SUMMARY : keySource(null),
            },
          ],
        }
      else if (accessKeysPresent === null) yield { unknown: 'whether root has an access key is not known' }
      return
    }
    // The summary is of now, the report may be four hours old: a key that only the report knows can be gone.
    if (accessKeysPresent === false && keys.every(({ accessKeyId }) => accessKeyId === null)) {
      yield {
        unknown:
          'the credential report lists a root access key that the newer account summary does not count: it may have been deleted since',
      }
      return
    }
    for (const key of keys)
      yield {
        ...flagOf(key, lastUsedSource(snapshot)),
        ...(!rootSignsIn(snapshot.partition) && { fix: WITHOUT_CONSOLE }),
      }
  },
  examples: {
    flagged: [
      {
        name: 'an active root key',
        account: {
          accessKeys: [{ userName: null, lastUsed: { date: daysAgo(300), region: 'us-east-1', serviceName: 's3' } }],
        },
        flags: ['AKIAEXAMPLE000000001'],
      },
      {
        name: 'both root keys, also the inactive one',
        account: {
          accessKeys: [
            { userName: null, accessKeyId: 'AKIAEXAMPLEROOTONE' },
            { userName: null, accessKeyId: 'AKIAEXAMPLEROOTTWO', slot: 2, status: 'Inactive', lastUsed: null },
          ],
        },
        flags: ['AKIAEXAMPLEROOTONE', 'AKIAEXAMPLEROOTTWO'],
      },
      {
        name: 'a root key whose ID is not known',
        account: { accessKeys: [{ userName: null, accessKeyId: null }] },
        flags: ['arn:aws:iam::111122223333:root#1'],
      },
      {
        name: 'a root key that only the account summary knows',
        account: { root: { accessKeysPresent: true } },
        flags: ['arn:aws:iam::111122223333:root'],
      },
    ],
    clean: [
      { name: 'a root user without keys', account: {} },
      {
        name: 'the keys of users',
        account: {
          users: [{ userName: 'ana' }],
          accessKeys: [{ userName: 'ana' }],
          root: { accessKeysPresent: false },
        },
      },
    ],
  },
}

/** https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-account-root-user.html */
const WITHOUT_CONSOLE =
  'Find out who uses the key and give that consumer a role. In AWS GovCloud (US) and China root cannot sign in: delete the key with itself, on the command line, when it has been silent for long.'

function flagOf(key: Dossier, usedSource: string): Flag {
  const { status, lastUsed, lastUsedKnown } = key
  const used = lastUsed ? `last used ${day(lastUsed.date)}` : lastUsedKnown ? 'never used' : 'last use not known'
  return {
    subject: keySubject(key),
    commands: lookAtKey(key),
    because:
      status === 'active'
        ? `an active key of root, ${used}`
        : `an inactive key of root, which root can activate again, ${used}`,
    evidence: [
      { fact: 'status', value: status, source: keySource(key.accessKeyId) },
      ...(lastUsedKnown ? [{ fact: 'last used', value: lastUsed?.date ?? null, source: usedSource }] : []),
    ],
    ...(status === 'active' ? {} : { severity: 'high' as const }),
  }
}
