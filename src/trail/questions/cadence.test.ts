import { expect, it } from 'vitest'
import { rhythmOf } from './cadence.ts'

/** Every `step` days from 2026-01-05, a Monday. */
function every(step: number, times: number, from = '2026-01-05'): string[] {
  return Array.from({ length: times }, (_, i) =>
    new Date(Date.parse(from) + Math.round(i * step) * 86_400_000).toISOString().slice(0, 10),
  )
}

it.each([
  ['every day, day and night', every(1, 20), 24, 'continuous', '2026-01-25'],
  ['every day for an hour', every(1, 20), 1, 'daily', '2026-01-25'],
  ['Monday to Friday', every(1, 12).filter((_, i) => i % 7 < 5), 3, 'workdays', '2026-01-19'],
  ['once a week', every(7, 5), 1, 'weekly', '2026-02-09'],
  ['every other week', every(14, 4), 1, 'fortnightly', '2026-03-02'],
  ['on the first of each month', ['2026-01-01', '2026-02-01', '2026-03-01'], 1, 'monthly', '2026-04-01'],
  [
    'two days at the start of each month',
    ['2026-01-01', '2026-01-02', '2026-02-01', '2026-02-02'],
    1,
    'monthly',
    '2026-03-04',
  ],
  ['once a quarter', ['2026-01-01', '2026-04-01'], 1, 'quarterly', '2026-07-01'],
  ['once', ['2026-01-01'], 1, 'once', null],
  ['now and then', ['2026-01-01', '2026-01-09', '2026-03-01'], 1, 'irregular', null],
  ['never', [], 0, 'irregular', null],
] as const)('%s', (_, days, hours, cadence, next) => {
  expect(rhythmOf(days, hours)).toEqual({ cadence, next })
})
