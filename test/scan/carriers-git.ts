/** The ways in which credentials get into a repository and stay there, where a working tree, or a diff, no longer shows them. */
import { gzipSync } from 'node:zlib'
import type { LeakPlace } from '../../src/model/leak.ts'
import type { PlantedPair } from './generate.ts'
import type { TestRepository } from './git-repository.ts'

export interface GitCarrier {
  name: string
  /** Puts the pair there, and says where it must be found. */
  plant(repository: TestRepository, pair: PlantedPair): Partial<LeakPlace>
}

const ini = ({ id, secret }: PlantedPair) => `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`

export const GIT_CARRIERS: readonly GitCarrier[] = [
  {
    name: 'file of HEAD',
    plant(repository, pair) {
      repository.write('config/now.ini', `first\n${ini(pair)}`)
      const commit = repository.commit()
      return { kind: 'git', path: 'config/now.ini', line: 3, commit, inHead: true, reachable: true }
    },
  },
  {
    name: 'deleted file',
    plant(repository, pair) {
      repository.write('gone.ini', ini(pair))
      const commit = repository.commit()
      repository.write('other.txt', 'other')
      const lastCommit = repository.commit()
      repository.git('rm', '-q', 'gone.ini')
      repository.commit()
      return { path: 'gone.ini', line: 2, commit, lastCommit, inHead: false, reachable: true }
    },
  },
  {
    name: 'overwritten lines of a file that is still there',
    plant(repository, pair) {
      repository.write('kept.ini', ini(pair))
      const commit = repository.commit()
      repository.write('kept.ini', '[default]\nrole_arn = arn:aws:iam::123456789012:role/now\n')
      repository.commit()
      return { path: 'kept.ini', commit, lastCommit: commit, inHead: false, reachable: true }
    },
  },
  {
    name: 'renamed file',
    plant(repository, pair) {
      repository.write('before.ini', ini(pair))
      repository.commit()
      repository.git('mv', 'before.ini', 'after.ini')
      const commit = repository.commit()
      return { path: 'after.ini', commit, inHead: true }
    },
  },
  {
    name: 'branch that was never merged',
    plant(repository, pair) {
      repository.git('checkout', '-q', '-b', 'side')
      repository.write('side.ini', ini(pair))
      const commit = repository.commit()
      repository.git('checkout', '-q', 'main')
      return { path: 'side.ini', commit, inHead: false, reachable: true }
    },
  },
  {
    name: 'evil merge',
    plant(repository, pair) {
      repository.git('checkout', '-q', '-b', 'evil')
      repository.write('evil.txt', 'evil')
      repository.commit()
      repository.git('checkout', '-q', 'main')
      repository.write('good.txt', 'good')
      repository.commit()
      repository.git('merge', '-q', '--no-commit', '--no-ff', 'evil')
      repository.write('merged.ini', ini(pair))
      const commit = repository.commit('merge')
      return { path: 'merged.ini', commit, inHead: true }
    },
  },
  {
    name: 'path without diffs',
    plant(repository, pair) {
      repository.write('.gitattributes', '*.dat -diff\n')
      repository.write('secret.dat', ini(pair))
      const commit = repository.commit()
      return { path: 'secret.dat', commit, inHead: true }
    },
  },
  {
    name: 'archive that was deleted',
    plant(repository, pair) {
      repository.write('backup.gz', gzipSync(ini(pair)))
      const commit = repository.commit()
      repository.git('rm', '-q', 'backup.gz')
      repository.commit()
      return { path: 'backup.gz', commit, inHead: false }
    },
  },
  {
    name: 'UTF-16 file',
    plant(repository, pair) {
      repository.write('windows.ini', Buffer.from(`\ufeff${ini(pair)}`, 'utf16le'))
      const commit = repository.commit()
      return { path: 'windows.ini', commit, line: 2, encodings: ['utf-16le'] }
    },
  },
  {
    name: 'commit that was amended away',
    plant(repository, pair) {
      repository.write('oops.ini', ini(pair))
      const commit = repository.commit()
      repository.git('rm', '-q', '--cached', 'oops.ini')
      repository.git('commit', '-q', '--amend', '--allow-empty', '-m', 'amended')
      repository.git('clean', '-qf')
      return { path: 'oops.ini', commit, inHead: false, reachable: false }
    },
  },
  {
    name: 'stash',
    plant(repository, pair) {
      repository.write('stashed.ini', ini(pair))
      repository.git('add', 'stashed.ini')
      repository.git('stash')
      return { path: 'stashed.ini', inHead: false, reachable: true }
    },
  },
  {
    name: 'older stash, under another one',
    plant(repository, pair) {
      repository.write('stashed-first.ini', ini(pair))
      repository.git('add', '-A')
      repository.git('stash')
      repository.write('stashed-second.txt', 'second')
      repository.git('add', '-A')
      repository.git('stash')
      return { path: 'stashed-first.ini', inHead: false, reachable: true }
    },
  },
  {
    name: 'note',
    plant(repository, pair) {
      repository.git('notes', 'add', '-f', '-m', ini(pair), 'HEAD')
      return { kind: 'message', path: `note on ${repository.git('rev-parse', 'HEAD')}`, reachable: true }
    },
  },
  {
    name: 'commit message',
    plant(repository, { id, secret }) {
      const commit = repository.commit(`fix\n\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}`)
      return { kind: 'message', path: 'commit message', commit, line: 3, reachable: true }
    },
  },
  {
    name: 'tag message',
    plant(repository, { id, secret }) {
      repository.git('tag', '-a', 'v1', '-m', `first\n\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}`)
      const commit = repository.git('rev-parse', 'HEAD')
      return { kind: 'message', path: 'tag v1', commit, line: 3, reachable: true }
    },
  },
  {
    name: 'message of a deleted tag',
    plant(repository, { id, secret }) {
      repository.git('tag', '-a', 'v0', '-m', `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}`)
      repository.git('tag', '-d', 'v0')
      return { kind: 'message', path: 'tag v0', reachable: false }
    },
  },
  {
    name: 'blob that nothing leads to',
    plant(repository, pair) {
      const oid = repository.gitBytes(['hash-object', '-w', '--stdin'], ini(pair)).toString().trim()
      return { path: `blob ${oid}`, commit: null, reachable: false }
    },
  },
  {
    name: 'symbolic link',
    plant(repository, { id }) {
      repository.gitBytes([
        'update-index',
        '--add',
        '--cacheinfo',
        `120000,${repository.gitBytes(['hash-object', '-w', '--stdin'], `keys/${id}`).toString().trim()},link`,
      ])
      repository.git('commit', '-q', '-m', 'link')
      return { path: 'link' }
    },
  },
  {
    name: 'file that is only staged',
    plant(repository, pair) {
      repository.write('staged.ini', ini(pair))
      repository.git('add', 'staged.ini')
      return { path: 'staged.ini', commit: null, inHead: false, reachable: true }
    },
  },
]
