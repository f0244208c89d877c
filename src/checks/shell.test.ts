import { expect, it } from 'vitest'
import { shell } from './shell.ts'

it('leaves the names that AWS allows as they are', () => {
  expect(shell`aws iam get-user --user-name ${'ana.b+c=d,e@f_g-1'}`).toBe(
    'aws iam get-user --user-name ana.b+c=d,e@f_g-1',
  )
})

it('quotes what a shell would act on', () => {
  expect(shell`x ${"a'; rm -rf ~ #"}`).toBe(`x 'a'\\''; rm -rf ~ #'`)
  expect(shell`x ${'$(id)'} ${'a\u001b[31mb\n'}`).toBe(`x '$(id)' 'a?[31mb?'`)
})
