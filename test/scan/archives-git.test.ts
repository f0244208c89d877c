/** Archives in a repository's history: found in each version, packed as deltas or loose, with the member. */
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { archiveOpener } from '../../src/scan/archives/index.ts'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { scanRepository } from '../../src/scan/git/index.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import { tar, zip } from './archives-build.ts'
import { plantedPair, randomText, seeded } from './generate.ts'
import { TestRepository } from './git-repository.ts'

const random = seeded(31)
const scanner = createScanner({ fingerprintKey: new Uint8Array(32) })
const noise = randomText(random, 'abcdefghijklmnopqrstuvwxyz \n', 30_000)

it.each(['loose', 'packed'])('a key in an archive of an old commit is found, with its member (%s)', async (storage) => {
  const [first, second, third] = [plantedPair(random), plantedPair(random), plantedPair(random)]
  const env = ({ id, secret }: { id: string; secret: string }) =>
    `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`
  // stored, so that versions are deltas of each other, which hold nothing that looks like an archive
  const version = (text: string) =>
    zip([
      { name: 'noise', data: noise, stored: true },
      { name: 'app.tgz', data: gzipSync(tar([{ name: 'etc/.env', data: text }])), stored: true },
    ])
  const repository = TestRepository.create()
  for (const [i, text] of [env(first), env(second), 'nothing'].entries()) {
    repository.write('lib/app.zip', version(text))
    if (i === 1) repository.write('k.xz.gz', gzipSync(env(third)))
    repository.git('add', '-A')
    repository.git('commit', '-q', '-m', `version ${i}`)
  }
  if (storage === 'packed') repository.git('gc', '-q', '--aggressive', '--prune=now')
  const collector = createLeakCollector(scanner)
  await scanRepository(repository.path, scanner, collector, { archives: archiveOpener() })
  const leaks = new Map(collector.leaks().map((leak) => [leak.accessKeyId, leak]))
  const inZip = { kind: 'git', path: 'lib/app.zip', member: 'app.tgz!/etc/.env', line: 1, inHead: false }
  expect(leaks.get(first.id)).toMatchObject({ evidence: 'pair', places: [inZip] })
  expect(leaks.get(second.id)).toMatchObject({ evidence: 'pair', places: [inZip] })
  expect(leaks.get(third.id)).toMatchObject({ places: [{ path: 'k.xz.gz', member: null, inHead: true }] })
  expect([leaks.size, collector.skipped]).toEqual([3, []])
})

it('a secret that only the name of a member tells is found in history, and in what is staged by the name of the file', async () => {
  const [old, staged] = [plantedPair(random), plantedPair(random)]
  const repository = TestRepository.create()
  const member = 'run/aws_secret_access_key'
  repository.write('a.tar', tar([{ name: member, data: old.secret }]))
  repository.commit()
  repository.git('rm', '-q', 'a.tar')
  repository.commit()
  const [inHistory, inStage] = [createLeakCollector(scanner), createLeakCollector(scanner)]
  await scanRepository(repository.path, scanner, inHistory, { archives: archiveOpener() })
  expect(inHistory.leaks()).toMatchObject([{ evidence: 'named-secret', places: [{ path: 'a.tar', member }] }])
  repository.write('run/id', staged.id)
  repository.write(member, staged.secret)
  repository.git('add', '-A')
  await scanRepository(repository.path, scanner, inStage, { staged: true })
  expect(inStage.leaks()).toMatchObject([
    { evidence: 'named-secret', otherHalf: { file: 'id' }, places: [{ path: member }] },
    { accessKeyId: staged.id, otherHalf: { file: 'aws_secret_access_key' }, places: [{ path: 'run/id' }] },
  ])
})

it('what is not opened in history is told with its reason', async () => {
  const repository = TestRepository.create()
  repository.write(
    'a.zip',
    zip([
      { name: 'a', data: 'x', flags: 1 },
      { name: 'b', data: 'y', flags: 1 },
    ]),
  )
  repository.git('add', '-A')
  repository.git('commit', '-q', '-m', 'encrypted')
  const collector = createLeakCollector(scanner)
  await scanRepository(repository.path, scanner, collector, { archives: archiveOpener() })
  expect(collector.skipped.map(({ why }) => why)).toEqual(['encrypted', 'encrypted'])
})
