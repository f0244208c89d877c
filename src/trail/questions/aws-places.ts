/** Where in AWS calls came from: the addresses of the events, looked up in the list that AWS publishes. */
import type { AwsPlace } from '../../model/trail.ts'
import type { Row } from '../engines/engine.ts'
import type { AwsPlaces } from '../names/aws-places.ts'
import { ask, IN_DAYS, type Question, text } from './scope.ts'
import type { Who } from './who.ts'

/** Addresses that are looked up; what comes after them is not known. */
const MOST = 100_000

const ADDRESSES = (group: readonly string[], filter: string, events: string) => `
SELECT DISTINCT ${group.join(', ')}, source_ip
FROM ${events}
WHERE ${IN_DAYS} AND ${filter} AND ip_class IN ('public', 'aws')
ORDER BY ${group.join(', ')}, source_ip
LIMIT ${MOST}`

/**
 * @param group columns that tell groups of events apart
 * @param events where these are; default: the table of events
 * @returns the places of the group that a row belongs to, by name; undefined: it has more addresses than are looked up
 */
export async function placesOfGroups(
  question: Question,
  known: AwsPlaces,
  group: readonly string[],
  { filter, params }: Pick<Who, 'filter' | 'params'>,
  events = '{{events}}',
): Promise<(row: Row) => AwsPlace[] | undefined> {
  const idOf = (row: Row) => JSON.stringify(group.map((column) => text(row[column])))
  const rows = await ask(question, ADDRESSES(group, filter, events), params)
  const found = new Map<string, Map<string, AwsPlace>>()
  for (const row of rows) {
    const id = idOf(row)
    const places = found.get(id) ?? new Map<string, AwsPlace>()
    for (const place of known.of(text(row.source_ip) ?? '')) places.set(`${place.service} ${place.region}`, place)
    found.set(id, places)
  }
  const isCut = rows.length === MOST
  // the last group may have more addresses
  if (isCut) found.delete(idOf(rows.at(-1)!))
  const sorted = new Map(
    [...found].map(([id, places]) => [id, [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place)]),
  )
  return (row) => sorted.get(idOf(row)) ?? (isCut ? undefined : [])
}
