/** The findings: search, filters, a page of rows, and the one that is open. */
import { useDeferredValue, useMemo, useState } from 'react'
import { SEVERITIES, type Severity } from '../model/finding.ts'
import { type Column, DataTable, PAGE_SIZE } from './data-table.tsx'
import { Drawer } from './drawer.tsx'
import { Choice, type Option, SearchField, useSearchText } from './filters.tsx'
import { FindingDetails } from './finding-details.tsx'
import { type FindingFilter, type FindingIndex, GLOBAL, SORTS } from './finding-query.ts'
import { AccountName } from './header.tsx'
import { ListHead } from './list-head.tsx'
import { PrintedFindings } from './printed-findings.tsx'
import { PRINT_LIMIT } from './printing.ts'
import type { ReportData } from './report-data.ts'
import { go, hrefOf, type Route } from './route.ts'
import { SeverityBadge, SeverityMark } from './severity.tsx'
import { tableAddress, usePage } from './table-address.ts'
import { count, frameworkName, groupName, keyLabel, Prose, personName, Text, visible } from './text.tsx'

interface Props {
  data: ReportData
  index: FindingIndex
  /** Whether the index has the details; a search is made again when they are there. */
  complete: boolean
  route: Route
  printing: boolean
}

export function FindingsView({ data, index, complete, route, printing }: Props) {
  const { params } = route
  const [text, setText] = useSearchText(route)
  const filter = useDeferredValue(filterOf(params, text))
  const { sort, descending, open, filterBy, sortBy, openRow } = tableAddress(route, text, SORTS)
  const filterKey = JSON.stringify(filter)
  const searched = complete && filter.text !== ''
  const selection = useMemo(
    () => index.select(filter, sort, descending),
    [index, searched, filterKey, sort, descending],
  )
  const { rows, bySeverity } = selection
  const selected = open === null ? null : (data.rowOf(open) ?? null)
  const at = selected === null ? -1 : rows.indexOf(selected)
  // a link to a finding opens the page of the table that it is on
  const [page, setPage] = usePage(route, at >= 0 ? Math.floor(at / PAGE_SIZE) : 0)
  const columns = useMemo(() => columnsOf(data), [data])

  const show = (row: number) => openRow(data.columns.fingerprint[row]!)
  const toggle = (severity: Severity) => {
    const next = SEVERITIES.filter((name) => filter.severities.includes(name) !== (name === severity))
    filterBy({ severity: next.length === SEVERITIES.length ? null : next.join(',') })
  }
  const step = (by: 1 | -1) => {
    const target = at + by
    if (at < 0 || target < 0 || target >= rows.length) return
    if (Math.floor(target / PAGE_SIZE) !== page) setPage(Math.floor(target / PAGE_SIZE))
    show(rows[target]!)
  }

  if (printing) return <PrintedFindings data={data} rows={rows} filter={describe(filter)} />
  return (
    <div className={selected === null ? 'with-drawer' : 'with-drawer open'}>
      <div className="list">
        <search className="filters">
          <SearchField
            value={text}
            onChange={setText}
            label="Search the findings"
            placeholder="Search findings: a key, a user, an ARN, words…"
          />
          <fieldset className="severities">
            <legend>Severity</legend>
            {SEVERITIES.map((severity, i) => (
              <button
                key={severity}
                type="button"
                aria-pressed={filter.severities.includes(severity)}
                onClick={() => toggle(severity)}
              >
                <SeverityMark severity={severity} />
                {severity} <span className="dim">{count(bySeverity[i]!)}</span>
              </button>
            ))}
          </fieldset>
          <Filters data={data} filter={filter} onChange={filterBy} />
        </search>
        <ListHead
          shown={rows.length}
          all={data.columns.length}
          noun="finding"
          isFiltered={params.size > 0}
          onClear={() => {
            setText('')
            go(hrefOf('findings'))
          }}
          note={text !== '' && !complete && <span className="dim">, still reading the evidence…</span>}
        >
          <span className="dim hint">
            {rows.length > PRINT_LIMIT ? `prints the first ${count(PRINT_LIMIT)}` : 'prints as filtered'} · <kbd>/</kbd>{' '}
            search · <kbd>↑</kbd> <kbd>↓</kbd> <kbd>Enter</kbd> open · <kbd>Esc</kbd> close
          </span>
        </ListHead>
        <DataTable
          label="Findings"
          columns={columns}
          rows={rows}
          page={page}
          onPage={setPage}
          sort={{ by: sort, descending }}
          onSort={sortBy}
          selected={selected}
          onOpen={show}
          rowClass={(row) => (data.columns.accepted[row] ? 'accepted' : '')}
          empty={data.columns.length === 0 ? 'No findings.' : 'No finding matches. Clear a filter, or search for less.'}
        />
      </div>
      {selected !== null && (
        <Drawer label="Finding" of={open!} onClose={() => openRow(null)} onStep={at >= 0 ? step : undefined}>
          <FindingDetails data={data} row={selected} />
        </Drawer>
      )}
    </div>
  )
}

