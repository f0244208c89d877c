/** What was audited, when that was true, whether it is all, and how bad it is. */
import { SEVERITIES } from '../model/finding.ts'
import type { PageAccount, PageMeta } from '../report/page-data.ts'
import { hrefOf } from './route.ts'
import { SeverityBar, SeverityMark } from './severity.tsx'
import { count, plural, Text, time } from './text.tsx'

export function Header({ meta }: { meta: PageMeta }) {
  const { tool, accounts, collectedAt, summary } = meta
  const counts = SEVERITIES.map((severity) => summary.bySeverity[severity])
  const open = counts.reduce((sum, n) => sum + n, 0)
  const incomplete = accounts.filter(({ complete }) => !complete).length
  const gaps = summary.checks.notEvaluated
  const first = accounts[0]
  return (
    <header className="top">
      <div className="top-line">
        <h1>
          <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" className="logo">
            <circle cx="11" cy="13" r="7" />
            <path d="M16 18 28 30M23 25l3-3" />
          </svg>
          {tool.name}
          <span className="sub">AWS access key audit</span>
        </h1>
        <dl className="facts">
          <div>
            <dt>{accounts.length === 1 ? 'Account' : 'Accounts'}</dt>
            <dd>
              {accounts.length === 1 && first ? <AccountName account={first} /> : plural(accounts.length, 'account')}
            </dd>
          </div>
          <div>
            <dt>True as of</dt>
            <dd>
              {time(collectedAt)}
              {accounts.some(({ collectedAtFrom }) => collectedAtFrom === 'file-time') && (
                <span className="dim"> (file time)</span>
              )}
            </dd>
          </div>
          <div>
            <dt>Collected</dt>
            <dd>
              {incomplete > 0 || gaps > 0 ? (
                <a className="state-warn" href={hrefOf('coverage')}>
                  {incomplete > 0
                    ? accounts.length > 1
                      ? `${plural(incomplete, 'account')} incomplete`
                      : 'incomplete'
                    : `${plural(gaps, 'check')} not evaluated`}
                </a>
              ) : (
                <span className="state-ok">complete</span>
              )}
            </dd>
          </div>
        </dl>
      </div>
      <div className="scale">
        <SeverityBar counts={counts} />
        <ul className="scale-legend">
          {SEVERITIES.map((severity, i) => (
            <li key={severity}>
              <a
                href={hrefOf('findings', { severity, status: 'open' })}
                aria-label={`${plural(counts[i]!, 'open finding')} of severity ${severity}`}
                className={counts[i] === 0 ? 'none' : undefined}
              >
                <SeverityMark severity={severity} />
                <b>{count(counts[i]!)}</b> {severity}
              </a>
            </li>
          ))}
          <li className="total">
            <a href={hrefOf('findings', { status: 'open' })}>
              <b>{count(open)}</b> open
            </a>
          </li>
          {meta.findings > open && (
            <li>
              <a href={hrefOf('findings', { status: 'accepted' })}>
                <b>{count(meta.findings - open)}</b> accepted
              </a>
            </li>
          )}
        </ul>
      </div>
    </header>
  )
}

export function AccountName({ account }: { account: Pick<PageAccount, 'accountId' | 'alias'> }) {
  return (
    <span className="account">
      {account.alias !== null && (
        <>
          <Text>{account.alias}</Text>{' '}
        </>
      )}
      <span className="mono dim">
        <Text>{account.accountId}</Text>
      </span>
    </span>
  )
}
