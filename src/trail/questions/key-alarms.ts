/** What looks wrong in the calls of one key, taken each by itself: no other event has to be read for that. */
import type { KeyAlarm } from '../../model/trail.ts'
import { type DetectOptions, detect } from '../detections/detect.ts'
import type { EventRule } from '../detections/detection.ts'
import { DETECTIONS } from '../detections/index.ts'
import { listOf } from '../detections/sql.ts'
import { overEvents, render } from '../engines/engine.ts'
import { IN_DAYS, type Question } from './scope.ts'

const SINGLE = DETECTIONS.filter(({ rule }) => rule.form === 'event')

const readsRequest = ({ needsRequest, where, subject }: EventRule) =>
  needsRequest === true || /\brequest_parameters\b/.test(`${where} ${subject}`)

/** Of which events the request parameters are read, as an SQL condition. */
export const REQUEST_IS_READ = SINGLE.flatMap(({ rule }) =>
  rule.form === 'event' && readsRequest(rule)
    ? [rule.names ? `event_name IN ${listOf(rule.names)}` : `(${rule.where})`]
    : [],
).join(' OR ')

/** What a configuration says of alarms. */
export type AlarmSettings = Pick<DetectOptions, 'allowances' | 'trustedAccounts' | 'decoyKeys'>

const NO_SETTINGS: AlarmSettings = { allowances: [], trustedAccounts: [], decoyKeys: [] }

/** Open before allowed, the worst first. */
export async function keyAlarms(
  question: Question,
  accessKeyId: string,
  settings: AlarmSettings = NO_SETTINGS,
): Promise<KeyAlarm[]> {
  const { engine, within, signal } = question
  const filter = render(`${IN_DAYS} AND access_key_id = {{key}}`, { ...within, key: accessKeyId }, '')
  const ofKey = overEvents(engine, `(SELECT * FROM {{events}} WHERE ${filter})`)
  const { detections } = await detect(ofKey, {
    detections: SINGLE,
    since: null,
    ...settings,
    // the key may have been silent since
    asOf: within.to,
    ...(signal ? { signal } : {}),
  })
  return detections.map(({ code, title, severity, status, allowed, time, because, events }) => ({
    code,
    title,
    severity,
    status,
    allowed,
    time,
    because,
    events,
  }))
}