function filterOf(params: URLSearchParams, text: string): FindingFilter {
  const severities = (params.get('severity') ?? '').split(',')
  const word = (name: string) => params.get(name) ?? ''
  return {
    text,
    severities: SEVERITIES.filter((severity) => severities.includes(severity)),
    check: word('check'),
    group: word('group'),
    account: word('account'),
    region: word('region'),
    status: word('status'),
    control: word('control'),
  }
}

/** The filter in words, for the printout. */
function describe({ text, severities, ...rest }: FindingFilter): string {
  const parts = Object.entries(rest).filter(([, value]) => value !== '')
  return [
    ...(text ? [`search “${text}”`] : []),
    ...(severities.length > 0 ? [severities.join(' or ')] : []),
    ...parts.map(([name, value]) => `${name} ${value}`),
  ].join(', ')
}

function columnsOf(data: ReportData): Column[] {
  const { columns, meta } = data
  const { accounts, regions, titles, checks } = meta.dictionaries
  const accountOf = new Map(meta.accounts.map((account) => [account.accountId, account]))
  const several = accounts.length > 1
  return [
    {
      id: 'severity',
      header: 'Severity',
      sort: 'worst',
      className: 'c-severity',
      cell: (row) => <SeverityBadge severity={SEVERITIES[columns.severity[row]!]!} />,
    },
    {
      id: 'finding',
      header: 'Finding',
      sort: 'finding',
      className: 'c-finding',
      cell: (row) => (
        <>
          <span className="title">
            <Text>{titles[columns.title[row]!]!}</Text>
            {columns.accepted[row] === 1 && <span className="tag">accepted</span>}
          </span>
          <span className="why">
            <Prose>{columns.because[row]!}</Prose>
          </span>
          <span className="offscreen">{visible(checks[columns.check[row]!]!)}</span>
        </>
      ),
    },
    {
      id: 'subject',
      header: 'Subject',
      sort: 'subject',
      className: 'c-subject',
      cell: (row) => (
        <SubjectCell
          id={columns.id[row]!}
          name={columns.name[row]!}
          kind={meta.dictionaries.kinds[columns.kind[row]!]!}
        />
      ),
    },
    ...(several
      ? [
          {
            id: 'account',
            header: 'Account',
            sort: 'account',
            className: 'c-account',
            cell: (row: number) => {
              const accountId = accounts[columns.account[row]!]!
              return <AccountName account={accountOf.get(accountId) ?? { accountId, alias: null }} />
            },
          },
        ]
      : []),
    ...(regions.length > 0
      ? [
          {
            id: 'region',
            header: 'Region',
            sort: 'region',
            className: 'c-region',
            cell: (row: number) => {
              const region = regions[columns.region[row]!]
              return region === undefined ? <span className="dim">global</span> : <Text>{region}</Text>
            },
          },
        ]
      : []),
  ]
}

function SubjectCell({ id, name, kind }: { id: string; name: string | null; kind: string }) {
  const short = kind === 'access-key' ? keyLabel(id) : (name ?? id)
  return (
    <>
      <span className="mono subject" title={visible(id)}>
        <Text>{short}</Text>
      </span>
      <span className="why">
        {visible(kind).replace('-', ' ')}
        {kind === 'access-key' && name !== null && (
          <>
            {' of '}
            <Text>{personName(name)}</Text>
          </>
        )}
      </span>
    </>
  )
}

