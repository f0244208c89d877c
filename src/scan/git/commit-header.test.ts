import { expect, it } from 'vitest'
import { CommitReader } from './commit-header.ts'

const TREE = '0123456789abcdef0123456789abcdef01234567'
const FIRST = 'f'.repeat(40)
const SECOND = '0'.repeat(40)

function read(text: string) {
  const head = { tree: null as string | null, parents: [] as string[], time: null as number | null }
  const bytes = Buffer.from(`before${text}behind`)
  new CommitReader(20).read(bytes, 6, bytes.length - 12, {
    tree: (oid) => {
      head.tree = Buffer.from(oid).toString('hex')
    },
    parent: (oid) => head.parents.push(Buffer.from(oid).toString('hex')),
    time: (seconds) => {
      head.time = seconds
    },
  })
  return head
}

const AUTHOR = 'author A <a@example.com> 1 +0000'

it.each([
  ['the first', `tree ${TREE}\n${AUTHOR}\ncommitter C <c@example.com> 1700000000 +0100\n\nx`, [], 1_700_000_000],
  [
    'a merge, and names like times',
    `tree ${TREE}\nparent ${FIRST}\nparent ${SECOND}\n${AUTHOR}\ncommitter 12 > 5 +0000 <> 7 -0930\ngpgsig x\n\nx`,
    [FIRST, SECOND],
    7,
  ],
  ['no time', `tree ${TREE}\n${AUTHOR}\ncommitter C <c@example.com>\n\nx`, [], 0],
  ['no number', `tree ${TREE}\n${AUTHOR}\ncommitter C <c@example.com> now +0000\n\nx`, [], 0],
  ['too many digits', `tree ${TREE}\n${AUTHOR}\ncommitter C <c@example.com> 1234567890123 +0000\n\nx`, [], 0],
  ['a zone that is none', `tree ${TREE}\n${AUTHOR}\ncommitter C <c@example.com> 1 +00x0\n\nx`, [], 0],
  ['no name before the time', `tree ${TREE}\n${AUTHOR}\ncommitter 1 +0000\n\nx`, [], 0],
  ['a committer in the message alone', `tree ${TREE}\n${AUTHOR}\n\ncommitter C <c@example.com> 1 +0000\n`, [], null],
  ['cut short in the committer', `tree ${TREE}\n${AUTHOR}\ncommitter C <c@example.com> 1700000000`, [], 0],
  ['a parent that is cut short', `tree ${TREE}\nparent ${FIRST.slice(1)}\n${AUTHOR}\n`, [], null],
  ['cut short in a parent', `tree ${TREE}\nparent ${FIRST}`, [], null],
  ['nothing but a tree', `tree ${TREE}\n`, [], null],
])('%s', (_, text, parents, time) => {
  expect(read(text)).toEqual({ tree: TREE, parents, time })
})

it.each([
  ['', 'nothing'],
  [`tree ${TREE}`, 'no end of the line'],
  [`tree ${TREE}0\n`, 'too many digits'],
  [`tree ${TREE.slice(1)}\n`, 'too few digits'],
  [`tree ${TREE.toUpperCase()}\n`, 'large letters'],
  [`parent ${FIRST}\ntree ${TREE}\n`, 'another order'],
])('%j is no commit: %s', (text) => {
  expect(read(text)).toEqual({ tree: null, parents: [], time: null })
})
