// Question: how long does scanning all of a repository's history take beside git giving out all objects, how much does
// saying where the findings lie add, and does the scan find the same in the same blobs as scanning each of them whole?
// Repositories are given on the command line.
//
//   node bench/scan-git.mjs REPOSITORY... [--check]
//
// git gives out all objects to nowhere (`git cat-file --batch --batch-all-objects --unordered --buffer`), the better of
// two runs. Large repositories are scanned by two threads. GB/s is blob content per CPU second.
// --check takes long: every blob is scanned whole.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importDist, runNode, table } from './measure.mjs'

const KEY = Buffer.alloc(32, 1)
const SECOND = {
  program: new URL('../dist/scan/git/walk-thread.js', import.meta.url),
  scanner: {},
  fingerprintKey: KEY,
  archives: null,
}

const [first, ...rest] = process.argv.slice(2)
if (first === '--run') await run(...rest)
else await compare([first, ...rest].filter(Boolean))

async function compare(args) {
  const repositories = args.filter((arg) => arg !== '--check').map((path) => resolve(path))
  if (repositories.length === 0) {
    console.error('usage: node bench/scan-git.mjs REPOSITORY... [--check]')
    process.exit(2)
  }
  const folder = mkdtempSync(join(tmpdir(), 'keyreeve-bench-'))
  const rows = repositories.map((repository) => {
    const floor = floorOf(repository)
    const [read, objects, all] = ['read', 'objects', 'all'].map((mode) => {
      const out = join(folder, mode)
      const used = runNode([fileURLToPath(import.meta.url), '--run', mode, repository, out])
      if (used.code !== 0) throw new Error(`scanning ${repository} ended with code ${used.code}`)
      return { ...used, ...JSON.parse(readFileSync(out, 'utf8')) }
    })
    const both = ({ seconds, cpuSeconds }) => `${seconds.toFixed(2)} (${cpuSeconds.toFixed(2)})`
    const ratio = (a, b) => `${(a.seconds / b.seconds).toFixed(2)} (${(a.cpuSeconds / b.cpuSeconds).toFixed(2)})`
    return [
      repository.split('/').slice(-2).join('/'),
      objects.blobs,
      (objects.bytes / 1e9).toFixed(2),
      both(floor),
      both(read),
      both(objects),
      ratio(objects, floor),
      (objects.bytes / 1e9 / objects.cpuSeconds).toFixed(2),
      objects.found,
      ratio(all, objects),
      Math.round(Math.max(objects.peakMegabytes, all.peakMegabytes)),
    ]
  })
  console.log('seconds, and CPU seconds in brackets')
  console.log(
    table(
      [
        'repository',
        'blobs',
        'GB',
        'git cat-file',
        'objects only read',
        'scanned',
        'x git',
        'GB/s',
        'blobs with findings',
        'x with places',
        'peak MB',
      ],
      rows,
    ),
  )
  if (args.includes('--check')) for (const repository of repositories) await check(repository)
  rmSync(folder, { recursive: true })
}

function blobsOf(repository) {
  const args = ['cat-file', '--batch-all-objects', '--unordered', '--batch-check=%(objecttype) %(objectname)']
  const list = execFileSync('git', args, { cwd: repository, maxBuffer: 2 ** 30, encoding: 'latin1' })
  return list
    .split('\n')
    .filter((line) => line.startsWith('blob '))
    .map((line) => line.slice(5))
}

/** What git needs to give out all objects, thrown away; the better of two runs. */
function floorOf(repository) {
  const script =
    'TIMEFORMAT="%R %U %S"; time git -C "$1" cat-file --batch --batch-all-objects --unordered --buffer > /dev/null'
  const once = () => {
    const { stderr } = spawnSync('bash', ['-c', script, 'bash', repository], { encoding: 'utf8' })
    const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
    return { seconds, cpuSeconds: user + system }
  }
  const [a, b] = [once(), once()]
  return a.cpuSeconds < b.cpuSeconds ? a : b
}

/** @param second options of a second thread, for a repository that is large enough */
async function open(path, scanner, second = null) {
  const [
    { openRepository },
    { ObjectStore },
    { ObjectScanner },
    { ObjectsScan },
    { MOST_IN_MEMORY },
    { startSecondThread },
  ] = await Promise.all(
    ['repository', 'object-store', 'object-scanner', 'scan-objects', 'pack-walk', 'second-thread'].map((name) =>
      importDist(`scan/git/${name}.js`),
    ),
  )
  const repository = openRepository(path)
  const store = new ObjectStore(repository, MOST_IN_MEMORY)
  const skip = () => {}
  return new ObjectsScan(store, new ObjectScanner(scanner, undefined, skip), {
    skip,
    second: second && ((packs, shares) => startSecondThread(repository, packs, shares, skip, second)),
  })
}

/** One measured run, in a process of its own. */
async function run(mode, repository, out) {
  const { tuneForScan } = await importDist('cli/tune-v8.js')
  tuneForScan()
  const { createScanner } = await importDist('scan/scanner.js')
  const scanner =
    mode === 'read'
      ? {
          reach: 64,
          anchors() {},
          mayGoOn: () => false,
          cores: () => [],
          scanCore: () => [],
          scan: () => [],
          batches: () => [],
        }
      : createScanner({ fingerprintKey: KEY })
  if (mode === 'all') {
    const [{ scanRepository }, { createLeakCollector }] = await Promise.all([
      importDist('scan/git/index.js'),
      importDist('scan/collect-leaks.js'),
    ])
    const collector = createLeakCollector(scanner)
    await scanRepository(repository, scanner, collector, { second: SECOND })
    writeFileSync(out, JSON.stringify({ leaks: collector.leaks().length }))
    return
  }
  const scan = await open(repository, scanner, mode === 'objects' ? SECOND : null)
  await scan.all()
  scan.second?.stop()
  writeFileSync(out, JSON.stringify({ ...scan.counts, found: scan.found.size }))
}

/** Scans each blob whole, as `git cat-file` gives it out, and compares. */
async function check(repository) {
  const { createScanner } = await importDist('scan/scanner.js')
  const { catFile } = await importDist('scan/git/cat-file.js')
  const { openRepository } = await importDist('scan/git/repository.js')
  const scanner = createScanner({ fingerprintKey: KEY })
  const scan = await open(repository, scanner)
  await scan.all()
  let different = 0
  let count = 0
  const compareOne = (oid, bytes) => {
    count++
    const expected = scan.identities
      .all([scanner.scan(bytes, { path: '' })])
      .sort()
      .join()
    const actual = [...(scan.found.get(oid)?.identities ?? [])].sort().join()
    if (expected !== actual) {
      different++
      console.log(`different: ${oid}`)
    }
  }
  await catFile(openRepository(repository), blobsOf(repository), {
    begin: (oid) => {
      const pieces = []
      return { write: (piece) => pieces.push(Buffer.from(piece)), end: () => compareOne(oid, Buffer.concat(pieces)) }
    },
    failed: (oid, why) => console.log(`${oid}: ${why}`),
  })
  console.log(`${repository}: ${count} blobs, ${different} of them with other findings than scanned whole`)
}
