// Makes the pictures of the README from the example organization: `npm run build && node scripts/pictures.mjs`
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'dist', 'cli', 'main.cjs')
const folder = mkdtempSync(join(tmpdir(), 'keyreeve-pictures-'))

const sandbox = spawn(process.execPath, [cli, 'sandbox', '--port', '0', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const { endpoint, region, accessKeyId, secretAccessKey } = JSON.parse(String((await once(sandbox.stdout, 'data'))[0]))
const run = (args, env = {}) => {
  // exit code 1 says that something was found
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1e8,
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...env,
    },
  })
  if (status !== 0 && status !== 1) throw new Error(`${args.join(' ')} failed: ${stderr}`)
  return stdout
}

// all four kinds of evidence: where keys lie, who uses them, the account, and what they open
run(['trail', 'ingest', 's3://meridian-trail'])
run(['scan', '--account', '--save'])
run(['audit', '--output', 'audit.html', '--ssh-keys'])
const { keys: rows } = JSON.parse(run(['keys', '--json']))
const shown = rows.find(({ owner }) => owner.name === 'returns-portal')
const keys = run(['keys', '--no-leaks'], { FORCE_COLOR: '1', COLUMNS: '132' })
sandbox.kill()

const COLORS = {
  31: '#f7768e',
  32: '#9ece6a',
  33: '#e0af68',
  34: '#7aa2f7',
  35: '#bb9af7',
  36: '#7dcfff',
  90: '#737aa2',
  91: '#ff7a93',
}
/** Terminal text as HTML: bold, dim and colours. */
function html(text) {
  const state = {}
  return text
    .split(/(\x1b\[[\d;]*m)/)
    .map((part) => {
      const codes = part.match(/^\x1b\[([\d;]*)m$/)
      if (!codes) {
        const style = `${state.color ? `color:${state.color};` : ''}${state.bold ? 'font-weight:700;' : ''}${state.dim ? 'opacity:.65;' : ''}`
        return `<span style="${style}">${part.replace(/[&<]/g, (c) => (c === '&' ? '&amp;' : '&lt;'))}</span>`
      }
      for (const code of codes[1].split(';').map(Number)) {
        if (code === 0) Object.assign(state, { bold: false, dim: false, color: undefined })
        else if (code === 1) state.bold = true
        else if (code === 2) state.dim = true
        else if (code === 22) Object.assign(state, { bold: false, dim: false })
        else if (code === 39) state.color = undefined
        else state.color = COLORS[code] ?? state.color
      }
      return ''
    })
    .join('')
}
const terminal = join(folder, 'terminal.html')
writeFileSync(
  terminal,
  `<!doctype html><meta charset="utf-8"><body style="margin:0;background:#1a1b26"><pre style="margin:0;padding:20px 24px;color:#c0caf5;font:13px/1.45 'DejaVu Sans Mono',monospace;width:max-content">$ keyreeve keys\n\n${html(keys.split('\n').slice(0, 32).join('\n'))}\n…</pre>`,
)

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 })
await page.goto(pathToFileURL(join(folder, 'audit.html')).href)
await page.waitForSelector('text=Do these first')
await page.screenshot({ path: join(root, 'docs', 'img', 'report.png') })
await page.setViewportSize({ width: 1280, height: 1500 })
await page.goto(`${pathToFileURL(join(folder, 'audit.html')).href}#/keys?open=${shown.accountId}+${shown.subjectId}`)
await page.waitForSelector('text=What it opens')
await page.waitForTimeout(1000) // it slides in
await page
  .getByRole('complementary', { name: 'Dossier' })
  .screenshot({ path: join(root, 'docs', 'img', 'dossier.png') })
await page.goto(pathToFileURL(terminal).href)
const box = await page.locator('pre').boundingBox()
await page.setViewportSize({ width: Math.ceil(box.width), height: Math.ceil(box.height) })
await page.screenshot({ path: join(root, 'docs', 'img', 'keys.png') })
await browser.close()
rmSync(folder, { recursive: true })
