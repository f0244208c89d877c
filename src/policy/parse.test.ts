import { expect, it } from 'vitest'
import { parsePolicy } from './parse.ts'

const allow = (more: object) =>
  parsePolicy({ Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*', ...more }] })

it('a pattern longer than any of AWS is not understood, rather than matched for minutes', () => {
  const long = `${'*?'.repeat(50_000)}a`
  for (const element of ['Action', 'NotAction', 'Resource', 'NotResource'])
    for (const value of [long, ['x', long]]) {
      const { statements, problems } = allow(
        element === 'NotAction'
          ? { Action: undefined, NotAction: value }
          : element === 'NotResource'
            ? { Resource: undefined, NotResource: value }
            : { [element]: value },
      )
      expect(statements[0]?.understood).toBe(false)
      expect(problems).toEqual([{ statement: 0, message: `\`${element}\` has a value longer than AWS takes` }])
    }
  expect(allow({ Resource: 'a'.repeat(10_240) }).statements[0]?.understood).toBe(true)
})

it('loses nothing that it does not understand', () => {
  for (const wrong of [{ Action: 5 }, { Effect: 'allow' }, { Resource: [['*']] }, { Principal: 5 }, { extra: 1 }]) {
    const { statements, problems } = allow(wrong)
    expect(statements[0]?.understood).toBe(false)
    expect(problems).toHaveLength(1)
  }
})
