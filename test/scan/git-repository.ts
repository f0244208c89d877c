/** Repositories made by git itself, and what git says is in them. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Identities } from '../../src/scan/git/identities.ts'
import { ObjectScanner } from '../../src/scan/git/object-scanner.ts'
import { ObjectStore } from '../../src/scan/git/object-store.ts'
import { MOST_IN_MEMORY } from '../../src/scan/git/pack-walk.ts'
import { openRepository } from '../../src/scan/git/repository.ts'
import { ObjectsScan } from '../../src/scan/git/scan-objects.ts'
import type { Scanner } from '../../src/scan/scanner.ts'
import { FILE_PLACE, plantedPair, type Random, randomText } from './generate.ts'

/** Nobody's configuration, and the same authors and dates in every run. */
const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann Author',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Carl Committer',
  GIT_COMMITTER_EMAIL: 'carl@example.com',
}

export class TestRepository {
  readonly path: string
  /** Seconds; each commit takes place an hour after the one before. */
  #clock = 1_700_000_000

  constructor(path: string) {
    this.path = path
  }

  static create(...options: string[]): TestRepository {
    const repository = new TestRepository(mkdtempSync(join(tmpdir(), 'keyreeve-git-')))
    repository.git('init', '-q', '-b', 'main', ...options)
    return repository
  }

  git(...args: string[]): string {
    return this.gitBytes(args).toString('utf8').trim()
  }

  gitBytes(args: string[], input?: string | Uint8Array): Buffer {
    const date = `${this.#clock} +0000`
    return execFileSync('git', args, {
      cwd: this.path,
      env: { ...ENV, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
      ...(input === undefined ? {} : { input }),
    })
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true })
    writeFileSync(join(this.path, name), content)
  }

  /** Commits everything. Its object ID. */
  commit(message = 'a change', ...options: string[]): string {
    this.#clock += 3600
    this.git('add', '-A')
    this.git('commit', '-q', '--allow-empty', '-m', message, ...options)
    return this.git('rev-parse', 'HEAD')
  }

  /** Many versions of files in one go, each changed in several places, with pairs that come, stay, move and go. */
  history(versions: number, random: Random): void {
    const files = Array.from({ length: 4 }, (_, i) => ({ name: `folder/file-${i}.txt`, lines: manyLines(random, 120) }))
    const stream: string[] = []
    for (let version = 0; version < versions; version++) {
      this.#clock += 3600
      const message = `version ${version}`
      stream.push(
        `commit refs/heads/main\ncommitter Carl <carl@example.com> ${this.#clock} +0000\ndata ${message.length}\n${message}\n`,
      )
      const file = files[Math.floor(random() * files.length)]!
      change(file.lines, random)
      const content = `${file.lines.join('\n')}\n`
      stream.push(`M 100644 inline ${file.name}\ndata ${content.length}\n${content}\n`)
    }
    this.gitBytes(['fast-import', '--quiet', '--depth=50'], stream.join(''))
    this.git('reset', '-q', '--hard')
  }
}

function manyLines(random: Random, count: number): string[] {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz     '
  return Array.from({ length: count }, () => randomText(random, alphabet, 20 + Math.floor(random() * 160)))
}

/** A few edits: new lines, pairs, moves, and cuts, also through the middle of a pair. */
function change(lines: string[], random: Random): void {
  const somewhere = () => Math.floor(random() * lines.length)
  const edits = 1 + Math.floor(random() * 3)
  for (let i = 0; i < edits; i++) {
    const { id, secret } = plantedPair(random)
    const kind = random()
    if (kind < 0.15) lines.splice(somewhere(), 0, `aws_access_key_id = ${id}`, `aws_secret_access_key = ${secret}`)
    else if (kind < 0.22) lines.splice(somewhere(), 0, `key: "${id}" and more`)
    else if (kind < 0.27) lines.splice(somewhere(), 0, `secretKey = "${secret}"`)
    else if (kind < 0.4) lines.splice(somewhere(), 0, ...lines.splice(somewhere(), 5))
    else if (kind < 0.6) {
      const at = somewhere()
      const line = lines[at]!
      const cut = Math.floor(random() * line.length)
      lines[at] = line.slice(0, cut) + line.slice(cut + 1)
    } else if (kind < 0.75) lines.splice(somewhere(), 2)
    else lines.splice(somewhere(), 0, ...manyLines(random, 3))
  }
}

