/** The keys: every access key with its owner, age, last use, what is wrong and what to do. Worst first. */
import { useDeferredValue, useMemo } from 'react'
import type { KeyRow } from '../model/dossier.ts'
import { SEVERITIES } from '../model/finding.ts'
import { type Column, DataTable, PAGE_SIZE } from './data-table.tsx'
import { Drawer } from './drawer.tsx'
import { Choice, SearchField, useSearchText } from './filters.tsx'
import { AccountName } from './header.tsx'
import { AGE_BUCKETS, ageBucketOf, KeyAgeChart } from './key-age-chart.tsx'
import { KeyDetails, LastUsed, ownerName } from './key-details.tsx'
import { ListHead } from './list-head.tsx'
import { PRINT_LIMIT } from './printing.ts'
import type { ReportData } from './report-data.ts'
import { go, hrefOf, hrefWith, type Route } from './route.ts'
import { SeverityBadge } from './severity.tsx'
import { tableAddress, usePage } from './table-address.ts'
import { count, duration, keyLabel, plural, Text, visible } from './text.tsx'

/** What the orders compare; `worst` is the order the keys come in. */
const SORT_KEYS: Record<string, (key: KeyRow) => number | string> = {
  owner: (key) => ownerName(key).toLowerCase(),
  key: (key) => key.subjectId,
  account: (key) => key.accountId,
  age: (key) => key.ageDays ?? -1,
  used: (key) => (key.lastUsedKnown ? (key.lastUsed?.date ?? '0') : ''),
  status: (key) => key.status,
  findings: (key) => key.findings.length,
  next: (key) => key.nextAction,
}
const ORDERS = ['worst', ...Object.keys(SORT_KEYS)] as const

