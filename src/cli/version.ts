/** Name and version of this tool, from its package.json. */
import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

export const TOOL = { name: 'keyreeve', version }
