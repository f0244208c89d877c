import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { exampleLeak } from '../checks/leaks.ts'
import type { SavedScan } from '../model/saved-scan.ts'
import { joinScans, targetsOf } from './saved-scans.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyreeve-saved-'))
let number = 0

function saved(time: string, targets: SavedScan['targets'], ids: string[], more: object = {}): string {
  const scan = {
    kind: 'keyreeve-scan',
    schemaVersion: 1,
    tool: { name: 'keyreeve', version: '0.0.0' },
    scannedAt: time,
    targets,
    complete: true,
    coverage: [],
    skipped: [],
    leaks: ids.map((accessKeyId) => exampleLeak({ accessKeyId })),
    ...more,
  }
  const file = join(folder, `${number++}.json`)
  writeFileSync(file, JSON.stringify(scan))
  return file
}

const ids = async (files: string[]) => (await joinScans(files))!.leaks.map(({ accessKeyId }) => accessKeyId).sort()
const path = (name: string) => [{ kind: 'path' as const, name }]

it('takes a newer scan of the same, or of more, instead of an older one', async () => {
  const old = saved('2026-11-01T00:00:00Z', path('/shop/src'), ['AKIAEXAMPLE000000001'])
  const whole = saved('2026-11-02T00:00:00Z', path('/shop'), ['AKIAEXAMPLE000000002'])
  const other = saved('2026-11-01T00:00:00Z', path('/shop-two'), ['AKIAEXAMPLE000000003'])
  expect(await ids([old, whole])).toEqual(['AKIAEXAMPLE000000002'])
  expect(await ids([old, whole, other])).toEqual(['AKIAEXAMPLE000000002', 'AKIAEXAMPLE000000003'])
})

it('does not take a newer scan of less for the whole', async () => {
  const whole = saved('2026-11-01T00:00:00Z', path('/shop'), ['AKIAEXAMPLE000000001'])
  const part = saved('2026-11-02T00:00:00Z', path('/shop/src'), ['AKIAEXAMPLE000000002'])
  const account = saved('2026-11-03T00:00:00Z', [{ kind: 'account', name: '111122223333' }], ['AKIAEXAMPLE000000003'])
  expect(await ids([whole, part, account])).toHaveLength(3)
})

it('says which scans they are, and which could not read everything', async () => {
  const file = saved('2026-11-01T00:00:00Z', path('/shop'), [], { complete: false })
  const { notes } = (await joinScans([file]))!
  expect(notes).toEqual([
    'leaks are those of the scan: /shop on 2026-11-01',
    'not everything could be read in the scan of /shop on 2026-11-01',
  ])
})

it('lets no field in that it does not know', async () => {
  const file = saved('2026-11-01T00:00:00Z', path('/shop'), ['AKIAEXAMPLE000000001'], { secret: 'CANARY' })
  expect(JSON.stringify(await joinScans([file]))).not.toContain('CANARY')
})

it.each([
  ['{', 'is no JSON'],
  ['[]', 'is no saved scan'],
  ['{"kind": "keyreeve-scan", "schemaVersion": 2}', 'is no saved scan'],
])('refuses %s', async (text, message) => {
  const file = join(folder, 'broken.json')
  writeFileSync(file, text)
  await expect(joinScans([file])).rejects.toThrow(message)
  await expect(joinScans([join(folder, 'nothing')])).rejects.toThrow('cannot be read')
  await expect(joinScans([folder])).rejects.toThrow('is no file')
})

it('knows where a scan looked', () => {
  expect(targetsOf(['-', '/shop'], '111122223333')).toEqual([
    { kind: 'stdin', name: '-' },
    { kind: 'path', name: '/shop' },
    { kind: 'account', name: '111122223333' },
  ])
})
