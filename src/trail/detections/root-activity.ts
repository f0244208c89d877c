import type { Detection } from './detection.ts'
import { call, root, user } from './example.ts'
import { didCall } from './words.ts'

export const rootActivity: Detection = {
  id: 'root-activity',
  code: 'CT01',
  title: 'Root user made a change',
  severity: 'high',
  attack: ['T1078.004'],
  why: 'No policy limits the root user of a standalone account. Hardly anything needs it, so every change it makes is either one of a few known tasks or somebody who must not have it.',
  fix: 'Find out who signed in as root and for what. If nobody did, change the root password, remove its access keys, and check what was changed.',
  falsePositives: ['setting up or closing an account', 'the few tasks that only root can do'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-tasks.html'],
  rule: {
    form: 'event',
    where:
      "identity_type = 'Root' AND invoked_by IS NULL AND coalesce(event_type, '') NOT IN ('AwsServiceEvent', 'AwsConsoleSignIn') AND NOT coalesce(read_only, FALSE)",
  },
  because: (hit) => didCall(hit),
  examples: {
    flagged: [
      {
        name: 'root changes a policy',
        events: [call('iam:AttachUserPolicy', root(), { request: { userName: 'bob' } })],
      },
    ],
    clean: [
      { name: 'root looks at something', events: [call('iam:ListUsers', root())] },
      {
        name: 'a service acts in the name of root',
        events: [call('iam:CreateServiceLinkedRole', root(), { invokedBy: 'support.amazonaws.com' })],
      },
      { name: 'a user changes something', events: [call('iam:CreateGroup', user('alice'))] },
    ],
  },
}
