import { expect, it } from 'vitest'
import type { PathsAnswer } from '../model/reach.ts'
import { pathsText } from './reach.ts'

const ANA = 'arn:aws:iam::111122223333:user/ana'
const ROOT_LIKE = 'arn:aws:iam::111122223333:role/admin'
const nothing: PathsAnswer = {
  admins: [ROOT_LIKE],
  shadowAdmins: [],
  paths: [],
  omitted: 0,
  sources: { allowed: 0, conditional: 0 },
  cut: [],
  cutIs: 'none',
}

const told = (from: string[] | null, to: string) =>
  pathsText(nothing, { from, to }, { assumptions: [] }, { color: false, width: 100 })

it.each([
  [null, 'admin', 'Nobody but the administrators reaches administrator.'],
  [null, ANA, `Nobody else reaches ${ANA}.`],
  [[ANA], 'admin', `Nothing leads from ${ANA} to administrator.`],
  [[ROOT_LIKE], 'admin', `${ROOT_LIKE} is administrator already.`],
])('without a path from %j to %s says so in a sentence', (from, to, sentence) => {
  expect(told(from, to)).toContain(sentence)
})

it('lists the administrators only where nobody in particular is asked about', () => {
  expect(told(null, 'admin')).toContain('ADMINISTRATORS  1')
  expect(told([ANA], 'admin')).not.toContain('ADMINISTRATORS')
})
