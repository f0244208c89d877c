/** An engine over a few CloudTrail records, by the SQL of the ingest and without files. */
import { engineOver } from '../../src/trail/engines/duckdb.ts'
import { type Engine, literal } from '../../src/trail/engines/engine.ts'
import { openInstance } from '../../src/trail/engines/instance.ts'
import { MACROS } from '../../src/trail/engines/macros.ts'
import { EVENTS, LOAD, LOADED_COLUMNS } from '../../src/trail/ingest/record-sql.ts'
import { actionOf } from '../../src/trail/names/actions.ts'
import { agentFamily } from '../../src/trail/names/agents.ts'
import { networkOf } from '../../src/trail/names/networks.ts'
import { PASSED_ROLES } from '../../src/trail/names/passed-roles.ts'
import { servicePrefix } from '../../src/trail/names/services.ts'

interface Named {
  eventSource: string
  eventName: string
  sourceIPAddress: string
  userAgent: string
}

export interface RecordsEngine extends Engine {
  /** Leaves only those of the records it was opened with; their `eventID`s. */
  only(ids: readonly string[]): Promise<void>
}

const text = (value: string | null) => literal(value)

export async function engineOf(records: readonly object[]): Promise<RecordsEngine> {
  const instance = await openInstance({ memoryMegabytes: 500, threads: 1, spillFolder: null })
  const connection = await instance.connect()
  const engine = engineOver(connection, () => {
    connection.closeSync()
    instance.closeSync()
  })
  // the macros give DuckDB's functions other meanings, so the ingest may not see them
  const load = async (given: readonly object[]) => {
    await connection.run('USE memory')
    const types = LOADED_COLUMNS.map(([name, expression]) => `${expression} AS ${name}`).join(', ')
    const empty = LOAD.slice(LOAD.indexOf('FROM (')).replace('$1', "CAST('' AS BLOB)")
    await connection.run(`CREATE OR REPLACE TABLE loaded AS SELECT ${types} ${empty}`)
    await connection.run(`CREATE OR REPLACE VIEW fresh AS SELECT * FROM loaded`)
    const lines = given.map((record) => JSON.stringify(record)).join('\n')
    await connection.run(LOAD.replace('$1', `encode(${text(lines)})`))
    const named = given as readonly Named[]
    const sources = new Map(
      named.map(({ eventSource, eventName }) => [`${eventSource} ${eventName}`, [eventSource, eventName]]),
    )
    const names = [...sources.values()].map(([source, name]) => {
      const action = actionOf(source!, name!)
      const passes = action === null ? undefined : PASSED_ROLES[action]
      const list = passes ? `[${passes.map((path) => text(`$.${path}`)).join(', ')}]` : 'CAST(NULL AS VARCHAR[])'
      return `(${text(source!)}, ${text(name!)}, ${text(servicePrefix(source!))}, ${text(action)}, ${list})`
    })
    await table('names', 'event_source, event_name, service, action, passes', names, [
      'VARCHAR',
      'VARCHAR',
      'VARCHAR',
      'VARCHAR',
      'VARCHAR[]',
    ])
    const addresses = [...new Set(named.map(({ sourceIPAddress }) => sourceIPAddress))].map((address) => {
      const { network, ipClass } = networkOf(address)
      return `(${text(address)}, ${text(network)}, ${text(ipClass)})`
    })
    await table('addresses', 'source_ip, network, ip_class', addresses, ['VARCHAR', 'VARCHAR', 'VARCHAR'])
    const agents = [...new Set(named.map(({ userAgent }) => userAgent))].map(
      (agent) => `(${text(agent)}, ${text(agentFamily(agent))})`,
    )
    await table('agents', 'user_agent, agent_family', agents, ['VARCHAR', 'VARCHAR'])
    await connection.run(`CREATE OR REPLACE TABLE events AS ${EVENTS}`)
    await connection.run('USE questions; CREATE VIEW events AS SELECT * FROM memory.main.events')
  }
  const table = async (name: string, columns: string, rows: readonly string[], types: readonly string[]) => {
    const nothing = `(${types.map((type) => `CAST(NULL AS ${type})`).join(', ')})`
    await connection.run(
      `CREATE OR REPLACE TABLE ${name} AS SELECT * FROM (VALUES ${[nothing, ...rows].join(', ')}) AS t(${columns}) WHERE ${columns.split(',')[0]} IS NOT NULL`,
    )
  }
  await connection.run(`ATTACH ':memory:' AS questions; USE questions; ${MACROS}`)
  await load(records)
  const only = async (ids: readonly string[]) => {
    await connection.run(
      `CREATE OR REPLACE VIEW events AS SELECT * FROM memory.main.events WHERE event_id IN (${ids.map(literal).join(', ')})`,
    )
  }
  return { ...engine, only }
}
