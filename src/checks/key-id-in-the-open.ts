import type { Check } from './check.ts'
import { deactivateKey, lastUseOfKey, lookAtKey, revokeKey } from './key-commands.ts'
import { exampleLeak, isUsable, openPlaces, placesSentence, SCAN } from './leaks.ts'
import { keySource } from './sources.ts'
import { keySubject } from './subjects.ts'
import { cut } from './wording.ts'

const FIX_BESIDE_IT =
  'Treat the key as leaked, unless the file beside it holds the secret of another: look up in CloudTrail what was done with it, deactivate it, and take both files out of every place.'

export const keyIdInTheOpen: Check = {
  id: 'key-id-in-the-open',
  title: 'The ID of an active access key lies open; its secret was not found with it',
  severity: 'low',
  group: 'keys',
  why: 'An access key ID opens nothing by itself. But where somebody put it, the secret is often near: in another file, an older commit, a build variable. And it shows that something is set up to work with a long-term key.',
  fix: 'Look where the secret of this place comes from. If it lies open as well, treat the key as leaked; in any case a role would do without both.',
  needs: ['accessKeys', 'leaks'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/securing_access-keys.html'],
  *run({ dossiers }) {
    for (const key of dossiers) {
      const leaks = (key.leaks ?? []).filter(isUsable)
      const places = leaks.flatMap(openPlaces)
      if (key.status !== 'active' || places.length === 0 || leaks.some(({ hasSecret }) => hasSecret)) continue
      const besideIt = leaks.flatMap(({ otherHalf }) => otherHalf?.file ?? [])
      const secret = besideIt.length > 0 ? `; its secret is probably in ${cut(besideIt[0]!, 120)} beside it` : ''
      yield {
        subject: keySubject(key),
        because: `its ID stands in ${placesSentence(places)}${secret}`,
        evidence: [
          { fact: 'places', value: places.length, source: SCAN },
          { fact: 'key status', value: key.status, source: keySource(key.accessKeyId) },
        ],
        ...(secret === ''
          ? { commands: lastUseOfKey(key) }
          : {
              severity: 'high' as const,
              fix: FIX_BESIDE_IT,
              commands: [...lookAtKey(key), ...revokeKey(key), ...deactivateKey(key)],
            }),
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'an ID in a file',
        account: { users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE' }] },
        leaks: [exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE', hasSecret: false, evidence: 'id-only' })],
        flags: ['AKIAEXAMPLEONE'],
      },
      {
        name: 'an ID in a file, and what is probably its secret in the next, as secrets are mounted',
        account: { users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE' }] },
        leaks: [
          exampleLeak({
            accessKeyId: 'AKIAEXAMPLEONE',
            hasSecret: false,
            evidence: 'id-only',
            otherHalf: { fingerprint: 'of a secret', file: 'aws_secret_access_key' },
          }),
        ],
        flags: ['AKIAEXAMPLEONE'],
      },
    ],
    clean: [
      {
        name: 'an ID with its secret: that is another finding',
        account: { users: [{ userName: 'ci' }], accessKeys: [{ userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE' }] },
        leaks: [exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE' })],
      },
      {
        name: 'an inactive key, and an ID in a presigned URL',
        account: {
          users: [{ userName: 'ci' }],
          accessKeys: [
            { userName: 'ci', accessKeyId: 'AKIAEXAMPLEONE', status: 'Inactive' },
            { userName: 'ci', accessKeyId: 'AKIAEXAMPLETWO', slot: 2 },
          ],
        },
        leaks: [
          exampleLeak({ accessKeyId: 'AKIAEXAMPLEONE', hasSecret: false, evidence: 'id-only' }),
          exampleLeak({ accessKeyId: 'AKIAEXAMPLETWO', class: 'identifier', hasSecret: false, evidence: 'id-only' }),
        ],
      },
    ],
  },
}
