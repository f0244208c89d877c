import { describe, expect, it } from 'vitest'
import { Budget, pause } from './budget.ts'

describe('a request budget', () => {
  it('lets a burst of one second go, and the rest at its rate', async () => {
    const budget = new Budget(10)
    const started = performance.now()
    await Promise.all(Array.from({ length: 10 }, () => budget.take()))
    // at its rate they would take a second
    expect(performance.now() - started).toBeLessThan(900)
    await Promise.all(Array.from({ length: 4 }, () => budget.take()))
    expect(performance.now() - started).toBeGreaterThan(300)
  })

  it('serves in the order of asking', async () => {
    const budget = new Budget(100)
    const order: number[] = []
    await Promise.all(Array.from({ length: 120 }, (_, i) => budget.take().then(() => order.push(i))))
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })

  it('halves its rate when AWS says slow down, never below one, and comes back slowly', () => {
    const budget = new Budget(20)
    budget.throttled()
    expect(budget.rate).toBe(10)
    for (let i = 0; i < 10; i++) budget.throttled()
    expect(budget.rate).toBe(1)
    for (let i = 0; i < 50; i++) budget.answered()
    expect(budget.rate).toBeCloseTo(6)
    for (let i = 0; i < 1_000; i++) budget.answered()
    expect(budget.rate).toBe(20)
  })

  it('allows less than one call a second', async () => {
    const budget = new Budget(0.5)
    await budget.take()
    budget.throttled()
    expect(budget.rate).toBe(0.5)
  })

  it('lets an interrupted caller go at once, and those behind it get their turn', async () => {
    const budget = new Budget(5)
    await Promise.all(Array.from({ length: 5 }, () => budget.take()))
    const stop = new AbortController()
    const interrupted = budget.take(stop.signal)
    const behind = budget.take()
    stop.abort()
    await expect(interrupted).rejects.toThrow('aborted')
    await behind
  })
})

it('a pause ends when it is interrupted', async () => {
  const stop = new AbortController()
  const pausing = pause(60_000, stop.signal)
  stop.abort()
  await expect(pausing).rejects.toThrow('aborted')
  await expect(pause(1, stop.signal)).rejects.toThrow('aborted')
})
