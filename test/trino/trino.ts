/** A real Trino on the loopback, a coordinator and workers, over the files of one folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TRINO_HOME } from './prepare.mjs'

export interface Trino {
  /** `http://127.0.0.1:PORT` of the coordinator. */
  url: string
  workers: number
  stop(): Promise<void>
}

const START_MS = 240_000

/**
 * Starts the nodes and waits until all have joined.
 * @param folder for configuration, data and logs
 * @param lake what the catalog `hive` sees as `local:///`
 */
export async function startTrino({
  folder,
  lake,
  workers,
}: {
  folder: string
  lake: string
  workers: number
}): Promise<Trino> {
  const ports = await freePorts(workers + 1)
  const url = `http://127.0.0.1:${ports[0]}`
  const nodes = ports.map((port, i) =>
    startNode({ folder, lake, port, url, name: i === 0 ? 'coordinator' : `worker${i}` }),
  )
  const stop = async () => {
    await Promise.all(nodes.map(stopNode))
  }
  try {
    const deadline = Date.now() + START_MS
    while (!(await isReady(url, workers))) {
      const dead = nodes.find(({ exitCode }) => exitCode !== null)
      if (dead) throw new Error(`a Trino node ended with exit code ${dead.exitCode}: ${lastWords(folder)}`)
      if (Date.now() > deadline) throw new Error(`Trino was not ready after ${START_MS / 1000} s: ${lastWords(folder)}`)
      await sleep(500)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { url, workers, stop }
}

function startNode(node: { folder: string; lake: string; port: number; url: string; name: string }): ChildProcess {
  const { folder, lake, port, url, name } = node
  const etc = join(folder, name, 'etc')
  mkdirSync(join(etc, 'catalog'), { recursive: true })
  const isCoordinator = name === 'coordinator'
  write(join(etc, 'config.properties'), [
    `coordinator=${isCoordinator}`,
    // the work is the workers' alone: one that were idle would prove nothing
    ...(isCoordinator ? ['node-scheduler.include-coordinator=false'] : []),
    `http-server.http.port=${port}`,
    `discovery.uri=${url}`,
  ])
  write(join(etc, 'node.properties'), [
    'node.environment=keyreeve',
    `node.id=${name}`,
    `node.data-dir=${join(folder, name, 'data')}`,
    'node.bind-ip=127.0.0.1',
    'node.internal-address=127.0.0.1',
    `plugin.dir=${TRINO_HOME.plugins}`,
  ])
  write(join(etc, 'jvm.config'), [
    '-server',
    '-Xms256M',
    '-Xmx1536M',
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djdk.attach.allowAttachSelf=true',
    '-Dfile.encoding=UTF-8',
    '-Duser.timezone=UTC',
  ])
  write(join(etc, 'catalog', 'hive.properties'), [
    'connector.name=hive',
    'hive.metastore=file',
    'hive.metastore.catalog.dir=local:///metastore',
    'fs.native-local.enabled=true',
    `local.location=${lake}`,
    'hive.non-managed-table-writes-enabled=true',
    'hive.partition-projection-enabled=true',
    'hive.ignore-absent-partitions=true',
  ])
  const log = openSync(join(folder, `${name}.log`), 'w')
  return spawn(
    join(TRINO_HOME.server, 'bin', 'launcher'),
    ['run', '--etc-dir', etc, '--data-dir', join(folder, name, 'data')],
    {
      stdio: ['ignore', log, log],
      env: { ...process.env, JAVA_HOME: TRINO_HOME.java, PATH: `${join(TRINO_HOME.java, 'bin')}:${process.env.PATH}` },
    },
  )
}

async function stopNode(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return
  const ended = once(node, 'exit')
  // nothing in it is worth an orderly end, which takes half a minute
  node.kill('SIGKILL')
  await ended
}

function write(file: string, lines: readonly string[]): void {
  writeFileSync(file, `${lines.join('\n')}\n`)
}

/** Ports that nobody listens on, all found before any is given back. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.push((server.address() as { port: number }).port)
  }
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function isReady(url: string, workers: number): Promise<boolean> {
  try {
    const info = (await (await fetch(`${url}/v1/info`)).json()) as { starting: boolean }
    if (info.starting) return false
    const nodes = await trinoRows(url, "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'")
    return Number(nodes[0]?.[0]) === workers + 1
  } catch {
    return false
  }
}

/** The rows of a statement, asked of Trino itself: for setting it up. */
export async function trinoRows(url: string, sql: string): Promise<unknown[][]> {
  const headers = { 'X-Trino-User': 'test', 'X-Trino-Catalog': 'hive', 'X-Trino-Time-Zone': 'UTC' }
  const rows: unknown[][] = []
  let response = await fetch(`${url}/v1/statement`, { method: 'POST', headers, body: sql })
  for (;;) {
    if (!response.ok) throw new Error(`Trino answered ${response.status}`)
    const page = (await response.json()) as { error?: { message: string }; data?: unknown[][]; nextUri?: string }
    if (page.error) throw new Error(page.error.message)
    rows.push(...(page.data ?? []))
    if (!page.nextUri) return rows
    response = await fetch(page.nextUri, { headers })
  }
}

function lastWords(folder: string): string {
  const lines = readFileSync(join(folder, 'coordinator.log'), 'utf8').trim().split('\n')
  return (lines.findLast((line) => /\bERROR\b|^Error|Exception/.test(line)) ?? lines.at(-1) ?? '').slice(0, 300)
}
