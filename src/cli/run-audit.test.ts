import { expect, it } from 'vitest'
import type { Snapshot } from '../model/snapshot.ts'
import { showsReach } from './run-audit.ts'

const withKeys = (length: number) => ({ accessKeys: Array.from({ length }) }) as unknown as Snapshot

it('a page says what keys open, unless there are too many for one page', () => {
  const html = [{ format: 'terminal' }, { format: 'html' }]
  expect(showsReach(html, [withKeys(10_000), withKeys(10_000)])).toBe(true)
  expect(showsReach(html, [withKeys(10_000), withKeys(10_001)])).toBe(false)
  expect(showsReach([{ format: 'json' }], [withKeys(1)])).toBe(false)
})
