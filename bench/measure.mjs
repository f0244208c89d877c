// Runs commands in processes of their own and tells their time, CPU time and peak memory.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
// where it is set, Node.js takes twice as long to start, with whatever it runs
delete process.env.NODE_EXTRA_CA_CERTS

export const CLI = fileURLToPath(new URL('../dist/cli/main.cjs', import.meta.url))

/** Loaded before a measured Node.js program: writes what the process used when it ends. */
const PROBE = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  require('node:fs').writeFileSync(process.env.MEASURE_FILE, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, rss: maxRSS / 1024 }))
})`

/**
 * Runs a Node.js program to its end, with its output thrown away.
 * @param {string[]} args as for `node`
 * @returns {{ seconds: number, cpuSeconds: number, peakMegabytes: number, code: number | null }}
 */
export function runNode(args, { env = {}, cwd } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-bench-'))
  const probe = join(folder, 'probe.cjs')
  const file = join(folder, 'used.json')
  writeFileSync(probe, PROBE)
  const started = process.hrtime.bigint()
  const { status } = spawnSync(process.execPath, ['--require', probe, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env, MEASURE_FILE: file },
    cwd,
  })
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  const { cpu, rss } = JSON.parse(readFileSync(file, 'utf8'))
  rmSync(folder, { recursive: true })
  return { seconds, cpuSeconds: cpu, peakMegabytes: rss, code: status }
}

/** The run with the median time of several. */
export function medianOf(times, run) {
  const runs = Array.from({ length: times }, run).sort((a, b) => a.seconds - b.seconds)
  return runs[Math.floor(times / 2)]
}

/**
 * Runs programs in turns, so that what else the machine does slows down all of them, and takes the fastest run of each.
 * @template {string} Name
 * @param {Record<Name, string[]>} programs arguments for `node`, by name
 * @param {(what: string) => void} tell is told of every run
 * @returns {Record<Name, ReturnType<typeof runNode>>}
 */
export function fastestInTurns(times, programs, tell = () => {}) {
  const rounds = Array.from({ length: times }, (_, i) =>
    Object.entries(programs).map(([name, args]) => {
      const run = runNode(args)
      tell(`  run ${i + 1} of ${times}: ${name}, ${run.seconds.toFixed(2)} s, ${run.cpuSeconds.toFixed(2)} CPU s`)
      return [name, run]
    }),
  )
  const fastest = {}
  for (const [name, run] of rounds.flat()) if (!(run.seconds >= fastest[name]?.seconds)) fastest[name] = run
  return fastest
}

/** A Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function importDist(path) {
  return import(pathToFileURL(fileURLToPath(new URL(`../dist/${path}`, import.meta.url))).href)
}
