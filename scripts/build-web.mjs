// Builds the page of the HTML report into one file: script, style and icon inside, nothing to load.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'

const web = fileURLToPath(new URL('../src/web/', import.meta.url))

const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#0f766e" stroke-width="4"><circle cx="11" cy="12" r="7"/><path d="M16 17 28 29M23 24l3-3"/></svg>',
  )

/** The packages in the page's script. */
const BUNDLED = ['react', 'react-dom', 'scheduler']

/** @param {string} outDir where `web/report.html` goes */
export async function buildWeb(outDir) {
  const { output } = await bundle()

  const chunks = output.filter(({ type }) => type === 'chunk')
  const assets = output.filter(({ type }) => type === 'asset')
  if (chunks.length !== 1 || assets.length !== 1 || !assets[0].fileName.endsWith('.css'))
    throw new Error(
      `the page must be one script and one style, not ${output.map(({ fileName }) => fileName).join(', ')}`,
    )

  const foreign = chunks[0].moduleIds.flatMap((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? [])
  const unnamed = new Set(foreign.filter((name) => !BUNDLED.includes(name)))
  if (unnamed.size > 0) throw new Error(`the page contains ${[...unnamed].join(', ')}, whose licence it must name`)

  const script = forElement(chunks[0].code.trim())
  const style = String(assets[0].source).trim()
  if (/<\/style/i.test(style)) throw new Error('the style would close its own element')

  // INVARIANT: the page runs no script and no style but these two, and reaches nothing
  const csp = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

  const parts = { csp, icon: ICON, style, script, licences: await licences() }
  const source = await readFile(join(web, 'index.html'), 'utf8')
  const html = source.replace(
    /\{(csp|icon)\}|\/\*(style|script)\*\/|<!--(licences)-->/g,
    (_, a, b, c) => parts[a ?? b ?? c],
  )
  await mkdir(join(outDir, 'web'), { recursive: true })
  await writeFile(join(outDir, 'web', 'report.html'), html)
}

/** The page for production, whatever the environment around the build says of itself. */
async function bundle() {
  const environment = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  try {
    const result = await build({
      root: web,
      configFile: false,
      logLevel: 'warn',
      mode: 'production',
      build: {
        write: false,
        target: 'es2022',
        cssCodeSplit: false,
        assetsInlineLimit: Number.MAX_SAFE_INTEGER,
        modulePreload: false,
        rolldownOptions: { input: join(web, 'main.tsx'), output: { format: 'iife' } },
      },
    })
    return Array.isArray(result) ? result[0] : result
  } finally {
    if (environment === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = environment
  }
}

/** Every report is a copy of what is bundled in it, so it carries the notices that their licences ask for. */
async function licences() {
  const names = new Map()
  for (const name of BUNDLED) {
    const text = await readFile(new URL(`../node_modules/${name}/LICENSE`, import.meta.url), 'utf8')
    names.set(text.trim(), [...(names.get(text.trim()) ?? []), name])
  }
  const notices = [...names].map(([text, packages]) => `This page contains ${packages.join(', ')}:\n\n${text}`)
  return `<!--\n${notices.join('\n\n').replaceAll('--', '- -')}\n-->`
}

/** A script that says `</script` or `<!--` in a string, so that the HTML parser does not hear it. */
function forElement(code) {
  return code.replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--')
}

function hash(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await buildWeb(fileURLToPath(new URL('../dist/', import.meta.url)))
