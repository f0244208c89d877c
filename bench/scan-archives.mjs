// Questions: how long does `scan` take for an archive beside the common tool that only writes its content to /dev/null,
// and how much memory do archives take that are made to use it up?
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
const SCAN = ['scan', '--no-snapshot', '--no-history']

/** Seconds on the clock and of the processor, as the shell tells them. */
function runTool([tool, ...args], file) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null'
  const { stderr, status } = spawnSync('bash', ['-c', script, 'bench', tool, ...args, file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${tool} failed: ${stderr}`)
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return { seconds, cpuSeconds: user + system }
}

const fastest = (runs) => runs.sort((a, b) => a.cpuSeconds - b.cpuSeconds)[0]

function compare(file) {
  const floor = FLOORS.find(([ending]) => ending.test(file))[1]
  const runs = Array.from({ length: TIMES }, () => [
    runTool(floor, file),
    runNode([CLI, ...SCAN, file]),
    runNode([CLI, ...SCAN, '--no-encodings', file]),
  ])
  const [tool, all, plain] = [0, 1, 2].map((i) => fastest(runs.map((run) => run[i])))
  const ratio = ({ cpuSeconds }) => (cpuSeconds / tool.cpuSeconds).toFixed(2)
  return [
    basename(file),
    `${floor.join(' ')} ${tool.cpuSeconds.toFixed(2)}`,
    `${all.cpuSeconds.toFixed(2)} (${ratio(all)}x)`,
    `${plain.cpuSeconds.toFixed(2)} (${ratio(plain)}x)`,
    Math.round(all.peakMegabytes),
  ]
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
  console.log(`processor seconds, fastest of ${TIMES} in turns\n`)
  console.log(table(['archive', 'tool', 'scan', 'scan --no-encodings', 'MB'], process.argv.slice(2).map(compare)), '\n')
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
