import type { Detection } from './detection.ts'
import { at, call, session, user } from './example.ts'
import { from, times, whoIs } from './words.ts'

export const assumeRoot: Detection = {
  id: 'assume-root',
  code: 'CT06',
  title: 'Root session taken in a member account by someone new',
  severity: 'high',
  attack: ['T1548.005'],
  why: 'sts:AssumeRoot gives a short root session in a member account. Few people have a reason to, and they are always the same.',
  fix: 'Ask the caller. If it cannot explain, end its sessions and look at what was done as root in the member account.',
  falsePositives: ['central management of root access by a new colleague'],
  references: ['https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html'],
  rule: {
    form: 'habit',
    where: "event_name = 'AssumeRoot' AND event_source = 'sts.amazonaws.com' AND error_code IS NULL",
    who: 'principal_arn',
    what: 'event_name',
    settledDays: 7,
  },
  because: (hit) => `${whoIs(hit)} took a root session${times(hit)}${from(hit)}, which it did not do before`,
  examples: {
    flagged: [
      {
        name: 'a first time',
        events: [call('sts:AssumeRoot', session('admin', 'mallory'), { request: { targetPrincipal: '444455556666' } })],
      },
    ],
    clean: [
      { name: 'another call', events: [call('sts:AssumeRole', user('alice'))] },
      {
        name: 'a call that was refused',
        events: [call('sts:AssumeRoot', user('alice'), { error: 'AccessDenied', time: at(1) })],
      },
    ],
  },
}
