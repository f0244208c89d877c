/**
 * What runs with roles, in every region: it lets whoever may change it become these roles. A service is asked only when
 * a role of the account trusts it: nothing there could run with one otherwise.
 */
import type { Workload } from '../../model/snapshot.ts'
import type { Told } from '../assemble.ts'
import { DETAILS } from '../gaps.ts'
import { type Ledger, shortList } from '../ledger.ts'
import { type Call, inParallel, type Run } from '../run.ts'
import { amplify } from './amplify.ts'
import { appRunner } from './app-runner.ts'
import { batch } from './batch.ts'
import { cloudformation } from './cloudformation.ts'
import { codebuild } from './codebuild.ts'
import { ecs } from './ecs.ts'
import { glue } from './glue.ts'
import { lambda } from './lambda.ts'
import { launchTemplates } from './launch-templates.ts'
import { RegionToRead, type WorkloadReader } from './reader.ts'
import { sagemaker } from './sagemaker.ts'
import { stepFunctions } from './step-functions.ts'
import { systemsManager } from './systems-manager.ts'

const READERS: readonly WorkloadReader[] = [
  lambda,
  launchTemplates,
  systemsManager,
  ecs,
  cloudformation,
  codebuild,
  stepFunctions,
  glue,
  sagemaker,
  batch,
  appRunner,
  amplify,
]

export const WORKLOAD_CALLS: readonly Call[] = READERS.flatMap(({ calls }) => calls)

/** Reads the workloads of the regions; `told.details` must have been read before. */
export async function collectWorkloads(run: Run, told: Told, regions: readonly string[]): Promise<void> {
  const found: Workload[] = []
  const asked = READERS.filter((reader) => isTrusted(reader, told, run.ledger))
  const jobs = asked.flatMap((reader) => regions.map((region) => ({ reader, region })))
  await inParallel(jobs, run.concurrency, async ({ reader, region }) => {
    for (const workload of await reader.read(new RegionToRead(run, told, region))) found.push(workload)
  })
  for (const { calls } of asked) for (const { source } of calls) gatherUnsupported(run.ledger, source)
  told.workloads = found
}

/** The line for each source when nobody asked for workloads. */
export function noteWorkloadsNotAsked(ledger: Ledger): void {
  for (const { source } of WORKLOAD_CALLS) ledger.gap(source, 'absent', 'not asked for (--no-workloads)')
}

/** Whether a role can be given to the service; if none can, that is the whole answer, and it is written down. */
function isTrusted({ services, calls }: WorkloadReader, { details }: Told, ledger: Ledger): boolean {
  if (!details || !ledger.isWhole(DETAILS)) return true
  const names = services.map((service) => `"${service}.`)
  for (const { trustPolicy } of details.roles.values()) {
    // a policy that could not be parsed may say anything
    if (typeof trustPolicy === 'string') return true
    const policy = JSON.stringify(trustPolicy ?? '').toLowerCase()
    if (names.some((name) => policy.includes(name))) return true
  }
  const detail = `not asked: no role trusts ${services.join(' or ')}, so nothing there can run with one`
  for (const { source } of calls) ledger.read(source, { detail })
  return false
}

/** Many services are offered in some regions only: one line says where not. */
function gatherUnsupported(ledger: Ledger, source: string): void {
  const lines = ledger.lines.filter((line) => line.source === source && line.status === 'unsupported')
  if (lines.length < 2) return
  const regions = lines.flatMap(({ region }) => region ?? []).sort()
  const gone = new Set(lines)
  const kept = ledger.lines.filter((line) => !gone.has(line))
  ledger.lines.splice(0, ledger.lines.length, ...kept)
  ledger.gap(source, 'unsupported', `in ${shortList(regions, 40)}`)
}
