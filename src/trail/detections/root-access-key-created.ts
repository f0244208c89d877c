import type { Detection } from './detection.ts'
import { call, keyOf, root, user } from './example.ts'
import { ROOT_NAMES } from './sql.ts'
import { from } from './words.ts'

export const rootAccessKeyCreated: Detection = {
  id: 'root-access-key-created',
  code: 'CT04',
  title: 'Access key created for the root user',
  severity: 'critical',
  attack: ['T1098.001'],
  why: 'A root access key can do everything and no MFA is asked of it. There is no task that needs one.',
  fix: 'Delete the key at once, and find out who was signed in as root.',
  falsePositives: [],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html'],
  rule: {
    form: 'event',
    names: ['CreateAccessKey'],
    where: `identity_type = 'Root' AND error_code IS NULL AND (target_user IS NULL OR target_user IN ${ROOT_NAMES})`,
    subject: 'new_access_key',
  },
  because: (hit) => `root made itself the access key ${hit.subject ?? '(ID not logged)'}${from(hit)}`,
  examples: {
    flagged: [
      {
        name: 'root makes a key for itself',
        events: [
          call('iam:CreateAccessKey', root(), {
            response: { accessKey: { accessKeyId: keyOf('rootnew'), status: 'Active' } },
          }),
        ],
      },
    ],
    clean: [
      {
        name: 'root makes a key for a user',
        events: [
          call('iam:CreateAccessKey', root(), {
            request: { userName: 'bob' },
            response: { accessKey: { accessKeyId: keyOf('bobnew'), userName: 'bob', status: 'Active' } },
          }),
        ],
      },
      { name: 'a user makes a key for itself', events: [call('iam:CreateAccessKey', user('alice'))] },
    ],
  },
}
