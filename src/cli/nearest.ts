/** Finds what a person probably meant. */
import { distance } from 'fastest-levenshtein'

/** The nearest of the names, unless all are far off. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((candidate) => ({ candidate, steps: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps)
  return best && best.steps <= Math.max(2, Math.floor(name.length / 3)) ? best.candidate : undefined
}
