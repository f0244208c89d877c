/** From an audit to the text of each format. Formats load when they are asked for. */
import type { Audit } from '../model/audit.ts'
import type { ReportFormat } from '../report/format.ts'
import type { Output } from './outputs.ts'
import { writeOutput } from './outputs.ts'
import { type Terminal, terminalFor } from './terminal.ts'
import { visible } from './visible.ts'

/** Writes the audit in each format to its file, or to standard output. */
export async function writeReports(
  audit: Audit,
  outputs: readonly Output<ReportFormat>[],
  { verbose = false }: { verbose?: boolean } = {},
): Promise<void> {
  for (const { format, file } of outputs) {
    await writeOutput(file, await reportOf(audit, format, { ...terminalFor(file), verbose }))
    if (file !== null) process.stderr.write(`wrote ${visible(file)}\n`)
  }
}

async function reportOf(
  audit: Audit,
  format: ReportFormat,
  terminal: Terminal & { verbose: boolean },
): Promise<Iterable<string>> {
  switch (format) {
    case 'terminal':
      return [(await import('../report/terminal.ts')).terminalReport(audit, terminal)]
    case 'json':
      return (await import('../report/json.ts')).jsonReport(audit)
    case 'ndjson':
      return (await import('../report/ndjson.ts')).ndjsonReport(audit)
    case 'csv':
      return (await import('../report/csv.ts')).csvReport(audit)
    case 'markdown':
      return (await import('../report/markdown.ts')).markdownReport(audit)
    case 'sarif':
      return (await import('../report/sarif.ts')).sarifReport(audit)
    case 'ocsf':
      return (await import('../report/ocsf.ts')).ocsfReport(audit)
    case 'html': {
      const [{ htmlReport }, { loadReportTemplate }] = await Promise.all([
        import('../report/html.ts'),
        import('./report-template.ts'),
      ])
      return htmlReport(audit, await loadReportTemplate())
    }
  }
}
