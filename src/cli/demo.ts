/** The whole flow on a made-up organization: sandbox, collect over HTTP, audit, report, keys, HTML. */
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openSession } from '../aws/session.ts'
import { collect } from '../collect/collect.ts'
import { DEFAULT_CONFIG } from '../model/config.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { keysTable } from '../report/keys.ts'
import { terminalReport } from '../report/terminal.ts'
import { exampleOrganization } from '../sandbox/example/example-organization.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { writeOutput } from './outputs.ts'
import { writeReports } from './reports.ts'
import { runAudit } from './run-audit.ts'
import { terminalFor } from './terminal.ts'
import { TOOL } from './version.ts'

/** @param file where the HTML report goes */
export async function runDemo(file: string): Promise<void> {
  const sandbox = await startSandbox({ world: exampleOrganization({ now: new Date() }), port: 0 })
  let snapshot: Snapshot
  let calls: number
  try {
    snapshot = await collectFrom(sandbox)
    calls = sandbox.calls().total
  } finally {
    await sandbox.close()
  }
  const audit = runAudit([snapshot], DEFAULT_CONFIG)
  const terminal = terminalFor(null)
  await mkdir(dirname(file), { recursive: true })
  await writeOutput(null, [
    `A made-up AWS account was collected in ${calls} calls from ${sandbox.endpoint}.\n\n`,
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

async function collectFrom({ endpoint, region, accessKeyId, secretAccessKey }: Sandbox): Promise<Snapshot> {
  const session = await openSession({
    endpointUrl: endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    userAgent: `${TOOL.name}/${TOOL.version}`,
  })
  try {
    return await collect(session, { toolVersion: TOOL.version, sshKeys: true })
  } finally {
    session.close()
  }
}
