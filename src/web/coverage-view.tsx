/** What could not be seen. Gaps first: silence is never safety. */
import { useMemo } from 'react'
import type { NotEvaluated } from '../model/finding.ts'
import type { Coverage } from '../model/snapshot.ts'
import { AccountName } from './header.tsx'
import { PRINT_LIMIT } from './printing.ts'
import type { ReportData } from './report-data.ts'
import { count, Prose, plural, Text, time } from './text.tsx'

/** Lines shown on screen; a ledger of hundreds of accounts is read by account, in the JSON. */
const LIMIT = 500

export function CoverageView({ data, printing }: { data: ReportData; printing: boolean }) {
  const { meta, ledger } = data
  const gaps = useMemo(() => groupGaps(ledger.notEvaluated), [ledger])
  const lines = useMemo(
    () =>
      ledger.coverage
        .flatMap(({ accountId, lines }) => lines.map((line) => ({ accountId, ...line })))
        .sort((a, b) => RANK[a.status] - RANK[b.status]),
    [ledger],
  )
  const unread = lines.filter(({ status }) => status !== 'read')
  const read = lines.filter(({ status }) => status === 'read')
  const titleOf = new Map(meta.checks.map(({ id, title }) => [id, title]))
  const limit = printing ? PRINT_LIMIT : LIMIT
  return (
    <div className="coverage">
      <section className="card" aria-labelledby="not-evaluated-title">
        <h2 id="not-evaluated-title">Checks that were not evaluated</h2>
        {gaps.length === 0 ? (
          <p>
            <span className="state-ok">None.</span> Every check of every account had all it needs.
          </p>
        ) : (
          <>
            <p className="dim">
              A check without its facts has no answer: neither found nor passed. <b>In part</b> means that it ran on
              what was read.
            </p>
            <ul className="gaps">
              {gaps.slice(0, limit).map(({ check, because, extent, notAsked, accounts }) => (
                <li key={`${check} ${extent} ${because}`} className={notAsked ? 'mild' : undefined}>
                  <span className={`tag ${extent === 'all' && !notAsked ? 'warn' : ''}`}>
                    {extent === 'all' ? 'not evaluated' : 'in part'}
                  </span>
                  <span>
                    <strong>
                      <Text>{titleOf.get(check) ?? check}</Text>
                    </strong>{' '}
                    <span className="mono dim">
                      <Text>{check}</Text>
                    </span>
                    <span className="why">
                      <Prose>{because}</Prose>
                      {notAsked && ' (nobody asked for it, or the saved files do not hold it)'}
                    </span>
                    {meta.accounts.length > 1 && (
                      <span className="why">
                        {accounts.length <= 4 ? (
                          <>
                            account <Text>{accounts.join(', ')}</Text>
                          </>
                        ) : (
                          `in ${plural(accounts.length, 'account')}`
                        )}
                      </span>
                    )}
                  </span>
                </li>
              ))}
            </ul>
            <More shown={limit} total={gaps.length} />
          </>
        )}
      </section>

      <section className="card" aria-labelledby="accounts-title">
        <h2 id="accounts-title">Accounts</h2>
        <div className="table-frame">
          <table className="ledger">
            <thead>
              <tr>
                <th scope="col">Account</th>
                <th scope="col">Partition</th>
                <th scope="col">True as of</th>
                <th scope="col">Complete</th>
              </tr>
            </thead>
            <tbody>
              {meta.accounts.slice(0, limit).map((account) => (
                <tr key={account.accountId}>
                  <td>
                    <AccountName account={account} />
                  </td>
                  <td>
                    <Text>{account.partition}</Text>
                  </td>
                  <td>
                    {time(account.collectedAt)} <span className="dim">{TIME_FROM[account.collectedAtFrom]}</span>
                  </td>
                  <td>
                    {account.complete ? <span className="state-ok">yes</span> : <span className="state-warn">no</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <More shown={limit} total={meta.accounts.length} />
      </section>

      <section className="card" aria-labelledby="unread-title">
        <h2 id="unread-title">Sources that could not be read</h2>
        {unread.length === 0 ? (
          <p>
            <span className="state-ok">None.</span> All {count(read.length)} were read.
          </p>
        ) : (
          <Ledger data={data} lines={unread} limit={limit} />
        )}
      </section>
      {read.length > 0 && (
        <section className="card" aria-labelledby="read-title">
          <details open={printing}>
            <summary>
              <h2 id="read-title">Sources that were read ({count(read.length)})</h2>
            </summary>
            <Ledger data={data} lines={read} limit={limit} />
          </details>
        </section>
      )}
    </div>
  )
}

const TIME_FROM: Record<string, string> = {
  clock: '',
  'as-of': 'as given',
  'file-time': 'by the time of the file',
  'credential-report': 'by the credential report',
}

const RANK: Record<Coverage['status'], number> = {
  denied: 0,
  truncated: 1,
  throttled: 2,
  unsupported: 3,
  absent: 4,
  read: 5,
}

function Ledger(props: { data: ReportData; lines: readonly (Coverage & { accountId: string })[]; limit: number }) {
  const { data, lines, limit } = props
  const several = data.meta.accounts.length > 1
  return (
    <>
      <div className="table-frame">
        <table className="ledger">
          <thead>
            <tr>
              <th scope="col">Source</th>
              {several && <th scope="col">Account</th>}
              <th scope="col">Region</th>
              <th scope="col">Status</th>
              <th scope="col">True as of</th>
              <th scope="col">Detail</th>
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, limit).map((line, i) => (
              // the index is the key: the ledger never changes, and may hold equal lines
              <tr key={i}>
                <td className="mono">
                  <Text>{line.source}</Text>
                </td>
                {several && (
                  <td className="mono">
                    <Text>{line.accountId}</Text>
                  </td>
                )}
                <td>{line.region === null ? <span className="dim">global</span> : <Text>{line.region}</Text>}</td>
                <td>
                  <span className={line.status === 'read' ? 'tag ok' : 'tag warn'}>{line.status}</span>
                </td>
                <td>{line.asOf === null ? <span className="dim">–</span> : time(line.asOf)}</td>
                <td>{line.detail !== null && <Text>{line.detail}</Text>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More shown={limit} total={lines.length} />
    </>
  )
}

function More({ shown, total }: { shown: number; total: number }) {
  if (total <= shown) return null
  return (
    <p className="dim">
      {count(shown)} of {count(total)} lines; the JSON report has them all.
    </p>
  )
}

interface Gap extends Omit<NotEvaluated, 'accountId'> {
  accounts: string[]
}

/** The same gap in many accounts is one line; what nobody asked for comes last. */
function groupGaps(notEvaluated: readonly NotEvaluated[]): Gap[] {
  const gaps = new Map<string, Gap>()
  for (const { accountId, ...gap } of notEvaluated) {
    const key = `${gap.check}\n${gap.extent}\n${gap.because}`
    const known = gaps.get(key)
    if (known) known.accounts.push(accountId)
    else gaps.set(key, { ...gap, accounts: [accountId] })
  }
  const rank = ({ extent, notAsked }: Gap) => (notAsked ? 2 : extent === 'all' ? 0 : 1)
  return [...gaps.values()].sort((a, b) => rank(a) - rank(b))
}
