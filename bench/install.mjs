// Question: how long does `npm install` of the package take, and how large is it with all it brings?
// Packs this checkout and installs it into an empty folder, once with a cold npm cache and once with a warm one.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { table } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'keyreeve-install-'))
const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root))
const install = () => {
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
  rmSync(join(folder, 'package-lock.json'), { force: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const started = performance.now()
  npm(['install', '--cache', join(folder, 'cache'), '--no-audit', '--no-fund', filename], folder)
  return ((performance.now() - started) / 1000).toFixed(1)
}
const cold = install()
const warm = install()
const files = readdirSync(join(folder, 'node_modules'), { withFileTypes: true, recursive: true }).filter((e) =>
  e.isFile(),
)
const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
const packages = npm(['ls', '--all', '--parseable'], folder).trim().split('\n').length - 1
console.log(
  table(['cold cache, s', 'warm cache, s', 'packages', 'MB'], [[cold, warm, packages, (bytes / 1048576).toFixed(0)]]),
)
rmSync(folder, { recursive: true })