function Filters(props: {
  data: ReportData
  filter: FindingFilter
  onChange(changes: Record<string, string | null>): void
}) {
  const { data, filter, onChange } = props
  const options = useMemo(() => optionsOf(data), [data])
  const [more, setMore] = useState(false)
  const hidden = Number(filter.control !== '') + Number(filter.region !== '') + Number(filter.account !== '')
  const choose = (name: keyof FindingFilter) => (value: string) => onChange({ [name]: value || null })
  return (
    <div className={more ? 'choices more' : 'choices'}>
      <Choice label="Area" value={filter.group} options={options.groups} onChange={choose('group')} />
      <Choice label="Check" value={filter.check} options={options.checks} onChange={choose('check')} />
      <Choice label="Status" value={filter.status} options={STATUSES} onChange={choose('status')} />
      {options.accounts.length > 1 && (
        <Choice label="Account" value={filter.account} options={options.accounts} onChange={choose('account')} />
      )}
      {options.regions.length > 1 && (
        <Choice label="Region" value={filter.region} options={options.regions} onChange={choose('region')} />
      )}
      {options.controls.length > 0 && (
        <Choice label="Control" value={filter.control} options={options.controls} onChange={choose('control')} />
      )}
      <button type="button" className="link more-toggle" aria-expanded={more} onClick={() => setMore(!more)}>
        {more ? 'Fewer filters' : `More filters${hidden > 0 ? ` (${hidden})` : ''}`}
      </button>
    </div>
  )
}

const STATUSES: Option[] = [
  { value: 'open', label: 'open' },
  { value: 'accepted', label: 'accepted' },
]

function optionsOf({ meta, columns }: ReportData) {
  const { checks, accounts, regions, frameworks } = meta.dictionaries
  const total = (column: ArrayLike<number>, words: readonly unknown[]) => {
    const totals = words.map(() => 0)
    for (let row = 0; row < column.length; row++) if (column[row]! >= 0) totals[column[row]!]!++
    return totals
  }
  const perCheck = total(columns.check, checks)
  const summaries = new Map(meta.checks.map((check) => [check.id, check]))
  const groups = new Map<string, number>()
  for (const [i, id] of checks.entries()) {
    const group = summaries.get(id)?.group ?? 'other'
    groups.set(group, (groups.get(group) ?? 0) + perCheck[i]!)
  }
  const aliases = new Map(meta.accounts.map(({ accountId, alias }) => [accountId, alias]))
  const perAccount = total(columns.account, accounts)
  const perRegion = total(columns.region, regions)
  const somewhere = perRegion.reduce((sum, n) => sum + n, 0)
  return {
    groups: [...groups].map(([value, n]) => ({ value, label: `${groupName(value)} (${count(n)})` })),
    checks: checks
      .map((value, i) => ({
        value,
        label: `${value} (${count(perCheck[i]!)})`,
        group: groupName(summaries.get(value)?.group ?? 'other'),
      }))
      .sort(byLabel),
    accounts: accounts
      .map((value, i) => ({ value, label: `${aliases.get(value) ?? ''} ${value} (${count(perAccount[i]!)})`.trim() }))
      .sort(byLabel),
    regions: [
      ...(somewhere < columns.length
        ? [{ value: GLOBAL, label: `global (${count(columns.length - somewhere)})` }]
        : []),
      ...regions.map((value, i) => ({ value, label: `${value} (${count(perRegion[i]!)})` })).sort(byLabel),
    ],
    controls: controlOptions(frameworks),
  }
}

function controlOptions(frameworks: Record<string, string[]>[]): Option[] {
  const controls = new Map<string, Set<string>>()
  for (const entry of frameworks)
    for (const [framework, ids] of Object.entries(entry)) {
      const known = controls.get(framework) ?? new Set()
      for (const id of ids) known.add(id)
      controls.set(framework, known)
    }
  const natural = new Intl.Collator('en', { numeric: true })
  return [...controls]
    .sort(([a], [b]) => natural.compare(a, b))
    .flatMap(([framework, ids]) => [
      { value: framework, label: `any of ${frameworkName(framework)}`, group: frameworkName(framework) },
      ...[...ids].sort(natural.compare).map((id) => ({
        value: `${framework} ${id}`,
        label: `${frameworkName(framework)}: ${id}`,
        group: frameworkName(framework),
      })),
    ])
}

function byLabel(a: Option, b: Option): number {
  return a.label < b.label ? -1 : a.label > b.label ? 1 : 0
}
