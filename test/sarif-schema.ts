/** Holds a log against the official SARIF schema, as the SARIF SDK ships it. It is of draft 7 but for its `id`. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'

const schemaFile = join(
  dirname(createRequire(import.meta.url).resolve('@microsoft/jest-sarif')),
  'schemas/sarif-2.1.0-rtm.5.json',
)
const { id, $schema: _, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8'))
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)

/** Says no with reasons in `isSarif.errors`. */
export const isSarif = ajv.compile({ $id: id, ...schema })
