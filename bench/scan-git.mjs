// Question: how long does scanning all of a repository's history take beside git giving out the same blobs, how much
// does saying where the findings lie add, and does the scan find the same in the same blobs as scanning each of them
// whole? Repositories are given on the command line.
//
//   node bench/scan-git.mjs REPOSITORY... [--check]
//
// Seconds are CPU seconds, as other programs on the machine hardly change them; GB/s is blob content per CPU second.
// --check takes long: every blob is scanned whole.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importDist, runNode, table } from './measure.mjs'

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
    const blobs = blobsOf(repository)
    writeFileSync(join(folder, 'blobs'), `${blobs.join('\n')}\n`)
    const floor = gitSeconds(repository, join(folder, 'blobs'))
    const [read, objects, all] = ['read', 'objects', 'all'].map((mode) => {
      const out = join(folder, mode)
      const used = runNode([fileURLToPath(import.meta.url), '--run', mode, repository, out])
      if (used.code !== 0) throw new Error(`scanning ${repository} ended with code ${used.code}`)
      return { ...used, ...JSON.parse(readFileSync(out, 'utf8')) }
    })
    return [
      repository.split('/').slice(-2).join('/'),
      objects.blobs,
      (objects.bytes / 1e9).toFixed(2),
      floor.toFixed(2),
      read.cpuSeconds.toFixed(2),
      objects.cpuSeconds.toFixed(2),
      (objects.cpuSeconds / floor).toFixed(2),
      (objects.bytes / 1e9 / objects.cpuSeconds).toFixed(2),
      objects.found,
      (all.cpuSeconds / objects.cpuSeconds).toFixed(2),
      Math.round(Math.max(objects.peakMegabytes, all.peakMegabytes)),
    ]
  })
  console.log(
    table(
      [
        'repository',
        'blobs',
        'GB',
        'git cat-file, s',
        'objects only read, s',
        'scanned, s',
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

/** The CPU seconds git needs to give out blobs, thrown away; the better of two runs. */
function gitSeconds(repository, list) {
  const script = 'TIMEFORMAT="%U %S"; time git -C "$1" cat-file --batch --buffer < "$2" > /dev/null'
  const once = () => {
    const { stderr } = spawnSync('bash', ['-c', script, 'bash', repository, list], { encoding: 'utf8' })
    return stderr
      .trim()
      .split('\n')
      .at(-1)
      .split(' ')
      .reduce((sum, seconds) => sum + Number(seconds), 0)
  }
  return Math.min(once(), once())
}

async function open(repository, scanner) {
  const [{ openRepository }, { ObjectStore }, { ObjectScanner }, { ObjectsScan }, { MOST_IN_MEMORY }] =
    await Promise.all(
      ['repository', 'object-store', 'object-scanner', 'scan-objects', 'pack-walk'].map((name) =>
        importDist(`scan/git/${name}.js`),
      ),
    )
  const store = new ObjectStore(openRepository(repository), MOST_IN_MEMORY)
  return new ObjectsScan(store, new ObjectScanner(scanner, undefined, () => {}), { skip() {} })
}

/** One measured run, in a process of its own. */
async function run(mode, repository, out) {
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
      : createScanner({ fingerprintKey: Buffer.alloc(32, 1) })
  if (mode === 'all') {
    const [{ scanRepository }, { createLeakCollector }] = await Promise.all([
      importDist('scan/git/index.js'),
      importDist('scan/collect-leaks.js'),
    ])
    const collector = createLeakCollector(scanner)
    await scanRepository(repository, scanner, collector)
    writeFileSync(out, JSON.stringify({ leaks: collector.leaks().length }))
    return
  }
  const scan = await open(repository, scanner)
  await scan.all()
  writeFileSync(out, JSON.stringify({ ...scan.counts, found: scan.found.size }))
}

/** Scans each blob whole, as `git cat-file` gives it out, and compares. */
async function check(repository) {
  const { createScanner } = await importDist('scan/scanner.js')
  const { catFile } = await importDist('scan/git/cat-file.js')
  const { openRepository } = await importDist('scan/git/repository.js')
  const scanner = createScanner({ fingerprintKey: Buffer.alloc(32, 1) })
  const scan = await open(repository, scanner)
  await scan.all()
  let different = 0
  let count = 0
  const compareOne = (oid, bytes) => {
    count++
    const expected = scan.identities
      .all(scanner.scan(bytes, { path: '' }))
      .sort()
      .join()
    const actual = (scan.found.get(oid)?.identities ?? []).toSorted().join()
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
