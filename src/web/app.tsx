/** The page: header, the five views, and what is printed. The shell around it hands in the data. */
import { useEffect, useMemo, useState } from 'react'
import type { PageMeta } from '../report/page-data.ts'
import { AboutView } from './about-view.tsx'
import { CoverageView } from './coverage-view.tsx'
import { FindingIndex } from './finding-query.ts'
import { FindingsView } from './findings-view.tsx'
import { Header } from './header.tsx'
import { KeysView } from './keys-view.tsx'
import { Overview } from './overview.tsx'
import { usePrinting } from './printing.ts'
import type { ReportData } from './report-data.ts'
import { hrefOf, useRoute, type View } from './route.ts'
import { count, Text } from './text.tsx'

export function App({ meta, load }: { meta: PageMeta; load: Promise<ReportData> }) {
  const [data, setData] = useState<ReportData | null>(null)
  /** Whether the search knows the evidence and the remedies too. */
  const [complete, setComplete] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const route = useRoute()
  const printing = usePrinting()

  useEffect(() => {
    load.then(setData, (cause: unknown) => setError(cause instanceof Error ? cause.message : String(cause)))
  }, [load])

  const index = useMemo(() => data && new FindingIndex(data), [data])
  useEffect(() => {
    if (!data || !index) return
    document.documentElement.dataset.state = 'ready'
    index.readDetails(data.details, idle).then(
      () => {
        document.documentElement.dataset.state = 'complete'
        setComplete(true)
      },
      (cause: unknown) => setError(cause instanceof Error ? cause.message : String(cause)),
    )
  }, [data, index])

  return (
    <>
      {/* a button, not a link: the part of the address behind # belongs to the views */}
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Header meta={meta} />
      <Tabs view={route.view} meta={meta} />
      <main id="main" tabIndex={-1}>
        {meta.notes.map((note) => (
          <p className="notice warn" key={note}>
            <Text>{note}</Text>
          </p>
        ))}
        {error !== null && (
          <p className="notice bad" role="alert">
            This report cannot be read in full: {error}
          </p>
        )}
        {data && index ? (
          <>
            {route.view === 'overview' && <Overview data={data} />}
            {route.view === 'findings' && (
              <FindingsView data={data} index={index} complete={complete} route={route} printing={printing} />
            )}
            {route.view === 'keys' && <KeysView data={data} route={route} printing={printing} />}
            {route.view === 'coverage' && <CoverageView data={data} printing={printing} />}
            {route.view === 'about' && <AboutView data={data} />}
          </>
        ) : (
          error === null && (
            <p className="boot" role="status">
              Unpacking {count(meta.findings)} findings…
            </p>
          )
        )}
      </main>
    </>
  )
}

function Tabs({ view, meta }: { view: View; meta: PageMeta }) {
  const tabs: [View, string, number | null][] = [
    ['overview', 'Overview', null],
    ['findings', 'Findings', meta.findings],
    ['keys', 'Access keys', meta.keys],
    ['coverage', 'Not evaluated', meta.summary.checks.notEvaluated],
    ['about', 'Checks', meta.checks.length],
  ]
  return (
    <nav className="tabs" aria-label="Views">
      {tabs.map(([id, label, n]) => (
        <a key={id} href={hrefOf(id)} aria-current={view === id ? 'page' : undefined}>
          {label}
          {n !== null && <span className="tab-count">{count(n)}</span>}
        </a>
      ))}
    </nav>
  )
}

/** Until the browser has nothing better to do. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 200 })
    else setTimeout(resolve, 10)
  })
}
