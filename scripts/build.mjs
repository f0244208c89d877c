// Builds dist/: the command and library with their types, and the HTML report's page.
// Made in a folder of its own and then put in place, so that nobody ever runs half a build.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildCommand } from './build-command.mjs'
import { buildWeb } from './build-web.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const fresh = mkdtempSync(join(root, '.build-'))
try {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', fresh], {
    stdio: 'inherit',
  })
  await buildCommand(fresh)
  chmodSync(join(fresh, 'cli', 'main.cjs'), 0o755)
  await buildWeb(fresh)
  chmodSync(fresh, 0o755)
  const dist = join(root, 'dist')
  rmSync(dist, { recursive: true, force: true })
  renameSync(fresh, dist)
} catch (error) {
  rmSync(fresh, { recursive: true, force: true })
  if (error.status === undefined) throw error // else tsc has said what is wrong
  process.exitCode = 1
}
