/** The whole flow on a made-up organization: sandbox, collect over HTTP, audit, report, keys, HTML. */
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type AwsSession, openSession } from '../aws/session.ts'
import { collect } from '../collect/collect.ts'
import { DEFAULT_CONFIG } from '../model/config.ts'
import { counted } from '../model/numbers.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { keysTable } from '../report/keys.ts'
import { terminalReport } from '../report/terminal.ts'
import { exampleOrganization } from '../sandbox/example/example-organization.ts'
import { pastCalls } from '../sandbox/example/past-calls.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { savedUsage, saveUsage } from '../trail/saved-usage.ts'
import { writeOutput } from './outputs.ts'
import { type Progress, startProgress } from './progress.ts'
import { writeReports } from './reports.ts'
import { runAudit } from './run-audit.ts'
import { terminalFor } from './terminal.ts'
import { TOOL } from './version.ts'

/** The bucket of the example's trail. */
const LOGS = 's3://meridian-trail'

/** @param file where the HTML report goes; what CloudTrail has goes into a store beside it */
export async function runDemo(file: string): Promise<void> {
  const folder = dirname(file)
  await mkdir(folder, { recursive: true })
  const now = new Date()
  const world = exampleOrganization({ now })
  const sandbox = await startSandbox({ world, past: pastCalls(world, now), port: 0 })
  let snapshot: Snapshot
  let calls: number
  let events: number
  const store = join(folder, 'trail')
  const session = await sessionOf(sandbox)
  const progress = startProgress()
  try {
    snapshot = await collect(session, { toolVersion: TOOL.version, sshKeys: true, onProgress: progress.update })
    calls = sandbox.calls().total
    events = await ingestInto(store, session, progress)
  } finally {
    progress.stop()
    session.close()
    await sandbox.close()
  }
  const audit = runAudit([snapshot], DEFAULT_CONFIG, { usage: await savedUsage(store), reach: true })
  const terminal = terminalFor(null)
  await writeOutput(null, [
    `A made-up AWS account was collected in ${counted(calls, 'call')} from ${sandbox.endpoint},\nand ${counted(events, 'event')} were read from its trail.\n\n`,
    terminalReport(audit, terminal),
    '\n',
    keysTable(audit.keys, { ...terminal, audit }),
    '\n',
  ])
  await writeReports(audit, [{ format: 'html', file }])
  await writeOutput(null, [
    `
The same as a page, to search and to click through:  ${pathToFileURL(resolve(file)).href}

Now yours (only reads; what it needs: keyreeve collect --print-policy):

  keyreeve audit --profile NAME
`,
  ])
}

function sessionOf({ endpoint, region, accessKeyId, secretAccessKey }: Sandbox): Promise<AwsSession> {
  return openSession({
    endpointUrl: endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    userAgent: `${TOOL.name}/${TOOL.version}`,
  })
}

/** @returns how many events there were; those of an earlier demo, of another organization, are gone */
async function ingestInto(store: string, session: AwsSession, progress: Progress): Promise<number> {
  await rm(store, { recursive: true, force: true })
  const [{ ingest }, { trailLogs }] = await Promise.all([
    import('../trail/ingest/ingest.ts'),
    import('../collect/trail-logs.ts'),
  ])
  const { events, skipped } = await ingest(store, trailLogs(session, LOGS, { skip: () => {} }), {
    onProgress: (done) => progress.update({ done, total: null, what: 'log files' }),
  })
  if (skipped.length > 0) throw new Error(`the demo could not read ${skipped[0]!.what}: ${skipped[0]!.why}`)
  await saveUsage(store)
  return events
}
