/**
 * Draws the imports and prints the ones that go against the arrows of ARCHITECTURE.md.
 * The order is the flow: a folder may import those that come before it, and no others.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

/** What each folder may import. `.` is the files directly in `src/`: the flow. */
const MAY_IMPORT: Record<string, string[]> = {
  model: [],
  policy: ['model'],
  reach: ['model', 'policy'],
  scan: ['model'],
  trail: ['model', 'policy'],
  aws: ['model'],
  // `scan`: an account's configuration goes to the same sink as any other source of bytes
  collect: ['model', 'aws', 'scan'],
  checks: ['model', 'policy', 'reach'],
  fix: ['model', 'policy', 'reach', 'aws'],
  report: ['model'],
  web: ['model', 'report'],
  server: ['model', 'report'],
  sandbox: ['model', 'policy', 'reach'],
  '.': ['model', 'policy', 'reach', 'checks', 'fix'],
  cli: [
    '.',
    'model',
    'policy',
    'reach',
    'scan',
    'trail',
    'aws',
    'collect',
    'checks',
    'fix',
    'report',
    'server',
    'sandbox',
  ],
}
/** The public API re-exports everything; nothing inside imports it. */
const PUBLIC = 'index.ts'

interface Import {
  from: string
  to: string
  /** What is imported: `./x.ts`, `node:fs`, `zod`. */
  specifier: string
  typeOnly: boolean
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...found].map((match) => {
    const specifier = match[2] ?? match[3]!
    const to = specifier.startsWith('.') ? relative(SRC, resolve(dirname(file), specifier)) : specifier
    return { from: relative(SRC, file), to, specifier, typeOnly: match[1] !== undefined }
  })
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '.'
}

const IMPORTS = sources(SRC).flatMap(importsOf)
const between = IMPORTS.filter(({ specifier }) => specifier.startsWith('.'))

it('reads the imports it is to judge', () => {
  expect(between.length).toBeGreaterThan(50)
})

it('every folder of src/ has its place in the order', () => {
  const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(folders.map(({ name }) => name).filter((name) => !(name in MAY_IMPORT))).toEqual([])
})

it('no import goes against the arrows', () => {
  const wrong = between.filter(({ from, to }) => {
    if (from === PUBLIC) return false
    const [source, target] = [folderOf(from), folderOf(to)]
    return source !== target && !MAY_IMPORT[source]?.includes(target)
  })
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

it('nothing inside imports the public API', () => {
  expect(between.filter(({ to }) => to === PUBLIC).map(({ from }) => from)).toEqual([])
})

it('the AWS SDK is loaded only where AWS is called, and in the sandbox that speaks its protocols', () => {
  const wrong = IMPORTS.filter(
    ({ from, specifier, typeOnly }) =>
      /^@(aws-sdk|smithy)\//.test(specifier) && !typeOnly && !['aws', 'collect', 'sandbox'].includes(folderOf(from)),
  )
  expect(wrong.map(({ from, specifier }) => `${from} -> ${specifier}`)).toEqual([])
})

it('what is between evidence and plan does no I/O', () => {
  const pure = ['model', 'policy', 'reach', 'checks', '.']
  const io = /^node:(fs|fs\/promises|net|http|https|child_process|worker_threads|dns|os|tls|dgram|readline)$/
  const wrong = IMPORTS.filter(
    ({ from, specifier }) => pure.includes(folderOf(from)) && from !== PUBLIC && io.test(specifier),
  )
  expect(wrong.map(({ from, specifier }) => `${from} -> ${specifier}`)).toEqual([])
})

it('what is between evidence and plan reads no clock', () => {
  const clock = /\bDate\.now\(|\bnew Date\(\s*\)|\bperformance\.now\(/
  const wrong = sources(SRC)
    .filter((file) => ['model', 'policy', 'reach', 'checks', 'report', '.'].includes(folderOf(relative(SRC, file))))
    .filter((file) => clock.test(readFileSync(file, 'utf8')))
  expect(wrong.map((file) => relative(SRC, file))).toEqual([])
})

it('only the command writes to the terminal or ends the process', () => {
  const wrong = sources(SRC)
    .filter((file) => !['cli', 'web'].includes(folderOf(relative(SRC, file))))
    .filter((file) => /\bconsole\.\w+\(|\bprocess\.exit\(|\bprocess\.std(out|err)\b/.test(readFileSync(file, 'utf8')))
  expect(wrong.map((file) => relative(SRC, file))).toEqual([])
})