/** Finds key IDs and nothing else, at once: for tests of how objects are read. */
export const ID_SCANNER: Scanner = {
  reach: 64,
  anchors(bytes, { count, ends }, out) {
    const text = Buffer.from(bytes).toString('latin1')
    for (const { index } of text.matchAll(/AKIA/g))
      for (let i = 0; i < 2 * count; i += 2) if (index >= ends[i]! && index < ends[i + 1]!) out.push(index)
  },
  mayHold: (_, ends) => ends.map((_, i) => i),
  mayGoOn: () => true,
  cores: (bytes, worthy) =>
    worthy.map((at) => ({ from: at, to: at + 1, first: Math.max(0, at - 8), last: Math.min(bytes.length, at + 32) })),
  scanCore: (bytes, { from, first, last }) => [
    ID_SCANNER.scan(bytes.subarray(first, last), FILE_PLACE)
      .map((hit) => ({ ...hit, offset: hit.offset + first }))
      .filter(({ offset }) => offset === from),
  ],
  batches: (bytes, place) => [ID_SCANNER.scan(bytes, place)],
  scan: (bytes) =>
    [
      ...Buffer.from(bytes)
        .toString('latin1')
        .matchAll(/\bAKIA[A-Z2-7]{16}\b/g),
    ].map(({ 0: id, index }) => ({
      kind: 'long-term',
      accessKeyId: id,
      accountId: null,
      class: 'plausible',
      reason: '',
      evidence: 'id-only',
      secretFingerprint: null,
      hasSessionToken: false,
      expiration: null,
      offset: index,
      line: 1,
      column: 1,
      encodings: [],
      allowed: null,
    })),
}

export type Finds = Map<string, number[]>

/** What scanning each object as a whole finds, with objects as `git cat-file` gives them out. */
export function findsOfGit(repository: TestRepository, scanner: Scanner, identities: Identities): Finds {
  const list = repository
    .git('cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)')
    .split('\n')
    .filter((line) => /(blob|commit|tag)$/.test(line))
    .map((line) => line.split(' ')[0]!)
  const output = repository.gitBytes(['cat-file', '--batch', '--buffer'], `${list.join('\n')}\n`)
  const finds: Finds = new Map()
  let at = 0
  for (const oid of list) {
    const end = output.indexOf(10, at)
    const size = Number(output.toString('latin1', at, end).split(' ')[2])
    const hits = scanner.scan(output.subarray(end + 1, end + 1 + size), FILE_PLACE)
    if (hits.length > 0) finds.set(oid, identities.all([hits]).sort())
    at = end + 1 + size + 1
  }
  return finds
}

/** What the reader finds; with what it skipped. */
export async function findsOfReader(
  path: string,
  scanner: Scanner,
  identities: Identities,
  options: { mostInMemory?: number } = {},
): Promise<{ finds: Finds; skipped: { what: string; why: string }[]; blobs: number }> {
  const skipped: { what: string; why: string }[] = []
  const store = new ObjectStore(openRepository(path)!, MOST_IN_MEMORY)
  const scan = new ObjectsScan(store, new ObjectScanner(scanner, undefined, () => {}), {
    ...options,
    identities,
    skip: (what, why) => skipped.push({ what, why }),
  })
  await scan.all()
  store.close()
  const finds = [...scan.found].map(([oid, found]) => [oid, [...found.identities].sort()] as const)
  return { finds: new Map(finds), skipped, blobs: scan.counts.blobs }
}
