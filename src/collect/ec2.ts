/** `ec2:DescribeInstances`: which workloads run with a role, and whether their metadata service asks for a token. */
import { partitionOf } from '../model/partition.ts'
import type { Instance } from '../model/snapshot.ts'
import { type Answer, answer, isoDate, type Oddities, tagRecord, text } from './answer.ts'
import type { Told } from './assemble.ts'
import { type Call, declare, type Run } from './run.ts'

const C = {
  regions: declare('ec2', 'DescribeRegions'),
  instances: declare('ec2', 'DescribeInstances'),
} satisfies Record<string, Call>

export const EC2_CALLS: readonly Call[] = Object.values(C)
/** What tells the enabled regions. */
export const REGIONS_CALL: Call = C.regions

/** The regions enabled for the account; null: AWS did not say. */
export async function readEnabledRegions(run: Run, partition: string): Promise<string[] | null> {
  const regions = await run.single(C.regions, (page, odd) => {
    const names = odd.list(page.Regions, 'Regions').map((region) => text(answer(region).RegionName))
    // Stand-ins for AWS list regions of all partitions.
    return names.filter((name) => name !== null && partitionOf(name) === partition).sort() as string[]
  })
  return regions?.length ? regions : null
}

export async function collectInstances(run: Run, told: Told, region: string): Promise<void> {
  const about = { region, accountId: told.accountId, partition: told.partition }
  const alive = ['pending', 'running', 'shutting-down', 'stopping', 'stopped']
  const found = await run.list(C.instances, (page, odd) => instances(page, about, odd), {
    input: { Filters: [{ Name: 'instance-state-name', Values: alive }], MaxResults: 1000 },
    region,
    paging: { token: 'NextToken' },
  })
  told.instances.push(...found)
}

/** The instances of a page; `region` is known when it was asked, and else told by the availability zone. */
export function instances(
  page: Answer,
  { region, accountId, partition }: { region: string | null; accountId: string; partition: string },
  odd: Oddities,
): Instance[] {
  const found: Instance[] = []
  odd.list(page.Reservations, 'Reservations').forEach((reservation, index) => {
    odd.at('Reservations', index)
    for (const entry of odd.list(answer(reservation).Instances, 'Instances')) {
      const instance = answer(entry)
      const instanceId = text(instance.InstanceId)
      const state = text(answer(instance.State).Name)
      if (!instanceId) {
        odd.note('Instances')
        continue
      }
      if (state === 'terminated') continue
      const where = region ?? regionOfZone(text(answer(instance.Placement).AvailabilityZone)) ?? ''
      const options = answer(instance.MetadataOptions)
      found.push({
        instanceId,
        region: where,
        arn: `arn:${partition}:ec2:${where}:${text(answer(reservation).OwnerId) ?? accountId}:instance/${instanceId}`,
        state: state ?? 'unknown',
        launchTime: isoDate(instance.LaunchTime),
        instanceProfileArn: text(answer(instance.IamInstanceProfile).Arn),
        httpTokens: options.HttpTokens === 'required' || options.HttpTokens === 'optional' ? options.HttpTokens : null,
        httpEndpoint:
          options.HttpEndpoint === 'enabled' || options.HttpEndpoint === 'disabled' ? options.HttpEndpoint : null,
        tags: tagRecord(instance.Tags, odd),
      })
    }
  })
  odd.at('', -1)
  return found
}

/** `us-east-1a` and `us-west-2-lax-1a` (a local zone) lie in the region they begin with. */
function regionOfZone(zone: string | null): string | null {
  return /^[a-z]+(?:-[a-z]+)+-\d+/.exec(zone ?? '')?.[0] ?? null
}
