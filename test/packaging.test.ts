/** The package as users get it: packed, installed into an empty folder, and run there. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MEGABYTE = 1024 * 1024

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

describe('the package', () => {
  let folder: string
  const run = (...args: string[]) =>
    execFileSync(join(folder, 'node_modules', '.bin', 'keyreeve'), args, { cwd: folder, encoding: 'utf8' })

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyreeve-package-'))
    // where no registry answers, npm tries for longer than anybody waits
    const npm = (args: string[], cwd: string) =>
      execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 200_000 })
    const [packed] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT))
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
    npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', packed.filename], folder)
  }, 240_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('runs in an empty folder', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(run('--version').trim()).toBe(version)
    expect(run('--help')).toContain('keyreeve audit')
    expect(run('explain', 'key-age')).toContain('rotation')
  })

  it('works as a library', () => {
    const program =
      "import { audit, CHECKS } from 'keyreeve'; console.log(audit([], { tool: { name: 'x', version: '1' } }).findings.length, CHECKS.length > 2)"
    expect(
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder, encoding: 'utf8' }),
    ).toBe('0 true\n')
  })

  it('holds its schemas, its page and its licence, and no sources or tests', () => {
    const files = readdirSync(join(folder, 'node_modules', 'keyreeve'), { recursive: true }).map(String)
    for (const file of [
      'LICENSE',
      'README.md',
      'schemas/snapshot.schema.json',
      'schemas/audit.schema.json',
      'dist/web/report.html',
    ])
      expect(files).toContain(file)
    expect(files.filter((file) => /\.test\.|^src\/|^test\//.test(file))).toEqual([])
  })

  it('carries the licence of every package that is built into the command', () => {
    const dist = join(folder, 'node_modules', 'keyreeve', 'dist')
    const chunks = join(dist, 'chunks')
    const text = [
      join(dist, 'cli', 'program.js'),
      ...readdirSync(chunks)
        .filter((file) => file.endsWith('.js'))
        .map((file) => join(chunks, file)),
    ]
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const packages = new Set(
      [...text.matchAll(/^\/\/.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name),
    )
    expect([...packages].sort()).toEqual(['commander', 'picocolors'])
    const licences = readFileSync(join(chunks, 'LICENCES'), 'utf8')
    for (const name of packages) expect(licences).toMatch(new RegExp(`contain ${name}:[^]*Permission`))
    // programs without comments say nothing of what is in them; the build does
    expect([...licences.matchAll(/contain (.+):$/gm)].map(([, name]) => name)).toEqual(['commander', 'picocolors'])
  })

  it('stays under 200 MB with all it brings', () => {
    expect(sizeOf(join(folder, 'node_modules')) / MEGABYTE).toBeLessThan(200)
  })

  it('needs no install script', () => {
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
    const scripts = Object.entries<{ hasInstallScript?: boolean }>(lock.packages).filter(
      ([, entry]) => entry.hasInstallScript,
    )
    expect(scripts.map(([name]) => name)).toEqual([])
  })
})

it('the lock file has every dependency for every platform, or `npm ci` refuses it', () => {
  type Entry = Partial<Record<'dependencies' | 'optionalDependencies', Record<string, string>>>
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Entry>
  }
  const isLocked = (path: string, name: string): boolean => {
    if (Object.hasOwn(packages, `${path === '' ? '' : `${path}/`}node_modules/${name}`)) return true
    const outer = path.lastIndexOf('/node_modules/')
    return path !== '' && isLocked(outer === -1 ? '' : path.slice(0, outer), name)
  }
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isLocked(path, name)),
  )
  expect(missing).toEqual([])
})
