/** Runs the built command as a user would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const CLI = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url))

export interface Run {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  /** Called with the running process, e.g. to interrupt it. */
  during?: (child: ChildProcess) => void
}

/** An environment without the credentials, configuration or colours of whoever runs the tests. */
export const CLEAN_ENV: Record<string, string> = {
  PATH: process.env.PATH ?? '',
  HOME: mkdtempSync(join(tmpdir(), 'keyreeve-home-')),
  AWS_EC2_METADATA_DISABLED: 'true',
  COLUMNS: '100',
}

export function keyreeve(args: readonly string[], { cwd, env = {}, during }: RunOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { ...CLEAN_ENV, ...env } })
    const out = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      out.stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      out.stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...out }))
    during?.(child)
  })
}

/** What NODE_OPTIONS needs so that the machine's clock is so many days fast. */
export function clockFastBy(days: number): string {
  const text = `{ const R = Date; const now = () => R.now() + ${days * 86_400_000}; globalThis.Date = class extends R {
    constructor(...of) { of.length === 0 ? super(now()) : super(...of) } static now() { return now() } } }`
  const file = join(mkdtempSync(join(tmpdir(), 'keyreeve-clock-')), 'fast.cjs')
  writeFileSync(file, text)
  return `--require ${file}`
}

/**
 * Waits until a file that a running command writes holds a text. The file need not exist yet, and its name may be known
 * only later: `nameOf` is asked again each time.
 */
export async function untilFileHolds(text: string, nameOf: () => string | undefined): Promise<void> {
  for (;;) {
    const name = nameOf()
    if (name !== undefined && existsSync(name) && readFileSync(name, 'utf8').includes(text)) return
    await sleep(20)
  }
}
