import { expect, it } from 'vitest'
import { falseAlarms, folderFalseAlarms, folderRecall, recall } from './recall.ts'

const ROUNDS = 40

it.each([...recall(ROUNDS), ...folderRecall(ROUNDS)])('every pair is found in $name', ({ ids, pairs, others }) => {
  expect({ ids, pairs, others }).toEqual({ ids: ROUNDS, pairs: ROUNDS, others: 0 })
})

it.each([...falseAlarms(ROUNDS), ...folderFalseAlarms(ROUNDS)])(
  'nothing is found in look-alikes: $name',
  ({ alarms }) => {
    expect(alarms).toEqual([])
  },
)
