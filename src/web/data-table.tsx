/** A table of any length, a page at a time: real rows for readers of every kind, sorting, paging, arrow keys. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { count } from './text.tsx'

export const PAGE_SIZE = 100

export interface Column {
  id: string
  header: string
  /** The name of its order; absent: not sortable. */
  sort?: string
  className?: string
  cell(row: number): ReactNode
}

interface Props {
  /** What the table is, for screen readers. */
  label: string
  columns: readonly Column[]
  /** Row numbers, filtered and in order. */
  rows: ArrayLike<number>
  page: number
  onPage(page: number): void
  sort: { by: string; descending: boolean }
  onSort(by: string, descending: boolean): void
  selected: number | null
  onOpen(row: number): void
  rowClass?(row: number): string
  empty: ReactNode
}

export function DataTable(props: Props) {
  const { label, columns, rows, sort, onSort, selected, onOpen, rowClass, empty } = props
  const pages = pageCount(rows.length)
  const page = Math.min(props.page, pages - 1)
  const start = page * PAGE_SIZE
  const visibleRows = Array.from({ length: Math.min(PAGE_SIZE, rows.length - start) }, (_, i) => rows[start + i]!)
  const body = useRef<HTMLTableSectionElement>(null)

  useEffect(() => {
    // the open row stays in sight while a person steps through the findings
    if (selected !== null) body.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [selected])

  const onKeyDown = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    const current = (event.target as HTMLElement).closest('tr')
    const all = [...(body.current?.rows ?? [])]
    const at = current ? all.indexOf(current) : -1
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (target !== undefined) {
      event.preventDefault()
      all[Math.max(0, Math.min(all.length - 1, target))]?.focus()
    } else if ((event.key === 'Enter' || event.key === ' ') && event.target === current && at >= 0) {
      event.preventDefault()
      onOpen(visibleRows[at]!)
    } else if (event.key === 'PageDown' && page < pages - 1) {
      event.preventDefault()
      props.onPage(page + 1)
    } else if (event.key === 'PageUp' && page > 0) {
      event.preventDefault()
      props.onPage(page - 1)
    }
  }

  if (rows.length === 0) return <p className="empty">{empty}</p>
  const focusRow = selected !== null && visibleRows.includes(selected) ? selected : visibleRows[0]
  return (
    <>
      <div className="table-frame">
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are chosen with arrow keys */}
        <table role="grid" aria-label={label} aria-rowcount={rows.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map(({ id, header, sort: by, className }) => (
                <th
                  key={id}
                  scope="col"
                  className={className}
                  aria-sort={by && sort.by === by ? (sort.descending ? 'descending' : 'ascending') : undefined}
                >
                  {by ? (
                    <button type="button" onClick={() => onSort(by, sort.by === by && !sort.descending)}>
                      {header}
                      <span className="arrow" aria-hidden="true">
                        {sort.by === by ? (sort.descending ? '▼' : '▲') : '▴'}
                      </span>
                    </button>
                  ) : (
                    header
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={onKeyDown}>
            {visibleRows.map((row, i) => (
              <tr
                key={row}
                aria-rowindex={start + i + 2}
                aria-selected={row === selected}
                tabIndex={row === focusRow ? 0 : -1}
                className={rowClass?.(row)}
                onClick={() => getSelection()?.isCollapsed !== false && onOpen(row)}
              >
                {columns.map(({ id, className, cell }) => (
                  <td key={id} className={className}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager page={page} pages={pages} total={rows.length} onPage={props.onPage} />
    </>
  )
}

export function pageCount(rows: number): number {
  return Math.max(1, Math.ceil(rows / PAGE_SIZE))
}

function Pager(props: { page: number; pages: number; total: number; onPage(page: number): void }) {
  const { page, pages, total, onPage } = props
  const from = page * PAGE_SIZE + 1
  const to = Math.min(total, from + PAGE_SIZE - 1)
  const step = (label: string, sign: string, target: number) => (
    <button
      type="button"
      className="step"
      aria-label={label}
      title={label}
      disabled={target < 0 || target >= pages || target === page}
      onClick={() => onPage(target)}
    >
      {sign}
    </button>
  )
  return (
    <nav className="pager" aria-label="Pages">
      <span className="range">
        {count(from)}–{count(to)} of {count(total)}
      </span>
      {pages > 1 && (
        <span className="steps">
          {step('First page', '«', 0)}
          {step('Previous page', '‹', page - 1)}
          <span>
            Page {count(page + 1)} of {count(pages)}
          </span>
          {step('Next page', '›', page + 1)}
          {step('Last page', '»', pages - 1)}
        </span>
      )}
    </nav>
  )
}
