/** `trail usage`: what a key or principal did, and on what. */
import type { UsedAction } from '../../model/trail.ts'
import type { AwsPlaces } from '../names/aws-places.ts'
import { placesOfGroups } from './aws-places.ts'
import { ACTION, ask, IN_DAYS, IS_DENIED, number, type Question, text } from './scope.ts'
import type { Who } from './who.ts'

const ACTIONS = (filter: string) => `
SELECT ${ACTION} AS action, max(CASE WHEN action IS NULL THEN 0 ELSE 1 END) AS is_iam, count(*) AS calls,
  count_if(error_code IS NOT NULL) AS errors, count_if(${IS_DENIED}) AS denied,
  min(event_time) AS first_seen, max(event_time) AS last_seen,
  count(DISTINCT CASE WHEN resource_known THEN resource END) AS resources,
  count_if(NOT resource_known) AS unknown_resources
FROM {{events}}
WHERE ${IN_DAYS} AND ${filter}
GROUP BY ${ACTION}
ORDER BY action`

const RESOURCES = (filter: string) => `
WITH counted AS (
  SELECT ${ACTION} AS action, arn, count(*) AS calls
  FROM {{events}} CROSS JOIN UNNEST(resources) AS r(arn)
  WHERE ${IN_DAYS} AND ${filter}
  GROUP BY ${ACTION}, arn),
ranked AS (
  SELECT action, arn, calls, row_number() OVER (PARTITION BY action ORDER BY calls DESC, arn) AS place FROM counted)
SELECT action, arn, calls FROM ranked WHERE place <= 20 ORDER BY action, calls DESC, arn`

/** It has no event of its own: it is in the calls that hand over a role. */
const PASS_ROLE = 'iam:PassRole'

const PASSED = (filter: string) => `
SELECT arn, count(*) AS calls, count_if(error_code IS NOT NULL) AS errors, count_if(${IS_DENIED}) AS denied,
  min(event_time) AS first_seen, max(event_time) AS last_seen
FROM {{events}} CROSS JOIN UNNEST(passed_roles) AS r(arn)
WHERE ${IN_DAYS} AND passed_role IS NOT NULL AND ${filter}
GROUP BY arn
ORDER BY calls DESC, arn`

/**
 * By action, in the order of their names.
 * @param awsPlaces where AWS's addresses are; null: not known
 */
export async function usedActions(
  question: Question,
  who: Who,
  awsPlaces: AwsPlaces | null = null,
): Promise<UsedAction[]> {
  const actions = await ask(question, ACTIONS(who.filter), who.params)
  const resources = await ask(question, RESOURCES(who.filter), who.params)
  const passed = await ask(question, PASSED(who.filter), who.params)
  const byAction = new Map<string, UsedAction['topResources']>()
  for (const row of resources) {
    const list = byAction.get(text(row.action)!) ?? []
    list.push({ arn: text(row.arn)!, calls: number(row.calls) })
    byAction.set(text(row.action)!, list)
  }
  const used: UsedAction[] = actions.map((row) => ({
    action: text(row.action)!,
    isIamAction: number(row.is_iam) === 1,
    calls: number(row.calls),
    errors: number(row.errors),
    denied: number(row.denied),
    firstSeen: text(row.first_seen)!,
    lastSeen: text(row.last_seen)!,
    resources: number(row.resources),
    unknownResources: number(row.unknown_resources),
    topResources: byAction.get(text(row.action)!) ?? [],
  }))
  if (passed.length > 0) used.push(passRole(passed))
  used.sort((a, b) => (a.action < b.action ? -1 : 1))
  return awsPlaces ? withPlaces(question, who, awsPlaces, used) : used
}

async function withPlaces(
  question: Question,
  who: Who,
  known: AwsPlaces,
  used: readonly UsedAction[],
): Promise<UsedAction[]> {
  const placesOf = (action: string, where: string) =>
    placesOfGroups(
      question,
      known,
      ['action_name'],
      who,
      `(SELECT *, ${action} AS action_name FROM {{events}} WHERE ${where}) AS named`,
    )
  const [called, passed] = [await placesOf(ACTION, 'TRUE'), await placesOf(`'${PASS_ROLE}'`, 'passed_role IS NOT NULL')]
  return used.map((entry) => ({
    ...entry,
    aws: (entry.action === PASS_ROLE ? passed : called)({ action_name: entry.action }),
  }))
}

function passRole(rows: Awaited<ReturnType<typeof ask>>): UsedAction {
  const sum = (name: string) => rows.reduce((total, row) => total + number(row[name]), 0)
  return {
    action: PASS_ROLE,
    isIamAction: true,
    calls: sum('calls'),
    errors: sum('errors'),
    denied: sum('denied'),
    firstSeen: rows.map((row) => text(row.first_seen)!).sort()[0]!,
    lastSeen: rows
      .map((row) => text(row.last_seen)!)
      .sort()
      .at(-1)!,
    resources: rows.length,
    unknownResources: 0,
    topResources: rows.slice(0, 20).map((row) => ({ arn: text(row.arn)!, calls: number(row.calls) })),
  }
}
