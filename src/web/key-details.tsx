/** A key's dossier: all that is known about one access key, and what is not. */
import type { KeyRow } from '../model/dossier.ts'
import { SEVERITIES } from '../model/finding.ts'
import type { Leak } from '../model/leak.ts'
import type { Consumer } from '../model/trail.ts'
import type { KeyUsage } from '../model/usage.ts'
import { leakPlaceName, placeRemarks } from '../report/leak-place.ts'
import { daysBetween } from '../report/words.ts'
import { CopyButton } from './copy-button.tsx'
import { Pair, sentence } from './finding-details.tsx'
import { AccountName } from './header.tsx'
import type { ReportData } from './report-data.ts'
import { hrefOf } from './route.ts'
import { SeverityBadge } from './severity.tsx'
import { ago, count, day, duration, keyLabel, Prose, plural, Text } from './text.tsx'

/** `ana`, or the root user by its proper name. */
export function ownerName({ owner }: KeyRow): string {
  return owner.kind === 'root' ? 'root user' : owner.name
}

export function KeyDetails({ data, keyRow }: { data: ReportData; keyRow: KeyRow }) {
  const { meta, columns } = data
  const rows = data.rowsOfKey(keyRow)
  const account = meta.accounts.find(({ accountId }) => accountId === keyRow.accountId)
  const asOf = account?.collectedAt ?? meta.collectedAt
  const missing = (['leaks', 'usage', 'reach'] as const).filter((part) => keyRow[part] === null)
  return (
    <article className="details">
      <p className="details-kicker">
        {keyRow.severity ? (
          <SeverityBadge severity={keyRow.severity} />
        ) : (
          <span className="tag ok">no open finding</span>
        )}
        <span className={`tag status-${keyRow.status}`}>{keyRow.status}</span>
      </p>
      <h2 className="mono">
        <Text>{keyLabel(keyRow.subjectId)}</Text>
        {keyRow.accessKeyId !== null && <CopyButton text={keyRow.accessKeyId} />}
      </h2>
      <p className="because">
        {keyRow.nextAction === 'none' ? (
          'Nothing to do now.'
        ) : (
          <>
            Next: <Text>{sentence(keyRow.nextAction)}</Text>
          </>
        )}
      </p>
      <dl className="pairs">
        <Pair name="owner">
          <Text>{ownerName(keyRow)}</Text>
        </Pair>
        <Pair name="ARN">
          <span className="mono">
            <Text>{keyRow.owner.arn}</Text>
          </span>
        </Pair>
        <Pair name="account">
          <AccountName account={account ?? { accountId: keyRow.accountId, alias: null }} />
        </Pair>
        <Pair name="created">
          {keyRow.createDate === null ? (
            <span className="dim">not known</span>
          ) : (
            <>
              {day(keyRow.createDate)}
              {keyRow.ageDays !== null && <span className="dim"> {ago(keyRow.ageDays)}</span>}
            </>
          )}
        </Pair>
        <Pair name="last used">
          <LastUsed keyRow={keyRow} asOf={asOf} long />
        </Pair>
      </dl>
      <Timeline keyRow={keyRow} asOf={asOf} />

      <h3>{rows.length === 0 ? 'Findings' : plural(rows.length, 'finding')}</h3>
      {rows.length === 0 ? (
        <p className="dim">None of the checks that ran has something against this key.</p>
      ) : (
        <ul className="key-findings">
          {rows.map((row) => (
            <li key={row}>
              <a href={hrefOf('findings', { q: columns.id[row]!, open: columns.fingerprint[row]! })}>
                <SeverityBadge severity={SEVERITIES[columns.severity[row]!]!} />
                <span>
                  <Text>{meta.dictionaries.titles[columns.title[row]!]!}</Text>
                  {columns.accepted[row] === 1 && <span className="tag">accepted</span>}
                  <span className="why">
                    <Prose>{columns.because[row]!}</Prose>
                  </span>
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {keyRow.usage !== null && <WhoUsesIt usage={keyRow.usage} />}
      {keyRow.leaks !== null && <LeakPlaces leaks={keyRow.leaks} />}
      {missing.length > 0 && (
        <>
          <h3>Not looked for in this run</h3>
          <ul className="plain dim">
            {missing.map((part) => (
              <li key={part}>{NOT_LOOKED_FOR[part]}</li>
            ))}
          </ul>
        </>
      )}
    </article>
  )
}

/** Most consumers on one page; `keyreeve trail consumers` has them all. */
const MOST_CONSUMERS = 20

/** Who uses it, of CloudTrail: that is who breaks when it goes. */
function WhoUsesIt({ usage }: { usage: KeyUsage }) {
  const { consumers } = usage
  return (
    <>
      <h3>Who uses it: {plural(consumers.length, 'consumer')}</h3>
      <ul className="plain leak-places">
        {consumers.slice(0, MOST_CONSUMERS).map((consumer) => (
          <li key={`${consumer.network} ${consumer.ipClass} ${consumer.agent} ${consumer.invokedBy}`}>
            <span className="mono">
              <Text>{consumer.network ?? 'network not known'}</Text>
            </span>{' '}
            <Text>{`with ${(consumer.agent === 'other' ? consumer.userAgent : consumer.agent) ?? 'no agent'}`}</Text>
            <span className="why">
              <Text>{rhythmOf(consumer)}</Text>
            </span>
          </li>
        ))}
        {consumers.length > MOST_CONSUMERS && (
          <li className="dim">and {count(consumers.length - MOST_CONSUMERS)} more: keyreeve trail consumers</li>
        )}
      </ul>
      <dl className="pairs">
        <Pair name="seen">
          {day(usage.firstSeen)} to {day(usage.lastSeen)}, on {plural(usage.daysActive, 'day')}
        </Pair>
        <Pair name="calls">
          {count(usage.calls)}, of which {count(usage.errors)} failed
        </Pair>
        <Pair name="services">
          <Text>{usage.services.join(', ')}</Text>
        </Pair>
        <Pair name="regions">
          <Text>{usage.regions.join(', ')}</Text>
        </Pair>
        {usage.otherAccounts.length > 0 && (
          <Pair name="other accounts">
            <Text>{usage.otherAccounts.join(', ')}</Text>
          </Pair>
        )}
      </dl>
    </>
  )
}

/** `daily, due 2026-02-01, last 2026-01-31, 12 calls` */
function rhythmOf({ cadence, nextExpected, lastSeen, calls }: Consumer): string {
  const due = nextExpected === null ? '' : `, due ${nextExpected}`
  return `${cadence}${due}, last ${lastSeen.slice(0, 10)}, ${plural(calls, 'call')}`
}

/** Most places of a leak on one page; the JSON report has them all. */
const MOST_PLACES = 50

/** Every place where the key lies open. */
function LeakPlaces({ leaks }: { leaks: readonly Leak[] }) {
  const places = leaks.flatMap((leak) => leak.places.map((place) => ({ leak, place })))
  return (
    <>
      <h3>
        {places.length === 0 ? 'In no place that was scanned' : `Where it lies: ${plural(places.length, 'place')}`}
      </h3>
      <ul className="plain leak-places">
        {places.slice(0, MOST_PLACES).map(({ leak, place }) => (
          <li key={`${leak.fingerprint} ${leakPlaceName(place)} ${place.column} ${place.commit}`}>
            <span className="mono">
              <Text>{leakPlaceName(place)}</Text>
            </span>
            <span className="why">
              <Text>{placeRemarks(leak, place).join('; ')}</Text>
            </span>
          </li>
        ))}
        {places.length > MOST_PLACES && <li className="dim">and {count(places.length - MOST_PLACES)} more</li>}
      </ul>
    </>
  )
}

const NOT_LOOKED_FOR = {
  leaks: 'where the key lies in code, history and hosts',
  usage: 'who used it, and from where, in CloudTrail',
  reach: 'what it opens: effective permissions and escalation paths',
}

export function LastUsed({ keyRow, asOf, long = false }: { keyRow: KeyRow; asOf: string; long?: boolean }) {
  const { lastUsed, lastUsedKnown } = keyRow
  if (!lastUsedKnown) return <span className="dim">not known</span>
  if (lastUsed === null) return <span className="never">never</span>
  const where = [lastUsed.service, lastUsed.region].filter((part) => part !== null).join(', ')
  return (
    <>
      {long ? day(lastUsed.date) : ago(daysBetween(lastUsed.date, asOf))}
      {long && <span className="dim"> {ago(daysBetween(lastUsed.date, asOf))}</span>}
      {where !== '' && (
        <span className={long ? 'dim' : 'why'}>
          {long && ', '}
          <Text>{where}</Text>
        </span>
      )}
    </>
  )
}

/** From its creation over its last use to the day of the audit: the idle part is what nobody would miss. */
function Timeline({ keyRow, asOf }: { keyRow: KeyRow; asOf: string }) {
  const { createDate, lastUsed, lastUsedKnown } = keyRow
  if (createDate === null) return null
  const age = daysBetween(createDate, asOf)
  if (age === null || age <= 0) return null
  const idle = lastUsed === null ? age : Math.max(0, Math.min(age, daysBetween(lastUsed.date, asOf) ?? 0))
  if (!lastUsedKnown) return null
  const used = 400 * (1 - idle / age)
  return (
    <figure className="timeline">
      <svg viewBox="0 0 400 26" role="img" aria-label={`${duration(age)} old, idle for ${duration(idle)}`}>
        <rect x="0" y="8" width="400" height="8" rx="4" className="idle" />
        {used > 0 && <rect x="0" y="8" width={Math.max(4, used)} height="8" rx="4" className="used" />}
        {lastUsed !== null && <circle cx={Math.min(394, Math.max(6, used))} cy="12" r="6" className="last" />}
      </svg>
      <figcaption>
        <span>{day(createDate)}</span>
        <span>{lastUsed === null ? 'never used' : idle === 0 ? 'in use' : `idle for ${duration(idle)}`}</span>
        <span>{day(asOf)}</span>
      </figcaption>
    </figure>
  )
}
