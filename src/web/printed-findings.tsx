/** The filtered findings on paper: by check, so that the why and the how are said once. */
import { SEVERITIES } from '../model/finding.ts'
import { PRINT_LIMIT } from './printing.ts'
import type { ReportData } from './report-data.ts'
import { SeverityBadge } from './severity.tsx'
import { count, Prose, personName, plural, Text, visible } from './text.tsx'

/** With more findings than this, the commands stay in the page: nobody types them from paper. */
const COMMANDS_LIMIT = 100

export function PrintedFindings({ data, rows, filter }: { data: ReportData; rows: Uint32Array; filter: string }) {
  const { columns, meta } = data
  const { titles, checks, accounts, regions } = meta.dictionaries
  const several = accounts.length > 1
  const printed = rows.subarray(0, PRINT_LIMIT)
  const sections = new Map<string, number[]>()
  for (const row of printed) {
    const section = `${columns.severity[row]} ${columns.check[row]} ${columns.accepted[row]}`
    const list = sections.get(section)
    if (list) list.push(row)
    else sections.set(section, [row])
  }
  return (
    <section className="printed">
      <h2>Findings</h2>
      <p>
        {plural(rows.length, 'finding')} of {count(columns.length)}
        {filter && ` (${visible(filter)})`}
        {rows.length > PRINT_LIMIT && `; the first ${count(PRINT_LIMIT)} are printed`}.
      </p>
      {[...sections].map(([section, list]) => {
        const row = list[0]!
        const check = meta.checks.find(({ id }) => id === checks[columns.check[row]!])
        const remedies = new Set(list.map((each) => data.details.now(each)?.remedy.text ?? ''))
        // the general advice stands for findings whose own is not unpacked yet
        const remedy = remedies.size === 1 ? [...remedies][0] || (check?.fix ?? '') : ''
        return (
          <section key={section} className="printed-check">
            <h3>
              <SeverityBadge severity={SEVERITIES[columns.severity[row]!]!} />{' '}
              <Text>{titles[columns.title[row]!]!}</Text> <span className="dim">{plural(list.length, 'finding')}</span>
              {columns.accepted[row] === 1 && <span className="tag">accepted</span>}
            </h3>
            {check && (
              <p>
                <Prose>{check.why}</Prose>
              </p>
            )}
            {remedy !== '' && (
              <p>
                <b>What to do:</b> <Prose>{remedy}</Prose>
              </p>
            )}
            <table>
              <tbody>
                {list.map((each) => {
                  const details = rows.length <= COMMANDS_LIMIT ? data.details.now(each) : null
                  const region = regions[columns.region[each]!]
                  return (
                    <tr key={each}>
                      <td className="mono">
                        <Text>{columns.id[each]!}</Text>
                        {columns.name[each] !== null && columns.name[each] !== columns.id[each] && (
                          <>
                            {' '}
                            <span className="dim">
                              <Text>{personName(columns.name[each]!)}</Text>
                            </span>
                          </>
                        )}
                        {(several || region !== undefined) && (
                          <div className="dim">
                            <Text>
                              {[several ? accounts[columns.account[each]!] : null, region].filter(Boolean).join(', ')}
                            </Text>
                          </div>
                        )}
                      </td>
                      <td>
                        <Prose>{columns.because[each]!}</Prose>
                        {details && remedies.size > 1 && (
                          <div>
                            <Prose>{details.remedy.text}</Prose>
                          </div>
                        )}
                        {details?.remedy.commands.map((command) => (
                          <code key={command}>
                            <Text>{command}</Text>
                          </code>
                        ))}
                      </td>
                    </tr>
                  )
                })}
              </tbody>
            </table>
          </section>
        )
      })}
    </section>
  )
}
