/**
 * Writes the JSON Schemas of the published documents to schemas/. With --check it only says which are out of date.
 * Runs on the build: `npm run build && node scripts/schemas.mjs`
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'

const { jsonSchemas } = await import('../dist/report/schema.js')
const folder = new URL('../schemas/', import.meta.url)
const check = process.argv.includes('--check')
let stale = 0

await mkdir(folder, { recursive: true })
for (const [name, schema] of Object.entries(jsonSchemas())) {
  const file = new URL(name, folder)
  const wanted = `${JSON.stringify(schema, null, 2)}\n`
  const present = await readFile(file, 'utf8').catch(() => null)
  if (present === wanted) continue
  if (check) {
    stale++
    console.error(`schemas/${name} is out of date: run node scripts/schemas.mjs`)
  } else {
    await writeFile(file, wanted)
    console.log(`wrote schemas/${name}`)
  }
}
if (stale > 0) process.exitCode = 1
