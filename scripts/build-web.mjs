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

/** @param {string} outDir where `web/report.html` goes */
export async function buildWeb(outDir) {
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
  const { output } = Array.isArray(result) ? result[0] : result
  const chunks = output.filter(({ type }) => type === 'chunk')
  const assets = output.filter(({ type }) => type === 'asset')
  if (chunks.length !== 1 || assets.length !== 1 || !assets[0].fileName.endsWith('.css'))
    throw new Error(
      `the page must be one script and one style, not ${output.map(({ fileName }) => fileName).join(', ')}`,
    )

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

  const parts = { csp, icon: ICON, style, script }
  const source = await readFile(join(web, 'index.html'), 'utf8')
  const html = source.replace(/\{(csp|icon)\}|\/\*(style|script)\*\//g, (_, a, b) => parts[a ?? b])
  await mkdir(join(outDir, 'web'), { recursive: true })
  await writeFile(join(outDir, 'web', 'report.html'), html)
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
