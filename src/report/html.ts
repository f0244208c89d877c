/** The HTML report: one file with the page and its data, that asks no network and runs no script but its own. */
import { deflateSync } from 'node:zlib'
import type { Audit } from '../model/audit.ts'
import { BLOCK_ID_PREFIX, pageBlocks } from './page-data.ts'

/** Where the template wants its data. */
export const DATA_PLACEHOLDER = '<!--keyreeve:data-->'

/**
 * The report in pieces, to be written one after the other.
 *
 * INVARIANT: nothing of the audit gets into the markup except as base64, so no name, tag or policy text can ever close
 * an element or start one, whatever it says. The page turns it back into text, never into HTML.
 *
 * Deflate in the zlib format and not gzip: gzip's header names the operating system, and the same audit should give the
 * same file everywhere.
 *
 * @param template the built page, from `loadReportTemplate()`
 */
export function* htmlReport(audit: Audit, template: string): Iterable<string> {
  const [before, after, ...more] = template.split(DATA_PLACEHOLDER)
  if (before === undefined || after === undefined || more.length > 0)
    throw new TypeError('the report template must have exactly one place for its data')
  yield before
  for (const { id, data } of pageBlocks(audit)) {
    const packed = deflateSync(JSON.stringify(data), { level: 6 }).toString('base64')
    yield `<script type="application/octet-stream" id="${BLOCK_ID_PREFIX}${id}">${packed}</script>\n`
  }
  yield after
}
