/** What to do first, and the estate at a glance. */
import { useMemo } from 'react'
import { SEVERITIES } from '../model/finding.ts'
import { AccountName } from './header.tsx'
import { KeyAgeChart } from './key-age-chart.tsx'
import { ownerName } from './key-details.tsx'
import type { ReportData } from './report-data.ts'
import { hrefOf } from './route.ts'
import { SeverityBadge, SeverityBar, SeverityMark } from './severity.tsx'
import { count, groupName, keyLabel, Prose, plural, Text } from './text.tsx'

export function Overview({ data }: { data: ReportData }) {
  const { meta } = data
  const byGroup = useMemo(() => openCounts(data, groupOfRow(data)), [data])
  const byAccount = useMemo(() => openCounts(data, (row) => data.columns.account[row]!), [data])
  return (
    <div className={meta.accounts.length > 1 ? 'overview wide' : 'overview'}>
      <section className="card first" aria-labelledby="first-title">
        <h2 id="first-title">Do these first</h2>
        {meta.first.length === 0 ? (
          <p className="empty">
            {meta.summary.checks.notEvaluated > 0
              ? 'Nothing was found, but not everything was evaluated.'
              : 'Nothing urgent: no open finding is above low.'}
          </p>
        ) : (
          <ol>
            {meta.first.map((step) => (
              <li key={step.check}>
                <a
                  className="step-link"
                  href={hrefOf('findings', { check: step.check, status: 'open', open: step.fingerprint })}
                >
                  <SeverityBadge severity={step.severity} />
                  <strong>
                    <Text>{step.title}</Text>
                  </strong>
                  <span className="step-where">
                    <span className="mono">
                      <Text>{step.subject}</Text>
                    </span>
                    : <Prose>{step.because}</Prose>
                    {step.count > 1 && (
                      <span className="dim">
                        {` and ${count(step.count - 1)} more like it`}
                        {step.accounts > 1 && ` in ${plural(step.accounts, 'account')}`}
                      </span>
                    )}
                  </span>
                  <span className="step-how">
                    <Prose>{step.remedy}</Prose>
                  </span>
                </a>
              </li>
            ))}
          </ol>
        )}
      </section>

      <section className="card" aria-labelledby="keys-title">
        <h2 id="keys-title">
          <a href={hrefOf('keys')}>Access keys</a>
        </h2>
        <p className="lead">
          <b>{count(meta.summary.accessKeys.active)}</b> active, <b>{count(meta.summary.accessKeys.inactive)}</b>{' '}
          inactive
        </p>
        <KeyAgeChart keys={data.keys} />
        <WorstKeys data={data} />
      </section>

      <section className="card" aria-labelledby="areas-title">
        <h2 id="areas-title">Open findings by area</h2>
        <Bars
          rows={[...byGroup].map(([group, counts]) => ({
            key: group,
            label: groupName(group),
            href: hrefOf('findings', { group, status: 'open' }),
            counts,
          }))}
        />
      </section>

      {meta.accounts.length > 1 && (
        <section className="card" aria-labelledby="accounts-title">
          <h2 id="accounts-title">Open findings by account</h2>
          <Bars
            limit={12}
            rows={[...byAccount].map(([i, counts]) => {
              const accountId = meta.dictionaries.accounts[i]!
              const account = meta.accounts.find((candidate) => candidate.accountId === accountId)
              return {
                key: accountId,
                label: <AccountName account={account ?? { accountId, alias: null }} />,
                href: hrefOf('findings', { account: accountId, status: 'open' }),
                counts,
              }
            })}
          />
        </section>
      )}

      <section className="card" aria-labelledby="gaps-title">
        <h2 id="gaps-title">
          <a href={hrefOf('coverage')}>Not evaluated</a>
        </h2>
        {data.ledger.notEvaluated.length === 0 ? (
          <p>
            Every check of every account was evaluated: {plural(meta.summary.checks.evaluated, 'check')} in{' '}
            {plural(meta.accounts.length, 'account')}.
          </p>
        ) : (
          <>
            <p className="lead">
              <b>{count(meta.summary.checks.notEvaluated)}</b> of{' '}
              {count(meta.summary.checks.notEvaluated + meta.summary.checks.evaluated)} checks could not be evaluated.
              Silence there is not safety.
            </p>
            <ul className="plain">
              {data.ledger.notEvaluated.slice(0, 5).map(({ check, accountId, because }) => (
                <li key={`${check} ${accountId} ${because}`}>
                  <span className="mono">
                    <Text>{check}</Text>
                  </span>{' '}
                  <span className="dim">
                    <Prose>{because}</Prose>
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
    </div>
  )
}

function WorstKeys({ data }: { data: ReportData }) {
  const worst = data.keys.filter(({ severity }) => severity !== null).slice(0, 6)
  if (worst.length === 0) return null
  return (
    <ul className="worst-keys">
      {worst.map((key) => (
        <li key={`${key.accountId} ${key.subjectId}`}>
          <a href={hrefOf('keys', { open: `${key.accountId} ${key.subjectId}` })}>
            <SeverityMark severity={key.severity!} />
            <span className="mono id">
              <Text>{keyLabel(key.subjectId)}</Text>
            </span>
            <span className="owner">
              <Text>{ownerName(key)}</Text>
            </span>
            <span className="next">
              <Text>{key.nextAction}</Text>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}

interface Bar {
  key: string
  label: React.ReactNode
  href: string
  counts: number[]
}

/** Worst first: more critical ones, then more high ones, and so on. */
function Bars({ rows, limit = 20 }: { rows: Bar[]; limit?: number }) {
  const sorted = [...rows].sort((a, b) => compareCounts(a.counts, b.counts))
  const shown = sorted.slice(0, limit)
  const most = Math.max(1, ...shown.map(({ counts }) => sum(counts)))
  if (rows.length === 0) return <p className="empty">None.</p>
  return (
    <>
      <ul className="bars">
        {shown.map(({ key, label, href, counts }) => (
          <li key={key}>
            <a href={href}>
              <span className="bar-label">{label}</span>
              <SeverityBar counts={counts} scale={most} />
              <span className="bar-count">{count(sum(counts))}</span>
            </a>
          </li>
        ))}
      </ul>
      {sorted.length > limit && <p className="dim">and {count(sorted.length - limit)} more</p>}
    </>
  )
}

function compareCounts(a: number[], b: number[]): number {
  for (const [i, n] of a.entries()) if (n !== b[i]) return b[i]! - n
  return 0
}

const sum = (counts: number[]) => counts.reduce((total, n) => total + n, 0)

function groupOfRow({ meta, columns }: ReportData): (row: number) => string {
  const groups = new Map(meta.checks.map(({ id, group }) => [id, group]))
  const ofCheck = meta.dictionaries.checks.map((id) => groups.get(id) ?? 'other')
  return (row) => ofCheck[columns.check[row]!]!
}

function openCounts<Key>({ columns }: ReportData, keyOf: (row: number) => Key): Map<Key, number[]> {
  const counts = new Map<Key, number[]>()
  for (let row = 0; row < columns.length; row++) {
    if (columns.accepted[row]) continue
    const key = keyOf(row)
    let list = counts.get(key)
    if (!list) {
      list = SEVERITIES.map(() => 0)
      counts.set(key, list)
    }
    list[columns.severity[row]!]!++
  }
  return counts
}
