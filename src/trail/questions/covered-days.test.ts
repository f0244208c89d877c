import { afterAll, beforeAll, expect, it } from 'vitest'
import { madeUpEvent } from '../../../test/trail/made-up-event.ts'
import { engineOf } from '../../../test/trail/store.ts'
import type { Engine } from '../engines/engine.ts'
import { coveredDays } from './covered-days.ts'

const on = (accountId: string, ...days: string[]) =>
  days.map((day) => madeUpEvent({ eventTime: `2026-${day}T10:00:00Z`, recipientAccountId: accountId }))

let engine: Engine
beforeAll(async () => {
  engine = await engineOf([
    ...on('111122223333', '01-01', '01-02', '01-03'),
    // one quiet day
    ...on('222233334444', '01-01', '01-03', '01-04'),
    // two days in a row: log files may be missing
    ...on('333344445555', '01-01', '01-04', '01-05'),
    ...on('444455556666', '01-02'),
  ])
})
afterAll(() => engine.close())

it('of each account, the newest days without a break', async () => {
  const covered = await coveredDays({ engine, within: { from: '2026-01-01', to: '2026-01-31' } })
  expect(Object.fromEntries(covered)).toEqual({
    '111122223333': { from: '2026-01-01', to: '2026-01-03' },
    '222233334444': { from: '2026-01-01', to: '2026-01-04' },
    '333344445555': { from: '2026-01-04', to: '2026-01-05' },
    '444455556666': { from: '2026-01-02', to: '2026-01-02' },
  })
})
