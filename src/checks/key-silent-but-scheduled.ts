import type { Cadence } from '../model/trail.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { EXAMPLE_KEY_ACCOUNT, exampleConsumer, exampleUsage } from './example-usage.ts'
import { keySubject } from './subjects.ts'
import { day, days, daysSince } from './time.ts'

/** A key that was not used for this long looks abandoned. */
const SILENT_DAYS = 7

/** Days that may pass between two uses, and how many more before the job counts as gone. */
const PERIODS: Partial<Record<Cadence, number>> = { weekly: 7, fortnightly: 14, monthly: 31, quarterly: 92 }
const PATIENCE = 1.5

export const keySilentButScheduled: Check = {
  id: 'key-silent-but-scheduled',
  title: 'Access key is silent between the runs of a scheduled job',
  severity: 'info',
  group: 'keys',
  why: 'A job that runs once a week, a month or a quarter leaves its key silent in between. Who takes that for disuse and retires the key breaks the next run.',
  fix: 'Find the job by its network and agent with `keyreeve trail consumers`, move it to a role, and retire the key after a run without it.',
  needs: ['accessKeys', 'usage'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html'],
  *run({ dossiers, now }) {
    for (const dossier of dossiers) {
      const { usage, status } = dossier
      if (!usage || status !== 'active') continue
      const silent = daysSince(usage.lastSeen, now)
      if (silent < SILENT_DAYS) continue
      const job = usage.consumers.find(({ cadence, lastSeen }) => {
        const period = PERIODS[cadence]
        return period !== undefined && daysSince(lastSeen, now) <= period * PATIENCE
      })
      if (!job) continue
      yield {
        subject: keySubject(dossier),
        because: `silent for ${days(silent)}, but something in ${job.network ?? 'a network not known'} (${job.agent ?? 'agent not known'}) uses it ${WORDS[job.cadence]}, last on ${day(job.lastSeen)}`,
        evidence: [
          { fact: 'cadence', value: job.cadence, source: 'trail' },
          { fact: 'expected next', value: job.nextExpected, source: 'trail' },
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a monthly job that ran 20 days ago',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({
          lastSeen: daysAgo(20),
          consumers: [exampleConsumer({ cadence: 'monthly', lastSeen: daysAgo(20) })],
        }),
      },
    ],
    clean: [
      { name: 'a key used every day', account: EXAMPLE_KEY_ACCOUNT, usage: exampleUsage() },
      {
        name: 'a monthly job that ran yesterday',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({ consumers: [exampleConsumer({ cadence: 'monthly' })] }),
      },
      {
        name: 'a monthly job that has not run for three months',
        account: EXAMPLE_KEY_ACCOUNT,
        usage: exampleUsage({
          lastSeen: daysAgo(90),
          consumers: [exampleConsumer({ cadence: 'monthly', lastSeen: daysAgo(90) })],
        }),
      },
    ],
  },
}

const WORDS: Record<Cadence, string> = {
  continuous: 'all the time',
  daily: 'every day',
  workdays: 'every working day',
  weekly: 'once a week',
  fortnightly: 'every other week',
  monthly: 'once a month',
  quarterly: 'once a quarter',
  once: 'once',
  irregular: 'now and then',
}
