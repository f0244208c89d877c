/** CodeBuild projects and their service roles. */
import type { Workload } from '../../model/snapshot.ts'
import { Oddities, text } from '../answer.ts'
import { entries } from '../iam/credentials.ts'
import { declare } from '../run.ts'
import { batchesOf } from './batches.ts'
import { type WorkloadReader, workload } from './reader.ts'

const C = {
  list: declare('codebuild', 'ListProjects', { option: 'workloads' }),
  get: declare('codebuild', 'BatchGetProjects', { option: 'workloads' }),
}

/** https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetProjects.html */
const BATCH = 100

export const codebuild: WorkloadReader = {
  calls: Object.values(C),
  services: ['codebuild'],
  async read(region) {
    const names = await region.names(C.list, 'projects', { token: 'nextToken' })
    const found: Workload[] = []
    await region.each(
      C.get,
      batchesOf(names, BATCH),
      'batch of projects',
      ({ batch }) => ({ names: batch }),
      (page) => {
        found.push(
          ...entries(page.projects, 'projects', new Oddities(), ({ arn, name, serviceRole }) => {
            const known = text(arn)
            return known
              ? workload(region, 'build-project', known, text(name) ?? known, [region.roleArn(serviceRole)])
              : null
          }),
        )
      },
    )
    return found
  },
}
