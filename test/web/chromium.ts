/** Finds a Chromium for the tests of the page, and installs Debian's where that is possible. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() ?? installChromium(),
    headless: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

function findChromium(): string | null {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
  const places = [
    ...(process.env.CHROMIUM_PATH ? [process.env.CHROMIUM_PATH] : []),
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...APPLICATIONS,
  ]
  return places.find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Only where nobody has to be asked: as root on a system with apt. */
function installChromium(): string {
  if (process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get')) {
    try {
      const run = (...args: string[]) => execFileSync('apt-get', args, { stdio: 'ignore', timeout: 300_000 })
      run('update')
      run('install', '-y', '--no-install-recommends', 'chromium')
    } catch {
      // said below
    }
    const found = findChromium()
    if (found) return found
  }
  throw new Error(
    'the page is tested in Chromium, and none was found: `apt-get install chromium`, or set CHROMIUM_PATH to a Chrome',
  )
}
