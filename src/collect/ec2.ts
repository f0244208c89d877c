/** `ec2:DescribeInstances`: which workloads run with a role, and whether their metadata service asks for a token. */
import type { Instance } from '../model/snapshot.ts'
import { type Answer, answer, isoDate, type Oddities, tagRecord, text } from './answer.ts'

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
