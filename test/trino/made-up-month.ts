/** Some weeks of events with everything in them that a detection looks for. */

import { ACCOUNT, assumeRole, at, call, HOME, session, user } from '../../src/trail/detections/example.ts'
import { DETECTIONS } from '../../src/trail/detections/index.ts'
import type { MadeUpEvent } from '../trail/made-up-event.ts'

const DAYS = 20
const SPARE_ACCOUNTS = ['555566667777', '777788889999']
const PEOPLE = ['ana', 'ben', 'cleo', 'dan', 'eva']
const WORK = [
  's3:ListBuckets',
  'ec2:DescribeInstances',
  'kms:Decrypt',
  'lambda:GetFunction20150331v2',
  'monitoring:ListMetrics',
]

let month: MadeUpEvent[] | undefined

/** The examples of every detection among the everyday work of a few people, roles and services; always the same. */
export function madeUpMonth(): readonly MadeUpEvent[] {
  month ??= [...examples(), ...everyday()] as MadeUpEvent[]
  return month
}

/** Each example with people, roles, keys and networks of its own, so that none is another one's history. */
function examples(): object[] {
  return DETECTIONS.flatMap(({ code, examples }) =>
    [...examples.flagged, ...examples.clean].map(({ events }) => ({ code, events })),
  ).flatMap(({ code, events }, i) => events.map((event) => JSON.parse(apart(JSON.stringify(event), code, i)) as object))
}

/** What one account knows of itself as a whole is judged in an account of its own. */
const OF_AN_ACCOUNT = ['CT12', 'CT34']

function apart(json: string, code: string, i: number): string {
  return json
    .replace(/(A[KS]IA)EXAMPLE/g, `$1${i.toString(36).toUpperCase().replace(/[01]/g, 'Z').padStart(7, 'E')}`)
    .replace(/(:user\/|"userName":"|:assumed-role\/|:role\/)([A-Za-z_]+)/g, `$1$2${i}`)
    .replace(/198\.51\.100\./g, `198.18.${i}.`)
    .replace(/203\.0\.113\./g, `198.19.${i}.`)
    .replaceAll(ACCOUNT, OF_AN_ACCOUNT.includes(code) ? SPARE_ACCOUNTS[i % 2]! : ACCOUNT)
}

function everyday(): object[] {
  const events: object[] = []
  for (let day = 0; day < DAYS; day++)
    for (const [p, person] of PEOPLE.entries())
      for (const [w, work] of WORK.entries()) {
        const time = at(day, (p + w) % 8, w * 7, p)
        const from = day % 9 === p ? `2001:db8:${p + 1}::${w}` : `203.0.113.${p + 20}`
        events.push(call(work, user(person), { time, from, region: w === 1 ? 'eu-west-1' : 'us-east-1' }))
        if (w === 0) {
          events.push(assumeRole(user(person), 'app', { time, from }))
          const role = session('app', `i-0123456789abcdef${p}`, { ec2: true })
          events.push(call(work, role, { time, from: p === 4 && day > 15 ? HOME : `10.0.${p}.7` }))
          events.push(
            call(
              'sts:AssumeRole',
              { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' },
              { time, from: 'ec2.amazonaws.com', agent: 'ec2.amazonaws.com' },
            ),
          )
        }
      }
  return events
}
