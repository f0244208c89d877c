/** Runs the examples of every detection: they are its test. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MadeUpEvent } from '../../../test/trail/made-up-event.ts'
import { only } from '../../../test/trail/only.ts'
import { engineOf } from '../../../test/trail/store.ts'
import type { DetectReport } from '../../model/detection.ts'
import type { Engine } from '../engines/engine.ts'
import { detect } from './detect.ts'
import type { Detection, Example } from './detection.ts'
import { DETECTIONS } from './index.ts'

let engine: Engine
beforeAll(async () => {
  engine = await engineOf(
    DETECTIONS.flatMap(({ examples }) =>
      [...examples.flagged, ...examples.clean].flatMap(({ events }) => events),
    ) as MadeUpEvent[],
  )
}, 180_000)
afterAll(() => engine.close())

const idsOf = (events: readonly object[]) => events.map((event) => (event as { eventID: string }).eventID)

async function run(detection: Detection, { events, context }: Example): Promise<DetectReport> {
  return detect(only(engine, idsOf(events)), {
    detections: [detection],
    since: null,
    allowances: [],
    trustedAccounts: [],
    decoyKeys: [],
    ...context,
  })
}

it('has the codes CT01 to CT44, and an id for each', () => {
  expect(DETECTIONS.map(({ code }) => code)).toEqual(
    Array.from({ length: 44 }, (_, i) => `CT${String(i + 1).padStart(2, '0')}`),
  )
  expect(new Set(DETECTIONS.map(({ id }) => id)).size).toBe(DETECTIONS.length)
})

describe.each(DETECTIONS.map((detection) => [detection.code, detection] as const))('%s', (_, detection) => {
  it('explains itself', () => {
    expect(detection.id).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(detection.why.length).toBeGreaterThan(40)
    expect(detection.fix.length).toBeGreaterThan(20)
    expect(detection.attack.length).toBeGreaterThan(0)
    for (const technique of detection.attack) expect(technique).toMatch(/^T\d{4}(\.\d{3})?$/)
    expect(detection.references.length).toBeGreaterThan(0)
    expect(detection.examples.flagged.length).toBeGreaterThan(0)
    expect(detection.examples.clean.length).toBeGreaterThan(0)
  })

  it.each(detection.examples.flagged.map((example) => [example.name, example] as const))(
    'flags %s',
    async (_, example) => {
      const { detections } = await run(detection, example)
      if (example.hits === undefined) expect(detections.length).toBeGreaterThan(0)
      else expect(detections).toHaveLength(example.hits)
      const ids = new Set(idsOf(example.events))
      for (const found of detections) {
        expect(found.because).toMatch(/^[^\n]+[^.\n]$/)
        expect(found.because).not.toMatch(/\bnull\b|undefined|NaN/)
        expect(found.events.length).toBeGreaterThan(0)
        expect(found.events.filter((id) => !ids.has(id))).toEqual([])
        expect(found.accountId).not.toBeNull()
      }
      expect(new Set(detections.map(({ fingerprint }) => fingerprint)).size).toBe(detections.length)
    },
  )

  it.each(detection.examples.clean.map((example) => [example.name, example] as const))(
    'is silent on %s',
    async (_, example) => {
      expect((await run(detection, example)).detections).toEqual([])
    },
  )
})
