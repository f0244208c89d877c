/** `scan` on archives and on this machine, as a user runs it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { dockerImage, tar, zip } from '../scan/archives-build.ts'
import { type PlantedPair, plantedPair, seeded } from '../scan/generate.ts'
import { CLEAN_ENV, CLI, keyreeve } from './keyreeve.ts'

const random = seeded(29)
const folder = () => mkdtempSync(join(tmpdir(), 'keyreeve-scan-archives-'))
const ini = ({ id, secret }: PlantedPair) => `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`

it('says which layer and file of an image, and which member of an archive, a key lies in', async () => {
  const [inImage, inZip] = [plantedPair(random), plantedPair(random)]
  const cwd = folder()
  const layers = [
    [{ name: 'root/.aws/credentials', data: ini(inImage) }],
    [{ name: 'root/.aws/.wh.credentials', data: '' }],
  ]
  writeFileSync(join(cwd, 'image.tar'), dockerImage(layers, '{}'))
  writeFileSync(
    join(cwd, 'a.zip'),
    zip([{ name: 'b.tgz', data: gzipSync(tar([{ name: 'k\x1b[2J', data: ini(inZip) }])) }]),
  )
  const { code, stdout, stderr } = await keyreeve(['scan', '.'], { cwd })
  expect(code).toBe(1)
  expect(stdout).toContain('layer 1/2 sha256:111111111111!/root/.aws/credentials (deleted in layer 2)')
  expect(stdout).toContain('b.tgz!/k')
  expect(stdout).not.toContain('\x1b')
  for (const { secret } of [inImage, inZip]) expect(stdout + stderr).not.toContain(secret)
  const plain = await keyreeve(['scan', '--no-archives', 'a.zip'], { cwd })
  expect(plain.code).toBe(0)
  const shallow = await keyreeve(['scan', '--max-depth', '1', '--json', 'a.zip'], { cwd })
  expect(shallow.code).toBe(3)
  expect(JSON.parse(shallow.stdout).scanned.skipped).toEqual([{ what: 'a.zip!/b.tgz', why: 'nested more than 1 deep' }])
  expect((await keyreeve(['scan', '--max-depth', 'all'], { cwd })).code).toBe(2)
})

it('opens what is piped in', () => {
  const pair = plantedPair(random)
  const input = gzipSync(tar([{ name: 'etc/app.env', data: ini(pair) }]))
  const run = spawnSync(process.execPath, [CLI, 'scan', '--json', '-'], { input, env: CLEAN_ENV, cwd: folder() })
  expect(run.status).toBe(1)
  expect(JSON.parse(run.stdout.toString()).leaks[0].places).toMatchObject([
    { path: '-', member: 'etc/app.env', line: 2 },
  ])
})

it.skipIf(process.platform !== 'linux')('finds what lies on this machine', async () => {
  const [inFile, inProcess] = [plantedPair(random), plantedPair(random)]
  const home = folder()
  mkdirSync(join(home, '.aws'))
  writeFileSync(join(home, '.aws/credentials'), ini(inFile))
  const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: inProcess.id, AWS_SECRET_ACCESS_KEY: inProcess.secret }
  const child = spawn('sleep', ['60'], { env })
  await once(child, 'spawn')
  try {
    const { stdout, code } = await keyreeve(['scan', '--host', '--json'], { cwd: folder(), env: { HOME: home } })
    expect(code).toBe(1)
    const places = JSON.parse(stdout).leaks.flatMap((leak: { places: { path: string }[] }) => leak.places)
    expect(places).toContainEqual(expect.objectContaining({ path: join(home, '.aws/credentials'), line: 2 }))
    expect(places).toContainEqual(
      expect.objectContaining({
        kind: 'environment',
        path: `process ${child.pid} (sleep)`,
        member: 'AWS_ACCESS_KEY_ID',
      }),
    )
    for (const { secret } of [inFile, inProcess]) expect(stdout).not.toContain(secret)
  } finally {
    child.kill()
  }
})
