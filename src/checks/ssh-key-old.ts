import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { credentialSubject } from './subjects.ts'
import { day, days, daysSince } from './time.ts'

const SOURCE = 'iam:ListSSHPublicKeys'

export const sshKeyOld: Check = {
  id: 'ssh-key-old',
  title: 'Active SSH key for CodeCommit is old',
  severity: 'low',
  group: 'keys',
  why: 'The private half of the key lies on some computer and opens the source code of the user for as long as AWS knows the public half, whoever has that computer now.',
  fix: 'Deactivate the key, let the user upload a new one if it is still needed, and delete the old one. `git-remote-codecommit` works with temporary credentials and needs no SSH key.',
  needs: ['sshPublicKeys'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_ssh-keys.html',
    'https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-git-remote-codecommit.html',
  ],
  *run({ snapshot, thresholds, now }) {
    for (const { sshPublicKeyId, userName, status, uploadDate } of snapshot.sshPublicKeys) {
      if (status !== 'Active') continue
      if (uploadDate === null) {
        yield { unknown: `the age of SSH key ${sshPublicKeyId} is not known` }
        continue
      }
      const age = daysSince(uploadDate, now)
      if (age <= thresholds.sshKeyMaxAgeDays) continue
      yield {
        subject: credentialSubject(sshPublicKeyId, userName),
        because: `SSH key of ${userName}, uploaded ${day(uploadDate)}, ${days(age)} ago (limit ${thresholds.sshKeyMaxAgeDays})`,
        evidence: [{ fact: 'uploaded', value: uploadDate, source: SOURCE }],
        commands: [
          shell`aws iam update-ssh-public-key --user-name ${userName} --ssh-public-key-id ${sshPublicKeyId} --status Inactive`,
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'only the SSH key of 91 days',
        account: {
          sshPublicKeys: [
            { userName: 'ana', sshPublicKeyId: 'APKAEXAMPLEOLD', uploadDate: daysAgo(91) },
            { userName: 'ana', sshPublicKeyId: 'APKAEXAMPLENEW', uploadDate: daysAgo(1) },
          ],
        },
        flags: ['APKAEXAMPLEOLD'],
      },
    ],
    clean: [
      { name: 'an SSH key of 90 days', account: { sshPublicKeys: [{ userName: 'ana', uploadDate: daysAgo(90) }] } },
      {
        name: 'an old SSH key that is inactive',
        account: { sshPublicKeys: [{ userName: 'ana', uploadDate: daysAgo(900), status: 'Inactive' }] },
      },
    ],
  },
}
