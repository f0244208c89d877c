// Question: how much memory does `scan` take at most, for inputs that are made to use it up?
//   npm run build && node bench/scan-memory.mjs [NAME...]     takes a quarter of an hour and 4 GB of the disk's temporary folder
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { CLI, runNode, table } from './measure.mjs'

const GiB = 2 ** 30
const folder = mkdtempSync(join(tmpdir(), 'keyreeve-bench-'))
const SCAN = ['scan', '--no-snapshot', '--no-save', '--json']

/** A file of `size` bytes that begins again and again with `text`. */
function repeated(name, text, size) {
  const file = join(folder, name)
  const piece = Buffer.alloc(4 << 20, text)
  const out = openSync(file, 'w')
  for (let left = size; left > 0; left -= piece.length) writeSync(out, piece, 0, Math.min(left, piece.length))
  closeSync(out)
  return file
}

/** A zip file. @param members by name: the bytes deflated already, and how many they are */
function zipOf(members) {
  const parts = []
  const directory = []
  let at = 0
  for (const [name, { deflated, size }] of Object.entries(members)) {
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(8, 8)
    head.writeUInt32LE(deflated.length, 18)
    head.writeUInt32LE(size >>> 0, 22)
    head.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    head.copy(entry, 10, 8, 30)
    entry.writeUInt32LE(at, 42)
    parts.push(head, Buffer.from(name), deflated)
    directory.push(entry, Buffer.from(name))
    at += 30 + name.length + deflated.length
  }
  const all = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(members).length, 10)
  end.writeUInt32LE(all.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, all, end])
}
const packed = (bytes) => ({ deflated: deflateRawSync(bytes), size: bytes.length })

/** A repository with one large object, in a pack or by itself. */
function repository(name, pack) {
  const file = repeated(`${name}.data`, 'a line of a file that is large\n', 1.5 * GiB)
  return repositoryOf(file, pack)
}

/** A repository that has nothing but a file, which is removed. */
function repositoryOf(file, pack = true) {
  const root = `${file}-repository`
  const git = (args, input) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      cwd: root,
      stdio: [input ?? 'ignore', 'pipe', 'ignore'],
    })
  mkdirSync(root)
  git(['init', '-q'])
  const input = openSync(file, 'r')
  const oid = git(['hash-object', '-w', '--stdin'], input).toString().trim()
  closeSync(input)
  rmSync(file)
  git(['update-index', '--add', '--cacheinfo', `100644,${oid},large`])
  git(['commit', '-q', '-m', 'one'])
  if (pack) git(['repack', '-adq'])
  return join(root, '.git')
}

/** A file made of pieces, one for each number. */
function numbered(name, count, text) {
  const file = join(folder, name)
  const out = openSync(file, 'w')
  for (let i = 0; i < count; i += 10_000)
    writeSync(out, Array.from({ length: Math.min(10_000, count - i) }, (_, k) => text(i + k)).join(''))
  closeSync(out)
  return file
}

const idNumber = (i) => pairNumber(i).slice(20, 40)

function manyFiles(count, text) {
  const root = join(folder, 'many')
  for (let i = 0; i < count; i++) {
    if (i % 1000 === 0) mkdirSync(join(root, String(i / 1000)), { recursive: true })
    writeFileSync(join(root, String(Math.floor(i / 1000)), `${i}.txt`), text(i))
  }
  return root
}

/** A key ID that differs from file to file, and a secret beside it. */
function pairNumber(i) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let [id, state] = ['', (i + 1) * 2654435761]
  for (let k = 0; k < 15; k++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    id += letters[state >>> 27]
  }
  const secret = Buffer.from(`${id}${id}`).toString('base64').slice(0, 40)
  return `aws_access_key_id = AKIAQ${id}\naws_secret_access_key = ${secret}\n`
}

const INPUTS = {
  'a line of 3 GiB': () => [repeated('line', 'no end of it ', 3 * GiB)],
  'a line of 1 GiB, the word secret again and again': () => [repeated('secrets', 'secret ', GiB)],
  'a line of 128 MiB, key IDs again and again': () => [repeated('ids', `${idNumber(7)} `, GiB / 8)],
  'two million key IDs': () => [numbered('lines', 2_000_000, (i) => `${idNumber(i)}\n`)],
  'two million key IDs in one line': () => [numbered('one-line', 2_000_000, (i) => `${idNumber(i)} `)],
  'two million key IDs in 20,000 files': () => [
    manyFiles(20_000, (i) => Array.from({ length: 100 }, (_, k) => `${idNumber(100 * i + k)}\n`).join('')),
  ],
  'half a million keys with their secrets': () => [numbered('pairs', 500_000, pairNumber)],
  'standard input, 3 GiB without a line end': () => ({ script: 'yes | tr -d "\\n" | head -c 3G', args: ['-'] }),
  'zip in zip in zip, 2 GiB at last': () => {
    const zeros = packed(Buffer.alloc(GiB))
    const inner = zipOf({ a: zeros, b: zeros })
    const file = join(folder, 'nested.zip')
    writeFileSync(file, zipOf({ 'x.zip': packed(zipOf({ 'y.zip': packed(inner) })) }))
    return [file]
  },
  'zip of 500 zips, each of 16 MiB of a pattern': () => {
    const pattern = packed(Buffer.alloc(16 << 20, '0123456789abcdef'))
    const inner = packed(zipOf({ a: pattern }))
    const file = join(folder, 'wide.zip')
    writeFileSync(file, zipOf(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i}.zip`, inner]))))
    return [file]
  },
  'two million key IDs in a file of a repository': () => [
    repositoryOf(numbered('in-git', 2_000_000, (i) => `${idNumber(i)}\n`)),
  ],
  'a repository with an object of 1.5 GiB': () => [repository('loose', false)],
  'the same in a pack': () => [repository('packed', true)],
  '300,000 files': () => [manyFiles(300_000, (i) => `file ${i}\n`)],
  '100,000 files, each with a key of its own': () => [manyFiles(100_000, pairNumber)],
}

const wanted = process.argv.slice(2)
try {
  const rows = []
  for (const [name, make] of Object.entries(INPUTS)) {
    if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue
    const input = make()
    const run = Array.isArray(input) ? runNode([CLI, ...SCAN, ...input]) : runPiped(input)
    rows.push([name, run.seconds.toFixed(1), Math.round(run.peakMegabytes), run.code])
    console.error(rows.at(-1).join(' | '))
    for (const path of Array.isArray(input) ? input : []) rmSync(path, { recursive: true, force: true })
  }
  console.log(table(['made to use up memory', 'seconds', 'peak MB', 'exit code'], rows))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function runPiped({ script, args }) {
  const file = join(folder, 'used')
  const command = `${script} | exec "$0" "$@"`
  const probe = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.resourceUsage().maxRSS / 1024)))`
  writeFileSync(join(folder, 'probe.cjs'), probe)
  const started = process.hrtime.bigint()
  const node = ['--require', join(folder, 'probe.cjs'), CLI, ...SCAN, ...args]
  const { status } = spawnSync('bash', ['-c', command, process.execPath, ...node], { stdio: 'ignore' })
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  return { seconds, peakMegabytes: Number(readFileSync(file, 'utf8')), code: status }
}
