/** Serves the sandbox until it is told to stop. */
import { once } from 'node:events'
import { KeyreeveError } from '../model/errors.ts'
import { exampleOrganization } from '../sandbox/example/example-organization.ts'
import { emptyAccount, generatedAccount } from '../sandbox/example/generated-account.ts'
import { pastCalls } from '../sandbox/example/past-calls.ts'
import type { SeededWorld } from '../sandbox/example/seeded-world.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { writeOutput } from './outputs.ts'

export interface ServeOptions {
  port: number
  host: string
  allowRemote?: boolean
  users?: number
  empty?: boolean
  seed?: number
  now?: string
  fault?: string[]
  consistencyDelay?: number
  reportCache: boolean
  json?: boolean
}

export async function serveSandbox(options: ServeOptions): Promise<void> {
  const { port, host, allowRemote = false, fault: faults = [] } = options
  const now = options.now ? new Date(options.now) : new Date()
  const world = worldOf(options, now)
  const sandbox = await startSandbox({
    world,
    past: pastCalls(world, now),
    host,
    port,
    allowRemote,
    faults,
    settings: {
      consistencyDelayMs: (options.consistencyDelay ?? 0) * 1000,
      ...(!options.reportCache && { credentialReportCacheMs: 0 }),
    },
  }).catch((error: unknown) => {
    throw inUse(error) ? portTaken(port) : error
  })
  const { endpoint, accountId, region, accessKeyId, secretAccessKey } = sandbox
  await writeOutput(null, [
    options.json
      ? `${JSON.stringify({ endpoint, accountId, region, accessKeyId, secretAccessKey })}\n`
      : `A made-up AWS account, ${accountId}, is at ${endpoint}. In another terminal:

export AWS_ENDPOINT_URL=${endpoint}
export AWS_REGION=${region}
export AWS_DEFAULT_REGION=${region}
export AWS_ACCESS_KEY_ID=${accessKeyId}
export AWS_SECRET_ACCESS_KEY=${secretAccessKey}
unset AWS_PROFILE AWS_SESSION_TOKEN

keyreeve audit

Ctrl-C ends it; nothing is kept.
`,
  ])
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await sandbox.close()
}

function inUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

function portTaken(port: number): KeyreeveError {
  return new KeyreeveError('usage', `port ${port} is taken, perhaps by another sandbox`, {
    hint: '`--port 0` takes any free one',
  })
}

function worldOf({ users, empty, seed }: ServeOptions, now: Date): SeededWorld {
  const common = { now, ...(seed === undefined ? {} : { seed }) }
  if (empty) return emptyAccount(common)
  return users === undefined ? exampleOrganization(common) : generatedAccount({ ...common, users })
}
