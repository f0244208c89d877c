// Question: how fast are texts and folders scanned, beside what merely reads them and beside the peers that are installed?
//   npm run build && node bench/scan.mjs FOLDER [FILE] [--peer 'NAME=COMMAND WORDS...']...
// In one process, per CPU second, the best of several rounds in turns: the search for anchors in a large text (FILE, or
// the folder's files one after the other), and the walk over the folder with everything, beside a walk that only reads.
// Then whole commands in turns by the clock: keyreeve, and rg, gitleaks, betterleaks, kingfisher and trufflehog as they
// are shipped, where they are there. --peer adds another, or one with its AWS rules only: its command is given the folder.
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CLI, importDist, table } from './measure.mjs'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { peer: { type: 'string', multiple: true, default: [] } },
})
const [folder, file] = positionals
if (!folder) throw new Error("usage: node bench/scan.mjs FOLDER [FILE] [--peer 'NAME=COMMAND WORDS...']...")
const ROUNDS = 7
const [{ createFastFinder }, plain, { createScanner }, { createLeakCollector }, { walkTree }] = await Promise.all([
  importDist('scan/anchors.js'),
  importDist('scan/anchors-plain.js'),
  importDist('scan/scanner.js'),
  importDist('scan/collect-leaks.js'),
  importDist('scan/sources/tree.js'),
])

const buffer = new Uint8Array(8 << 20)
function* filesIn(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name)
    if (entry.isDirectory()) yield* filesIn(inside)
    else if (entry.isFile()) yield inside
  }
}
function readOnly() {
  const counts = { files: 0, bytes: 0 }
  for (const path of filesIn(folder)) {
    const open = openSync(path, 'r')
    for (let got = 1; got > 0; counts.bytes += got) got = readSync(open, buffer, 0, buffer.length, null)
    closeSync(open)
    counts.files++
  }
  return counts
}
function scan() {
  const collector = createLeakCollector(createScanner({ fingerprintKey: new Uint8Array(32) }))
  walkTree([folder], collector, { gitignore: false })
  return collector.counts
}
const LARGEST = 256 << 20
function textOf() {
  if (file) return readFileSync(file).subarray(0, LARGEST)
  const parts = []
  let size = 0
  for (const path of filesIn(folder)) {
    const part = readFileSync(path)
    parts.push(part)
    size += part.length
    if (size > LARGEST) break
  }
  return Buffer.concat(parts)
}

const text = textOf()
const fast = createFastFinder()
const PIECE = 1 << 20
const anchors = (find) => () => {
  const found = []
  for (let at = 0; at < text.length; at += PIECE) find(text, at, Math.min(text.length, at + PIECE), found)
  return { files: 0, bytes: text.length, found: found.length }
}
const inTurns = {
  'anchors, WebAssembly': anchors(fast.find),
  'anchors, plain': anchors(plain.findAnchors),
  'folder, read only': readOnly,
  'folder, scanned': scan,
}
const best = {}
for (let round = 0; round < ROUNDS; round++)
  for (const [name, run] of Object.entries(inTurns)) {
    const before = process.cpuUsage()
    const counts = run()
    const { user, system } = process.cpuUsage(before)
    const seconds = (user + system) / 1e6
    if (!(seconds >= best[name]?.seconds)) best[name] = { seconds, ...counts }
  }
console.log(
  table(
    ['in one process', 'CPU s', 'MB', 'MB/s', 'files/s'],
    Object.entries(best).map(([name, { seconds, bytes, files }]) => [
      name,
      seconds.toFixed(3),
      Math.round(bytes / 1e6),
      Math.round(bytes / 1e6 / seconds),
      files > 0 ? Math.round(files / seconds) : '',
    ]),
  ),
)

const ID = '(AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}'
const commands = {
  'node -e 0': [process.execPath, '-e', '0'],
  'keyreeve scan': [process.execPath, CLI, 'scan', '--no-history', '--no-gitignore', '--no-snapshot', '--json', folder],
  'rg -j1 (IDs only)': ['rg', '-j1', '-uu', '-c', ID, folder],
  gitleaks: ['gitleaks', 'dir', '--no-banner', '--log-level', 'error', folder],
  betterleaks: ['betterleaks', 'dir', '--no-banner', '--log-level', 'error', folder],
  kingfisher: ['kingfisher', 'scan', '--no-validate', '--no-update-check', '--git-history', 'none', folder],
  trufflehog: ['trufflehog', 'filesystem', '--no-update', '--no-verification', folder],
}
for (const peer of values.peer) {
  const [name, ...words] = peer.split('=')
  commands[name] = [...words.join('=').split(' '), folder]
}
const there = Object.entries(commands).filter(([, [program]]) => !spawnSync(program, ['--version']).error)
const fastest = new Map()
for (let round = 0; round < ROUNDS; round++)
  for (const [name, [program, ...args]] of there) {
    const started = process.hrtime.bigint()
    spawnSync(program, args, { stdio: 'ignore' })
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    fastest.set(name, Math.min(fastest.get(name) ?? Number.POSITIVE_INFINITY, seconds))
  }
const own = fastest.get('keyreeve scan')
console.log(
  table(
    ['whole command', 's', 'x keyreeve'],
    [...fastest].map(([name, seconds]) => [name, seconds.toFixed(3), (seconds / own).toFixed(2)]),
  ),
)
