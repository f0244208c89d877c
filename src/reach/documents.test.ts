import { expect, test } from 'vitest'
import { newDocuments } from './documents.ts'

const allow = (Resource: string[], more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource, ...more }],
})

test('documents with the same text are one policy, whichever comes when', () => {
  const { compile } = newDocuments()
  const first = compile(allow(['a', 'z']))
  // they look alike until the text is read
  const other = compile(allow(['b', 'z']))
  expect(other).not.toBe(first)
  expect(compile(allow(['b', 'z']))).toBe(other)
  expect(compile(allow(['a', 'z']))).toBe(first)
  expect(other.parsed.statements[0]!.resource).toEqual(['b', 'z'])
  const strange = compile({ Statement: 'none' })
  expect(strange.parsed.understood).toBe(true)
  expect(compile({ Statement: 'none' })).toBe(strange)
  expect(compile({ Statement: [] })).not.toBe(strange)
})

test('an object is read once, and a text that cannot be read stays what it is', () => {
  const { compile } = newDocuments()
  const document = allow(['a'])
  expect(compile(document)).toBe(compile(document))
  expect(compile('no policy')).toBe(compile('no policy'))
  expect(compile(null).parsed.understood).toBe(false)
})

test('tells which tags of the caller some document asks about', () => {
  const { compile, principalTagKeys } = newDocuments()
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  compile(allow(['arn:aws:s3:::x/${ AWS:PrincipalTag/Team , "none"}/*', '*']))
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  compile(allow(['*'], { Condition: { StringEquals: { 'aws:principaltag/Cost': '${aws:PrincipalTag/Stage}' } } }))
  compile(allow(['a'], { Sid: 'aws:PrincipalTag/NotAsked' }))
  expect([...principalTagKeys]).toEqual(['team', 'cost', 'stage'])
})
