// Fails when any package that is installed, or brought to users, has a licence that is not permissive.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
])
/** Allowed for tools that build and test the project, never for what users install. */
const BUILD_ONLY = new Set(['MPL-2.0', 'CC-BY-4.0'])

/** Whether an SPDX expression leaves a permissive choice. */
function allowed(expression, dev) {
  const ok = (id) => PERMISSIVE.has(id) || (dev && BUILD_ONLY.has(id))
  return expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((id) => ok(id.trim())))
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const wrong = []
let count = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '' || entry.link) continue
  const manifest = join(path, 'package.json')
  // packages for other platforms are not installed here; the lock file knows their licence
  const declared = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : entry
  const licence =
    declared.license?.type ?? declared.license ?? entry.license ?? declared.licenses?.map((l) => l.type).join(' OR ')
  count++
  if (!licence || !allowed(String(licence), entry.dev === true || entry.devOptional === true))
    wrong.push(`${path.replace(/^.*node_modules\//, '')} ${entry.version}: ${licence ?? 'no licence'}`)
  if (entry.hasInstallScript && !entry.dev && !entry.devOptional && !entry.optional)
    wrong.push(`${path.replace(/^.*node_modules\//, '')} ${entry.version}: needs an install script, which npm blocks`)
}
if (wrong.length > 0) {
  console.error(
    `licences: ${wrong.length} of ${count} packages are not allowed\n${wrong.map((line) => `  ${line}`).join('\n')}`,
  )
  process.exit(1)
}
console.log(`licences: ${count} packages, all permissive`)