export function KeysView({ data, route, printing }: { data: ReportData; route: Route; printing: boolean }) {
  const { params } = route
  const [text, setText] = useSearchText(route)
  const word = useDeferredValue(text)
  const { sort, descending, open, filterBy, sortBy, openRow } = tableAddress(route, text, ORDERS)
  const status = params.get('status') ?? ''
  const severity = params.get('severity') ?? ''
  const account = params.get('account') ?? ''
  const age = params.get('age') ?? ''

  const texts = useMemo(() => data.keys.map((key) => textOf(data, key)), [data])
  const rows = useMemo(() => {
    const words = word.toLowerCase().split(/\s+/).filter(Boolean)
    const found: number[] = []
    for (const [i, key] of data.keys.entries()) {
      if (status && key.status !== status) continue
      if (severity && (key.severity ?? 'none') !== severity) continue
      if (account && key.accountId !== account) continue
      if (age && ageBucketOf(key) !== age) continue
      if (words.every((each) => texts[i]!.includes(each))) found.push(i)
    }
    return sorted(found, data.keys, sort, descending)
  }, [data, texts, word, status, severity, account, age, sort, descending])

  const selected = open === null ? -1 : data.keys.findIndex((key) => idOf(key) === open)
  const at = rows.indexOf(selected)
  const [page, setPage] = usePage(route, at >= 0 ? Math.floor(at / PAGE_SIZE) : 0)
  const columns = useMemo(() => columnsOf(data), [data])
  const show = (row: number) => openRow(idOf(data.keys[row]!))
  const step = (by: 1 | -1) => {
    const target = rows[at + by]
    if (at >= 0 && target !== undefined) go(hrefWith(route, { open: idOf(data.keys[target]!), page: null }), 'replace')
  }

  if (printing) return <PrintedKeys data={data} rows={rows} columns={columns} />
  return (
    <div className={selected < 0 ? 'with-drawer' : 'with-drawer open'}>
      <div className="list">
        <search className="filters">
          <SearchField
            value={text}
            onChange={setText}
            label="Search the keys"
            placeholder="Search keys: an ID, an owner, a service…"
          />
          <div className="choices">
            <Choice
              label="Status"
              value={status}
              options={['active', 'inactive'].map((value) => ({ value, label: value }))}
              onChange={(value) => filterBy({ status: value })}
            />
            <Choice
              label="Severity"
              value={severity}
              options={[...SEVERITIES, 'none'].map((value) => ({ value, label: value }))}
              onChange={(value) => filterBy({ severity: value })}
            />
            <Choice
              label="Age"
              value={age}
              options={[...AGE_BUCKETS, { id: 'unknown', label: 'unknown' }].map(({ id, label }) => ({
                value: id,
                label,
              }))}
              onChange={(value) => filterBy({ age: value })}
            />
            {data.meta.accounts.length > 1 && (
              <Choice
                label="Account"
                value={account}
                options={data.meta.accounts.map(({ accountId, alias }) => ({
                  value: accountId,
                  label: `${alias ?? ''} ${accountId}`.trim(),
                }))}
                onChange={(value) => filterBy({ account: value })}
              />
            )}
          </div>
        </search>
        {data.keys.length > 0 && (
          <details className="chart-fold">
            <summary>Keys by age</summary>
            <KeyAgeChart keys={data.keys} selected={age} />
          </details>
        )}
        <ListHead
          shown={rows.length}
          all={data.keys.length}
          noun="access key"
          isFiltered={params.size > 0}
          onClear={() => {
            setText('')
            go(hrefOf('keys'))
          }}
        />
        <DataTable
          label="Access keys"
          columns={columns}
          rows={rows}
          page={page}
          onPage={setPage}
          sort={{ by: sort, descending }}
          onSort={sortBy}
          selected={selected < 0 ? null : selected}
          onOpen={show}
          rowClass={(row) => (data.keys[row]!.status === 'inactive' ? 'inactive' : '')}
          empty={
            data.keys.length === 0
              ? 'No access keys were found.'
              : 'No key matches. Clear a filter, or search for less.'
          }
        />
      </div>
      {selected >= 0 && (
        <Drawer label="Dossier" of={open!} onClose={() => openRow(null)} onStep={at >= 0 ? step : undefined}>
          <KeyDetails data={data} keyRow={data.keys[selected]!} />
        </Drawer>
      )}
    </div>
  )
}

function idOf({ accountId, subjectId }: KeyRow): string {
  return `${accountId} ${subjectId}`
}

function textOf({ meta }: ReportData, key: KeyRow): string {
  const alias = meta.accounts.find(({ accountId }) => accountId === key.accountId)?.alias
  const parts = [
    key.subjectId,
    ownerName(key),
    key.owner.arn,
    key.accountId,
    alias,
    key.status,
    key.severity,
    key.nextAction,
    key.lastUsed?.service,
    key.lastUsed?.region,
    ...key.findings,
  ]
  return parts.filter(Boolean).join('\n').toLowerCase()
}

/** Equal ones stay worst first, in either direction. */
function sorted(rows: number[], keys: readonly KeyRow[], sort: string, descending: boolean): number[] {
  const keyOf = SORT_KEYS[sort]
  if (!keyOf) return descending ? rows.reverse() : rows
  const values = new Map(rows.map((row) => [row, keyOf(keys[row]!)]))
  const sign = descending ? -1 : 1
  return rows.sort((a, b) => {
    const x = values.get(a)!
    const y = values.get(b)!
    return x < y ? -sign : x > y ? sign : a - b
  })
}

