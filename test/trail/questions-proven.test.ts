import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const QUESTIONS = fileURLToPath(new URL('../../src/trail/questions/', import.meta.url))
const ASKED = readFileSync(new URL('../trino/asked.ts', import.meta.url), 'utf8')

/** What takes a question and asks it: `keyStory` of `key-story.ts`. */
const functions = readdirSync(QUESTIONS)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'scope.ts')
  .flatMap((name) =>
    [
      ...readFileSync(QUESTIONS + name, 'utf8').matchAll(/^export (?:async )?function (\w+)\(\s*question: Question/gm),
    ].map(([, asks]) => ({ name, asks: asks! })),
  )

it.each(functions)('the question $asks is proven on both engines by npm run test:trino', ({ name, asks }) => {
  expect(ASKED).toMatch(new RegExp(`^import .*\\b${asks}\\b.* from '\\.\\./\\.\\./src/trail/questions/${name}'`, 'm'))
  expect(ASKED.replace(/^import .*/gm, '')).toMatch(new RegExp(`\\b${asks}\\b`))
})

it('and no file with a query of its own is passed over', () => {
  const withSql = readdirSync(QUESTIONS).filter(
    (name) => !name.endsWith('.test.ts') && readFileSync(QUESTIONS + name, 'utf8').includes('{{events}}'),
  )
  expect(withSql.filter((name) => !functions.some((found) => found.name === name))).toEqual([])
})
