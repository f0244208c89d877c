import { readFile } from 'node:fs/promises'

/**
 * The page of the HTML report, as `npm run build` leaves it beside the compiled code: `dist/web/report.html`.
 * From the sources (in tests) it is the same built file.
 */
export async function loadReportTemplate(): Promise<string> {
  const compiled = import.meta.url.endsWith('.js')
  return readFile(new URL(compiled ? '../web/report.html' : '../../dist/web/report.html', import.meta.url), 'utf8')
}
