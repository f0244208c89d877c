// Builds dist/: the command and library with their types, and the HTML report's page.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
try {
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
} catch {
  process.exit(1) // tsc has said what is wrong
}
chmodSync(join(dist, 'cli', 'main.js'), 0o755)

const web = join(root, 'scripts', 'build-web.mjs')
if (existsSync(web)) {
  const { buildWeb } = await import('./build-web.mjs')
  await buildWeb(join(dist, 'web'))
}
