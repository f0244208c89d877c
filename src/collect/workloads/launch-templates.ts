/** EC2 launch templates: their newest and their default version, which Auto Scaling groups start instances from. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { inside, type WorkloadReader, workload } from './reader.ts'

const versions: Call = declare('ec2', 'DescribeLaunchTemplateVersions', { option: 'workloads' })

export const launchTemplates: WorkloadReader = {
  calls: [versions],
  services: ['ec2'],
  async read(region) {
    const found = await region.list(
      versions,
      'LaunchTemplateVersions',
      { token: 'NextToken' },
      (version) => {
        const id = text(version.LaunchTemplateId)
        const roles = region.rolesOfProfile(inside(version, 'LaunchTemplateData', 'IamInstanceProfile'))
        return id ? { id, name: text(version.LaunchTemplateName) ?? id, roles } : null
      },
      // without a template's name these two can be asked of all at once
      { Versions: ['$Latest', '$Default'], MaxResults: 200 },
    )
    const byId = new Map<string, { name: string; roles: string[] }>()
    for (const { id, name, roles } of found) byId.set(id, { name, roles: [...(byId.get(id)?.roles ?? []), ...roles] })
    return [...byId].map(([id, { name, roles }]) =>
      workload(region, 'launch-template', region.arn('ec2', `launch-template/${id}`), name, roles),
    )
  },
}