function columnsOf({ keys, meta }: ReportData): Column[] {
  const accountOf = new Map(meta.accounts.map((account) => [account.accountId, account]))
  const titleOf = new Map(meta.checks.map(({ id, title }) => [id, title]))
  const oldest = Math.max(90, ...keys.slice(0, 5_000).map(({ ageDays }) => ageDays ?? 0))
  return [
    {
      id: 'severity',
      header: 'Severity',
      sort: 'worst',
      className: 'c-severity',
      cell: (row) => {
        const { severity } = keys[row]!
        return severity ? <SeverityBadge severity={severity} /> : <span className="dim">–</span>
      },
    },
    {
      id: 'key',
      header: 'Access key',
      sort: 'key',
      className: 'c-key',
      cell: (row) => {
        const { subjectId } = keys[row]!
        return (
          <span className="mono subject">
            <Text>{keyLabel(subjectId)}</Text>
          </span>
        )
      },
    },
    {
      id: 'owner',
      header: 'Owner',
      sort: 'owner',
      className: 'c-owner',
      cell: (row) => {
        const key = keys[row]!
        return key.owner.kind === 'root' ? <b className="root">root user</b> : <Text>{key.owner.name}</Text>
      },
    },
    ...(meta.accounts.length > 1
      ? [
          {
            id: 'account',
            header: 'Account',
            sort: 'account',
            className: 'c-account',
            cell: (row: number) => {
              const { accountId } = keys[row]!
              return <AccountName account={accountOf.get(accountId) ?? { accountId, alias: null }} />
            },
          },
        ]
      : []),
    {
      id: 'status',
      header: 'Status',
      sort: 'status',
      className: 'c-status',
      cell: (row) => <span className={`tag status-${keys[row]!.status}`}>{keys[row]!.status}</span>,
    },
    {
      id: 'age',
      header: 'Age',
      sort: 'age',
      className: 'c-age',
      cell: (row) => <Age days={keys[row]!.ageDays} most={oldest} />,
    },
    {
      id: 'used',
      header: 'Last used',
      sort: 'used',
      className: 'c-used',
      cell: (row) => {
        const key = keys[row]!
        return <LastUsed keyRow={key} asOf={accountOf.get(key.accountId)?.collectedAt ?? meta.collectedAt} />
      },
    },
    {
      id: 'findings',
      header: 'Findings',
      sort: 'findings',
      className: 'c-findings',
      cell: (row) => {
        const { findings } = keys[row]!
        if (findings.length === 0) return <span className="dim">none</span>
        const [first = '', ...more] = findings
        return (
          <span title={findings.map((id) => visible(titleOf.get(id) ?? id)).join('\n')}>
            <span className="mono">
              <Text>{first}</Text>
            </span>
            {more.length > 0 && <span className="dim"> +{more.length}</span>}
          </span>
        )
      },
    },
    {
      id: 'next',
      header: 'Next action',
      sort: 'next',
      className: 'c-next',
      cell: (row) => {
        const { nextAction } = keys[row]!
        return nextAction === 'none' ? <span className="dim">none</span> : <Text>{nextAction}</Text>
      },
    },
  ]
}

/** The number, and under it a line as long as the key is old. */
function Age({ days, most }: { days: number | null; most: number }) {
  if (days === null) return <span className="dim">not known</span>
  return (
    <span title={plural(days, 'day')}>
      {duration(days)}
      <svg className="age-line" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
        <rect x="0" y="0" width="100" height="3" className="track" />
        <rect x="0" y="0" width={Math.max(1, (100 * days) / most)} height="3" className={days > 90 ? 'old' : 'young'} />
      </svg>
    </span>
  )
}

function PrintedKeys(props: { data: ReportData; rows: readonly number[]; columns: readonly Column[] }) {
  const { data, rows, columns } = props
  return (
    <section className="printed">
      <h2>Access keys</h2>
      <p>
        {plural(rows.length, 'key')} of {count(data.keys.length)}
        {rows.length > PRINT_LIMIT && `; the first ${count(PRINT_LIMIT)} are printed, worst first as filtered`}.
      </p>
      <table>
        <thead>
          <tr>
            {columns.map(({ id, header }) => (
              <th key={id} scope="col">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, PRINT_LIMIT).map((row) => (
            <tr key={row}>
              {columns.map(({ id, cell, className }) => (
                <td key={id} className={className}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
