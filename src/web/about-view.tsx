/** What was checked, with which result, and how to read this report. */
import { useMemo } from 'react'
import { SEVERITIES } from '../model/finding.ts'
import { Reference } from './finding-details.tsx'
import type { ReportData } from './report-data.ts'
import { hrefOf } from './route.ts'
import { SeverityBadge } from './severity.tsx'
import { count, groupName, Prose, plural, Text, time, visible } from './text.tsx'

export function AboutView({ data }: { data: ReportData }) {
  const { meta, columns, ledger } = data
  const found = useMemo(() => {
    const totals = new Map<string, number>()
    for (let row = 0; row < columns.length; row++) {
      const check = meta.dictionaries.checks[columns.check[row]!]!
      if (!columns.accepted[row]) totals.set(check, (totals.get(check) ?? 0) + 1)
    }
    return totals
  }, [meta, columns])
  const gaps = useMemo(() => {
    const byCheck = new Map<string, 'all' | 'part'>()
    const accounts = new Map<string, Set<string>>()
    for (const { check, accountId, extent } of ledger.notEvaluated) {
      if (extent === 'all') accounts.set(check, (accounts.get(check) ?? new Set()).add(accountId))
      byCheck.set(check, 'part')
    }
    for (const [check, without] of accounts) if (without.size >= meta.accounts.length) byCheck.set(check, 'all')
    return byCheck
  }, [meta, ledger])
  const groups = [...new Set(meta.checks.map(({ group }) => group))]
  return (
    <div className="about">
      <section className="card" aria-labelledby="about-title">
        <h2 id="about-title">About this report</h2>
        <p>
          {visible(meta.tool.name)} {visible(meta.tool.version)} looked at {plural(meta.accounts.length, 'AWS account')}{' '}
          as of {time(meta.collectedAt)}. Ages and “ago” count from then, not from today.
        </p>
        <p>
          This file is complete in itself: it loads nothing, sends nothing and stores nothing. It names users, keys and
          policies of your accounts, so share it with care. It holds no secret: an access key ID is a name, not a
          password. The address holds your filters, so it can be bookmarked or sent along with the file.
        </p>
        <p className="legend">
          {SEVERITIES.map((severity) => (
            <SeverityBadge key={severity} severity={severity} />
          ))}
        </p>
      </section>
      {groups.map((group) => (
        <section className="card checks" key={group} aria-label={group}>
          <h2>{groupName(group)}</h2>
          <ul>
            {meta.checks
              .filter((check) => check.group === group)
              .map((check) => {
                const n = found.get(check.id) ?? 0
                const gap = gaps.get(check.id)
                return (
                  <li key={check.id}>
                    <details>
                      <summary>
                        <SeverityBadge severity={check.severity} />
                        <span className="check-title">
                          <Text>{check.title}</Text>
                        </span>
                        <span className="check-result">
                          {n > 0 && <b>{plural(n, 'open finding')}</b>}
                          {gap && <span className="tag warn">{gap === 'all' ? 'not evaluated' : 'in part'}</span>}
                          {n === 0 && !gap && <span className="state-ok">nothing found</span>}
                        </span>
                      </summary>
                      <p>
                        <Prose>{check.why}</Prose>
                      </p>
                      <p>
                        <b>How to fix it:</b> <Prose>{check.fix}</Prose>
                      </p>
                      <p className="dim">
                        <span className="mono">
                          <Text>{check.id}</Text>
                        </span>
                        {n > 0 && (
                          <>
                            {' · '}
                            <a href={hrefOf('findings', { check: check.id })}>show {count(n)}</a>
                          </>
                        )}
                      </p>
                      <ul className="plain links">
                        {check.references.map((reference) => (
                          <li key={reference}>
                            <Reference url={reference} />
                          </li>
                        ))}
                      </ul>
                    </details>
                  </li>
                )
              })}
          </ul>
        </section>
      ))}
    </div>
  )
}
