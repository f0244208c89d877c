/** The smallest choice of elements that has one of every set. */

export interface Choice {
  elements: number[]
  /** False: the search was given up, and a smaller choice may exist. */
  exact: boolean
}

const MOST_STEPS = 200_000

/** Branch and bound; every set must have an element. */
export function smallestHittingSet(sets: readonly (readonly number[])[]): Choice {
  const minimal = withoutSupersets(sets)
  let best = greedy(minimal)
  let steps = 0
  const chosen = new Set<number>()
  const barred = new Set<number>()
  const search = (): void => {
    if (++steps > MOST_STEPS) return
    const open = minimal.filter((set) => !set.some((element) => chosen.has(element)))
    if (open.length === 0) {
      if (chosen.size < best.length) best = [...chosen]
      return
    }
    const left = open.map((set) => set.filter((element) => !barred.has(element)))
    if (left.some(({ length }) => length === 0)) return
    if (chosen.size + disjoint(left) >= best.length) return
    const smallest = left.reduce((a, b) => (b.length < a.length ? b : a))
    const tried: number[] = []
    for (const element of smallest) {
      chosen.add(element)
      search()
      chosen.delete(element)
      barred.add(element)
      tried.push(element)
    }
    for (const element of tried) barred.delete(element)
  }
  search()
  return { elements: [...best].sort((a, b) => a - b), exact: steps <= MOST_STEPS }
}

function withoutSupersets(sets: readonly (readonly number[])[]): number[][] {
  const sorted = sets.map((set) => [...new Set(set)].sort((a, b) => a - b)).sort((a, b) => a.length - b.length)
  const kept: number[][] = []
  for (const set of sorted) {
    const has = new Set(set)
    if (!kept.some((smaller) => smaller.every((element) => has.has(element)))) kept.push(set)
  }
  return kept
}

/** As many sets as share nothing need as many elements. */
function disjoint(sets: readonly (readonly number[])[]): number {
  const used = new Set<number>()
  let count = 0
  for (const set of [...sets].sort((a, b) => a.length - b.length))
    if (!set.some((element) => used.has(element))) {
      count++
      for (const element of set) used.add(element)
    }
  return count
}

function greedy(sets: readonly (readonly number[])[]): number[] {
  const chosen: number[] = []
  let open = [...sets]
  while (open.length > 0) {
    const counts = new Map<number, number>()
    for (const set of open) for (const element of set) counts.set(element, (counts.get(element) ?? 0) + 1)
    const [best] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))
    chosen.push(best)
    open = open.filter((set) => !set.includes(best))
  }
  return chosen
}
