/** The report's shell: reads the data that lies in the document, and shows the page. */
import { createRoot } from 'react-dom/client'
import type { PageMeta } from '../report/page-data.ts'
import { App } from './app.tsx'
import { readEmbedded, readEmbeddedText } from './embedded-data.ts'
import { loadReport } from './report-data.ts'
import './styles.css'

async function start(root: HTMLElement) {
  if (typeof DecompressionStream === 'undefined')
    throw new Error('this browser is too old for the report: it needs Chrome 80, Firefox 113, Safari 16.4 or newer')
  const meta = (await readEmbedded('meta')) as PageMeta
  const account = meta.accounts.length === 1 ? meta.accounts[0]!.accountId : `${meta.accounts.length} accounts`
  document.title = `${meta.tool.name}: ${account}, ${meta.collectedAt.slice(0, 10)}`
  createRoot(root).render(<App meta={meta} load={loadReport(meta, readEmbedded, readEmbeddedText)} />)
}

const root = document.getElementById('root')!
start(root).catch((error: unknown) => {
  root.textContent = `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`
  root.className = 'boot'
})
