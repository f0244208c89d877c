// Questions: how long does `scan` take for an archive beside the common tool that only writes its content to /dev/null,
// as a whole command and beyond what Node.js needs to start (`node -e 0`); and how much memory do archives take that are
// made to use it up?
// node bench/scan-archives.mjs ARCHIVE...   (.zip and its kin, .gz .tgz .bz2 .xz .zst; any size)
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { CLI, runNode, table } from './measure.mjs'

const TIMES = 5
const FLOORS = [
  [/\.(?:gz|tgz)$/, ['gzip', '-dc']],
  [/\.(?:bz2|tbz2?)$/, ['bzip2', '-dc']],
  [/\.(?:xz|txz)$/, ['xz', '-dc']],
  [/\.(?:zst|tzst)$/, ['zstd', '-qdc']],
  [/./, ['unzip', '-p']],
]
const SCAN = ['scan', '--no-snapshot', '--no-history', '--no-save']

/** Seconds on the clock and of the processor, as the shell tells them. */
function runTool([tool, ...args], file) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null'
  const { stderr, status } = spawnSync('bash', ['-c', script, 'bench', tool, ...args, file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${tool} failed: ${stderr}`)
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return { seconds, cpuSeconds: user + system }
}

/** Of seconds on the clock and of the processor, each in the fastest run for it. */
function fastest(runs) {
  const least = (field) => Math.min(...runs.map((run) => run[field]))
  return {
    seconds: least('seconds'),
    cpuSeconds: least('cpuSeconds'),
    peakMegabytes: Math.max(...runs.map((run) => run.peakMegabytes)),
  }
}

/** One row for the clock, and one for the processor. */
function compare(file) {
  const floor = FLOORS.find(([ending]) => ending.test(file))[1]
  const runs = Array.from({ length: TIMES }, () => [
    runTool(floor, file),
    runNode(['-e', '0']),
    runNode([CLI, ...SCAN, file]),
    runNode([CLI, ...SCAN, '--no-encodings', file]),
  ])
  const [tool, start, all, plain] = [0, 1, 2, 3].map((i) => fastest(runs.map((run) => run[i])))
  const row = (what, field) => {
    const ratio = (seconds) => `${seconds.toFixed(2)} (${(seconds / tool[field]).toFixed(2)}x)`
    const beyond = (run) => ratio(run[field] - start[field])
    return [
      `${basename(file)}, ${what}`,
      `${floor.join(' ')} ${tool[field].toFixed(2)}`,
      start[field].toFixed(2),
      ...[all, plain].flatMap((run) => [ratio(run[field]), beyond(run)]),
      Math.round(all.peakMegabytes),
    ]
  }
  return [row('clock', 'seconds'), row('processor', 'cpuSeconds')]
}

/** Archives of little size that become as large as they can. */
function bombs(folder) {
  const zeros = gzipSync(Buffer.alloc(1 << 30))
  let nested = zeros
  for (let i = 0; i < 3; i++) nested = gzipSync(nested)
  const wide = Buffer.concat(
    Array.from({ length: 200 }, () => gzipSync(Buffer.from('0123456789abcdef'.repeat(2 ** 18)))),
  )
  return [
    ['1 GiB of zeros, gzip', zeros],
    ['the same, four times compressed', nested],
    ['800 MiB of a pattern, 200 gzip members', wide],
  ].map(([name, bytes], i) => {
    const file = join(folder, `${i}.gz`)
    writeFileSync(file, bytes)
    return [name, file, bytes.length]
  })
}

if (process.argv.length > 2) {
  console.log(`seconds, fastest of ${TIMES} in turns\n`)
  const head = ['archive', 'tool', 'node -e 0', 'scan', 'beyond start', 'scan --no-encodings', 'beyond start', 'MB']
  console.log(table(head, process.argv.slice(2).flatMap(compare)), '\n')
}
const folder = mkdtempSync(join(tmpdir(), 'keyreeve-bench-'))
try {
  const rows = bombs(folder).map(([name, file, size]) => {
    const { seconds, peakMegabytes, code } = runNode([CLI, ...SCAN, file])
    return [name, size, seconds.toFixed(2), Math.round(peakMegabytes), code]
  })
  console.log(table(['made to use up memory', 'bytes', 'seconds', 'peak MB', 'exit code'], rows))
} finally {
  rmSync(folder, { recursive: true })
}
