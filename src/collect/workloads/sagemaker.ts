/** SageMaker: notebook instances, Studio domains and user profiles with their execution roles. */
import type { Workload, WorkloadFeature } from '../../model/snapshot.ts'
import { text } from '../answer.ts'
import { declare } from '../run.ts'
import { inside, type RegionToRead, type WorkloadReader, withName, workload } from './reader.ts'

const C = {
  notebooks: declare('sagemaker', 'ListNotebookInstances', { option: 'workloads' }),
  notebook: declare('sagemaker', 'DescribeNotebookInstance', { option: 'workloads' }),
  domains: declare('sagemaker', 'ListDomains', { option: 'workloads' }),
  domain: declare('sagemaker', 'DescribeDomain', { option: 'workloads' }),
  profiles: declare('sagemaker', 'ListUserProfiles', { option: 'workloads' }),
  profile: declare('sagemaker', 'DescribeUserProfile', { option: 'workloads' }),
}

const PAGING = { token: 'NextToken' }
const PAGE = { MaxResults: 100 }

export const sagemaker: WorkloadReader = {
  calls: Object.values(C),
  services: ['sagemaker'],
  read: async (region) => (await Promise.all([notebooks(region), studio(region)])).flat(),
}

async function notebooks(region: RegionToRead): Promise<Workload[]> {
  const named = await region.list(C.notebooks, 'NotebookInstances', PAGING, withName('NotebookInstanceName'), PAGE)
  const found: Workload[] = []
  const input = ({ name }: { name: string }) => ({ NotebookInstanceName: name })
  await region.each(C.notebook, named, 'notebook instance', input, (page, { name }) => {
    const arn = text(page.NotebookInstanceArn) ?? region.arn('sagemaker', `notebook-instance/${name}`)
    const features: WorkloadFeature[] = [
      ...(text(page.NotebookInstanceLifecycleConfigName) ? (['lifecycle-config'] as const) : []),
      ...(page.NotebookInstanceStatus === 'InService' ? (['running'] as const) : []),
    ]
    found.push(workload(region, 'notebook-instance', arn, name, [region.roleArn(page.RoleArn)], { features }))
  })
  return found
}

/** A profile without a role of its own has the domain's. */
async function studio(region: RegionToRead): Promise<Workload[]> {
  const [domains, profiles] = await Promise.all([
    region.list(C.domains, 'Domains', PAGING, withName('DomainId'), PAGE),
    region.list(
      C.profiles,
      'UserProfiles',
      PAGING,
      ({ DomainId, UserProfileName }) => {
        const [domainId, name] = [text(DomainId), text(UserProfileName)]
        return domainId && name ? { name, domainId } : null
      },
      PAGE,
    ),
  ])
  const found: Workload[] = []
  const defaults = new Map<string, string | null>()
  await region.each(
    C.domain,
    domains,
    'Studio domain',
    ({ name }) => ({ DomainId: name }),
    (page, { name }) => {
      const role = region.roleArn(inside(page, 'DefaultUserSettings').ExecutionRole)
      const arn = text(page.DomainArn) ?? region.arn('sagemaker', `domain/${name}`)
      defaults.set(name, role)
      found.push(workload(region, 'studio-domain', arn, text(page.DomainName) ?? name, [role]))
    },
  )
  await region.each(
    C.profile,
    profiles,
    'Studio user profile',
    ({ domainId, name }) => ({ DomainId: domainId, UserProfileName: name }),
    (page, { domainId, name }) => {
      const role = region.roleArn(inside(page, 'UserSettings').ExecutionRole) ?? defaults.get(domainId) ?? null
      const arn = text(page.UserProfileArn) ?? region.arn('sagemaker', `user-profile/${domainId}/${name}`)
      found.push(workload(region, 'studio-user-profile', arn, name, [role]))
    },
  )
  return found
}
