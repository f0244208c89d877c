import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Outlet } from './outlet.ts'
import { partsOf } from './parts.ts'

it('puts variables together by name, scripts by their lines, and the rest as JSON', () => {
  const parts = partsOf({
    family: 'web',
    containerDefinitions: [
      { name: 'app', environment: [{ name: 'A', value: '1' }, { name: 'B' }], command: ['run', 'a\nb'] },
      { environment: [{ name: 'C', value: '3', type: 'PLAINTEXT' }] },
    ],
    tags: { Owner: 'ana' },
    registeredAt: new Date(0),
  })
  expect(parts.variables).toEqual([
    {
      member: 'containerDefinitions/app/environment',
      variables: [
        { name: 'A', value: '1' },
        { name: 'B', value: '' },
      ],
    },
    { member: 'containerDefinitions/2/environment', variables: [{ name: 'C', value: '3' }] },
    { member: 'tags', variables: [{ name: 'Owner', value: 'ana' }] },
  ])
  expect(parts.texts).toEqual([{ member: 'containerDefinitions/app/command/2', text: 'a\nb' }])
  expect(JSON.parse(parts.rest!)).toEqual({
    family: 'web',
    containerDefinitions: [{ name: 'app', command: ['run'] }],
  })
})

it('loses no text, whatever the shape', () => {
  const leaf = fc.string({ minLength: 1 }).map((text) => `<${text}>`)
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(
        fc.constantFrom('environment', 'env', 'Variables', 'tags', 'name', 'value', 'command', 'x', 'Name'),
        tie('tree'),
        { maxKeys: 4 },
      ),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      const { variables, texts, rest } = partsOf(value)
      const all = [
        ...variables.flatMap((group) => group.variables.map((variable) => variable.value)),
        ...texts.map(({ text }) => text),
        ...leaves(rest === null ? [] : JSON.parse(rest)),
      ]
      const names = variables.flatMap((group) => group.variables.map(({ name }) => name))
      for (const text of leaves(value)) expect([...all, ...names]).toContain(text)
    }),
  )
})

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : []
}

it('finds the variable of a line again, also behind values of several lines', () => {
  const places: [number, string | null, number][] = []
  const outlet = new Outlet({
    sink: { blob() {}, open: () => ({ write() {}, end() {} }), skip() {} },
    named: ({ bytes, at }) => {
      const lines = Buffer.from(bytes).toString().split('\n')
      lines.forEach((_, index) => {
        const { place, line } = at(index + 1)
        places.push([index + 1, place.member, line])
      })
    },
  })
  const place = { kind: 'account', path: 'arn', region: 'eu-west-1' } as never
  outlet.config({ Variables: { A: '1', B: '2\n3\n4', C: '' } }, place)
  expect(places).toEqual([
    [1, 'Variables/A', 1],
    [2, 'Variables/B', 1],
    [3, 'Variables/B', 2],
    [4, 'Variables/B', 3],
    [5, 'Variables/C', 1],
  ])
})
