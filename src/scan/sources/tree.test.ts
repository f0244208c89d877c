import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import type { BlobPlace, Sink } from '../source.ts'
import { walkTree } from './tree.ts'

const folder = (files: Record<string, string | Buffer>) => {
  const root = mkdtempSync(join(tmpdir(), 'keyreeve-tree-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), content)
  }
  return root
}
/** What a walk hands on, by path below the root. */
function walk(root: string, options = {}, onBlob = (_name: string) => {}) {
  const seen: Record<string, string> = {}
  const skipped: string[] = []
  const name = ({ path }: BlobPlace) => path.slice(root.length + 1)
  const sink: Sink = {
    blob(bytes, place) {
      seen[name(place)] = Buffer.from(bytes).toString()
      onBlob(name(place))
    },
    open(place) {
      let length = 0
      return {
        write(piece) {
          length += piece.length
          onBlob(name(place))
        },
        end() {
          seen[name(place)] = `${length} in pieces`
        },
      }
    },
    skip: (what, why) => skipped.push(`${what.slice(root.length + 1)}: ${why}`),
  }
  const { leftOut } = walkTree([root], sink, options)
  return { seen, skipped, leftOut }
}

it('hands on every file, large ones in pieces', () => {
  const root = folder({ a: '1', 'b/c': '2', 'b/empty': '', large: Buffer.alloc((8 << 20) + 5) })
  expect(walk(root)).toEqual({
    seen: { a: '1', 'b/c': '2', 'b/empty': '', large: `${(8 << 20) + 5} in pieces` },
    skipped: [],
    leftOut: 0,
  })
})

it('leaves out our own folder, outside of repositories too, when it says so itself', () => {
  const files = { a: '1', '.keyreeve/.gitignore': '*\n', '.keyreeve/plans/plan.json': '2', 'b/.keyreeve/c': '3' }
  const root = folder(files)
  expect(walk(root)).toMatchObject({ seen: { a: '1', 'b/.keyreeve/c': '3' }, leftOut: 1 })
  expect(walk(root, { gitignore: false }).seen).toEqual(files)
  expect(Object.keys(walk(join(root, '.keyreeve')).seen)).toContain('plans/plan.json')
})

it('says what it could not read, and goes on', { skip: process.platform === 'win32' }, () => {
  const root = folder({ a: '1', z: '2' })
  execFileSync('mkfifo', [join(root, 'pipe')])
  expect(walk(root)).toEqual({ seen: { a: '1', z: '2' }, skipped: ['pipe: no regular file'], leftOut: 0 })
})

/** Root reads everything: while this runs, it is somebody who does not. */
function asNobody<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run()
  process.seteuid!(65_534)
  try {
    return run()
  } finally {
    process.seteuid!(0)
  }
}

it('says what it may not read', { skip: process.geteuid === undefined }, () => {
  const root = folder({ 'a/inside': '1', closed: '2', z: '3' })
  chmodSync(root, 0o755)
  chmodSync(join(root, 'a'), 0)
  chmodSync(join(root, 'closed'), 0)
  expect(asNobody(() => walk(root))).toEqual({
    seen: { z: '3' },
    skipped: ['a: permission denied', 'closed: permission denied'],
    leftOut: 0,
  })
  chmodSync(join(root, 'a'), 0o700)
})

it('is not confused by what changes while it reads', { skip: process.platform === 'win32' }, () => {
  const root = folder({ a: '1', gone: '2', pipe: '3', short: Buffer.alloc((8 << 20) + 5), tree: '4', z: '5' })
  let changed = false
  const { seen, skipped } = walk(root, {}, (name) => {
    if (name === 'a') {
      // they were files when the folder was listed
      for (const other of ['gone', 'pipe', 'tree']) rmSync(join(root, other))
      execFileSync('mkfifo', [join(root, 'pipe')])
      mkdirSync(join(root, 'tree'))
    } else if (name === 'short' && !changed) {
      changed = true
      truncateSync(join(root, 'short'), 100)
    }
  })
  // nobody writes to the pipe: it is read as empty, and not waited for
  expect(seen).toEqual({ a: '1', pipe: '', short: `${8 << 20} in pieces`, z: '5' })
  expect(skipped).toEqual([expect.stringMatching(/^gone: /), expect.stringMatching(/^tree: /)])
})

it('does not follow links inside, and leaves out the objects of a repository', () => {
  const root = folder({ a: '1', '.git/HEAD': 'ref', '.git/refs/x': 'y', '.git/objects/aa/bb': 'zz', 'objects/c': '2' })
  symlinkSync('..', join(root, 'up'))
  symlinkSync('/etc/passwd', join(root, 'out'))
  expect(Object.keys(walk(root).seen).sort()).toEqual(['.git/HEAD', '.git/refs/x', 'a', 'objects/c'])
})

it('leaves out what git leaves out, with rules in every folder, and only in a repository', () => {
  const files = {
    '.gitignore': '*.log\n/build\nsecret/*\n!secret/keep\n# comment\nUPPER\n',
    '.git/info/exclude': 'local.txt\n',
    '.git/HEAD': '',
    'a.log': '',
    'b.txt': '',
    'build/x': '',
    'deep/build/x': '',
    'deep/.gitignore': '!a.log\nonly-here\n',
    'deep/a.log': '',
    'deep/only-here/y': '',
    'only-here': '',
    'secret/keep': '',
    'secret/other': '',
    'local.txt': '',
    upper: '',
    'inner/.git/HEAD': '',
    'inner/x.log': '',
  }
  const root = folder(files)
  const kept = (seen: object) =>
    Object.keys(seen)
      .filter((name) => !/\.git(\/|$|ignore)/.test(name))
      .sort()
  const { seen, leftOut } = walk(root)
  expect(kept(seen)).toEqual([
    'b.txt',
    'deep/a.log',
    'deep/build/x',
    'inner/x.log',
    'only-here',
    'secret/keep',
    'upper',
  ])
  expect(leftOut).toBe(5)
  expect(kept(walk(root, { gitignore: false }).seen)).toHaveLength(kept(files).length)
  expect(kept(walk(join(root, 'deep')).seen)).toEqual(['a.log', 'build/x'])
  expect(kept(walk(join(root, 'build')).seen)).toEqual(['x'])
  rmSync(join(root, '.git'), { recursive: true })
  expect(kept(walk(root).seen)).toContain('a.log')
})

it('folders nested without end are cut off and said', () => {
  const root = folder({})
  mkdirSync(join(root, ...Array<string>(220).fill('d')), { recursive: true })
  expect(walk(root).skipped).toEqual([`${'d/'.repeat(200)}d: folders nested too deeply`])
})
