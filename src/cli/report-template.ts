import { readFile } from 'node:fs/promises'
import { builtFile } from './built-file.ts'

/** The page of the HTML report. */
export async function loadReportTemplate(): Promise<string> {
  return readFile(builtFile('web/report.html'), 'utf8')
}
