/**
 * CloudTrail: which trails there are, whether they log, and which management events they select. A trail answers in its
 * home region only; trails of other regions and of the organization show as shadows.
 */
import type { Trail } from '../model/snapshot.ts'
import { type Answer, answer, flag, type Oddities, text } from './answer.ts'
import type { Told } from './assemble.ts'
import { entries } from './iam/credentials.ts'
import { type Call, declare, inParallel, type Run } from './run.ts'

const C = {
  list: declare('cloudtrail', 'ListTrails'),
  describe: declare('cloudtrail', 'DescribeTrails'),
  status: declare('cloudtrail', 'GetTrailStatus'),
  selectors: declare('cloudtrail', 'GetEventSelectors'),
} satisfies Record<string, Call>

export const CLOUDTRAIL_CALLS: readonly Call[] = Object.values(C)

/** Trails matter for the account, so those of all regions are asked, whatever regions the user limited us to. */
export async function collectTrails(run: Run, told: Told, enabledRegions: Promise<string[]>): Promise<void> {
  const homes = new Set([run.region])
  const { failure } = await run.pages(C.list, {}, (page) => addHomes(page, homes), { paging: { token: 'NextToken' } })
  run.note(C.list, failure)
  // Who may not list all trails at once has to look in every region.
  if (failure && failure.kind !== 'aborted') for (const region of await enabledRegions) homes.add(region)

  const trails = new Map<string, Trail>()
  await inParallel([...homes], run.concurrency, async (region) => {
    const found = await run.single(C.describe, (page, odd) => toTrails(page, region, odd), {
      input: { includeShadowTrails: true },
      region,
    })
    for (const trail of found ?? []) if (!trails.has(trail.trailArn)) trails.set(trail.trailArn, trail)
  })
  const names = [...trails.values()].map((trail) => ({ name: trail.name, trail }))
  if (names.length === 0) return
  await Promise.all([
    run.each(C.status, names, 'trail', async ({ trail }) => {
      const { answer: page, failure } = await run.ask(C.status, { Name: trail.trailArn }, trail.homeRegion)
      if (page) trail.isLogging = flag(page.IsLogging)
      return failure
    }),
    run.each(C.selectors, names, 'trail', async ({ trail }) => {
      const { answer: page, failure } = await run.ask(C.selectors, { TrailName: trail.trailArn }, trail.homeRegion)
      if (page) trail.managementEvents = managementEvents(page)
      return failure
    }),
  ])
  told.trails = [...trails.values()]
}

function addHomes(page: Answer, homes: Set<string>): void {
  for (const trail of Array.isArray(page.Trails) ? page.Trails : []) {
    const region = text(answer(trail).HomeRegion)
    if (region && /^[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}$/.test(region)) homes.add(region)
  }
}

function toTrails(page: Answer, region: string, odd: Oddities): Trail[] {
  return entries(page.trailList, 'trailList', odd, (trail) => {
    const trailArn = text(trail.TrailARN)
    if (!trailArn) return null
    return {
      trailArn,
      name: text(trail.Name) ?? trailArn,
      homeRegion: text(trail.HomeRegion) ?? region,
      isMultiRegionTrail: flag(trail.IsMultiRegionTrail) ?? false,
      isOrganizationTrail: flag(trail.IsOrganizationTrail) ?? false,
      logFileValidationEnabled: flag(trail.LogFileValidationEnabled) ?? false,
      isLogging: null,
      managementEvents: null,
      s3BucketName: text(trail.S3BucketName),
      kmsKeyId: text(trail.KmsKeyId),
    }
  })
}

/** Which management events the selectors of a trail let through, all selectors together. */
export function managementEvents(page: Answer): Trail['managementEvents'] {
  const basic = list(page.EventSelectors)
  const advanced = list(page.AdvancedEventSelectors)
  if (basic.length === 0 && advanced.length === 0) return null
  const selected = [...basic.map(basicSelection), ...advanced.map(advancedSelection)].filter((part) => part !== null)
  const whole = new Set(selected.filter(({ isWhole }) => isWhole).flatMap(({ events }) => events))
  if (whole.has('read') && whole.has('write')) return 'all'
  if (selected.some(({ isWhole }) => !isWhole)) return 'some'
  if (whole.has('read')) return 'read-only'
  return whole.has('write') ? 'write-only' : 'none'
}

interface Selection {
  events: ('read' | 'write')[]
  /** Whether it leaves out no event source. */
  isWhole: boolean
}

function basicSelection(selector: Answer): Selection | null {
  // Absent means yes: that is what a selector without the field does.
  if (flag(selector.IncludeManagementEvents) === false) return null
  const type = text(selector.ReadWriteType) ?? 'All'
  const events: Selection['events'] =
    type === 'ReadOnly' ? ['read'] : type === 'WriteOnly' ? ['write'] : ['read', 'write']
  return { events, isWhole: list(selector.ExcludeManagementEventSources, true).length === 0 }
}

function advancedSelection(selector: Answer): Selection | null {
  const fields = list(selector.FieldSelectors)
  const valuesOf = (name: string) =>
    fields.filter(({ Field }) => Field === name).flatMap(({ Equals }) => (Array.isArray(Equals) ? Equals : []))
  if (!valuesOf('eventCategory').includes('Management')) return null
  const readOnly = valuesOf('readOnly').map(String)
  const events: Selection['events'] =
    readOnly.length !== 1 ? ['read', 'write'] : readOnly[0] === 'true' ? ['read'] : ['write']
  return { events, isWhole: fields.every(({ Field }) => Field === 'eventCategory' || Field === 'readOnly') }
}

function list(value: unknown, anything = false): Answer[] {
  if (!Array.isArray(value)) return []
  return anything ? (value as Answer[]) : value.map(answer)
}
