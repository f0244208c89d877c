import { expect, it } from 'vitest'
import { plantedPair, seeded } from '../../../test/scan/generate.ts'
import { createLeakCollector } from '../collect-leaks.ts'
import { createScanner } from '../scanner.ts'

const place = { kind: 'file', path: 'report.json', member: null } as never
const { id, secret } = plantedPair(seeded(41))
const tool = { name: 'keyreeve', version: '0.1.0' }
const sarif = (text: string) => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [{ tool: { driver: tool }, results: [{ message: { text } }] }],
})

function leaksIn(document: object | string, indent?: number) {
  const text = typeof document === 'string' ? document : JSON.stringify(document, null, indent)
  const scanner = createScanner({ fingerprintKey: Buffer.alloc(16, 1) })
  const [whole, pieces] = [createLeakCollector(scanner), createLeakCollector(scanner)]
  whole.blob(Buffer.from(text), place)
  const blob = pieces.open(place)
  for (let i = 0; i < text.length; i += 1000) blob.write(Buffer.from(text.slice(i, i + 1000)))
  blob.end()
  expect(pieces.leaks()).toEqual(whole.leaks())
  return whole.leaks()
}

it.each([
  ['a report in JSON', { schemaVersion: 1, tool, findings: [{ because: `the key ${id} is old` }] }],
  ['a report in SARIF', sarif(`the key ${id} is old`)],
  ['a saved scan', { kind: 'keyreeve-scan', schemaVersion: 1, leaks: [{ commands: [`keyreeve revoke ${id}`] }] }],
  [
    'a finding in OCSF',
    { class_uid: 2003, metadata: { version: '1', product: tool }, message: `the key ${id} is old` },
  ],
])('an ID alone in %s is named there, and does not lie there', (_, document) => {
  for (const indent of [0, 1, 2]) expect(leaksIn(document, indent)).toMatchObject([{ class: 'identifier' }])
})

it('the mark hides no secret: neither beside its ID, nor far away, nor without a name, nor encoded', () => {
  const far = Array.from({ length: 3000 }, () => 'word ').join('')
  const encoded = Buffer.from(secret).toString('base64')
  for (const more of [`secret ${secret}`, secret, `aws_secret_access_key=${encoded}`, `${far}${secret}`]) {
    const leaks = leaksIn({ schemaVersion: 1, tool, text: `id ${id} ${more}` })
    expect(leaks.find(({ accessKeyId }) => accessKeyId === id)?.class).toBe('plausible')
  }
  const pair = { schemaVersion: 1, tool, text: `aws_access_key_id=${id} aws_secret_access_key=${secret}` }
  expect(leaksIn(pair)).toMatchObject([{ class: 'plausible', evidence: 'pair' }])
})

it('the mark counts at the beginning only, and of no other tool', () => {
  const text = `the key ${id} is old`
  for (const document of [
    { text, schemaVersion: 1, tool },
    { schemaVersion: 1, tool: { name: 'other', by: 'keyreeve' }, text },
    `// ${JSON.stringify({ schemaVersion: 1, tool, text })}`,
  ])
    expect(leaksIn(document)).toMatchObject([{ class: 'plausible', evidence: 'id-only' }])
})
