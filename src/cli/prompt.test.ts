import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { ask } from './prompt.ts'

const terminal = () => Object.assign(new PassThrough(), { isTTY: true })

it.each([
  ['y', 'y\n', true],
  ['YES', 'YES\r', true],
  ['no', 'no\n', false],
  ['nothing', '\n', false],
  ['Ctrl-C', '\x03', false],
  ['Ctrl-D', '\x04', false],
])('%s is an answer', async (_, typed, expected) => {
  const input = terminal()
  const answer = ask('Do this?', input, terminal())
  input.write(typed)
  expect(await answer).toBe(expected)
})

it('a terminal that is gone has said no, be it in the middle of a yes', async () => {
  const input = terminal()
  const answer = ask('Do this?', input, terminal())
  input.end('yes')
  expect(await answer).toBe(false)
})
