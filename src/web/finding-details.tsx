/** One finding in full: why, on which facts, and what to do. */
import { type ReactNode, useEffect, useState } from 'react'
import type { Evidence } from '../model/finding.ts'
import type { FindingDetails as Details } from '../report/page-data.ts'
import { CopyButton } from './copy-button.tsx'
import { AccountName } from './header.tsx'
import type { ReportData } from './report-data.ts'
import { hrefOf } from './route.ts'
import { SeverityBadge } from './severity.tsx'
import { frameworkName, Prose, personName, Text, time, visible } from './text.tsx'

export function FindingDetails({ data, row }: { data: ReportData; row: number }) {
  const finding = data.headOf(row)
  const details = useDetails(data, row)
  const check = data.meta.checks.find(({ id }) => id === finding.check)
  const account = data.meta.accounts.find(({ accountId }) => accountId === finding.accountId)
  const { subject } = finding
  const key = subject.kind === 'access-key' ? `${finding.accountId} ${subject.id}` : null
  const frameworks = Object.entries(finding.frameworks).filter(([, controls]) => controls.length > 0)
  return (
    <article className="details">
      <p className="details-kicker">
        <SeverityBadge severity={finding.severity} />
        {finding.status === 'accepted' && <span className="tag">accepted</span>}
      </p>
      <h2>
        <Text>{finding.title}</Text>
      </h2>
      <p className="because">
        <Prose>{sentence(finding.because)}</Prose>
      </p>
      {details?.accepted && (
        <p className="notice">
          Accepted by <Text>{details.accepted.owner}</Text> until {visible(details.accepted.expires)}:{' '}
          <Text>{details.accepted.reason}</Text>
        </p>
      )}

      <dl className="pairs">
        <Pair name={subject.kind.replace('-', ' ')}>
          <span className="mono">
            <Text>{subject.id}</Text>
          </span>
          {key !== null && (
            <>
              {' '}
              <a href={hrefOf('keys', { open: key })}>dossier</a>
            </>
          )}
        </Pair>
        {subject.name !== null && subject.name !== subject.id && (
          <Pair name={subject.kind === 'access-key' ? 'owner' : 'name'}>
            <Text>{personName(subject.name)}</Text>
          </Pair>
        )}
        {subject.arn !== null && subject.arn !== subject.id && (
          <Pair name="ARN">
            <span className="mono">
              <Text>{subject.arn}</Text>
            </span>
          </Pair>
        )}
        <Pair name="account">
          <AccountName account={account ?? { accountId: finding.accountId, alias: null }} />
        </Pair>
        {finding.region !== null && (
          <Pair name="region">
            <Text>{finding.region}</Text>
          </Pair>
        )}
      </dl>

      <h3>What to do</h3>
      {details === null ? (
        <p className="dim">…</p>
      ) : (
        <>
          <p>
            <Prose>{details.remedy.text}</Prose>
          </p>
          {details.remedy.commands.length > 0 && <Commands commands={details.remedy.commands} />}
        </>
      )}

      {details !== null && details.evidence.length > 0 && (
        <>
          <h3>Evidence</h3>
          <EvidenceTable evidence={details.evidence} />
        </>
      )}

      {check && (
        <>
          <h3>Why it matters</h3>
          <p>
            <Prose>{check.why}</Prose>
          </p>
        </>
      )}

      {frameworks.length > 0 && (
        <>
          <h3>Controls</h3>
          <ul className="tags">
            {frameworks.map(([framework, controls]) => (
              <li key={framework}>
                <span className="dim">{frameworkName(framework)}</span>{' '}
                {controls.map((control) => (
                  <a key={control} className="tag" href={hrefOf('findings', { control: `${framework} ${control}` })}>
                    <Text>{control}</Text>
                  </a>
                ))}
              </li>
            ))}
          </ul>
        </>
      )}

      {check && check.references.length > 0 && (
        <>
          <h3>References</h3>
          <ul className="plain links">
            {check.references.map((reference) => (
              <li key={reference}>
                <Reference url={reference} />
              </li>
            ))}
          </ul>
        </>
      )}

      <p className="dim fine">
        Check{' '}
        <a className="mono" href={hrefOf('findings', { check: finding.check })}>
          <Text>{finding.check}</Text>
        </a>
        , fingerprint{' '}
        <span className="mono">
          <Text>{finding.fingerprint}</Text>
        </span>
      </p>
    </article>
  )
}

export function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{visible(name)}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Only a link when it plainly is one: an address may come from outside, and `javascript:` is one too. */
export function Reference({ url }: { url: string }) {
  if (!/^https:\/\/[\w.-]+(?:[/?#]\S*)?$/.test(url)) return <Text>{url}</Text>
  return (
    <a href={url} rel="noreferrer noopener" target="_blank">
      <Text>{url.replace('https://', '')}</Text>
    </a>
  )
}

function Commands({ commands }: { commands: string[] }) {
  const all = commands.join('\n')
  return (
    <div className="commands">
      <pre>
        {commands.map((command) => (
          <code key={command}>
            <Text>{command}</Text>
            {'\n'}
          </code>
        ))}
      </pre>
      <CopyButton text={all} label={commands.length > 1 ? 'Copy all' : 'Copy'} />
    </div>
  )
}

function EvidenceTable({ evidence }: { evidence: readonly Evidence[] }) {
  return (
    <table className="evidence">
      <thead>
        <tr>
          <th scope="col">Fact</th>
          <th scope="col">Value</th>
          <th scope="col">Told by, as of</th>
        </tr>
      </thead>
      <tbody>
        {evidence.map(({ fact, value, source, asOf }) => (
          <tr key={`${fact} ${source} ${value}`}>
            <th scope="row">
              <Text>{fact}</Text>
            </th>
            <td>
              <Value value={value} />
            </td>
            <td className="dim">
              <Text>{source}</Text>
              <br />
              {asOf === null ? 'time not known' : time(asOf)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Value({ value }: { value: Evidence['value'] }) {
  if (value === null) return <span className="dim">none</span>
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return time(value)
  return (
    <span className="mono">
      <Text>{String(value)}</Text>
    </span>
  )
}

/** `because` is a clause; on its own it is a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

function useDetails({ details }: ReportData, row: number): Details | null {
  const [loaded, setLoaded] = useState<{ row: number; details: Details | null } | null>(null)
  const now = details.now(row)
  useEffect(() => {
    if (now) return
    let wanted = true
    details.of(row).then(
      (value) => wanted && setLoaded({ row, details: value }),
      () => undefined, // the page says that the file is cut off
    )
    return () => {
      wanted = false
    }
  }, [details, row, now])
  return now ?? (loaded?.row === row ? loaded.details : null)
}
